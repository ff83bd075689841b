"""Options made from a function's signature: the engine says what it takes, the command line repeats it.

The module of the function has `PARAMETERS`, one line of help for each parameter. A parameter that takes a text with a
unit (`float | str`) is passed on as it was typed; the engine reads it and names what is wrong with it.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import click

from ironlaw import quantities

# Nothing that is built is outside, and what is made of several such numbers still has a text.
LEAST, MOST = 1e-30, 1e30


class Read(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.3
    """A number as a person writes it: 1024, 1,024, 15e12."""

    def __init__(self, name: str, allowed: str) -> None:
        """`allowed` says what may be typed."""
        self.name, self.allowed = name, allowed

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number. What is none is refused with what may be typed."""
        try:
            read = quantities.parse(str(value))
        except quantities.QuantityError:
            read = None
        if read is None or read.dimension not in {"number", "share"} or not self.holds(read):
            self.fail(f"must be {self.allowed}, got {value[:60]!r}", param, ctx)
        return self.number(read.value)

    def holds(self, read: quantities.Quantity) -> bool:
        """Whether the number is one of these."""
        return _sized(read.value)

    def number(self, value: float) -> float:
        """The number as it is passed on."""
        return value


class Whole(Read):
    """The same without fraction."""

    def holds(self, read: quantities.Quantity) -> bool:
        """Whether a float holds it exactly."""
        return read.dimension == "number" and not read.value % 1 and abs(read.value) < 2**53

    def number(self, value: float) -> int:
        """As int."""
        return int(value)


class Amount(click.ParamType):  # type: ignore[type-arg]  # as above
    """A number in SI, or a text with its unit, which the engine reads."""

    name = "amount"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float | str:
        """The number, or the text as it was typed."""
        try:
            read = quantities.parse(str(value))
        except quantities.QuantityError:
            return str(value)  # the engine knows what it should have been
        if not _sized(read.value):
            self.fail(f"must be 0, or {LEAST:g} to {MOST:g} in SI, got {value[:60]!r}", param, ctx)
        return read.value if read.dimension == "number" else str(value)


def _sized(value: float) -> bool:
    return value == 0 or LEAST <= abs(value) <= MOST


NUMBER = Read("number", f"a number such as 0.6 or 15e12, of at most {MOST:g}")
PLAIN: dict[str, Any] = {
    "int": Whole("integer", "a whole number such as 8 or 1,024"),
    "float": NUMBER,
    "str": click.STRING,
}


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


def told(error: Exception, asked: Mapping[str, Any]) -> click.UsageError:
    """The engine's refusal as the command line says it, with the option that it is about. `asked` has all of them."""
    field = str(getattr(error, "field", "")).partition(" ")[0]
    options = [field] if field in asked else [name for name, value in asked.items() if _about(error, value)]
    if len(options) != 1:
        return click.UsageError(str(error))
    return click.BadParameter(str(error), param_hint=f"'--{options[0].replace('_', '-')}'")


def _about(error: Exception, value: object) -> bool:
    """Whether an unknown name is one of those in an option's text, or that of something without the field."""
    name = getattr(error, "name", None)
    if name is None or not isinstance(value, str):
        return False
    texts = [text.strip() for text in value.split(",")]
    return name in {value, *texts} or any(text and f" {text} " in f" {error} " for text in texts)
