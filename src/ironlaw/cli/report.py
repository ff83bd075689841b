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
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the page, one HTML file, here.")
@click.option("--force", is_flag=True, help="Replace the file of --out if it exists.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--learner", default=LEARNER, show_default=True, help="Whose events.")
@ledger_option
def report(lab: str | None, out: Path | None, force: bool, as_json: bool, learner: str, ledger: Path | None) -> None:
    """Make the report of a learner: predictions, limits, decisions and what they rest on.

    Without --out and --json the totals are printed. What the ledger does not hold is said, never filled in.
    """
    from ironlaw.intents import find_lab  # noqa: PLC0415 - `--help` should not pay for it
    from ironlaw.ledger import SqliteStore  # noqa: PLC0415
    from ironlaw.ledger.recover import present  # noqa: PLC0415
    from ironlaw.report import of_session, page  # noqa: PLC0415
    from ironlaw.session import Session  # noqa: PLC0415

    only = find_lab(lab).id if lab else None
    if out and out.exists() and not force:
        raise click.ClickException(f"{out} exists; --force replaces it")
    path = place(ledger)
    if not present(path):
        raise click.ClickException(f"there is no ledger at {path} yet")
    with SqliteStore(path) as store:
        found = of_session(Session(store, learner), only)
    if out:
        try:
            out.write_text(page(found), encoding="utf-8")
        except OSError as error:
            raise click.ClickException(f"{out} cannot be written: {error.strerror or error}") from error
    if as_json:
        _json.show(found)
        return
    click.echo("\n".join(_lines(found)))
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
