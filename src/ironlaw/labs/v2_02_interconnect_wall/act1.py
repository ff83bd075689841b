"""Act I, the cliff: what a learner reads, is asked and answers. The numbers are those of `cliff.py`."""

from __future__ import annotations

from ironlaw import registry
from ironlaw.labkit.spec import (
    Act,
    Band,
    BandQuestion,
    Decision,
    DecisionOption,
    Feedback,
    FigureSpec,
    Given,
    MathItem,
    Reflection,
    Reveal,
    Term,
    TermQuestion,
    Try,
)
from ironlaw.labs.v2_02_interconnect_wall import act1_figures as drawn
from ironlaw.labs.v2_02_interconnect_wall import cliff
from ironlaw.labs.v2_02_interconnect_wall.act1_facts import EDGES, facts
from ironlaw.labs.v2_02_interconnect_wall.act1_panel import CARDS, CONSTRAINTS, CONTROLS, OUTPUTS, START

FEEDBACK = {
    "hardly": Feedback(
        title="“Compute dominates, so the wire hardly matters”",
        text=(
            "Compute does dominate in the node: {node_communication} of exchange beside {compute} of arithmetic. Over "
            "{ethernet_line} Ethernet the same {volume} take {cheap_communication}, longer than the whole computation. "
            "On the instrument you last saw an exchange of {now.communication}; compare it with {now.compute} of compute."
        ),
        attempt=Try(text="Set the Ethernet servers", settings={**START, "wire": cliff.CHEAP_WIRE}),
    ),
    "somewhat": Feedback(
        title="“Overlap hides most of it”",
        text=(
            "Overlap can hide only what fits under the backward pass. With all of the reduction allowed to overlap the cheap "
            "servers are still {full_overlap_ratio} slower, because {cheap_communication} do not fit under it. "
            "At your settings {now.hidden} was hidden and {now.exposed} was not."
        ),
        attempt=Try(
            text="Allow full overlap on Ethernet", settings={**START, "wire": cliff.CHEAP_WIRE, "overlap": 1.0}
        ),
    ),
    "several": Feedback(
        title="“Nothing can be hidden”",
        text=(
            "Without any overlap the servers would be {no_overlap_ratio} slower. The backward pass hides {cheap_hidden} "
            "of the exchange at the scenario's overlap, and that is why the engine gives {ratio}. "
            "Your last settings hid {now.hidden}."
        ),
        attempt=Try(text="Take the overlap away", settings={**START, "wire": cliff.CHEAP_WIRE, "overlap": 0.0}),
    ),
    "over": Feedback(
        title="“The bandwidth ratio is the slowdown”",
        text=(
            "The wires differ by {bandwidth_ratio}, but only the exchange scales with the wire. The {compute} of arithmetic "
            "are the same on both, and they are most of the node's {node_step}. "
            "At your settings the exchange took {now.communication} of a step of {now.step}."
        ),
        attempt=Try(
            text="Give the wire more arithmetic to hide behind",
            settings={**START, "wire": cliff.CHEAP_WIRE, "tokens": 16384.0},
        ),
    ),
}

PREDICTION = BandQuestion(
    fact="ratio",
    quantity="Step on Ethernet ÷ step over NVLink",
    axis=(1.0, 40.0),
    text=(
        "The same {gpus:words} GPUs, the same model, the same tokens. **How many times slower does one training step run on "
        "the cheap servers than in the NVLink node?**"
    ),
    options=(
        Band(id="hardly", low=None, high=EDGES[0], text="Hardly: less than {edge1}", feedback=FEEDBACK["hardly"]),
        Band(id="somewhat", low=EDGES[0], high=EDGES[1], text="{edge1} to {edge2}", feedback=FEEDBACK["somewhat"]),
        Band(id="middle", low=EDGES[1], high=EDGES[2], text="{edge2} to {edge3}"),
        Band(id="several", low=EDGES[2], high=EDGES[3], text="{edge3} to {edge4}", feedback=FEEDBACK["several"]),
        Band(id="over", low=EDGES[3], high=None, text="More than {edge4}", feedback=FEEDBACK["over"]),
    ),
)

REFLECTION = Reflection(
    question=TermQuestion(
        quantity="Largest error against the engine",
        title="How far each explanation misses the engine's volume",
        pick="smallest",
        text=(
            "Each GPU sends almost twice its gradient bytes: {volume} for {gradient}, {volume_ratio} as much. "
            "**Why twice and not once?**"
        ),
        options=(
            Term(
                id="phases",
                short="two phases",
                fact="miss_phases",
                text="The exchange has two phases: gradients are reduced and scattered, then the result is gathered by all",
            ),
            Term(
                id="passes",
                short="forward and backward",
                fact="miss_passes",
                text="Gradients are sent once in the forward pass and once in the backward pass",
                feedback=Feedback(
                    title="“Once forward, once backward”",
                    text=(
                        "No gradient exists before the backward pass, so nothing of it can be sent in the forward pass. "
                        "And the factor moves with the number of GPUs: at your settings it is {now.volume_ratio} over "
                        "{now.gpus} GPUs, while two passes would give the same factor for any number. With two GPUs it "
                        "falls, under ZeRO-2, to once the gradients."
                    ),
                    attempt=Try(text="Set two GPUs", settings={**START, "gpus": 2.0, "parameters": 3e9}),
                ),
            ),
            Term(
                id="format",
                short="sent twice",
                fact="miss_format",
                text="BF16 values must be sent twice to keep the precision of FP32",
                feedback=Feedback(
                    title="“A short format is sent twice”",
                    text=(
                        "The format is already in the gradient bytes: {now.gradient} at your settings. What multiplies them is the "
                        "algorithm, here {now.volume_ratio} over {now.gpus} GPUs. The format stays the same when you change the number "
                        "of GPUs, and the factor moves."
                    ),
                    attempt=Try(text="Same format, two GPUs", settings={**START, "gpus": 2.0, "parameters": 3e9}),
                ),
            ),
            Term(
                id="accumulation",
                short="accumulation",
                fact="miss_accumulation",
                text="Accumulating gradients over batches doubles what must be sent",
                feedback=Feedback(
                    title="“Accumulation doubles the bytes”",
                    text=(
                        "Nothing is accumulated here: one batch, one exchange, and the factor is there all the same. More tokens in a "
                        "step change the compute, {now.compute} at your settings, and leave the {now.volume} on the wire alone. Where "
                        "gradients stay whole, accumulation adds them up in place and sends the sum once."
                    ),
                    attempt=Try(text="Twice the tokens, same exchange", settings={**START, "tokens": 16384.0}),
                ),
            ),
        ),
    ),
    ask="Say in a sentence what each phase is for.",
    correct=(
        "Yes. A reduce-scatter leaves each GPU with the sum of one share of the gradients, and an all-gather hands the "
        "updated share back to all. Each phase sends all but one share of the bytes, so over {gpus:words} GPUs the factor is "
        "{volume_ratio}. Your design sends {now.volume}, {now.volume_ratio} its gradient bytes."
    ),
)

MATH = (
    MathItem(
        equation="training-state-bytes",
        title="The state that must fit",
        inputs={
            "parameters": "parameters",
            "weight_shards": "one",
            "gradient_shards": "gpus",
            "optimizer_shards": "gpus",
        },
        result="sharded_state",
        note="The scenario under ZeRO-2. Unsharded, {draft} parameters would need {draft_state}.",
    ),
    MathItem(
        equation="all-gather-time",
        title="One phase of the exchange over your wire",
        inputs={
            "ranks": "now.gpus",
            "size": "now.gradient",
            "bandwidth": "now.speed",
            "latency": "now.latency",
            "buckets": "now.buckets",
        },
        result="now.phase",
        note="A reduce-scatter takes as long. Your exchange takes {now.communication} in all, over {now.wire}.",
    ),
    MathItem(
        equation="hidden-time",
        title="What the backward pass can hide",
        inputs={
            "communication": "now.overlappable",
            "overlap": "now.overlap",
            "window": "now.window",
            "share": "now.sm_share",
        },
        result="now.hidden",
        note=(
            "Of your exchange {now.overlappable} can run beside the backward pass at all: ZeRO-1 and ZeRO-2 gather the new "
            "weights after the update. Communication kernels hold a share of the GPU while they run, so the pass stretches."
        ),
    ),
    MathItem(
        equation="exposed-time",
        title="What it cannot hide",
        inputs={"communication": "now.communication", "hidden": "now.hidden"},
        result="now.exposed",
    ),
    MathItem(
        equation="step-time",
        title="The step",
        inputs={
            "compute": "now.compute",
            "exposed": "now.exposed",
            "contention": "now.contention",
            "overhead": "nothing",
        },
        result="now.step",
        note="Step efficiency is compute over step: {now.efficiency}.",
    ),
)


def _wire(wire: str, field: str, label: str, kind: str) -> Given:
    held = registry.get(wire).field(field)
    return Given(id=f"{wire.replace('-', '_')}_{field}", label=label, value=held.si, kind=kind, source=held.source)


ACT_1 = Act(
    id="act1",
    title="The cliff",
    minutes=12,
    context="node",
    sender="Infrastructure architect",
    message=(
        "We train a {parameters} model on {gpus:words} GPUs and synchronise its gradients every step. I have two "
        "quotations. One server with {gpus:words} GPUs joined by NVLink; or {gpus:words} servers with one GPU each on "
        "{ethernet_line} Ethernet, **{discount} cheaper per GPU-hour** for the same GPUs. Does the wire matter enough to pay for?\n\n"
        "*(My first draft said {draft}. Its training state alone is {draft_state}, and {gpus:words} of these GPUs hold "
        "{node_capacity}: it fits no sharding. Hence the smaller model.)*"
    ),
    briefing=(
        "Each GPU computes gradients on its own tokens. Before the weights change, all GPUs must agree on the sum, so every "
        "step ends in an exchange over the wire. Gradients may leave while the backward pass still computes, as far as the "
        "given overlap allows; new weights only after it.\n\n"
        "So that the model fits, gradients and optimizer states (Adam's) are split over the GPUs, which is called ZeRO-2, and "
        "activations are computed again in the backward pass. To compare only the wire we keep the GPU the same on both "
        "sides; a PCIe card of that name is slower as well ({pcie_peak} against {sxm_peak})."
    ),
    givens=(
        Given(
            id="gpu",
            label="GPU",
            value=registry.get("h100-sxm").name,
            kind="text",
            source=registry.get("h100-sxm").field("peak_bf16").source,
        ),
        Given(
            id="peak",
            label="Dense BF16 peak",
            value=registry.get("h100-sxm")["peak_bf16"],
            kind="flop_rate",
            source=registry.get("h100-sxm").field("peak_bf16").source,
        ),
        Given(
            id="reached",
            label="Share of it that training reaches",
            value=cliff.compute_efficiency(),
            kind="share",
            source=registry.get("compute-efficiency-h100").field("hfu").source,
        ),
        Given(id="parameters", label="Parameters", value=cliff.PARAMETERS, kind="parameters", source="scenario"),
        Given(id="tokens", label="Tokens a GPU a step", value=cliff.TOKENS, kind="tokens", source="scenario"),
        Given(id="sharding", label="Sharding", value="ZeRO-2", kind="text", source="scenario"),
        Given(
            id="overlap", label="Overlap with the backward pass", value=cliff.OVERLAP, kind="share", source="scenario"
        ),
        Given(id="price", label="NVLink node, a GPU", value=cliff.GPU_PRICE, kind="usd_per_hour", source="scenario"),
        Given(
            id="cheap_price",
            label="Ethernet server, a GPU",
            value=cliff.GPU_PRICE * (1 - cliff.DISCOUNT),
            kind="usd_per_hour",
            source="scenario",
        ),
        *(
            given
            for wire, name in (("nvlink4", "NVLink"), (cliff.CHEAP_WIRE, "Ethernet"))
            for given in (
                _wire(wire, "bandwidth", f"{name}, one direction", "bandwidth"),
                _wire(wire, "bus_efficiency", f"Share of {name} that large transfers reach", "share"),
            )
        ),
        Given(
            id="bucket",
            label="Bucket: gradients sent as one message",
            value=cliff.BUCKET,
            kind="bytes",
            source="PyTorch DistributedDataParallel, default of bucket_cap_mb",
        ),
    ),
    controls=CONTROLS,
    outputs=OUTPUTS,
    model=cliff.model,
    facts=facts,
    cards=CARDS,
    constraints=CONSTRAINTS,
    figures=(
        FigureSpec(id="staircase", title="The bandwidth staircase, one direction", draw=drawn.staircase, always=True),
        FigureSpec(id="timeline", title="One training step", draw=drawn.timeline),
    ),
    prediction=PREDICTION,
    reveal=Reveal(
        text=(
            "The cheap servers train **{ratio}** slower: {cheap_step} a step against {node_step}. The arithmetic is the same "
            "on both, {compute}. The exchange of {volume} a GPU takes {node_communication} over NVLink and "
            "{cheap_communication} over Ethernet, and only {cheap_hidden} of that hide behind the backward pass. "
            "**The dominant term is the exposed exchange: {cheap_exposed}.**\n\n"
            "So the {discount} discount buys tokens at {cost_ratio} the price: {cheap_cost} against {node_cost}. "
            "NVLink's label says {nvlink_both}, which counts both directions; a ring sends in one, at {nvlink}. Ethernet gives {ethernet}."
        ),
        correct="You put it in the right band: “{you.option}”, at {you.confidence} confidence.",
    ),
    reflection=REFLECTION,
    math=MATH,
    decision=Decision(
        text="**Which quotation do you sign for this model?** What you set on the instrument goes into the ledger with it.",
        options=(
            DecisionOption(
                id="nvlink",
                text="The NVLink node",
                answer="Signed: {node_step} a step, {node_cost}. The premium on the hour is earned back in tokens.",
            ),
            DecisionOption(
                id="ethernet",
                text="The Ethernet servers as quoted",
                answer="Signed: {cheap_step} a step, {cheap_cost}. You pay {cost_ratio} the node's price for each token.",
            ),
            DecisionOption(
                id="changed",
                text="The design on my instrument",
                answer="Signed: {now.step} a step over {now.wire}, {now.cost}, which is {now.cost_ratio} the node's price for each token.",
            ),
        ),
        ask="One sentence for the record: which number decided it?",
        record=("step", "overhead", "efficiency", "slowdown", "cost_ratio", "memory"),
    ),
)
