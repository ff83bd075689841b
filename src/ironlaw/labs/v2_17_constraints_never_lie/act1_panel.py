"""The panel of act I: which slice of which ledger, and which decision to replay."""

from __future__ import annotations

from typing import Any

from ironlaw import labs
from ironlaw.labkit.spec import Card, Choice, ChoiceControl, Constraint, NumberControl, Output
from ironlaw.labs.v2_17_constraints_never_lie.sample import LABS

START: dict[str, Any] = {"source": "sample", "part": "all", "volume": "all", "precision": 0.12, "lab": "v2_02"}
TITLES = {entry.id: entry.title for entry in labs.curriculum()}


def controls(source: str, lab: str) -> tuple[ChoiceControl | NumberControl, ...]:
    """The controls, starting on this ledger and on the decision of this lab."""
    return (
        ChoiceControl(
            id="source",
            label="Ledger",
            options=(Choice(value="yours", text="Your ledger"), Choice(value="sample", text="Sample ledger")),
            start=source,
            hidden=True,
            drawer=True,
            help="Your own records, or a made-up learner's. The two are never mixed.",
        ),
        ChoiceControl(
            id="part",
            label="Commits",
            options=(
                Choice(value="all", text="All"),
                Choice(value="first", text="The first third"),
                Choice(value="last", text="The last third"),
            ),
            start=START["part"],
            help="In the order in which they were made: compare your first ones with your last.",
        ),
        ChoiceControl(
            id="volume",
            label="Volume",
            options=(
                Choice(value="all", text="Both volumes"),
                Choice(value="v1", text="One system"),
                Choice(value="v2", text="The fleet"),
            ),
            start=START["volume"],
            help="Which labs the counts are taken over.",
        ),
        NumberControl(
            id="precision",
            label="Precision that you ask for",
            kind="share",
            ticks=(0.05, 0.08, 0.12, 0.2),
            start=START["precision"],
            help="How far the counted share of right predictions may usually be from your true one. A narrow interval takes "
            "many commits.",
        ),
        ChoiceControl(
            id="lab",
            label="Decision to replay",
            options=tuple(Choice(value=lab, text=f"{lab} · {TITLES[lab]}") for lab in LABS),
            start=lab,
            help="The last decision that you signed in this lab goes through today's engine.",
        ),
    )


def _out(id_: str, label: str, kind: str) -> Output:
    return Output(id=id_, label=label, kind=kind, always=True)


OUTPUTS = (
    _out("ledger", "Ledger", "text"),
    _out("labs_done", "Labs done", "count"),
    _out("labs", "Labs", "count"),
    _out("commits", "Commits", "count"),
    _out("right", "Commits that came true", "count"),
    _out("right_share", "Came true", "text"),
    _out("confidence", "Mean confidence", "text"),
    _out("brier", "Brier score", "text"),
    _out("lean", "Your numbers are", "text"),
    _out("hits", "Limits hit", "count"),
    _out("left", "Hit and left again", "count"),
    _out("top", "Most violated domain", "text"),
    _out("top_hits", "Hits in that domain", "count"),
    _out("counted", "Commits counted, at least one", "count"),
    _out("spread", "Uncertainty of the share", "share"),
    _out("precision", "Precision asked for", "share"),
    _out("commits_needed", "Commits that this precision takes", "count"),
    _out("decisions", "Decisions", "count"),
    _out("replayed", "Replayed decision", "text"),
    _out("passed_over", "Records that could not be read", "count"),
)

CARDS = (
    Card(output="labs_done", note="of {now.labs}, {now.ledger}"),
    Card(output="right_share", note="{now.right} of {now.commits} commits, {now.ledger}"),
    Card(output="confidence", note="what you said, on average"),
    Card(
        output="brier",
        note="zero is perfect, two is worst",
        help="The mean squared error of your confidences, over all options of a question.",
    ),
    Card(output="lean", note="mean over your numbers, as a factor"),
    Card(output="top", note="hits there: {now.top_hits}; in all {now.hits}, left again {now.left}"),
    Card(
        output="spread", constraint="thin", note="you ask for {now.precision}: that takes {now.commits_needed} commits"
    ),
    Card(output="replayed", note="then and now, in the last picture below"),
)

CONSTRAINTS = (
    Constraint(
        id="thin",
        name="Evidence too thin",
        quantity="spread",
        limit="precision",
        controls=("part", "volume", "precision"),
        domain="Data",
        text=(
            "The evidence is too thin: {now.commits} commits give the share of right ones only to {now.spread} either way, "
            "and you ask for {now.precision}. Widen the slice, or ask for less."
        ),
        ok_text="{now.commits} commits: known to {now.spread} either way.",
    ),
)
