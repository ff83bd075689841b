"""`ironlaw estimate`: one plan, answered with figures, intervals, parts and sources.

`--json` prints one object; keys are only ever added to it. All numbers are in SI; `low` and `high` are the 80 % interval,
null where there is none.

    {"question": "training", "title": "…", "feasible": true, "reasons": [],
     "givens": [{"id", "label", "value", "text", "source", "evidence"}],
     "figures": {"step_time": {"label", "value", "low", "high", "text", "equation", "arguments", "note"}},
     "stacks": {"time": {"label", "total", "parts": {"matmul": {…as a figure…}}}},
     "notes": []}

A plan that cannot run has "feasible": false, its reasons, and no figures; the exit code is then 1. Wrong input: 2.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from ironlaw.cli import _json
from ironlaw.cli._table import console, table

if TYPE_CHECKING:
    from ironlaw.estimate import Estimate, Figure

QUESTIONS = {
    "training": "Step time, MFU, memory, cost and energy of a training plan.",
    "serving": "Time to first token, time per token, throughput and memory of serving a model.",
    "checkpoint": "How often to save, and what failures leave of a training job's time.",
    "transfer": "Time and price of moving data over a link, against shipping it.",
    "tco": "What a fleet costs over its years: on demand, reserved, or bought.",
    "carbon": "Operational and embodied carbon of a job or a fleet.",
}


class Questions(click.Group):
    """One command a question, its options made from the engine's signature only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the interface of click
        """The questions."""
        return list(QUESTIONS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """The command that answers this question, or None."""
        return _command(cmd_name) if cmd_name in QUESTIONS else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """The list of questions, without loading the engine."""
        with formatter.section("Questions"):
            formatter.write_dl(list(QUESTIONS.items()))


@click.group("estimate", cls=Questions)
def estimate() -> None:
    """Answer a sizing question from sourced data and tested equations. Amounts take units: 400Gb/s, 50TB, 30d."""


def _command(question: str) -> click.Command:
    from ironlaw.cli import _asked  # noqa: PLC0415 - only the question that is asked loads its engine

    function = getattr(import_module(f"ironlaw.estimate.{question}"), f"estimate_{question}")

    def answer(as_json: bool, explain: bool, **asked: Any) -> None:
        from ironlaw.physics import InputError  # noqa: PLC0415
        from ironlaw.registry import UnknownNameError  # noqa: PLC0415

        try:
            found = function(**_asked.given(asked))
        except (InputError, UnknownNameError) as error:
            raise _asked.told(error, asked) from None
        if as_json:
            _json.show(found.to_json())
        else:
            _print(found, explain=explain)
        if not found.feasible:
            sys.exit(1)

    common = [
        click.Option(["--json", "as_json"], is_flag=True, help="Print JSON; `ironlaw.cli.estimate` documents it."),
        click.Option(["--explain"], is_flag=True, help="Show each equation with the numbers in it, and its source."),
    ]
    return click.Command(
        question, callback=answer, params=[*_asked.options(function), *common], help=QUESTIONS[question]
    )


def _print(found: Estimate, *, explain: bool) -> None:
    out = console()
    out.print(found.title)
    if found.reasons:
        out.print("\nThis cannot run:")
        for reason in found.reasons:
            out.print(f"  {reason}")
    if found.figures:
        lines = [(f.label, f.text, f.interval, f.note) for f in found.figures]
        out.print(table(("figure", "value", "80 % interval", "note"), lines, right=(1,)))
    for stack in found.stacks:
        total = stack.total
        parts = [(p.label, p.text, f"{100 * p.value / total:.1f} %" if total else "–", p.note) for p in stack.parts]
        out.print(table((stack.label, "value", "share", "note"), parts, right=(1, 2)))
    givens = [(g.label, g.text, g.source, g.evidence) for g in found.givens]
    out.print(table(("given", "value", "from", "evidence"), givens, right=(1,)))
    for note in found.notes:
        out.print(f"· {note}")
    if explain:
        for line in _explained(found):
            out.print(line)


def _explained(found: Estimate) -> Iterator[str]:
    figures = [*found.figures, *(part for stack in found.stacks for part in stack.parts)]
    yield "\nEquations"
    for figure in figures:
        if figure.equation:
            yield from _equation(figure)


def _equation(figure: Figure) -> Iterator[str]:
    from ironlaw.physics import EQUATIONS  # noqa: PLC0415 - every module of the physics, only for an explanation

    entry = EQUATIONS[figure.equation]
    formula = entry.formula.text.replace("**", "^").replace("*", " · ")
    yield f"\n{figure.label}: {entry.title} ({entry.id})"
    yield f"  {entry.result.symbol} = {formula}"
    for symbol in entry.symbols:
        value = (figure.arguments or {}).get(symbol.name, symbol.constant)
        unit = "" if symbol.unit == "1" else f" {symbol.unit}"
        number = "–" if value is None else f"{value:.6g}{unit}"
        yield f"    {symbol.symbol} = {number}   {symbol.meaning}"
    yield f"  = {figure.text}"
    yield f"  {entry.source}"
