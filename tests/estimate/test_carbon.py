"""Carbon of a run from registry names: published accounts, parts that add up, intervals, clear refusals."""

from __future__ import annotations

import inspect

import pytest

from ironlaw import registry
from ironlaw.estimate.carbon import PARAMETERS, estimate_carbon
from ironlaw.physics import EQUATIONS, InputError
from ironlaw.registry import UnknownEntity

KWH = 3.6e6
BLOOM = {"device": "a100-80gb-sxm", "count": 384, "hours": 1_082_990 / 384, "region": "france-jean-zay"}


def test_bloom_as_published() -> None:
    """Luccioni et al. 2022: 433 MWh, 24.7 t of energy used, 11.2 t of making."""
    run = estimate_carbon(**BLOOM, pue=1, server="bloom-server", life=6, utilisation=0.85)  # type: ignore[arg-type]
    assert run["energy"] / KWH == pytest.approx(433_196, abs=1)
    assert run["operational"] == pytest.approx(24_690, abs=10)
    assert run["embodied"] == pytest.approx(11_200, abs=50)
    assert run["total"] == pytest.approx(run["operational"] + run["embodied"]) == run.stacks[0].total


def test_llama_in_touvrons_account() -> None:
    """Touvron et al. 2023, table 15: OPT-175B's 809,472 hours at 400 W, PUE 1.1, US mean: 356 MWh and 137 t."""
    run = estimate_carbon(device="A100", hours=809_472, site="touvron-2023", power="400 W")
    assert run["energy"] / KWH == pytest.approx(356_000, rel=2e-3)
    assert run["operational"] == pytest.approx(137_000, rel=2e-3)


def test_every_figure_can_be_explained() -> None:
    run = estimate_carbon(device="h100-sxm", count=8, hours=100)
    for figure in run.figures:
        if figure.equation:
            assert figure.arguments is not None
            assert EQUATIONS[figure.equation].evaluate(**figure.arguments) == pytest.approx(figure.value)
    assert {given.id for given in run.givens} >= {"us-average.intensity", "industry-average.pue", "h100-sxm.power"}
    assert run.to_json()["figures"]["total"]["low"] < run["total"]


def test_a_measured_power_narrows_the_interval() -> None:
    wide = estimate_carbon(device="h100-sxm", count=8, hours=100).figure("operational")
    narrow = estimate_carbon(device="h100-sxm", count=8, hours=100, power=700).figure("operational")
    assert wide.value == narrow.value
    assert wide.low is not None
    assert narrow.low is not None
    assert wide.low < narrow.low < narrow.value
    for figure in (wide, narrow, estimate_carbon(device="h100-sxm", count=8, hours=100).figure("total")):
        assert figure.low is not None
        assert figure.high is not None
        assert figure.low < figure.value < figure.high


@pytest.mark.parametrize("region", registry.ids("grid"))
def test_carbon_is_proportional_to_the_grid(region: str) -> None:
    grid = registry.get(region)
    field = "intensity" if "intensity" in grid else "intensity_adjusted"
    run = estimate_carbon(energy="1,000 kWh", region=region, pue=1.2)
    assert run["total"] == pytest.approx(1_200 * KWH * grid[field])
    assert bool([note for note in run.notes if "not the grid's own mean" in note]) == (field != "intensity")


def test_limits() -> None:
    assert estimate_carbon(energy="0 kWh")["total"] == 0
    assert estimate_carbon(device="h100-sxm", count=1, hours=0)["total"] == 0
    twice = estimate_carbon(device="h100-sxm", count=16, hours=10)["total"]
    assert twice == pytest.approx(2 * estimate_carbon(device="h100-sxm", count=8, hours=10)["total"])
    assert (
        "embodied" not in estimate_carbon(device="t4", count=1, hours=10).to_json()["figures"]
    )  # no figure in the registry


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({}, "device"),
        ({"device": "h100-sxm"}, "hours"),
        ({"device": "h100-sxm", "hours": -1}, "hours"),
        ({"device": "h100-sxm", "hours": float("nan")}, "hours"),
        ({"device": "h100-sxm", "hours": 1, "count": 0}, "count"),
        ({"device": "h100-sxm", "hours": 1, "pue": 0.9}, "pue"),
        ({"device": "h100-sxm", "hours": 1, "life": 0}, "life"),
        ({"device": "h100-sxm", "hours": 1, "power": -1}, "power"),
        ({"device": "esp32-s3", "hours": 1}, "power"),
        ({"energy": "-1 kWh"}, "energy"),
        ({"energy": 433}, "energy"),
        ({"energy": "433"}, "energy"),
        ({"energy": "5 W"}, "energy"),
        ({"energy": "1 kWh", "count": 1.5}, "count"),
        ({"energy": "1 kWh", "device": "h100-sxm"}, "energy"),
        ({"energy": "1 kWh", "power": 700}, "energy"),
        ({"energy": "1 kWh", "server": "bloom-server"}, "energy"),
        ({"device": "h100-sxm", "hours": 1, "pue": 1.1, "site": "google"}, "pue"),
        ({"device": "h100-sxm", "hours": 1, "embodied": -1}, "embodied"),
        ({"device": "h100-sxm", "hours": 1, "server": "dgx-h100"}, "server"),  # nobody published its making
    ],
)
def test_bad_numbers_are_refused_by_name(arguments: dict[str, object], field: str) -> None:
    with pytest.raises(InputError, match=f"^{field} must be ") as caught:
        estimate_carbon(**arguments)  # type: ignore[arg-type]
    assert caught.value.field == field


def test_unknown_names_name_their_neighbours() -> None:
    with pytest.raises(UnknownEntity, match="aws-us-east-1"):
        estimate_carbon(energy="1 kWh", region="aws-us-east-9")
    with pytest.raises(UnknownEntity, match="h100-sxm"):
        estimate_carbon(device="h100-sxx", count=1, hours=1)


def test_each_parameter_has_its_line_of_help() -> None:
    assert list(PARAMETERS) == list(inspect.signature(estimate_carbon).parameters)
