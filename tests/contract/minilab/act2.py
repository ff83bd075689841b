"""Act II: the work on many machines that exchange what they found over a trunk. Every plan runs; there is a challenge."""

from __future__ import annotations

from functools import cache
from typing import Any

from ironlaw.labkit import figures as fig
from ironlaw.labkit import spec
from ironlaw.labkit.spec import Q
from ironlaw.labkit.text import plain
from ironlaw.physics import collectives, step

WORK, LATENCY, PREPARE, TARGET = 64.0, 2e-3, 0.05, 0.97  # seconds on one machine, a hop, before; efficiency wanted
TRUNKS = {"thin": (1e9, 100.0), "thick": (4e9, 400.0)}  # bytes a second, dollars a machine
TUNING = 1000.0  # dollars to overlap everything
START_2: dict[str, Any] = {"machines": 4.0, "trunk": "thin", "size": 2e9, "overlap": 0.0}


def spread(s: Any) -> dict[str, spec.Value]:
    """The work on n machines that exchange what they found over a trunk. Every plan runs."""
    bandwidth, price = TRUNKS[s["trunk"]]
    compute = WORK / s["machines"]
    wire = collectives.ring_all_reduce_time(s["machines"], s["size"], bandwidth, LATENCY)
    exposed = wire * (1.0 - s["overlap"])
    total = step.step_time(compute, exposed, 0.0, PREPARE)
    speedup = step.speedup(1.0 / total, 1.0 / (WORK + PREPARE))
    return {
        "compute": compute,
        "exposed": exposed,
        "total": total,
        "none": 0.0,
        "prepare": PREPARE,
        "speedup": speedup,
        "machines": s["machines"],
        "efficiency": step.scaling_efficiency(speedup, s["machines"]),
        "target": TARGET,
        "cost": price * s["machines"] + TUNING * s["overlap"],
    }


@cache
def spread_facts() -> dict[str, Q]:
    here = spread(START_2)
    hops = 2.0 * (START_2["machines"] - 1.0) * LATENCY
    exposed = here["exposed"]
    assert isinstance(exposed, float)
    return {
        "speedup": Q(here["speedup"], "ratio"),
        "machines": Q(START_2["machines"], "count"),
        "loss_bytes": Q(exposed - hops, "seconds"),
        "loss_hops": Q(hops, "seconds"),
        "loss_prepare": Q(PREPARE, "seconds"),
        "cost_tuning": Q(TUNING, "usd"),
        "cost_trunk": Q(8 * (TRUNKS["thick"][1] - TRUNKS["thin"][1]), "usd"),
        "cost_machines": Q(8 * TRUNKS["thick"][1], "usd"),
        "many": Q(8.0, "count"),
    }


def curve(settings: spec.Settings, _values: spec.Values) -> spec.Figure:
    counts = (1.0, 2.0, 4.0, 8.0, 16.0)
    found = [(n, float(spread({**settings, "machines": n})["speedup"] or 0.0)) for n in counts]
    return fig.figure(
        "curve",
        "Speedup over machines",
        f"Your design reaches {plain(_values['speedup'], 'ratio')}.",
        x=fig.log("Machines", 1.0, 16.0, "count", counts),
        y=fig.linear("Speedup", 0.0, 16.0, "ratio"),
        marks=[fig.line("speedup", "speedup", found, [f"{plain(n, 'count')}: {plain(v, 'ratio')}" for n, v in found])],
        table=(("Machines", "Speedup"), [(plain(n, "count"), plain(v, "ratio")) for n, v in found]),
    )


def off(title: str, text: str, **settings: Any) -> spec.Feedback:
    """Feedback of act II that changes the start design."""
    return spec.Feedback(title=title, text=text, attempt=spec.Try(text="Show me", settings={**START_2, **settings}))


PAID = "Tuning costs {cost_tuning} and hides the exchange. Your design costs {now.cost}."

ACT_2 = spec.Act(
    id="act2",
    title="Many machines",
    minutes=5,
    context="home",
    sender="A colleague",
    message="On {machines:words} machines the job runs only {speedup} as fast. Where does the rest go?",
    briefing="Each machine does its part, then all exchange what they found.",
    givens=(),
    controls=(
        spec.NumberControl(
            id="machines",
            label="Machines",
            kind="count",
            ticks=(1.0, 2.0, 4.0, 8.0, 16.0),
            start=4.0,
            integer=True,
            help="They share the work.",
        ),
        spec.ChoiceControl(
            id="trunk",
            label="Trunk",
            options=(spec.Choice(value="thin", text="Thin"), spec.Choice(value="thick", text="Thick")),
            start="thin",
            help="What the machines exchange over.",
        ),
        spec.NumberControl(
            id="size",
            label="Exchanged",
            kind="bytes",
            ticks=(1e9, 2e9, 4e9, 8e9),
            start=2e9,
            help="Bytes that all must agree on.",
        ),
        spec.NumberControl(
            id="overlap",
            label="Overlap",
            kind="share",
            ticks=(0.0, 0.2, 0.4, 0.6, 0.8, 1.0),
            start=0.0,
            drawer=True,
            help="Share of the exchange beside the work.",
        ),
    ),
    outputs=(
        spec.Output(id="compute", label="Work", kind="seconds"),
        spec.Output(id="exposed", label="Exchange", kind="seconds"),
        spec.Output(id="none", label="Nothing", kind="seconds"),
        spec.Output(id="prepare", label="Preparation", kind="seconds"),
        spec.Output(id="total", label="Time of the job", kind="seconds"),
        spec.Output(id="speedup", label="Speedup", kind="ratio"),
        spec.Output(id="machines", label="Machines", kind="count"),
        spec.Output(id="efficiency", label="Efficiency", kind="share"),
        spec.Output(id="target", label="Target", kind="share"),
        spec.Output(id="cost", label="Cost", kind="usd"),
    ),
    model=spread,
    facts=spread_facts,
    cards=(
        spec.Card(output="speedup"),
        spec.Card(output="efficiency"),
        spec.Card(output="cost"),
        spec.Card(output="exposed", constraint="swamped"),
    ),
    constraints=(
        spec.Constraint(
            id="swamped",
            name="Swamped by the exchange",
            quantity="exposed",
            limit="compute",
            controls=("machines", "trunk", "size", "overlap"),
            text="Swamped: {now.exposed} of exchange beside {now.compute} of work.",
            ok_text="{now.exposed} beside {now.compute}.",
        ),
    ),
    figures=(spec.FigureSpec(id="curve", title="Speedup over machines", draw=curve),),
    challenge=spec.Challenge(
        title="Scale",
        text="On {many:words} machines reach {now.target} efficiency, cheaply.",
        checks=(
            spec.Check(output="efficiency", sense="at least", limit="target", text="{now.efficiency} of {now.target}"),
        ),
        cost="cost",
        free=("trunk", "overlap"),
        pinned={"machines": 8.0, "size": 2e9},
    ),
    prediction=spec.TermQuestion(
        quantity="Seconds lost",
        title="What is lost to each",
        pick="largest",
        text="**Which takes the most?**",
        options=(
            spec.Term(
                id="hops",
                fact="loss_hops",
                short="hops",
                text="The hops",
                feedback=off("“Hops”", "All hops take {loss_hops}. Your exchange takes {now.exposed}.", machines=8.0),
            ),
            spec.Term(id="bytes", fact="loss_bytes", short="bytes", text="The bytes on the trunk"),
            spec.Term(
                id="prepare",
                fact="loss_prepare",
                short="preparation",
                text="The preparation",
                feedback=off("“Preparation”", "It takes {now.prepare}. The bytes take {loss_bytes}.", trunk="thick"),
            ),
        ),
    ),
    reveal=spec.Reveal(text="The bytes: {loss_bytes}, beside {loss_hops} for hops.", correct="Right: {you.option}."),
    reflection=spec.Reflection(
        question=spec.TermQuestion(
            quantity="Dollars",
            title="What each remedy costs",
            pick="smallest",
            text="**Which remedy is the cheapest?**",
            options=(
                spec.Term(
                    id="trunk",
                    fact="cost_trunk",
                    short="trunk",
                    text="A thick trunk",
                    feedback=off("“Buy”", PAID, trunk="thick"),
                ),
                spec.Term(
                    id="machines",
                    fact="cost_machines",
                    short="machines",
                    text="New machines",
                    feedback=off("“Replace”", PAID, machines=16.0),
                ),
                spec.Term(id="tuning", fact="cost_tuning", short="tuning", text="Tuning"),
            ),
        ),
        ask="When not?",
        correct="Yes, {cost_tuning}.",
    ),
    math=(
        spec.MathItem(
            equation="step-time",
            title="The job",
            inputs={
                "compute": "now.compute",
                "exposed": "now.exposed",
                "contention": "now.none",
                "overhead": "now.prepare",
            },
            result="now.total",
        ),
    ),
    decision=spec.Decision(
        text="What do you buy?",
        options=(
            spec.DecisionOption(id="tune", text="Tuning", answer="Signed: {now.cost}."),
            spec.DecisionOption(id="buy", text="The trunk", answer="Signed: {now.cost}."),
            spec.DecisionOption(id="nothing", text="Nothing", answer="Signed: {now.speedup} it is."),
        ),
        ask="Why?",
        record=("speedup", "cost"),
    ),
)
