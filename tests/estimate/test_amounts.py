"""Amounts as callers write them: what is read, and what each refusal says."""

from __future__ import annotations

import math

import pytest

from ironlaw import estimate
from ironlaw.estimate.amounts import amount, not_both
from ironlaw.physics import InputError


@pytest.mark.parametrize(
    ("value", "dimension", "si"),
    [
        ("50 TB", "bytes", 50e12),
        (50e12, "bytes", 50e12),
        ("10 Gb/s", "bandwidth", 1.25e9),
        ("30 days", "seconds", 30 * 86_400),
        ("0.1 %", "share", 1e-3),
        (0.001, "share", 1e-3),
        ("$2.50/h", "usd_per_hour", 2.5 / 3600),
        ("$0.08/kWh", "usd_per_kwh", 0.08 / 3.6e6),
        ("$80/MWh", "usd_per_kwh", 0.08 / 3.6e6),
        ("$11.7/W", "usd_per_watt", 11.7),
        ("433 MWh", "energy", 433 * 3.6e9),
        ("$0/h", "usd_per_hour", 0.0),
        (30_000, "usd", 30_000.0),
    ],
)
def test_what_is_read(value: float | str, dimension: str, si: float) -> None:
    assert amount(value, dimension, "field", "what it is") == pytest.approx(si)


@pytest.mark.parametrize("dimension", ["usd_per_hour", "usd_per_kwh", "usd_per_watt", "energy"])
@pytest.mark.parametrize("value", [2.5, 0, 1, "2.5", "0", "1e3"])
def test_a_number_without_its_unit_is_refused_where_nobody_means_si(dimension: str, value: float | str) -> None:
    with pytest.raises(InputError, match=r"^field must be an amount with its unit, like '.+', got ") as caught:
        amount(value, dimension, "field", "what it is")
    assert caught.value.field == "field"


@pytest.mark.parametrize(
    ("value", "dimension", "said"),
    [
        ("50 TB", "seconds", "an amount like '30 days', got '50 TB', which is no time"),
        ("10 GB", "bandwidth", "an amount like '10 Gb/s', got '10 GB', which is no rate of data"),
        ("$2.50", "usd_per_hour", "an amount like '$2.50/h', got '$2.50', which is no price by the hour"),
        ("5 W", "energy", "an amount like '433 MWh', got '5 W', which is no energy"),
        ("3 apples", "power", "an amount like '400 W', got '3 apples': "),
        (1e300, "usd", "0, or 1e-30 to 1e+30 USD, got 1e+300"),
        ("1e40 TB", "bytes", "0, or 1e-30 to 1e+30 B, got 1e+52"),
        (1e-300, "seconds", "0, or 1e-30 to 1e+30 s, got 1e-300"),
        pytest.param(10**5000, "number", "got a whole number of", id="5000 digits"),
        (math.nan, "usd", "finite and at least 0 USD, got nan"),
        (-1, "usd", "at least 0 USD, got -1"),
        (True, "usd", "a number, "),
        ([1], "usd", "a number, "),
    ],
)
def test_what_a_refusal_says(value: float | str, dimension: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        amount(value, dimension, "field", "what it is")
    assert str(caught.value).startswith("field must be ")
    assert said in str(caught.value)


def test_an_option_in_place_of_another_is_not_given_with_it() -> None:
    not_both("rate", None, offer="x")
    not_both("rate", 0, offer="", server=None)
    with pytest.raises(InputError, match=r"^rate must be left out where server is given$"):
        not_both("rate", 0, offer="", server="x")


EXTREMES = [1e30, 1e-30, 1e300, 1e-300, 10**400, 10**5000, 0, -1, math.nan, math.inf, True, "x", [], None]
ASKED: dict[str, dict[str, object]] = {
    "checkpoint": {"model": "llama-3-70b", "count": 1024, "bandwidth": "20 GB/s"},
    "transfer": {"size": "50 TB", "bandwidth": "10 Gb/s", "round_trip": "70 ms"},
    "tco": {"device": "h100-sxm", "rate": "$2.50/h", "discount": 0.3},
    "carbon": {"device": "h100-sxm", "hours": 720.0},
}
NUMBERS = {
    "checkpoint": "count bandwidth node_bandwidth mtbf devices_per_node restart interval state snapshot",
    "transfer": "size bandwidth round_trip loss streams window efficiency appliances",
    "tco": "count years utilisation price power idle_share pue building_years network_share upkeep_share discount",
    "carbon": "count hours pue power embodied life utilisation",
}


@pytest.mark.parametrize("question", ASKED)
def test_no_number_ends_in_anything_but_an_answer_or_a_refusal(question: str) -> None:
    function = getattr(estimate, f"estimate_{question}")
    for name in NUMBERS[question].split():
        for value in EXTREMES:
            try:
                found = function(**ASKED[question] | {name: value})
            except InputError as error:
                assert str(error)  # noqa: PT017 - a refusal is as good as an answer
            else:
                assert all(math.isfinite(figure["value"]) for figure in found.to_json()["figures"].values())
