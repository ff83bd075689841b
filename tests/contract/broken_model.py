"""Labs with a broken structure, panel, limit or challenge: each is caught by one rule alone."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import Any

from ironlaw.labkit import spec
from ironlaw.labkit.spec import Lab, Q

from .breaking import at, broken, edit, everywhere, facts_1, mission, model_1, model_2, output, rare
from .minilab import LAB
from .minilab.act1 import copy

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
at("contexts", "same result as 'home'", "contexts.1", settings={"act1": {"link": "disk"}, "act2": {"trunk": "thin"}})
at("contexts", "1 contexts know this act", "contexts.1", settings={"act1": {"link": "disk"}})
at("contexts", "cannot run", "contexts.1", settings={"act1": {"workers": 8.0}, "act2": {"trunk": "thick"}})
at("contexts", "at least two", "", contexts=LAB.contexts[:1])

ROOMY = mission(room=lambda s: 1e11 if s["track"] == "cloud-titan" else 5e10)
rare("tracks", "in 0 of 1 acts", "acts.0", model=ROOMY)
rare("tracks", "is no track; there is", "contexts.1", id="tiny")
rare("quotas", "asks for 9 decades; the slider has 6", "acts.0.quotas.0", need=9)
rare("quotas", "asks for 0", "acts.0.quotas.1", need=0)
rare("quotas", "tells nothing of it", "acts.0.reflection.cites", outputs=())
rare("sweep", "counts 96 designs, not 97", "acts.0.sweep", designs=97)
rare("sweep", "draws nothing", "acts.0.sweep", figures=lambda *_: ())


@broken("first-view", "0 stand in first view")
def empty_panel() -> Lab:
    return edit(LAB, "acts.0", controls=tuple(replace(each, drawer=True) for each in LAB.acts[0].controls))


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
at(
    "limit-text",
    "no word of its name",
    "acts.0.constraints.1",
    name="Above the limit",
    text="Above the line: {now.total}, not {now.patience}.",
)
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
