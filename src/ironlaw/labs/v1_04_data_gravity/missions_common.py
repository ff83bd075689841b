"""What acts and missions share: givens with their source, and the hidden control that says which track is played."""

from __future__ import annotations

from ironlaw import registry
from ironlaw.labkit.spec import Choice, ChoiceControl, Given, Output
from ironlaw.labkit.tracks import TRACKS

CLOUD, EDGE, MOBILE, TINY = "cloud-titan", "edge-guardian", "mobile-nomad", "tiny-pioneer"
MISSIONS = ("mission1", "mission2", "mission3")
SCENARIO = "scenario"
MEASURED = "ironlaw probe, on your machine"

TRACK = ChoiceControl(
    id="track",
    label="Track",
    options=tuple(Choice(value=track.id, text=track.name) for track in TRACKS),
    start=CLOUD,
    hidden=True,
    help="Who you are in the missions: it sets the device, its links and its limits.",
)


def outputs(*rows: tuple[str, str, str]) -> tuple[Output, ...]:
    """What the model of a mission answers, each as (id, label, kind); a plan that is infeasible has them too."""
    return tuple(Output(id=id_, label=label, kind=kind, always=True) for id_, label, kind in rows)


def origin(entity: str, field: str) -> str:
    """The source of a registry's figure as the page prints it: marked where the figure is from memory alone."""
    held = registry.get(entity).field(field)
    return held.source if held.verified else f"{held.source} (recalled, not checked)"


def scenario(id_: str, label: str, value: float | str, kind: str, why: str = "") -> Given:
    """A figure that the scenario sets."""
    return Given(id=id_, label=label, value=value, kind=kind, source=f"{SCENARIO}: {why}" if why else SCENARIO)


def sourced(id_: str, label: str, entity: str, field: str, kind: str) -> Given:
    """A figure of the registry with its source."""
    return Given(
        id=id_,
        label=label,
        value=registry.get(entity)[field],
        kind=kind,
        source=origin(entity, field),
    )


def named(id_: str, label: str, value: float | str, kind: str, source: str) -> Given:
    """A figure whose source is a document."""
    return Given(id=id_, label=label, value=value, kind=kind, source=source)
