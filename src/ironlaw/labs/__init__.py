"""The labs: one module (or package) a lab, named after its id, holding `LAB`. `curriculum.toml` lists all 34."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import import_module, resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ironlaw.labkit.spec import Lab

MODULE = re.compile(r"(v[12]_\d\d)_\w+?(\.py)?")


@dataclass(frozen=True, slots=True)
class Entry:
    """One lab of the curriculum."""

    id: str
    title: str
    invariant: str
    built: bool
    acts: int  # of a built lab; a test holds these three against the lab itself
    steps: int
    minutes: int | None

    @property
    def volume(self) -> int:
        """1 or 2, from the id."""
        return int(self.id[1])

    @property
    def number(self) -> int:
        """The number inside the volume, from the id."""
        return int(self.id[3:])


class UnknownLab(KeyError):
    """No lab of the curriculum has this id."""

    def __init__(self, lab_id: str) -> None:
        super().__init__(lab_id)
        self.lab_id = lab_id

    def __str__(self) -> str:
        return f"there is no lab {self.lab_id[:40]!r}; ids run from v1_00 to v1_16 and from v2_01 to v2_17"


class NotBuilt(LookupError):
    """The lab is in the curriculum, but its module does not exist yet."""

    def __init__(self, lab_id: str) -> None:
        super().__init__(f"{lab_id} is not built yet; `ironlaw labs` lists those that are")


@cache
def _modules() -> dict[str, str]:
    names = (path.name for path in resources.files(__name__).iterdir())
    return {
        match[1]: f"{__name__}.{match[0].removesuffix('.py')}" for name in names if (match := MODULE.fullmatch(name))
    }


@cache
def _source() -> dict[str, list[dict[str, Any]]]:
    text = resources.files(__name__).joinpath("curriculum.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def curriculum() -> tuple[Entry, ...]:
    """All 34 labs in order. Reads one small file; imports no lab."""
    return tuple(
        Entry(
            row["id"],
            row["title"],
            row["invariant"],
            row["id"] in _modules(),
            row.get("acts", 0),
            row.get("steps", 0),
            row.get("minutes"),
        )
        for row in _source()["lab"]
    )


@cache
def volumes() -> dict[int, str]:
    """Number and title of each volume."""
    return {row["number"]: row["title"] for row in _source()["volume"]}


def normal_id(lab_id: str) -> str:
    """The id as it is stored: the command line also takes `v2-02`."""
    return lab_id.strip().lower().replace("-", "_")


def built() -> tuple[str, ...]:
    """Ids of the labs that exist, in order."""
    return tuple(entry.id for entry in curriculum() if entry.built)


@cache
def load(lab_id: str) -> Lab:
    """The lab with this id. Raises UnknownLab or NotBuilt."""
    if lab_id not in {entry.id for entry in curriculum()}:
        raise UnknownLab(lab_id)
    if lab_id not in _modules():
        raise NotBuilt(lab_id)
    lab: Lab = import_module(_modules()[lab_id]).LAB
    return lab
