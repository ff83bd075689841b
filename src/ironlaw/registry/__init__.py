"""The registry of sourced figures: devices, links, models and the other `KINDS`.

`get("h100-sxm")["memory_bandwidth"]` is 3.35e12 bytes a second; `.field("memory_bandwidth")` says where it comes from.
Nothing is read on import; each id is one file, read when it is asked for.
"""

from ironlaw.registry.loader import Registry
from ironlaw.registry.schema import (
    EVIDENCE,
    KINDS,
    Entity,
    Field,
    RegistryError,
    UnknownEntity,
    UnknownField,
    UnknownNameError,
)

__all__ = [
    "EVIDENCE",
    "KINDS",
    "Entity",
    "Field",
    "Registry",
    "RegistryError",
    "UnknownEntity",
    "UnknownField",
    "UnknownNameError",
    "check",
    "digest",
    "every",
    "get",
    "ids",
    "names",
]

_DEFAULT = Registry()
get = _DEFAULT.get
ids = _DEFAULT.ids
every = _DEFAULT.every
names = _DEFAULT.names
check = _DEFAULT.check
digest = _DEFAULT.digest
