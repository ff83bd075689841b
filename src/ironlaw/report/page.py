"""The report as one file of HTML: styles and pictures inside, no script; it opens offline and prints on A4."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Any

from ironlaw import front
from ironlaw.report import drawing, told
from ironlaw.report.markup import Html, facts, join, table, tag
from ironlaw.report.sections import answer_text, chapter, engine_text, labelled, name, none, number, place, verdict

Told = Mapping[str, Any]
DOCTYPE = "<!doctype html>\n"
LOGO = Html(
    '<svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d="M1 14h4.5V9.5h4.5V5h5"/></svg>'
)


def page(report: Told, *, served: bool = False) -> str:
    """The page. `served` ones link to the labs of the server that they come from; a file links nowhere."""
    title = _title(report)
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", f"{title} · Ironlaw report"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("link", rel="icon", href="/static/favicon.svg", type="image/svg+xml") if served else None,
        tag("style", Html(style())),
    )
    body = tag(
        "body",
        tag("a", "Skip to the report", class_="skip", href="#report"),
        _bar(report) if served else None,
        tag(
            "main",
            _cover(report, title),
            _glance(report),
            _predictions(report),
            _calibration(report),
            [chapter(lab, alone=bool(report["lab"])) for lab in report["labs"]],
            _machine(report),
            _without(report),
            _ledger(report),
            id="report",
        ),
    )
    return DOCTYPE + tag("html", head, body, lang="en")


@cache
def style() -> str:
    """The colours of the labs' pages and the report's own rules."""
    tokens = (front.FOLDER / "tokens.css").read_text(encoding="utf-8")
    return tokens + resources.files("ironlaw.report").joinpath("report.css").read_text(encoding="utf-8")


@cache
def policy() -> str:
    """The content-security policy of the page: its own style by its hash, and nothing else from anywhere but an icon."""
    return policy_of(style())


def policy_of(css: str) -> str:
    """The same for a page of another style."""
    digest = b64encode(sha256(css.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )


def _title(report: Told) -> str:
    return name(report["labs"][0]) if report["lab"] else "Design report"


def _bar(report: Told) -> Html:
    """Ways on, where there is a server; not printed."""
    lab = report["labs"][0] if report["lab"] else None
    crumbs = [tag("a", LOGO, "Ironlaw", class_="brand", href="/"), tag("a", "All labs", class_="crumb", href="/")]
    if lab and lab["known"]:
        crumbs.append(tag("a", "Back to the lab", class_="crumb", href=f"/labs/{lab['id']}"))
    if lab:
        crumbs.append(tag("a", "Report of all labs", class_="crumb", href="/report"))
    return tag("header", crumbs, class_="bar-top")


def _cover(report: Told, title: str) -> Html:
    ledger, track = report["ledger"], report["track"]
    span = f"{told.clock(ledger['first'])} to {told.clock(ledger['last'])}" if ledger["first"] else None
    changes = f", after {told.count(track['changes'], 'change')}" if track and track["changes"] else ""
    lab = report["labs"][0] if report["lab"] else None
    kicker = f"Ironlaw · design report · {place(lab)}" if lab else "Ironlaw"
    return tag(
        "header",
        tag("p", kicker, class_="kicker"),
        tag("h1", title),
        tag("div", tag("span", "Name"), tag("span", "Course"), class_="by-hand", aria_hidden="true"),
        facts(
            (
                ("Learner in the ledger", report["learner"]),
                ("Events", span),
                ("Track", f"{track['name'] or track['id']}{changes}" if track else None),
                ("Report made", told.clock(report["made_at"])),
                (
                    "Engine",
                    [report["engine"]["version"], ", registry ", tag("code", report["engine"]["registry"][:12])],
                ),
            ),
            "facts",
        ),
        _check(ledger),
        tag(
            "p",
            "This report says what the ledger holds, in the order in which it happened; first answers stand. "
            "It holds no grade: scores are proper scores of honest confidence, and a wrong prediction that is explained is work done.",
            class_="lead",
        ),
        none(report["missing"]),
        class_="cover",
    )


def _check(ledger: Told) -> Html:
    sign = "✓" if ledger["whole"] else "!"
    kind = "check" if ledger["whole"] else "check is-broken"
    return tag("p", tag("span", sign, class_="sign", aria_hidden="true"), ledger["said"], class_=kind)


def _glance(report: Told) -> Html | None:
    totals = report["totals"]
    if not report["ledger"]["events"]:
        return None
    lab = report["labs"][0] if report["lab"] else None
    pairs = [
        (f"{lab['done']} of {lab['of']}", "steps done") if lab else (f"{totals['finished']} of {totals['labs']}", "labs finished of those begun"),
        (f"{totals['right']} of {totals['revealed']}", "predictions right of those compared"),
        (f"{totals['limits_crossed']} of {totals['limits']}", "limits crossed in the acts explored"),
        (str(totals["limits_left"]), "limits left again"),
        (str(totals["designs"]), "designs recorded"),
        (str(totals["decisions"]), "decisions signed"),
    ]  # fmt: skip
    return tag("dl", [tag("div", tag("dt", words), tag("dd", value)) for value, words in pairs], class_="glance")


def _predictions(report: Told) -> Html | None:
    rows = [
        _row(report, lab, act, one)
        for lab in report["labs"]
        for act in lab["acts"]
        for one in act["predictions"]
        if one["at"]
    ]
    if not rows:
        return None
    head = ("Where", "Predicted", "Confidence", "Engine", "Verdict", "Brier", "Error")
    said = "Brier: zero is perfect, two is worst. Error: of a number, its best value against the engine's."
    body = table(head, rows, label="Predictions against reality", kind="overview")
    return tag(
        "section", tag("h2", "Predictions against reality", id="predictions"), body, tag("p", said, class_="scores")
    )


def _row(report: Told, lab: Told, act: Told, one: Told) -> list[Any]:
    where = name(act) if report["lab"] else f"{name(lab)}: {name(act)}"
    if one["which"] == "second":
        where += " (second)"
    if not one["revealed"]:
        return [where, answer_text(one["answer"]), one["confidence_text"] or "–", "not compared yet", "–", "–", "–"]
    return [
        where, answer_text(one["answer"]), one["confidence_text"] or "–", engine_text(one["engine"]), verdict(one["correct"]),
        number(one["brier"]), one["error_text"] or "–",
    ]  # fmt: skip


def _calibration(report: Told) -> Html | None:
    found = report["calibration"]
    if not report["ledger"]["events"]:
        return None
    rows = [
        (
            one["text"],
            str(one["commits"]),
            str(one["right"]),
            f"{told.percent(one['low'])} to {told.percent(one['high'])}",
        )
        for one in found["levels"]
    ]
    head = ("Confidence", "Commits", "Right", "Long-run share that fits (95 %)")
    means = [
        found["brier"] is not None and f"Mean Brier score {found['brier']:.2f}",
        found["log"] is not None and f"mean log error {found['log']:.2f}",
        found["intervals"]["commits"]
        and f"{found['intervals']['held']} of {told.count(found['intervals']['commits'], 'interval')} of 80 % held the engine's value",
        found["unscored"] and f"{told.count(found['unscored'], 'commit')} without a verdict left out",
    ]
    return tag(
        "section",
        tag("h2", "Calibration", id="calibration"),
        tag("p", found["said"], class_="lead"),
        tag(
            "div",
            drawing.reliability(found["curve"]) if found["curve"] else None,
            table(head, rows, label="Right answers by confidence", kind="record") if rows else None,
            class_="columns",
        ),
        tag("p", "; ".join(each for each in means if each) + ".", class_="scores") if any(means) else None,
        drawing.errors(report["errors"], [_named(report, row) for row in report["errors"]])
        if report["errors"]
        else None,
    )


def _named(report: Told, row: Told) -> str:
    lab = next(one for one in report["labs"] if one["id"] == row["lab"])
    act = next(one for one in lab["acts"] if one["id"] == row["act"])
    second = " (second)" if row["which"] == "second" else ""
    return (name(act) if report["lab"] else f"{name(lab)}: {name(act)}") + second


def _machine(report: Told) -> Html | None:
    """The figures of the learner's own machine, which labs offer beside those of the registry."""
    found = report["machine"]
    if found is None:
        return None
    at = told.clock(found["at"])
    rows = [(labelled(row), row["text"], row["unit"] or "–", at) for row in found["figures"]]
    before = f"{told.count(found['before'], 'earlier measurement')} in the ledger." if found["before"] else None
    return tag(
        "section",
        tag("h2", "The machine, measured", id="machine"),
        table(("Quantity", "Value", "Unit", "When"), rows, label="Figures of the machine, by ironlaw probe", kind="small")
        if rows
        else tag("p", f"No evidence: the measurement of {at} holds no figure.", class_="none"),
        tag("p", before, class_="scores") if before else None,
        class_="sources",
    )  # fmt: skip


def _without(report: Told) -> Html | None:
    """Labs that are built and were not begun: said, not passed over."""
    titles = [one["title"] for one in report["labs_without_evidence"]]
    if not titles:
        return None
    return tag(
        "section",
        tag("h2", "Labs without evidence"),
        tag("p", f"Nothing of these labs is in the ledger: {'; '.join(titles)}.", class_="none"),
        class_="sources",
    )


def _ledger(report: Told) -> Html:
    """The appendix by which a reader can check that nothing was changed."""
    ledger = report["ledger"]
    rows = [
        (
            tag("code", one["device"]),
            f"{one['events']:,}",
            told.clock(one["last"]),
            tag("code", one["head"], class_="hash"),
        )
        for one in ledger["chains"]
    ]
    moved = [
        ledger["exports"] and f"exported {told.times(ledger['exports'])}",
        ledger["imports"] and f"imported {told.times(ledger['imports'])}",
    ]
    told_moves = ", ".join(each for each in moved if each)
    return tag(
        "section",
        tag("h2", "The ledger", id="ledger"),
        _check(ledger),
        none(f"{fault[0].upper()}{fault[1:]}." for fault in ledger["faults"]),
        [tag("p", notice, class_="note") for notice in ledger["notices"]],
        tag("p", f"The ledger was {told_moves}.", class_="note") if told_moves else None,
        table(("Device", "Events", "Last event", "Head of the chain (SHA-256)"), rows, label="Chains of the ledger", kind="small")
        if rows
        else None,
        tag("p", join("To check it again: ", tag("code", "ironlaw ledger verify"), ". The head changes when any event before it does."), class_="scores"),
        class_="ledger",
    )  # fmt: skip
