"""What holds for every catalogued equation. A new equation is found by itself; nothing here names one."""

from __future__ import annotations

import importlib
import json
import math
import pkgutil
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from decimal import Decimal
from typing import Any

import numpy as np
import pint
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from latex2mathml.converter import convert

import ironlaw.physics
from ironlaw.physics import EQUATIONS, Equation, InputError, Symbol, equation, quantity_latex
from ironlaw.physics.catalogue import _check_entry
from ironlaw.physics.formula import Formula

from .inputs import any_arguments, arguments, checked, dimension, every_equation, possible, quantity, unit_dimension
from .latex_reader import read

each = pytest.mark.parametrize("entry", every_equation, ids=lambda entry: entry.id)
quick = settings(deadline=None, max_examples=20)  # for each of some hundred equations
WRITTEN_UNIT = re.compile(r"1|(1/)?[A-Za-z]+(\*\*\d)?([*/][A-Za-z]+(\*\*\d)?)*")


@each
def test_entry_tells_a_reader_what_he_needs(entry: Equation) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", entry.id)
    assert entry.title
    assert len(entry.source) > 5
    assert entry.function.__doc__
    for symbol in (*entry.symbols, entry.result):
        assert symbol.meaning
        assert WRITTEN_UNIT.fullmatch(symbol.unit), symbol.unit
        unit_dimension(symbol.unit)  # raises for a unit that nobody defined
        assert symbol.low is None or symbol.high is None or symbol.low < symbol.high
    assert len({symbol.symbol for symbol in entry.symbols}) == len(entry.symbols)


def test_the_list_of_equations_holds_every_module() -> None:
    modules = [
        importlib.import_module(f"ironlaw.physics.{m.name}") for m in pkgutil.iter_modules(ironlaw.physics.__path__)
    ]
    catalogued = {f"{e.function.__module__}.{e.function.__name__}" for e in EQUATIONS.values()}
    found = {
        f"{m.__name__}.{n}"
        for m in modules
        for n, f in vars(m).items()
        if hasattr(f, "equation") and f.__module__ == m.__name__
    }
    assert found == catalogued


@each
@quick
@given(data=st.data())
def test_what_runs_is_what_is_shown(entry: Equation, data: st.DataObject) -> None:
    """Function, formula and LaTeX give one value, and it lies in the result's own range."""
    given_arguments = data.draw(arguments(entry))
    result = checked(entry)(**given_arguments)
    entry.result.check(result)
    assert result == pytest.approx(entry.evaluate(**given_arguments), rel=1e-12)
    constants = {s.name: s.constant for s in entry.symbols if s.constant is not None}
    values = given_arguments | constants
    symbols = {s.written: float(values[s.name]) for s in entry.symbols if s.constant is None}
    name, _, right = entry.latex().partition(" = ")
    assert name == entry.result.written
    if possible(entry, values):  # the constants as they are shown, in place of those drawn
        assert read(right, symbols) == pytest.approx(checked(entry)(**values), rel=1e-9)


@each
@quick
@given(data=st.data())
def test_arguments_that_do_not_belong_together_are_refused(entry: Equation, data: st.DataObject) -> None:
    chosen = data.draw(any_arguments(entry))
    if possible(entry, chosen):
        checked(entry)(**chosen)
        return
    for call in (chosen, {name: np.array([value], dtype=float) for name, value in chosen.items()}):
        with pytest.raises(InputError, match=f"^{entry.result.name} must be "):
            checked(entry)(**call)


def test_impossible_results_are_errors_and_no_numbers() -> None:
    from ironlaw.physics.overlap import exposed_time
    from ironlaw.physics.step import communication_overhead, mfu

    with pytest.raises(InputError, match=r"^exposed must be at least 0 s, got -1\.0$"):
        exposed_time(1.0, 2.0)
    with pytest.raises(InputError, match=r"^overhead must be at least 0, got -0\.5$"):
        communication_overhead(1.0, 2.0)
    with pytest.raises(InputError, match=r"^mfu must be at least 0 and at most 1, got 2\.0$"):
        mfu(2.0, 1.0, 1.0)
    assert mfu(3.0, 3.0 / 7.0, 7.0 * (1 - 1e-12)) == pytest.approx(1)  # rounding is no error


@each
@settings(deadline=None, max_examples=3)
@given(data=st.data())
def test_dimension(entry: Equation, data: st.DataObject) -> None:
    given_arguments = data.draw(arguments(entry))
    quantities = {symbol.name: quantity(given_arguments[symbol.name], symbol) for symbol in entry.symbols}
    assert dimension(checked(entry)(**quantities)) == unit_dimension(entry.result.unit)
    assert dimension(entry.evaluate(**quantities)) == unit_dimension(entry.result.unit)


@each
def test_wrong_dimension_is_refused(entry: Equation) -> None:
    for wrong in entry.symbols:
        with pytest.raises(pint.DimensionalityError):
            wrong.check(quantity(1.0, Symbol("x", "x", "s" if wrong.unit != "s" else "B", "another unit")))


def test_dimension_test_can_fail() -> None:
    size, rate = Symbol("size", "M", "B", "bytes"), Symbol("rate", "B", "B/s", "rate")
    assert dimension(quantity(3.0, size) * quantity(2.0, rate)) != unit_dimension("s")
    with pytest.raises(pint.DimensionalityError):
        _ = quantity(3.0, size) + quantity(2.0, rate)


@each
@settings(deadline=None, max_examples=8)
@given(data=st.data())
def test_arrays_give_the_scalars_elementwise(entry: Equation, data: st.DataObject) -> None:
    rows = data.draw(st.lists(arguments(entry), min_size=1, max_size=4))
    function = checked(entry)
    columns = {symbol.name: np.array([row[symbol.name] for row in rows], dtype=float) for symbol in entry.symbols}
    result = function(**columns)
    assert result.shape == (len(rows),)
    assert list(result) == pytest.approx([function(**row) for row in rows], rel=1e-12)
    assert list(function.raw(**columns)) == list(result)
    # One array among scalars broadcasts.
    first = entry.symbols[0].name
    mixed = function.raw(**(rows[0] | {first: columns[first]}))
    assert list(mixed) == pytest.approx([function.raw(**(rows[0] | {first: row[first]})) for row in rows], rel=1e-12)


def bad_values(symbol: Symbol) -> list[Any]:
    """Values that the symbol must refuse."""
    bad: list[Any] = [math.nan, math.inf, -math.inf, "1", "", b"1", True, False, None, [1.0], (1.0,), {}, 1 + 0j]
    bad += [Decimal(1), 10**400, object(), np.array(["1"]), np.array([True]), np.array([None]), np.bool_(1)]
    bad += [np.array([1.0, math.nan]), np.array([[math.inf]]), np.float64("nan"), np.array([1 + 0j])]
    if symbol.low is not None:
        bad += [
            symbol.low - 1,
            np.array([symbol.low - 1.0]),
            *([symbol.low, float(symbol.low)] if symbol.low_open else []),
        ]
        bad += [math.nextafter(symbol.low, -math.inf)]
    if symbol.high is not None:
        bad += [symbol.high + 1, np.array([symbol.high + 1.0]), *([symbol.high] if symbol.high_open else [])]
    if symbol.integer:
        bad += [2.5, np.array([2.0, 2.5])]
    return bad


@each
def test_bad_arguments_are_refused_by_name(entry: Equation) -> None:
    function = checked(entry)
    good = [max(1, symbol.low or 1) if symbol.high is None else 0.5 for symbol in entry.symbols]
    function(*good)
    for place, symbol in enumerate(entry.symbols):
        for bad in bad_values(symbol):
            by_position = [*good[:place], bad, *good[place + 1 :]]
            by_name = dict(zip((s.name for s in entry.symbols), by_position, strict=True))
            for args, kwargs in ((by_position, {}), ((), by_name)):
                with pytest.raises(ValueError, match=f"^{symbol.name} must be ") as caught:
                    function(*args, **kwargs)
                assert isinstance(caught.value, InputError)
                assert caught.value.field == symbol.name
                assert symbol.allowed in str(caught.value)


def test_refusal_says_field_value_and_range() -> None:
    from ironlaw.physics.collectives import ring_all_reduce_time
    from ironlaw.physics.step import compute_time

    def message(*args: Any) -> str:
        with pytest.raises(InputError) as caught:
            ring_all_reduce_time(*args)
        return str(caught.value)

    assert message(8, 1.0, -1, 0) == "bandwidth must be greater than 0 B/s, got -1"
    assert message(8, 1.0, math.nan, 0) == "bandwidth must be finite and greater than 0 B/s, got nan"
    assert message(0, 1.0, 1.0, 0) == "ranks must be a whole number of at least 1, got 0"
    assert message(8, "26 GB", 1.0, 0) == "size must be a number, at least 0 B, got '26 GB' (str)"
    assert message(8, 1.0, np.array([1.0, 0.0]), 0) == "bandwidth must be greater than 0 B/s, got 0.0 at index 1"
    with pytest.raises(InputError, match=r"^efficiency must be greater than 0 and at most 1, got 1\.5$"):
        compute_time(1.0, 1.0, 1.5)


def test_arguments_too_extreme_for_a_float_are_an_error_and_never_infinity() -> None:
    from ironlaw.physics.collectives import ring_all_reduce_time

    for size, bandwidth in ((1e300, 1e-300), (1.0, 5e-324)):
        with pytest.raises(ValueError, match="too extreme"):
            ring_all_reduce_time(8, size, bandwidth, 0)


def test_unknown_and_missing_arguments_are_type_errors() -> None:
    from ironlaw.physics.overlap import exposed_time

    with pytest.raises(TypeError):
        exposed_time(1.0, 1.0, 1.0)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        exposed_time(1.0, hiden=1.0)  # type: ignore[call-arg]


@each
def test_latex_becomes_well_formed_mathml(entry: Equation) -> None:
    values = {symbol.name: quantity_latex(text) for symbol, text in zip(entry.symbols, _TEXTS * 2, strict=False)}
    shown = [entry.latex(), entry.latex_with(values), entry.latex_with(values, result=quantity_latex("126 ms"))]
    shown += [symbol.written for symbol in (*entry.symbols, entry.result)]
    for latex in shown:
        root = ET.fromstring(convert(latex))  # noqa: S314  (our own text)
        assert root.tag.endswith("math")
        text = "".join(root.itertext())
        assert "\\" not in text, f"{latex} left LaTeX unconverted"
        assert text


_TEXTS = ["8", "26 GB", "450 GB/s", "3.5 µs", "62 %", "$40,000", "13B", "3.1×", "−5 s", "8,192", "—"]


@each
def test_values_stand_where_their_symbols_stood(entry: Equation) -> None:
    numbers = {symbol.name: str(place + 2) for place, symbol in enumerate(entry.symbols)}
    right = entry.latex_with(numbers).partition(" = ")[2]
    expected = entry.evaluate(**{name: float(text) for name, text in numbers.items()})
    assert read(right) == pytest.approx(expected, rel=1e-9)


def test_latex_with_keeps_symbols_without_a_value_and_refuses_unknown_ones() -> None:
    entry = EQUATIONS["training-flops"]
    assert entry.latex() == r"C = 6 \cdot P \cdot D"
    assert entry.latex_with({"tokens": "9"}, result="7") == r"C = 6 \cdot P \cdot 9 = 7"
    assert entry.latex_with({"flops_per_parameter": "2"}) == r"C = 2 \cdot P \cdot D"
    with pytest.raises(KeyError, match="no parameter 'token'"):
        entry.latex_with({"token": "9"})


def test_constants_may_be_left_out() -> None:
    assert EQUATIONS["training-flops"].evaluate(parameters=7.0, tokens=5.0) == 6 * 7 * 5
    assert EQUATIONS["training-flops"].evaluate(parameters=7.0, tokens=5.0, flops_per_parameter=2.0) == 2 * 7 * 5


@each
def test_closed_bounds_belong_to_the_range_in_numbers_and_arrays(entry: Equation) -> None:
    for symbol in (*entry.symbols, entry.result):
        for bound, is_open in ((symbol.low, symbol.low_open), (symbol.high, symbol.high_open)):
            for value in (
                () if bound is None or is_open else (bound, float(bound), np.array([bound]), np.float64(bound))
            ):
                symbol.check(value)


def _identity(size: float) -> float:
    """Nothing."""
    return size


SIZE = Symbol("size", "M", "B", "bytes")


@pytest.mark.parametrize(
    ("formula", "symbols", "message"),
    [
        ("M", (Symbol("bytes", "M", "B", "bytes"),), "must name the parameters size"),
        ("M*n", (SIZE,), "same letters"),
        ("2", (SIZE,), "same letters"),
        ("M", (Symbol("size", "M", "B", "bytes", constant=2.0),), "needs a default"),
    ],
)
def test_an_entry_that_does_not_fit_its_function_fails_at_import(
    formula: str, symbols: tuple[Symbol, ...], message: str
) -> None:
    entry = Equation("broken", "Broken", Formula(formula), SIZE, symbols, "none", "", _identity)
    with pytest.raises(ValueError, match=message):
        _check_entry(entry)


def test_an_id_is_taken_once() -> None:
    taken = every_equation[0].id
    with pytest.raises(ValueError, match="catalogued twice"):
        equation(id=taken, title="Twice", formula="M", result=SIZE, symbols=(SIZE,), source="none")(_identity)


def test_physics_works_without_numpy() -> None:
    program = """
import sys
sys.modules["numpy"] = None          # as in a browser that has none: an import would raise
import json
from ironlaw.physics import collectives, pipeline, transformer
values = [collectives.tree_all_reduce_time(8, 1e9, 1e9, 1e-6, 3), pipeline.pipeline_bubble(8, 64),
          transformer.gpt_layers(1.75e11), collectives.bucket_count(10.0, 3.0)]
print(json.dumps(values))
"""
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert all(math.isfinite(value) for value in json.loads(out))


def test_importing_and_calling_physics_leaves_numpy_alone() -> None:
    program = """
import sys
from ironlaw.physics import collectives
collectives.tree_all_reduce_time(8, 1e9, 1e9, 1e-6)
try:
    collectives.ring_all_reduce_time("8", 1, 1, 1)
except ValueError:
    pass
assert not any(name.partition(".")[0] == "numpy" for name in sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True)
