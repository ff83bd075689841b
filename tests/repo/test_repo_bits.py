"""Figures have the same bits on every machine, so what a learner sees asks no C library.

C libraries differ in the last digits of exp, log, pow and erf, and so does what is drawn with them. `ironlaw.elementary` has these
functions in whole numbers; tests/offline compares the browser's answers with CPython's to the letter.
"""

from __future__ import annotations

import ast

from .places import SOURCE

SHOWN = (
    "quantities",
    "physics",
    "registry",
    "labkit",
    "labs",
    "ledger",
    "report",
)  # rooms whose numbers a learner sees
LIBRARY = {
    "math": "exp expm1 exp2 log log1p log2 log10 pow cbrt erf erfc gamma lgamma sin cos tan asin acos atan atan2 sinh cosh tanh",
    "random": "gauss normalvariate lognormvariate expovariate gammavariate betavariate weibullvariate paretovariate",
    "statistics": "NormalDist",
}


def asks_the_c_library(code: str) -> list[str]:
    """What in a module does: functions imported or called, and powers but those of two or between whole numbers."""
    found = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.module in LIBRARY:
            names = LIBRARY[node.module].split()
            found += [f"{node.module}.{name.name}" for name in node.names if name.name in names]
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            names = LIBRARY.get(node.value.id, LIBRARY["random"]).split()  # a generator has any name
            found += [ast.unparse(node)] if node.attr in names else []
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            base = node.left.value if isinstance(node.left, ast.Constant) else None
            whole = isinstance(base, int) and not isinstance(node.right, ast.BinOp | ast.UnaryOp)
            found += [] if whole or base in {2.0, 4.0} else [ast.unparse(node)]
    return sorted(found)


def test_figures_do_not_depend_on_the_c_library() -> None:
    modules = [path for room in SHOWN for path in (SOURCE / room).rglob("*.py")] + [SOURCE / "simulate" / "feeding.py"]
    assert len(modules) > 100
    found = {str(path.relative_to(SOURCE)): asks_the_c_library(path.read_text(encoding="utf-8")) for path in modules}
    seam = {"physics/num.py": ["base ** exponent", "x ** 0.5"]}  # for arrays, and for the tests' quantities with units
    assert {path: asked for path, asked in found.items() if asked} == seam


def test_the_rule_can_fail() -> None:
    code = "import math\nfrom random import gauss\nfrom statistics import NormalDist\ny = math.exp(x) + rng.gauss(0, 1) + x**2 + 10**-n"
    expected = ["10 ** (-n)", "math.exp", "random.gauss", "rng.gauss", "statistics.NormalDist", "x ** 2"]
    assert asks_the_c_library(code) == expected
    assert asks_the_c_library("2.0**n + 10**digits + 2**53 + math.sqrt(x) + elementary.exp(x)") == []
