"""What a store of events can do. `SqliteStore` is the one that ships; anything with these methods will do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol, TypeVar

from ironlaw.ledger.events import Draft, Event

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What the learner should know about the ledger file itself. `aside` is the name of a file that was set aside."""

    id: int
    level: str
    text: str
    at: str
    aside: str | None


class Tx(Protocol):
    """A transaction: what `work` sees. Use it only inside the work that it was given to."""

    def find(self, event_id: str) -> Event | None:
        """The stored event with this id."""

    def events(self, learner: str, lab: str | None = None) -> list[Event]:
        """A learner's events by (server time, device, seq), those of this transaction included."""

    def append(self, drafts: Sequence[Draft]) -> list[Event]:
        """Store all drafts or none; assigns device, seq, server time, prev and hash.

        A draft whose id is stored with the same client part gives the stored event. Raises Conflict when the client part
        differs, InvalidEventError (or a subclass) for a field out of its range.
        """


class Store(Protocol):
    """Durable events. Errors of the file or the disk are UnavailableError; what was acknowledged stays."""

    def write(self, work: Callable[[Tx], T]) -> T:
        """Run `work` in a transaction; returns after the commit is durable. If `work` raises, nothing is stored."""

    def submit(self, work: Callable[[Tx], T]) -> Future[T]:
        """The same, not waiting: works that queue up share one commit."""

    def events(self, learner: str, lab: str | None = None) -> list[Event]:
        """A learner's committed events by (server time, device, seq)."""

    def committed(self, learner: str, lab: str, act: str, question: str = "prediction") -> bool:
        """Whether a prediction of this act is stored: its first, or its "second"."""

    def newest(self, learner: str, kind: str) -> Event | None:
        """The learner's last event of this kind, in any lab."""

    def head(self, learner: str, without: str = "") -> tuple[int, str | None]:
        """How many events a learner has, and the last server time; those of the lab `without` are not counted."""

    def notices(self) -> list[Notice]:
        """What happened to the file and has not been dismissed, oldest first."""

    def close(self) -> None:
        """Finish what was submitted and let go of the file."""
