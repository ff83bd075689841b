"""The questions of act II: what a learner predicts, twice, and is asked to explain."""

from __future__ import annotations

from ironlaw.labkit.spec import Band, Feedback, NumberQuestion, Reflection, Second, Term, TermQuestion, Try
from ironlaw.labs.v2_01_scale_illusion.act2_facts import EDGES
from ironlaw.labs.v2_01_scale_illusion.act2_panel import RATES, START, TARIFFS

PREDICTION = TermQuestion(
    quantity="Cost over the whole time",
    title="What each path costs at the CFO's use",
    pick="smallest",
    text=(
        "{gpus} GPUs, {years:words} years, in use {use} of the time. **Which path costs least?** Owning brings electricity, "
        "staff, hosts and capital with it, and a resale at the end."
    ),
    options=(
        Term(
            id="reserved",
            fact="cost_reserved",
            short="reserved",
            text="The one-year reservation, renewed: {discount} off every hour",
            feedback=Feedback(
                title="“A discount on every hour must be cheaper”",
                text=(
                    "It is a discount on every hour, the idle ones too: of {cost_reserved} the reservation costs, "
                    "{idle_reserved} pay for hours in which nothing runs. On demand costs {cost_on_demand}. At your settings "
                    "a productive hour costs {now.useful_reserved} reserved and {now.useful_on_demand} on demand."
                ),
                attempt=Try(text="The reservation at a high use", settings={**START, "path": "reserved", "use": 0.85}),
            ),
        ),
        Term(
            id="on-demand",
            fact="cost_on_demand",
            short="on demand",
            text="On demand: {rate} for a GPU, paid only in the hours that are used",
        ),
        Term(
            id="owned",
            fact="cost_owned",
            short="bought",
            text="The purchase: {price} a GPU once, and no rent ever after",
            feedback=Feedback(
                title="“Over years, owning always beats renting”",
                text=(
                    "The purchase is {purchase} with hosts and network; resale brings back {resale}, and interest, electricity "
                    "and staff make it {cost_owned}. Renting all hours on demand would be {full_on_demand}, and you use "
                    "{use} of them. At your settings buying costs {now.owned_over_rent} the cheaper rent."
                ),
                attempt=Try(
                    text="A dearer rent, a cheaper GPU",
                    settings={**START, "path": "owned", "use": 0.85, "rate": RATES[7], "price": 25e3},
                ),
            ),
        ),
    ),
)

SECOND = Second(
    look=(
        "At a use of {use} the bill is {cost_on_demand} on demand, {cost_reserved} reserved and {cost_owned} bought. The bars "
        "show what each is made of. Now let the use grow: the bill on demand grows with it, the reservation does not move."
    ),
    figures=("bars",),
    question=NumberQuestion(
        fact="break_even",
        quantity="Use at which the two bills are equal",
        unit="%",
        per=0.01,
        axis=(0.05, 1.0),
        scale="linear",
        widest=0.4,
        text="**At which use do on demand and the reservation cost the same?** The discount is {discount}.",
        options=(
            Band(
                id="discount",
                low=None,
                high=EDGES[0],
                text="Below {edge1}",
                feedback=Feedback(
                    title="“The discount is the break-even”",
                    text=(
                        "At a use of {discount} on demand bills {discount} of the hours, and the reservation still bills all of "
                        "them, at {reserved_rate} in place of {rate}. The bills meet where the share of hours that you skip is "
                        "the discount, which is a use of {break_even}. At your settings they meet at {now.break_even}."
                    ),
                    attempt=Try(text="A use as low as the discount", settings={**START, "use": 0.35}),
                ),
            ),
            Band(
                id="middle",
                low=EDGES[0],
                high=EDGES[1],
                text="{edge1} to {edge2}",
                feedback=Feedback(
                    title="“Above an even chance of use, reserve”",
                    text=(
                        "There is nothing special about the middle: the answer hangs on the discount alone. Below {break_even} "
                        "the reservation pays for more idle hours than its discount saves. Your settings put a productive "
                        "reserved hour at {now.useful_reserved}, against {now.useful_on_demand} on demand."
                    ),
                    attempt=Try(text="Another discount moves it", settings={**START, "discount": 0.5}),
                ),
            ),
            Band(id="rest", low=EDGES[1], high=EDGES[2], text="{edge2} to {edge3}"),
            Band(
                id="divide",
                low=EDGES[2],
                high=EDGES[3],
                text="{edge3} to {edge4}",
                feedback=Feedback(
                    title="“One divided by one plus the discount”",
                    text=(
                        "A discount is taken from the on-demand price, not added to the reserved one: {rate} becomes "
                        "{reserved_rate}. All hours at {reserved_rate} equal {break_even} of the hours at {rate}. At your use "
                        "of {now.use} the two bills are {now.cost_on_demand} and {now.cost_reserved}."
                    ),
                    attempt=Try(text="A use between the two answers", settings={**START, "use": 0.7}),
                ),
            ),
            Band(
                id="full",
                low=EDGES[3],
                high=None,
                text="{edge4} and more",
                feedback=Feedback(
                    title="“A reservation needs full use”",
                    text=(
                        "At full use the reservation is cheaper by the whole discount: {full_reserved} against {rate}. "
                        "That room pays for idle hours, until {idle_room} of all hours are idle. At your settings the bills "
                        "meet at {now.break_even}."
                    ),
                    attempt=Try(
                        text="Reserved at a use well below full", settings={**START, "path": "reserved", "use": 0.8}
                    ),
                ),
            ),
        ),
    ),
    correct="Your range holds {break_even}: one less the discount, at any price of the hour.",
)

REFLECTION = Reflection(
    question=TermQuestion(
        quantity="Largest error against the engine",
        title="How far each explanation misses a reserved hour's cost",
        pick="smallest",
        text=(
            "A productive reserved hour costs {useful_reserved} at a use of {use}, and {full_reserved} at full use. On demand it "
            "costs {rate} at both. **Why does use move the one and not the other?**"
        ),
        options=(
            Term(
                id="power",
                short="idle power",
                fact="miss_power",
                text="A reserved machine that idles still draws power, and its owner is billed for it",
                feedback=Feedback(
                    title="“Idle machines cost their electricity”",
                    text=(
                        "They do, and it is little: even for bought GPUs all electricity is {electricity_share} of the cost. "
                        "What an idle reserved hour costs is its whole rent, {reserved_rate}. At your settings a productive "
                        "hour of bought GPUs costs {now.useful_owned}, of which electricity is {now.electricity_share}."
                    ),
                    attempt=Try(text="Dearer electricity", settings={**START, "tariff": TARIFFS[-1]}),
                ),
            ),
            Term(
                id="bill",
                short="a bill for all hours",
                fact="miss_bill",
                text="It is billed for all hours, so that fewer hours in use must carry the same bill",
            ),
            Term(
                id="volume",
                short="volume discount",
                fact="miss_volume",
                text="Its discount is one for volume: who uses less of it is granted less of it",
                feedback=Feedback(
                    title="“Use less, lose the discount”",
                    text=(
                        "The discount stays {discount} at any use: the bill is {cost_reserved} whether the GPUs work or wait. "
                        "A lost discount would end at {rate}, but at low use a productive hour costs far more than that. "
                        "At your use of {now.use} it costs {now.useful_reserved}."
                    ),
                    attempt=Try(text="A low use", settings={**START, "path": "reserved", "use": 0.2}),
                ),
            ),
            Term(
                id="market",
                short="the market",
                fact="miss_market",
                text="Reserved hours keep their price, while prices on demand rise and fall with the market",
                feedback=Feedback(
                    title="“It is the market that moves”",
                    text=(
                        "Neither price moves here: {rate} on demand and {reserved_rate} reserved, in every hour. What changes "
                        "is how many of the paid hours produce something. At your settings {now.use} of them do, and a "
                        "productive reserved hour costs {now.useful_reserved}."
                    ),
                    attempt=Try(text="Full use, the same prices", settings={**START, "path": "reserved", "use": 1.0}),
                ),
            ),
        ),
    ),
    ask="Which of your own costs behave like the reservation, and which like the hour on demand?",
    correct=(
        "Yes. A reservation and a purchase are paid for all hours, so the bill is divided by the hours that produce something. "
        "Halve the use and a productive hour costs about twice as much. On demand the idle hours are handed back and cost nothing. With "
        "what you set, a productive hour costs {now.useful_reserved} reserved, {now.useful_owned} bought and "
        "{now.useful_on_demand} on demand."
    ),
)
