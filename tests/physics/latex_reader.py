r"""Reads the LaTeX that Formula writes and works out its value: an oracle that knows nothing of Python's grammar.

It follows what a reader sees: fractions, \cdot, powers, parentheses, sums. A lost parenthesis changes the value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

_TOKENS = re.compile(r"\\text\{[^}]*\}|\\[A-Za-z]+|\\,|\d+(?:\.\d+)?|[A-Za-z]|[-+{}^_(),]")


def normal_cdf(x: float) -> float:
    """Share of the normal distribution below `x`, exact in its tails too (statistics.NormalDist is not)."""
    return 0.5 * math.erfc(-x / math.sqrt(2))


class Reader:
    """One pass of recursive descent over the tokens."""

    def __init__(self, latex: str, symbols: Mapping[str, float]) -> None:
        self.tokens: list[str] = _TOKENS.findall(latex)
        assert "".join(self.tokens) == latex.replace(" ", ""), f"unknown token in {latex}"
        self.symbols = symbols

    def value(self) -> float:
        result = self.sum()
        assert not self.tokens, f"left over: {self.tokens}"
        return result

    def peek(self) -> str:
        return self.tokens[0] if self.tokens else ""

    def take(self, *expected: str) -> str:
        for token in expected[:-1]:
            self.take(token)
        token = self.tokens.pop(0)
        assert not expected or token == expected[-1], f"{token} instead of {expected[-1]}"
        return token

    def sum(self) -> float:
        sign = -1.0 if self.peek() == "-" and self.take() else 1.0
        result = sign * self.product()
        while self.peek() in {"+", "-"}:
            result += self.product() if self.take() == "+" else -self.product()
        return result

    def product(self) -> float:
        result = self.power()
        while self.peek() in {"\\cdot", "\\times"}:
            self.take()
            result *= self.power()
        return result

    def power(self) -> float:
        base = self.atom()
        if self.peek() != "^":
            return base
        self.take("^")
        return float(base ** self.group())

    def group(self) -> float:
        self.take("{")
        result = self.sum()
        self.take("}")
        return result

    def parentheses(self) -> list[float]:
        self.take("\\left", "(")
        results = [self.sum()]
        while self.peek() == ",":
            self.take(",", "\\,")
            results.append(self.sum())
        self.take("\\right", ")")
        return results

    def atom(self) -> float:
        match self.peek():
            case "{":
                return self.group()
            case "\\frac":
                self.take()
                above = self.group()
                return above / self.group()
            case "\\sqrt":
                self.take()
                return math.sqrt(self.group())
            case "\\max" | "\\min" | "\\log" | "\\exp" | "\\ln" | "\\Phi":
                return self.function()
            case "\\left":
                return self.rounded() if self.tokens[1] in {"\\lceil", "\\lfloor"} else self.parentheses()[0]
        return self.name_or_number()

    def function(self) -> float:
        name = self.take()
        if name == "\\log":
            self.take("_", "{", "2", "}")
            return math.log2(*self.parentheses())
        if name in {"\\exp", "\\ln", "\\Phi"}:
            (argument,) = self.parentheses()
            return {"\\exp": math.exp, "\\ln": math.log, "\\Phi": normal_cdf}[name](argument)
        return max(self.parentheses()) if name == "\\max" else min(self.parentheses())

    def rounded(self) -> float:
        self.take("\\left")
        up = self.take() == "\\lceil"
        value = self.sum()
        self.take("\\right", "\\rceil" if up else "\\rfloor")
        return math.ceil(value) if up else math.floor(value)

    def name_or_number(self) -> float:
        token = self.take()
        if token[0].isdigit():
            return float(token)
        if self.peek() == "_":
            token += "".join(self.take() for _ in range(self.tokens.index("}") + 1))
        return self.symbols[token]


def read(latex: str, symbols: Mapping[str, float] | None = None) -> float:
    """The value of a LaTeX expression, given the value of each symbol as it is written."""
    return Reader(latex, symbols or {}).value()
