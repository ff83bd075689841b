"""Act II, data gravity: what a learner reads, is asked and answers. The numbers are those of `gravity.py`."""

from __future__ import annotations

from ironlaw import registry
from ironlaw.labkit.spec import (
    Act,
    Band,
    Decision,
    DecisionOption,
    Feedback,
    FigureSpec,
    Given,
    MathItem,
    NumberQuestion,
    Reflection,
    Reveal,
    Term,
    TermQuestion,
    Try,
)
from ironlaw.labs.v1_04_data_gravity import act2_figures as drawn
from ironlaw.labs.v1_04_data_gravity import gravity
from ironlaw.labs.v1_04_data_gravity.act2_facts import EDGES, facts
from ironlaw.labs.v1_04_data_gravity.act2_panel import CARDS, CONSTRAINTS, CONTROLS, OUTPUTS, START
from ironlaw.labs.v1_04_data_gravity.missions_common import scenario, sourced
from ironlaw.quantities import HOUR, to_si

PREDICTION = NumberQuestion(
    fact="hours",
    quantity="Time to move the data set",
    unit="hours",
    per=HOUR,
    axis=(to_si(0.05, "h"), to_si(1000, "h")),
    scale="log",
    widest=20.0,
    text=(
        "The set has {dataset}, the link is sold as {line_rate}, and the last bulk copy over it reached {reached} of that. "
        "**How many hours does it take to move the set?**"
    ),
    options=(
        Band(
            id="bytes",
            low=None,
            high=EDGES[0],
            text="Less than {edge1}",
            feedback=Feedback(
                title="“Gigabits are gigabytes”",
                text=(
                    "Links are sold in bits: {line_rate} are {line_bytes} in bytes. Read as bytes the set would cross in "
                    "{as_bytes}; it takes {at_line} even on a line that is filled to the last bit. Your last design moved "
                    "{now.size} in {now.transfer}."
                ),
                attempt=Try(text="Fill the line to the last bit", settings={**START, "share": 1.0}),
            ),
        ),
        Band(
            id="line",
            low=EDGES[0],
            high=EDGES[1],
            text="{edge1} to {edge2}",
            feedback=Feedback(
                title="“The line rate is what arrives”",
                text=(
                    "At line rate it would be {at_line}. The last copy reached {reached} of it, so {arriving} arrive and "
                    "the set takes {hours}. At your last settings {now.payload} arrived."
                ),
                attempt=Try(text="Set the full line rate", settings={**START, "share": 1.0}),
            ),
        ),
        Band(id="hours", low=EDGES[1], high=EDGES[2], text="{edge2} to {edge3}"),
        Band(
            id="night",
            low=EDGES[2],
            high=EDGES[3],
            text="{edge3} to {edge4}",
            feedback=Feedback(
                title="“Terabytes take a day”",
                text=(
                    "Over a line a tenth as fast they would: {at_tenth}. This one brings {arriving}, a terabyte every few "
                    "minutes. Your last design took {now.transfer} for {now.size}."
                ),
                attempt=Try(text="Set the slower link", settings={**START, "line": gravity.LINE / 10}),
            ),
        ),
        Band(
            id="days",
            low=EDGES[3],
            high=None,
            text="More than {edge4}",
            feedback=Feedback(
                title="“So much data cannot be moved”",
                text=(
                    "On an office line it cannot: {at_hundredth}. Between data centres {arriving} arrive, and the set "
                    "crosses in {hours}. What speaks against it is the bill: at your last settings {now.egress} of egress, "
                    "against {now.in_place} for GPUs beside the data."
                ),
                attempt=Try(text="Set the office line", settings={**START, "line": gravity.LINE / 100}),
            ),
        ),
    ),
)

REFLECTION = Reflection(
    question=TermQuestion(
        quantity="Dollars a month",
        title="What each architecture costs a month",
        pick="smallest",
        text=(
            "The team now plans **{reuse:words} runs a month** on the same {dataset}. The idle GPUs in the other region stay "
            "free, and a copy there can be kept. **Which architecture costs least?**"
        ),
        options=(
            Term(
                id="place",
                fact="cost_place",
                short="compute in place",
                text="Compute to the data: rent GPUs in its region for every run",
                feedback=Feedback(
                    title="“Compute always goes to the data”",
                    text=(
                        "For one run it does: {beside} against {toll_inter}. But rent is paid in every run, {cost_place} "
                        "for {reuse:words}, and a copy is paid for once. At your settings (runs: {now.runs}) the rent comes "
                        "to {now.in_place}."
                    ),
                    attempt=Try(text="Run it often", settings={**START, "runs": gravity.REUSE}),
                ),
            ),
            Term(
                id="stream",
                fact="cost_stream",
                short="stream every run",
                text="A faster link: stream the set across it in every run",
                feedback=Feedback(
                    title="“Bandwidth overcomes gravity”",
                    text=(
                        "A faster link shortens the hours and leaves the bytes as they are, and bytes are billed: "
                        "{cost_stream} for {reuse:words} crossings. Your last design paid {now.egress} for one, at "
                        "any link speed."
                    ),
                    attempt=Try(text="Fill the link: same bill", settings={**START, "share": 1.0}),
                ),
            ),
            Term(
                id="copy",
                fact="cost_copy",
                short="copy once",
                text="Data to the compute: copy the set once and keep the copy there",
            ),
            Term(
                id="squeeze",
                fact="cost_squeeze",
                short="compress every run",
                text="Fewer bytes: compress the set and send it for every run",
                feedback=Feedback(
                    title="“Compression makes it light”",
                    text=(
                        "Suppose it shrank {squeeze}, which a set of compressed images never does. Then {reuse:words} crossings still "
                        "cost {cost_squeeze}, where one uncompressed crossing and its copy cost {cost_copy}. Your last "
                        "settings put one crossing at {now.egress}."
                    ),
                    attempt=Try(text="Send less of the set", settings={**START, "size": 2e13}),
                ),
            ),
        ),
    ),
    ask="Say in a sentence what data gravity means for where you build.",
    correct=(
        "Yes: {toll_inter} to cross once and {copy} a month for the copy, {cost_copy} in all, against {cost_place} of rented "
        "GPUs. Gravity is a price for each byte, set against how often it is used. For one run the compute goes to the "
        "data; from {flip} runs a month on, the data has earned its move. What never pays is to send the same bytes again."
    ),
)

MATH = (
    MathItem(
        equation="transfer-time",
        title="Time to move your set",
        inputs={"latency": "nothing", "size": "now.size", "rate": "now.payload"},
        result="now.transfer",
        note="The milliseconds before the first byte are left out: they vanish beside the rest.",
    ),
    MathItem(
        equation="gravity-ratio",
        title="Data gravity",
        inputs={"time": "now.transfer", "job": "now.run"},
        result="now.gravity",
    ),
    MathItem(
        equation="transfer-cost",
        title="Egress",
        inputs={"size": "now.size", "price": "now.price"},
        result="now.egress",
        note=(
            "The price is the mean over your bytes on your route. The same bytes cost {now.inter} between two regions and "
            "{now.internet} out to the internet."
        ),
    ),
    MathItem(
        equation="break-even-premium",
        title="What compute beside the data may cost",
        inputs={"size": "now.size", "price": "now.price", "hours": "now.compute_time"},
        result="now.premium",
        note="The machine rents for {now.rent}. Below the premium compute goes to the data, above it the data to compute.",
    ),
)


def _price(entity: str, id_: str) -> Given:
    return sourced(id_, registry.get(entity).name, entity, "per_gigabyte", "usd_per_gigabyte")


ACT_2 = Act(
    id="act2",
    title="Data gravity",
    minutes=22,
    context="cloud",
    sender="Cloud infrastructure lead",
    message=(
        "Our {dataset} set lies in one region. In another, {machine_gpus:words} A100 that we have already paid for stand "
        "idle. The link between the two is {line_rate}, the run takes {run_time}. **Do I move the data to the GPUs, or rent "
        "{machine_gpus:words} GPUs where the data is?** Finance says the GPUs we own are free."
    ),
    briefing=(
        "The run takes a fixed number of steps, so it lasts {run_time} whatever the size of the set. Moving the data may "
        "take as long as the run itself, no longer. Two prices are on the provider's list for bytes that leave a region: "
        "{inter_price} to another region, and from {internet_price} out to the internet. A machine with the same GPUs "
        "beside the data rents by the hour."
    ),
    givens=(
        scenario("dataset", "Data set", gravity.SIZE, "bytes"),
        scenario("line", "Link, line rate", gravity.LINE, "bit_rate"),
        scenario("reached", "Share of it that the last copy reached", gravity.REACHED, "share"),
        scenario("run", "The run", gravity.RUN, "seconds"),
        scenario("allowed", "Time allowed for moving", gravity.BUDGET, "seconds"),
        _price(gravity.INTER, "inter"),
        *(_price(tier, f"internet_{number}") for number, tier in enumerate(gravity.INTERNET_TIERS)),
        sourced("rent", registry.get(gravity.MACHINE).name, gravity.MACHINE, "per_hour", "usd_per_hour"),
        _price(gravity.KEEP, "keep"),
    ),
    controls=CONTROLS,
    outputs=OUTPUTS,
    model=gravity.model,
    facts=facts,
    cards=CARDS,
    constraints=CONSTRAINTS,
    figures=(
        FigureSpec(id="time", title="Time to move the data, by size", draw=drawn.time_curve),
        FigureSpec(id="money", title="Cost, moved or in place, by size", draw=drawn.money_curve),
    ),
    prediction=PREDICTION,
    reveal=Reveal(
        text=(
            "The set crosses in **{hours}**: {dataset} at {arriving}, which is {reached} of {line_rate}. That is less than the "
            "run takes, and up to {fits_time} would fit the time. The clock says: move it.\n\n"
            "**The dominant term is the bill.** Between two regions the bytes cost {toll_inter}, out to the internet "
            "{toll_internet}; {machine_gpus:words} rented GPUs beside the data cost {beside} for the run. Egress costs as "
            "much as compute at {fits_money}, and on the internet's prices at {fits_money_internet}. Your set is heavier: "
            "the free GPUs cost {inter_ratio} the rented ones.\n\n"
            "The same holds inside a computer. At 45 nm a word of {word_bits} bits from DRAM takes {fetch}, an FP32 multiplication "
            "{multiply}. Bit for bit, moving costs {energy_ratio} what multiplying does."
        ),
        correct="Your interval held it, at {you.confidence} confidence.",
    ),
    reflection=REFLECTION,
    math=MATH,
    decision=Decision(
        text="**What do you tell the lead for this one run?** What you set on the instrument goes into the ledger with it.",
        options=(
            DecisionOption(
                id="move",
                text="Move the data to the GPUs that are paid for",
                answer="Signed: {hours} and {toll_inter} of egress, to spare {beside} of rent.",
            ),
            DecisionOption(
                id="place",
                text="Rent GPUs beside the data",
                answer="Signed: {beside} for the run. The GPUs in the other region stay idle, and that is cheaper.",
            ),
            DecisionOption(
                id="design",
                text="The design on my instrument",
                answer=(
                    "Signed: {now.size} in {now.transfer}, {now.egress} of egress, against {now.in_place} for compute in place."
                ),
            ),
        ),
        ask="One sentence for the record: which number decided it?",
        record=("transfer", "egress", "in_place", "gravity", "cost_ratio"),
    ),
)
