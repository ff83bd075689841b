"""`ironlaw export`: the labs as a folder of plain files that runs in the browser alone."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from ironlaw.cli import _json


@click.command()
@click.argument("target", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--runtime",
    "given",
    type=click.Path(exists=True, path_type=Path),
    help="Python for the browser, the npm package's file or folder, for a machine without a network. [default: npm gets it]",
)
@click.option("--force", is_flag=True, help="Replace DIR whatever it holds.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def export(target: Path, given: Path | None, force: bool, as_json: bool) -> None:
    """Write the portal and all labs to DIR, as a static site.

    Any host of plain files serves it. The engine runs in the browser, and so does the ledger: no server, no account.
    """
    from ironlaw.offline.build import TargetError, export_site  # noqa: PLC0415 - `--help` should not pay for it
    from ironlaw.offline.runtime import RuntimeMissing  # noqa: PLC0415
    from ironlaw.quantities import format as printed  # noqa: PLC0415

    try:
        site = export_site(target, given, force=force)
    except (RuntimeMissing, TargetError) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        _json.show(asdict(site) | {"target": str(site.target)})
        return
    click.echo(f"{len(site.labs)} labs in {site.target}, version {site.version}")
    click.echo(
        f"{site.files} files, {printed(site.size, 'bytes')}; {printed(site.gzipped, 'bytes')} as a host compresses them"
    )
    click.echo(f"{printed(site.first, 'bytes')} for the first visit to a lab")
    click.echo(f"To look at it: python -m http.server --directory {site.target}")
