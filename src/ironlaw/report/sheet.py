"""The architecture record as one file of HTML that prints on one page, A4 or US Letter, whatever the ledger holds.

What has no natural end is cut here, by the room that it takes, and the page says where the rest is. `record.css` gives the
printed sheet the height of the shorter paper.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any
from unicodedata import east_asian_width

from ironlaw.report import told
from ironlaw.report.markup import Html, Node, facts, join, table, tag
from ironlaw.report.page import DOCTYPE, LOGO, policy_of
from ironlaw.report.page import style as style_of_reports
from ironlaw.report.sections import answer_text, engine_text, labelled, place, verdict
from ironlaw.report.strip import strip

Told = Mapping[str, Any]
# The room on the page: characters of a text (wide ones count twice), entries of a list.
REASON, ANSWER, WHAT, WHERE, OPTION, NAME, FAULT, NOTE = 330, 48, 40, 30, 80, 60, 130, 150
LABS, GAPS, CHAINS, RUNS = 33, 3, 2, 1


def sheet(record: Told, *, served: bool = False) -> str:
    """The page. A `served` one links to the lab and its report; a file links nowhere."""
    title = "Architecture record"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", f"{title} · {record['lab']['title']} · Ironlaw"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("link", rel="icon", href="/static/favicon.svg", type="image/svg+xml") if served else None,
        tag("style", Html(style())),
    )
    parts = (
        _cover(record, title), _design(record), _decision(record["decision"]), _predictions(record["predictions"]), _way(record),
        _missing(record["missing"]), _ledger(record),
    )  # fmt: skip
    body = tag(
        "body",
        tag("a", "Skip to the record", class_="skip", href="#record"),
        _bar(record) if served else None,
        tag("main", parts, id="record", class_="sheet"),
    )
    return DOCTYPE + tag("html", head, body, lang="en")


@cache
def style() -> str:
    """The report's rules, and those of the one page."""
    return style_of_reports() + resources.files("ironlaw.report").joinpath("record.css").read_text(encoding="utf-8")


@cache
def policy() -> str:
    """The content-security policy of the record: its own style by its hash, and nothing else but an icon."""
    return policy_of(style())


def clip(text: str, room: int) -> str:
    """The text on one line, cut with an ellipsis where it takes more than this room."""
    found: list[str] = []
    taken = 0
    line = " ".join(text.split())
    for letter in line:
        taken += 2 if east_asian_width(letter) in "WF" else 1
        if taken > room:
            return "".join(found).rstrip() + "…"
        found.append(letter)
    return line


def _bar(record: Told) -> Html:
    lab = record["lab"]["id"]
    return tag(
        "header",
        tag("a", LOGO, "Ironlaw", class_="brand", href="/"),
        tag("a", "Back to the lab", class_="crumb", href=f"/labs/{lab}"),
        tag("a", "Report of the lab", class_="crumb", href=f"/labs/{lab}/report"),
        tag("a", "Report of all labs", class_="crumb", href="/report"),
        class_="bar-top",
    )


def _section(id_: str, title: str, *body: Node) -> Html:
    return tag("section", tag("h2", title, id=id_), body, aria_labelledby=id_, class_=id_)


def _cover(record: Told, title: str) -> Html:
    ledger = record["ledger"]
    return tag(
        "header",
        tag("p", f"Ironlaw · {place(record['lab'])} · {record['lab']['title']}", class_="kicker"),
        tag("h1", title),
        facts(
            (
                ("Learner", clip(record["learner"], NAME)),
                ("Last event", told.clock(ledger["last"]) if ledger["last"] else "none"),
                ("Record made", told.clock(record["made_at"])),
            ),
            "facts",
        ),
        tag("p", record["principle"], class_="principle"),
        class_="cover",
    )


# --- the architecture -------------------------------------------------------------------------------------------------


def _design(record: Told) -> Html:
    found = record["design"]
    if found is None:
        text = "No approved design: no design of this architecture that can be judged is in the ledger."
        return _section("design", "The architecture", tag("p", text, class_="none"))
    good = found["status"] != "best"
    sign = tag("span", "✓" if good else "✗", class_="sign", aria_hidden="true")
    when = f" Recorded {told.clock(found['at'])}." if found["at"] else ""
    return _section(
        "design",
        "The architecture",
        tag("p", sign, tag("span", found["said"] + when), class_="check" if good else "check is-broken"),
        tag("dl", [_setting(one) for one in found["settings"]], class_="settings"),
        _promises(found["promises"], numbers=good),
        tag("p", found["binds"], class_="binds") if found["binds"] else None,
        tag("p", clip(found["drift"], NOTE), class_="scores") if found["drift"] else None,
    )


def _setting(row: Told) -> Html:
    return tag("div", tag("dt", labelled(row)), tag("dd", row["text"]))


def _promises(rows: Sequence[Told], *, numbers: bool) -> Html:
    """Value and margin stand only beside a design that was approved."""
    kept = {
        True: tag("span", "✓ kept", class_="verdict is-right"),
        False: tag("span", "✗ broken", class_="verdict is-wrong"),
    }
    if not numbers:
        head: tuple[str, ...] = ("Promise", "Limit", "State")
        return table(
            head, [(one["name"], one["limit_text"], kept[one["kept"]]) for one in rows], label="Promises", kind="record"
        )
    head = ("Promise", "Value", "Limit", "Margin, the unused share", "State")
    cells = [(one["name"], one["value_text"], one["limit_text"], one["margin_text"], kept[one["kept"]]) for one in rows]
    return table(head, cells, label="Promises", kind="record")  # fmt: skip


def _decision(found: Told | None) -> Html:
    if found is None:
        return _section("decision", "The decision", tag("p", "Nothing was signed.", class_="none"))
    chosen = clip(found["text"] or f"“{found['option']}”", OPTION)
    signed = f" Signed {told.clock(found['at'])}." if found["at"] else ""
    reason = clip(found["sentence"], REASON) if found["sentence"] else None
    cut = reason is not None and reason != " ".join(found["sentence"].split())
    return _section(
        "decision",
        "The decision",
        tag("p", tag("strong", chosen), signed, class_="choice"),
        tag("blockquote", reason) if reason else tag("p", "No reason was written.", class_="none"),
        tag("p", "Cut here; the whole reason is in the report of this lab.", class_="scores") if cut else None,
    )


def _predictions(rows: Sequence[Told]) -> Html:
    if not rows:
        return _section(
            "predictions", "Predictions against reality", tag("p", "No prediction was committed.", class_="none")
        )
    head = ("Act", "Quantity", "Predicted", "Confidence", "Engine", "Verdict")
    return _section(
        "predictions",
        "Predictions against reality",
        table(head, [_prediction(one) for one in rows], label="Predictions against reality", kind="overview"),
    )


def _prediction(one: Told) -> list[Node]:
    engine = clip(engine_text(one["engine"]), ANSWER) if one["revealed"] else "not compared yet"
    return [
        clip(one["act"], WHERE), clip(one["quantity"] or "–", WHAT), clip(answer_text(one["answer"]), ANSWER),
        one["confidence_text"] or "–", engine, verdict(one["correct"]) if one["revealed"] else "–",
    ]  # fmt: skip


# --- what it rests on -------------------------------------------------------------------------------------------------


def _way(record: Told) -> Html:
    rows = record["labs"]
    more = f"{told.count(len(rows) - LABS, 'more lab')} in the report." if len(rows) > LABS else None
    none = tag("p", "No earlier lab is in the ledger.", class_="none")
    return _section(
        "rests",
        "What it rests on",
        strip(record["journey"]),
        tag("ul", [_lab(one) for one in rows[:LABS]], class_="labs") if rows else none,
        tag("p", more, class_="scores") if more else None,
    )


def _lab(one: Told) -> Html:
    """On one line in print: the limits first, since the end of a line is cut."""
    name = f"{one['id']} {one['title']}" if one["title"] else str(one["id"])
    limits = f"{one['hit']} hit, {one['left']} left" if one["hit"] or one["left"] else "no limit hit"
    decided = "; ".join(one["decisions"]) or "nothing signed"
    state = "" if one["done"] else ", not done"
    return tag("li", tag("strong", clip(name, NAME)), f" · {limits}{state} · {clip(decided, OPTION)}")


def _missing(found: Sequence[str]) -> Html | None:
    if not found:
        return None
    shown: list[str] = [clip(one, FAULT) for one in found[:GAPS]]
    if len(found) > GAPS:
        shown.append(f"And {len(found) - GAPS:,} more, in the report.")
    return _section("missing", "Missing evidence", tag("ul", [tag("li", one) for one in shown], class_="gaps"))


def _ledger(record: Told) -> Html:
    ledger, lab = record["ledger"], record["lab"]
    heads = sorted(ledger["chains"], key=lambda one: str(one["last"]), reverse=True)
    more = [f", and {told.count(len(heads) - CHAINS, 'more chain')}"] if len(heads) > CHAINS else []
    codes = [join(", " if index else "", tag("code", one["head"])) for index, one in enumerate(heads[:CHAINS])]
    return tag(
        "footer",
        tag("h2", "Versions and ledger", class_="sr"),
        tag(
            "p",
            f"Made with lab version {lab['version']}, engine {record['engine']['version']}, registry ",
            tag("code", record["engine"]["registry"][:12]),
            ". ",
            _older(record["versions"]),
        ),
        tag("p", ledger["said"], " Head of the ledger: " if heads else None, codes, more, "." if heads else None),
        tag(
            "p",
            "What ends in … stands whole in the report, with sources and all numbers: ",
            tag("code", "ironlaw report --out report.html"),
            ".",
        ),
        class_="foot",
    )


def _older(runs: Iterable[Told]) -> str | None:
    """The versions that events of the lab were made with, where they are not today's."""
    other = {(one["lab"], one["engine"], one["registry"][:12]) for one in runs if one["differs"]}
    if not other:
        return None
    shown = [clip(f"lab {lab}, engine {engine}, registry {data}", NAME) for lab, engine, data in sorted(other, key=str)]
    more = f"; and {len(other) - RUNS} more" if len(other) > RUNS else ""
    return f"Events were also made with {'; '.join(shown[:RUNS])}{more}."
