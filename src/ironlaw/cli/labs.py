"""`ironlaw labs`: all labs, which are built, and how far you are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ironlaw.cli import _json
from ironlaw.cli._ledger import LEARNER, ledger_option, place

if TYPE_CHECKING:
    from ironlaw.ledger import Event, Notice, Store


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the answer of GET /api/labs.")
@ledger_option
def labs(as_json: bool, ledger: Path | None) -> None:
    """List all labs, which of them are built, and your progress."""
    from ironlaw.portal import portal  # noqa: PLC0415 - `--help` should not pay for it

    path = place(ledger)
    store = _open(path)
    try:
        found = portal(store, LEARNER)
        notices = store.notices()
    finally:
        store.close()
    if as_json:
        _json.show(found)
        return
    for notice in notices:
        click.echo(f"{notice.level}: {notice.text}", err=True)
    _print(found, path)


def _open(path: Path) -> Store:
    """The ledger. Looking must not make one: where there is none, an empty one stands in."""
    from ironlaw.ledger import SqliteStore  # noqa: PLC0415

    return SqliteStore(path) if path.exists() else NoLedger()


class NoLedger:
    """A ledger without events, for reading."""

    def events(self, learner: str, lab: str | None = None) -> list[Event]:  # noqa: ARG002 - the interface of Store
        """None."""
        return []

    def committed(self, learner: str, lab: str, act: str, question: str = "prediction") -> bool:  # noqa: ARG002 - the interface of Store
        """No."""
        return False

    def newest(self, learner: str, kind: str) -> Event | None:  # noqa: ARG002 - the interface of Store
        """None."""
        return None

    def head(self, learner: str, without: str = "") -> tuple[int, str | None]:  # noqa: ARG002 - the interface of Store
        """Nothing."""
        return 0, None

    def notices(self) -> list[Notice]:
        """None."""
        return []

    def close(self) -> None:
        """Nothing to let go of."""

    def write(self, work: Any) -> Any:
        """Refused."""
        raise TypeError(f"there is no ledger to hand {work!r} to")

    submit = write


def _print(portal: dict[str, Any], path: Path) -> None:
    width = max(len(lab["title"]) for lab in portal["labs"])
    for volume in portal["volumes"]:
        click.echo(click.style(f"Volume {'I' * volume['number']} · {volume['title']}", bold=True))
        for lab in portal["labs"]:
            if lab["volume"] == volume["number"]:
                click.echo(f"  {lab['id']}  {lab['title']:<{width}}  {_progress(lab)}")
    totals = portal["totals"]
    click.echo(f"\n{totals['labs']} labs, {totals['built']} built, {totals['done']} finished.")
    click.echo(f"Ledger: {path} ({totals['events']} events).")


def _progress(lab: dict[str, Any]) -> str:
    if not lab["built"]:
        return "not built yet"
    progress = lab["progress"]
    if progress["stage"] == "not_started":
        return f"not started, {lab['minutes']} minutes"
    done = "finished" if progress["stage"] == "done" else f"{progress['done']} of {progress['of']} steps"
    if not progress["limits_hit"]:
        return done
    return f"{done}, {progress['limits_hit']} limits hit, {progress['limits_left']} left again"
