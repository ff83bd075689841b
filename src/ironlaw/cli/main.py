"""`ironlaw`: finds the commands in this package and loads only the one that is called.

Importing this module imports click and nothing heavier, so that a command is on the screen at once.
"""

from __future__ import annotations

import io
import re
import sys
from importlib import import_module
from pkgutil import iter_modules

import click

from ironlaw import __version__, cli

USAGE, FAILED = 2, 1  # exit codes: asked wrongly; asked rightly and failed


class Commands(click.Group):
    """The group whose commands are the modules of `ironlaw.cli`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the interface of click
        """Names of all commands, in order."""
        names = (module.name for module in iter_modules(cli.__path__))
        return [name.replace("_", "-") for name in names if name != "main" and not name.startswith("_")]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, or None. A module without one is not a command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = cmd_name.replace("-", "_")
        found = getattr(import_module(f"{cli.__name__}.{module}"), module, None)
        return found if isinstance(found, click.Command) else None


@click.group(cls=Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ironlaw", message="%(prog)s %(version)s")
@click.pass_context
def ironlaw(ctx: click.Context) -> None:
    """A flight simulator for people who build machine-learning systems."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main() -> None:
    """Run the command line: errors of the user are one line on stderr and an exit code, never a traceback."""
    for stream in (sys.stdout, sys.stderr):  # "×" on a terminal that lacks it is a "?", and no reason to stop
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        code = ironlaw.main(prog_name="ironlaw", standalone_mode=False)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # a group alone; click before 8.2 shows its help by itself
            click.echo(error.format_message())
            sys.exit(0)
        fail(_told(error), error.exit_code)
    except Exception as error:
        if not _expected(error):
            raise
        fail(str(error), FAILED)
    sys.exit(code if isinstance(code, int) else 0)


def fail(message: str, code: int) -> None:
    """Say one line on stderr and leave. What was typed is quoted, but never a page of it."""
    line = re.sub(r"(\S{120})\S{180,}(\S{60})", r"\1…\2", " ".join(message.split()))
    click.echo(f"ironlaw: {line}", err=True)
    sys.exit(code)


def _told(error: click.ClickException) -> str:
    message = error.format_message()
    if isinstance(error, click.UsageError) and error.ctx:
        return f"{message} Try '{error.ctx.command_path} --help'."
    return message


def _expected(error: Exception) -> bool:
    """Whether an error speaks to the user: a refusal, or a ledger that cannot be used. Imported late: only failures pay."""
    from ironlaw.labkit.refusal import Refusal  # noqa: PLC0415
    from ironlaw.ledger.errors import LedgerError  # noqa: PLC0415

    return isinstance(error, Refusal | LedgerError)


if __name__ == "__main__":
    main()
