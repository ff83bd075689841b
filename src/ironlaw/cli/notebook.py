"""`ironlaw notebook`: a lab in a marimo notebook, with cells that go on from its live result."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import click

from ironlaw.cli._ledger import LEARNER, ledger_option

# marimo runs nothing of a file that it opens, for it may be a stranger's. This one was written a moment ago, and its reader asked
# for the lab. The name is marimo's own business: where a version does not know it, the run button is there.
RUN = {"_MARIMO_CONFIG_OVERLOAD_RUNTIME_AUTO_INSTANTIATE": "true"}
EXTRA = "the notebook needs packages that are not installed: pip install 'ironlaw[notebook]'"


@click.command()
@click.argument("lab")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="The file to write. [default: LAB.py, here]"
)
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@click.option("--open/--no-open", "open_", default=True, help="Open it with marimo.", show_default=True)
@click.option("--learner", default=LEARNER, show_default=True, help="Whose work.")
@ledger_option
def notebook(lab: str, out: Path | None, force: bool, open_: bool, learner: str, ledger: Path | None) -> None:
    """Write a marimo notebook with a lab in it, such as v2_02, and open it until Ctrl-C.

    The lab is the same as in the studio, with the same ledger. The cells after it sweep, draw and go on with its live result.
    """
    from ironlaw.intents import find_lab  # noqa: PLC0415 - `--help` should not pay for it
    from ironlaw.notebook.template import notebook as text_of  # noqa: PLC0415

    place = ledger.expanduser().absolute() if ledger else None
    text = text_of(lab, ledger=place, learner=learner if learner != LEARNER else None)
    path = out or Path(f"{find_lab(lab).id}.py")
    if open_ and not (find_spec("marimo") and find_spec("anywidget")):
        raise click.ClickException(EXTRA)
    try:
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise click.ClickException(
            f"{path} exists; --force replaces it, `marimo edit {path}` opens it, --out writes another"
        ) from None
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror or error}") from error
    click.echo(f"Written to {path}.")
    if open_:
        click.echo("The lab starts with the page. Opened later with `marimo edit`, it waits for the run button.")
        sys.exit(_edit(path))


def _edit(path: Path) -> int:
    """marimo in the foreground; its exit code. It asks nobody whether there is a newer one."""
    place = str(path.absolute())  # a name such as -x.py would be an option
    command = [sys.executable, "-m", "marimo", "edit", place, "--skip-update-check"]
    process = subprocess.Popen(command, env=os.environ | RUN)  # noqa: S603 - our own arguments
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # marimo has heard it too, and asks whether to stop
            continue
