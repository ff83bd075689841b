"""Act I, more hardware: what a learner reads, is asked and answers. The numbers are those of `fleet.py`."""

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
from ironlaw.labs.v2_01_scale_illusion import act1_figures as drawn
from ironlaw.labs.v2_01_scale_illusion import fleet
from ironlaw.labs.v2_01_scale_illusion.act1_facts import DOUBLED, EDGES, MESSAGE, PORT, RAILS, SMALL, facts
from ironlaw.labs.v2_01_scale_illusion.act1_panel import CARDS, CHALLENGE, CONSTRAINTS, CONTROLS, OUTPUTS

FEEDBACK = {
    "jam": Feedback(
        title="“So many GPUs only get in each other's way”",
        text=(
            "They wait, but they do not stand still: {compute} of a step are compute that all GPUs share, and {exchange} "
            "are exchange. The exchange stays about as long on more GPUs, so the speedup levels off near {speedup} and does "
            "not collapse. Your last design made {now.speedup} of {now.gpus} GPUs."
        ),
        attempt=Try(text="The message's cluster", settings=MESSAGE),
    ),
    "some": Feedback(
        title="“A cluster this large always loses a good part”",
        text=(
            "Size alone loses little: on a rail for each GPU the same cluster reaches {rails_speedup}, and one NDR port a "
            "node would bring it to {port_speedup}. Here each GPU sends {sent} a step through its part of one port, "
            "{port_rate}, and that takes {exchange}. Your last design spent {now.share_exchange} of its time there."
        ),
        attempt=Try(text="One NDR port a node", settings=PORT),
    ),
    "most": Feedback(
        title="“Well-built runs keep most of it”",
        text=(
            "They do, and the published points on the curve are such runs. With a rail for each GPU this very plan keeps "
            "{rails_efficiency}; with one {thin_line} port for {node_gpus:words} GPUs it keeps {efficiency}. At your settings "
            "it is {now.efficiency}: what a paper reached belongs to its network and its plan."
        ),
        attempt=Try(text="A rail for each GPU", settings=RAILS),
    ),
    "all": Feedback(
        title="“Twice the GPUs, twice the speed”",
        text=(
            "Dividing by the number of GPUs assumes that no GPU ever waits. Here each of them computes for {share_compute} of "
            "the time and exchanges gradients for {share_exchange}. From {gpus} to {doubled_gpus} GPUs the speedup moves from "
            "{speedup} to {doubled_speedup}; your last design made {now.speedup} of {now.gpus}."
        ),
        attempt=Try(text="Twice the GPUs on these ports", settings=DOUBLED),
    ),
}

PREDICTION = NumberQuestion(
    fact="speedup",
    quantity="Speedup of the cluster as bought over one",
    unit="×",
    axis=(1.0, 2000.0),
    scale="log",
    widest=8.0,
    text=(
        "**How many times as fast as one does the cluster as bought train the model on {gpus} GPUs?** Give your best number "
        "and a range that you trust to hold the engine's answer."
    ),
    options=(
        Band(id="jam", low=None, high=EDGES[0], text="Less than {edge1}", feedback=FEEDBACK["jam"]),
        Band(id="port", low=EDGES[0], high=EDGES[1], text="{edge1} to {edge2}"),
        Band(id="some", low=EDGES[1], high=EDGES[2], text="{edge2} to {edge3}", feedback=FEEDBACK["some"]),
        Band(id="most", low=EDGES[2], high=EDGES[3], text="{edge3} to {edge4}", feedback=FEEDBACK["most"]),
        Band(id="all", low=EDGES[3], high=None, text="{edge4} and more", feedback=FEEDBACK["all"]),
    ),
)

REFLECTION = Reflection(
    question=TermQuestion(
        quantity="Share of the GPUs' time",
        title="What each cause takes of the GPUs' time",
        pick="largest",
        text=(
            "On the cluster as bought {gpus} GPUs lose {lost} of the ideal. **Which of these causes takes the largest share of "
            "their time in this design?**"
        ),
        options=(
            Term(
                id="slower",
                short="slowest GPU",
                fact="share_straggler",
                text="GPUs slow down once they are networked: all of them wait for the slowest one",
                feedback=Feedback(
                    title="“Networked GPUs are slower GPUs”",
                    text=(
                        "A GPU in a cluster computes as fast as one alone; what the slowest of many adds is {share_straggler} "
                        "of the time, at a measured spread of {spread}. While this cluster computes, it reaches "
                        "{compute_rate} of its peak. At your settings the slowest GPU costs {now.share_straggler} and the "
                        "exchange {now.share_exchange}."
                    ),
                    attempt=Try(text="Same GPUs, another network", settings=RAILS),
                ),
            ),
            Term(
                id="power",
                short="power and failures",
                fact="share_failure",
                text="Power and failures: in so many machines something is always throttled or down",
                feedback=Feedback(
                    title="“Something is always broken”",
                    text=(
                        "A failure comes every {mtbf}, and with checkpoints at the best interval it takes {share_failure} of "
                        "the time, of {lost} that are lost in all. It grows with the cluster, and slowly. Your last design lost "
                        "{now.share_failure} to failures and checkpoints, at one failure every {now.mtbf}."
                    ),
                    attempt=Try(text="Twice the machines", settings=DOUBLED),
                ),
            ),
            Term(
                id="size",
                short="cutting the model",
                fact="share_cut",
                text="The size of the model: a larger one has a lower MFU, because it must be cut into more pieces",
                feedback=Feedback(
                    title="“A larger model has a lower MFU”",
                    text=(
                        "Cutting this model over the node and its pipeline takes {share_cut} of the time. Its large matrix "
                        "products are good for the GPU: {compute_rate} of the peak while computing, against "
                        "{small_compute_rate} with {small_model}, whose MFU on the same ports is {small_mfu}. Your last design "
                        "computed at {now.compute_rate}."
                    ),
                    attempt=Try(text="The smaller model, same ports", settings=SMALL),
                ),
            ),
            Term(
                id="exchange",
                short="gradient exchange",
                fact="share_exchange",
                text="The exchange of gradients between replicas, through the ports that a node's GPUs share",
            ),
        ),
    ),
    ask="Say in a sentence what you would change first, and what it would cost.",
    correct=(
        "Yes: {share_exchange} of the time. Each GPU sends {sent} a step at {port_rate}, and {hidden} of it hides behind the "
        "last backward pass. Faster ports shorten it, a larger batch spreads it over more arithmetic, and a deeper "
        "pipeline gives each GPU fewer parameters to exchange. Your design gives it {now.share_exchange}."
    ),
)

MATH = (
    MathItem(
        equation="replica-volume",
        title="What each GPU exchanges",
        inputs={
            "parameters": "now.owned",
            "gathers": "one",
            "weight_bytes": "weight_bytes",
            "gradient_bytes": "gradient_bytes",
            "replicas": "now.replicas",
        },
        result="now.sent",
        note="Gradients are summed over the replicas in full precision, and new weights gathered. Pipeline stages: {now.stages}.",
    ),
    MathItem(
        equation="exposed-transfer-time",
        title="How long the step waits for it",
        inputs={
            "volume": "now.sent",
            "rate": "now.port_rate",
            "hops": "none",
            "latency": "no_time",
            "hidden": "now.hidden",
        },
        result="now.exchange",
        note="The engine's step counts the bytes here and leaves out the latency of the hops.",
    ),
    MathItem(
        equation="straggler-wait",
        title="Waiting for the slowest GPU",
        inputs={"time": "now.mean_step", "spread": "spread", "workers": "now.used"},
        result="now.straggler",
    ),
    MathItem(
        equation="young-interval",
        title="When to save",
        inputs={"write": "now.write", "mtbf": "now.mtbf"},
        result="now.interval",
        note="One node fails every {now.node_mtbf}; the run has {now.nodes} of them, any of which stops it.",
    ),
    MathItem(
        equation="effective-training-time",
        title="What failures and saving leave",
        inputs={
            "interval": "now.interval",
            "write": "now.write",
            "restart": "now.restart",
            "mtbf": "now.mtbf",
        },
        result="now.goodput",
    ),
    MathItem(
        equation="speedup",
        title="Speedup over one",
        inputs={"throughput": "now.throughput", "baseline": "now.one_throughput"},
        result="now.speedup",
        note="One is a rate, {one_share} of a GPU's dense peak. No single GPU holds the model.",
    ),
    MathItem(
        equation="scaling-efficiency",
        title="Scaling efficiency",
        inputs={"speedup": "now.speedup", "scale": "now.gpus"},
        result="now.efficiency",
        note=(
            "The same from the loss stack: {now.share_compute} of the time in compute, at {now.compute_rate} of the peak, "
            "over the {one_share} of one."
        ),
    ),
)


def _sourced(id_: str, label: str, entity: str, field: str, kind: str) -> Given:
    held = registry.get(entity).field(field)
    source = held.source if held.evidence != "recalled only" else f"{held.source} (recalled, not checked)"
    return Given(id=id_, label=label, value=held.si, kind=kind, source=source)


GIVENS = (
    _sourced("peak", "Dense BF16 peak of a GPU", fleet.GPU, "peak_bf16", "flop_rate"),
    _sourced(
        "sparse", "The same with 2:4 sparsity, which training does not use", fleet.GPU, "peak_bf16_sparse", "flop_rate"
    ),
    Given(
        id="one",
        label="Share of the dense peak that one reaches",
        value=fleet.ONE_SHARE,
        kind="share",
        source="scenario",
    ),
    Given(id="run", label="Arithmetic of the run, FLOP", value=fleet.RUN, kind="number", source="scenario"),
    _sourced("parameters", "Parameters of the model", fleet.MODEL, "parameters", "parameters"),
    Given(id="sequence", label="Tokens of a sequence", value=fleet.SEQUENCE, kind="tokens", source="scenario"),
    Given(id="batch", label="Tokens a step", value=fleet.BATCH, kind="tokens", source="scenario"),
    Given(
        id="critical",
        label="Critical batch in most of the run",
        value=fleet.CRITICAL["main"],
        kind="tokens",
        source="scenario: the team's measurement of gradient noise",
    ),
    _sourced("port", "Port as bought, one direction", "ethernet-100g", "bandwidth", "bandwidth"),
    _sourced("reached", "Share of it that large transfers reach", "ethernet-100g", "bus_efficiency", "share"),
    _sourced("spread", "Spread of the GPUs' speed", "training-spread", "share", "share"),
    _sourced("failures", "Time between failures of a node", fleet.FLEET, "node_mtbf", "seconds"),
    _sourced("restart", "Restart after a failure", fleet.REPAIR, "restart", "seconds"),
    Given(id="storage", label="Checkpoint storage takes", value=fleet.STORAGE, kind="bandwidth", source="scenario"),
)

ACT_1 = Act(
    id="act1",
    title="Does more hardware give as much more speed?",
    minutes=12,
    context="fleet",
    sender="VP Engineering",
    message=(
        "Our next run is {run} FLOP. One {gpu} at {one_share} of its dense BF16 peak would need **{one_time}**. "
        "{gpus} of them are approved, and the CFO has divided: **{promised}**. That date is in the board's papers. Is it real?"
    ),
    briefing=(
        "**One** is a yardstick, not a machine: {model} keeps {state} of training state (weights and gradients, and the Adam "
        "optimizer's copies), and a GPU holds {capacity}. So the speedup is useful arithmetic a second over that of one GPU at "
        "{one_share} of its peak. (A slide in the same papers "
        "says {sparse_time}. It used {sparse_peak}, the peak with 2:4 sparsity, which dense training never reaches.)\n\n"
        "The cluster as bought has nodes of {node_gpus:words} GPUs joined by NVLink, and **one** {thin_line} Ethernet port a "
        "node. The plan cuts every layer over the GPUs of a node (tensor parallelism) and the stack of layers into pipeline "
        "stages, the fewest that fit the memory: here {stages:words}. That makes one replica of the model, and {replicas} "
        "replicas share the data. A step trains {batch} tokens. Then each GPU sums the gradients of its part with its peers "
        "in the other replicas, at {gradient_bytes} a value, and gathers the new weights, at {weight_bytes}."
    ),
    givens=GIVENS,
    controls=CONTROLS,
    outputs=OUTPUTS,
    model=fleet.model,
    facts=facts,
    cards=CARDS,
    constraints=CONSTRAINTS,
    figures=(
        FigureSpec(id="scaling", title="Speedup over GPUs", draw=drawn.scaling),
        FigureSpec(id="losses", title="Where the GPUs' time goes", draw=drawn.losses),
    ),
    challenge=CHALLENGE,
    prediction=PREDICTION,
    reveal=Reveal(
        text=(
            "The engine computes **{speedup}**, {efficiency} of the ideal: {run_time} and not {promised}. Of a step of {step} "
            "compute takes {compute}. **The exchange of gradients takes {exchange}**: {sent} a GPU, at {port_rate}.\n\n"
            "The same {gpus} GPUs on {node_gpus:words} NDR ports a node, a rail for each GPU, reach {rails_speedup}, and the run "
            "takes {rails_run_time}. On the ports as bought, with {deep_stages} pipeline stages and a batch of {deep_batch} "
            "tokens, they reach {deep_speedup}. Nothing about the GPUs differs between these designs.\n\n"
            "So “how many GPUs” was the wrong question. The VP should have asked how many bytes leave each GPU in a step, and "
            "through what. A published run of such a model kept an MFU of {cited_mfu} on {cited_gpus} {cited_device}; this cluster "
            "has {mfu}. The pilot gave a warning: on {pilot} GPUs, where your instrument began, the exchange already takes "
            "{pilot_share_exchange}."
        ),
        correct="Your range holds the engine's {speedup}.",
    ),
    reflection=REFLECTION,
    math=MATH,
    decision=Decision(
        text="**What do you tell the VP?** The design on your instrument goes into the ledger with it.",
        options=(
            DecisionOption(
                id="date",
                text="Correct the date, run on the cluster as bought",
                answer="Signed: {run_time} in place of {promised}. No new invoice; {share_exchange} of the GPUs' time is spent on the exchange.",
            ),
            DecisionOption(
                id="rails",
                text="Buy a rail for each GPU before the run",
                answer="Signed: {rails_run_time} at {rails_efficiency}. The invoice for the network stands against {run_time} of the same GPUs.",
            ),
            DecisionOption(
                id="design",
                text="Change the plan to the design on my instrument",
                answer="Signed: {now.run_time} at {now.efficiency}, over {now.network}, with a batch of {now.batch} tokens.",
            ),
        ),
        ask="One sentence for the record: which number decided it?",
        record=(
            "gpus",
            "network",
            "speedup",
            "efficiency",
            "run_time",
            "mfu",
            "goodput",
            "share_compute",
            "share_tensor",
            "share_pipeline",
            "share_exchange",
            "share_straggler",
            "share_failure",
            "share_idle",
        ),
    ),
)
