"""`ironlaw registry`: every figure that the labs use, with its source."""

from __future__ import annotations

import dataclasses
from typing import Any

import click

from ironlaw.cli import _json
from ironlaw.cli._table import console, table
from ironlaw.registry import KINDS, Entity, RegistryError, UnknownEntity, digest, every, get


@click.group("registry", help=f"Look up a figure and its source. Kinds of entity: {', '.join(KINDS)}.")
def registry() -> None:
    """The commands that look figures up."""


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
        _json.show(_document(entity))
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
        _json.show({"digest": digest(), "entities": rows})
    else:
        listed = [(entity.id, entity.kind, entity.name) for entity in entities]
        console().print(table(("id", "kind", "name"), listed))


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
    columns = ("field", "value", "SI value", "source", "date", "evidence", "note")
    console().print(table(columns, rows, title, right=(1, 2), lines=True))
