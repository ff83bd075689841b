"""`ironlaw ledger`: look into the design ledger, carry it elsewhere, check it, erase it.

Every command exits 0 when all went well, 1 when it did not, 2 for a command line that makes no sense.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import click

from ironlaw.cli import _json
from ironlaw.ledger import (
    ActState,
    ImportReport,
    LabState,
    LedgerError,
    LedgerState,
    SqliteStore,
    default_path,
    design_record,
    fold,
    verify_file,
)
from ironlaw.ledger import erase as erase_events
from ironlaw.ledger import export as export_events
from ironlaw.ledger import import_ as import_events
from ironlaw.ledger.recover import present

Command = TypeVar("Command", bound=Callable[..., Any])
SHOWN = 10  # refused lines printed; --json of `import` would only repeat the file


@click.group()
def ledger() -> None:
    """Your design ledger: every prediction, failure, reflection and decision."""


def _common(command: Command) -> Command:
    """The options that every command has."""
    path = click.option(
        "--ledger",
        "--path",
        "path",
        type=click.Path(path_type=Path, dir_okay=False),
        help="The ledger file. [default: yours]",
    )
    learner = click.option("--learner", default="local", show_default=True, help="Whose events.")
    return path(learner(command))


_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_everyone = click.option("--everyone", is_flag=True, help="All learners of the file, not one.")


@contextmanager
def _failing() -> Iterator[None]:
    """A ledger error or a system error is a message and exit status 1."""
    try:
        yield
    except LedgerError as error:
        raise click.ClickException(error.message) from error
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def _opened(path: Path | None, *, make: bool = False) -> Iterator[SqliteStore]:
    """The store; a file that is not there is made only where that makes sense. Notices go to standard error."""
    where = path or default_path()
    with _failing():
        if not make and not present(where):
            raise click.ClickException(f"there is no ledger at {where} yet")
        with SqliteStore(where) as store:
            for notice in store.notices():
                click.echo(f"{notice.level} ({notice.at}): {notice.text}", err=True)
            yield store


# --- show -------------------------------------------------------------------------------------------------------------


@ledger.command()
@click.argument("lab", required=False)
@_as_json
@_common
def show(lab: str | None, path: Path | None, learner: str, as_json: bool) -> None:
    """What the ledger says of each lab, or of LAB.

    \b
    --json: {"path", "learner", "events", "last_saved",
      "labs": {id: {"id", "events", "opened_at", "completed_at", "last_saved",
                    "context", "exports", "imports", "acts": {id: {"prediction",
                    "second", "repredictions", "settings", "moves", "designs",
                    "reset_at", "hits", "revealed", "reflections", "decision",
                    "redecisions"}}, "record": DESIGN RECORD}},
      "tracks": [{"track", "id", "at", "client_time"}],
      "measured": [{"results", "machine", "id", "at", "client_time"}],
      "notices": [{"id", "level", "text", "at", "aside"}]}
    """
    with _opened(path) as store:
        state = fold(store.events(learner))
        notices = [asdict(notice) for notice in store.notices()]
        where = str(store.path)
    labs = {name: found for name, found in state.labs.items() if lab in (None, name)}
    if lab and not labs:
        known = ", ".join(sorted(state.labs)) or "none"
        raise click.ClickException(f"the ledger has no events of lab {lab!r} by {learner!r}; it has: {known}")
    if as_json:
        told = {name: _lab_json(found) for name, found in labs.items()}
        head = {"path": where, "learner": learner, "events": state.events, "last_saved": state.last_saved}
        beside = {"tracks": state.tracks, "measured": state.measured}
        _json.show(head | {"labs": told} | beside | {"notices": notices})
        return
    click.echo(f"{where}\n{learner}: {state.events} events, last saved {state.last_saved or 'never'}")
    for found in labs.values():
        click.echo("\n".join(_lab_lines(found)))
    if lab is None:
        _show_beside(state)


def _lab_json(lab: LabState) -> dict[str, Any]:
    told = asdict(lab)
    for act_id, act in lab.acts.items():
        told["acts"][act_id]["moves"] = act.moves
    return told | {"record": design_record(lab)}


def _show_beside(state: LedgerState) -> None:
    """What belongs to no lab: the track, and the machine that was measured."""
    if state.tracks:
        click.echo(f"\ntrack  {state.tracks[-1]['track']}, choice {len(state.tracks)}")
    for entry in state.measured[-1:]:
        cpu = entry["machine"].get("cpu", "a machine")
        click.echo(
            f"\nprobe  {len(state.measured)} stored, the last at {entry['at']}: {len(entry['results'])} figures of {cpu}"
        )


def _lab_lines(lab: LabState) -> Iterator[str]:
    done = f"completed {lab.completed_at}" if lab.completed_at else "not completed"
    yield f"\n{lab.id}  {lab.events} events, context {lab.context or 'not chosen'}, {done}"
    for act in lab.acts.values():
        yield f"  {act.id}  " + "; ".join(_act_facts(act))


def _act_facts(act: ActState) -> Iterator[str]:
    if act.prediction:
        yield f"predicted {act.prediction['option']} at confidence {act.prediction['confidence']:g}"
    yield f"{act.moves} moves"
    for name, record in act.hits.items():
        yield f"{name} hit {record.hits}, left {record.recoveries}"
    if act.revealed:
        yield "revealed"
    if act.reflections:
        yield "reflected"
    if act.decision:
        yield f"decided {act.decision.get('option', act.decision.get('choice'))}"


# --- export and import ------------------------------------------------------------------------------------------------


@ledger.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
@_everyone
@_common
def export(file: Path | None, path: Path | None, learner: str, force: bool, everyone: bool) -> None:
    """Write one file of JSON Lines with a learner's events, to FILE or standard output."""
    with _opened(path) as store:
        text = export_events(store, None if everyone else learner)
    if file is None:
        click.echo(text.encode(), nl=False)  # the file is UTF-8, whatever the terminal is
        return
    if file.exists() and not force:
        raise click.ClickException(f"{file} exists; --force replaces it")
    with _failing():
        _write_private(file, text)
    click.echo(f"{text.count(chr(10)) - 1} events written to {file}")


def _write_private(file: Path, text: str) -> None:
    """Write the whole file or none of it, readable only by its owner."""
    part = file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    part.replace(file)


@ledger.command("import")
@click.argument("file", type=click.File("r", encoding="utf-8"))
@_as_json
@_everyone
@_common
def import_(file: Any, path: Path | None, learner: str, as_json: bool, everyone: bool) -> None:
    """Add the events of an exported FILE (- is standard input). Importing a file twice changes nothing.

    \b
    Exit status 1 when something was refused or the file is not complete.
    --json: {"added", "duplicate", "complete", "reason",
      "refused": [{"line", "code", "reason", "id", "device", "seq"}]}
    """
    with _failing():
        text = file.read()
    with _opened(path, make=True) as store:
        report = import_events(store, text, None if everyone else learner)
    if as_json:
        _json.show(asdict(report))
    else:
        click.echo("\n".join(_import_lines(report)))
    if not report.ok:
        raise SystemExit(1)


def _import_lines(report: ImportReport) -> Iterator[str]:
    yield f"{report.added} events added, {report.duplicate} were here already, {len(report.refused)} refused"
    if report.reason:
        yield report.reason
    for refused in report.refused[:SHOWN]:
        yield f"  line {refused.line}: {refused.reason}"
    if len(report.refused) > SHOWN:
        yield f"  … and {len(report.refused) - SHOWN} more"


# --- verify and erase -------------------------------------------------------------------------------------------------


@ledger.command()
@_as_json
@_common
def verify(path: Path | None, learner: str, as_json: bool) -> None:  # noqa: ARG001 - a chain is checked whole, whoever asks
    """Check the file and every hash in it, for all learners. Changes nothing.

    \b
    Exit status 1 when anything does not verify.
    --json: {"path", "ok", "events", "devices", "learners", "fault",
      "breaks": [{"device", "seq", "id", "code", "reason"}]}
    """
    where = path or default_path()
    with _failing():
        report = verify_file(where)
    if as_json:
        _json.show({"path": str(where), "ok": report.ok} | asdict(report))
    elif report.ok:
        click.echo(f"{where}: {report.events} events of {report.devices} devices verify")
    else:
        for reason in filter(None, [report.fault, *(found.reason for found in report.breaks)]):
            click.echo(f"{where}: {reason}", err=True)
    if not report.ok:
        raise SystemExit(1)


@ledger.command()
@click.option("--yes", is_flag=True, help="Really erase.")
@click.option(
    "--copies", is_flag=True, help="Also delete damaged copies that were set aside; they may hold other learners."
)
@_common
def erase(path: Path | None, learner: str, yes: bool, copies: bool) -> None:
    """Erase all events of a learner for good. Export them first if you may want them back."""
    with _opened(path) as store:
        if not yes:
            count = len(store.events(learner))
            raise click.ClickException(
                f"this erases {count} events of {learner!r} for good: add --yes. Nothing was erased."
            )
        report = erase_events(store, learner, copies=copies)
    click.echo(f"{report.events} events of {learner!r} in {report.labs} labs erased")
    if report.copies:
        names = ", ".join(report.copies)
        click.echo(
            f"deleted: {names}" if copies else f"kept, and may still hold events (--copies deletes them): {names}"
        )
    if not report.log_emptied:
        raise click.ClickException("another process has the ledger open: its log keeps traces until that one is closed")
