"""The page: well-formed, whole in one file, and no word of a learner is ever markup."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironlaw.ledger import SqliteStore
from ironlaw.report import of_events, of_session, page, policy, report
from ironlaw.report.markup import VOID, Html, join, tag
from ironlaw.session import Session
from ledger.make import chain, draft
from session.desk import Desk

from .rich import Rich

NASTY = (
    "<script>alert(1)</script> & \"quoted\" 'single' </blockquote><img src=x onerror=alert(2)> \u2028 \x00\x1b é 漢字"
)
ALONE = VOID | {"br"}


class Reader(HTMLParser):
    """Elements with their attributes, and all text; every element must be closed in its order."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == [], self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), (tag, attrs)
        self.elements.append((tag, dict(attrs)))
        if tag not in ALONE:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALONE, tag
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.text += data

    def of(self, name: str) -> list[dict[str, str | None]]:
        """The attributes of every element of a name."""
        return [attributes for tag, attributes in self.elements if tag == name]


def whole(html: str, *, served: bool = False) -> Reader:
    """The page read, with what every page must keep."""
    assert html.startswith("<!doctype html>\n<html")
    found = Reader(html)
    names = [name for name, _ in found.elements]
    assert not {"script", "iframe", "object", "embed", "form", "img"} & set(names)
    assert (names.count("h1"), names.count("main"), names.count("title")) == (1, 1, 1)
    ids = [str(a["id"]) for _, a in found.elements if "id" in a]
    assert len(ids) == len(set(ids))
    for name, attributes in found.elements:
        assert "style" not in attributes, name
        assert not [key for key in attributes if key.startswith("on")], name
        for key in ("href", "src"):
            target = attributes.get(key)
            assert target is None or target.startswith("#") or (served and target.startswith("/")), target
        for label in filter(None, [attributes.get("aria-labelledby")]):
            assert label in ids
        if name in ("rect", "line", "circle"):
            assert all(
                not str(value).startswith("-") for key, value in attributes.items() if key in ("width", "height")
            )
    levels = [int(name[1]) for name in names if re.fullmatch(r"h[1-6]", name)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    return found


@pytest.mark.parametrize("served", [False, True])
def test_pages_of_every_fill_are_whole(learner: Rich, store: SqliteStore, served: bool) -> None:
    whole(page(of_session(Session(store)), served=served), served=served)
    learner.send("tracked", track="cloud-titan")
    learner.finish("a1")
    learner.explore("m1")
    Desk(store).finish("act1")
    for only in (None, "v1_03", "v2_02"):
        found = whole(page(of_session(learner.session, only), served=served), served=served)
        assert found.of("svg")
        assert ("/labs/v2_02" in [a.get("href") for a in found.of("a")]) == (served and only == "v2_02")


@pytest.mark.parametrize("commits", [29, 30])
def test_a_curve_and_the_errors_are_drawn_from_what_the_report_holds(commits: int) -> None:
    drafts = []
    for number in range(commits):
        engine = {"correct": number % 2 == 0, "key": "k", "value": 3.0, "kind": "seconds", "scale": "log"}
        extra = {"act": f"x{number}", "confidence": (0.5, 0.8)[number % 3 == 0], "value": 4.0, "low": 1.0, "high": 9.0}
        error = (-1) ** number * number / 4
        extra["engine"] = engine | {"error": error}
        drafts += [
            draft("predicted", lab="v2_77", extra=extra),
            draft("revealed", lab="v2_77", extra={"act": f"x{number}"}),
        ]
    found = report(of_events("local", chain(drafts)))
    read = whole(page(found))
    curves = [one for one in read.of("svg") if str(one.get("aria-label", "")).startswith("Reliability")]
    assert len(curves) == (commits >= 30)
    assert len(read.of("path")) == len(curves)
    dots = [one for one in read.of("circle") if str(one["cx"]).endswith("%")]
    assert len(dots) == len(found["errors"]) == commits
    places = [float(str(one["cx"]).rstrip("%")) for one in dots]
    assert all(
        (place > 50) == (row["error"] > 0) for place, row in zip(places, found["errors"], strict=True) if row["error"]
    )
    assert all(0 <= place <= 100 for place in places)


def test_words_of_a_learner_stay_words(learner: Rich, store: SqliteStore) -> None:
    learner.finish("a1", words=NASTY.replace("\x00", ""))
    html = page(of_session(learner.session))
    found = whole(html)
    shown = NASTY.replace("\x00", "").replace("\x1b", "\ufffd")
    assert found.text.count(shown) == 2
    assert "<script" not in html
    assert "\x1b" not in html


def test_names_and_ids_of_a_foreign_ledger_stay_words() -> None:
    bad = '<b onmouseover="x">'
    extra = {
        "act": bad,
        "option": bad,
        "context": bad,
        "engine": {"correct": True, "key": bad, "kind": bad, "value": 2},
    }
    extra |= {"constraint": bad, "settings": {bad: bad}, "text": bad}
    events = chain(
        [
            draft(kind, learner="<i>me</i>", lab="v2_77", extra=extra)
            for kind in ("predicted", "moved", "violated", "revealed")
        ]
        + [
            draft(
                "decided",
                learner="<i>me</i>",
                lab="v2_77",
                extra=extra | {"engine": {"result": {bad: bad}, "violated": [bad]}},
            )
        ]
    )
    html = page(report(of_events("<i>me</i>", events)))
    assert "<b " not in html
    assert "<i>" not in html
    assert bad in whole(html).text


def test_the_policy_lets_in_this_style_and_nothing_else(store: SqliteStore) -> None:
    html = page(of_session(Session(store)), served=True)
    (style,) = re.findall(r"<style>(.*?)</style>", html, flags=re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    rules = dict(rule.split(" ", 1) for rule in policy().split("; "))
    assert rules["style-src"] == f"'sha256-{digest}'"
    assert rules["default-src"] == "'none'"
    assert "script-src" not in rules
    assert not re.search(r"url\(|@import|https?:", style)


def test_it_prints_in_black_on_white_with_a_page_for_each_lab(store: SqliteStore) -> None:
    style = page(of_session(Session(store))).partition("@media print")[2]
    assert "--page: #fff" in style
    assert "--ink: #000" in style
    assert "break-before: page" in style


# --- the elements -----------------------------------------------------------------------------------------------------


def test_text_is_escaped_once_and_markup_is_kept() -> None:
    inner = tag("b", "<&>")
    assert inner == "<b>&lt;&amp;&gt;</b>"
    assert tag("p", inner, None, ["x", ["<"]], class_="a") == '<p class="a"><b>&lt;&amp;&gt;</b>x&lt;</p>'
    assert (
        tag("rect", x=1, aria_label='"<', hidden=True, title=None, open=False)
        == '<rect x="1" aria-label="&quot;&lt;" hidden/>'
    )
    assert join(Html("<hr>"), "<hr>") == "<hr>&lt;hr&gt;"


nodes: Any = st.recursive(
    st.text() | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.builds(lambda children: tag("p", *children), st.lists(inner, max_size=3))
    ),
    max_leaves=10,
)


@given(nodes)
def test_whatever_is_put_in_is_whole_and_its_text_comes_out(node: Any) -> None:
    found = Reader(tag("div", node))
    assert {name for name, _ in found.elements} <= {"div", "p"}


@given(st.text(alphabet=st.characters(min_codepoint=0x20, exclude_categories=["Cc", "Cs"])), st.text())
def test_text_comes_back_as_it_was(inside: str, attribute: str) -> None:
    found = Reader(tag("div", inside, aria_label=attribute))
    assert found.text == inside
    assert found.of("div")[0]["aria-label"] == attribute
