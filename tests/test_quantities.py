"""Quantities: text to SI and back, with the traps (bit and byte, GB and GiB, FLOP and MAC) kept apart."""

from __future__ import annotations

import math
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironlaw import quantities as q

# Kinds whose text names its unit: what is printed can be read again.
ROUND_TRIP = sorted(q.KINDS - {"parameters", "tokens", "count"})
POSITIVE = st.floats(min_value=1e-40, max_value=1e40)


def close(a: float, b: float, digits: int = 3) -> bool:
    return math.isclose(a, b, rel_tol=0.51 * 10.0 ** (1 - digits), abs_tol=0)


@pytest.mark.parametrize(
    ("text", "value", "dimension"),
    [
        ("400 Gb/s", 5e10, "bandwidth"),
        ("400 GB/s", 4e11, "bandwidth"),
        ("400Gb/s", 5e10, "bandwidth"),
        ("100 Gbps", 1.25e10, "bandwidth"),
        ("80 GB", 8e10, "bytes"),
        ("80 GiB", 80 * 2**30, "bytes"),
        ("512 KiB", 524288, "bytes"),
        ("8 bits", 1, "bytes"),
        ("989.4 TFLOP/s", 989.4e12, "flop_rate"),
        ("4.1 GMAC", 4.1e9, "mac"),
        ("126 ms", 0.126, "seconds"),
        ("5 µs", 5e-6, "seconds"),
        ("5 us", 5e-6, "seconds"),
        ("5 μs", 5e-6, "seconds"),
        ("1 year", 365.25 * 86400, "seconds"),
        ("62 %", 0.62, "share"),
        ("3.1×", 3.1, "ratio"),
        ("1,024", 1024, "number"),
        ("-1,024.5", -1024.5, "number"),
        ("−3 s", -3, "seconds"),
        ("$40,000", 40000, "usd"),
        ("$1.12M", 1.12e6, "usd"),
        ("$36/h", 0.01, "usd_per_hour"),
        ("$2/M tokens", 2e-6, "usd_per_million_tokens"),
        ("0.09 USD/GB", 9e-11, "usd_per_gigabyte"),
        ("13B parameters", 1.3e10, "parameters"),
        ("13B", 13, "bytes"),
        ("1 kWh", 3.6e6, "energy"),
        ("1.2e3 W", 1200, "power"),
        ("3 mW", 0.003, "power"),
        ("3 MW", 3e6, "power"),
        ("295 FLOP/B", 295, "arithmetic_intensity"),
        ("1.98 GHz", 1.98e9, "frequency"),
    ],
)
def test_parse_reads_what_people_write(text: str, value: float, dimension: str) -> None:
    quantity = q.parse(text)
    assert quantity.value == pytest.approx(value, rel=1e-12)
    assert quantity.dimension == dimension


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (26e9, "bytes", "26 GB"),
        (1.12e12, "gigabytes", "1,120 GB"),
        (6.4e11, "gigabytes", "640 GB"),
        (0.5, "bytes", "0.5 B"),
        (999.96e9, "bytes", "1 TB"),
        (5e10, "bandwidth", "50 GB/s"),
        (5e10, "bit_rate", "400 Gb/s"),
        (0.126, "seconds", "126 ms"),
        (5.6, "seconds", "5.6 s"),
        (90, "seconds", "90 s"),
        (119.99, "seconds", "2 min"),
        (35 * 60, "seconds", "35 min"),
        (6 * 3600, "seconds", "6 h"),
        (9.3 * 86400, "seconds", "9.3 days"),
        (2.2e24 / (0.5 * 989.4e12), "seconds", "141 years"),
        (0, "seconds", "0 s"),
        (989.4e12, "flop_rate", "989 TFLOP/s"),
        (3.1, "ratio", "3.1×"),
        (0.62, "share", "62 %"),
        (1, "share", "100 %"),
        (0.9996, "share", "99.96 %"),
        (1024, "count", "1,024"),
        (4.8, "count", "4.8"),
        (1.3e10, "parameters", "13B"),
        (1.24e8, "parameters", "124M"),
        (8192, "tokens", "8,192"),
        (4.19e6, "tokens", "4.19M"),
        (999_999.7, "tokens", "1M"),
        (40000, "usd", "$40,000"),
        (2.5, "usd", "$2.50"),
        (0.083, "usd", "$0.083"),
        (-12, "usd", "−$12"),
        (0.01, "usd_per_hour", "$36/h"),
        (5.2e-7, "usd_per_million_tokens", "$0.52/M tokens"),
        (1.92e6, "tokens_per_usd", "1.92M tokens/$"),
        (104.9, "tokens_per_second", "105 tokens/s"),
        (327680, "bytes_per_token", "328 kB/token"),
        (700, "power", "700 W"),
        (4.6e-12, "energy", "4.6 pJ"),
        (295.3, "arithmetic_intensity", "295 FLOP/B"),
        (1234567, "number", "1,230,000"),
        (None, "bandwidth", "—"),
    ],
)
def test_format_prints_what_people_read(value: float | None, kind: str, text: str) -> None:
    assert q.format(value, kind) == text


@pytest.mark.parametrize("kind", ROUND_TRIP)
@given(value=POSITIVE, negative=st.booleans(), digits=st.integers(1, 15))
def test_parse_reads_back_what_format_prints(kind: str, value: float, negative: bool, digits: int) -> None:
    value = -value if negative else value
    quantity = q.parse(q.format(value, kind, digits))
    assert close(quantity.value, value, digits)
    assert quantity.dimension == {
        "bit_rate": "bandwidth",
        "op_rate": "flop_rate",
        "gigabytes": "bytes",
        "watt_hours": "energy",
    }.get(kind, kind)


@given(value=st.integers(0, 10**15 - 1))
def test_counts_are_exact(value: int) -> None:
    assert q.parse(q.format(value, "count")).value == value


@given(value=st.floats(min_value=1, max_value=9e14))
def test_parameters_and_tokens_read_back_with_their_noun(value: float) -> None:
    # A count below a thousand parameters is a toy, but it must not change size either.
    assert close(q.parse(q.format(value, "parameters").replace("K", "e3") + " parameters").value, value)
    assert close(q.parse(q.format(value, "tokens") + " tokens").value, value) or value < 100


@pytest.mark.parametrize("kind", sorted(q.KINDS))
@given(value=st.floats(min_value=1e-6, max_value=1e14))
def test_no_scientific_notation_in_everyday_ranges(kind: str, value: float) -> None:
    text = q.format(value, kind)
    number = text.lstrip("$").split(" ")[0]
    assert "e" not in number.lower()
    if kind in {"seconds", "power", "energy", "share", "count", "number", "usd"}:
        assert "10⁻" not in text


@given(value=st.floats(min_value=0.9, max_value=1, exclude_max=True))
def test_a_share_below_one_is_never_printed_as_all(value: float) -> None:
    assert q.format(value, "share") != "100 %" or value > 1 - 1e-13


@given(a=POSITIVE, b=POSITIVE)
def test_format_keeps_order(a: float, b: float) -> None:
    low, high = sorted((a, b))
    for kind in ("bytes", "seconds", "usd"):
        assert q.parse(q.format(low, kind)).value <= q.parse(q.format(high, kind)).value * (1 + 1e-12)


def test_dimensions_are_kinds() -> None:
    assert q.DIMENSIONS <= q.KINDS
    assert q.format(q.parse("3.35 TB/s").value, q.parse("3.35 TB/s").dimension) == "3.35 TB/s"


@given(value=st.floats(min_value=1e-9, max_value=1e9), prefix=st.sampled_from(["", "k", "M", "G", "T", "P", "E"]))
def test_a_byte_is_eight_bits(value: float, prefix: str) -> None:
    for tail in ("", "/s"):
        assert q.to_si(value, f"{prefix}B{tail}") == pytest.approx(8 * q.to_si(value, f"{prefix}b{tail}"))


@pytest.mark.parametrize(("power", "prefix"), list(enumerate(["", "K", "M", "G", "T", "P", "E"])))
def test_binary_and_decimal_bytes_differ(power: int, prefix: str) -> None:
    assert q.to_si(1, f"{prefix}B") == 1000.0**power
    if prefix:
        assert q.to_si(1, f"{prefix}iB") == 1024.0**power


def test_mac_and_flop_do_not_mix() -> None:
    assert q.dimension_of("GMAC") != q.dimension_of("GFLOP")
    assert q.dimension_of("GFLOP") != q.dimension_of("GFLOP/s")


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 10**400])
def test_nan_and_infinity_are_refused(bad: float) -> None:
    for kind in sorted(q.KINDS):
        with pytest.raises(q.QuantityError, match="finite"):
            q.format(bad, kind)
    with pytest.raises(q.QuantityError, match="finite"):
        q.to_si(bad, "GB")
    with pytest.raises(q.QuantityError, match="finite"):
        q.words(bad)


@pytest.mark.parametrize("bad", ["3", None, [1.0], 1j])
def test_values_that_are_no_numbers_are_refused(bad: object) -> None:
    with pytest.raises(q.QuantityError, match="allowed: a finite number"):
        q.to_si(bad, "GB")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("400 gb/s", ["gb/s", "Gb/s", "GB/s"]),
        ("12 TFLOPS", ["TFLOPS", "TFLOP/s", "TFLOP"]),
        ("3 ghz", ["GHz"]),
        ("5 furlongs", ["furlongs"]),
        ("$3/fortnight", ["$/fortnight"]),
    ],
)
def test_an_unknown_unit_is_named_with_its_neighbours(text: str, names: list[str]) -> None:
    with pytest.raises(q.QuantityError) as caught:
        q.parse(text)
    for name in [text, *names]:
        assert name in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", " ", "GB", "nan", "inf s", "1,02", "1,0244", "1.2.3 s", "--3", "1e999 B", "\u0663 s", "9" * 500]
)
def test_texts_that_are_no_quantity_are_refused(text: str) -> None:
    with pytest.raises(q.QuantityError) as caught:
        q.parse(text)
    assert len(str(caught.value)) < 300


@given(text=st.one_of(st.text(max_size=300), st.text(string.digits + ".,$ eE+-×%GBb/s", max_size=30)))
def test_parse_answers_or_refuses_but_never_breaks(text: str) -> None:
    try:
        quantity = q.parse(text)
    except q.QuantityError:
        return
    assert math.isfinite(quantity.value)
    assert quantity.dimension in q.DIMENSIONS


@pytest.mark.parametrize("kind", sorted(q.KINDS))
@given(value=st.floats(allow_nan=False, allow_infinity=False), digits=st.integers(1, 15))
def test_any_finite_value_prints_or_is_refused(kind: str, value: float, digits: int) -> None:
    if abs(value) > 1e200:
        with pytest.raises(q.QuantityError, match="1e"):
            q.format(value, kind, digits)
    else:
        text = q.format(value, kind, digits)
        assert not any(word in text for word in ("nan", "inf", "e+", "e-"))


def test_unknown_kinds_and_digits_are_named() -> None:
    with pytest.raises(q.QuantityError, match=r"'speed'.*bandwidth"):
        q.format(1, "speed")
    with pytest.raises(q.QuantityError, match="digits is 0; allowed: 1 to 15"):
        q.format(1, "bytes", 0)


@pytest.mark.parametrize(
    ("n", "text"),
    [(0, "zero"), (8, "eight"), (12, "twelve"), (16, "sixteen"), (20, "twenty"), (64, "sixty-four"), (1024, "1,024")],
)
def test_words(n: int, text: str) -> None:
    assert q.words(n) == text


@pytest.mark.parametrize("bad", [-1, 2.5])
def test_words_refuses_what_is_no_count(bad: float) -> None:
    with pytest.raises(q.QuantityError, match="whole number"):
        q.words(bad)


def test_all_small_counts_spell_differently() -> None:
    assert len({q.words(n) for n in range(100)}) == 100
