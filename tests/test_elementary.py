"""Elementary functions against Python's decimals, which are whole-number arithmetic of any precision, and against SciPy."""

from __future__ import annotations

import math
from decimal import Context, Decimal
from statistics import NormalDist

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import special

from ironlaw import elementary as el

EXACT = Context(prec=60, Emin=-(10**6), Emax=10**6)
D = Decimal
NEAR_ONE = st.integers(1, 52).flatmap(lambda bits: st.floats(-1, 1).map(lambda x: 1 + math.ldexp(x, -bits)))
POSITIVE = st.floats(5e-324, 1.7e308) | st.floats(1e-6, 1e6) | NEAR_ONE.filter(lambda x: x > 0)
AROUND_ZERO = st.integers(0, 70).flatmap(lambda bits: st.floats(-1, 1).map(lambda x: math.ldexp(x, -bits)))


@given(st.floats(-700, 709.7) | AROUND_ZERO)
def test_the_exponential_is_the_nearest_float(x: float) -> None:
    assert el.exp(x) == float(EXACT.exp(D(x)))
    wide = EXACT if abs(x) > 1e-20 else Context(prec=400)  # 1 and the little that e^x has more
    assert el.expm1(x) == float(wide.subtract(wide.exp(D(x)), 1))


@given(POSITIVE)
def test_logarithms_are_the_nearest_float(x: float) -> None:
    natural = EXACT.ln(D(x))
    assert el.log(x) == float(natural)
    assert el.log2(x) == float(EXACT.divide(natural, EXACT.ln(D(2))))
    assert el.log10(x) == float(EXACT.log10(D(x)))


@given(AROUND_ZERO | st.floats(-0.999999, 1e300))
def test_the_logarithm_of_one_and_a_little(x: float) -> None:
    assume(x > -1)
    wide = Context(prec=400)
    assert el.log1p(x) == float(EXACT.ln(wide.add(D(x), 1)))


@given(st.floats(1e-9, 1e9) | NEAR_ONE.filter(lambda x: x > 0), st.floats(-1e7, 1e7) | st.floats(-20, 20))
def test_a_power_is_the_nearest_float(base: float, exponent: float) -> None:
    assume(abs(exponent * math.log(base)) < 700)
    assert el.power(base, exponent) == float(EXACT.power(D(base), D(exponent)))


@given(st.integers(-1000, 1000))
def test_powers_of_two_and_ten_are_exact(n: int) -> None:
    assert el.log2(math.ldexp(1.0, n)) == n
    assert el.power(2.0, n) == math.ldexp(1.0, n)
    place = n % 600 - 300
    assert el.log10(float(f"1e{place}")) == place
    assert el.ten_to(place) == el.power(10.0, place) == float(f"1e{place}")


@given(st.floats(-6, 26.5))
def test_the_error_function(x: float) -> None:
    assert el.erfc(x) == pytest.approx(math.erfc(x), rel=2e-15, abs=0)
    assert el.erfc(x) == pytest.approx(float(special.erfc(x)), rel=2e-13, abs=0)  # SciPy's own error in the tail


@given(st.floats(-8, 8))
def test_the_normal_distribution(x: float) -> None:
    share = el.normal_cdf(x)
    assert share == pytest.approx(float(special.ndtr(x)), rel=2e-13, abs=0)
    if 1e-300 < share < 1 - 1e-9:
        assert el.normal_quantile(share) == pytest.approx(x, rel=1e-6, abs=1e-12)


@given(st.floats(1e-300, 0.5) | st.floats(0.5, 1 - 2**-53))
def test_the_normal_quantile(share: float) -> None:
    assert el.normal_quantile(share) == pytest.approx(NormalDist().inv_cdf(share), rel=1e-15, abs=1e-16)


@given(st.integers(0, 10**7))
def test_the_logarithm_of_a_factorial(n: int) -> None:
    assert el.log_factorial(n) == pytest.approx(math.lgamma(n + 1), rel=4e-15, abs=1e-15)


def test_what_no_float_holds() -> None:
    for function, x in ((el.exp, 710.0), (el.exp, 1e9), (el.expm1, 710.0)):
        with pytest.raises(OverflowError):
            function(x)
    for base, exponent in ((10.0, 309.0), (1e300, 1e300)):
        with pytest.raises(OverflowError):
            el.power(base, exponent)
    for value in (0.0, -1.0, -math.inf):
        for function in (el.log, el.log2, el.log10):
            with pytest.raises(ValueError, match=r"\w"):
                function(value)
    for value in (-1.0, -2.0):
        with pytest.raises(ValueError, match=r"\w"):
            el.log1p(value)
    for value in (0.0, 1.0, -0.1, math.nan):
        with pytest.raises(ValueError, match="between 0 and 1"):
            el.normal_quantile(value)


def test_the_ends_of_the_line() -> None:
    inf = math.inf
    assert [el.exp(-inf), el.exp(inf), el.exp(-746.0), el.exp(-1e300)] == [0.0, inf, 0.0, 0.0]
    assert el.exp(-745.0) == math.ulp(0.0)
    assert [el.expm1(-inf), el.expm1(inf), el.expm1(-800.0), el.expm1(-60.0)] == [-1.0, inf, -1.0, -1.0]
    assert [el.log(inf), el.log1p(inf), el.log(5e-324)] == [inf, inf, -744.4400719213812]
    assert [el.erfc(inf), el.erfc(-inf), el.erfc(30.0), el.erfc(0.0)] == [0.0, 2.0, 0.0, 1.0]
    assert [el.power(0.0, 0.0), el.power(5.0, 0.0)] == [1.0, 1.0]
    assert [el.power(0.0, 3.0), *(el.power(0.5, far) for far in (2000.0, 1e300, inf))] == [0.0] * 4
    assert [el.power(7.0, 1.0), el.power(-3.0, 2), el.power(9.0, 0.5)] == [7.0, 9.0, 3.0]
    assert math.copysign(1.0, el.expm1(-0.0)) == -1.0
    for function in (el.exp, el.expm1, el.log, el.log1p, el.log2, el.log10, el.erfc):
        assert math.isnan(function(math.nan))
