"""Act II, the node boundary: what a learner reads, is asked and answers. The numbers are those of `boundary.py`."""

from __future__ import annotations

from ironlaw import registry
from ironlaw.labkit.spec import (
    Act,
    Challenge,
    Check,
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
from ironlaw.labs.v2_02_interconnect_wall import act2_figures as drawn
from ironlaw.labs.v2_02_interconnect_wall import boundary, cliff
from ironlaw.labs.v2_02_interconnect_wall.act2_facts import facts
from ironlaw.labs.v2_02_interconnect_wall.act2_panel import CARDS, CONSTRAINTS, CONTROLS, OUTPUTS, START

PREDICTION = TermQuestion(
    quantity="Time lost a step",
    title="What the step loses to each cause",
    pick="largest",
    text=(
        "Promised {promised}, measured {speedup}: of a step of {step}, {compute} is compute. **Which of these takes the "
        "largest part of what is lost?**"
    ),
    options=(
        Term(
            id="framework",
            fact="loss_framework",
            short="framework",
            text="Framework overhead: launches, data loading, the optimizer",
            feedback=Feedback(
                title="“The framework is slow at scale”",
                text=(
                    "The profile puts everything outside compute and exchange at {loss_framework} a step, on one node as on "
                    "{nodes:words}. The ports take {loss_ports}. At your settings the framework still costs {now.framework} "
                    "and the ports {now.exposed_inter}."
                ),
                attempt=Try(text="All ports, same framework", settings={**START, "ports": 8.0}),
            ),
        ),
        Term(
            id="latency",
            fact="loss_latency",
            short="latency",
            text="Latency: a ring over many nodes has many hops",
            feedback=Feedback(
                title="“Many hops, so latency”",
                text=(
                    "Latency counts hops and buckets, not bytes: {buckets} buckets cost {loss_latency} a step. The bytes on "
                    "the ports cost {loss_ports}. Your last design paid {now.exposed_latency} for hops and "
                    "{now.exposed_inter} for bytes; a faster port shortens the bytes' part alone."
                ),
                attempt=Try(text="More ports, the same hops", settings={**START, "ports": 4.0}),
            ),
        ),
        Term(
            id="ports",
            fact="loss_ports",
            short="node ports",
            text="Bandwidth of the node's ports, shared by its GPUs",
        ),
        Term(
            id="bisection",
            fact="loss_bisection",
            short="fabric bisection",
            text="Bisection of the fabric: the spine above the leaf switches is oversubscribed",
            feedback=Feedback(
                title="“The spine is the bottleneck”",
                text=(
                    "The uplinks are oversubscribed {oversubscription}, yet a ring enters and leaves each leaf of "
                    "{leaf_nodes:words} nodes only once, so they have room: {loss_bisection} lost. A ring laid without regard to the leaves would "
                    "fill them. Your last step waited {now.exposed_bisection} for the fabric and {now.exposed_inter} for ports."
                ),
                attempt=Try(text="Lay the ring in any order", settings={**START, "placement": "scattered"}),
            ),
        ),
    ),
)

REFLECTION = Reflection(
    question=TermQuestion(
        quantity="Bytes across node boundaries for each trained token",
        title="What crosses node boundaries under each remedy",
        pick="smallest",
        text=(
            "All {nodes:words} nodes must keep working on the one run. **Which remedy puts the fewest bytes across node "
            "boundaries for each trained token?**"
        ),
        options=(
            Term(
                id="ports",
                fact="bytes_ports",
                needs="work_ports",
                short="faster ports",
                text="Faster ports",
                feedback=Feedback(
                    title="“A faster port sends less”",
                    text=(
                        "A faster port carries the same bytes sooner: {bytes_ports} before and after. It is the "
                        "right remedy when the bytes fit and only the time does not. At your settings "
                        "{now.bytes_per_token} cross, whatever the speed of the port."
                    ),
                    attempt=Try(text="All ports, same bytes", settings={**START, "ports": 8.0}),
                ),
            ),
            Term(
                id="pipeline",
                fact="bytes_pipeline",
                needs="work_pipeline",
                short="pipeline stages",
                text="Pipeline stages across nodes, data parallelism inside",
            ),
            Term(
                id="retreat",
                fact="bytes_retreat",
                needs="work_retreat",
                short="one node, others idle",
                text="Retreat to one node",
                feedback=Feedback(
                    title="“Nothing crosses if nothing is there”",
                    text=(
                        "One node sends nothing across a boundary, and leaves all other nodes idle, which the question rules "
                        "out. It is right for a small model or a short run. Your last design "
                        "trained {now.tokens_per_second}; set one node to see what is left."
                    ),
                    attempt=Try(text="Retreat to one node", settings={**START, "nodes": 1.0}),
                ),
            ),
            Term(
                id="batch",
                fact="bytes_batch",
                needs="work_batch",
                short="larger batch",
                text="A larger batch, up to the critical one",
                feedback=Feedback(
                    title="“A larger batch dilutes the exchange most”",
                    text=(
                        "It does dilute: from {bytes_ports} to {bytes_batch} at the critical batch. Pipeline "
                        "stages pass activations of one width instead of all gradients, {bytes_pipeline} over all boundaries together. "
                        "A larger batch is right while it is under the critical one; yours is {now.batch} tokens."
                    ),
                    attempt=Try(text="Accumulate up to the limit", settings={**START, "accumulation": 2.0}),
                ),
            ),
        ),
    ),
    ask="When would you choose another remedy all the same?",
    correct=(
        "Yes: {bytes_pipeline} over all boundaries together, against {bytes_ports} of gradients now and "
        "{bytes_batch} at the critical batch. Pipeline stages send activations of one layer's width; data parallelism sends "
        "every gradient. They also bring a schedule, and a bubble: stages that wait while the pipeline fills and drains. So ports are right "
        "when the bytes fit and the time does not, and a larger batch while it is under the critical one. One node is right "
        "when the run is small."
    ),
)

MATH = (
    MathItem(
        equation="ring-all-reduce-time",
        title="In the node",
        inputs={
            "ranks": "now.gpus",
            "size": "now.gradient",
            "bandwidth": "now.inside_speed",
            "latency": "now.inside_latency",
            "buckets": "now.buckets",
        },
        result="now.intra_time",
        note=(
            "Reduce-scatter before the exchange between nodes and all-gather after it, as one. The phases are added up; "
            "libraries overlap them chunk by chunk, so this is an upper bound."
        ),
    ),
    MathItem(
        equation="node-boundary-time",
        title="Across the node's ports",
        inputs={
            "nodes": "now.nodes",
            "size": "now.gradient",
            "ports": "now.ports",
            "port_bandwidth": "now.port_speed",
            "port_latency": "now.port_latency",
            "buckets": "now.buckets",
        },
        result="now.inter_time",
        note="In both equations together the bytes take {now.intra} and {now.inter}, and all hops {now.latency}.",
    ),
    MathItem(
        equation="step-time",
        title="The step",
        inputs={
            "compute": "now.compute",
            "exposed": "now.exposed",
            "contention": "now.contention",
            "overhead": "now.framework",
        },
        result="now.step",
    ),
    MathItem(
        equation="scaling-efficiency",
        title="Scaling efficiency",
        inputs={"speedup": "now.speedup", "scale": "now.ideal"},
        result="now.efficiency",
        note="Card, curve and challenge take this figure from the same run.",
    ),
    MathItem(
        equation="pipeline-activation-bytes",
        title="One pipeline boundary instead",
        inputs={"tokens": "one", "hidden": "width", "bytes_per_value": "value_bytes"},
        result="boundary_bytes",
        note=(
            "Bytes of one token over one boundary, both directions, in the scenario's model. With a stage on each of "
            "your nodes that is {now.pipeline_bytes_per_token} over all boundaries, beside {now.bytes_per_token} of gradients."
        ),
    ),
)

ACT_2 = Act(
    id="act2",
    title="The node boundary",
    minutes=22,
    context="cluster",
    sender="ML infrastructure lead",
    message=(
        "We grew from one node to {nodes:words} and promised {promised} the throughput. The first week shows **{speedup}**. "
        "The team blames the framework and wants to rewrite it. Before I give them the quarter: where does the time go?"
    ),
    briefing=(
        "A {parameters} model trains data-parallel over all GPUs, its Adam states split over them (ZeRO-1). Gradients are summed "
        "inside each node over NVLink. Then every GPU joins a ring with its peers in the other nodes, and the sums are handed "
        "out inside the node. All {node_gpus:words} GPUs of a node leave through its ports: at the start one {port} port, "
        "{port_rate} for {node_gpus:words} GPUs, where NVLink gives each of them {nvlink}. The nodes hang on leaf switches, and "
        "the leaves on a spine with fewer links up than down (oversubscribed).\n\n"
        "Scaling efficiency is speedup over ideal speedup, both against the fewest nodes that hold the model: here one."
    ),
    givens=(
        Given(id="parameters", label="Parameters", value=boundary.PARAMETERS, kind="parameters", source="scenario"),
        Given(
            id="tokens", label="Tokens a GPU in a micro-batch", value=boundary.TOKENS, kind="tokens", source="scenario"
        ),
        Given(id="critical", label="Critical batch", value=boundary.CRITICAL_BATCH, kind="tokens", source="scenario"),
        Given(
            id="framework",
            label="Outside compute and exchange, a step",
            value=boundary.FRAMEWORK,
            kind="seconds",
            source="scenario: the team's profile",
        ),
        Given(id="leaf", label="Nodes a leaf switch", value=boundary.LEAF_NODES, kind="count", source="scenario"),
        Given(
            id="uplinks",
            label="Oversubscription of the uplinks",
            value=boundary.OVERSUBSCRIPTION,
            kind="ratio",
            source="scenario",
        ),
        Given(
            id="bucket",
            label="Bucket: gradients sent as one message",
            value=cliff.BUCKET,
            kind="bytes",
            source="PyTorch DistributedDataParallel, default of bucket_cap_mb",
        ),
        Given(
            id="alpha",
            label="Latency a hop between nodes",
            value=registry.get(boundary.PORT)["latency"],
            kind="seconds",
            source=registry.get(boundary.PORT).field("latency").source,
        ),
        Given(
            id="nvlink",
            label="NVLink, one direction",
            value=registry.get("nvlink4")["bandwidth"],
            kind="bandwidth",
            source=registry.get("nvlink4").field("bandwidth").source,
        ),
        Given(
            id="nvlink_both",
            label="NVLink, both directions",
            value=registry.get("nvlink4")["bandwidth_bidirectional"],
            kind="bandwidth",
            source=registry.get("nvlink4").field("bandwidth_bidirectional").source,
        ),
    ),
    controls=CONTROLS,
    outputs=OUTPUTS,
    model=boundary.model,
    facts=facts,
    cards=CARDS,
    constraints=CONSTRAINTS,
    figures=(
        FigureSpec(id="scaling", title="Speedup over nodes", draw=drawn.scaling),
        FigureSpec(id="losses", title="Where the step goes", draw=drawn.losses),
        FigureSpec(
            id="cliff", title="What each GPU gets, inside and outside the node", draw=drawn.cliff_bars, always=True
        ),
    ),
    challenge=Challenge(
        title="Keep the promise, cheaply",
        text=(
            "On {nodes:words} nodes with all their GPUs, reach a scaling efficiency of at least {target}. Keep the batch within the "
            "critical one, and add as little network as you can."
        ),
        checks=(
            Check(
                output="efficiency",
                sense="at least",
                limit="target",
                text="Scaling efficiency {now.efficiency} of at least {now.target}",
            ),
            Check(
                output="batch",
                sense="at most",
                limit="critical_batch",
                text="Batch {now.batch} of at most {now.critical_batch} tokens",
            ),
        ),
        cost="added_cost",
        free=("ports", "port", "overlap", "accumulation"),
        pinned={"nodes": boundary.NODES, "gpus": boundary.NODE_GPUS, "parameters": boundary.PARAMETERS},
    ),
    prediction=PREDICTION,
    reveal=Reveal(
        text=(
            "Of the {step} a step takes, {compute} is compute. **The dominant loss is the bandwidth of the node's ports: "
            "{loss_ports}.** Latency takes {loss_latency}, NVLink {loss_inside}, the framework {loss_framework}, the fabric "
            "{loss_bisection}. Each node sends {crossing} through its port in every step, for {gradient} of gradients.\n\n"
            "That is the cliff: NVLink gives a GPU {cliff_gpu} what its share of the port gives. With all ports of the node it "
            "would be {cliff_full}, and the same software would scale at {full_efficiency} instead of {efficiency}. A rewrite of "
            "the framework moves none of these bytes; sending less often, or hiding them, does. That is what the instrument is for."
        ),
        correct="You named it: “{you.option}”, at {you.confidence} confidence.",
    ),
    reflection=REFLECTION,
    math=MATH,
    decision=Decision(
        text="**What do you tell the lead to do?** The design on your instrument is signed with it.",
        options=(
            DecisionOption(
                id="ports",
                text="Buy ports",
                answer="Signed: {now.added_cost} of network for {now.efficiency} scaling efficiency, {now.speedup} of {now.ideal}.",
            ),
            DecisionOption(
                id="batch",
                text="Change software: overlap and accumulate",
                answer="Signed: a batch of {now.batch} tokens, {now.overlap_set} overlap, {now.efficiency} scaling efficiency.",
            ),
            DecisionOption(
                id="pipeline",
                text="Put pipeline stages across nodes",
                answer="Signed: {now.pipeline_bytes_per_token} across boundaries instead of {now.bytes_per_token}. The bubble is yours to fill.",
            ),
            DecisionOption(
                id="retreat",
                text="Go back to one node",
                answer="Signed: nothing crosses, at one node's throughput, where {nodes:words} nodes gave {speedup}.",
            ),
        ),
        ask="One sentence for the record: what would change your mind?",
        record=(
            "nodes",
            "ports",
            "parameters",
            "step",
            "overhead",
            "efficiency",
            "speedup",
            "added_cost",
            "batch",
            "memory",
        ),
    ),
)
