"""The lab as a widget, at the level of its messages and traits; a browser comes in test_marimo and test_jupyter."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any
from weakref import ref

import pytest

from ironlaw import labs
from ironlaw.labkit.refusal import Refusal
from ironlaw.ledger import SqliteStore, uuid7
from ironlaw.notebook import ChartWidget, LabWidget, open_lab
from learners.kinds import Expert
from learners.walker import Walk
from studio.client import steps
from studio.test_studio_secrets import after_commit, clean, engine_numbers, flat, instrument, pieces

from .wire import Wire

LAB = "v2_02"
START = {"act": "act1", "settings": {}}


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def opened(ledger: Path) -> tuple[LabWidget, Wire]:
    widget = open_lab(LAB, ledger=ledger)
    return widget, Wire(widget)


class Caller:
    """Answers `document` as the client of the studio's tests does, so that `steps` can walk here too."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def document(self, lab_id: str = LAB) -> dict[str, Any]:
        found: dict[str, Any] = self._wire.call("document", lab_id)["answer"]
        return found


def walk(wire: Wire, lab_id: str = LAB) -> Iterator[dict[str, Any]]:
    """A whole lab by messages; each intent after it was stored."""
    for step in steps(Caller(wire), lab_id):  # type: ignore[arg-type]  # it needs only `document`
        assert "answer" in wire.call("intent", lab_id, step)
        yield step


def until(wire: Wire, kind: str, act: str = "act1") -> None:
    for step in walk(wire):
        if (step["kind"], step.get("act")) == (kind, act):
            return
    raise AssertionError(f"no {kind} in {act}")


# --- messages ---------------------------------------------------------------------------------------------------------


def test_a_call_is_answered_as_the_studio_would(opened: tuple[LabWidget, Wire]) -> None:
    _, wire = opened
    assert wire.call("document", LAB)["answer"]["lab"]["id"] == LAB
    refused = wire.call("evaluate", LAB, START)
    assert (refused["status"], refused["error"]["code"]) == (409, "locked")
    assert wire.call("rm", "-rf")["status"] == 405
    until(wire, "predicted")
    assert wire.call("evaluate", LAB, START)["answer"]["feasible"] is True


@pytest.mark.parametrize(
    "content", [None, 7, "x", [], {}, {"id": 1}, {"method": "labs"}, {"args": {}, "method": "labs", "id": 2}]
)
def test_what_is_no_call_is_dropped(opened: tuple[LabWidget, Wire], content: object) -> None:
    widget, wire = opened
    before = widget.progress
    assert wire.say(content) == []
    assert widget.progress == before


@pytest.mark.parametrize("args", [[], [LAB], [LAB, 7], [7, {}], [LAB, {"kind": "moved"}], [[], {}], [None, None, None]])
def test_a_call_with_bad_arguments_is_an_answer(opened: tuple[LabWidget, Wire], args: list[object]) -> None:
    _, wire = opened
    assert wire.call("intent", *args)["status"] >= 400


def test_answers_come_in_the_order_of_the_calls(opened: tuple[LabWidget, Wire]) -> None:
    _, wire = opened
    ids = []
    for number in range(20):
        told = wire.say({"id": number, "method": ("labs", "ledger", "nothing")[number % 3], "args": []})
        ids += [one["id"] for one in told]
    assert ids == list(range(20))


# --- the traits -------------------------------------------------------------------------------------------------------


def test_the_traits_follow_the_learner(opened: tuple[LabWidget, Wire]) -> None:
    widget, wire = opened
    seen: list[dict[str, Any]] = []
    widget.observe(lambda change: seen.append(change["new"]), names="result")
    assert (widget.settings, widget.result, widget.progress["stage"]) == ({}, None, "not_started")
    done = -1
    for step in walk(wire):
        act = labs.load(LAB).act(step["act"]) if "act" in step else None
        if act and widget.result and step["kind"] in ("moved", "decided"):
            assert widget.result["act"] == act.id
            assert widget.result["settings"] == widget.settings
        if step["kind"] == "moved":
            assert widget.settings == {**act.start(), **step["payload"]["settings"]} if act else False
        assert widget.progress["done"] >= done
        done = widget.progress["done"]
        stages = {one["id"]: one["stage"] for one in Caller(wire).document()["acts"]}
        assert {one["id"]: one["stage"] for one in widget.progress["acts"]} == stages
    assert widget.progress["stage"] == "done"
    assert widget.progress["done"] == widget.progress["of"]
    assert all(act["predicted"] for act in widget.progress["acts"])
    assert len(seen) >= 4, "two acts that open, and a move in each at least"


def test_a_sliding_control_changes_nothing_until_it_rests(opened: tuple[LabWidget, Wire]) -> None:
    widget, wire = opened
    until(wire, "predicted")
    settings, result = widget.settings, widget.result
    ticks = wire.call("document", LAB)["answer"]["acts"][0]["instrument"]["controls"][0]
    changes: list[object] = []
    widget.observe(changes.append, names=["settings", "result", "progress"])
    for tick in ticks["ticks"]:
        wire.call("evaluate", LAB, {"act": "act1", "settings": settings | {ticks["id"]: tick["value"]}})
    assert (widget.settings, widget.result, changes) == (settings, result, [])


def test_limits_are_counted_as_the_portal_counts_them(opened: tuple[LabWidget, Wire]) -> None:
    widget, wire = opened
    for _ in walk(wire):
        row = next(one for one in wire.call("labs")["answer"]["labs"] if one["id"] == LAB)["progress"]
        mine = widget.progress
        keys = ("done", "of", "limits_hit", "limits_left", "last_saved", "stage")
        assert {key: mine[key] for key in keys} == {key: row[key] for key in keys}


@pytest.mark.parametrize("lab_id", labs.built())
def test_a_new_widget_stands_where_the_ledger_is(ledger: Path, lab_id: str) -> None:
    """As after a restart of the kernel, at every step of every lab."""
    widget = open_lab(lab_id, ledger=ledger)
    for step in walk(Wire(widget), lab_id):
        if step["kind"] == "moved":
            continue  # many: what follows them shows where they ended
        again = open_lab(lab_id, ledger=ledger)
        assert again.progress == widget.progress
        if again.result and widget.result and again.result["act"] == widget.result["act"]:
            assert (again.settings, again.result) == (widget.settings, widget.result)
        assert (again.result is None) == (widget.result is None)
        again.close()


@pytest.mark.parametrize("lab_id", labs.built())
def test_nothing_locked_is_in_anything_that_is_sent(ledger: Path, lab_id: str) -> None:
    """States and messages, searched with the eyes of the studio's tests, until the act's prediction is locked in."""
    widget = open_lab(lab_id, ledger=ledger)
    wire = Wire(widget)
    lab = labs.load(lab_id)
    for step in walk(wire, lab_id):
        document = wire.call("document", lab_id)["answer"]
        shut = [act for act in lab.acts if _stage(document, act.id) in ("locked", "predict", "second")]
        traits = flat(json.dumps([widget.settings, widget.result, widget.progress], ensure_ascii=False))
        found = {"the traits": traits, "the wire": flat("\n".join(_without_code(wire.heard)))}
        known = "\n".join(piece for act in lab.acts if act not in shut for piece in after_commit(act) | instrument(act))
        for act in shut:
            secret = {text for text in after_commit(act) | instrument(act) if text not in known}
            clean(found, secret)
            if act is lab.acts[0]:
                clean({"the traits": traits}, engine_numbers(act))
        if _stage(document, lab.acts[-1].id) != "done":
            clean(found, pieces(lab.synthesis))
        wire.heard.clear()
        assert step


def _without_code(heard: list[str]) -> list[str]:
    return [one for one in heard if '"_esm"' not in one]


def _stage(document: dict[str, Any], act: str) -> str:
    return str(next(one["stage"] for one in document["acts"] if one["id"] == act))


# --- more than one ----------------------------------------------------------------------------------------------------


def test_the_same_lab_twice_is_one_state(ledger: Path) -> None:
    """What one page commits the other is told of, and the one that did it is not told twice."""
    first, second = open_lab(LAB, ledger=ledger), open_lab(LAB, ledger=ledger)
    one, other = Wire(first), Wire(second)
    for step in walk(one):
        if step["kind"] != "moved":
            assert second.progress == first.progress
            assert second.result is None or first.result is not None
    told = other.messages()
    assert told
    assert {str(message["changed"]).split("-")[0] for message in told} == {"wire"}, "the id of the call that did it"


def test_ledgers_and_learners_are_apart(tmp_path: Path) -> None:
    """In what Python holds, and in the name under which the browser keeps what is unsent."""
    places = [(tmp_path / name, who) for name in ("a.sqlite", "b.sqlite") for who in ("local", "other")]
    widgets = [open_lab(LAB, ledger=path, learner=who) for path, who in places]
    assert len({widget._room for widget in widgets}) == 4
    assert open_lab(LAB, ledger=tmp_path / "." / "a.sqlite")._room == widgets[0]._room
    assert not any(str(tmp_path) in widget._room for widget in widgets)
    wires = [Wire(widget) for widget in widgets]
    until(wires[0], "predicted")
    assert [widget.result is not None for widget in widgets] == [True, False, False, False]
    assert [wire.messages() for wire in wires[1:]] == [[], [], []]


def test_cells_that_start_together_share_one_store(tmp_path: Path) -> None:
    """`marimo run` opens a lab for each visitor in a thread of its own: one writer a file all the same."""
    together = Barrier(8)

    def visit(number: int) -> list[SqliteStore]:
        together.wait()
        return [open_lab(LAB, ledger=tmp_path / f"{file}.sqlite", learner=f"{number}")._desk._store for file in "abcd"]

    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(visit, range(8)))
    assert [len(set(stores)) for stores in zip(*opened, strict=True)] == [1, 1, 1, 1]


def test_what_belongs_to_a_cell_that_ran_again_is_let_go(ledger: Path) -> None:
    """As in marimo, which shuts the channels of the cell: charts would pile up with each rest of a control otherwise."""
    with SqliteStore(ledger) as store:
        Walk(store, LAB, Expert()).run()

    def cell() -> list[LabWidget | ChartWidget]:
        lab = open_lab(LAB, ledger=ledger)
        return [lab, lab.chart(next(iter(lab.controls)), next(iter(lab.outputs)))]

    kept = cell()
    gone = []
    for _ in range(3):
        widgets = cell()
        gone += [ref(one) for widget in widgets for one in (widget, widget.layout)]
        for widget in widgets:
            widget.comm.close()
            widget.layout.comm.close()
    del widgets, widget
    cell()
    gc.collect()
    assert [one() for one in gone] == [None] * 12
    assert all(one.comm is not None for one in kept)


def test_a_ledger_may_have_a_name_that_is_no_text(tmp_path: Path) -> None:
    """A file name is bytes; Python keeps those that are no UTF-8 as lone surrogates."""
    widget = open_lab(LAB, ledger=tmp_path / "\udcff.sqlite")
    assert "answer" in Wire(widget).call("document", LAB)


def test_an_intent_that_is_sent_again_is_stored_once(ledger: Path) -> None:
    """Lost on its way back, or kept by the browser over a restart: the id says that it is the same."""
    wire = Wire(open_lab(LAB, ledger=ledger))
    opening = {"id": uuid7(), "kind": "opened", "payload": {}}
    assert wire.call("intent", LAB, opening)["answer"]["saved"]["events"] == ["opened"]
    later = Wire(open_lab(LAB, ledger=ledger))
    assert later.call("intent", LAB, opening)["answer"]["saved"]["duplicate"] is True
    with SqliteStore(ledger) as store:
        assert [event.kind for event in store.events("local")] == ["opened"]


# --- for one's own cells ----------------------------------------------------------------------------------------------


def test_before_the_commit_there_is_nothing_to_sweep(opened: tuple[LabWidget, Wire]) -> None:
    widget, _ = opened
    assert (widget.controls, widget.outputs) == ({}, {})
    asks: list[Callable[[], object]] = [lambda: widget.sweep("ports"), lambda: widget.chart("ports", "step")]
    for ask in asks:
        with pytest.raises(Refusal, match="prediction"):
            ask()


@pytest.mark.parametrize("lab_id", labs.built())
def test_a_sweep_is_the_engine_at_every_place(ledger: Path, lab_id: str) -> None:
    """Each row against the session's own answer, for every control and reading of every lab that an expert finished."""
    with SqliteStore(ledger) as store:
        done = Walk(store, lab_id, Expert()).run()
    widget = open_lab(lab_id, ledger=ledger)
    assert widget.result
    act, context = widget.result["act"], done.document["acts"][-1]["instrument"]["context"]
    for control in widget.controls:
        rows = widget.sweep(control)
        assert widget.settings[control] in [row[control] for row in rows]
        for row in rows[:: max(1, len(rows) // 3)]:
            body = {"act": act, "context": context, "settings": widget.settings | {control: row[control]}}
            found = widget._desk.session.evaluate(lab_id, body)
            assert {card["id"]: card["value"] for card in found["cards"]} == {
                name: row[name] for name in widget.outputs
            }
            assert row["feasible"] == found["feasible"]
        for output in list(widget.outputs)[: None if control == next(iter(widget.controls)) else 1]:
            figure = widget.chart(control, output)._figure
            told = [row for row in rows if isinstance(row[output], int | float)]
            if not told:
                assert figure["empty"]
                continue
            assert len(figure["table"]["rows"]) == len(told)
            drawn = figure["marks"][0]
            values = [x for _, x in drawn["points"]] if drawn["type"] == "line" else [one["x"] for one in drawn["bars"]]
            assert values == [row[output] for row in told]
            json.dumps(figure, allow_nan=False)


def test_what_does_not_exist_is_named(ledger: Path) -> None:
    with SqliteStore(ledger) as store:
        Walk(store, LAB, Expert()).run()
    widget = open_lab("v2-02", ledger=ledger)
    with pytest.raises(Refusal, match="there is no control nothing"):
        widget.sweep("nothing")
    with pytest.raises(Refusal, match="there is no output nothing"):
        widget.chart(next(iter(widget.controls)), "nothing")
    with pytest.raises(Refusal, match="v9_99"):
        open_lab("v9_99", ledger=ledger)
