"""The dispatcher: floats, arrays and quantities give the same numbers."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironlaw.physics import num

from .inputs import UNITS

floats = st.floats(-1e9, 1e9)
positive = st.floats(1e-6, 1e9)


@given(floats, floats)
def test_two_argument_functions_match_numpy(a: float, b: float) -> None:
    for ours, theirs in ((num.maximum, np.maximum), (num.minimum, np.minimum)):
        assert ours(a, b) == theirs(a, b)
        assert list(np.asarray(ours(np.array([a, b]), b))) == list(theirs(np.array([a, b]), b))  # type: ignore[arg-type]
        assert list(np.asarray(ours(b, np.array([a, b])))) == list(theirs(b, np.array([a, b])))  # type: ignore[arg-type]


@given(positive)
def test_one_argument_functions_match_numpy(x: float) -> None:
    pairs: list[tuple[Any, Any]] = [(num.sqrt, np.sqrt), (num.log2, np.log2), (num.ceil, np.ceil)]
    pairs += [(num.ln, np.log), (num.floor, np.floor)]
    for ours, theirs in pairs:
        assert ours(x) == pytest.approx(float(theirs(x)))
        assert ours(np.array([x]))[0] == theirs(np.array([x]))[0]
        assert isinstance(ours(x), float)


def test_where_picks_elementwise() -> None:
    assert num.where(True, 1.0, 2.0) == 1.0
    assert num.where(False, 1.0, 2.0) == 2.0
    assert list(num.where(np.array([True, False]), 1.0, np.array([3.0, 4.0]))) == [1.0, 4.0]  # type: ignore[arg-type,call-overload]


def test_quantities_keep_their_units() -> None:
    a: Any = UNITS.Quantity(2.0, "s")
    b: Any = UNITS.Quantity(3.0, "s")
    eight: Any = UNITS.Quantity(8.0, "")
    odd: Any = UNITS.Quantity(2.1, "")
    assert num.maximum(a, b) == b
    assert num.minimum(a, b) == a
    assert num.where(True, a, b) == a
    assert num.sqrt(a * a) == a
    assert num.log2(eight) == 3.0
    assert num.ceil(odd) == 3.0


def test_finite_knows_all_kinds() -> None:
    for good in (1, 1.0, 10**400, np.array([1.0, 2.0]), np.array([]), np.float64(1), UNITS.Quantity(1.0, "s")):
        assert num.finite(good)
    for bad in (math.nan, math.inf, np.array([1.0, math.nan]), np.float64("inf"), UNITS.Quantity(math.nan, "s")):
        assert not num.finite(bad)


@given(st.floats(-30, 30))
def test_exponential_and_normal_distribution_match_their_oracles(x: float) -> None:
    assert num.exp(x) == pytest.approx(float(np.exp(x)))
    assert num.expm1(x) == pytest.approx(float(np.expm1(x)))
    assert num.log1p(abs(x)) == pytest.approx(float(np.log1p(abs(x))))
    both: Any = np.array([abs(x)])
    assert float(np.asarray(num.expm1(num.log1p(both)))[0]) == pytest.approx(abs(x))
    assert num.normal_cdf(x) == pytest.approx(NormalDist().cdf(x), rel=1e-9, abs=1e-15)
    array: Any = np.array([[x, 0.0]])
    assert np.asarray(num.exp(array)) == pytest.approx(np.exp(array))
    assert np.asarray(num.normal_cdf(array)).tolist() == [[num.normal_cdf(x), 0.5]]


@given(st.floats(1e-12, 1 - 1e-12))
def test_the_normal_quantile_undoes_the_distribution(share: float) -> None:
    assert num.normal_cdf(num.normal_quantile(share)) == pytest.approx(share, rel=1e-9)
    array: Any = np.array([[share, 0.5]])
    assert np.asarray(num.normal_quantile(array)).tolist() == [[num.normal_quantile(share), 0.0]]


def test_whole_numbers_start_at_zero() -> None:
    assert num.whole_numbers(3).tolist() == [0.0, 1.0, 2.0]
    assert num.whole_numbers(0).size == 0


def test_powers_are_repeated_products() -> None:
    for base in (0.0, 1.0, 1.5, 10.0):
        product = 1.0
        for exponent in range(6):
            assert num.power(base, exponent) == pytest.approx(product)
            product *= base
    bases: Any = np.array([4.0, 9.0])
    assert np.asarray(num.power(bases, 0.5)).tolist() == [2.0, 3.0]
