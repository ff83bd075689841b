"""Mission 3, the zero-waste audit: what a learner reads, is asked and answers. The numbers are those of `mission3_model`."""

from __future__ import annotations

from ironlaw.labkit.spec import (
    Act,
    Band,
    Challenge,
    Check,
    Cites,
    Decision,
    DecisionOption,
    Feedback,
    FigureSpec,
    MathItem,
    NumberQuestion,
    Reflection,
    Reveal,
    Term,
    TermQuestion,
    Try,
)
from ironlaw.labs.v1_04_data_gravity import mission3_figures as drawn
from ironlaw.labs.v1_04_data_gravity import mission3_model as m
from ironlaw.labs.v1_04_data_gravity.mission3_facts import CHANGES, EVEN, HARDLY, facts
from ironlaw.labs.v1_04_data_gravity.mission3_panel import CARDS, CONSTRAINTS, CONTROLS, OUTPUTS, START
from ironlaw.labs.v1_04_data_gravity.missions_common import CLOUD, EDGE, MOBILE, TINY, named, scenario, sourced

PREDICTION = NumberQuestion(
    fact="worth",
    quantity="Gold samples that the noisy ones are worth",
    unit="gold samples",
    axis=(1e3, 1e6),
    widest=20.0,
    text=(
        "Of {million} harvested samples {noise} carry the wrong one of two labels, at random. Beside them lie {gold} gold samples, "
        "every label right. Which set would you train on? **Say how many gold samples would teach as much as the noisy ones.**"
    ),
    options=(
        Band(
            id="nothing",
            low=None,
            high=EVEN[0],
            text="Less than {edge1}: noise spoils them",
            feedback=Feedback(
                title="“Garbage in, garbage out”",
                text=(
                    "Random flips do not teach the wrong thing: they cancel out and leave a weaker signal. At {noise} of wrong "
                    "labels {dilution} as many samples are needed, and {million} are still worth {worth}. Yours, with "
                    "{now.noise} of wrong labels, are worth {now.worth} clean ones."
                ),
                attempt=Try(text="On the node: pay for cleaner labels", settings={**START, "votes": 3.0}),
            ),
        ),
        Band(
            id="even",
            low=EVEN[0],
            high=EVEN[1],
            text="{edge1} to {edge2}: about even",
            feedback=Feedback(
                title="“Each gold sample replaces many noisy ones”",
                text=(
                    "That holds at {even_noise} of wrong labels, nearly a coin toss. At {noise} the noisy set is worth {win} "
                    "the gold one. Your labels are right in {now.quality} of the cases, and that leaves you "
                    "{now.worth}."
                ),
                attempt=Try(
                    text="On the node: drop most of them at random",
                    settings={**START, "filter": 0.9, "score": "random"},
                ),
            ),
        ),
        Band(id="diluted", low=EVEN[1], high=HARDLY, text="{edge2} to {edge3}: diluted, and still more"),
        Band(
            id="all",
            low=HARDLY,
            high=None,
            text="More than {edge3}: at worst the wrong ones are lost",
            feedback=Feedback(
                title="“Only the wrong labels are lost”",
                text=(
                    "If the wrong ones were merely absent, {naive} would remain. But nobody knows which they are, and each wrong label "
                    "also cancels a right one, and the noise of both stays: that leaves {worth}, a dilution by {dilution}. With your labels the dilution takes "
                    "{now.informative} to {now.worth}."
                ),
                attempt=Try(text="On the node: more votes for each label", settings={**START, "votes": 5.0}),
            ),
        ),
    ),
)

REFLECTION = Reflection(
    question=TermQuestion(
        quantity="Transmission energy after the change",
        title="What each change leaves of the transmission energy",
        pick="smallest",
        text=(
            "The node's plan sends everything and filters in the cloud; the sustainability lead wants {cut} of its transmission "
            "energy gone. **Which single change to the plan cuts it most?**"
        ),
        options=(
            Term(
                id="filter",
                fact="send_filter",
                short="filter in the cloud",
                text="Filter harder: drop {harder} of the samples instead of {planned_filter}",
                feedback=Feedback(
                    title="“A filter saves what it drops”",
                    text=(
                        "The plan filters in the cloud, and drops there what has already been sent: {send_filter} before and after. It saves labels and "
                        "training, and no byte on the wire. Your last design sent {now.moved}."
                    ),
                    attempt=Try(text="On the node: filter behind the network", settings={**START, **CHANGES["filter"]}),
                ),
            ),
            Term(
                id="votes",
                fact="send_votes",
                short="cleaner labels",
                text="Label better: {voters:words} annotators vote, and each sample teaches more",
                feedback=Feedback(
                    title="“Better labels, fewer bytes”",
                    text=(
                        "Votes make each sample worth more, but none is left out by that: {send_votes} are sent as before. They pay "
                        "once fewer samples are sent, because they buy back the error. Yours is {now.excess} above the clean plan."
                    ),
                    attempt=Try(text="On the node: let more annotators vote", settings={**START, **CHANGES["votes"]}),
                ),
            ),
            Term(
                id="score",
                fact="send_score",
                short="better choice",
                text="Filter smarter: highest entropy over gravity first",
                feedback=Feedback(
                    title="“A cleverer choice saves energy”",
                    text=(
                        "A choice behind the network knows the gravity of a sample only after it was paid: {send_score}, as before. "
                        "Ahead of the network the same choice leaves the heavy samples at home. Your gain is {now.gain}."
                    ),
                    attempt=Try(
                        text="On the node: the same choice on the device",
                        settings={**START, **CHANGES["local"], "score": "ratio"},
                    ),
                ),
            ),
            Term(
                id="local",
                fact="send_local",
                short="filter on the device",
                text="Filter earlier: drop {dropped} of the samples on the device",
            ),
        ),
    ),
    ask="Which part of the system had to move, and what had it been paying for before?",
    correct=(
        "Yes: {send_local} of {plan}. No filter behind the network reaches that, however hard it filters. "
        "Moving the choice to the device is a change of architecture: it costs memory and a little arithmetic there. Your last "
        "design sends {now.sending}, {now.share} of the plan."
    ),
)

MATH = (
    MathItem(
        equation="selected-information",
        title="What choosing by entropy keeps",
        inputs={"kept": "now.kept"},
        result="now.by_entropy",
        note="Your own choice keeps {now.information} of the information with {now.kept} of the samples.",
    ),
    MathItem(
        equation="clean-equivalent",
        title="What wrong labels leave of it",
        inputs={"samples": "now.informative", "noise": "now.noise"},
        result="now.worth",
        note="The samples are counted by their information: {now.informative} of average ones.",
    ),
    MathItem(
        equation="kaplan-loss",
        title="The learning curve",
        inputs={"amount": "now.worth", "scale": "planned", "exponent": "now.exponent"},
        result="now.error",
        note="Relative to the error of {million} clean samples, so the curve's scale cancels. The exponent is your track's task.",
    ),
    MathItem(
        equation="selection-gain",
        title="What your choice gains",
        inputs={"information": "now.information", "gravity": "now.gravity"},
        result="now.gain",
        note="Above one the transmission buys more than sending everything would.",
    ),
)

MODELS = (
    ("cloud", "Cloud", CLOUD, "parameters of DistilBERT, registry, times tokens"),
    ("edge", "Edge", EDGE, "ResNet-50, registry"),
    ("mobile", "Mobile", MOBILE, "MobileNetV2, registry"),
    ("tiny", "Tiny", TINY, "a small speech model"),
)
_ALL = {track: m.audits()[track] for track in (CLOUD, EDGE, MOBILE, TINY)}

MISSION_3 = Act(
    id="mission3",
    title="Zero-waste audit",
    minutes=10,
    role="mission",
    context=CLOUD,
    sender="Sustainability lead",
    message=(
        "The next campaign gathers {million} samples and sends every one of them to the cloud, {plan} of transmission energy on "
        "the node's track alone. I want {cut} of that gone. The error may rise a little, the label budget may not. Every team "
        "has told me that it already filters."
    ),
    briefing=(
        "Samples are gathered, chosen, labelled yes or no by vote, and trained on. Wrong labels dilute what a sample teaches; a learning "
        "curve, measured for your track's task, turns what is left into an error. "
        "One law of wrong labels serves all tracks, and the first question is the same on each. Each joule is counted where it is spent: "
        "{mac} for a multiply-accumulate, {dram} for a byte from DRAM, {network} for a byte across the internet. **Selection "
        "gain** is the share of the entropy that is kept over the share of the gravity, the transmission energy, that is paid."
    ),
    givens=(
        sourced("network", "Network, a byte", "fixed-line-internet", "transfer_energy", "energy_per_byte"),
        sourced("multiply", "Multiplication, BF16", "cmos-7nm", "bf16_multiply", "energy"),
        sourced("add", "Addition, BF16", "cmos-7nm", "bf16_add", "energy"),
        sourced("dram", "DRAM, an access of one word", "cmos-7nm", "dram_64bit", "energy"),
        sourced("radio", "Mobile and Tiny: power of the radio", "nrf52840-ble", "transmit_power", "power"),
        sourced("law_cloud", "Cloud: exponent, language modelling", "kaplan-data", "data_exponent", "number"),
        sourced(
            "law_edge", "Edge: exponent, image classification", "hestness-2017-imagenet", "data_exponent", "number"
        ),
        sourced("law_mobile", "Mobile: exponent, translation", "hestness-2017-translation", "data_exponent", "number"),
        sourced("law_tiny", "Tiny: exponent, speech", "hestness-2017-speech", "data_exponent", "number"),
        named(
            "dilution",
            "Wrong labels",
            "at random, two classes",
            "text",
            "Angluin & Laird 1988; Aslam & Decatur 1996, sample complexity of noise-tolerant learning",
        ),
        scenario("shape", "Information of the samples", "exponential: few tell much", "text"),
        scenario("light", "Light samples, of the mean size", m.SIZES[0], "ratio", "as many as heavy ones"),
        scenario("heavy", "Heavy samples, of the mean size", m.SIZES[1], "ratio", "as many as light ones"),
        scenario("epochs", "Epochs of training", m.EPOCHS, "count"),
        scenario("backward", "A training step, of a forward pass", m.BACKWARD, "ratio"),
        *(
            scenario(f"macs_{name}", f"{said}: a forward pass", _ALL[track].macs, "mac", what)
            for name, said, track, what in MODELS
        ),
        *(
            scenario(f"vote_{name}", f"{said}: price of a vote", _ALL[track].vote, "usd")
            for name, said, track, _ in MODELS
        ),
        scenario("document", "Cloud: a document", _ALL[CLOUD].size, "bytes", "tokens of four bytes"),
        scenario("frame", "Edge: a raw frame", _ALL[EDGE].size, "bytes", "pixels × bits"),
        scenario("crop", "Mobile: a crop", _ALL[MOBILE].size, "bytes"),
        scenario("clip", "Tiny: a second of speech", _ALL[TINY].size, "bytes"),
        scenario("right", "Cloud and Mobile: right labels of an annotator", _ALL[CLOUD].annotator, "share"),
        scenario("right2", "Edge and Tiny: right labels of an annotator", _ALL[EDGE].annotator, "share"),
        scenario("window", "Tiny: samples compared on the device", _ALL[TINY].window, "count"),
        scenario("sram", "Tiny: SRAM for them", _ALL[TINY].room, "bytes", "half of what the microcontroller has"),
    ),
    controls=CONTROLS,
    outputs=OUTPUTS,
    model=m.model,
    facts=facts,
    cards=CARDS,
    constraints=CONSTRAINTS,
    figures=(
        FigureSpec(
            id="waterfall", title="The ingestion waterfall: bytes that teach", draw=drawn.waterfall, always=True
        ),
        FigureSpec(id="radar", title="Where the joules go", draw=drawn.radar, always=True),
        FigureSpec(id="gain", title="Selection gain: entropy over gravity", draw=drawn.gain, always=True),
    ),
    challenge=Challenge(
        title="Zero waste",
        text=(
            "Send with at most {cut} of the plan's transmission energy. Keep the error and the label bill within their limits, "
            "and spend as few joules in all as you can."
        ),
        checks=(
            Check(
                output="sending",
                sense="at most",
                limit="target",
                text="Transmission {now.sending}, at most {now.target}",
            ),
            Check(
                output="excess",
                sense="at most",
                limit="allowed",
                text="Error {now.excess} above the clean plan, at most {now.allowed}",
            ),
            Check(output="bill", sense="at most", limit="budget", text="Labels {now.bill}, at most {now.budget}"),
            Check(
                output="held", sense="at most", limit="room", text="{now.held} wait on a device, room for {now.room}"
            ),
        ),
        cost="total",
        free=("filter", "votes", "place", "score"),
        pinned={"samples": m.SAMPLES},
    ),
    prediction=PREDICTION,
    reveal=Reveal(
        text=(
            "**The noisy ones are worth {worth} gold samples**, {win} the gold set. Each wrong label cancels a right one, so the signal "
            "shrinks by twice the share of wrong labels, and samples count by the square of what is left: {dilution} as many are "
            "needed. Only from {even_noise} of wrong labels on "
            "does the gold set win.\n\n"
            "But they weigh {weight} as much on the wire. **Per byte sent, gold teaches {loss} as much.** And bytes are what "
            "costs: one across the internet takes the energy of {byte_in_macs} multiply-accumulates. On the node's track "
            "the data takes {ratio} the energy of the arithmetic; for raw frames it is {edge_ratio}. Yours: {now.ratio}.\n\n"
            "The joules of the arithmetic are the circuits' own. A whole H100 at its peak takes {board} a multiply-accumulate, its memory and "
            "wires included, and the node's ratio falls to {board_ratio}. For raw frames the bytes still decide."
        ),
        correct="Your interval held it. You were {you.confidence} sure.",
    ),
    reflection=REFLECTION,
    math=MATH,
    decision=Decision(
        text="**What do you sign for the sustainability lead?** The design on your instrument is signed with it.",
        options=(
            DecisionOption(
                id="device",
                text="Choose on the device, and send what teaches",
                answer="Your design sends {now.share} of the plan's energy for {now.information} of the information. The price is {now.held} of memory on each device, and a model there that must be kept up to date.",
            ),
            DecisionOption(
                id="gold",
                text="Buy cleaner labels, and gather fewer samples",
                answer="With {now.quality} right labels your samples are worth {now.worth} clean ones, for {now.bill}. Money then stands in for bytes.",
            ),
            DecisionOption(
                id="all",
                text="Keep everything, and buy clean electricity",
                answer="{now.sending} stay {now.sending}, whatever makes them. The device pays its {now.each} from its own battery or plug, and the wire stays as full.",
            ),
            DecisionOption(
                id="error",
                text="Accept a higher error, and send far less",
                answer="Your error stands {now.excess} above the clean plan, {now.allowed} is allowed. Learning curves are flat, so much less data costs little, until the limit.",
            ),
        ),
        record=("sending", "share", "ratio", "excess", "gain", "bill"),
        ask="Justify your final ratio of data energy to compute energy in one sentence that cites both designs.",
        cites=Cites(
            count=2,
            outputs=("ratio", "sending", "excess"),
            text="Cite two of your recorded designs: one as you found it, and the one you sign.",
        ),
    ),
)
