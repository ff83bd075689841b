"""Four kinds of learners: one who guesses, one with misconceptions, an expert, and one who only follows the page.

What they know beyond the page is generic: the spec of whatever lab it is, never a certain lab.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import exp, log
from typing import Any

from ironlaw.labkit import challenge as challenges
from ironlaw.labkit.contract.moves import NARROW, REACH, WIDE, changes, fails, holds
from ironlaw.labkit.spec import Act, Band, Constraint, NumberQuestion, Question, number
from ironlaw.labkit.text import facts_of

from .walker import Settings, Walk

LOOKED_AT = 3000  # designs that an expert samples for the challenge before a whole search


def act_of(walk: Walk) -> Act:
    """The spec of the act that is next, as this learner has it."""
    found = walk.session.lab(walk.lab_id).act(walk.act["id"])
    assert found
    return found


class Guesser:
    """Answers by the dice, says any confidence, and moves about."""

    def predict(self, walk: Walk, which: str) -> dict[str, Any]:
        """Any option, or any interval that is allowed."""
        dice, question = walk.dice, walk.act[which]
        entry = question["entry"]
        if entry is None:
            confidence = dice.choice(question["confidences"])["value"]
            return {"option": dice.choice(question["options"])["id"], "confidence": confidence}
        low, high, widest = entry["low"], entry["high"], entry["widest"]
        if entry["scale"] == "linear":
            return interval(dice.uniform(low, high), dice.uniform(0.05, 0.45) * widest, entry)
        best = exp(dice.uniform(log(low), log(high)))
        return interval(best, dice.uniform(0.05, 0.45) * log(widest), entry)

    def explore(self, walk: Walk) -> None:
        """A few moves, now and then to another context."""
        for _ in range(walk.dice.randint(1, 4)):
            known = list(walk.instrument["context_settings"])
            context = walk.dice.choice(known) if known and walk.dice.random() < 0.3 else None
            preset = walk.instrument["context_settings"].get(context, {})
            walk.move({**preset, **walk.anywhere()}, context)

    def reflect(self, walk: Walk) -> str:
        """Any option."""
        return str(walk.dice.choice(walk.act["reflection"]["options"])["id"])

    def decide(self, walk: Walk) -> str:
        """Any option."""
        return str(walk.dice.choice(walk.act["decision"]["options"])["id"])

    def track(self, walk: Walk) -> str | None:
        """Any track."""
        return str(walk.dice.choice(walk.document["track"]["options"])["id"])


class Mistaken(Guesser):
    """Holds a misconception that the lab has an answer to, and is sure of it; tries what the feedback offers, no more."""

    def predict(self, walk: Walk, which: str) -> dict[str, Any]:
        """A wrong option with feedback at the highest confidence, or an interval inside a wrong band."""
        act = act_of(walk)
        asked, question = act.questions()[which], walk.act[which]
        if not isinstance(asked, NumberQuestion):
            option = walk.dice.choice(wrong(act, asked)).id
            return {"option": option, "confidence": max(one["value"] for one in question["confidences"])}
        low, high = walk.dice.choice(wrong_stretches(act, asked))
        if asked.scale == "linear":
            return interval((low + high) / 2, min(0.4 * (high - low), 0.45 * asked.widest), question["entry"])
        return interval((low * high) ** 0.5, min(0.4 * log(high / low), 0.45 * log(asked.widest)), question["entry"])

    def explore(self, walk: Walk) -> None:
        """One move."""
        walk.move(walk.anywhere())

    def reflect(self, walk: Walk) -> str:
        """A wrong option, after what the feedback offered was tried."""
        act, feedback = act_of(walk), walk.act["reveal"]["feedback"]
        if feedback and feedback["try"]:
            walk.move(feedback["try"]["settings"])
        return str(walk.dice.choice(wrong(act, act.reflection.question)).id)

    def track(self, walk: Walk) -> str | None:
        """The first."""
        return str(walk.document["track"]["options"][0]["id"])


class Expert(Guesser):
    """Knows the engine's key, says so with good confidence, crosses and leaves every limit, meets every challenge."""

    confidence = 0.85

    def predict(self, walk: Walk, which: str) -> dict[str, Any]:
        """The key, or an interval around the truth that is not too narrow."""
        act = act_of(walk)
        asked, facts = act.questions()[which], facts_of(act)
        if not isinstance(asked, NumberQuestion):
            return {"option": asked.key(facts), "confidence": self.confidence}
        truth = number(facts[asked.fact])
        half = 0.3 * (asked.widest if asked.scale == "linear" else log(asked.widest))
        shift = walk.dice.uniform(-0.3, 0.3) * half
        best = truth + shift if asked.scale == "linear" else truth * exp(shift)
        return interval(best, half, walk.act[which]["entry"])

    def explore(self, walk: Walk) -> None:
        """Every limit, in and out again; then the challenge, first of all where designs are counted."""
        act = act_of(walk)
        if act.challenge:
            self.meet(walk, act)
        for constraint in act.constraints:
            into = way_in(act, constraint, walk.instrument["start"])
            if into is None:
                continue
            if not walk.move(into):  # it is crossed where the instrument stands: only a move is recorded
                walk.move(way_on(act, constraint, into))
            out = leave(act, constraint, walk.instrument["start"], into)
            if out is not None:
                walk.move(out)
        if act.challenge:
            self.meet(walk, act)

    def meet(self, walk: Walk, act: Act) -> None:
        """A design that meets the challenge."""
        assert act.challenge
        for _ in range(LOOKED_AT):
            point = {name: walk.dice.choice(grid(act, name)) for name in act.challenge.free}
            settings = {**act.start(), **act.challenge.pinned, **point}
            if challenges.met(act.challenge, settings, act.model(settings)):
                break
        else:
            found = challenges.search(act).best
            assert found, f"{walk.lab_id} {act.id}: the challenge cannot be met"
            settings = found
        walk.move(settings)

    def reflect(self, walk: Walk) -> str:
        """The key."""
        act = act_of(walk)
        return act.reflection.question.key(facts_of(act))


class Follower(Guesser):
    """Does what the page says next and nothing else: the first answer, one move, the first decision."""

    def predict(self, walk: Walk, which: str) -> dict[str, Any]:
        """The first option and confidence; of a number the middle of what is allowed."""
        question = walk.act[which]
        entry = question["entry"]
        if entry is None:
            return {"option": question["options"][0]["id"], "confidence": question["confidences"][0]["value"]}
        low, high, widest = entry["low"], entry["high"], entry["widest"]
        if entry["scale"] == "linear":
            return interval((low + high) / 2, 0.2 * widest, entry)
        return interval((low * high) ** 0.5, 0.2 * log(widest), entry)

    def explore(self, walk: Walk) -> None:
        """Nothing: the page will say that a control must be moved first."""

    def reflect(self, walk: Walk) -> str:
        """The first option."""
        return str(walk.act["reflection"]["options"][0]["id"])

    def decide(self, walk: Walk) -> str:
        """The first option."""
        return str(walk.act["decision"]["options"][0]["id"])

    def track(self, walk: Walk) -> str | None:  # noqa: ARG002 - the interface of Mind
        """None: the page can be followed without."""
        return None


# --- questions ----------------------------------------------------------------------------------------------------------


def interval(best: float, half: float, entry: Mapping[str, Any]) -> dict[str, Any]:
    """A best value and an interval of twice `half` (of the logarithm on a log axis), kept inside what is allowed."""
    low, high = entry["low"], entry["high"]
    best = min(max(best, low), high)
    ends = (best - half, best + half) if entry["scale"] == "linear" else (best * exp(-half), best * exp(half))
    return {"low": max(ends[0], low), "value": best, "high": min(ends[1], high)}


def wrong(act: Act, question: Question) -> list[Any]:
    """Options that are not the key and have feedback."""
    key = question.key(facts_of(act))
    return [one for one in question.options if one.id != key and one.feedback]


def wrong_stretches(act: Act, question: NumberQuestion) -> list[tuple[float, float]]:
    """The wrong bands, as far as they lie on the axis."""
    low, high = question.axis
    found = []
    for band in wrong(act, question):
        assert isinstance(band, Band)
        ends = (low if band.low is None else max(low, band.low), high if band.high is None else min(high, band.high))
        if ends[0] < ends[1]:
            found.append(ends)
    return found


# --- limits -------------------------------------------------------------------------------------------------------------


def grid(act: Act, name: str) -> list[Any]:
    """The places of a control."""
    control = act.control(name)
    assert control
    return list(getattr(control, "ticks", None) or [option.value for option in getattr(control, "options", ())])


def ways(act: Act, base: Settings, places: Mapping[int, int]) -> Iterator[Settings]:
    """Settings ever farther from `base`, moving what the panel shows."""
    hidden = {control.id for control in act.controls if control.hidden}
    for moves in range(1, REACH + 1):
        for change in changes(act, base, moves, places):
            if not hidden & change.keys():
                yield {**base, **change}


def way_in(act: Act, constraint: Constraint, start: Settings) -> Settings | None:
    """The nearest settings that cross the limit; None where there are none."""
    if fails(act, constraint, start):
        return dict(start)
    return next((settings for settings in ways(act, start, WIDE) if fails(act, constraint, settings)), None)


def way_on(act: Act, constraint: Constraint, into: Settings) -> Settings:
    """Other settings that cross the limit too."""
    return next(settings for settings in ways(act, into, WIDE) if fails(act, constraint, settings))


def leave(act: Act, constraint: Constraint, start: Settings, into: Settings) -> Settings | None:
    """Settings that keep the limit: the start where it does, or the nearest way out."""
    if holds(act, constraint, start):
        return dict(start)
    return next((settings for settings in ways(act, into, NARROW) if holds(act, constraint, settings)), None)
