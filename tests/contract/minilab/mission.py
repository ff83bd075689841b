"""The mission: everything that only some labs have. Tracks, a number to predict, a second question after a first look, quotas,
citations, a sweep.
"""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

from ironlaw.labkit import figures as fig
from ironlaw.labkit import spec
from ironlaw.labkit.spec import Q
from ironlaw.labkit.text import plain
from ironlaw.physics import transfer

RATE, DEADLINE, LEAST, MOST = 1e8, 100.0, 30.0, 60.0  # bytes a second, seconds; what the challenge wants
ROOM = {"cloud-titan": 1e12, "tiny-pioneer": 2e9}  # bytes a machine
SIZES = tuple(10.0**power for power in range(6, 12))
KEPT = (1.0, 0.5, 0.2, 0.1)
MACHINES = (1.0, 2.0, 4.0, 8.0)
START_3: dict[str, Any] = {"size": 1e9, "kept": 1.0, "machines": 1.0, "track": "cloud-titan"}


def ship(s: Any) -> dict[str, spec.Value]:
    """What is kept of the data, moved to some machines, each over a link of its own."""
    part = s["size"] * s["kept"] / s["machines"]
    return {
        "part": part,
        "rate": RATE,
        "time": transfer.transfer_time(0.0, part, RATE),
        "deadline": DEADLINE,
        "least": LEAST,
        "most": MOST,
        "room": ROOM[s["track"]],
        "used": s["machines"],
    }


@cache
def ship_facts() -> dict[str, Q]:
    times = {f"time{n}": ship({**START_3, "size": size})["time"] for n, size in enumerate((2e8, 2e9, 2e10))}
    long_ = ship({**START_3, "size": 1e10, "kept": 0.5})["time"]
    return {name: Q(value, "seconds") for name, value in {**times, "long": long_}.items()} | {
        "nothing": Q(0.0, "seconds"),
        "wanted": Q(4.0, "count"),
        "tries": Q(3.0, "count"),
        "whole": Q(1e10, "bytes"),
        "large": Q(2e10, "bytes"),
        "middle": Q(2e9, "bytes"),
        "small": Q(2e8, "bytes"),
        "half": Q(0.5, "share"),
        "picks": Q(2.0, "count"),
        "grid": Q(len(SIZES) * len(KEPT) * len(MACHINES), "count"),
    }


def drawn(settings: spec.Settings, _values: spec.Values) -> spec.Figure:
    found = [(size, float(ship({**settings, "size": size})["time"] or 0.0)) for size in SIZES]
    return fig.figure(
        "times",
        "Time over size",
        f"Your design takes {plain(_values['time'], 'seconds')}.",
        x=fig.log("Size", SIZES[0], SIZES[-1], "bytes"),
        y=fig.log("Time", 1e-5, 1e4, "seconds"),
        marks=[fig.line("time", "time", found, [f"{plain(v, 'bytes')}: {plain(t, 'seconds')}" for v, t in found])],
        table=(("Size", "Time"), [(plain(v, "bytes"), plain(t, "seconds")) for v, t in found]),
    )


def count(context: str, part: int) -> dict[str, int]:
    """One size of the sweep."""
    runs = [ship({"size": SIZES[part], "kept": k, "machines": m, "track": context}) for k, m in product(KEPT, MACHINES)]
    good = sum(float(r["time"] or 0) <= DEADLINE and float(r["part"] or 0) <= float(r["room"] or 0) for r in runs)
    return {"designs": len(runs), "feasible": good}


def summed(_context: str, totals: Any) -> tuple[spec.Figure, ...]:
    rows = [("all", float(totals["designs"])), ("feasible", float(totals["feasible"]))]
    bars = [fig.bar(name, value, plain(value, "count")) for name, value in rows]
    table = (("Designs", "Count"), [(name, plain(value, "count")) for name, value in rows])
    top = max(value for _, value in rows)
    return (
        fig.figure(
            "sum",
            "The whole grid",
            f"{plain(rows[1][1], 'count')} designs are feasible.",
            x=fig.categories("Designs", [name for name, _ in rows]),
            y=fig.linear("Count", 0.0, top, "count"),
            marks=[fig.bars("counts", "designs", bars)],
            table=table,
        ),
    )


TAKES = "Data takes size over rate, no more and no less. Yours took {now.time} for {now.part}."
FIRST = "The smallest is over first, whatever the link may be. At your settings {now.part} took {now.time}."


def away(title: str, text: str = TAKES, **settings: Any) -> spec.Feedback:
    return spec.Feedback(title=title, text=text, attempt=spec.Try(text="Show me", settings={**START_3, **settings}))


MISSION = spec.Act(
    id="mission1",
    title="The night",
    minutes=5,
    role="mission",
    context="cloud-titan",
    sender="A planner",
    message="We ship data every night, {whole} of it, and keep {half}.",
    briefing="Every machine has a link of its own.",
    givens=(),
    controls=(
        spec.NumberControl(id="size", label="Size", kind="bytes", ticks=SIZES, start=1e9, help="What there is."),
        spec.NumberControl(
            id="kept", label="Kept", kind="share", ticks=KEPT[::-1], start=1.0, help="What is sent of it."
        ),
        spec.NumberControl(
            id="machines", label="Machines", kind="count", ticks=MACHINES, start=1.0, integer=True, help="Links beside."
        ),
        spec.ChoiceControl(
            id="track",
            label="Track",
            options=(spec.Choice(value="cloud-titan", text="Cloud"), spec.Choice(value="tiny-pioneer", text="Tiny")),
            start="cloud-titan",
            hidden=True,
            help="Whose machines.",
        ),
    ),
    outputs=(
        spec.Output(id="part", label="Sent to a machine", kind="bytes", always=True),
        spec.Output(id="rate", label="Rate", kind="bandwidth", always=True),
        spec.Output(id="time", label="Time", kind="seconds", always=True),
        spec.Output(id="deadline", label="Deadline", kind="seconds", always=True),
        spec.Output(id="least", label="Least time", kind="seconds", always=True),
        spec.Output(id="most", label="Most time", kind="seconds", always=True),
        spec.Output(id="room", label="Room", kind="bytes", always=True),
        spec.Output(id="used", label="Used", kind="count", always=True),
    ),
    model=ship,
    facts=ship_facts,
    cards=(spec.Card(output="time", constraint="late"), spec.Card(output="part", constraint="full")),
    constraints=(
        spec.Constraint(
            id="late",
            name="Too late",
            quantity="time",
            limit="deadline",
            controls=("size", "kept", "machines"),
            text="Late: {now.time} of {now.deadline}.",
            ok_text="In time: {now.time} of {now.deadline}.",
        ),
        spec.Constraint(
            id="full",
            name="No room",
            quantity="part",
            limit="room",
            controls=("size", "kept", "machines"),
            text="No room for {now.part} in {now.room}.",
            ok_text="{now.part} of {now.room} used.",
        ),
    ),
    figures=(spec.FigureSpec(id="times", title="Time over size", draw=drawn, always=True),),
    challenge=spec.Challenge(
        title="Use the night",
        text="Take between {now.least} and {now.most}.",
        checks=(
            spec.Check(output="time", sense="at least", limit="least", text="{now.time} of at least {now.least}"),
            spec.Check(output="time", sense="at most", limit="most", text="{now.time} of at most {now.most}"),
        ),
        cost="used",
        free=("size", "kept", "machines"),
        pinned={},
    ),
    prediction=spec.NumberQuestion(
        fact="long",
        quantity="Time of the shipment",
        unit="s",
        axis=(1.0, 1e4),
        widest=40.0,
        text="**How long does the shipment take?**",
        options=(
            spec.Band(id="fast", low=None, high=20.0, text="Fast", feedback=away("“Links are fast”", size=1e8)),
            spec.Band(id="right", low=20.0, high=80.0, text="About right"),
            spec.Band(id="slow", low=80.0, high=None, text="Slow", feedback=away("“Nothing is saved”", size=1e10)),
        ),
    ),
    second=spec.Second(
        look="So it goes with size.",
        figures=("times",),
        correct="You saw it: {you.second}.",
        question=spec.TermQuestion(
            quantity="Time",
            title="Time by size",
            pick="largest",
            text="**Which takes longest?**",
            options=(
                spec.Term(
                    id="s", short="small", fact="time0", text="{small}", feedback=away("“Small is slow”", size=1e8)
                ),
                spec.Term(id="m", short="middle", fact="time1", text="{middle}", feedback=away("“Middle”", size=1e7)),
                spec.Term(id="l", short="large", fact="time2", text="{large}"),
            ),
        ),
    ),
    quotas=(
        spec.Quota(id="sizes", kind="decades", control="size", need=4, text="Try {wanted:words} orders of magnitude."),
        spec.Quota(id="tries", kind="budget", need=3, text="Meet the goal within {tries:words} designs."),
    ),
    sweep=spec.Sweep(
        title="All designs", text="There are {grid} designs.", parts=len(SIZES), designs=96, run=count, figures=summed
    ),
    reveal=spec.Reveal(text="It takes {long}.", correct="Your interval, {you.option}, holds it."),
    reflection=spec.Reflection(
        ask="Say why.",
        correct="Time is size over rate.",
        cites=spec.Cites(count=2, outputs=("part", "time"), text="Pick {picks:words} designs that show it."),
        question=spec.TermQuestion(
            quantity="Time",
            title="Time by size",
            pick="smallest",
            text="**Which is over first?**",
            options=(
                spec.Term(
                    id="large", short="large", fact="time2", text="{large}", feedback=away("“Large”", FIRST, size=1e10)
                ),
                spec.Term(id="small", short="small", fact="time0", text="{small}"),
                spec.Term(
                    id="middle", short="middle", fact="time1", text="{middle}", feedback=away("“Mid”", FIRST, size=1e11)
                ),
            ),
        ),
    ),
    math=(
        spec.MathItem(
            equation="transfer-time",
            title="The time",
            inputs={"latency": "nothing", "size": "now.part", "rate": "now.rate"},
            result="now.time",
        ),
    ),
    decision=spec.Decision(
        text="What do you ship?",
        ask="Say why.",
        record=("time", "part"),
        cites=spec.Cites(count=1, outputs=("time",), text="Pick the design that shows it."),
        options=(
            spec.DecisionOption(id="all", text="All of it", answer="It takes {now.time}."),
            spec.DecisionOption(id="less", text="Less of it", answer="It takes {now.time}."),
        ),
    ),
)
