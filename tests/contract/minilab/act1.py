"""Act I: one copy over a link. The workers or the link set the rate; buffers without space stop it."""

from __future__ import annotations

from functools import cache
from typing import Any

from ironlaw.labkit import figures as fig
from ironlaw.labkit import spec
from ironlaw.labkit.spec import Q
from ironlaw.labkit.text import plain
from ironlaw.physics import collectives

LINKS = {"disk": 2e8, "flash": 2e9}  # bytes a second
WORKER = 5e8  # bytes a second of one worker
SETUP = 0.1  # seconds a worker
ROOM, PATIENCE = 8e9, 30.0
START_1: dict[str, Any] = {"size": 1e10, "link": "flash", "workers": 2.0, "buffer": 2e9}


def copy(s: Any) -> dict[str, spec.Value]:
    """One copy: the link or the workers set the rate; buffers without space stop it."""
    values: dict[str, spec.Value] = {"buffers": s["workers"] * s["buffer"], "room": ROOM, "patience": PATIENCE}
    values |= dict.fromkeys(("moved", "rate", "transfer", "setup", "total", "reached"))
    if s["workers"] * s["buffer"] > ROOM:
        return values
    rate = min(LINKS[s["link"]], s["workers"] * WORKER)
    # Small buffers are refilled more often; the workers are started one after the other.
    setup = SETUP * s["workers"] + 1e8 / s["buffer"]
    total = s["size"] / rate + setup
    timed = {"moved": s["size"], "rate": rate, "transfer": s["size"] / rate, "setup": setup, "total": total}
    return values | timed | {"reached": collectives.algorithm_bandwidth(s["size"], total)}


@cache
def copy_facts() -> dict[str, Q]:
    def total(**change: Any) -> float:
        value = copy({**START_1, **change})["total"]
        assert isinstance(value, float)
        return value

    here = copy(START_1)
    return {
        "ratio": Q(total(link="disk") / total(), "ratio"),
        "flash_total": Q(total(), "seconds"),
        "disk_total": Q(total(link="disk"), "seconds"),
        "flash": Q(LINKS["flash"], "bandwidth"),
        "disk": Q(LINKS["disk"], "bandwidth"),
        "links": Q(LINKS["flash"] / LINKS["disk"], "ratio"),
        "low": Q(2.0, "ratio"),
        "middle": Q(4.0, "ratio"),
        "high": Q(8.0, "ratio"),
        "saved_link": Q(0.0, "seconds"),
        "saved_workers": Q(total() - total(workers=4.0), "seconds"),
        "saved_setup": Q(here["setup"], "seconds"),
    }


def bars(_settings: spec.Settings, values: spec.Values) -> spec.Figure:
    parts = [("transfer", values["transfer"]), ("setup", values["setup"])]
    numbers = [(name, float(value or 0.0)) for name, value in parts]
    return fig.figure(
        "parts",
        "Where the time goes",
        f"A copy of {plain(values['total'], 'seconds')}, of which {plain(values['setup'], 'seconds')} is setup.",
        x=fig.linear("Seconds", 0.0, max(value for _, value in numbers), "seconds"),
        y=fig.categories("", [name for name, _ in numbers]),
        marks=[
            fig.bars("time", "time", [fig.bar(name, v, plain(v, "seconds")) for name, v in numbers], orient="h"),
        ],
        table=(("Part", "Time"), [(name, plain(v, "seconds")) for name, v in numbers]),
    )


def links(settings: spec.Settings, _values: spec.Values) -> spec.Figure:
    marked = [
        fig.bar(name, rate, plain(rate, "bandwidth"), emphasis=name == settings["link"]) for name, rate in LINKS.items()
    ]
    return fig.figure(
        "links",
        "What the links carry",
        f"The link carries {plain(LINKS[settings['link']], 'bandwidth')}.",
        x=fig.log("Bytes a second", 1e8, 1e10, "bandwidth"),
        y=fig.categories("", list(LINKS)),
        marks=[fig.bars("rate", "rate", marked, orient="h")],
        table=(("Link", "Rate"), [(name, plain(rate, "bandwidth")) for name, rate in LINKS.items()]),
    )


def wrong(title: str, text: str, **settings: Any) -> spec.Feedback:
    """Feedback of act I that changes the start design."""
    return spec.Feedback(title=title, text=text, attempt=spec.Try(text="Show me", settings={**START_1, **settings}))


DISK = "On the disk the copy takes {disk_total}, on flash {flash_total}. Your last one took {now.total}."

ACT_1 = spec.Act(
    id="act1",
    title="One copy",
    minutes=5,
    context="home",
    sender="A colleague",
    message="The flash link broke. How much longer does a copy of {given.size} take over the disk?",
    briefing="Workers read in parallel and the link carries what they read. Flash carries {flash}, the disk {disk}.",
    givens=(spec.Given(id="size", label="Size", value=1e10, kind="bytes", source="scenario"),),
    controls=(
        spec.NumberControl(
            id="size", label="Size", kind="bytes", ticks=(1e9, 5e9, 1e10, 2e10), start=1e10, help="How much is copied."
        ),
        spec.ChoiceControl(
            id="link",
            label="Link",
            options=(
                spec.Choice(value="disk", text="Disk · 200 MB/s"),
                spec.Choice(value="flash", text="Flash · 2 GB/s"),
            ),
            start="flash",
            help="What carries the bytes.",
        ),
        spec.NumberControl(
            id="workers",
            label="Workers",
            kind="count",
            ticks=(1.0, 2.0, 4.0, 8.0),
            start=2.0,
            integer=True,
            help="Each reads on its own.",
        ),
        spec.NumberControl(
            id="buffer",
            label="Buffer",
            kind="bytes",
            ticks=(1e9, 2e9, 4e9),
            start=2e9,
            help="What a worker keeps in memory.",
        ),
    ),
    outputs=(
        spec.Output(id="buffers", label="Buffers", kind="bytes", always=True),
        spec.Output(id="room", label="Space", kind="bytes", always=True),
        spec.Output(id="patience", label="Patience", kind="seconds", always=True),
        spec.Output(id="moved", label="Moved", kind="bytes"),
        spec.Output(id="rate", label="Rate", kind="bandwidth"),
        spec.Output(id="transfer", label="Transfer", kind="seconds"),
        spec.Output(id="setup", label="Setup", kind="seconds"),
        spec.Output(id="total", label="Time of the copy", kind="seconds"),
        spec.Output(id="reached", label="Rate reached", kind="bandwidth"),
    ),
    model=copy,
    facts=copy_facts,
    cards=(
        spec.Card(output="total", constraint="late", note="{now.setup} of it setup"),
        spec.Card(output="buffers", constraint="space", note="of {now.room}"),
        spec.Card(output="reached", help="Setup counted."),
    ),
    constraints=(
        spec.Constraint(
            id="space",
            name="Out of space",
            quantity="buffers",
            limit="room",
            controls=("workers", "buffer"),
            fatal=True,
            text="Out of space: the buffers take {now.buffers}, and there is {now.room}.",
            ok_text="{now.buffers} of {now.room}.",
        ),
        spec.Constraint(
            id="late",
            name="Patience lost",
            quantity="total",
            limit="patience",
            controls=("size", "link", "workers"),
            text="Patience lost: the copy takes {now.total}, longer than {now.patience}.",
            ok_text="{now.total} of {now.patience}.",
        ),
    ),
    figures=(
        spec.FigureSpec(id="parts", title="Where the time goes", draw=bars),
        spec.FigureSpec(id="links", title="What the links carry", draw=links, always=True),
    ),
    prediction=spec.BandQuestion(
        fact="ratio",
        quantity="Time over the disk ÷ time over flash",
        axis=(1.0, 20.0),
        text="**How many times longer does it take?**",
        options=(
            spec.Band(
                id="little",
                low=None,
                high=2.0,
                text="Less than {low}",
                feedback=wrong("“Links hardly matter”", DISK, link="disk"),
            ),
            spec.Band(
                id="some",
                low=2.0,
                high=4.0,
                text="{low} to {middle}",
                feedback=wrong("“Workers make up for it”", DISK, link="disk", workers=4.0),
            ),
            spec.Band(id="right", low=4.0, high=8.0, text="{middle} to {high}"),
            spec.Band(
                id="links",
                low=8.0,
                high=None,
                text="More than {high}",
                feedback=wrong(
                    "“The ratio of the links”",
                    "The links differ by {links}. But on flash the workers set the rate, {now.rate} at your settings.",
                    link="disk",
                    workers=1.0,
                ),
            ),
        ),
    ),
    reveal=spec.Reveal(
        text="It takes **{ratio}** as long: {disk_total} against {flash_total}.", correct="Right: {you.option}."
    ),
    reflection=spec.Reflection(
        question=spec.TermQuestion(
            quantity="Seconds saved",
            title="What each change saves",
            pick="largest",
            text="Over flash, **what shortens the copy most?**",
            options=(
                spec.Term(
                    id="link",
                    fact="saved_link",
                    short="a faster link",
                    text="A link that is twice as fast",
                    feedback=wrong(
                        "“A faster link is faster”",
                        "The workers read {now.rate} at your settings, less than flash carries. A faster link saves {saved_link}.",
                        size=5e9,
                    ),
                ),
                spec.Term(id="workers", fact="saved_workers", short="workers", text="Twice the workers"),
                spec.Term(
                    id="setup",
                    fact="saved_setup",
                    short="no setup",
                    text="No setup at all",
                    feedback=wrong(
                        "“Setup dominates”",
                        "Setup takes {now.setup} of {now.total} at your settings. More workers save {saved_workers}.",
                        workers=4.0,
                    ),
                ),
            ),
        ),
        ask="Why?",
        correct="Yes: the workers set the rate, and twice as many save {saved_workers}.",
    ),
    math=(
        spec.MathItem(
            equation="algorithm-bandwidth",
            title="The rate reached",
            inputs={"size": "now.moved", "time": "now.total"},
            result="now.reached",
            note="Your copy took {now.total}.",
        ),
    ),
    decision=spec.Decision(
        text="What do you do?",
        options=(
            spec.DecisionOption(id="wait", text="Wait for flash", answer="Signed: {flash_total}, once it is repaired."),
            spec.DecisionOption(id="go", text="Copy over the disk", answer="Signed: {disk_total}, starting now."),
        ),
        ask="Why?",
        record=("total", "buffers"),
    ),
)
