"""Labs with a broken question, text, equation, figure or document: each is caught by one rule alone."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

from ironlaw.labkit import figures as fig
from ironlaw.labkit import spec
from ironlaw.labkit.document import shuffled
from ironlaw.labkit.spec import Lab, Q

from .breaking import CASES, Broken, at, broken, edit, facts_1, rare
from .minilab import LAB
from .minilab.act1 import START_1, bars
from .minilab.act2 import curve, spread, spread_facts

# --- questions --------------------------------------------------------------------------------------------------------

BANDS = LAB.acts[0].prediction.options
WHY_1, WHY_2 = "acts.0.reflection.question", "acts.1.reflection.question"
at("options", "has 2 options", WHY_2, options=LAB.acts[1].reflection.question.options[1:])
at("bands", "ends at 4.0, band 'links' begins at 8.0", "acts.0.prediction", options=(*BANDS[:2], BANDS[3]))
at("bands", "band 'right' begins at 3.5", "acts.0.prediction.options.2", low=3.5)
at("bands", "covers the axis below 2.0", "acts.0.prediction", options=BANDS[1:])
at("bands", "covers the axis above 12.0", "acts.0.prediction.options.3", high=12.0)
at("bands", "is off the axis", "acts.0.prediction", axis=(1.0, 6.0))
rare("intervals", "intervals of 100% of its axis", "acts.0.prediction", widest=1e4)
rare("intervals", "counts in units of 0.0", "acts.0.prediction", per=0.0)
at("oracle", "is off the axis", "acts.0", facts=facts_1(ratio=Q(25.0, "ratio")))
at("oracle", "2 terms are the largest", f"{WHY_1}.options.2", fact="saved_workers")
at("knife-edge", "near the edge at 4×: a margin of 1.2%", "acts.0", facts=facts_1(ratio=Q(4.05, "ratio")))
at("knife-edge", "'workers' and 'setup' are close", "acts.0", facts=facts_1(saved_setup=Q(4.7, "seconds")))
FIRST = "acts.0.prediction.options.0"
at("feedback", "[little]: is wrong and has no feedback", FIRST, feedback=None)
at("feedback", "without a title", f"{FIRST}.feedback", title="")
at("feedback", "of 1 sentence", f"{FIRST}.feedback", text="Your copy took {now.total}, not {disk_total}.")
at("feedback", "number of the learner's", f"{FIRST}.feedback", text="It is {disk_total}. It is not {flash_total}.")
at("feedback", "no settings that show it", f"{FIRST}.feedback", attempt=None)
TRY = f"{FIRST}.feedback.attempt"
at("tries", "shows what the start shows", TRY, settings=START_1)
at("tries", "leaves workers, buffer where", TRY, settings={"size": 1e9, "link": "disk"})
at("tries", "no control called", TRY, settings={**START_1, "speed": 1.0})
at("tries", "must be 1 to 8", TRY, settings={**START_1, "workers": 9.0})


@broken("key-position", "all 4 keys stand at place 3")
def always_the_third() -> Lab:
    """The order of terms is shuffled by the act's title: so it takes titles under which the keys come last."""
    lab = LAB
    for index, asked in ((0, ("reflection",)), (1, ("prediction", "reflection"))):
        act = LAB.acts[index]
        found = (title for title in _titles() if all(_last(act, title, name) for name in asked))
        lab = edit(lab, f"acts.{index}", title=next(found))
    return lab


def _titles() -> Iterator[str]:
    letters = "abcdefghijklmnopqrstuvwxyz"
    return ("Copy " + "".join(pair) for pair in itertools.product(letters, repeat=2))


def _last(act: spec.Act, title: str, name: str) -> bool:
    question = act.prediction if name == "prediction" else act.reflection.question
    key = {"act1": "workers", "act2": "bytes" if name == "prediction" else "tuning"}[act.id]
    options: list[spec.Band | spec.Term] = list(question.options)
    return shuffled(options, f"{act.id}:{title}:{name}")[-1].id == key


def halved(s: Any) -> Any:
    """One output that is no whole number, though not at the start."""
    return spread(s) | {"machines": 0.5 if s["machines"] == 16 else s["machines"]}


# --- text -------------------------------------------------------------------------------------------------------------

at("slots", "{now.missing} cannot be filled", "acts.0", message="It takes {now.missing}.")
at("slots", "{you.option} cannot be filled", "acts.0", briefing="You said {you.option}.")
at("slots", "{now.setup:words} cannot be filled", "acts.0.reveal", text="Setup takes {now.setup:words}.")
at("slots", "{start.total} cannot be filled", "acts.0.cards.0", note="was {start.total}")
at("slots", "{ratio} cannot be filled", "", invariant="The slowest part sets the rate: {ratio}.")
at("slots", "{now.total} is nothing at", "acts.0.cards.1", note="for {now.total}")
at("slots", "{now.machines:words} cannot be filled", "acts.1", briefing="{now.machines:words} of them.", model=halved)
at(
    "slots",
    "{now.missing} cannot",
    "acts.1.constraints.0",
    text="Swamped: {now.exposed}, {now.compute}, {now.missing}.",
)
at("literals", "holds the figure '5'", "acts.0.controls.0", help="At least 5 seconds.")
at("literals", "holds the figure 'three'", "acts.0", briefing="All three of them.")
at("literals", "holds the figure 'Half'", "", synthesis="Half of it is waiting.")
at("literals", "holds the figure '½'", "", synthesis="It takes ½ of it.")
at("literals", "holds the figure '7×'", "acts.0.cards.0", label="7× slower")
at("literals", "holds the figure '300'", "acts.0.controls.1.options.0", text="Disk · 300 MB/s")
at(
    "sentences",
    "ends without a stop: “…flash.\u200b”".replace("\u200b", "") if False else "ends without a stop",
    "",
    invariant="The rate",
)
at("braces", "shows a brace", f"{FIRST}.feedback", title="“{ratio}”")
at("braces", "shows a brace", "acts.0.reveal", text="It takes {Now.total} in all.")
at("braces", "shows a brace", "acts.0.controls.0", help="Up to {now.moved}.")
at(
    "one-figure",
    "prints now.moved as 10,000,000,000; elsewhere it is 10 GB",
    "acts.0.reveal",
    text="It moved {now.moved:number}.",
)
at("one-figure", "one name, two figures", "acts.0", facts=facts_1(total=Q(1.0, "bytes")))


def with_picture(index: int, draw: Callable[..., Any], **changes: Any) -> Lab:
    return edit(LAB, f"acts.{index}.figures.0", draw=draw, **changes)


@broken("one-figure", "prints total as 10.25")
def rounds_otherwise() -> Lab:
    def draw(settings: Any, values: Any) -> Any:
        return bars(settings, values) | {"description": f"A copy of {values['total']:.2f} s."}

    return with_picture(0, draw)


# --- maths ------------------------------------------------------------------------------------------------------------

SUM = "acts.0.math.0"
at("math-inputs", "there is no equation 'ohms-law'", SUM, equation="ohms-law")
at("math-inputs", "parameter 'time' has no slot", SUM, inputs={"size": "now.moved"})
at(
    "math-inputs",
    "'speed' is no parameter",
    SUM,
    inputs={"size": "now.moved", "time": "now.total", "speed": "now.rate"},
)
at("math-inputs", "slot 'now.missing' does not exist", SUM, result="now.missing")
at("math-agrees", "now.rate is", SUM, result="now.rate")
at("math-agrees", "the equation gives", SUM, inputs={"size": "now.moved", "time": "flash_total"})

# --- figures ----------------------------------------------------------------------------------------------------------


@broken("drawn", "ValueError: no curve")
def picture_stops() -> Lab:
    def draw(settings: Any, values: Any) -> Any:
        if settings["machines"] > 8:
            raise ValueError("no curve")
        return curve(settings, values)

    return with_picture(1, draw)


@broken("drawn", "no plain JSON")
def picture_with_infinity() -> Lab:
    return with_picture(1, lambda s, v: curve(s, v) | {"height": math.inf})


@broken("infeasible-empty", "a number that the plan does not have")
def picture_of_nothing() -> Lab:
    return with_picture(0, bars, always=True)


def changed(**changes: Any) -> Lab:
    """Act II with something of its figure changed: values, or functions of the figure."""

    def draw(settings: Any, values: Any) -> Any:
        drawn = curve(settings, values)
        return drawn | {name: value(drawn) if callable(value) else value for name, value in changes.items()}

    return with_picture(1, draw)


def picture(rule: str, says: str, **changes: Any) -> None:
    CASES.append(Broken(rule, f"figure: {', '.join(changes)}, {says}", lambda: changed(**changes), says))


def first_mark(**changes: Any) -> Callable[[Any], Any]:
    return lambda drawn: [drawn["marks"][0] | changes]


picture("figure-words", "has no description", description="")
picture("figure-words", "is no sentence", description="The curve")
picture("figure-words", "has no table", table={"columns": ["Machines"], "rows": []})
picture("figure-words", "of another length", table={"columns": ["Machines"], "rows": [["a", "b"]]})
picture("figure-words", "a part without a text", marks=first_mark(texts=["1: 1×"]))
picture("figure-words", "no label on its y axis", y=lambda drawn: drawn["y"] | {"label": ""})
picture("figure-marks", "two marks with one id", marks=lambda drawn: drawn["marks"] * 2)
picture("figure-domain", "lies outside the axis", x=fig.log("Machines", 2.0, 16.0, "count"))
picture("figure-domain", "tick on x lies outside", x=fig.log("Machines", 1.0, 16.0, "count", (1.0, 32.0)))
picture("figure-domain", "bad domain", y={"label": "Speedup", "scale": "linear", "domain": [4.0, 4.0], "ticks": []})
picture("figure-numbers", "another number than its text", marks=first_mark(texts=["2×", "2×", "2×", "2×", "2×"]))


@broken("figure-marks", "at one setting and")
def marks_come_and_go() -> Lab:
    def draw(settings: Any, values: Any) -> Any:
        drawn = curve(settings, values)
        extra = [fig.rule("here", "x", settings["machines"], "here")] if settings["machines"] > 4 else []
        return drawn | {"marks": extra + drawn["marks"]}

    return with_picture(1, draw)


# --- document ---------------------------------------------------------------------------------------------------------

at("flow", "a question without options", "acts.1.decision", options=())
at(
    "secrets",
    "reflection.correct: stands in the document at stage predict",
    "acts.0",
    briefing="Remember: the workers set the rate, and twice as many save what is left.",
)
at(
    "secrets",
    "feedback.text: stands in the document at stage predict",
    "acts.1",
    briefing="Tuning costs {cost_tuning} and hides the exchange.",
)
at("key-hidden", "4.9× can be read before the commit", "acts.0", briefing="A friend says {ratio}.")
at(
    "key-hidden",
    "can be read before the commit",
    "acts.1",
    givens=(
        spec.Given(
            id="bytes", label="Bytes", value=spread_facts()["loss_bytes"].value, kind="seconds", source="scenario"
        ),
    ),
)
