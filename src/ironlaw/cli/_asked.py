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


class Amount(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.3
    """A number in SI, or a text with its unit, which the engine reads."""

    name = "amount"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float | str:  # noqa: ARG002 - the interface of click
        """The number, or the text as it was typed."""
        try:
            return float(value)
        except ValueError:
            return str(value)


PLAIN: dict[str, Any] = {"int": click.INT, "float": click.FLOAT, "str": click.STRING}


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
    annotation = str(parameter.annotation).removesuffix(" | None")
    name = f"--{parameter.name.replace('_', '-')}"
    if annotation == "bool":
        return click.Option([f"{name}/--no-{name[2:]}"], default=None, required=required, help=told)
    default = "" if required or parameter.default in (None, "") else f" [default: {parameter.default}]"
    kind = PLAIN.get(annotation) or Amount()
    return click.Option([name], type=kind, required=required, help=told + default, metavar=_metavar(annotation))


def given(asked: dict[str, Any]) -> dict[str, Any]:
    """What was typed: the engine has the defaults of the rest."""
    return {name: value for name, value in asked.items() if value is not None}


def _metavar(annotation: str) -> str:
    return {"int": "N", "float": "X", "str": "NAME"}.get(annotation, "AMOUNT")


def told(error: Exception, function: Callable[..., Any]) -> click.UsageError:
    """The engine's refusal as the command line says it: the field as an option."""
    field = getattr(error, "field", "")
    names = inspect.signature(function).parameters
    hint = f"--{field.replace('_', '-')}" if field in names else None
    return click.BadParameter(str(error), param_hint=hint) if hint else click.UsageError(str(error))
