"""The pictures of act I. Each names the ledger that it shows; a domain without evidence is hatched, not drawn at a half."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ironlaw import labs
from ironlaw.labkit import figures as fig
from ironlaw.labkit import parts
from ironlaw.labkit.parts import Reading
from ironlaw.labkit.spec import CONFIDENCES, Figure, Settings, Values
from ironlaw.labkit.text import plain
from ironlaw.labs.v2_17_constraints_never_lie import archive as ar
from ironlaw.labs.v2_17_constraints_never_lie import audit
from ironlaw.labs.v2_17_constraints_never_lie.archive import Archive
from ironlaw.labs.v2_17_constraints_never_lie.domains import DOMAINS
from ironlaw.labs.v2_17_constraints_never_lie.replay import replay
from ironlaw.labs.v2_17_constraints_never_lie.sample import sample

STATED = (*(value for value, _ in CONFIDENCES), 0.8)  # an interval of a number is asked for at 0.8
KEPT = 128  # slices of ledgers whose pictures are kept: most moves change one of six
VOLUMES = {1: "One system", 2: "The fleet"}


def by_domain(settings: Settings, _values: Values, yours: Archive = audit.EMPTY) -> Figure:
    """What came true and what was said, by domain."""
    s: Any = settings
    found = audit.chosen(yours, s["source"])
    return dict(_by_domain(found, s["part"], s["volume"]))


@lru_cache(maxsize=KEPT)
def _by_domain(found: Archive, part: str, volume: str) -> Figure:
    commits = ar.sliced(found, part, volume)
    tallies = [ar.tally([each for each in commits if each.domain == domain]) for domain in DOMAINS]
    drawn = parts.radar(
        "domains",
        f"Right and sure, by domain: {found.name}",
        DOMAINS,
        [
            parts.Series("came true", tuple(each.share for each in tallies)),
            parts.Series("mean confidence", tuple(each.confidence for each in tallies), "caution", True),
        ],
        reading=Reading("Share of the commits", "share", domain=(0.0, 1.0)),
        head="Domain",
    )
    columns = ["Domain", "Commits", "Came true", "Mean confidence", "Brier score"]
    rows = [
        [
            domain,
            plain(float(each.count), "count"),
            audit.shown(each.share, "share"),
            audit.shown(each.confidence, "share"),
            audit.shown(each.brier, "number"),
        ]
        for domain, each in zip(DOMAINS, tallies, strict=True)
    ]
    return {**drawn, "table": {"columns": columns, "rows": rows}}


def limits_hit(settings: Settings, _values: Values, yours: Archive = audit.EMPTY) -> Figure:
    """Limits crossed, from the events: those left again, and those that were not."""
    s: Any = settings
    found = audit.chosen(yours, s["source"])
    return dict(_limits_hit(found, s["volume"]))


@lru_cache(maxsize=KEPT)
def _limits_hit(found: Archive, volume: str) -> Figure:
    hits = ar.hits_by_domain(found, volume)
    crossed, left = (sum(pair[place] for pair in hits.values()) for place in (0, 1))
    return parts.stacked_bars(
        "hits",
        f"Limits hit, by domain: {found.name}",
        [parts.Stack(domain, (float(one), float(every - one))) for domain, (every, one) in hits.items()],
        ("hit and left", "hit and not left"),
        reading=Reading("Times hit", "count", domain=(0.0, 1.0)),
        says=f"Hits of a limit: {plain(float(crossed), 'count')}; left again: {plain(float(left), 'count')}.",
    )


def calibration(settings: Settings, _values: Values, yours: Archive = audit.EMPTY) -> Figure:
    """Whether predictions come true as often as was said; drawn from enough commits only."""
    s: Any = settings
    found = audit.chosen(yours, s["source"])
    return dict(_calibration(found, s["part"], s["volume"]))


@lru_cache(maxsize=KEPT)
def _calibration(found: Archive, part: str, volume: str) -> Figure:
    commits = ar.sliced(found, part, volume)
    title = f"Do predictions come true as often as said? {found.name.capitalize()}"
    if len(commits) < audit.CURVE:
        have, need = plain(float(len(commits)), "count"), plain(float(audit.CURVE), "count")
        return fig.empty("calibration", title, f"No evidence: a curve needs {need} commits, this slice holds {have}.")
    bins = []
    for stated in sorted(STATED):
        here = [each for each in commits if min(STATED, key=lambda one: abs(one - each.confidence)) == stated]
        counted = ar.tally(here)
        bins.append(parts.Bin(stated, counted.count, counted.share))
    said = "; ".join(
        f"{plain(each.stated, 'share')} said, {audit.shown(each.held, 'share')} came true" for each in bins
    )
    return parts.reliability("calibration", title, bins, name=f"predictions, {found.name}", says=f"{said}.")


def estimates(settings: Settings, _values: Values, yours: Archive = audit.EMPTY) -> Figure:
    """How far numbers lay from the engine's, signed, by domain."""
    s: Any = settings
    found = audit.chosen(yours, s["source"])
    return dict(_estimates(found, s["part"], s["volume"]))


@lru_cache(maxsize=KEPT)
def _estimates(found: Archive, part: str, volume: str) -> Figure:
    commits = ar.sliced(found, part, volume)
    rows = [(domain, ar.tally([each for each in commits if each.domain == domain]).decades) for domain in DOMAINS]
    return parts.signed_bars(
        "estimates",
        f"How far numbers were off: {found.name}",
        rows,
        reading=Reading("Powers of ten above the engine's value", "number", domain=(-1.0, 1.0)),
        below="too low",
        above="too high",
    )


def journey(settings: Settings, _values: Values, yours: Archive = audit.EMPTY) -> Figure:
    """All labs as one strip: not done, done, or done with a limit hit and left."""
    found = audit.chosen(yours, str(settings["source"]))
    return dict(_journey(found))


@lru_cache(maxsize=KEPT)
def _journey(found: Archive) -> Figure:
    left = {limit.lab for limit in found.limits if limit.left}
    cells = []
    for entry in labs.curriculum():
        done = entry.id in found.done
        state: Any = "limit" if done and entry.id in left else "done" if done else "todo"
        cells.append(parts.Lab(VOLUMES[entry.volume], entry.number, entry.title, state))
    return parts.journey_strip("journey", f"The way through the labs: {found.name}", cells, now=(VOLUMES[2], 17))


def replayed(settings: Settings, _values: Values, yours: Archive = audit.EMPTY) -> Figure:
    """The chosen decision, as it was recorded and as the engine says it now."""
    s: Any = settings
    found = audit.chosen(yours, s["source"])
    return dict(_replayed(found, s["lab"]))


@lru_cache(maxsize=KEPT)
def _replayed(found: Archive, lab: str) -> Figure:
    again = replay(found, lab)
    title = f"Then and now, {again.title}: {found.name}"
    if again.reason:
        return fig.empty("replay", title, again.reason)
    bars = [
        fig.bar(
            row.label,
            row.change or 0.0,
            f"{plain(row.change or 0.0, 'share')} change: then {row.then}, now {row.now}",
            start=0.0,
            label="" if row.change is None else plain(row.change, "share") if row.change else "unchanged",
            note=f"then {row.then}, now {row.now}",
            colour="muted" if not row.change else "caution",
            pattern=bool(row.change),
        )
        for row in again.rows
    ]
    changes = [row.change or 0.0 for row in again.rows]
    known = [row for row in again.rows if row.change is not None]
    drifted = sum(row.change != 0 for row in known)
    table = (("Output", "Then", "Now"), [(row.label, row.then, row.now) for row in again.rows])
    if not known:
        reason = "This decision was recorded without its outputs; the table says what they are now."
        columns, rows = table
        return {
            **fig.empty("replay", title, reason),
            "table": {"columns": list(columns), "rows": [list(row) for row in rows]},
        }
    says = f"Recorded outputs: {plain(float(len(known)), 'count')}; changed since: {plain(float(drifted), 'count')}."
    if found is sample():
        says += " What an older engine said is made up, like all of the sample."
    span = max(0.1, *(abs(change) for change in changes))
    drawn = fig.figure(
        "replay",
        title,
        says,
        x=fig.linear("Change since the decision", -span, span, "share"),
        y=fig.categories("", [row.label for row in again.rows], bar=16),
        marks=[fig.bars("change", "change", bars, orient="h")],
        table=table,
        height=60 + 46 * len(bars),
    )
    return fig.with_legend(drawn, fig.key("unchanged", "muted"), fig.key("changed", "caution", pattern=True))
