"""Act II, three ways to pay: what a learner reads, is asked and answers. The numbers are those of `paths.py`."""

from __future__ import annotations

from ironlaw import registry
from ironlaw.labkit.spec import (
    Act,
    Decision,
    DecisionOption,
    FigureSpec,
    Given,
    MathItem,
    Reveal,
)
from ironlaw.labs.v2_01_scale_illusion import act2_figures as drawn
from ironlaw.labs.v2_01_scale_illusion import paths
from ironlaw.labs.v2_01_scale_illusion.act2_facts import facts
from ironlaw.labs.v2_01_scale_illusion.act2_panel import (
    CARDS,
    CHALLENGE,
    CONSTRAINTS,
    CONTROLS,
    OUTPUTS,
)
from ironlaw.labs.v2_01_scale_illusion.act2_questions import PREDICTION, REFLECTION, SECOND

MATH = (
    MathItem(
        equation="on-demand-cost",
        title="On demand: paid while it is used",
        inputs={"rate": "now.fleet_rate", "utilisation": "now.use", "span": "now.span"},
        result="now.cost_on_demand",
    ),
    MathItem(
        equation="reserved-cost",
        title="Reserved: paid always",
        inputs={"rate": "now.fleet_rate", "discount": "now.discount", "span": "now.span"},
        result="now.cost_reserved",
    ),
    MathItem(
        equation="reserved-break-even",
        title="Where these two meet",
        inputs={"discount": "now.discount"},
        result="now.break_even",
        note="Set the two bills equal: price and time cancel.",
    ),
    MathItem(
        equation="capital-with-residual",
        title="What the purchase costs, sold again",
        inputs={
            "price": "now.purchase",
            "residual": "now.resale",
            "interest": "now.interest",
            "years": "now.years",
        },
        result="now.capital",
    ),
    MathItem(
        equation="electricity-cost",
        title="Its electricity",
        inputs={
            "devices": "now.gpus",
            "power": "now.power",
            "pue": "now.pue",
            "span": "now.span",
            "energy_price": "now.tariff",
        },
        result="now.electricity",
        note="The mean power rises with use, from idle to the largest.",
    ),
    MathItem(
        equation="purchase-break-even",
        title="Where buying meets on demand",
        inputs={"owned_cost": "now.idle_bill", "rate": "now.net_rate", "span": "now.span"},
        result="now.use_owned",
        note=(
            "Here the bill at no use, and a rent less the electricity that use adds. Use ends at {full_use}; beyond it the two "
            "never meet. Bought = on demand: {now.cross_owned}."
        ),
    ),
    MathItem(
        equation="flat-bill-crossing",
        title="Where buying meets the reservation",
        inputs={"flat": "now.cost_reserved", "idle": "now.idle_bill", "swing": "now.swing"},
        result="now.use_flat",
        note="Below zero buying is dearer at any use. Bought = reserved: {now.cross_flat}.",
    ),
    MathItem(
        equation="cost-per-useful-second",
        title="A productive reserved hour",
        inputs={"rate": "now.reserved_rate", "utilisation": "now.use"},
        result="now.useful_reserved",
    ),
)


def _sourced(id_: str, label: str, entity: str, field: str, kind: str) -> Given:
    held = registry.get(entity).field(field)
    source = held.source if held.evidence != "recalled only" else f"{held.source} (recalled, not checked)"
    return Given(id=id_, label=label, value=held.si, kind=kind, source=source)


def _told(id_: str, label: str, value: float, kind: str, source: str = "scenario") -> Given:
    return Given(id=id_, label=label, value=value, kind=kind, source=source)


GIVENS = (
    _told("rate", "On demand, a GPU", paths.RATE, "usd_per_hour"),
    _told("discount", "Discount for one year reserved", paths.DISCOUNT, "share"),
    _told("price", "Purchase price of a GPU", paths.PRICE, "usd"),
    _told("budget", "Budget", paths.BUDGET, "usd"),
    _told("host_share", "Hosts and network over the GPUs' price", paths.HOST_SHARE, "share"),
    _told("residual", "Resale over the purchase", paths.RESIDUAL, "share"),
    _told("interest", "Cost of capital a year", paths.INTEREST, "share"),
    _told("upkeep", "Staff and repair a year over the purchase", paths.UPKEEP, "share"),
    _told("hall", "Building", 0.0, "usd", "scenario: the hall with its power supply exists"),
    _told(
        "power",
        "Largest power of a GPU with its host",
        paths.largest_power(),
        "power",
        registry.get(paths.SERVER).field("power").source,
    ),
    _told("idle_share", "Idle power over the largest", paths.IDLE_SHARE, "share"),
    _sourced("pue", "PUE of the hall", paths.SITE, "pue", "number"),
    _sourced("tariff", "Electricity", paths.TARIFF, "per_kilowatt_hour", "usd_per_kwh"),
)

ACT_2 = Act(
    id="act2",
    title="Ways to pay",
    minutes=22,
    context="fleet",
    sender="CFO",
    message=(
        "We need {gpus} GPUs for {years:words} years. I have {paths:words} offers: on demand at **{rate}** a GPU; a one-year "
        "reservation, renewed each year, at **{discount} off**; or we buy at **{price}** a GPU. We are busy {use} of the time. "
        "Which is cheapest, and at which use would I change my mind?"
    ),
    briefing=(
        "The hourly rate times the hours is not the bill. On demand is paid while GPUs run. A reservation is paid for every "
        "hour. A purchase is paid first, and brings hosts and network, interest, staff, and electricity times the hall's "
        "overhead (PUE). Part of it comes back when the machines are sold. The budget is {budget}.\n\n"
        "Use is the share of all hours in which the GPUs work for you."
    ),
    givens=GIVENS,
    controls=CONTROLS,
    outputs=OUTPUTS,
    model=paths.model,
    facts=facts,
    cards=CARDS,
    constraints=CONSTRAINTS,
    figures=(
        FigureSpec(id="bills", title="The bills over use", draw=drawn.bills, always=True),
        FigureSpec(id="bars", title="What each bill is made of", draw=drawn.bars, always=True),
        FigureSpec(id="hours", title="A productive GPU-hour over use", draw=drawn.hours, always=True),
    ),
    challenge=CHALLENGE,
    prediction=PREDICTION,
    second=SECOND,
    reveal=Reveal(
        text=(
            "At {use} **{cheapest}** is cheapest: {cost_on_demand}, against {cost_reserved} reserved and {cost_owned} bought. "
            "Above a use of **{break_even}** the reservation wins; below it, its idle hours cost more than its discount saves. "
            "So neither is always right, and the use that you will really have decides.\n\n"
            "Buying does not pay at these prices. Crossing with on demand: **{cross_owned}**; with the reservation: "
            "**{cross_flat}**. Even at full use it is {full_owned}, where all hours cost {full_on_demand} on demand and "
            "{cost_reserved} reserved. The prices decide that, not a law: a published list price of the same GPU is {list_rate} "
            "({offer}). Against that rent, at the same discount and a use of {use_floor}, buying costs {list_owned} the "
            "cheaper rent."
        ),
        correct="You named it: “{you.option}”, at {you.confidence} confidence.",
    ),
    reflection=REFLECTION,
    math=MATH,
    decision=Decision(
        text="**Which contract do you bring to the CFO?** The prices and the use on your instrument go into the ledger with it.",
        options=(
            DecisionOption(
                id="on-demand",
                text="On demand, and watch the use",
                answer="Signed: {now.cost_on_demand} at a use of {now.use}. Above {now.break_even} you would regret it; measure the use.",
            ),
            DecisionOption(
                id="reserved",
                text="Reserve for a year, and fill the hours",
                answer="Signed: {now.cost_reserved}, used or not. It pays above {now.break_even}, and every idle hour is yours.",
            ),
            DecisionOption(
                id="owned",
                text="Buy, at the prices on my instrument",
                answer="Signed: {now.cost_owned}, of which {now.purchase} are due first; {now.owned_over_rent} the cheaper rent.",
            ),
        ),
        ask="One sentence for the record: which use do you expect, and how do you know?",
        record=(
            "path",
            "cost",
            "cheapest",
            "cheapest_cost",
            "premium",
            "break_even",
            "use_owned",
            "use_flat",
            "useful",
            "cost_on_demand",
            "cost_reserved",
            "cost_owned",
        ),
    ),
)
