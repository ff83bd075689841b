"""Time: timelines of lanes, the parts of a step, stacks of parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

from ironlaw.labkit import figures as fig
from ironlaw.labkit.parts._common import Reading, joined, keys, sentence
from ironlaw.labkit.spec import Figure
from ironlaw.labkit.text import plain

TIME = Reading("Time", "seconds")


@dataclass(frozen=True, slots=True)
class Stretch:
    """One stretch on a lane, from `start` to `end`. `legend` names its colour when several labels share one."""

    lane: str
    label: str
    start: float
    end: float
    colour: fig.Colour = "data"
    pattern: bool = False
    legend: str = ""


def timeline(
    id_: str,
    title: str,
    stretches: Sequence[Stretch],
    *,
    lanes: Sequence[str] = (),
    reading: Reading = TIME,
    table: tuple[Sequence[str], Sequence[Sequence[str]]] | None = None,
    says: str = "",
    height: int = 0,
) -> Figure:
    """What each lane does when: stretches on one time axis. Lanes are those of the stretches unless given.

    Keep the stretches as many and in the same order from move to move; one of no length is drawn as nothing.
    """
    rows = list(lanes or dict.fromkeys(stretch.lane for stretch in stretches))
    said = [f"{each.label}, {reading.say(each.end - each.start)}" for each in stretches]
    last = max(each.end for each in stretches)
    own = table or (
        ("Lane", "Part", "From", "To", "Length"),
        [(e.lane, e.label, reading.say(e.start), reading.say(e.end), reading.say(e.end - e.start)) for e in stretches],
    )
    drawn = fig.figure(
        id_,
        title,
        says or sentence(f"{joined(rows)} take {reading.say(last)} from the first start to the last end"),
        x=reading.axis([last]),
        y=fig.categories("", rows),
        marks=[
            fig.spans(
                "stretches",
                [
                    (each.lane, each.start, each.end, each.colour, text, each.pattern)
                    for each, text in zip(stretches, said, strict=True)
                ],
            )
        ],
        table=own,
        height=height or 44 + 36 * len(rows),
    )
    return fig.with_legend(drawn, *keys(*((e.legend or e.label, e.colour, e.pattern) for e in stretches)))


@dataclass(frozen=True, slots=True)
class Step:
    """One training step: computing, slowed by communication, and communication hidden behind it or exposed. Seconds."""

    name: str
    compute: float
    hidden: float
    exposed: float
    slowed: float = 0.0

    @property
    def total(self) -> float:
        """Seconds of the whole step."""
        return self.compute + self.slowed + self.exposed


def step_timeline(
    id_: str,
    title: str,
    steps: Sequence[Step],
    *,
    lanes: tuple[str, str] = ("GPU", "wire"),
    reading: Reading = TIME,
    says: str = "",
) -> Figure:
    """Training steps of one or more designs, two lanes each: what computes, and what communicates beside or after it."""
    stretches: list[Stretch] = []
    for step in steps:
        gpu, wire = (f"{step.name}: {lane}" for lane in lanes)
        end = step.compute + step.slowed
        stretches += [
            Stretch(gpu, "compute", 0.0, step.compute),
            Stretch(
                gpu, "slowed by communication", step.compute, end, "muted", True, "compute slowed by communication"
            ),
            Stretch(wire, "hidden", end - step.hidden, end, "met", True, "hidden communication"),
            Stretch(wire, "exposed", end, step.total, "caution", False, "exposed communication"),
        ]
    say = reading.say
    first = steps[0]
    table = (
        ("Design", "Compute", "Slowed", "Hidden", "Exposed", "Step"),
        [(s.name, say(s.compute), say(s.slowed), say(s.hidden), say(s.exposed), say(s.total)) for s in steps],
    )
    return timeline(
        id_,
        title,
        stretches,
        reading=reading,
        table=table,
        says=says
        or f"A step of {say(first.total)}: {say(first.compute)} of compute, {say(first.hidden)} of communication hidden "
        f"and {say(first.exposed)} exposed.",
        height=46 + 72 * len(steps),
    )


@dataclass(frozen=True, slots=True)
class Loss:
    """One part of a whole: `useful` is what the whole is for, the rest is lost."""

    name: str
    value: float
    useful: bool = False


def loss_stack(
    id_: str,
    title: str,
    losses: Sequence[Loss],
    *,
    reading: Reading,
    whole: str = "in all",
    useful: str = "useful",
    lost: str = "lost",
    says: str = "",
) -> Figure:
    """Where a whole goes: each part begins where the one before ended, so the bars add up to the whole.

    `reading` says the parts, e.g. `Reading("Seconds a step", "seconds")`; `whole` names the last row, the sum.
    """
    say = reading.say
    total = fsum(loss.value for loss in losses)
    bars, at = [], 0.0
    for loss in losses:
        bars.append(
            fig.bar(
                loss.name,
                at + loss.value,
                say(loss.value),
                start=at,
                colour="data" if loss.useful else "caution",
                pattern=not loss.useful,
            )
        )
        at += loss.value
    bars.append(fig.bar(whole, total, say(total), colour="muted"))
    worst = max((loss for loss in losses if not loss.useful), key=lambda loss: loss.value, default=None)
    kept = fsum(loss.value for loss in losses if loss.useful)

    def share(value: float) -> str:
        return plain(value / total, "share") if total else "—"

    tail = f"; most is lost to {worst.name}, {say(worst.value)}" if worst and worst.value > 0 else "; nothing is lost"
    drawn = fig.figure(
        id_,
        title,
        says or f"Of {say(total)} in all, {say(kept)} ({share(kept)}) are {useful}{tail}.",
        x=reading.axis([total]),
        y=fig.categories("", [*(loss.name for loss in losses), whole]),
        marks=[fig.bars("parts", reading.label, bars, orient="h")],
        table=(
            ("Part", "Amount", "Share"),
            [*((loss.name, say(loss.value), share(loss.value)) for loss in losses), (whole, say(total), share(total))],
        ),
        height=40 + 28 * (len(losses) + 1),
    )
    return fig.with_legend(
        drawn, fig.key(useful, "data"), fig.key(lost, "caution", pattern=True), fig.key(whole, "muted")
    )


@dataclass(frozen=True, slots=True)
class Stack:
    """One stacked bar: its name and its parts, in the order of `labels`; `chosen` makes it stand out."""

    name: str
    parts: tuple[float, ...]
    chosen: bool = False


LOOKS: tuple[tuple[fig.Colour, bool], ...] = (
    ("data", False), ("caution", True), ("met", False), ("accent", True), ("muted", False), ("caution", False),
    ("data", True), ("met", True), ("accent", False), ("muted", True),
)  # fmt: skip


def stacked_bars(
    id_: str,
    title: str,
    stacks: Sequence[Stack],
    labels: Sequence[str],
    *,
    reading: Reading,
    limit: float | None = None,
    limit_label: str = "limit",
    says: str = "",
) -> Figure:
    """Wholes and their parts side by side, e.g. what each way to pay is made of; the whole is printed at its end.

    Up to ten labels, each with a colour and a hatching of its own. Parts are not negative. `limit` draws a line.
    """
    say = reading.say
    bars = []
    for stack in stacks:
        at = 0.0
        for index, (label, part) in enumerate(zip(labels, stack.parts, strict=True)):
            colour, pattern = LOOKS[index]
            end, start, at = at + part, at, at + part
            whole = say(end) if index == len(labels) - 1 else ""
            bars.append(
                fig.bar(
                    stack.name, end, f"{label} {say(part)}", start=start, colour=colour, pattern=pattern, label=whole
                )
            )
    totals = [fsum(stack.parts) for stack in stacks]
    least = min(range(len(stacks)), key=totals.__getitem__)
    marks = [fig.bars("parts", reading.label, bars, orient="h")]
    if limit is not None:
        marks.append(fig.rule("limit", "x", limit, f"{limit_label}: {say(limit)}"))
    drawn = fig.figure(
        id_,
        title,
        says
        or sentence(
            joined([f"{stack.name} {say(total)}" for stack, total in zip(stacks, totals, strict=True)]),
            f"the least is {stacks[least].name}",
        ),
        x=reading.axis([*totals, *([] if limit is None else [limit])]),
        y=fig.categories("", [stack.name for stack in stacks]),
        marks=marks,
        table=(
            ("", *labels, "In all"),
            [
                (stack.name, *(say(part) for part in stack.parts), say(total))
                for stack, total in zip(stacks, totals, strict=True)
            ],
        ),
        height=48 + 36 * len(stacks),
    )
    return fig.with_legend(
        drawn, *(fig.key(label, *LOOKS[index][:1], pattern=LOOKS[index][1]) for index, label in enumerate(labels))
    )
