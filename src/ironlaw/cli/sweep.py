"""`ironlaw sweep`: a grid of plans, what limits each, the Pareto set, and the best under constraints.

`--json` prints one object; keys are only ever added to it. Numbers are in SI.

    {"question": "training", "designs": 2160, "feasible": 290, "objectives": ["cost", "run_time"],
     "binding": {"layout": 472, "memory": 828, "run_time": 860},
     "best": {"count": 512, "tp": 8, …, "step_time": 16.4, "cost": 694729.4, "binding": "run_time", "slack": 0.25,
              "largest_loss": "tensor_parallel"},
     "pareto": [{…as best…}], "out": "plans.parquet"}

`binding` of a design is the limit that it breaks or is nearest to: "layout" (it does not divide evenly), "memory", or one
of --within; `slack` is the share of that limit that is left. Exit code: 0, 1 when no design is feasible, 2 for wrong input.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ironlaw.cli import _asked, _json
from ironlaw.cli._columns import writer
from ironlaw.cli._table import console, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from ironlaw.estimate.sweep import Sweep

SHOWN = 20  # designs of the Pareto set on the terminal
AXES = {
    "model": "registry name of the model",
    "device": "registry name of the device",
    "count": "devices in all",
    "global-batch": "sequences of a step, over all devices",
    "seq": "tokens of a sequence",
    "tp": "tensor-parallel devices [default: 1]",
    "pp": "pipeline stages [default: 1]",
    "cp": "context-parallel devices [default: 1]",
    "ep": "expert-parallel devices [default: 1]",
    "micro-batch": "sequences that a replica works on at once [default: 1]",
    "interleave": "chunks of the model on a pipeline stage [default: 1]",
    "precision": "type of the matrix products [default: bf16]",
    "software": "how layers run [default: megatron]",
    "recompute": "none, selective, light, alternate, full [default: none,full]",
    "zero": "stage of ZeRO [default: 1]",
    "network": "registry name of a port between nodes; default: that of the device's generation",
    "attention": "attention kernel; default: the software's own",
}
SITE = "industry-average"
REQUIRED = ("model", "device", "count", "global-batch", "seq")


@click.group("sweep")
def sweep() -> None:
    """Evaluate a grid of designs. A range is a list 1,2,4, or 8:64:+8 (steps), 1:64:x2 (doubling), 0.1:0.9:5 (evenly)."""


def _axes(command: Callable[..., None]) -> Callable[..., None]:
    """An option for each axis."""
    for name, told in reversed(AXES.items()):
        command = click.option(f"--{name}", required=name in REQUIRED, metavar="RANGE", help=told)(command)
    return command


@sweep.command()
@_axes
@click.option("--tokens", type=_asked.NUMBER, required=True, metavar="X", help="tokens of the whole run, such as 15e12")
@click.option("--rate", metavar="AMOUNT", help="price of a device, such as '$2.50/h'")
@click.option("--offer", metavar="NAME", help="registry name of a cloud's price, in place of rate")
@click.option("--site", metavar="NAME", help=f"data centre whose PUE the energy counts [default: {SITE}]")
@click.option(
    "--within",
    multiple=True,
    metavar="FIGURE=LIMIT",
    help="limit from above, such as run_time=30d or cost=$5M; also energy, count, step_time; may be repeated",
)
@click.option(
    "--minimise",
    multiple=True,
    metavar="FIGURE",
    help="objective; the first picks the best; may be repeated [default: cost and run_time; count without a price]",
)
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE", help="write every design to this .csv or .parquet file"
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON; `ironlaw.cli.sweep` documents it.")
def training(within: tuple[str, ...], minimise: tuple[str, ...], out: Path | None, as_json: bool, **asked: Any) -> None:
    """Plans that train a model: the cheapest that finishes in time, and what nothing beats."""
    from ironlaw.estimate.sweep import NUMBERS, sweep_training  # noqa: PLC0415 - only a sweep loads NumPy
    from ironlaw.physics import InputError  # noqa: PLC0415
    from ironlaw.registry import UnknownNameError  # noqa: PLC0415

    given = {name: value for name, value in asked.items() if value is not None}
    objectives = _figures(minimise) or None
    with ExitStack() as stack:
        write = stack.enter_context(writer(out)) if out else None
        progress = None if as_json else stack.enter_context(_progress())
        try:
            found = sweep_training(within=_limits(within), minimise=objectives, write=write, progress=progress, **given)
        except (InputError, UnknownNameError) as error:
            names = {
                name: value for name, value in asked.items() if name not in NUMBERS
            }  # "8" may be no name and a count
            options = {**dict.fromkeys(asked), "within": None, "minimise": None, **names}
            raise _asked.told(error, options) from None
    if as_json:
        _json.show(_document(found, out))
    else:
        _print(found, out)
    if not found.feasible:
        sys.exit(1)


def _figures(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Names of figures, also as a list with commas and with dashes, as options are written."""
    return tuple(name.strip().replace("-", "_") for text in texts for name in text.split(","))


def _limits(texts: tuple[str, ...]) -> dict[str, str | float]:
    limits: dict[str, str | float] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        name = name.replace("-", "_")
        if not equals or not value:
            raise click.BadParameter(f"must be FIGURE=LIMIT, got {text!r}", param_hint="'--within'")
        if name in limits:
            raise click.BadParameter(f"must limit {name} once, got {text!r} too", param_hint="'--within'")
        try:
            limits[name] = _asked.Amount().convert(value, None, None)
        except click.BadParameter as error:
            raise click.BadParameter(f"{name} {error.message}", param_hint="'--within'") from None
    return limits


def _progress() -> Any:
    """A bar on the terminal; nothing in a pipe."""
    from contextlib import contextmanager  # noqa: PLC0415

    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress  # noqa: PLC0415

    @contextmanager
    def bar() -> Any:
        terminal = Console(stderr=True)
        with Progress(console=terminal, transient=True, disable=not terminal.is_terminal) as shown:
            task = shown.add_task("designs", total=None)
            yield lambda done, total: shown.update(task, completed=done, total=total)

    return bar()


def _document(found: Sweep, out: Path | None) -> dict[str, Any]:
    return {
        "question": "training",
        "designs": found.designs,
        "feasible": found.feasible,
        "objectives": list(found.objectives),
        "binding": dict(found.binding),
        "best": found.best,
        "pareto": found.pareto,
        "out": str(out) if out else None,
    }


def _print(found: Sweep, out: Path | None) -> None:
    from ironlaw import quantities  # noqa: PLC0415
    from ironlaw.estimate.sweep import FIGURES  # noqa: PLC0415

    shown = console()
    share = 100 * found.feasible / found.designs
    shown.print(f"{found.designs:,} designs, {found.feasible:,} feasible ({share:.2g} %)")
    limits = ", ".join(f"{name} {count:,}" for name, count in found.binding.most_common())
    shown.print(f"Binding limit, all designs: {limits}")
    if found.best is None:
        shown.print("No design is feasible: relax what binds most, or widen the grid.")
        return
    varied = [name for name in found.axes if len({str(d[name]) for d in found.pareto}) > 1]
    figures = [n for n in FIGURES if n not in found.axes and any(n in design for design in found.pareto)]
    lines = []
    for design in found.pareto[:SHOWN]:
        numbers = [
            quantities.format(design[name], FIGURES[name][0]) if name in design else quantities.MISSING
            for name in figures
        ]
        binding = f"{design['binding']} ({100 * design['slack']:.0f} % left)"
        lines.append([*(str(design[name]) for name in varied), *numbers, binding, design["largest_loss"]])
    fixed = ", ".join(
        f"{name} {found.best[name]}" for name in found.axes if name not in varied and found.best[name] != ""
    )
    shown.print(f"\nPareto set by {' and '.join(found.objectives)}, the best first. In all of them: {fixed}")
    columns = [*varied, *figures, "nearest limit", "largest loss"]
    shown.print(table(columns, lines, right=range(len(varied) + len(figures))))
    if len(found.pareto) > SHOWN:
        shown.print(f"and {len(found.pareto) - SHOWN} more: --json prints all.")
    if out:
        shown.print(f"All designs: {out}")
