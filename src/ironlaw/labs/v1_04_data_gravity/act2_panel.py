"""The panel of act II: where the instrument starts, its controls, outputs, cards and limits."""

from __future__ import annotations

from typing import Any

from ironlaw import registry
from ironlaw.labkit.spec import Card, Choice, ChoiceControl, Constraint, NumberControl, Output
from ironlaw.labs.v1_04_data_gravity import gravity
from ironlaw.quantities import format as text_of
from ironlaw.quantities import to_si

START: dict[str, Any] = {
    "size": gravity.SIZE,
    "line": gravity.LINE,
    "route": gravity.INTER,
    "budget": gravity.BUDGET,
    "share": gravity.REACHED,
    "runs": 1.0,
}


def _route(route: str, label: str) -> Choice:
    entity = registry.get(route)
    price = text_of(entity["per_gigabyte"], "usd_per_gigabyte")
    return Choice(value=route, text=f"{label} · {price}", note=f"{entity.name}.")


CONTROLS = (
    NumberControl(
        id="size",
        label="Data set",
        kind="bytes",
        ticks=(*(float(digit * 10**power) for power in range(10, 16) for digit in (1, 2, 5)), 1e16),
        start=START["size"],
        help="What would have to cross. The run draws its batches from it, whatever its size.",
    ),
    NumberControl(
        id="line",
        label="Link",
        kind="bit_rate",
        ticks=tuple(to_si(rate, "Gb/s") for rate in (1, 10, 100)),
        start=START["line"],
        help="Line rate between the two places. Links are sold in bits a second.",
    ),
    ChoiceControl(
        id="route",
        label="What a byte costs on the way",
        options=(
            _route(gravity.INTER, "Between two regions"),
            _route(gravity.INTERNET, "Out to the internet, from"),
            Choice(value=gravity.FREE, text="None: your own line", note="No provider meters the bytes."),
        ),
        start=START["route"],
        help="The provider bills bytes that leave, not the link they take. Internet egress gets cheaper by the tier.",
    ),
    NumberControl(
        id="budget",
        label="Time allowed for the move",
        kind="seconds",
        ticks=tuple(to_si(hours, "h") for hours in (1, 2, 3, 4, 6, 8, 12, 24, 48, 72)),
        start=START["budget"],
        help="How long the GPUs may wait for the data.",
    ),
    NumberControl(
        id="share",
        label="Share of the line rate reached",
        kind="share",
        ticks=tuple(tenth / 10 for tenth in range(1, 11)),
        start=START["share"],
        drawer=True,
        help="Protocol, other traffic, disks at both ends: what a long copy gets of the line.",
    ),
    NumberControl(
        id="runs",
        label="Runs on this set",
        kind="count",
        ticks=(1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0),
        start=START["runs"],
        integer=True,
        drawer=True,
        help="Data moves once and stays; rented GPUs are paid for in every run.",
    ),
)

OUTPUTS = (
    Output(id="size", label="Data set", kind="bytes"),
    Output(id="payload", label="Bytes a second that arrive", kind="bandwidth"),
    Output(id="transfer", label="Time to move the data", kind="seconds"),
    Output(id="allowed", label="Time allowed", kind="seconds"),
    Output(id="run", label="Time of a run", kind="seconds"),
    Output(id="gravity", label="Moving ÷ one run", kind="ratio"),
    Output(id="egress", label="Egress on your route", kind="usd"),
    Output(id="price", label="Mean price on your route", kind="usd_per_gigabyte"),
    Output(id="inter", label=registry.get(gravity.INTER).name, kind="usd"),
    Output(id="internet", label="Egress to the internet, AWS", kind="usd"),
    Output(id="in_place", label="Compute in place", kind="usd"),
    Output(id="cost_ratio", label="Egress ÷ compute in place", kind="ratio"),
    Output(id="premium", label="Premium at which both cost the same", kind="usd_per_hour"),
    Output(id="compute_time", label="Compute on this set", kind="seconds"),
    Output(id="rent", label="Rent of the machine", kind="usd_per_hour"),
    Output(id="keep", label="Keeping a copy, a month", kind="usd"),
    Output(id="time_size", label="Size that the time allows", kind="bytes"),
    Output(id="money_size", label="Size at which egress costs as much as compute", kind="text"),
    Output(id="runs", label="Runs", kind="count"),
)

CARDS = (
    Card(output="transfer", constraint="late", note="at {now.payload}; the run takes {now.run}"),
    Card(output="time_size", label="Fits the time", note="in {now.allowed}"),
    Card(output="egress", constraint="toll", note="{now.cost_ratio} compute in place"),
    Card(output="in_place", note="{now.rent} for the machine; egress costs as much at {now.money_size}"),
    Card(output="inter", note="a flat price a byte"),
    Card(output="internet", note="the same bytes, by tiers of a month"),
)

CONSTRAINTS = (
    Constraint(
        id="late",
        name="Transfer over its time",
        quantity="transfer",
        limit="allowed",
        controls=("size", "line", "share", "budget"),
        text=(
            "The transfer takes {now.transfer}, and {now.allowed} are allowed. At {now.payload} that time moves "
            "{now.time_size}; the set has {now.size}."
        ),
        ok_text="The transfer takes {now.transfer} of the {now.allowed} allowed.",
    ),
    Constraint(
        id="toll",
        name="Egress dearer than compute in place",
        quantity="egress",
        limit="in_place",
        controls=("size", "route", "runs"),
        text=(
            "Egress dearer than compute in place: the bytes cost {now.egress} to move, and renting the GPUs beside them "
            "{now.in_place}. On this route both cost the same at {now.money_size}."
        ),
        ok_text="Egress costs {now.egress}, compute in place {now.in_place}.",
        at_start=True,
    ),
)
