"""The question "how do these bytes get there?": wire, route and truck."""

from __future__ import annotations

import inspect
import math

import numpy as np
import pytest

from ironlaw.estimate.transfer import PARAMETERS, ROUTES, estimate_transfer, wire_seconds
from ironlaw.physics import EQUATIONS, InputError
from ironlaw.registry import UnknownNameError

TB, DAY = 1e12, 86_400.0


def test_50_tb_over_10_gigabits() -> None:
    plan = estimate_transfer(size="50 TB", bandwidth="10 Gb/s", route="egress-internet-aws", round_trip="70 ms")
    assert plan["rate"] == pytest.approx(1.25e9 * 1448 / 1538)
    assert plan["time"] == pytest.approx(50 * TB / plan["rate"] + 0.07)
    assert plan["cost"] == pytest.approx(10e3 * 0.09 + 40e3 * 0.085)
    assert plan["window_needed"] == pytest.approx(87.5e6)


def test_known_error_two_prices_by_name() -> None:
    """V1-04 II: between regions about $0.02/GB, to the internet $0.05 to 0.09/GB: 50 TB can be set, and they differ."""
    between = estimate_transfer(size="50 TB", bandwidth=1e9, route="transfer-inter-region-aws-us")["cost"]
    assert between == pytest.approx(1_000)
    for route in ROUTES:
        if route.startswith("egress-internet"):
            assert 2 * between < estimate_transfer(size="50 TB", bandwidth=1e9, route=route)["cost"] < 6_000
    assert estimate_transfer(size="50 TB", bandwidth=1e9)["cost"] == 0


@pytest.mark.parametrize("route", ROUTES)
def test_a_routes_mean_price_falls_with_size(route: str) -> None:
    costs = [
        estimate_transfer(size=size * TB, bandwidth=1e9, route=route)["cost"] / size for size in (1, 20, 200, 2_000)
    ]
    assert costs == sorted(costs, reverse=True)


def test_loss_and_windows_bind_on_long_paths() -> None:
    clean = estimate_transfer(size=TB, bandwidth="10 Gb/s", round_trip="70 ms")
    window = estimate_transfer(size=TB, bandwidth="10 Gb/s", round_trip="70 ms", window="64 KiB")
    lossy = estimate_transfer(size=TB, bandwidth="10 Gb/s", round_trip="70 ms", loss="0.01 %")
    assert window["rate"] == pytest.approx(65_536 / 0.07)
    assert lossy["rate"] == pytest.approx(1448 / 0.07 * math.sqrt(1.5 / 1e-4))
    assert clean["rate"] > max(window["rate"], lossy["rate"])
    assert "loss" in lossy.figure("rate").note
    streams = estimate_transfer(size=TB, bandwidth="10 Gb/s", round_trip="70 ms", loss="0.01 %", streams=10_000)
    assert streams["rate"] == clean["rate"]  # enough streams fill the line and never more


def test_the_truck_wins_on_thin_wires_only() -> None:
    thin = estimate_transfer(size="50 TB", bandwidth="100 Mb/s")
    assert thin["appliance_time"] < thin["time"]
    assert "times as fast as the wire" in thin.notes[0]
    even = estimate_transfer(size=thin["break_even"], bandwidth="100 Mb/s")
    assert even["appliance_time"] == pytest.approx(even["time"], rel=1e-9)
    fast = estimate_transfer(size="50 TB", link="ethernet-100g")
    assert fast["time"] < fast["appliance_time"]
    assert all(figure.id != "break_even" for figure in fast.figures)
    assert all("appliance" not in f.id for f in estimate_transfer(size=TB, link="ethernet-100g", appliance="").figures)


def test_appliances_come_in_whole_ones() -> None:
    plan = estimate_transfer(size="1 PB", bandwidth="1 Gb/s", appliances=13)
    assert plan["appliance_count"] == 13
    assert plan["appliance_cost"] == 13 * 300
    assert plan["appliance_time"] == pytest.approx(7 * DAY + 1e15 / 13 / 1.25e9)


def test_every_figure_with_an_equation_follows_from_its_arguments() -> None:
    plan = estimate_transfer(size=TB, bandwidth="1 Gb/s", round_trip="70 ms", loss="0.01 %", window="1 MiB", streams=1)
    assert {"line", "window", "loss", "time", "break_even"} <= {figure.id for figure in plan.figures}
    for figure in plan.figures:
        if figure.equation:
            assert figure.arguments is not None
            assert EQUATIONS[figure.equation].evaluate(**figure.arguments) == pytest.approx(figure.value), figure.id


def test_arrays_and_scalars_of_the_fast_path_agree_with_the_estimate() -> None:
    sizes = np.array([1e9, TB, 50 * TB])
    times = wire_seconds(sizes, 1.25e9, 0.07, 16, 4e6, 1e-5)  # type: ignore[arg-type]
    for size, time in zip(sizes.tolist(), times, strict=True):  # type: ignore[call-overload]
        plan = estimate_transfer(size=size, bandwidth=1.25e9, round_trip=0.07, streams=16, window=4e6, loss=1e-5)
        assert time == pytest.approx(plan["time"])
        assert time >= size / 1.25e9


def test_bad_input_names_field_and_choice() -> None:
    with pytest.raises(InputError, match=r"^bandwidth must be a rate, or link one of .*ethernet"):
        estimate_transfer(size=TB)
    with pytest.raises(InputError, match=r"^size must be an amount like '50 TB', got '50 apples'"):
        estimate_transfer(size="50 apples", bandwidth=1e9)
    for field, value in (
        ("size", 0.0), ("bandwidth", 0.0), ("round_trip", -1.0), ("loss", 1.5), ("streams", 0), ("appliances", 0),
        ("efficiency", 1.5), ("size", math.inf),
    ):  # fmt: skip
        with pytest.raises(InputError, match=rf"^{field} must be "):
            estimate_transfer(**{"size": TB, "bandwidth": 1e9, field: value})  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"^window must be an amount like '50 TB', got 'wide'"):
        estimate_transfer(size=TB, bandwidth=1e9, window="wide")  # though nothing depends on it without a round trip
    with pytest.raises(InputError, match=r"^bandwidth must be left out where link is given"):
        estimate_transfer(size=TB, bandwidth=1e9, link="ethernet-100g")
    with pytest.raises(UnknownNameError, match="egress-internet-aws"):
        estimate_transfer(size=TB, bandwidth=1e9, route="egress-aws")
    with pytest.raises(UnknownNameError, match="snowball"):
        estimate_transfer(size=TB, bandwidth=1e9, appliance="snowbal")


def test_each_parameter_has_its_help() -> None:
    assert list(PARAMETERS) == list(inspect.signature(estimate_transfer).parameters)
