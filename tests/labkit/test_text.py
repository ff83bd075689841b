"""Slots, Markdown and the walk over all prose: what a learner reads is what the engine said, and only as text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ironlaw import labs, quantities, registry
from ironlaw.labkit import text
from ironlaw.labkit.spec import Q, prose

from .samples import facts, model, tiny_act, tiny_lab

ACT = tiny_act()
NOW = model(ACT.start())
START = model({**ACT.start(), "size": 2.0})
YOU = {"option": Q("A while", "text"), "confidence": Q(0.7, "share")}
SLOTS = text.Slots(ACT, facts(), NOW, START, YOU)


class Reader(HTMLParser):
    """What a browser would show, and which tags it would make."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the parser's signature
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


# --- slots ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ("{secret}", "2.5 s"),
        ("{given.thing}", "<b>box</b> *of* [x](y)"),
        ("{now.time}", "2.5 s"),
        ("{start.time}", "1 s"),
        ("{you.option}", "A while"),
        ("{you.confidence}", "70 %"),
        ("{start_size:words} at {now.load}", "five at 25"),
        ("{secret:number}", "2.5"),
        ("{you.confidence:ratio}", "0.7×"),
        ("no slot, {Not One}, {}, {now.}", "no slot, {Not One}, {}, {now.}"),
    ],
)
def test_every_name_space_is_filled(template: str, shown: str) -> None:
    assert text.fill(template, SLOTS) == shown


@pytest.mark.parametrize(
    "name", ["nothing", "given.nothing", "now.nothing", "start.nothing", "you.nothing", "moon.time", "given.time"]
)
def test_a_slot_that_nothing_fills_is_an_error_that_names_it(name: str) -> None:
    with pytest.raises(text.UnknownSlot, match=re.escape(name)):
        text.fill(f"{{{name}}}", SLOTS)
    with pytest.raises(text.UnknownSlot, match=re.escape(name)):
        text.html(f"before {{{name}}} after", SLOTS)


def test_without_a_learner_there_is_no_answer_and_no_start() -> None:
    bare = text.Slots(ACT, facts(), NOW)
    for name in ("you.option", "start.time"):
        with pytest.raises(text.UnknownSlot):
            text.fill(f"{{{name}}}", bare)


def test_what_is_listed_can_be_looked_up() -> None:
    names = list(SLOTS)
    assert len(names) == len(set(names)) == len(SLOTS)
    assert {"secret", "given.thing", "now.time", "start.load", "you.option"} <= set(names)
    for name in names:
        assert isinstance(SLOTS[name], Q)


def test_slots_are_a_mapping() -> None:
    assert "secret" in SLOTS
    assert "nothing" not in SLOTS
    assert SLOTS.get("nothing") is None


def test_a_number_that_does_not_exist_is_a_dash() -> None:
    infeasible = text.Slots(ACT, facts(), model({**ACT.start(), "size": 20.0}))
    assert text.fill("{now.time} of {now.load}", infeasible) == "— of 100"


def test_a_text_cannot_be_printed_as_a_number() -> None:
    with pytest.raises(TypeError, match="is a text"):
        text.fill("{you.option:seconds}", SLOTS)


def test_words_are_for_whole_numbers() -> None:
    with pytest.raises(ValueError, match=r"2\.5"):
        text.show(Q(2.5, "count"), "words")


@given(st.floats(-1e15, 1e15), st.sampled_from(sorted(quantities.KINDS)))
def test_a_slot_says_what_quantities_says(value: float, kind: str) -> None:
    said = quantities.format(value, kind)
    assert text.show(Q(value, kind)) == said
    assert text.show(Q(value, "number"), kind) == said
    assert text.plain(value, kind) == said
    assert text.fill("{x}", {"x": Q(value, kind)}) == said


@given(st.text(max_size=30), st.lists(st.sampled_from(["secret", "now.time", "given.thing", "you.option"]), max_size=4))
def test_slot_names_finds_what_fill_fills(noise: str, names: list[str]) -> None:
    noise = noise.replace("{", "").replace("}", "")
    template = noise + "".join(f"{{{name}}}{noise}" for name in names)
    assert text.slot_names(template) == names
    expected = noise + "".join(text.show(SLOTS[name]) + noise for name in names)
    assert text.fill(template, SLOTS) == expected


# --- Markdown ---------------------------------------------------------------------------------------------------------

INLINE = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), max_size=40)


@given(INLINE)
@example("<script>alert(1)</script>")
@example("**bold** _it_ `code` [link](javascript:alert(1)) ![img](x)")
@example("\\*")
@example("<https://example.org>")
def test_a_value_inside_a_sentence_is_text_and_never_markup(value: str) -> None:
    shown = read(text.html("see {v} now", {"v": Q(value, "text")}))
    assert shown.tags == ["p"]
    assert shown.text == f"see {value} now"


@pytest.mark.parametrize(
    "value", ["# x", "- x", "+ x", "1. x", "1) x", "---", "a\n\n# b", "    code", "&copy;", "&lt;"]
)
def test_a_value_at_the_start_of_a_line_is_text_and_never_markup(value: str) -> None:
    shown = read(text.html("{v} follows", {"v": Q(value, "text")}))
    assert shown.tags == ["p"]
    assert shown.text.split() == [*value.split(), "follows"]


def test_a_value_in_a_table_stays_in_its_cell() -> None:
    shown = text.html("| a | b |\n|---|---|\n| {v} | c |", {"v": Q("x|y", "text")})
    assert "<td>x|y</td>" in shown


@pytest.mark.parametrize("kind", ["device", "link", "model", "format", "price", "calibration"])
def test_every_name_of_the_registry_comes_out_as_it_is(kind: str) -> None:
    for entity in registry.every(kind):
        shown = read(text.html("{v}", {"v": Q(entity.name, "text")}))
        assert (shown.tags, shown.text) == (["p"], entity.name)


def test_a_given_with_markup_comes_out_as_text() -> None:
    shown = read(text.html("Carry {given.thing}.", SLOTS))
    assert shown.tags == ["p"]
    assert shown.text == "Carry <b>box</b> *of* [x](y)."


@pytest.mark.parametrize(
    "template", ["<b>raw</b>", "<script>x</script>", "<div>y</div>\n\n<p>z</p>", "<!-- hidden -->", "<img src=x>"]
)
def test_raw_html_in_prose_is_shown_not_obeyed(template: str) -> None:
    shown = read(text.html(template, {}))
    assert set(shown.tags) == {"p"}
    assert shown.text.split() == template.split()


def test_links_that_run_code_are_no_links() -> None:
    for target in ("javascript:alert(1)", "JAVASCRIPT:alert(1)", "vbscript:x", "file:///etc", "data:text/html,x"):
        assert "a" not in read(text.html(f"[x]({target})", {})).tags


def test_markdown_of_the_author_works() -> None:
    shown = read(text.html("**{secret}** and *more*\n\n- one\n- two\n\n| a | b |\n|---|---|\n| c | d |", SLOTS))
    assert {"strong", "em", "ul", "li", "table", "td"} <= set(shown.tags)
    assert "2.5 s" in shown.text


# --- the walk over all prose ------------------------------------------------------------------------------------------


def every_prose(record: object) -> Iterator[str]:
    """An independent walk: into every field, list, tuple and mapping, whatever it is called."""
    if is_dataclass(record) and not isinstance(record, type):
        for field in fields(record):
            value = getattr(record, field.name)
            if field.metadata.get("prose") and isinstance(value, str):
                if value:
                    yield value
            else:
                yield from every_prose(value)
    elif isinstance(record, Mapping):
        for value in record.values():
            yield from every_prose(value)
    elif isinstance(record, list | tuple | set | frozenset):
        for value in record:
            yield from every_prose(value)


@pytest.mark.parametrize("lab", [tiny_lab(), *map(labs.load, labs.built())], ids=lambda lab: str(lab.id))
def test_prose_of_finds_every_prose_field(lab: Any) -> None:
    found = list(text.prose_of(lab))
    assert sorted(template for _, template in found) == sorted(every_prose(lab))
    paths = [path for path, _ in found]
    assert len(set(paths)) == len(paths), "a path names one text"
    for act in lab.acts:
        told = {template for _, template in text.prose_of(act)}
        assert {act.message, act.briefing, act.reveal.text, act.reveal.correct, act.reflection.ask} <= told
        assert {act.prediction.text, act.reflection.question.text, act.decision.text} <= told
        for question in (act.prediction, act.reflection.question):
            for option in question.options:
                assert option.text in told
                assert option.feedback is None or option.feedback.text in told


def test_the_path_leads_to_the_text() -> None:
    @dataclass(frozen=True)
    class Leaf:
        id: str
        said: str = prose("")
        label: str = "not prose"

    @dataclass(frozen=True)
    class Tree:
        leaves: tuple[Leaf, ...]
        own: str = prose("top")

    tree = Tree((Leaf("a", "first"), Leaf("b"), Leaf("c", "third")))
    assert dict(text.prose_of(tree)) == {"leaves[a].said": "first", "leaves[c].said": "third", "own": "top"}
