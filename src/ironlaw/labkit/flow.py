"""The state machine of a lab: which stage an act is in, what is unlocked, what may be sent.

Pure: it reads a folded ledger state (anything with the attributes below) and answers. Stages of an act:
predict → (second) → explore → reflect → decide → done; the acts follow one another. Only an act with a second question
has the stage `second`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol

from ironlaw.labkit import quotas
from ironlaw.labkit.refusal import Refusal

if TYPE_CHECKING:  # the portal needs the flow of labs that it does not load
    from ironlaw.labkit.spec import Act, Lab

Stage = Literal["locked", "predict", "second", "explore", "reflect", "decide", "done"]
STAGES: tuple[tuple[Stage, str], ...] = (
    ("predict", "Predict"),
    ("second", "Again"),
    ("explore", "Explore"),
    ("reflect", "Reflect"),
    ("decide", "Decide"),
)
ORDER: dict[str, int] = {
    stage: index for index, stage in enumerate(("locked", "predict", "second", "explore", "reflect", "decide", "done"))
}


class ConstraintProgress(Protocol):
    """How often a limit was crossed and left."""

    @property
    def hits(self) -> int: ...
    @property
    def recoveries(self) -> int: ...
    @property
    def active(self) -> bool: ...


class ActProgress(Protocol):
    """What the ledger knows of one act."""

    @property
    def context(self) -> str | None: ...
    @property
    def prediction(self) -> Mapping[str, Any] | None: ...
    @property
    def second(self) -> Mapping[str, Any] | None: ...
    @property
    def settings(self) -> Mapping[str, Any] | None: ...
    @property
    def feasible_settings(self) -> Mapping[str, Any] | None: ...
    @property
    def designs(self) -> Sequence[Mapping[str, Any]]: ...
    @property
    def reset_at(self) -> Sequence[int]: ...
    @property
    def revealed(self) -> bool: ...
    @property
    def reflections(self) -> Sequence[Mapping[str, Any]]: ...
    @property
    def decision(self) -> Mapping[str, Any] | None: ...
    @property
    def hits(self) -> Mapping[str, ConstraintProgress]: ...


Progress = Mapping[str, ActProgress]

# The intent that moves an act on from each stage; `moved` and `reset` are welcome once the instrument is there.
MOVES_ON: dict[str, Stage] = {
    "predicted": "predict",
    "second": "second",
    "revealed": "explore",
    "reflected": "reflect",
    "decided": "decide",
}

NEXT: dict[str, str] = {
    "predict": "Commit a prediction with your confidence. The instrument unlocks when it is locked in.",
    "second": "Take the first look, then commit to the second question. The instrument unlocks after it.",
    "explore": "Move the controls: cross a limit, find two ways back. Then ask for the reveal.",
    "reflect": "Compare your prediction with the engine, then answer the question on the why.",
    "decide": "Look at the equations with your numbers, then sign a decision.",
    "done": "This act is complete. The instrument stays open: anything you try is kept.",
}


def own_stage(act: Act, progress: ActProgress | None) -> Stage:
    """The stage of an act by its own events, as if it were unlocked."""
    if progress is None or progress.prediction is None:
        return "predict"
    if act.second and progress.second is None:
        return "second"
    if not progress.revealed:
        return "explore"
    if not progress.reflections:
        return "reflect"
    return "decide" if progress.decision is None else "done"


def stages(lab: Lab, progress: Progress) -> dict[str, Stage]:
    """The stage of every act: an act is locked until the one before it is done."""
    found: dict[str, Stage] = {}
    open_ = True
    for act in lab.acts:
        found[act.id] = own_stage(act, progress.get(act.id)) if open_ else "locked"
        open_ = found[act.id] == "done"
    return found


def steps(act: Act) -> list[tuple[Stage, str]]:
    """The stages that this act has, with their labels."""
    return [(stage, label) for stage, label in STAGES if stage != "second" or act.second]


def reached(stage: Stage, wanted: Stage) -> bool:
    """Whether an act in `stage` has arrived at `wanted` or gone beyond."""
    return ORDER[stage] >= ORDER[wanted]


def admit(lab: Lab, act: Act, kind: str, progress: Progress) -> None:
    """Raise Refusal unless an intent of this kind may be stored for the act now.

    Codes: `locked` (the act or its instrument is not open), `already_committed` (a prediction, reveal, or decision that
    stands), `wrong_stage` (too early).
    """
    stage = stages(lab, progress)[act.id]
    if stage == "locked":
        raise Refusal("locked", f"{act.title} opens when the act before it is done.", field="act", value=act.id)
    if kind in ("moved", "reset"):
        if not reached(stage, "explore"):
            raise Refusal(
                "locked", "The instrument unlocks when your prediction is locked in.", field="act", value=act.id
            )
        return
    wanted = MOVES_ON[kind]
    if stage != wanted:
        if ORDER[stage] > ORDER[wanted]:
            raise Refusal("already_committed", _standing(kind, act), field="kind", value=kind)
        raise Refusal("wrong_stage", f"{_too_early(kind)} {NEXT[stage]}", field="kind", value=kind, allowed=stage)
    if kind == "revealed" and (missing := to_do(act, progress.get(act.id))):
        raise Refusal("wrong_stage", missing, field="kind", value=kind)


def to_do(act: Act, progress: ActProgress | None) -> str | None:
    """What still has to happen on the instrument before the reveal, as a sentence; None when nothing has."""
    if progress is None or not progress.designs:
        return "Move at least one control before you ask for the reveal."
    open_ = next((quota for quota in quotas.counted(act, progress) if not quota["open"]), None)
    return f"First: {open_['text']} {open_['count']} of {open_['of']} so far." if open_ else None


def _standing(kind: str, act: Act) -> str:
    what = {
        "predicted": "prediction",
        "second": "second prediction",
        "revealed": "reveal",
        "reflected": "reflection",
        "decided": "decision",
    }[kind]
    return f"The {what} of “{act.title}” is already in the ledger; the first one stands."


def _too_early(kind: str) -> str:
    return {
        "second": "The second question comes after the first.",
        "revealed": "The reveal comes after the prediction.",
        "reflected": "The reflection comes after the reveal.",
        "decided": "The decision comes after the reflection.",
    }[kind]


def journey(lab: Lab, progress: Progress) -> list[dict[str, str]]:
    """Every step of the lab with its state: done, now or locked. One step is `now` until the lab is complete."""
    found = []
    reached_ = stages(lab, progress)
    for act in lab.acts:
        stage = reached_[act.id]
        for step, label in steps(act):
            state = "done" if ORDER[stage] > ORDER[step] else "now" if stage == step else "locked"
            found.append({"act": act.id, "stage": step, "label": label, "state": state})
    return found


def following(lab: Lab, progress: Progress) -> dict[str, str]:
    """What to do next, in one sentence."""
    found = stages(lab, progress)
    act_id, stage = next(((a, s) for a, s in found.items() if s != "done"), (lab.acts[-1].id, "done"))
    text = NEXT[stage] if stage != "done" else "Every step of this lab is in your ledger. The instruments stay open."
    act = lab.act(act_id)
    if act is not None and stage == "explore":
        now = progress.get(act_id)
        text = (to_do(act, now) if now and now.designs else None) or text
    return {"act": act_id, "stage": stage, "html": text}


def complete(lab: Lab, progress: Progress) -> bool:
    """Whether every act is done."""
    return all(stage == "done" for stage in stages(lab, progress).values())


def goals(act: Act, progress: ActProgress | None) -> list[dict[str, Any]]:
    """What to try on the instrument, and what of it the ledger has seen."""
    hits = progress.hits if progress else {}
    found: list[dict[str, Any]] = [
        {"id": "moved", "text": "Move a control", "done": bool(progress and progress.designs)}
    ]
    for constraint in act.constraints:
        record = hits.get(constraint.id)
        name = constraint.name[0].lower() + constraint.name[1:]
        if not constraint.at_start:
            hit = bool(record and record.hits)
            found.append({"id": f"hit:{constraint.id}", "text": f"Run into: {name}", "done": hit})
        found.append(
            {"id": f"left:{constraint.id}", "text": f"Get out of: {name}", "done": bool(record and record.recoveries)}
        )
    return found
