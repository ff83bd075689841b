"""`ironlaw probe`: this machine measured, and its figures in the ledger if you wish.

`--json` prints one object; keys are only ever added to it. Values are in SI, in the order of `ironlaw.probe.FIGURES`.

    {"version": "0.1.0", "seconds": 30.1, "busy": false,
     "machine": {"cpu": "…", "architecture": "x86_64", "cores": 8, "memory": 17179869184, "system": "Linux 6.1",
                 "python": "CPython 3.12.1", "libraries": {"numpy": "2.1.0", …}, "blas": "scipy-openblas"},
     "results": [{"id": "memory_bandwidth", "label": "…", "unit": "B/s", "kind": "bandwidth", "value": 4.1e10,
                  "method": "…", "samples": 60, "spread": 0.05, "missing": "", "text": "41 GB/s"}],
     "stored": "01900000-0000-7000-8000-000000000000"}

`value` is null where a figure could not be taken, and `missing` says why. `spread` is how far apart the middle half of the
runs lies, as a share of their median; null for what is counted, or was run less than three times. `stored` is the id of the
event in the ledger, null without one. `busy` says that other programs had the processor for more than half of the time: the
figures are too low then. Exit code: 0, 1 when the ledger cannot be used, 2 for wrong input.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ironlaw import __version__
from ironlaw import probe as probing
from ironlaw.cli import _json
from ironlaw.cli._ledger import LEARNER, ledger_option, place
from ironlaw.cli._table import console, table

if TYPE_CHECKING:
    from ironlaw.ledger import Draft, Event, Tx

LEAST, MOST = 1.0, 50.0  # seconds that may be asked for: with its preparations a probe ends within a minute
NAMES = tuple(each.name for each in probing.probes())
LAB, LAB_VERSION = "probe", 1  # whose events these are in the ledger
SHARE = 0.5  # of the time that a whole probe has a core at least, on a machine that does nothing else
BUSY = "Other programs had the processor most of the time: these figures are too low. Measure again when they rest."
QUESTION = "Store these figures in the ledger at {path}? Labs that ask for your machine's own rates will use them"


@click.command()
@click.option("--store/--no-store", default=None, help="Store the figures in the ledger, or do not; otherwise it asks.")
@click.option(
    "--only", multiple=True, type=click.Choice(NAMES), help="Measure this alone, not to be stored; may be repeated."
)
@click.option(
    "--seconds",
    type=click.FloatRange(LEAST, MOST),
    default=probing.SECONDS,
    show_default=True,
    help="Time for all measurements; less of it means fewer runs.",
)
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder on the disk whose files are read. [default: that of temporary files]",
)
@click.option("--explain", is_flag=True, help="Say beside each figure how it was taken.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON and ask nothing; `ironlaw.cli.probe` documents it.")
@click.option("--learner", default=LEARNER, show_default=True, help="Whose events.")
@ledger_option
def probe(
    store: bool | None,
    only: tuple[str, ...],
    seconds: float,
    folder: Path | None,
    explain: bool,
    as_json: bool,
    learner: str,
    ledger: Path | None,
) -> None:
    """Measure this machine: memory, matrix products, files, decoding, the network stack, calls.

    Nothing leaves the machine. Stored are the figures, and what processor, system and libraries they belong to; no name
    of you, the machine or a folder.
    """
    if seconds != seconds:  # noqa: PLR0124 - NaN differs from itself
        raise click.BadParameter(f"must be {LEAST:g} to {MOST:g}, got {seconds}", param_hint="'--seconds'")
    if store and only:
        raise click.UsageError("--store is given together with --only; allowed: a whole measurement, or --no-store")
    if store:
        _draft(learner, {}, {}).checked()  # a name that the ledger cannot keep is refused before the wait
    start, worked = time.monotonic(), time.process_time()
    chosen = [each for each in probing.probes(folder) if not only or each.name in only]
    with _progress(chosen) as begins:
        results = sorted(
            probing.measure(chosen, seconds, begins=begins), key=lambda one: list(probing.FIGURES).index(one.id)
        )
    machine, took = probing.machine(), time.monotonic() - start
    busy = not only and _busy(time.process_time() - worked, took)
    if not as_json:
        _print(results, machine, took, explain=explain)
        click.echo(f"{BUSY}\n" if busy else "", nl=False)
    stored = None
    if not only and (store if store is not None or as_json else _asked(place(ledger))):
        stored = _stored(_draft(learner, results, machine), place(ledger))
    if as_json:
        told = {"version": __version__, "seconds": took, "busy": busy, "machine": machine}
        _json.show(told | {"results": [one.to_json() for one in results], "stored": stored.id if stored else None})
    elif stored:
        click.echo(
            f"Stored in {place(ledger)}. `ironlaw ledger erase` takes it out again, with all else that is yours."
        )


def _busy(worked: float, took: float) -> bool:
    """Whether this process had a core for too little of the time. A probe of less than a second tells nothing."""
    return took >= 1.0 and worked < SHARE * took


def _asked(path: Path) -> bool:
    """The learner's answer. Where nobody can be asked, nothing is stored."""
    if not sys.stdin.isatty():
        click.echo("Not stored: --store stores these figures in the ledger.")
        return False
    return click.confirm(QUESTION.format(path=path), default=False)


def _draft(learner: str, results: Sequence[probing.Result] | Mapping[str, float], machine: Mapping[str, Any]) -> Draft:
    """The event: what was measured by id, in SI, and on what. What could not be measured is left out."""
    from ironlaw import registry  # noqa: PLC0415 - only what is stored needs it
    from ironlaw.ledger import Draft  # noqa: PLC0415 - as above

    values = (
        results if isinstance(results, Mapping) else {one.id: one.value for one in results if one.value is not None}
    )
    return Draft(
        learner=learner,
        lab=LAB,
        lab_version=LAB_VERSION,
        engine_version=__version__,
        registry=registry.digest(),
        kind="measured",
        payload={"results": dict(values), "machine": dict(machine)},
    )


def _stored(draft: Draft, path: Path) -> Event:
    """The event as the ledger keeps it."""
    from ironlaw.ledger import SqliteStore  # noqa: PLC0415 - as above

    def work(tx: Tx) -> Event:
        (event,) = tx.append([draft])
        return event

    with SqliteStore(path) as store:
        return store.write(work)


@contextmanager
def _progress(chosen: Sequence[probing.Probe]) -> Iterator[Callable[[probing.Probe], None]]:
    """A bar on the terminal that names what is measured; nothing in a pipe."""
    from rich.console import Console  # noqa: PLC0415 - `--help` should not pay for it
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    whole = sum(each.weight for each in chosen)
    columns = (TextColumn("Measuring {task.description:<20}"), BarColumn(), TimeElapsedColumn())
    console_ = Console(stderr=True)
    with Progress(*columns, console=console_, transient=True, disable=not console_.is_terminal) as bar:
        task = bar.add_task("", total=whole)
        done = 0.0

        def begins(each: probing.Probe) -> None:
            nonlocal done
            bar.update(task, description=each.title, completed=done)
            done += each.weight

        yield begins


def _print(results: Sequence[probing.Result], machine: Mapping[str, Any], took: float, *, explain: bool) -> None:
    libraries = ", ".join(f"{name} {version}" for name, version in machine["libraries"].items())
    click.echo(f"{machine['cpu']}, {machine['cores']} cores, {machine['system']}, {machine['python']}, {libraries}")
    columns = ("figure", "measured", "spread", "runs", *(["how"] if explain else []))
    rows = [
        (one.figure.label, one.text, _share(one.spread), str(one.samples), *([one.method] if explain else []))
        for one in results
        if one.value is not None
    ]
    if rows:
        console().print(table(columns, rows, right=(1, 2, 3)))
    for reason in dict.fromkeys(one.missing for one in results if one.value is None):
        names = ", ".join(one.id for one in results if one.missing == reason and one.value is None)
        click.echo(f"Not measured: {names}: {reason}.")
    click.echo(f"{took:.0f} seconds. Spread: how far apart the middle half of the runs lies.")


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f} %"
