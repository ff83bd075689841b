"""The panel of act II: where the instrument starts, its controls, outputs, cards, limit and goal."""

from __future__ import annotations

from typing import Any

from ironlaw import registry
from ironlaw.labkit.spec import Card, Challenge, Check, Choice, ChoiceControl, Constraint, NumberControl, Output
from ironlaw.labs.v2_01_scale_illusion import paths
from ironlaw.quantities import to_si

TARIFFS = tuple(
    registry.get(f"electricity-{place}")["per_kilowatt_hour"]
    for place in ("texas-industrial", "virginia-commercial", "california-commercial")
)
PUE = registry.get(paths.SITE)["pue"]

START: dict[str, Any] = {
    "path": "on-demand",
    "use": paths.USE,
    "rate": paths.RATE,
    "price": paths.PRICE,
    "discount": paths.DISCOUNT,
    "gpus": paths.GPUS,
    "years": paths.YEARS,
    "host_share": paths.HOST_SHARE,
    "residual": paths.RESIDUAL,
    "interest": paths.INTEREST,
    "upkeep": paths.UPKEEP,
    "tariff": registry.get(paths.TARIFF)["per_kilowatt_hour"],
    "pue": PUE,
    "idle_share": paths.IDLE_SHARE,
}


def _dollars(*hourly: float) -> tuple[float, ...]:
    return tuple(to_si(rate, "USD/h") for rate in hourly)


RATES = _dollars(1.00, 1.50, 2.10, 2.50, 3.00, 3.50, 4.00, 5.00, 6.00, 8.00, 10.00, 12.50)


def _shares(*percent: int) -> tuple[float, ...]:
    return tuple(each / 100 for each in percent)


def _slider(id_: str, label: str, kind: str, ticks: tuple[float, ...], help_: str, **more: Any) -> NumberControl:
    return NumberControl(id=id_, label=label, kind=kind, ticks=ticks, start=START[id_], help=help_, **more)


CONTROLS = (
    ChoiceControl(
        id="path",
        label="How you pay",
        options=(
            Choice(value="on-demand", text="On demand", note="Paid by the hour, only while the GPUs are used."),
            Choice(value="reserved", text="Reserved", note="Paid for all hours, at the discount."),
            Choice(value="owned", text="Bought", note="Paid before the first hour, sold after the last."),
        ),
        start=START["path"],
        help="The bill that is held against the budget. The curves show all of them.",
    ),
    _slider(
        "use",
        "Use",
        "share",
        _shares(*range(5, 101, 5)),
        "Share of all hours in which the GPUs work for you.",
    ),
    _slider(
        "rate",
        "On-demand price of a GPU",
        "usd_per_hour",
        RATES,
        "Reservations follow it, by the discount.",
    ),
    _slider(
        "price",
        "Purchase price of a GPU",
        "usd",
        (15e3, 20e3, 25e3, 30e3, 35e3, 40e3, 45e3, 50e3),
        "Without its share of hosts and network, which the drawer adds.",
    ),
    _slider(
        "discount",
        "Discount of the reservation",
        "share",
        _shares(*range(0, 65, 5)),
        "Off the on-demand price, for paying every hour. It is renewed each year at the same terms.",
        drawer=True,
    ),
    _slider(
        "gpus",
        "GPUs",
        "count",
        (8.0, 64.0, 256.0, 500.0, 1000.0, 2000.0, 4000.0),
        "All bills grow with them alike.",
        integer=True,
        drawer=True,
    ),
    _slider(
        "years",
        "Years",
        "count",
        (1.0, 2.0, 3.0, 4.0, 5.0),
        "Time over which the bills add up; bought GPUs are sold at its end.",
        drawer=True,
    ),
    _slider(
        "host_share",
        "Hosts and network over the GPUs' price",
        "share",
        _shares(0, 5, 10, 15, 20, 30, 40, 50),
        "What else must be bought for the GPUs to work.",
        drawer=True,
    ),
    _slider(
        "residual",
        "Resale over the purchase",
        "share",
        _shares(0, 10, 20, 30, 40, 50),
        "What the machines bring at the end.",
        drawer=True,
    ),
    _slider(
        "interest",
        "Cost of capital a year",
        "share",
        _shares(2, 4, 6, 8, 10, 12, 15),
        "What the money would earn elsewhere, or what a loan costs.",
        drawer=True,
    ),
    _slider(
        "upkeep",
        "Staff and repair a year over the purchase",
        "share",
        _shares(0, 2, 4, 5, 6, 8, 10),
        "Owning only: a rented GPU comes with its staff.",
        drawer=True,
    ),
    _slider("tariff", "Electricity", "usd_per_kwh", TARIFFS, "Owning only.", drawer=True),
    _slider(
        "pue",
        "PUE of the hall",
        "number",
        tuple(sorted({1.1, 1.2, 1.3, 1.4, PUE, 1.8, 2.0})),
        "Power of the building over that of its machines.",
        drawer=True,
    ),
    _slider(
        "idle_share",
        "Idle power over the largest",
        "share",
        _shares(10, 20, 30, 40, 50, 60),
        "A bought GPU that waits still draws this much.",
        drawer=True,
    ),
)

OUTPUTS = tuple(
    Output(id=id_, label=label, kind=kind, always=True)
    for id_, label, kind in (
        ("cost_on_demand", "On demand", "usd"),
        ("cost_reserved", "Reserved", "usd"),
        ("cost_owned", "Bought", "usd"),
        ("purchase", "Purchase, hosts and network included", "usd"),
        ("resale", "Resale", "usd"),
        ("capital", "Purchase less resale, with interest", "usd"),
        ("machines", "The GPUs' part of it", "usd"),
        ("hosts", "The hosts' and network's part of it", "usd"),
        ("electricity", "Electricity", "usd"),
        ("upkeep", "Staff and repair", "usd"),
        ("power", "Mean power of a GPU with its host", "power"),
        ("idle_bill", "Cost of owning at no use", "usd"),
        ("swing", "What full use adds to it", "usd"),
        ("fleet_rate", "On-demand price of all GPUs", "usd_per_hour"),
        ("net_rate", "The same less the electricity of use", "usd_per_hour"),
        ("span", "Time", "seconds"),
        ("discount", "Discount", "share"),
        ("interest", "Cost of capital", "share"),
        ("pue", "PUE", "number"),
        ("tariff", "Electricity price", "usd_per_kwh"),
        ("reserved_rate", "Reserved price of a GPU", "usd_per_hour"),
        ("path", "Path", "text"),
        ("cost", "Cost of the chosen path", "usd"),
        ("budget", "Budget", "usd"),
        ("cheapest", "Cheapest path", "text"),
        ("cheapest_cost", "Cost of the cheapest path", "usd"),
        ("premium", "Chosen path ÷ cheapest", "ratio"),
        ("useful_on_demand", "Productive GPU-hour on demand", "usd_per_hour"),
        ("useful_reserved", "Productive GPU-hour reserved", "usd_per_hour"),
        ("useful_owned", "Productive GPU-hour bought", "usd_per_hour"),
        ("useful", "A productive GPU-hour", "usd_per_hour"),
        ("break_even", "Reserved beats on demand above", "share"),
        ("use_owned", "Use at which bought = on demand", "share"),
        ("use_flat", "Use at which bought = reserved", "share"),
        ("cross_owned", "Bought = on demand", "text"),
        ("cross_flat", "Bought = reserved", "text"),
        ("owned_over_rent", "Bought ÷ the cheaper rent", "ratio"),
        ("electricity_share", "Electricity in the cost of owning", "share"),
        ("even", "As cheap as the cheaper rent", "ratio"),
        ("stretch", "Change of both prices", "ratio"),
        ("stretch_most", "Largest change of both prices", "ratio"),
        ("use", "Use", "share"),
        ("use_floor", "Use wanted", "share"),
        ("gpus", "GPUs", "count"),
        ("years", "Years", "count"),
    )
)

CARDS = (
    Card(output="cost", label="Your bill", constraint="budget", note="{now.path}; budget {now.budget}"),
    Card(output="cheapest_cost", label="Cheapest bill", note="{now.cheapest}"),
    Card(output="useful", note="the bill over the hours in use"),
    Card(output="break_even", note="one less the discount"),
    Card(output="owned_over_rent", note="bought = on demand: {now.cross_owned}; bought = reserved: {now.cross_flat}"),
    Card(output="electricity_share", note="{now.electricity} of {now.cost_owned}"),
)

CONSTRAINTS = (
    Constraint(
        id="budget",
        name="Over the budget",
        quantity="cost",
        limit="budget",
        controls=("path", "use", "rate", "gpus"),
        domain="Economics",
        text=(
            "Over the budget: {now.gpus} GPUs {now.path} cost {now.cost} at a use of {now.use}, and the budget is "
            "{now.budget}. The cheapest path is {now.cheapest}, at {now.cheapest_cost}."
        ),
        ok_text="{now.cost} of a budget of {now.budget}.",
    ),
)

CHALLENGE = Challenge(
    title="A price at which buying wins",
    text=(
        "At the prices of the message buying never wins. Find prices at which it costs no more than the cheaper rent, at a use "
        "of {use_floor} or more. The changes of the two prices, as factors multiplied, may come to {stretch_most} at most."
    ),
    checks=(
        Check(
            output="owned_over_rent",
            sense="at most",
            limit="even",
            text="Bought at {now.owned_over_rent} the cheaper rent, at most {now.even}",
        ),
        Check(
            output="stretch",
            sense="at most",
            limit="stretch_most",
            text="Both prices moved by {now.stretch}, at most {now.stretch_most}",
        ),
        Check(output="use", sense="at least", limit="use_floor", text="Use {now.use} of at least {now.use_floor}"),
    ),
    cost=None,
    free=("use", "rate", "price"),
    pinned={"discount": paths.DISCOUNT, "gpus": paths.GPUS, "years": paths.YEARS},
)
