"""The pictures of act II: scorecards, a slice through the grid, and what the sweep counted."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ironlaw.labkit import figures as fig
from ironlaw.labkit import parts
from ironlaw.labkit.parts import Reading
from ironlaw.labkit.spec import Figure, Settings, Values
from ironlaw.labkit.text import plain
from ironlaw.labs.v2_17_constraints_never_lie import architecture, steps, sweep
from ironlaw.labs.v2_17_constraints_never_lie.act2_panel import NAMES as BACKBONE_NAMES
from ironlaw.labs.v2_17_constraints_never_lie.limits import LIMITS

SCORES = (
    ("accuracy", "Accuracy: wrong answers", "error", "share"),
    ("latency", "Latency P99", "p99", "seconds"),
    ("privacy", "Privacy: ε a year", "spent", "number"),
    ("robustness", "Robustness: wrong under attack", "broken", "share"),
    ("carbon", "Carbon a year", "carbon", "carbon"),
    ("uptime", "Uptime: time down", "down", "share"),
    ("fleet", "Fleet: GPUs", "fleet", "count"),
)


def scorecards(settings: Settings, values: Values) -> Figure:
    """Every limit with its margin, and the single step that would raise the margin most."""
    best = architecture.ahead(settings).best
    scores = []
    for limit, name, value, kind in SCORES:
        here, bound = float(values[value] or 0.0), float(values[f"{limit}_most"] or 0.0)
        gradient = "no single step raises it"
        if limit in best:
            move, gain = best[limit]
            after = steps.quantity_at(float(values[f"margin_{limit}"] or 0.0) + gain, bound)
            there = parts.Score(name, max(0.0, after), bound, Reading("", kind))
            said = architecture.SAID[move.control][move.direction > 0]
            gradient = f"{said}: {there.reading.say(there.value)}, margin {plain(there.margin, 'share')}"
        scores.append(parts.Score(name, here, bound, Reading("", kind), "most", gradient))
    lacking = min(scores, key=lambda score: score.margin)
    state = f"{lacking.name} lacks most" if not lacking.holds else f"{lacking.name} has the least room"
    says = f"{plain(values['met'], 'count')} of {plain(values['of'], 'count')} limits are kept; {state}."
    return parts.scorecard("scorecards", "All limits at once", scores, says=says)


def design_slice(settings: Settings, _values: Values) -> Figure:
    """Backbone against attack weight through the current design: which limit binds where."""
    s: Any = settings
    row = min(range(len(sweep.WEIGHTS)), key=lambda index: abs(sweep.WEIGHTS[index] - s["weight"]))
    others = tuple((name, s[name]) for name in architecture.START if name not in {"backbone", "weight"})
    return parts.slice_plot(
        "slice",
        "The slice through your design",
        [BACKBONE_NAMES[each] for each in sweep.BACKBONES],
        [plain(weight, "share") for weight in sweep.WEIGHTS],
        _binding(others),
        [(limit, limit) for limit in LIMITS],
        x_label="Backbone",
        y_label="Attacked tiles",
        here=(sweep.BACKBONES.index(s["backbone"]), row),
    )


@lru_cache(maxsize=256)
def _binding(others: tuple[tuple[str, Any], ...]) -> dict[tuple[int, int], str | None]:
    base = dict(others)
    return {
        (column, row): steps.binding({**base, "backbone": backbone, "weight": weight})
        for column, backbone in enumerate(sweep.BACKBONES)
        for row, weight in enumerate(sweep.WEIGHTS)
    }


# --- the sweep --------------------------------------------------------------------------------------------------------

LOW, HIGH = 0.9, 1.1  # lifts below are called a conflict, above an alliance
SUPPLY = {"mixed": "mixed grid", "renewable": "renewable supply"}


def swept(context: str, totals: Mapping[str, int]) -> tuple[Figure, ...]:
    """What each limit removes, and how each pair of limits stands to each other."""
    counts = sweep.patterns(totals)
    if not sum(counts.values()):
        return ()
    return (_removed(context, counts), _lifts(context, counts))


def _removed(context: str, counts: Mapping[str, int]) -> Figure:
    whole, good = sum(counts.values()), sweep.approved(counts)
    rows = [(limit, sweep.removed(counts, limit)) for limit in LIMITS]
    worst = max(rows, key=lambda row: row[1])
    drawn = fig.figure(
        "removed",
        f"What each limit removes, {SUPPLY[context]}",
        f"{plain(float(good), 'count')} of {plain(float(whole), 'count')} designs keep every limit, "
        f"{plain(good / whole, 'share')}; {worst[0]} alone removes most, {plain(worst[1], 'share')}.",
        x=fig.linear("Share of the designs", 0.0, 1.0, "share"),
        y=fig.categories("", [name for name, _ in rows], bar=16),
        marks=[
            fig.bars(
                "removed",
                "removed",
                [fig.bar(name, value, plain(value, "share"), emphasis=name == worst[0]) for name, value in rows],
                orient="h",
            )
        ],
        table=(
            ("Limit", "Removed", "Keep all others"),
            [
                (
                    limit,
                    plain(sweep.removed(counts, limit), "share"),
                    plain(float(_alone(counts, limit)), "count"),
                )
                for limit in LIMITS
            ],
        ),
        height=50 + 34 * len(rows),
    )
    return fig.with_legend(drawn)


def _alone(counts: Mapping[str, int], limit: str) -> int:
    """Designs that keep every limit but this one."""
    return counts.get("".join("0" if each == limit else "1" for each in LIMITS), 0)


def _lifts(context: str, counts: Mapping[str, int]) -> Figure:
    found = [(one, two, sweep.lift(counts, one, two)) for one, two in sweep.pairs()]
    known = [(value, one, two) for one, two, value in found if value is not None]
    least, one, two = min(known, default=(1.0, *LIMITS[:2]))
    cells = [
        fig.cell(
            a,
            b,
            f"{a} and {b}: lift {plain(value, 'number')}" if value is not None else "never kept",
            sign=plain(value, "number") if value is not None else "–",
            colour="muted" if value is None else "violated" if value < LOW else "met" if value > HIGH else "data",
            pattern=value is not None and value < LOW,
            emphasis=(a, b) == (one, two),
        )
        for a, b, value in found
    ]
    drawn = fig.figure(
        "lifts",
        f"Designs that keep both limits, against independence, {SUPPLY[context]}",
        f"{one.capitalize()} and {two} conflict most: designs that keep both are {plain(least, 'number')} "
        "times as many as two independent limits would leave.",
        x=fig.categories("", LIMITS[:-1]),
        y=fig.categories("", LIMITS[:0:-1]),
        marks=[fig.cells("lifts", "lift", cells)],
        table=(
            ("Pair", "Keep both", "If independent", "Lift"),
            [
                (
                    f"{a} and {b}",
                    plain(sweep.share(counts, a, b), "share"),
                    plain(sweep.share(counts, a) * sweep.share(counts, b), "share"),
                    plain(value, "number"),
                )
                for a, b, value in found
            ],
        ),
        height=60 + 34 * (len(LIMITS) - 1),
    )
    return fig.with_legend(
        drawn,
        fig.key(f"conflict, below {plain(LOW, 'number')}", "violated", pattern=True),
        fig.key("nearly independent", "data"),
        fig.key(f"allies, above {plain(HIGH, 'number')}", "met"),
    )
