"""The chapters of the report as HTML: one lab after the other, each act with what was believed, met, found and signed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ironlaw.report import drawing, told
from ironlaw.report.markup import Html, Node, facts, join, table, tag

Told = Mapping[str, Any]
ROMAN = {1: "I", 2: "II"}
WHICH = {"prediction": "Prediction", "second": "Second prediction"}


def place(lab: Told) -> str:
    """Where a lab stands in the curriculum."""
    if lab["volume"] is None:
        return str(lab["id"])
    return f"Volume {ROMAN.get(lab['volume'], lab['volume'])} · Lab {lab['number']}"


def name(thing: Told) -> str:
    """The title of a lab or an act, else its id."""
    return str(thing["title"] or thing["id"])


def none(sentences: Iterable[str]) -> list[Html]:
    """What is missing, said."""
    return [tag("p", one, class_="none") for one in sentences]


def verdict(correct: bool | None) -> Html:
    """Right or not: a sign and a word, never a colour alone."""
    if correct is None:
        return tag("span", "no verdict", class_="verdict is-none")
    return tag("span", "✓ right" if correct else "✗ not right", class_=f"verdict is-{'right' if correct else 'wrong'}")


def number(value: float | None) -> str:
    """A score to two places."""
    return "–" if value is None else f"{value:.2f}"


def chapter(lab: Told, *, alone: bool = False) -> Html:
    """A lab; `alone` in a report that has its title already."""
    steps = f"{lab['done']} of {lab['of']} steps" if lab["of"] else ""
    state = {"done": "Complete", "in_progress": "In progress", "not_started": "Not begun"}[lab["stage"]]
    head = tag(
        "header",
        tag("p", " · ".join(filter(None, [place(lab), state, steps])), class_="kicker"),
        tag("h2", "Act by act" if alone else name(lab), id=f"lab-{lab['id']}"),
        facts(
            (
                ("Begun", lab["opened_at"] and told.clock(lab["opened_at"])),
                ("Complete", lab["completed_at"] and told.clock(lab["completed_at"])),
                ("Last event", lab["last_saved"] and told.clock(lab["last_saved"])),
                ("Events", f"{lab['events']:,}" if lab["events"] else None),
            ),
            "facts",
        ),
        class_="chapter-head",
    )
    acts = [act(one, place_) for place_, one in enumerate(lab["acts"], 1)] if lab["stage"] != "not_started" else []
    return tag(
        "section", head, none(lab["missing"]), acts, _sources(lab), _versions(lab), class_="chapter",
        aria_labelledby=f"lab-{lab['id']}",
    )  # fmt: skip


def act(found: Told, place_: int) -> Html:
    """An act."""
    meta = [
        f"{'Mission' if found['role'] == 'mission' else 'Act'} · {found['stage_text']}",
        found["context"] and f"context: {found['context']['name'] or found['context']['id']}",
        found["designs"] and f"{told.count(found['designs'], 'design')} recorded",
        found["resets"] and told.count(found["resets"], "reset"),
        found["repredictions"] and f"{told.count(found['repredictions'], 'later prediction')}, which does not count",
        found["redecisions"] and f"{told.count(found['redecisions'], 'later decision')}, which does not count",
    ]
    head = tag("header", tag("h3", f"{place_}. {name(found)}"), tag("p", " · ".join(filter(None, meta)), class_="meta"))
    predictions = [one for one in found["predictions"] if one["at"] or one["missing"]]
    body: list[Node] = [
        [_prediction(one) for one in predictions],
        _quotas(found["quotas"]),
        _limits(found["limits"]),
        [_reflection(one) for one in found["reflections"]],
        _decision(found["decision"]) if found["decision"] else None,
        none(found["missing"]),
    ]
    return tag("section", head, body, class_="act")


def part(title: str, *body: Node, kind: str = "part") -> Html:
    """A named part of an act: the name in the margin, the body beside it."""
    return tag("div", tag("h4", title), tag("div", *body, class_="part-body"), class_=kind)


def answer_text(answer: Told) -> str:
    """The learner's answer in words; an option that is gone by its id."""
    text = answer["text"] or f"“{answer['option']}”"
    return f"{answer['number_text']} ({text})" if answer["number_text"] else str(text)


def engine_text(engine: Told | None) -> str:
    """The engine's answer in words."""
    if engine is None:
        return "–"
    value = engine["value_text"]
    return " · ".join(filter(None, [value, engine["text"]])) or "–"


def _prediction(one: Told) -> Html:
    if one["at"] is None:
        return part(WHICH[one["which"]], none(one["missing"]))
    said = tag("div", tag("dt", "Predicted"), tag("dd", answer_text(one["answer"])))
    sure = tag("div", tag("dt", "Confidence"), tag("dd", one["confidence_text"] or "–"))
    rows: list[Node] = [said, sure]
    if one["revealed"]:
        rows += [
            tag("div", tag("dt", "Engine"), tag("dd", engine_text(one["engine"]))),
            tag("div", tag("dt", "Verdict"), tag("dd", verdict(one["correct"]))),
        ]
    return part(
        WHICH[one["which"]],
        _question(one),
        tag("dl", rows, class_="versus"),
        drawing.axis(one["figure"]) if one["figure"] else None,
        _scores(one),
        _today(one["today"]),
        none(one["missing"]),
    )


def _question(one: Told) -> Html | None:
    return tag("p", one["question"], class_="question") if one["question"] else None


def _scores(one: Told) -> Html | None:
    found = [
        one["brier"] is not None and f"Brier score {one['brier']:.2f}",
        one["log"] is not None and f"log error {one['log']:.2f}",
        one["interval"] is not None and f"interval score {one['interval']:.2f}",
        one["error_text"] and f"best value: {one['error_text']}",
    ]
    text = " · ".join(each for each in found if each)
    return tag("p", text, class_="scores") if text else None


def _today(today: Told | None) -> Html | None:
    if today is None:
        return None
    return tag("p", f"The engine now says {engine_text(today)}. The verdict is that of the time.", class_="note")


def _quotas(quotas: Sequence[Told]) -> Html | None:
    if not quotas:
        return None
    rows = []
    for one in quotas:
        state = "met" if one["done"] else "spent, not met" if one["spent"] else "not met"
        resets = f", {told.count(one['resets'], 'reset')}" if one["resets"] else ""
        rows.append((one["text"], f"{one['count']} of {one['of']}", state + resets))
    return part("Designs asked for", table(("Task", "Designs", "State"), rows, label="Designs asked for"))


def _limits(limits: Sequence[Told]) -> Html | None:
    if not limits:
        return None
    rows = []
    for one in limits:
        first = one["first"]
        at = (
            f"{first['value_text']}, limit {first['limit_text']}"
            if first and first["value_text"] and first["limit_text"]
            else "–"
        )
        label: Node = one["name"] or [tag("code", one["id"]), " (not in this version)"]
        rows.append((label, one["text"], at))
    return part("Limits", table(("Limit", "What happened", "When first crossed"), rows, label="Limits of this act"))


def _sentence(text: str | None) -> Html:
    return tag("blockquote", text) if text else tag("p", "No sentence was written.", class_="none")


def _reflection(one: Told) -> Html:
    rows = [tag("div", tag("dt", "Answered"), tag("dd", answer_text(one["answer"])))]
    if one["correct"] is False:
        rows.append(tag("div", tag("dt", "Engine"), tag("dd", (one["engine"] or {}).get("text") or "–")))
    rows.append(tag("div", tag("dt", "Verdict"), tag("dd", verdict(one["correct"]))))
    return part(
        "Reflection",
        _question(one),
        tag("dl", rows, class_="versus"),
        _sentence(one["sentence"]),
        _cites(one["cites"]),
        none(one["missing"]),
    )


def labelled(row: Told) -> Node:
    """The label of an output or a control; what this version does not know keeps its id."""
    return row["label"] or [tag("code", row["id"]), " (not in this version)"]


def _decision(one: Told) -> Html:
    signed = f"Signed {told.clock(one['at'])}" if one["at"] else None
    over = [limit["name"] or limit["id"] for limit in one["violated"]]
    columns = [
        table(("Number of the signed design", ""), [(labelled(r), r["text"]) for r in one["results"]], label="Numbers of the signed design", kind="record")
        if one["results"]
        else None,
        table(("Control as it stood", ""), [(labelled(r), r["text"]) for r in one["settings"]], label="Controls of the signed design", kind="record")
        if one["settings"]
        else None,
    ]  # fmt: skip
    return part(
        "Decision",
        _question(one),
        tag("p", tag("strong", one["text"] or f"“{one['option']}”"), class_="choice"),
        _sentence(one["sentence"]),
        tag("div", columns, class_="columns"),
        tag("p", f"Signed with these limits crossed: {', '.join(over)}.", class_="note") if over else None,
        _cites(one["cites"]),
        none(one["missing"]),
        tag("p", signed, class_="scores") if signed else None,
    )


def _cites(cites: Sequence[Told]) -> Html | None:
    """The designs that the learner picked as evidence."""
    if not cites:
        return None
    found = []
    for one in cites:
        title = f"Design {one['number']}" if one["number"] else "A design"
        rows = [(labelled(r), r["text"]) for r in (*one["results"], *one["settings"])]
        body = table((title, ""), rows, label=f"Cited: {title.lower()}", kind="record") if rows else tag("p", title)
        found.append(join(body, none(one["missing"])))
    return join(
        tag("h5", "Designs cited as evidence"), tag("div", [tag("div", one) for one in found], class_="columns")
    )


def _sources(lab: Told) -> Html | None:
    given, known = lab["sources"]["givens"], lab["sources"]["registry"]
    if not given and not known:
        return None
    places = {one["id"]: str(place_) for place_, one in enumerate(lab["acts"], 1)}
    givens = [(row["label"], row["text"], row["source"], places[row["act"]]) for row in given]
    registry = [(row["source"], row["date"], ", ".join(row["entities"]), row["evidence"]) for row in known]
    return tag(
        "section",
        tag("h3", "Sources"),
        table(("Given", "Value", "Source", "Act"), givens, label="Givens and their sources", kind="small") if givens else None,
        table(("Source in the registry", "Date", "Of", "Evidence"), registry, label="Sources in the registry", kind="small")
        if registry
        else None,
        class_="sources",
    )  # fmt: skip


def _versions(lab: Told) -> Html | None:
    """Nothing where all events were made by what runs now."""
    if not any(one["differs"] for one in lab["versions"]):
        return None
    rows = []
    for one in lab["versions"]:
        then = f"{told.clock(one['first'])} to {told.clock(one['last'])}"
        differs = ", ".join(one["differs"]) or "nothing"
        rows.append(
            (then, str(one["events"]), str(one["lab"]), one["engine"], tag("code", one["registry"][:12]), differs)
        )
    head = ("Events of", "Count", "Lab", "Engine", "Registry", "Differs from now")
    return tag(
        "section",
        tag("h3", "Versions"),
        table(head, rows, label="Versions at the time", kind="small"),
        class_="sources",
    )
