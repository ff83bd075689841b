"""The three missions as the lab takes them: with the recorded rates of the formats, or with those of a learner's machine."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from ironlaw.labkit.spec import Act
from ironlaw.labs.v1_04_data_gravity.mission1 import MISSION_1
from ironlaw.labs.v1_04_data_gravity.mission2 import MISSION_2, mission2
from ironlaw.labs.v1_04_data_gravity.mission2_model import FORMATS
from ironlaw.labs.v1_04_data_gravity.mission3 import MISSION_3
from ironlaw.labs.v1_04_data_gravity.missions_contexts import TRACK_CONTEXTS

__all__ = ["ACTS", "TRACKS", "missions"]

ACTS = (MISSION_1, MISSION_2, MISSION_3)
TRACKS = TRACK_CONTEXTS
READ = tuple(f"{what}_{name}{tail}" for name in FORMATS for what, tail in (("format_bytes", ""), ("parse", "_records")))


def missions(results: Mapping[str, float] | None = None) -> tuple[Act, Act, Act]:
    """The missions for the probe's results of a machine, by their ids; None, or no format among them: the recorded ones."""
    known = tuple((name, float(results[name])) for name in READ if name in results) if results else ()
    return (MISSION_1, _second(known), MISSION_3)


@lru_cache(maxsize=64)
def _second(known: tuple[tuple[str, float], ...]) -> Act:
    return mission2(dict(known)) if known else MISSION_2
