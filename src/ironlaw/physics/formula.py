r"""One expression text, two uses: it is evaluated in tests and rendered to LaTeX on the page.

What is shown is therefore what is run. The text is Python arithmetic over short symbols (`+ - * / **`, parentheses)
with the functions max, min, exp, ln, log2, ceil, floor, sqrt and Phi (the normal distribution). Nothing else is accepted, and nothing is ever passed to `eval`.

    Formula("2*(n-1)/n*M/B").latex()  ->  \frac{2 \cdot \left(n - 1\right)}{n} \cdot \frac{M}{B}

The author's order decides the fractions: each run of factors followed by its divisors becomes one fraction.
"""

from __future__ import annotations

import ast
import operator
import re
from functools import reduce
from typing import TYPE_CHECKING, Any

from . import num

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "max": lambda *xs: reduce(num.maximum, xs),
    "min": lambda *xs: reduce(num.minimum, xs),
    "exp": num.exp,
    "ln": num.ln,
    "log2": num.log2,
    "ceil": num.ceil,
    "floor": num.floor,
    "Phi": num.normal_cdf,
    "sqrt": num.sqrt,
}
_GREEK = re.compile(  # `lam` is λ: `lambda` is a Python keyword
    "alpha|beta|gamma|delta|epsilon|zeta|eta|theta|kappa|lam|mu|nu|xi|pi|rho|sigma|tau|phi|chi|psi|omega"
    "|Gamma|Delta|Theta|Lambda|Sigma|Phi|Psi|Omega"
)

# How tightly a piece of LaTeX binds: a looser piece inside a tighter place gets parentheses.
_SUM, _PRODUCT, _POWER, _ATOM, _UNIT = range(5)
_ONE = ("1", _UNIT)  # a symbol that is always written as 1


class Formula:
    """A parsed expression. Raises ValueError for text that is not plain arithmetic over symbols."""

    __slots__ = ("_tree", "names", "text")

    def __init__(self, text: str) -> None:
        """Parse and check `text`; `names` holds its symbols in order of appearance."""
        self.text = text
        try:
            self._tree = ast.parse(text, mode="eval").body
        except SyntaxError as error:
            raise ValueError(f"formula {text!r} cannot be read: {error.msg}") from error
        found: list[str] = []
        self._collect(self._tree, found)
        self.names = tuple(dict.fromkeys(found))

    def __repr__(self) -> str:
        return f"Formula({self.text!r})"

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        """The expression's value; `values` holds a float, array or quantity for each name."""
        missing = [name for name in self.names if name not in values]
        if missing:
            raise ValueError(f"formula {self.text!r} needs a value for {', '.join(missing)}")
        return _evaluate(self._tree, values)

    def latex(self, symbols: Mapping[str, str] | None = None) -> str:
        """LaTeX with symbols; `symbols` overrides how single names are written."""
        written = {name: (symbols or {}).get(name) or symbol_latex(name) for name in self.names}
        return _render(self._tree, {name: _symbol(text) for name, text in written.items()})[0]

    def latex_with(self, values: Mapping[str, str], symbols: Mapping[str, str] | None = None) -> str:
        r"""LaTeX with values (themselves LaTeX, such as r"26\,\text{GB}") in place of names; others stay symbols."""
        unknown = [name for name in values if name not in self.names]
        if unknown:
            raise ValueError(
                f"formula {self.text!r} has no symbol {', '.join(unknown)}; it has {', '.join(self.names)}"
            )
        pieces = {name: _symbol((symbols or {}).get(name) or symbol_latex(name)) for name in self.names}
        pieces |= {name: (value, _binding(value)) for name, value in values.items()}
        return _render(self._tree, pieces)[0]

    def _collect(self, node: ast.expr, found: list[str]) -> None:
        match node:
            case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
                pass
            case ast.Name(id=name):
                found.append(name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                self._collect(operand, found)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                self._collect(left, found)
                self._collect(right, found)
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
                wanted = len(args) >= 2 if name in {"max", "min"} else len(args) == 1
                if not wanted:
                    raise ValueError(f"formula {self.text!r}: wrong number of arguments for {name}()")
                for argument in args:
                    self._collect(argument, found)
            case _:
                raise ValueError(
                    f"formula {self.text!r}: {ast.unparse(node)!r} is not allowed; "
                    f"use numbers, symbols, + - * / ** and {', '.join(_FUNCTIONS)}"
                )


def _evaluate(node: ast.expr, values: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return values[name]
        case ast.UnaryOp(operand=operand):
            return -_evaluate(operand, values)
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATORS[type(op)](_evaluate(left, values), _evaluate(right, values))
        case ast.Call(func=ast.Name(id=name), args=args):
            return _FUNCTIONS[name](*(_evaluate(argument, values) for argument in args))
    raise _unreachable(node)


Piece = tuple[str, int]  # LaTeX and how tightly it binds


def _symbol(text: str) -> Piece:
    return _ONE if text == "1" else (text, _ATOM)


def _render(node: ast.expr, pieces: Mapping[str, Piece]) -> Piece:
    match node:
        case ast.Constant(value=int() | float() as value):
            return number_latex(value), _ATOM if "e" not in repr(value) else _PRODUCT
        case ast.Name(id=name):
            return pieces[name]
        case ast.UnaryOp(operand=operand):
            return "-" + _within(_render(operand, pieces), _PRODUCT), _SUM
        case ast.BinOp():
            return _binary(node, pieces)
        case ast.Call(func=ast.Name(id=name), args=args):
            return _call(name, [_render(argument, pieces)[0] for argument in args]), _ATOM
    raise _unreachable(node)


def _binary(node: ast.BinOp, pieces: Mapping[str, Piece]) -> Piece:
    if isinstance(node.op, ast.Mult | ast.Div):
        return _product(node, pieces)
    left, right = _render(node.left, pieces), _render(node.right, pieces)
    if isinstance(node.op, ast.Pow):
        return f"{{{_within(left, _ATOM)}}}^{{{right[0]}}}", _POWER
    return _sum(left, right, minus=isinstance(node.op, ast.Sub))


def _sum(left: Piece, right: Piece, *, minus: bool) -> Piece:
    # a - (b + c) and a + (-b) keep their parentheses; a + (b + c) needs none.
    shown = _within(right, _PRODUCT) if minus or right[0].startswith(("-", "−")) else right[0]
    return f"{left[0]} {'-' if minus else '+'} {shown}", _SUM


def _product(node: ast.expr, pieces: Mapping[str, Piece]) -> Piece:
    """A chain of * and / as fractions: each run of factors with the run of divisors that follows it."""
    runs: list[tuple[list[Piece], list[Piece]]] = [([], [])]
    for divides, factor in _chain(node, pieces):
        above, below = runs[-1]
        if divides:
            below.append(_render(factor, pieces))
        elif below:
            runs.append(([_render(factor, pieces)], []))
        else:
            above.append(_render(factor, pieces))
    texts = []
    for above, below in runs:
        if below:
            texts.append(rf"\frac{{{_join(above, alone=True)}}}{{{_join(below, alone=True)}}}")
        else:
            texts.append(_join(above, alone=False))
    return r" \cdot ".join(texts), _PRODUCT


def _chain(node: ast.expr, pieces: Mapping[str, Piece]) -> list[tuple[bool, ast.expr]]:
    """The factors and divisors in their order. A constant of 1 stands there for its unit, and is left out."""
    match node:
        case ast.BinOp(left=left, op=ast.Mult(), right=ast.BinOp(op=ast.Mult()) as right):
            return _chain(left, pieces) + _chain(right, pieces)
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div(), right=ast.Name(id=name)) if pieces[name] == _ONE:
            return _chain(left, pieces)
        case ast.BinOp(left=ast.Name(id=name), op=ast.Mult(), right=right) if pieces[name] == _ONE:
            return [(False, right)]
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div() as op, right=right):
            return [*_chain(left, pieces), (isinstance(op, ast.Div), right)]
    return [(False, node)]


def _join(factors: list[Piece], *, alone: bool) -> str:
    if alone and len(factors) == 1:
        return factors[0][0]  # the fraction's bar is parenthesis enough
    return r" \cdot ".join(_within(factor, _PRODUCT) for factor in factors)


def _call(name: str, arguments: list[str]) -> str:
    match name:
        case "sqrt":
            return rf"\sqrt{{{arguments[0]}}}"
        case "ceil":
            return rf"\left\lceil {arguments[0]} \right\rceil"
        case "floor":
            return rf"\left\lfloor {arguments[0]} \right\rfloor"
        case "log2":
            return rf"\log_{{2}}\left({arguments[0]}\right)"
    listed = r",\, ".join(arguments)
    return rf"\{name}\left({listed}\right)"


def _within(piece: Piece, place: int) -> str:
    text, binding = piece
    return text if binding >= place else rf"\left({text}\right)"


def _binding(value: str) -> int:
    """How a value's LaTeX binds: a sign needs parentheses in a product, a unit or a times sign in a power."""
    if value.startswith(("-", "−")):
        return _SUM
    return _ATOM if re.fullmatch(r"[\d.,{}]+", value) else _PRODUCT


def _unreachable(node: ast.expr) -> AssertionError:
    return AssertionError(f"unchecked node {ast.dump(node)}")


def symbol_latex(name: str) -> str:
    r"""`alpha` → \alpha, `B_port` → B_{\text{port}}, `MFU` → \text{MFU}."""
    head, _, index = name.partition("_")
    return _word(head) + (f"_{{{_word(index)}}}" if index else "")


def _word(word: str) -> str:
    if _GREEK.fullmatch(word):
        return rf"\{word}" if word != "lam" else r"\lambda"
    return word if len(word) == 1 or word.isdigit() else rf"\text{{{word}}}"


def number_latex(value: float) -> str:
    r"""6.0 → 6, 0.5 → 0.5, 1e-06 → 10^{-6}, 2.5e-06 → 2.5 \times 10^{-6}."""
    mantissa, _, exponent = repr(value).partition("e")
    mantissa = mantissa.removesuffix(".0")
    if not exponent:
        return mantissa
    power = f"10^{{{int(exponent)}}}"
    return power if mantissa == "1" else rf"{mantissa} \times {power}"


def quantity_latex(text: str) -> str:
    r"""LaTeX of a formatted figure.

    "26 GB" → 26\,\text{GB}, "62 %" → 62\,\%, "13B" → 13\text{B}, "$40,000" → \$\text{40,000}.
    """
    match = re.fullmatch(r"([-−]?)(\$?)(\d[\d,]*(?:\.\d+)?)(\s*)(.*)", text.strip(), re.DOTALL)
    if match is None:
        return _text(text)
    sign, currency, digits, space, unit = match.groups()
    # A comma outside \text would be set as punctuation, with a gap after it.
    parts = ["-" if sign else "", r"\$" if currency else "", _text(digits) if "," in digits else digits]
    return "".join([*parts, r"\," if space and unit else "", _text(unit)])


def _text(text: str) -> str:
    r"""\text{…}, with the per cent and dollar signs beside it, and nothing in it that LaTeX or markup could read."""
    safe = re.sub(r"[\\{}<>&]", " ", text)
    parts = re.split(r"([%$])", safe)
    return "".join(rf"\{part}" if part in {"%", "$"} else rf"\text{{{part}}}" for part in parts if part)
