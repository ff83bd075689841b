"""Cost of ownership from registry names: shares, break-evens against a brute-force bill, clear refusals."""

from __future__ import annotations

import inspect

import pytest

from ironlaw import registry
from ironlaw.estimate.tco import PARAMETERS, estimate_tco
from ironlaw.physics import EQUATIONS, InputError
from ironlaw.physics.economics import on_demand_cost
from ironlaw.quantities import YEAR
from ironlaw.registry import UnknownEntity


@pytest.mark.parametrize("utilisation", [0.5, 0.7, 0.9])
def test_electricity_is_about_eight_per_cent_and_not_thirty(utilisation: float) -> None:
    """Known error, with every price from its source."""
    bill = estimate_tco(device="h100-sxm", count=512, years=4, utilisation=utilisation)
    assert bill["electricity_share"] == pytest.approx(0.08, abs=0.015)
    parts = {part.id: part.value for part in bill.stacks[0].parts}
    assert max(parts, key=lambda name: parts[name]) == "hardware"
    assert parts["hardware"] == 512 * 325_000 / 8
    assert sum(parts.values()) == pytest.approx(bill["total"]) == bill.stacks[0].total


def test_every_figure_can_be_explained() -> None:
    bill = estimate_tco(device="h100-sxm", count=64, offer="gpu-h100-coreweave")
    for figure in (*bill.figures, *bill.stacks[0].parts):
        if figure.equation and figure.arguments:
            assert EQUATIONS[figure.equation].evaluate(**figure.arguments) == pytest.approx(figure.value), figure.id


@pytest.mark.parametrize("offer", ["gpu-h100-aws-p5", "gpu-h100-coreweave"])
def test_at_the_break_even_owning_and_renting_cost_the_same(offer: str) -> None:
    start = estimate_tco(device="h100-sxm", count=8, years=5, utilisation=0.5, offer=offer)
    even = start["break_even"]
    assert 0 < even < 1
    price = registry.get(offer)
    rate = price["per_hour"] / price["devices"]
    owned = estimate_tco(device="h100-sxm", count=8, years=5, utilisation=even, offer=offer)
    assert owned["total"] == pytest.approx(8 * on_demand_cost(rate, even, 5 * YEAR))
    assert owned["break_even"] == pytest.approx(even)  # it does not depend on the utilisation that was asked for
    less, more = (
        estimate_tco(device="h100-sxm", count=8, years=5, utilisation=used)["total"]
        for used in (even - 0.05, even + 0.05)
    )
    assert less > 8 * on_demand_cost(rate, even - 0.05, 5 * YEAR)
    assert more < 8 * on_demand_cost(rate, even + 0.05, 5 * YEAR)


def test_owning_never_wins_where_renting_is_cheaper_than_its_electricity() -> None:
    bill = estimate_tco(device="h100-sxm", rate="$0.05/h", discount=0.35)
    assert "break_even" not in bill.to_json()["figures"]
    assert bill["reserved_break_even"] == pytest.approx(0.65)
    assert bill.figure("owned_over_reserved").note == "at this utilisation the reservation is cheaper"
    assert bill.notes[-1].endswith("the cheapest way is on-demand.")
    never = estimate_tco(device="h100-sxm", rate="$1.2/h", discount=0.35)
    assert never["break_even"] > 1
    assert never.figure("break_even").note == "owning never wins against on-demand"


def test_an_hour_costs_more_when_devices_idle() -> None:
    bill = estimate_tco(device="h100-sxm", utilisation=0.25)
    assert bill["per_useful_hour"] == pytest.approx(4 * bill["per_device_hour"])
    assert bill["per_device_hour"] == pytest.approx(bill["total"] / (8 * 4 * YEAR))
    assert "per_useful_hour" not in estimate_tco(device="h100-sxm", utilisation=0).to_json()["figures"]


def test_what_the_caller_gives_replaces_the_registry() -> None:
    bill = estimate_tco(device="t4", count=1, years=1, utilisation=1.0, price=1_000, power="70 W", energy_price="$0.1/kWh", pue=1.0, building_price="$0/W",
                        network_share=0, upkeep_share=0)  # fmt: skip
    assert bill["total"] == pytest.approx(1_000 + 0.07 * 8_766 * 0.1)
    named = estimate_tco(device="rtx-4090", count=1)
    assert {given.id for given in named.givens} >= {"rtx-4090.price", "rtx-4090.power"}


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"device": "t4"}, "price"),
        ({"device": "esp32-s3", "price": 5}, "power"),
        ({"device": "h100-sxm", "price": -1}, "price"),
        ({"device": "h100-sxm", "power": -1}, "power"),
        ({"device": "h100-sxm", "count": 0}, "count"),
        ({"device": "h100-sxm", "count": 1.5}, "count"),
        ({"device": "h100-sxm", "years": 0}, "years"),
        ({"device": "h100-sxm", "years": float("nan")}, "years"),
        ({"device": "h100-sxm", "utilisation": 1.1}, "utilisation"),
        ({"device": "h100-sxm", "idle_share": -0.1}, "idle_share"),
        ({"device": "h100-sxm", "pue": 0.5}, "pue"),
        ({"device": "h100-sxm", "energy_price": "-$1/kWh"}, "energy_price"),
        ({"device": "h100-sxm", "building_price": "-$1/W"}, "building_price"),
        ({"device": "h100-sxm", "building_years": 0}, "building_years"),
        ({"device": "h100-sxm", "network_share": -1}, "network_share"),
        ({"device": "h100-sxm", "upkeep_share": -1}, "upkeep_share"),
        ({"device": "h100-sxm", "rate": "$0/h"}, "rate"),
        ({"device": "h100-sxm", "rate": "5 GB"}, "rate"),
        ({"device": "h100-sxm", "rate": 2.5}, "rate"),
        ({"device": "h100-sxm", "energy_price": 0.08}, "energy_price"),
        ({"device": "h100-sxm", "building_price": 11.7}, "building_price"),
        ({"device": "h100-sxm", "rate": "$2/h", "offer": "gpu-h100-aws-p5"}, "rate"),
        ({"device": "h100-sxm", "price": "$40,000", "server": "dgx-h100"}, "price"),
        ({"device": "h100-sxm", "pue": 1.1, "site": "google"}, "pue"),
        ({"device": "h100-sxm", "price": "dear"}, "price"),
        ({"device": "h100-sxm", "rate": "$1/h", "discount": 1}, "discount"),
    ],
)
def test_bad_numbers_are_refused_by_name(arguments: dict[str, object], field: str) -> None:
    with pytest.raises(InputError, match=f"^{field} must be ") as caught:
        estimate_tco(**arguments)  # type: ignore[arg-type]
    assert caught.value.field == field


def test_unknown_names_name_their_neighbours() -> None:
    with pytest.raises(UnknownEntity, match="gpu-h100-aws-p5"):
        estimate_tco(device="h100-sxm", offer="gpu-h100-aws-p6")
    with pytest.raises(UnknownEntity, match="dgx-h100"):
        estimate_tco(device="h100-sxm", server="dgx-h101")


def test_each_parameter_has_its_line_of_help() -> None:
    assert list(PARAMETERS) == list(inspect.signature(estimate_tco).parameters)
