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
from ironlaw.bench import Measure, slowest

WORST = ("http-p95", "move-p50", "move-p95", "key-p95", "jump-p95")
WORST_OFFLINE = ("offline-move-p50", "offline-move-p95")
PARTS = ("start", "engine", "labs", "ledger", "server", "browser", "offline")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(list(PARTS)),
    help="Only this part; may be repeated.",
)
@click.option("--lab", "chosen", multiple=True, metavar="LAB", help="Only this lab; may be repeated.")
def bench(as_json: bool, only: tuple[str, ...], chosen: tuple[str, ...]) -> None:
    """Measure start-up, engine, labs, ledger, server, page and offline site on this machine.

    Labs, server and pages are measured for every act of every built lab.

    JSON: {"version", "machine": {"system", "python", "cpus", "load"}, "figures": [{"id", "what", "unit", "value", "budget",
    "better", "note", "met"}]}; value is null where a figure could not be taken, met is null without a budget.
    A missed budget is reported and is no failure: the exit status is 0.
    """
    parts = only or PARTS
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None  # of others: before the bench makes its own
    figures = []
    for measure in _run(parts, _labs(chosen)):
        figures.append(measure)
        if not as_json:
            click.echo(_line(measure))
    if as_json:
        machine = {
            "system": platform.platform(),
            "python": platform.python_version(),
            "cpus": os.cpu_count(),
            "load": load,
        }
        answer: dict[str, Any] = {"version": __version__, "machine": machine, "figures": [m.to_json() for m in figures]}
        click.echo(json.dumps(answer, indent=2))


def _labs(chosen: tuple[str, ...]) -> tuple[str, ...]:
    """The labs to measure: all that are built, or those that were named."""
    from ironlaw import labs  # noqa: PLC0415 - `--help` should not pay for it

    built = labs.built()
    named = tuple(labs.normal_id(name) for name in chosen)
    for name in named:
        if name not in built:
            raise click.BadParameter(f"{name} is not one of {', '.join(built)}.", param_hint="--lab")
    return named or built


def _run(parts: tuple[str, ...], lab_ids: tuple[str, ...]) -> Iterator[Measure]:
    from ironlaw.bench import browser, engine, local  # noqa: PLC0415 - the command line starts without labs and physics

    if "start" in parts:
        yield from local.start_up()
    if "engine" in parts:
        yield from engine.speed()
    if "labs" in parts:
        yield from slowest(local.evaluations(lab_ids), "evaluate-p95")
    if "ledger" in parts:
        yield from local.appends()
    if "server" in parts or "browser" in parts:
        yield from slowest(_served(parts, lab_ids), *WORST)
    if "offline" in parts:
        from ironlaw.bench import offline  # noqa: PLC0415 - as above; it renders a whole site

        yield from slowest(offline.figures(lab_ids), *WORST_OFFLINE)
    if "browser" in parts:
        yield from browser.floor()


def _served(parts: tuple[str, ...], lab_ids: tuple[str, ...]) -> Iterator[Measure]:
    """Each lab at a server of its own, with a ledger that holds nothing else."""
    from ironlaw.bench import browser, served  # noqa: PLC0415 - as above

    for lab_id in lab_ids:
        with tempfile.TemporaryDirectory() as folder, served.server(Path(folder)) as port:
            if "browser" in parts:
                yield from browser.cold(port, lab_id)
            served.unlock(port, lab_id)
            if "server" in parts:
                yield from served.requests(port, lab_id)
                yield from served.load(port, lab_id)
            if "browser" in parts:
                yield from browser.moves(port, lab_id)


def _line(measure: Measure) -> str:
    value = "—" if measure.value is None else f"{measure.value:,.1f} {measure.unit}"
    sign = {"lower": "≤", "higher": "≥"}[measure.better]
    budget = (
        ""
        if measure.budget is None
        else f"{sign} {measure.budget:,.{0 if measure.budget == int(measure.budget) else 1}f} {measure.unit}"
    )
    mark = {True: "met", False: "MISSED", None: ""}[measure.met]
    return f"{measure.what:<60} {value:>14}  {budget:>12} {mark:<7} {measure.note}"
