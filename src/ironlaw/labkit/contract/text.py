"""What a learner reads: every slot is filled in every state, no figure is typed by hand, one quantity has one figure.

The prose check lets these pass: slots, names of registry entities, the lab's own `terms`, and the small words one, two,
once, twice, both, first and second: plain English cannot do without them, and they count things that the text itself
lists. From "three" on, and for "half" and "dozen", a number must come from a slot.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from ironlaw import quantities, registry
from ironlaw.labkit import evaluate as ev
from ironlaw.labkit.contract.base import Fact, Miss, rule
from ironlaw.labkit.contract.case import Case, known, plan_runs, thin
from ironlaw.labkit.contract.structure import SOUND, asked, told
from ironlaw.labkit.contract.walk import CONFIDENCE
from ironlaw.labkit.spec import Act, ChoiceControl, Lab, Q, TermQuestion, Values
from ironlaw.labkit.text import SLOT, Slots, facts_of, fill, plain, prose_of, show

STATES = 48  # settings of an act at which every slot is filled
ACT = re.compile(r"acts\[(?P<act>[^\]]*)\]\.(?P<rest>.*)")
# Texts of the RESULT: they know the act's facts, givens and `now`, not the start and not the learner.
RESULT = re.compile(r"cards\[[^\]]*\]\.note|constraints\[.*|challenge\..*")
# Texts that know the facts and givens alone.
FACTS = re.compile(r"quotas\[.*|sweep\..*")
# Texts that the page shows as they are: a slot in them stays a slot, which the rule `braces` sees.
RAW = re.compile(r"controls\[.*|cards\[[^\]]*\]\.help|.*\.feedback\.title|math\[[^\]]*\]\.title")
# Texts before the commit: there is no answer yet that `you` could name.
UNANSWERED = re.compile(r"message|briefing|prediction\.text|prediction\.options\[[^\]]*\]\.text")

Reading = tuple[str, Mapping[str, Q]]  # what a state is called, and its slots


@rule(
    "slots",
    title="Every slot is filled, in every state in which its text is shown",
    why="“— of 80 GB”, or a page that stops on a missing name, at just the setting that a learner tries.",
    needs=SOUND,
)
def slots(case: Case) -> Iterator[Miss | Fact]:
    acts = {act.id: act for act in case.lab.acts}
    readings: dict[tuple[str, str], list[Reading]] = {}
    for path, template in prose_of(case.lab):
        match = ACT.fullmatch(path)
        act = acts[match["act"]] if match else None
        rest = match["rest"] if match else path
        if RAW.fullmatch(rest):
            continue
        space = _space(rest) if act else "lab"
        key = (act.id if act else "", space)
        if act is None:
            readings[key] = [("any state", {})]
        elif space == "result":
            readings[key] = _result_readings(case, act, rest)
        elif space == "facts":
            readings[key] = [("any state", Slots(act, facts_of(act), {}))]
        elif key not in readings:
            readings[key] = list(_page_readings(case, act, answered=space == "answered"))
        yield from _unfilled(path, template, readings[key])


def _space(rest: str) -> str:
    if RESULT.fullmatch(rest):
        return "result"
    if FACTS.fullmatch(rest):
        return "facts"
    return "asked" if UNANSWERED.fullmatch(rest) else "answered"


def _page_readings(case: Case, act: Act, *, answered: bool) -> Iterator[Reading]:
    """As `document.slots_of` does it: an infeasible plan has no numbers to talk about, so the start speaks."""
    facts, start = facts_of(act), act.model(act.start())
    blank = Slots(act, facts, start, start)
    states = thin(case.feasible[act.id], STATES)
    for option in act.prediction.options if answered else act.prediction.options[:1]:
        said, _ = _shown(option.text, blank)
        you = {"option": Q(said or option.id, "text"), "confidence": Q(CONFIDENCE, "share")} if answered else {}
        if answered and act.second:
            you["second"] = Q(act.second.question.options[0].id, "text")
        for each in states:
            yield told(act, each.settings), Slots(act, facts, known(each), start, you)
        states = states[:3]  # the answers differ in one word only


def _result_readings(case: Case, act: Act, rest: str) -> list[Reading]:
    """The states in which a text of the RESULT is shown: a card with a value, a limit that is crossed or kept."""
    facts = facts_of(act)
    shown = [each for each in case.samples[act.id] if _visible(act, rest, known(each))]
    return [(told(act, each.settings), Slots(act, facts, known(each))) for each in thin(shown, STATES)]


def _visible(act: Act, rest: str, values: Values) -> bool:
    for index, card in enumerate(act.cards):
        if rest == f"cards[{index}].note":  # a card has no id of its own
            return values[card.output] is not None
    for limit in act.constraints:
        if rest.startswith(f"constraints[{limit.id}]."):
            exists = values[limit.quantity] is not None and values[limit.limit] is not None
            return exists and ev.crossed(limit, values) == rest.endswith(".text")
    return plan_runs(act, values)  # a challenge on an infeasible plan has dashes for what does not exist


def _unfilled(path: str, template: str, readings: list[Reading]) -> Iterator[Miss]:
    for match in SLOT.finditer(template):
        for state, slots_here in readings:
            text, error = _shown(match[0], slots_here)
            if error is not None or text == quantities.MISSING:
                yield Miss(path, f"{match[0]} {error or 'is nothing'} at {state}")
                break


def _shown(template: str, slots_here: Mapping[str, Q]) -> tuple[str, str | None]:
    try:
        return fill(template, slots_here), None
    except (LookupError, TypeError, ValueError) as error:
        return "", f"cannot be filled ({type(error).__name__}: {error})"


# --- literal figures --------------------------------------------------------------------------------------------------

NUMBER_WORDS = re.compile(
    r"\b(?:three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen"
    r"|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|billions?|trillions?"
    r"|dozens?|half|halves|thrice|threefold|fourfold|tenfold)\b",
    re.IGNORECASE,
)
CHOICE = re.compile(r"controls\[(?P<control>[^\]]*)\]\.options\[(?P<index>\d+)\]\.\w+")


@rule(
    "literals",
    title="No figure is typed into a text: every number comes from a slot",
    why="A typed number stays when the datum, the equation or the scenario moves, and then text and chart disagree.",
    needs=SOUND,
)
def literals(case: Case) -> Iterator[Miss | Fact]:
    names = _names(tuple(case.lab.terms))
    acts = {act.id: act for act in case.lab.acts}
    for path, template in [*prose_of(case.lab), *_labels(case.lab)]:
        text = SLOT.sub(" ", template)
        match = ACT.fullmatch(path)
        if match and (choice := CHOICE.fullmatch(match["rest"])):
            text = _without(text, _sourced(acts[match["act"]], choice))
        text = names.sub(" ", text)
        figures = re.findall(r"\S*[^\W_]*\d\S*", text) or [c for c in text if c.isnumeric()]
        for figure in [*figures, *NUMBER_WORDS.findall(text)]:
            yield Miss(path, f"holds the figure {figure!r} outside a slot")


@cache
def _names(terms: tuple[str, ...]) -> re.Pattern[str]:
    """Names with figures in them: the registry's entities and the lab's own terms, longest first."""
    named = sorted({*registry.names(), *terms}, key=len, reverse=True)
    return re.compile(rf"(?<![\w.,])(?:{'|'.join(re.escape(name) for name in named)})(?!\w|[.,]\d)")


def _without(text: str, figures: set[str]) -> str:
    if not figures:
        return text
    listed = "|".join(re.escape(figure) for figure in sorted(figures, key=len, reverse=True))
    return re.sub(rf"(?<![\w.,])(?:{listed})(?!\w|[.,]\d)", " ", text)


def _sourced(act: Act, choice: re.Match[str]) -> set[str]:
    """Figures that an option's text may hold: what the registry says of the entity it names, the facts, the givens."""
    found = {plain(fact.value, fact.kind) for fact in facts_of(act).values()}
    found |= {plain(given.value, given.kind) for given in act.givens}
    control = act.control(choice["control"])
    value = control.options[int(choice["index"])].value if isinstance(control, ChoiceControl) else None
    try:
        entity = registry.get(value)  # type: ignore[arg-type]  # any value is asked for; only an id is answered
    except registry.UnknownEntity:
        return found
    for datum in entity.fields.values():
        kinds = {datum.kind or datum.dimension, datum.dimension} | SAME_DIMENSION.get(datum.dimension, set())
        found |= {quantities.format(datum.si, kind) for kind in kinds & quantities.KINDS} | {datum.text}
    return found


SAME_DIMENSION = {"bandwidth": {"bandwidth", "bit_rate"}, "bytes": {"bytes", "gigabytes"}}


def _labels(lab: Lab) -> Iterator[tuple[str, str]]:
    """Short texts that are not marked as prose, but read all the same."""
    yield "title", lab.title
    yield from ((f"contexts[{context.id}].name", context.name) for context in lab.contexts)
    for act in lab.acts:
        here = f"acts[{act.id}]"
        yield from ((f"{here}.title", act.title), (f"{here}.sender", act.sender))
        for name in ("givens", "controls", "outputs"):
            yield from ((f"{here}.{name}[{each.id}].label", each.label) for each in getattr(act, name))
        yield from ((f"{here}.cards[{card.output}].label", card.label) for card in act.cards)
        yield from ((f"{here}.constraints[{limit.id}].name", limit.name) for limit in act.constraints)
        yield from ((f"{here}.figures[{drawing.id}].title", drawing.title) for drawing in act.figures)
        if act.challenge:
            yield f"{here}.challenge.title", act.challenge.title
        for name, question in asked(act):
            yield f"{here}.{name}.quantity", question.quantity
            if isinstance(question, TermQuestion):
                yield f"{here}.{name}.title", question.title
                yield from ((f"{here}.{name}.options[{term.id}].short", term.short) for term in question.options)


# --- sentences --------------------------------------------------------------------------------------------------------

# Labels and fragments: everything else that is prose is made of sentences.
FRAGMENT = re.compile(
    r".*\.options\[[^\]]*\]\.(?:text|note)|.*\.attempt\.text|.*\.title|.*\.checks\[\d+\]\.text|.*cards\[[^\]]*\]\.note"
)


@rule(
    "sentences",
    title="Sentences end with punctuation",
    why="Texts are read aloud by screen readers, and put one after the other: a missing stop runs them together.",
    needs=SOUND,
)
def sentences(case: Case) -> Iterator[Miss | Fact]:
    for path, template in prose_of(case.lab):
        if FRAGMENT.fullmatch(path):
            continue
        for paragraph in re.split(r"\n\s*\n", template.strip()):
            if paragraph.strip() and not re.search(r"[.?!:][”\")*_]*$", paragraph.strip()):
                yield Miss(path, f"a paragraph ends without a stop: “…{paragraph.strip()[-40:]}”")


@rule(
    "braces",
    title="No brace is left in anything that the page shows",
    why="A slot with a typing error, or in a text that takes none, is shown to the learner as it is.",
    needs=("flow", "drawn"),
)
def braces(case: Case) -> Iterator[Miss | Fact]:
    pages: list[tuple[str, Any]] = [
        (act.id, each.result) for act in case.lab.acts for each in thin(case.drawn[act.id], STATES)
    ]
    pages += [(step.act.id if step.act else "done", step.document) for step in case.steps]
    seen: set[str] = set()
    for where, page in pages:
        for path, text in texts(page):
            if ("{" in text or "}" in text) and "mathml" not in path and text not in seen:
                seen.add(text)
                place = re.search(r".{0,20}[{}].{0,30}", text)
                yield Miss(f"{where}: {path}", f"shows a brace: “…{place[0] if place else text}…”")


SILENT = frozenset({float, int, bool, type(None)})  # most of what a document holds


def texts(page: Any) -> Iterator[tuple[str, str]]:
    """Every string in a piece of JSON with its path; numbers of lists are left out."""
    waiting = [("", page)]
    while waiting:
        path, here = waiting.pop()
        if isinstance(here, str):
            yield path, here
        elif isinstance(here, dict):  # not any Mapping: that question takes longer than all the rest
            before = f"{path}." if path else ""
            waiting += [(before + name, value) for name, value in here.items() if value.__class__ not in SILENT]
        elif isinstance(here, list | tuple):
            inside = f"{path}[]"
            waiting += [(inside, value) for value in here if value.__class__ not in SILENT]


# --- one quantity, one figure -----------------------------------------------------------------------------------------

BEFORE, AFTER = re.compile(r"[\w.,−-]$"), re.compile(r"\w|[.,]\d")  # what makes a figure a part of a longer one


@rule(
    "one-figure",
    title="One quantity reads the same on its card, in the text and in a figure's description",
    why="62 % on the card and 0.6 in the sentence beside it are two facts to a reader.",
    needs=("slots", "drawn"),
)
def one_figure(case: Case) -> Iterator[Miss | Fact]:
    for act in case.lab.acts:
        yield from _other_kinds(act)
        yield from _other_slots(case.lab, act)
        yield from _descriptions(case, act)


def _other_kinds(act: Act) -> Iterator[Miss]:
    kinds = {output.id: output.kind for output in act.outputs}
    for name, fact in facts_of(act).items():
        if name in kinds and kinds[name] != fact.kind:
            message = f"is a fact of kind {fact.kind} and an output of kind {kinds[name]}: one name, two figures"
            yield Miss(f"{act.id}.facts[{name}]", message)


def _other_slots(lab: Lab, act: Act) -> Iterator[Miss]:
    """Slots that ask for another kind than the quantity's own; `words` is the same figure, spelt."""
    start = act.model(act.start())
    here = Slots(act, facts_of(act), start, start)
    for path, template in prose_of(lab):
        match = ACT.fullmatch(path)
        if match is None or match["act"] != act.id or RAW.fullmatch(match["rest"]):
            continue
        for name, kind in SLOT.findall(template):
            if kind in {"", "words"} or name.startswith("you."):
                continue
            if show(here[name], kind) != show(here[name]):
                message = f"prints {name} as {show(here[name], kind)}; elsewhere it is {show(here[name])}"
                yield Miss(path, message)


def _descriptions(case: Case, act: Act) -> Iterator[Miss]:
    """A description that rounds a card's number otherwise, at most of the settings where it names it at all."""
    counted: dict[tuple[str, str], list[tuple[str, str] | None]] = defaultdict(list)
    kinds = {output.id: output.kind for output in act.outputs}
    for each in thin(case.drawn[act.id], STATES):
        if each.result is None or not each.result["feasible"]:
            continue
        said = {plain(known(each.run)[name], kind) for name, kind in kinds.items()}
        said |= {plain(fact.value, fact.kind) for fact in facts_of(act).values()}
        for card in each.result["cards"]:
            others = _renditions(card["value"], kinds[card["id"]]) - said
            for drawing in each.result["figures"]:
                text = drawing["description"]
                wrong = next((other for other in others if stands_in(other, text)), None)
                if stands_in(card["text"], text) or wrong:
                    counted[drawing["id"], card["id"]].append((wrong, card["text"]) if wrong else None)
    for (figure, output), found in counted.items():
        wrong_ones = [each for each in found if each]
        if len(wrong_ones) > len(found) / 2:
            message = f"prints {output} as {wrong_ones[0][0]}; its card says {wrong_ones[0][1]}"
            yield Miss(f"{act.id}.figures[{figure}]", message)


def _renditions(value: Any, kind: str) -> set[str]:
    """Other ways to print the same number, long enough not to be there by chance."""
    if not isinstance(value, int | float):
        return set()
    kinds = {kind, *next((same for same in SAME_DIMENSION.values() if kind in same), set())}
    found = {quantities.format(value, each, digits) for each in kinds for digits in (2, 3, 4, 5)}
    return {text for text in found if sum(c.isdigit() for c in text) >= 2}


def stands_in(figure: str, text: str) -> bool:
    """Whether a printed figure stands in a text as a whole: "8 GB" does not stand in "48 GB", nor "4" in "4.5"."""
    at = text.find(figure)
    while at >= 0:
        if not BEFORE.search(text[:at]) and not AFTER.match(text[at + len(figure) :]):
            return True
        at = text.find(figure, at + 1)
    return False
