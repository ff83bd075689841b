"""What commands that use the ledger share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
LEARNER = "local"  # one learner, no account


def ledger_option(command: F) -> F:
    """`--ledger PATH`, handed to the command as `ledger: Path | None`."""
    option = click.option(
        "--ledger",
        type=click.Path(dir_okay=False, path_type=Path),
        help="The ledger file. Otherwise $IRONLAW_HOME/ledger.sqlite, or the usual place for your data.",
    )
    return option(command)


def place(ledger: Path | None) -> Path:
    """Where the ledger lies."""
    from ironlaw.ledger import default_path  # noqa: PLC0415 - `--help` should not pay for it

    return (ledger or default_path()).expanduser().absolute()
