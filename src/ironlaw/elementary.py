"""Exponentials, logarithms, powers and the normal distribution with the same bits on every machine.

C libraries differ in the last digits of exp, log, pow and erf. Here they are made of whole numbers and of +, −, ×, ÷ and square
roots, which IEEE 754 fixes: an answer is the same to the letter in the browser, under Linux and elsewhere.

Inside, a whole number counts steps of 2**−width. Ranges are reduced with ln 2, the rest is a Taylor series (Muller 2016,
Elementary Functions, chapter 11), and the result is rounded once: it is the float nearest to the truth but for one case in
millions. The normal distribution is a rational approximation in floats, right to a few units of the last place.

Arguments and results are plain floats. What is infinite, NaN or outside a function's domain goes to `math`, which raises ValueError
or gives the value of the C standard; a result that no float holds raises OverflowError.
"""

from __future__ import annotations

import math
from functools import lru_cache

_WIDTH = 84  # bits behind the point: the 53 of a float, and 31 to spare
_WIDE = 320  # of the constants below: more than any logarithm asks for
_MOST = 746.0  # e to it overflows, e to its negative is 0
_TINY = 2.0**-60  # below it e^x − 1 and ln(1 + x) are x to the last bit
_SQRT2 = math.sqrt(2)


def exp(x: float) -> float:
    """e to the power of `x`."""
    if not -_MOST < x < _MOST:
        return math.exp(x)
    mantissa, power = _exponential(int(math.ldexp(x, _WIDTH)), _WIDTH)
    return math.ldexp(mantissa / (1 << _WIDTH), power)


def expm1(x: float) -> float:
    """e to the power of `x`, minus 1, without loss near 0."""
    if -_TINY < x < _TINY:
        return x
    if not -_MOST < x < _MOST:
        return math.expm1(x)
    width = _WIDTH + max(0, -math.frexp(x)[1])  # as many bits more as the result begins with zeros
    mantissa, power = _exponential(int(math.ldexp(x, width)), width)
    grown = mantissa << power if power >= 0 else mantissa >> -power
    return (grown - (1 << width)) / (1 << width)


def log(x: float) -> float:
    """Natural logarithm of `x`."""
    if not 0 < x < math.inf:
        return math.log(x)
    found, width = _logarithm(*_fraction(x))
    return found / (1 << width)


def log1p(x: float) -> float:
    """Natural logarithm of 1 + `x`, without loss near 0."""
    if -_TINY < x < _TINY:
        return x
    if not -1 < x < math.inf:
        return math.log1p(x)
    value, places = _fraction(x)
    found, width = _logarithm(value + (1 << places), places)
    return found / (1 << width)


def log2(x: float) -> float:
    """Logarithm to base 2 of `x`."""
    if not 0 < x < math.inf:
        return math.log2(x)
    found, width = _logarithm(*_fraction(x))
    return found / (_LN2 >> _WIDE - width)


def log10(x: float) -> float:
    """Logarithm to base 10 of `x`."""
    if not 0 < x < math.inf:
        return math.log10(x)
    found, width = _logarithm(*_fraction(x))
    return found / (_LN10 >> _WIDE - width)


def power(base: float, exponent: float) -> float:
    """`base ** exponent`, for a base that is not negative."""
    if exponent == 2:
        return float(base * base)
    if not (0 < base < math.inf and -math.inf < exponent < math.inf):
        return float(base**exponent)
    found, width = _logarithm(*_fraction(base))
    times, places = _fraction(exponent)
    value = found * times >> places + width - _WIDTH
    if abs(value) >> _WIDTH >= _MOST:
        return math.exp(_MOST if value > 0 else -_MOST)
    mantissa, scale = _exponential(value, _WIDTH)
    return math.ldexp(mantissa / (1 << _WIDTH), scale)


def ten_to(place: int) -> float:
    """The float nearest to 10**place."""
    return float(f"1e{place}")


@lru_cache(maxsize=4096)
def log_factorial(n: int) -> float:
    """Natural logarithm of n!, for n of at least 0; from 100 on by Stirling's series, whose next term is below 10⁻¹⁶."""
    if n < 100:
        found, width = _logarithm(math.factorial(n), 0)
        return found / (1 << width)
    step = 1 / (n * n)
    return (n + 0.5) * log(n) - n + _LN_ROOT_2PI + (1 / 12 - step * (1 / 360 - step / 1260)) / n


def erfc(x: float) -> float:
    """The complementary error function: 2/√π times the integral of e^(−t²) from `x` to infinity.

    Source: Cody 1969, Rational Chebyshev Approximations for the Error Function, Math. Comp. 23, 631.
    """
    far = abs(x)
    if far <= 0.46875:
        square = x * x
        return 1 - x * _ratio(square, *_NEAR)
    if not far < 28:  # below the smallest float
        return math.erfc(x)
    if far <= 4:
        share = _ratio(far, *_MIDDLE)
    else:
        square = 1 / (far * far)
        share = (_INVERSE_ROOT_PI - square * _ratio(square, *_FAR)) / far
    value, places = _fraction(far)
    mantissa, scale = _exponential(-(value * value << _WIDTH >> 2 * places), _WIDTH)
    tail = math.ldexp(mantissa / (1 << _WIDTH) * share, scale)
    return tail if x > 0 else 2 - tail


def normal_cdf(x: float) -> float:
    """Share of the standard normal distribution below `x`."""
    return 0.5 * erfc(-x / _SQRT2)


def normal_quantile(share: float) -> float:
    """The point below which `share` of the standard normal distribution lies; ValueError unless it is between 0 and 1.

    Source: Wichura 1988, Algorithm AS 241, Applied Statistics 37, 477 (PPND16).
    """
    if not 0 < share < 1:
        raise ValueError("a share must lie between 0 and 1")
    off = share - 0.5
    if abs(off) <= 0.425:
        return off * _ratio(0.180625 - off * off, *_CENTRE)
    depth = math.sqrt(-log(share if off < 0 else 1 - share))
    found = _ratio(depth - 1.6, *_SIDE) if depth <= 5 else _ratio(depth - 5, *_TAIL)
    return math.copysign(found, off)


def _fraction(x: float) -> tuple[int, int]:
    """(n, p) with x = n / 2**p."""
    value, of = x.as_integer_ratio()
    return value, of.bit_length() - 1


def _logarithm(value: int, places: int) -> tuple[int, int]:
    """ln(value / 2**places), `value` above 0, as (found, width): found / 2**width has at least 80 digits of its own."""
    size = value.bit_length()
    above = value * value >> 2 * size - 1  # whether value / 2**size is √½ or more
    scale = size if above else size - 1  # value / 2**scale lies from √½ to √2, where the series is short
    shift = scale - places
    rest = value - (1 << scale)
    width = _WIDTH + (0 if shift or not rest else scale - abs(rest).bit_length())  # near 1 it begins with zeros
    ratio = (rest << width) // (value + (1 << scale))  # ln m = 2 artanh((m − 1)/(m + 1))
    square = ratio * ratio >> width
    total, power, odd = ratio, ratio, 1
    while power not in (0, -1):  # a shift rounds down: a negative one ends at −1
        power = power * square >> width
        odd += 2
        total += power // odd
    return 2 * total + shift * (_LN2 >> _WIDE - width), width


def _exponential(value: int, width: int) -> tuple[int, int]:
    """e to the power of value / 2**width, as (m, k): m / 2**width · 2**k, with m / 2**width from 1 to 2."""
    whole, rest = divmod(value, _LN2 >> _WIDE - width)
    rest >>= 4  # e^r is (e^(r/16))^16, and that series is short
    total = term = 1 << width
    step = 0
    while term:
        step += 1
        term = (term * rest >> width) // step
        total += term
    for _ in range(4):
        total = total * total >> width
    return total, whole


def _artanh_of_one_over(share: int) -> int:
    """artanh(1 / share) in steps of 2**−_WIDE."""
    total, power, odd = 0, (1 << _WIDE) // share, 1
    while power:
        total += power // odd
        power //= share * share
        odd += 2
    return total


def _ratio(x: float, above: tuple[float, ...], below: tuple[float, ...]) -> float:
    """One polynomial over another, of one degree, highest power first."""
    upper = lower = 0.0
    for a, b in zip(above, below, strict=True):
        upper, lower = upper * x + a, lower * x + b
    return upper / lower


_LN2 = 18 * _artanh_of_one_over(26) - 2 * _artanh_of_one_over(4801) + 8 * _artanh_of_one_over(8749)
_LN10 = 46 * _artanh_of_one_over(31) + 34 * _artanh_of_one_over(49) + 20 * _artanh_of_one_over(161)
_INVERSE_ROOT_PI = 0.56418958354775628695
_LN_ROOT_2PI = 0.91893853320467274178

# Cody 1969, tables II to IV.
_NEAR = (
    (
        1.85777706184603153e-1,
        3.16112374387056560e0,
        1.13864154151050156e2,
        3.77485237685302021e2,
        3.20937758913846947e3,
    ),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3),
)
_MIDDLE = (
    (
        2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0, 6.61191906371416295e1, 2.98635138197400131e2,
        8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3,
    ),
    (
        1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
        3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
    ),
)  # fmt: skip
_FAR = (
    (1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1, 1.60837851487422766e-2, 6.58749161529837803e-4),
    (1.0, 2.56852019228982242e0, 1.87295284992346725e0, 5.27905102951428412e-1, 6.05183413124413191e-2, 2.33520497626869185e-3),
)  # fmt: skip

# Wichura 1988, PPND16.
_CENTRE = (
    (
        2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
        1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080e0,
    ),
    (
        5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
        5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1.0,
    ),
)  # fmt: skip
_SIDE = (
    (
        7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258e0,
        3.64784832476320460504e0, 5.76949722146069140550e0, 4.63033784615654529590e0, 1.42343711074968357734e0,
    ),
    (
        1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
        6.89767334985100004550e-1, 1.67638483018380384940e0, 2.05319162663775882187e0, 1.0,
    ),
)  # fmt: skip
_TAIL = (
    (
        2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
        2.96560571828504891230e-1, 1.78482653991729133580e0, 5.46378491116411436990e0, 6.65790464350110377720e0,
    ),
    (
        2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
        1.48753612908506148525e-2, 1.36929880922735805310e-1, 5.99832206555887937690e-1, 1.0,
    ),
)  # fmt: skip
