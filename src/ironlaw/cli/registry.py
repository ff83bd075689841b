"""`ironlaw registry`: every figure that the labs use, with its source."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import click

from ironlaw.registry import KINDS, Entity, RegistryError, UnknownEntity, digest, every, get

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

_PIPE_WIDTH = 160  # a pipe has no width of its own, and 80 columns would break each note into slivers


@click.group("registry")
def registry() -> None:
    """Look up devices, links, models, formats, prices and calibrations."""


@registry.command()
@click.argument("entity_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def show(entity_id: str, as_json: bool) -> None:
    """Print each field of ID with value, SI value, source, date, evidence and note."""
    try:
        entity = get(entity_id)
    except UnknownEntity as error:
        raise click.BadParameter(f"{error}. See 'ironlaw registry list'.", param_hint="ID") from None
    except RegistryError as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        click.echo(json.dumps(_document(entity), ensure_ascii=False, indent=2))
    else:
        _print_entity(entity)


@registry.command("list")
@click.argument("kind", required=False, type=click.Choice(list(KINDS)))
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def list_entities(kind: str | None, as_json: bool) -> None:
    """Print all ids, or those of one KIND."""
    try:
        entities = [entity for each in ([kind] if kind else KINDS) for entity in every(each)]
    except RegistryError as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        rows = [{"id": entity.id, "kind": entity.kind, "name": entity.name} for entity in entities]
        click.echo(json.dumps({"digest": digest(), "entities": rows}, ensure_ascii=False, indent=2))
    else:
        _print_table(("id", "kind", "name"), [(entity.id, entity.kind, entity.name) for entity in entities])


def _document(entity: Entity) -> dict[str, Any]:
    """The entity as JSON: what `show` prints, and the registry's digest."""
    fields = [dataclasses.asdict(field) | {"text": field.text} for field in entity.fields.values()]
    return {
        "id": entity.id,
        "kind": entity.kind,
        "name": entity.name,
        "aliases": list(entity.aliases),
        "digest": digest(),
        "fields": fields,
    }


def _print_entity(entity: Entity) -> None:
    rows = [
        (
            field.name,
            field.text,
            f"{field.si:.10g}",
            field.source,
            field.date,
            field.evidence if field.verified else f"{field.evidence} (unverified)",
            field.note,
        )
        for field in entity.fields.values()
    ]
    title = f"{entity.id} · {entity.name} · {entity.kind}"
    _print_table(("field", "value", "SI value", "source", "date", "evidence", "note"), rows, title)


def _print_table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], title: str | None = None) -> None:
    # rich is imported late: other commands should not pay for it.
    from rich.table import Table  # noqa: PLC0415

    table = Table(title=title, title_justify="left", show_lines=title is not None)
    for column in columns:
        numeric = column in {"value", "SI value"}
        table.add_column(column, justify="right" if numeric else "left", no_wrap=numeric, overflow="fold")
    for row in rows:
        table.add_row(*row)
    _console().print(table)


def _console() -> Console:
    from rich.console import Console  # noqa: PLC0415

    console = Console(markup=False, highlight=False)
    return console if console.is_terminal else Console(markup=False, highlight=False, width=_PIPE_WIDTH)
