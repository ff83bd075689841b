"""Rates side by side: the staircase, the stages of a pipeline, the ingestion waterfall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ironlaw.labkit import figures as fig
from ironlaw.labkit.parts._common import Reading, sentence
from ironlaw.labkit.spec import Figure
from ironlaw.labkit.text import plain

BANDWIDTH = Reading("Bytes a second, one direction", "bandwidth", scale="log")
ROW = 30  # px of height a row


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a staircase: a rate, the rate that counts both directions, and the share that large transfers reach."""

    name: str
    rate: float
    both: float | None = None
    reached: float | None = None
    chosen: bool = False


def staircase(
    id_: str,
    title: str,
    rungs: Sequence[Rung],
    *,
    reading: Reading = BANDWIDTH,
    chosen: str = "your choice",
    others: str = "the others",
    says: str = "",
) -> Figure:
    """Rates over several powers of ten, one row each: the chosen one stands out, a dot shows what is reached of each.

    `rungs` from fast to slow (`rate` in SI, `reached` a share); `chosen` and `others` are the legend's words; `says`
    replaces the sentence.
    """
    say = reading.say
    bars = [
        fig.bar(r.name, r.rate, say(r.rate), colour="data" if r.chosen else "muted", emphasis=r.chosen) for r in rungs
    ]
    reached = [(r.rate * r.reached, r.name, r.reached) for r in rungs if r.reached is not None]
    dots = fig.dots(
        "reached",
        "reached by large transfers",
        [(rate, name) for rate, name, _ in reached],  # type: ignore[misc]  # y is the band, x the number
        [f"{name}: {say(rate)} reached, {plain(share, 'share')}" for rate, name, share in reached],
        colour="accent",
    )
    picked = next((r for r in rungs if r.chosen), rungs[0])
    fastest, last = max(rungs, key=lambda r: r.rate), min(rungs, key=lambda r: r.rate)
    drawn = fig.figure(
        id_,
        title,
        says
        or sentence(
            f"{picked.name} carries {say(picked.rate)}, between {say(last.rate)} ({last.name}) and {say(fastest.rate)} "
            f"({fastest.name})"
        ),
        x=reading.axis([r.rate for r in rungs] + [rate for rate, _, _ in reached]),
        y=fig.categories("", [r.name for r in rungs]),
        marks=[fig.bars("rate", "one direction", bars, orient="h"), dots],
        table=(
            ("Path", "One direction", "Both directions", "Reached"),
            [(r.name, say(r.rate), say(r.both), plain(r.reached, "share")) for r in rungs],
        ),
        height=40 + ROW * len(rungs),
    )
    entries = [fig.key(chosen, "data"), fig.key(others, "muted")]
    return fig.with_legend(
        drawn, *entries, *([fig.key("dot: reached by large transfers", "accent")] if reached else [])
    )


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a pipeline and the rate that it could run at alone; `note` is what it is made of."""

    name: str
    rate: float
    note: str = ""


def slowest(stages: Sequence[Stage]) -> Stage:
    """The stage that sets the pace: the first of the lowest rate."""
    return min(stages, key=lambda stage: stage.rate)


def stage_bars(
    id_: str,
    title: str,
    stages: Sequence[Stage],
    *,
    reading: Reading,
    demand: float | None = None,
    demand_label: str = "needed",
    says: str = "",
) -> Figure:
    """The stages of a pipeline with the rate of each; the slowest is marked in colour, by its hatching and in words.

    `reading` says the rates, e.g. `Reading("Images a second", "count", " images/s", scale="log")`; `demand` draws a
    line at the rate that is asked for.
    """
    say = reading.say
    least = slowest(stages)
    bars = [
        fig.bar(
            stage.name,
            stage.rate,
            say(stage.rate) + (" · slowest" if stage is least else ""),
            colour="caution" if stage is least else "data",
            pattern=stage is least,
            emphasis=stage is least,
        )
        for stage in stages
    ]
    marks = [fig.bars("stages", reading.label, bars, orient="h")]
    if demand is not None:
        marks.append(fig.rule("demand", "x", demand, f"{demand_label}: {say(demand)}", colour="accent"))
    fastest = max(stages, key=lambda stage: stage.rate)
    drawn = fig.figure(
        id_,
        title,
        says
        or sentence(
            f"{least.name} is the slowest stage at {say(least.rate)}",
            f"the fastest, {fastest.name}, could run at {say(fastest.rate)}",
        ),
        x=reading.axis([stage.rate for stage in stages] + ([] if demand is None else [demand])),
        y=fig.categories("", [stage.name for stage in stages]),
        marks=marks,
        table=(
            ("Stage", "Rate alone", "Times the slowest", "Made of"),
            [
                (
                    stage.name,
                    say(stage.rate),
                    plain(stage.rate / least.rate, "ratio") if least.rate else "—",
                    stage.note or "—",
                )
                for stage in stages
            ],
        ),
        height=48 + ROW * len(stages),
    )
    return fig.with_legend(drawn, fig.key("the slowest stage", "caution", pattern=True), fig.key("the others", "data"))


def waterfall(id_: str, title: str, stages: Sequence[Stage], *, reading: Reading = BANDWIDTH, says: str = "") -> Figure:
    """What flows from stage to stage: each bar is what the stage could carry, its filled part what still arrives there.

    The flow can only fall: after each stage it is the least rate so far. `stages` in the order of the data's way.
    """
    say = reading.say
    least = slowest(stages)
    flows: list[float] = []
    for stage in stages:
        flows.append(min(stage.rate, flows[-1]) if flows else stage.rate)
    could = [
        fig.bar(
            stage.name,
            stage.rate,
            f"{say(stage.rate)} possible",
            colour="muted",
            pattern=True,
            label=say(stage.rate) + (" · slowest" if stage is least else ""),
        )
        for stage in stages
    ]
    flowing = [
        fig.bar(stage.name, flow, f"{say(flow)} flows", colour="caution" if stage is least else "data", label="")
        for stage, flow in zip(stages, flows, strict=True)
    ]
    drawn = fig.figure(
        id_,
        title,
        says
        or f"Of {say(stages[0].rate)} that {stages[0].name} could deliver, {say(flows[-1])} arrive; {least.name} sets the pace.",
        x=reading.axis([stage.rate for stage in stages]),
        y=fig.categories("", [stage.name for stage in stages]),
        marks=[
            fig.bars("possible", "could carry", could, orient="h"),
            fig.bars("flows", "flows", flowing, orient="h"),
        ],
        table=(
            ("Stage", "Could carry", "Flows", "Used"),
            [
                (stage.name, say(stage.rate), say(flow), plain(flow / stage.rate, "share") if stage.rate else "—")
                for stage, flow in zip(stages, flows, strict=True)
            ],
        ),
        height=40 + 34 * len(stages),
    )
    return fig.with_legend(
        drawn,
        fig.key("flows", "data"),
        fig.key("flows at the slowest stage", "caution"),
        fig.key("unused", "muted", pattern=True),
    )
