"""`ironlaw report`: what a learner hands in, as one HTML file, as JSON, or in a few lines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from ironlaw.cli import _json
from ironlaw.cli._ledger import LEARNER, ledger_option, place


@click.command()
@click.option("--lab", help="Only this lab, such as v2_02. [default: all that were begun]")
@click.option("--record", "as_record", is_flag=True, help="The one-page record of the architecture; with --lab v2_17.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the page, one HTML file, here.")
@click.option("--force", is_flag=True, help="Replace the file of --out if it exists.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--learner", default=LEARNER, show_default=True, help="Whose events.")
@ledger_option
def report(
    lab: str | None, as_record: bool, out: Path | None, force: bool, as_json: bool, learner: str, ledger: Path | None
) -> None:
    """Make the report of a learner: predictions, limits, decisions and what they rest on.

    With --record the design of a capstone on one page: its promises with their margins, and what it rests on. Without
    --out and --json the totals are printed. What the ledger does not hold is said, never filled in.
    """
    from ironlaw.intents import find_lab  # noqa: PLC0415 - `--help` should not pay for it
    from ironlaw.ledger import SqliteStore  # noqa: PLC0415
    from ironlaw.ledger.recover import present  # noqa: PLC0415
    from ironlaw.report import declared, of_session, page, record_of_session, sheet  # noqa: PLC0415
    from ironlaw.session import Session  # noqa: PLC0415

    only = find_lab(lab).id if lab else None
    if as_record and only not in declared():
        raise click.ClickException(f"--record needs --lab with a lab that has a record: {', '.join(declared())}")
    if out and out.exists() and not force:
        raise click.ClickException(f"{out} exists; --force replaces it")
    path = place(ledger)
    if not present(path):
        raise click.ClickException(f"there is no ledger at {path} yet")
    with SqliteStore(path) as store:
        session = Session(store, learner)
        found = record_of_session(session, only) if as_record and only else of_session(session, only)
    if out:
        try:
            out.write_text(sheet(found) if as_record else page(found), encoding="utf-8")
        except OSError as error:
            raise click.ClickException(f"{out} cannot be written: {error.strerror or error}") from error
    if as_json:
        _json.show(found)
        return
    click.echo("\n".join(_record_lines(found) if as_record else _lines(found)))
    if out:
        click.echo(f"Written to {out}.")


def _lines(found: dict[str, Any]) -> Iterator[str]:
    """The totals, and what is missing."""
    from ironlaw.report.told import count  # noqa: PLC0415

    totals = found["totals"]
    yield f"{found['learner']}: {count(totals['labs'], 'lab')} begun, {totals['finished']} finished"
    compared, right = totals["revealed"], totals["right"]
    yield f"{count(totals['predictions'], 'prediction')}, {compared} compared with the engine, {right} right"
    crossed, signed = count(totals["limits_crossed"], "limit"), count(totals["decisions"], "decision")
    yield f"{crossed} crossed, {totals['limits_left']} left again; {signed} signed"
    yield found["calibration"]["said"]
    yield found["ledger"]["said"]
    yield from found["missing"]
    yield from found["ledger"]["notices"]


def _record_lines(found: dict[str, Any]) -> Iterator[str]:
    """The verdict on the architecture, and what is missing."""
    design = found["design"]
    yield f"{found['learner']}: {found['lab']['title']}"
    yield design["said"] if design else "No approved design: the ledger holds no design of this architecture."
    if design and design["binds"]:
        yield design["binds"]
    yield found["ledger"]["said"]
    yield from found["missing"]
