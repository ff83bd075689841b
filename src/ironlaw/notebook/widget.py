"""The widgets: a lab, and a chart of one of its sweeps. Messages in, a desk's answers out, and three traits that follow."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any
from weakref import WeakSet

import anywidget
import traitlets

from ironlaw.desk import Desk
from ironlaw.intents import find_lab
from ironlaw.labkit.refusal import Refusal
from ironlaw.ledger import LabState, SqliteStore, default_path
from ironlaw.notebook import live
from ironlaw.notebook.curve import curve
from ironlaw.notebook.pagetext import module

_stores: dict[Path, SqliteStore] = {}  # one writer a file, however often a cell is run
_opening = Lock()
Seen = tuple[dict[str, Any], LabState | None]  # a lab's document, and what was recorded of it
_made: WeakSet[anywidget.AnyWidget] = WeakSet()
_turns = Lock()  # JupyterLab hands a widget's messages to a thread of their own, and `marimo run` each visitor


def _keep(widget: anywidget.AnyWidget) -> None:
    """Know this widget, and let go of those whose cell ran again: marimo shuts their channels, ipywidgets holds them for ever."""
    with _turns:
        gone = [one for one in _made if getattr(one.comm, "_closed", False)]
        _made.add(widget)
    for one in gone:
        one.layout.close()
        one.close()


class ChartWidget(anywidget.AnyWidget):
    """A FIGURE of docs/reference/document.md, drawn as the labs draw theirs: with read-out, table and download."""

    _esm = module()
    _figure = traitlets.Dict().tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        _keep(self)


class LabWidget(anywidget.AnyWidget):
    """A lab in a notebook; `open_lab` makes one.

    `settings`: the settings of the act at hand ({} before an instrument is open). `result`: their RESULT of
    docs/reference/document.md, or None. `progress`: see `live.progress`. They are set whenever the page records: at rest, not
    while a slider moves; never is anything locked in them.
    """

    _esm = module()
    _lab = traitlets.Unicode().tag(sync=True)
    _room = traitlets.Unicode().tag(sync=True)  # where the browser keeps what is not saved yet: one for each ledger
    _turn = traitlets.Int(0).tag(sync=True)  # counted by the page when it rests: marimo then runs the cells that follow
    settings = traitlets.Dict().tag(sync=True)
    result: Any = traitlets.Dict(default_value=None, allow_none=True).tag(sync=True)
    progress = traitlets.Dict().tag(sync=True)

    def __init__(self, desk: Desk, lab_id: str, room: str) -> None:
        self._desk = desk
        self._act: str | None = None
        super().__init__(_lab=lab_id, _room=room)
        self._follow()
        self.on_msg(self._hear)
        _keep(self)

    # --- the page -----------------------------------------------------------------------------------------------------

    def _hear(self, _widget: object, content: object, _buffers: object) -> None:
        """A call of the page: {id, method, args}. What is no call is dropped: nobody waits for its answer."""
        if not isinstance(content, Mapping) or not isinstance(content.get("args"), list):
            return
        method, arguments = str(content.get("method")), content["args"]
        found = self._desk.call(method, arguments)
        self.send({"id": content.get("id"), **found})
        answer = found.get("answer")
        if method == "intent" and answer:
            lab, intent = arguments
            if intent["kind"] == "moved":
                if lab == self._lab:
                    self._follow(intent["act"])
            elif answer["saved"]["events"]:
                self._tell(content.get("id"), intent.get("act") if lab == self._lab else None)
        elif method == "importLedger" and answer and answer["added"]:
            self._tell(content.get("id"), None)

    def _look(self) -> Seen:
        """The lab as the ledger has it now."""
        return self._desk.session.stand(self._lab)

    def _follow(self, act: str | None = None, seen: Seen | None = None) -> None:
        """Set the traits to what the ledger holds, or to what was `seen` there; `act` is the one that was just used."""
        document, state = seen or self._look()
        here = live.at_hand(document, act or self._act)
        self._act = here["id"] if here else None
        with self.hold_sync():
            self.progress = live.progress(document, state)
            self.settings = here["instrument"]["settings"] if here else {}
            self.result = here["instrument"]["result"] if here else None

    def _tell(self, call: object, act: str | None) -> None:
        """Every lab of this ledger that is open here looks again; the page that called knows it already."""
        with _turns:
            every = [one for one in _made if isinstance(one, LabWidget) and one._room == self._room]
        seen: dict[str, Seen] = {}  # the ledger is read once a lab, in however many cells it stands
        for one in every:
            if not getattr(one.comm, "_closed", one.comm is None):  # a closed one has nobody to tell
                if one._lab not in seen:
                    seen[one._lab] = one._look()
                one._follow(act if one is self else None, seen[one._lab])
                one.send({"changed": call})

    # --- for one's own cells ------------------------------------------------------------------------------------------

    @property
    def controls(self) -> dict[str, str]:
        """Labels of the controls of the act at hand, by id; empty before an instrument is open."""
        return {control["id"]: control["label"] for control in self._instrument()["controls"]} if self._act else {}

    @property
    def outputs(self) -> dict[str, str]:
        """Labels of the cards of the act at hand, by id; empty before an instrument is open."""
        return {card["id"]: card["label"] for card in self._instrument()["result"]["cards"]} if self._act else {}

    def sweep(self, control: str) -> list[live.Row]:
        """The act's model at every place of one control, all others as the learner has them.

        One row a place: {control: value in SI, "at": its text, each output: value in SI or None, "feasible": bool, "broken":
        names of limits}. Raises Refusal: `locked` before an instrument is open, `unknown_setting` for another control.
        """
        instrument = self._instrument()
        body = {"act": self._act, "context": instrument["context"]}
        rows = []
        for value, text in live.places(self._control(instrument, control)):
            settings = instrument["settings"] | {control: value}
            found = self._desk.session.evaluate(self._lab, body | {"settings": settings})
            rows.append(live.row(control, value, text, found))
        return rows

    def chart(self, control: str, output: str) -> ChartWidget:
        """`output` over a sweep of `control`. Raises Refusal as `sweep` does, and `unknown_setting` for another output."""
        instrument = self._instrument()
        spec = self._control(instrument, control)
        if output not in self.outputs:
            raise _unknown("output", output, self.outputs)
        act = self._desk.session.lab(self._lab).act(str(self._act))
        kind = next(one.kind for one in act.outputs if one.id == output) if act else ""
        here = instrument["settings"][control]
        figure = curve(self.sweep(control), spec, here, output=output, label=self.outputs[output], kind=kind)
        return ChartWidget(_figure=figure)

    def _instrument(self) -> dict[str, Any]:
        """The instrument of the act at hand, as the ledger has it now."""
        here = live.at_hand(self._desk.session.document(self._lab), self._act)
        if here is None:
            raise Refusal("locked", "The instrument unlocks when your prediction is locked in.", field="act")
        found: dict[str, Any] = here["instrument"]
        return found

    def _control(self, instrument: Mapping[str, Any], control: str) -> dict[str, Any]:
        for one in instrument["controls"]:
            if one["id"] == control:
                found: dict[str, Any] = one
                return found
        raise _unknown("control", control, self.controls)


def _unknown(what: str, name: str, known: Mapping[str, str]) -> Refusal:
    allowed = ", ".join(known)
    return Refusal(
        "unknown_setting", f"there is no {what} {name}; there are {allowed}", field=what, value=name, allowed=allowed
    )


def open_lab(lab: str, *, ledger: Path | str | None = None, learner: str = "local") -> LabWidget:
    """A lab such as "v2_02" as a widget, with this learner's ledger: by default the one that the studio uses.

    Running the cell again, or in a new kernel, goes on where the ledger is. Raises Refusal `unknown_lab` or `not_built`, and
    LedgerError for a file that is no ledger.
    """
    lab_id = find_lab(lab).id
    path = (Path(ledger) if ledger else default_path()).expanduser().resolve()
    room = hashlib.sha256(f"{path}\0{learner}".encode(errors="surrogatepass")).hexdigest()[:12]
    return LabWidget(Desk(_store(path), learner), lab_id, f"{room}:")


def _store(path: Path) -> SqliteStore:
    """The one store of this file. Where the file was moved or deleted it refuses to write, and its pages can still export."""
    with _opening:
        if path not in _stores:
            _stores[path] = SqliteStore(path)
        return _stores[path]
