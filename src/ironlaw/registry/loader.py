"""Reads and checks the data files, one file an id and only when it is asked for.

`Registry(root)` works on any folder laid out as `<kind>s/<id>.toml`; the package's own data is the default.
Every rule of `schema.KINDS` is checked when a file is read, so a wrong figure cannot reach an equation.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ironlaw import quantities
from ironlaw.registry.schema import EVIDENCE, KINDS, Entity, Field, FieldRule, RegistryError, UnknownEntity

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

# An id becomes a file name: nothing else may pass, no dot and no slash.
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_DATE = re.compile(r"[0-9]{4}(?:-[0-9]{2}){0,2}")
_SOURCE_KEYS = ("title", "date", "where", "evidence")
_FIELD_KEYS = ("value", "unit", "source", "note")
_TOP_KEYS = ("id", "kind", "name", "aliases", "sources", "fields")


class Registry:
    """The entities below one folder. Reading is lazy and cached; entities are immutable and safe to share."""

    def __init__(self, root: Traversable | None = None) -> None:
        self._given = root
        self._entities: dict[str, Entity] = {}
        self._digest: str | None = None

    @property
    def _root(self) -> Traversable:
        if self._given is None:
            # Imported late: `import ironlaw.registry` stays cheap.
            from importlib.resources import files  # noqa: PLC0415

            self._given = files("ironlaw.registry") / "data"
        return self._given

    def get(self, entity_id: str) -> Entity:
        """The entity of that id, of any kind. UnknownEntity (a KeyError) names the nearest ids."""
        entity = self._entities.get(entity_id) if isinstance(entity_id, str) else None
        if entity is not None:
            return entity
        if isinstance(entity_id, str) and len(entity_id) <= 80 and _ID.fullmatch(entity_id):
            for kind in KINDS:
                file = self._root / f"{kind}s" / f"{entity_id}.toml"
                if file.is_file():
                    self._entities[entity_id] = entity = _read(file, kind, entity_id)
                    return entity
        raise UnknownEntity("entity", entity_id, (known for kind in KINDS for known in self.ids(kind)))

    def ids(self, kind: str) -> tuple[str, ...]:
        """All ids of a kind, sorted. UnknownEntity names the nearest kinds."""
        if kind not in KINDS:
            raise UnknownEntity("kind", kind, KINDS)
        folder = self._root / f"{kind}s"
        if not folder.is_dir():
            return ()
        return tuple(sorted(file.name[:-5] for file in folder.iterdir() if file.name.endswith(".toml")))

    def every(self, kind: str) -> tuple[Entity, ...]:
        """All entities of a kind, in order of id."""
        return tuple(self.get(entity_id) for entity_id in self.ids(kind))

    def names(self) -> frozenset[str]:
        """Names and aliases of all entities (the prose check lets the digits in them pass)."""
        return frozenset(self.check())

    def check(self) -> dict[str, str]:
        """Read every file; RegistryError at the first broken rule, also for an id or name used twice.

        Returns name or alias -> id.
        """
        owners: dict[str, str] = {}
        seen: dict[str, str] = {}
        for kind in KINDS:
            for entity_id in self.ids(kind):
                if entity_id in seen:
                    raise RegistryError(f"{kind}s/{entity_id}.toml: id is taken by {seen[entity_id]}s/{entity_id}.toml")
                seen[entity_id] = kind
                entity = self.get(entity_id)
                for name in (entity.name, *entity.aliases):
                    if name in owners:
                        raise RegistryError(f"{kind}s/{entity_id}.toml: name {name!r} is taken by {owners[name]}")
                    owners[name] = entity_id
        return owners

    def digest(self) -> str:
        """SHA-256 (hex) of all data files, names and contents, the same on every platform: goes into ledger events."""
        if self._digest is None:
            import hashlib  # noqa: PLC0415 - late: it loads OpenSSL

            total = hashlib.sha256()
            for kind in sorted(KINDS):
                for entity_id in self.ids(kind):
                    path = f"{kind}s/{entity_id}.toml"
                    # A checkout with other line endings holds the same data.
                    content = (self._root / f"{kind}s" / f"{entity_id}.toml").read_bytes().replace(b"\r\n", b"\n")
                    total.update(f"{path}\0{len(content)}\0".encode() + content)
            self._digest = total.hexdigest()
        return self._digest


def _read(file: Traversable, kind: str, entity_id: str) -> Entity:
    import tomllib  # noqa: PLC0415 - late, as above

    path = f"{kind}s/{file.name}"
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RegistryError(f"{path}: not valid TOML: {error}") from error
    _only(path, "top level", data, _TOP_KEYS)
    for key, wanted in (("id", entity_id), ("kind", kind)):
        if data.get(key) != wanted:
            raise RegistryError(f"{path}: {key} is {data.get(key)!r}; allowed: {wanted!r}, as the file's place says")
    aliases = data.get("aliases", [])
    if not isinstance(aliases, list):
        raise RegistryError(f"{path}: aliases is {aliases!r}; allowed: a list of texts")
    sources = _sources(path, _table(path, data, "sources"))
    fields = _fields(path, kind, _table(path, data, "fields"), sources)
    return Entity(
        id=entity_id,
        kind=kind,
        name=_text(path, "name", data.get("name")),
        aliases=tuple(_text(path, "aliases", alias) for alias in aliases),
        fields=MappingProxyType(fields),
    )


def _sources(path: str, tables: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    sources: dict[str, dict[str, str]] = {}
    for key in tables:
        table, place = _table(path, tables, key), f"sources.{key}"
        _only(path, place, table, _SOURCE_KEYS)
        source = {name: _text(path, f"{place}.{name}", table.get(name)) for name in _SOURCE_KEYS}
        if source["evidence"] not in EVIDENCE:
            raise RegistryError(
                f"{path}: {place}.evidence is {source['evidence']!r}; allowed: {', '.join(map(repr, EVIDENCE))}"
            )
        if not _DATE.fullmatch(source["date"]):
            raise RegistryError(
                f"{path}: {place}.date is {source['date']!r}; allowed: '2024', '2024-05' or '2024-05-31'"
            )
        sources[key] = source
    return sources


def _fields(
    path: str, kind: str, tables: Mapping[str, Any], sources: Mapping[str, Mapping[str, str]]
) -> dict[str, Field]:
    rule = KINDS[kind]
    _only(path, "fields", tables, tuple(rule.fields))
    fields = {name: _field(path, name, _table(path, tables, name), rule.fields[name], sources) for name in tables}
    cited = {_table(path, tables, name)["source"] for name in tables}
    if idle := sources.keys() - cited:
        raise RegistryError(f"{path}: sources.{min(idle)} is cited by no field")
    if not fields:
        raise RegistryError(f"{path}: fields is empty; allowed: {', '.join(rule.fields)}")
    for name in rule.required:
        if name not in fields:
            raise RegistryError(f"{path}: field {name} is missing; a {kind} needs {', '.join(rule.required)}")
    if any(name in fields for name in rule.together):
        for name in rule.together:
            if name not in fields:
                raise RegistryError(f"{path}: field {name} is missing; these come together: {', '.join(rule.together)}")
    for low, high in rule.orders:
        if low in fields and high in fields and fields[low].si > fields[high].si:
            raise RegistryError(
                f"{path}: field {low} is {fields[low].value} {fields[low].unit}; "
                f"allowed: at most {high}, {fields[high].value} {fields[high].unit}"
            )
    for part, whole in rule.divides:
        if part in fields and whole in fields and fields[whole].si % fields[part].si:
            raise RegistryError(
                f"{path}: field {part} is {fields[part].value}; allowed: a divisor of {whole}, {fields[whole].value}"
            )
    return fields


def _field(
    path: str, name: str, table: Mapping[str, Any], rule: FieldRule, sources: Mapping[str, Mapping[str, str]]
) -> Field:
    place = f"field {name}"
    _only(path, place, table, _FIELD_KEYS)
    value, unit, key = table.get("value"), table.get("unit"), table.get("source")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise RegistryError(f"{path}: {place} has value {value!r}; allowed: a finite number above 0")
    unit = _text(path, f"{place}.unit", unit)
    try:
        dimension, si = quantities.dimension_of(unit), quantities.to_si(value, unit)
    except quantities.QuantityError as error:
        raise RegistryError(f"{path}: {place}: {error}") from error
    if dimension != rule.dimension:
        raise RegistryError(f"{path}: {place} has unit {unit!r}, a {dimension}; allowed: a unit of {rule.dimension}")
    if si > rule.high:
        raise RegistryError(f"{path}: {place} has value {value} {unit}; allowed: at most {rule.high:g} in SI")
    if rule.whole and si != int(si):
        raise RegistryError(f"{path}: {place} has value {value}; allowed: a whole number")
    if not isinstance(key, str) or key not in sources:
        raise RegistryError(f"{path}: {place} has source {key!r}; allowed: {', '.join(sources) or 'none is defined'}")
    source = sources[key]
    return Field(
        name=name,
        value=float(value),
        unit=unit,
        si=si,
        dimension=dimension,
        source=source["title"],
        date=source["date"],
        evidence=source["evidence"],
        note=_text(path, f"{place}.note", table["note"]) if "note" in table else "",
        where=source["where"],
        kind=rule.kind,
    )


def _only(path: str, place: str, table: Mapping[str, Any], allowed: tuple[str, ...]) -> None:
    for key in table:
        if key not in allowed:
            raise RegistryError(f"{path}: {place} has unknown key {key!r}; allowed: {', '.join(allowed)}")


def _table(path: str, data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    table = data.get(key)
    if not isinstance(table, dict):
        raise RegistryError(f"{path}: {key} is {table!r}; allowed: a table")
    return table


def _text(path: str, place: str, text: object) -> str:
    if not isinstance(text, str) or not text.strip():
        raise RegistryError(f"{path}: {place} is {text!r}; allowed: a text that is not empty")
    return text
