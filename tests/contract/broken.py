"""The honest lab, broken on purpose: for each rule at least one lab that it alone catches.

`edit(record, "acts.0.controls.1", help="")` is `dataclasses.replace` deep inside a lab. Act I is `acts.0`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from ironlaw.labkit import figures as fig
from ironlaw.labkit import spec
from ironlaw.labkit.document import shuffled
from ironlaw.labkit.spec import Lab, Q

from .minilab import LAB
from .minilab.act1 import START_1, bars, copy, copy_facts
from .minilab.act2 import curve, spread, spread_facts


def edit(record: Any, path: str, /, **changes: Any) -> Any:
    """The record with these fields changed at the end of a path of field names and indices."""
    if not path:
        return replace(record, **changes)
    head, _, rest = path.partition(".")
    if isinstance(record, tuple):
        index = int(head)
        return (*record[:index], edit(record[index], rest, **changes), *record[index + 1 :])
    return replace(record, **{head: edit(getattr(record, head), rest, **changes)})


@dataclass(frozen=True)
class Broken:
    """A broken lab, the rule that must catch it alone, and words that its finding must say."""

    rule: str
    name: str
    make: Callable[[], Lab]
    says: str


CASES: list[Broken] = []


def broken(rule: str, says: str) -> Callable[[Callable[[], Lab]], Callable[[], Lab]]:
    def enter(make: Callable[[], Lab]) -> Callable[[], Lab]:
        CASES.append(Broken(rule, make.__name__, make, says))
        return make

    return enter


def at(rule: str, says: str, path: str, /, **changes: Any) -> None:
    """A lab that is broken by one change of fields."""
    name = f"{path}: {', '.join(changes)} {sum(each.rule == rule for each in CASES)}"
    CASES.append(Broken(rule, name, lambda: edit(LAB, path, **changes), says))


def model_1(**over: Any) -> Callable[[Any], dict[str, Any]]:
    """The model of act I with some outputs computed otherwise: values, or functions of the settings."""
    return lambda s: copy(s) | {name: value(s) if callable(value) else value for name, value in over.items()}


def model_2(**over: Any) -> Callable[[Any], dict[str, Any]]:
    return lambda s: spread(s) | {name: value(s) if callable(value) else value for name, value in over.items()}


def facts_1(**over: Q) -> Callable[[], dict[str, Q]]:
    return lambda: copy_facts() | over


def facts_2(**over: Q) -> Callable[[], dict[str, Q]]:
    return lambda: spread_facts() | over


def output(name: str, **changes: Any) -> dict[str, Any]:
    """The outputs of act I with one changed."""
    return {"outputs": tuple(replace(o, **changes) if o.id == name else o for o in LAB.acts[0].outputs)}


# --- structure --------------------------------------------------------------------------------------------------------

at("ids", "'v3_01'", "", id="v3_01")
at("ids", "'size' stands 2 times", "acts.0.controls.2", id="size")
at("ids", "'act1' stands 2 times", "acts.1", id="act1")
at("ids", "'some' stands 2 times", "acts.0.prediction.options.0", id="some")

at("references", "'shed' does not exist", "acts.0", context="shed")
at("references", "'missing' does not exist", "acts.0.cards.0", output="missing")
at("references", "'missing' does not exist", "acts.0.cards.0", constraint="missing")
at("references", "'missing' does not exist", "acts.0.constraints.0", controls=("workers", "missing"))
at("references", "compares total (seconds) with room (bytes)", "acts.0.constraints.1", limit="room")
at("references", "'missing' does not exist", "acts.0.prediction", fact="missing")
at("references", "'missing' does not exist", "acts.1.challenge", cost="missing")
at("references", "'missing' does not exist", "acts.0.decision", record=("missing",))
at("references", "'furlongs' does not exist", "acts.0", **output("setup", kind="furlongs"))
at(
    "references",
    "no control called",
    "contexts.1",
    settings={"act1": {"speed": 1.0}, "act2": {"trunk": "thick"}},
)

at("controls", "starts at 3000000000.0", "acts.0.controls.0", start=3e9)
at("controls", "do not ascend", "acts.0.controls.0", ticks=(1e9, 2e10, 1e10))
at("controls", "whole numbers", "acts.0.controls.2", ticks=(1.0, 1.5, 2.0, 4.0, 8.0))
at("controls", "two places with one text", "acts.0.controls.0", ticks=(1e9, 1.0001e9, 1e10, 2e10))
at("controls", "at least two", "acts.0.controls.0", ticks=(1e10,))


@broken("model-runs", "ZeroDivisionError")
def divides_by_nothing() -> Lab:
    return edit(LAB, "acts.0", model=model_1(setup=lambda s: 1 / (8 - s["workers"])))


@broken("model-runs", "another answer the second time")
def drifts() -> Lab:
    calls = itertools.count()
    return edit(LAB, "acts.1", model=model_2(cost=lambda _: 100.0 + next(calls)))


at(
    "outputs",
    "is declared, but",
    "acts.0",
    outputs=(*LAB.acts[0].outputs, spec.Output(id="ghost", label="Ghost", kind="bytes")),
)
at("outputs", "gives 'spare'", "acts.0", model=model_1(spare=1.0))
at("outputs", "is declared as share", "acts.1", model=model_2(target="most of it"))

at("finite", "outputs[cost]: is nan", "acts.1", model=model_2(cost=lambda s: math.nan if s["machines"] == 16 else 1.0))
at("finite", "facts[flash]: is inf", "acts.0", facts=facts_1(flash=Q(math.inf, "bandwidth")))

at("infeasible-silent", "for a plan that cannot run", "acts.0", model=model_1(setup=0.3))
at(
    "infeasible-silent",
    "no value for a plan that runs",
    "acts.1",
    model=model_2(prepare=lambda s: None if s["machines"] == 1 else 0.05),
)
at("infeasible-silent", "marked always", "acts.0", **output("setup", always=True))

# --- instrument -------------------------------------------------------------------------------------------------------

at("start-feasible", "fatal limit space", "acts.0.controls.3", start=4e9 * 2, ticks=(1e9, 4e9, 8e9))
at("help", "controls[link]: has no help", "acts.0.controls.1", help=" ")
at("no-echo", "repeats the control 'machines'", "acts.1.cards.0", output="machines")
at("contexts", "same result as 'home'", "contexts.1", settings={"act1": {"link": "disk"}})
at("contexts", "cannot run", "contexts.1", settings={"act1": {"workers": 8.0}, "act2": {"trunk": "thick"}})
at("contexts", "at least two", "", contexts=LAB.contexts[:1])


@broken("first-view", "0 stand in first view")
def empty_panel() -> Lab:
    return edit(LAB, "acts.0", controls=tuple(replace(each, drawer=True) for each in LAB.acts[0].controls))


def everywhere(record: Any, kind: type, change: Callable[[Any], Any]) -> Any:
    """The record with every record of this kind in it changed."""
    if isinstance(record, kind):
        return change(record)
    if isinstance(record, tuple):
        return tuple(everywhere(each, kind, change) for each in record)
    if not is_dataclass(record) or isinstance(record, type):
        return record
    return replace(record, **{f.name: everywhere(getattr(record, f.name), kind, change) for f in fields(record)})


EXTRA = spec.NumberControl(
    id="extra", label="Extra", kind="seconds", ticks=(0.0, 1.0, 2.0), start=0.0, help="More setup."
)


def with_extra(**changes: Any) -> Lab:
    """Act I with a fifth control, which its "show me" settings set too."""
    lab = edit(LAB, "acts.0", controls=(*LAB.acts[0].controls, EXTRA), **changes)
    act = everywhere(lab.acts[0], spec.Try, lambda t: replace(t, settings={**t.settings, "extra": 0.0}))
    return replace(lab, acts=(act, LAB.acts[1]))


def slower(s: Any) -> Any:
    """Setup with the extra seconds; nothing for a plan that cannot run."""
    return None if copy(s)["setup"] is None else copy(s)["setup"] + s["extra"]


@broken("first-view", "5 stand in first view: size, link, workers, buffer, extra")
def crowded_panel() -> Lab:
    return with_extra(model=model_1(setup=slower))


@broken("control-matters", "controls[extra]: changes no computed output")
def idle_control() -> Lab:
    lab = with_extra()
    return edit(lab, "acts.0.controls.4", drawer=True)


# --- limits -----------------------------------------------------------------------------------------------------------

at("limit-off-at-start", "constraints[late]: is crossed at the start", "acts.0", model=model_1(patience=5.0))
at("limit-off-at-start", "(site)", "acts.0", context="site")
at("limit-reachable", "constraints[late]: no 3 moves", "acts.0", model=model_1(patience=1e6))
at("limit-text", "no {now.patience}", "acts.0.constraints.1", text="Patience lost: the copy takes {now.total}.")
at("limit-text", "no {now.total}", "acts.0.constraints.1", text="Patience lost: {now.patience} are over.")
at("limit-text", "no word of its name", "acts.0.constraints.1", text="Too slow: {now.total}, not {now.patience}.")
at("limit-controls", "'size' moves neither buffers nor room", "acts.0.constraints.0", controls=("workers", "size"))
at("limit-controls", "names no control", "acts.0.constraints.0", controls=())


@broken("limit-recoverable", "only 'workers' leads out")
def trap_door() -> Lab:
    """Space taken depends on the workers alone."""

    def model(s: Any) -> dict[str, Any]:
        return copy({**s, "buffer": 2e9}) | {"setup": None if s["workers"] > 4 else s["buffer"] * 1e-9}

    lab = edit(LAB, "acts.0", model=model)
    return edit(lab, "acts.0.constraints.0", controls=("workers",))


@broken("limit-way-out", "constraints[pile]: no 3 moves lead out")
def far_field() -> Lab:
    """A limit on how many controls stand at their top: with all five there, four must come down."""
    tops = {"size": 2e10, "link": "disk", "workers": 8.0, "buffer": 4e9, "extra": 2.0}

    def pile(s: Any) -> float:
        return float(sum(s[name] == top for name, top in tops.items()))

    lab = with_extra(
        model=model_1(setup=slower, pile=pile, most=1.5),
        outputs=(
            *LAB.acts[0].outputs,
            spec.Output(id="pile", label="At the top", kind="number", always=True),
            spec.Output(id="most", label="Most at the top", kind="number", always=True),
        ),
        constraints=(
            *LAB.acts[0].constraints,
            spec.Constraint(
                id="pile",
                name="Piled up",
                quantity="pile",
                limit="most",
                controls=tuple(tops),
                text="Piled up: {now.pile}, above {now.most}.",
                ok_text="{now.pile} of {now.most}.",
            ),
        ),
    )
    return edit(lab, "acts.0.controls.4", drawer=True)


GOAL = "acts.1.challenge"
at("challenge-grid", "cannot stand", GOAL, pinned={"machines": 8.0, "size": 3e9})
at("challenge-grid", "both pinned and free", GOAL, free=("trunk", "overlap", "machines"))
at("challenge-grid", "no free control", GOAL, free=())
at("challenge-solvable", "none of 12 designs meets it", "acts.1", model=model_2(target=1.5))
at("challenge-share", "of 12 designs meet it", "acts.1", model=model_2(target=0.75))


def low_efficiency(target: float, machines: float) -> Lab:
    """A challenge to scale badly: the start is its best answer."""
    lab = edit(LAB, "acts.1", model=model_2(target=target))
    lab = edit(lab, f"{GOAL}.checks.0", sense="at most")
    return edit(lab, GOAL, pinned={"machines": machines, "size": 2e9})


@broken("challenge-start", "the start meets it")
def won_at_once() -> Lab:
    return low_efficiency(0.85, 4.0)


@broken("challenge-start", "leaves every free control at its start")
def won_by_waiting() -> Lab:
    return low_efficiency(0.72, 8.0)


# --- questions --------------------------------------------------------------------------------------------------------

BANDS = LAB.acts[0].prediction.options
WHY_1, WHY_2 = "acts.0.reflection.question", "acts.1.reflection.question"
at("options", "has 2 options", WHY_2, options=LAB.acts[1].reflection.question.options[1:])
at("bands", "ends at 4.0, band 'links' begins at 8.0", "acts.0.prediction", options=(*BANDS[:2], BANDS[3]))
at("bands", "band 'right' begins at 3.5", "acts.0.prediction.options.2", low=3.5)
at("bands", "covers the axis below 2.0", "acts.0.prediction", options=BANDS[1:])
at("bands", "covers the axis above 12.0", "acts.0.prediction.options.3", high=12.0)
at("bands", "is off the axis", "acts.0.prediction", axis=(1.0, 6.0))
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
    return shuffled(question.options, f"{act.id}:{title}:{name}")[-1].id == key


# --- text -------------------------------------------------------------------------------------------------------------

at("slots", "{now.missing} cannot be filled", "acts.0", message="It takes {now.missing}.")
at("slots", "{you.option} cannot be filled", "acts.0", briefing="You said {you.option}.")
at("slots", "{now.setup:words} cannot be filled", "acts.0.reveal", text="Setup takes {now.setup:words}.")
at("slots", "{start.total} cannot be filled", "acts.0.cards.0", note="was {start.total}")
at("slots", "{ratio} cannot be filled", "", invariant="The slowest part sets the rate: {ratio}.")
at("slots", "{now.total} is nothing at workers = 8.0", "acts.0.cards.1", note="for {now.total}")
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
