"""`ironlaw bench`: the speed figures of the project on this machine, each beside its budget."""

from __future__ import annotations

import json
import os
import platform
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from ironlaw import __version__
from ironlaw.bench import Measure

PARTS = ("start", "engine", "labs", "ledger", "server", "browser")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(list(PARTS)),
    help="Only this part; may be repeated.",
)
def bench(as_json: bool, only: tuple[str, ...]) -> None:
    """Measure start-up, engine, labs, ledger, server and page on this machine.

    JSON: {"version", "machine": {"system", "python", "cpus"}, "figures": [{"id", "what", "unit", "value", "budget",
    "better", "note", "met"}]}; value is null where a figure could not be taken, met is null without a budget.
    A missed budget is reported and is no failure: the exit status is 0.
    """
    parts = only or PARTS
    figures = []
    for measure in _run(parts):
        figures.append(measure)
        if not as_json:
            click.echo(_line(measure))
    if as_json:
        machine = {"system": platform.platform(), "python": platform.python_version(), "cpus": os.cpu_count()}
        answer: dict[str, Any] = {"version": __version__, "machine": machine, "figures": [m.to_json() for m in figures]}
        click.echo(json.dumps(answer, indent=2))


def _run(parts: tuple[str, ...]) -> Iterator[Measure]:
    from ironlaw import labs  # noqa: PLC0415 - the command line starts without labs and physics
    from ironlaw.bench import browser, engine, local, served  # noqa: PLC0415

    if "start" in parts:
        yield from local.start_up()
    if "engine" in parts:
        yield from engine.speed()
    if "labs" in parts:
        yield from local.evaluations()
    if "ledger" in parts:
        yield from local.appends()
    if "server" not in parts and "browser" not in parts:
        return
    for lab_id in labs.built():
        with tempfile.TemporaryDirectory() as folder, served.server(Path(folder)) as port:
            if "browser" in parts:
                yield from browser.cold(port, lab_id)
            served.unlock(port, lab_id)
            if "server" in parts:
                yield from served.load(port, lab_id)
            if "browser" in parts:
                yield from browser.moves(port, lab_id)


def _line(measure: Measure) -> str:
    value = "—" if measure.value is None else f"{measure.value:,.1f} {measure.unit}"
    sign = {"lower": "≤", "higher": "≥"}[measure.better]
    budget = "" if measure.budget is None else f"{sign} {measure.budget:,.0f} {measure.unit}"
    mark = {True: "met", False: "MISSED", None: ""}[measure.met]
    return f"{measure.what:<58} {value:>14}  {budget:>12} {mark:<7} {measure.note}"
