"""Options made from a function's signature: the engine says what it takes, the command line repeats it.

The module of the function has `PARAMETERS`, one line of help for each parameter. A parameter that takes a text with a
unit (`float | str`) is passed on as it was typed; the engine reads it and names what is wrong with it.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from typing import Any

import click

PLAIN: dict[str, Any] = {"int": click.INT, "float": click.FLOAT, "str": click.STRING, "bool": click.BOOL}


def parameters(function: Callable[..., Any]) -> Iterator[tuple[inspect.Parameter, str]]:
    """Each parameter of `function` with its line of help. KeyError when the module's PARAMETERS lacks one."""
    help_of = vars(sys.modules[function.__module__])["PARAMETERS"]
    for parameter in inspect.signature(function).parameters.values():
        yield parameter, help_of[parameter.name]


def options(function: Callable[..., Any]) -> list[click.Parameter]:
    """An option for each parameter of `function`: `--global-batch` for `global_batch`."""
    return [_option(parameter, told) for parameter, told in parameters(function)]


def _option(parameter: inspect.Parameter, told: str) -> click.Option:
    required = parameter.default is inspect.Parameter.empty
    default = None if required else parameter.default
    annotation = str(parameter.annotation).removesuffix(" | None")
    shown = default not in (None, "") and annotation != "bool"
    name = f"--{parameter.name.replace('_', '-')}"
    if annotation == "bool":
        return click.Option([f"{name}/--no-{name[2:]}"], default=default, required=required, help=told)
    kind = PLAIN.get(annotation, click.STRING)
    return click.Option(
        [name],
        type=kind,
        default=default,
        required=required,
        show_default=shown,
        help=told,
        metavar=_metavar(annotation),
    )


def _metavar(annotation: str) -> str:
    return {"int": "N", "float": "X", "str": "NAME"}.get(annotation, "AMOUNT")


def told(error: Exception, function: Callable[..., Any]) -> click.UsageError:
    """The engine's refusal as the command line says it: the field as an option."""
    field = getattr(error, "field", "")
    names = inspect.signature(function).parameters
    hint = f"--{field.replace('_', '-')}" if field in names else None
    return click.BadParameter(str(error), param_hint=hint) if hint else click.UsageError(str(error))
