"""Mission 2, the feeding-tax solver: what a learner reads, is asked and answers. The numbers are those of `mission2_model`."""

from __future__ import annotations

from collections.abc import Mapping

from ironlaw import registry
from ironlaw.labkit.spec import (
    Act,
    Challenge,
    Check,
    Cites,
    Decision,
    DecisionOption,
    Feedback,
    FigureSpec,
    Given,
    MathItem,
    Quota,
    Reflection,
    Reveal,
    Term,
    TermQuestion,
    Try,
)
from ironlaw.labkit.text import plain
from ironlaw.labs.v1_04_data_gravity import mission2_figures as drawn
from ironlaw.labs.v1_04_data_gravity import mission2_model as m
from ironlaw.labs.v1_04_data_gravity.mission2_facts import BUDGET, facts
from ironlaw.labs.v1_04_data_gravity.mission2_panel import CARDS, CONSTRAINTS, OUTPUTS, START, controls
from ironlaw.labs.v1_04_data_gravity.missions_common import (
    CLOUD,
    EDGE,
    MEASURED,
    MOBILE,
    TINY,
    named,
    scenario,
    sourced,
)

PREDICTION = TermQuestion(
    quantity="Utilisation after the change",
    title="What each change leads to",
    pick="largest",
    text=(
        "The node reads JSON records and their embeddings from a SATA SSD with {workers:words} workers. Does a change from JSON to "
        "Protobuf raise its utilisation more than a faster SSD? **Which single change raises it most?**"
    ),
    options=(
        Term(id="protobuf", fact="used_protobuf", short="Protobuf", text="Write the records as Protobuf, same disk"),
        Term(
            id="ssd",
            fact="used_ssd",
            short="NVMe disk",
            text="Put an NVMe disk in place of the SATA SSD",
            feedback=Feedback(
                title="“Feeding is a matter of disks”",
                text=(
                    "The SATA SSD could deliver {disk_rate} records a second and the node asks for {demand}: the disk was never the "
                    "limit. The parsers stop at {feed}, so the faster disk leaves the utilisation at {used_ssd}. In your last design {now.slowest} "
                    "set the pace, and the disk could have delivered {now.disk_rate}."
                ),
                attempt=Try(
                    text="On the node: JSON on the NVMe disk, one worker more",
                    settings={**START, "disk": "ssd-980-pro", "workers": 3.0},
                ),
            ),
        ),
        Term(
            id="csv",
            fact="used_csv",
            short="CSV",
            text="Write the records as CSV, the plainest text",
            feedback=Feedback(
                title="“The simpler the text, the faster”",
                text=(
                    "Plain text is simple for us, not for the parser. A core reads {rate_csv} CSV records a second and {rate_json} of JSON: "
                    "Python converts CSV field by field, and a JSON record in one call. CSV would leave {used_csv}, Protobuf {used_protobuf}. Your last "
                    "design parsed {now.worker_rate} a worker."
                ),
                attempt=Try(text="On the node: CSV on the same disk", settings={**START, "format": "csv"}),
            ),
        ),
        Term(
            id="bits",
            fact="used_bits",
            short="fewer bits",
            text="Store the embeddings that go with them in fewer bits",
            feedback=Feedback(
                title="“Fewer bytes, faster feed”",
                text=(
                    "Fewer bytes relieve the disk and the link, and neither was the limit: the utilisation stays at {used_bits}. The records "
                    "still have to be parsed, at {rate_json} a second and core. Your last design sent {now.crossing} a record and "
                    "was held up by {now.slowest}."
                ),
                attempt=Try(text="On the node: fewer bits, same parsers", settings={**START, "bits": 8}),
            ),
        ),
    ),
)

REFLECTION = Reflection(
    question=TermQuestion(
        quantity="MFU after the change",
        title="What each remedy makes of the node's MFU",
        pick="largest",
        text=(
            "Back at the node as you found it, at an MFU of {mfu}. **Which remedy raises the MFU most: the algorithm, or the "
            "fuel?**"
        ),
        options=(
            Term(
                id="kernels",
                fact="mfu_kernels",
                short="faster kernels",
                text="The algorithm: kernels that run the model in less time",
                feedback=Feedback(
                    title="“Better kernels always raise the MFU”",
                    text=(
                        "Kernels {kernels} as fast only wait sooner: the same records arrive, the same work is done, and the MFU "
                        "stays at {mfu_kernels}. On your plot that is a higher roof over the same slope. Your last design has a "
                        "roof of {now.full} and stands at {now.mfu}."
                    ),
                    attempt=Try(
                        text="On the node: feed it until the roof counts", settings={**START, "format": "parquet"}
                    ),
                ),
            ),
            Term(
                id="chip",
                fact="mfu_chip",
                short="faster chip",
                text="The machine: an accelerator of a later generation",
                feedback=Feedback(
                    title="“A faster chip is always worth it”",
                    text=(
                        "A chip {chip} as fast behind the same feed does the same work on a higher peak, so its MFU falls to "
                        "{mfu_chip} and it waits {waiting} of its time. A faster consumer makes the feeding tax worse. Yours is "
                        "{now.idle} now."
                    ),
                    attempt=Try(text="On the node: let it ask for more", settings={**START, "asked": 1.2}),
                ),
            ),
            Term(
                id="disk",
                fact="mfu_disk",
                short="faster disk",
                text="The fuel tank: a disk with several times the bandwidth",
                feedback=Feedback(
                    title="“Fuel comes from the tank”",
                    text=(
                        "The disk holds the fuel, but it has to pass the parsers: with the NVMe disk the MFU is {mfu_disk}, as "
                        "before. Yours was paced by {now.slowest}, at {now.feed} records a second."
                    ),
                    attempt=Try(
                        text="On the node: a hard disk binds",
                        settings={**START, "disk": "hdd-exos-x18", "format": "parquet"},
                    ),
                ),
            ),
            Term(
                id="fuel",
                fact="mfu_fuel",
                short="columnar format",
                text="The fuel line: a columnar format, with one worker fewer",
            ),
        ),
    ),
    cites=Cites(
        count=2,
        outputs=("feed", "demand", "mfu"),
        text="Cite two of your own designs: one on the slope and one under the roof, or two that show there is none.",
    ),
    ask="Algorithm or fuel? Say what your two designs prove.",
    correct=(
        "Yes: {mfu_fuel}, with one worker fewer. Below the equilibrium the MFU is a straight line in the records that arrive, "
        "so only fuel moves it. Above it the line is flat and only the algorithm does. Your last design stands at {now.mfu} "
        "under a roof of {now.full}."
    ),
)

MATH = (
    MathItem(
        equation="stage-rate-workers",
        title="The parsers",
        inputs={"workers": "now.running", "worker_rate": "now.worker_rate"},
        result="now.parse_rate",
        note="Workers with a core of their own; the device has {now.cores}.",
    ),
    MathItem(
        equation="data-stall",
        title="The feeding tax",
        inputs={"loader": "now.feed", "training": "now.demand"},
        result="now.idle",
        note="In your design {now.slowest} set the pace.",
    ),
    MathItem(
        equation="fed-utilisation",
        title="What is left of the MFU",
        inputs={"full": "now.full", "feed": "now.feed", "demand": "now.demand"},
        result="now.mfu",
    ),
    MathItem(
        equation="flow-imbalance",
        title="Distance from the equilibrium",
        inputs={"feed": "now.feed", "demand": "now.demand"},
        result="now.imbalance",
        note="The equilibrium of this mission is within {now.tolerance}.",
    ),
)

CHALLENGE = Challenge(
    title="Flow equilibrium",
    text=(
        "Bring the pre-processing rate to within {tolerance} of the consumption, and let at least the planned records flow. Too "
        "slow starves the model, too fast is hardware that waits. Take as little power for it as you can."
    ),
    checks=(
        Check(
            output="imbalance",
            sense="at most",
            limit="tolerance",
            text="Feed and consumption differ by {now.imbalance}, at most {now.tolerance}",
        ),
        Check(output="flow", sense="at least", limit="plan", text="{now.flow} records/s flow, at least {now.plan}"),
        Check(
            output="feed_power",
            sense="at most",
            limit="allowance",
            text="Feeding takes {now.feed_power}, at most {now.allowance}",
        ),
    ),
    cost="feed_power",
    free=("format", "workers", "disk", "asked"),
    pinned={},
)

DECISION = Decision(
    text="**What does your track change first?** The design on your instrument is signed with it.",
    options=(
        DecisionOption(
            id="format",
            text="The format: write the records so that reading is cheap",
            answer="A worker parses {now.worker_rate} records a second of your format, {now.record} each. The format is changed once and paid back by every reader.",
        ),
        DecisionOption(
            id="workers",
            text="The workers: more cores on the same format",
            answer="Running workers: {now.running}. Together they parse {now.parse_rate} records a second and hold {now.buffers} of buffers. That buys time, at {now.feed_power} of power.",
        ),
        DecisionOption(
            id="disk",
            text="The disk: more bandwidth under the pipeline",
            answer="Your disk could deliver {now.disk_rate} records a second, and {now.slowest} set the pace. A disk pays when it is the slowest stage, and not before.",
        ),
        DecisionOption(
            id="demand",
            text="The demand: ask for fewer records an inference",
            answer="Each inference now asks for enough to consume {now.demand} records a second. Asking for less eases every stage, and the model knows less.",
        ),
    ),
    record=("feed", "demand", "idle", "mfu", "imbalance", "feed_power"),
    ask="Which stage binds now, and which will bind after your change?",
)


def _measured(name: str, said: str) -> Given:
    """Size and parsing of a format, with how they were measured."""
    size, rate = (registry.get(m.REFERENCE).field(field) for field in (f"format_bytes_{name}", f"parse_{name}_records"))
    measured = f"{plain(size.si, 'bytes')}, {plain(rate.si, 'number')} records/s"
    return named(f"measured_{name}", f"{said}, a record and a core", measured, "text", rate.source.replace("`", ""))


def _givens() -> tuple[Given, ...]:
    gpu = registry.get("h100-sxm")
    edge, mobile, tiny = (m.feeds()[track] for track in (EDGE, MOBILE, TINY))
    return (
        *(_measured(name, said) for name, said in m.FORMATS.items()),
        *(
            sourced(f"disk_{disk}", f"{said}, reading", disk, "read_bandwidth", "bandwidth")
            for disk, said in m.DISKS.items()
        ),
        named("peak", "Cloud: dense BF16 peak of a GPU", gpu["peak_bf16"], "flop_rate", gpu.field("peak_bf16").source),
        scenario("full", "Cloud: MFU when never kept waiting", m.CLOUD_MFU, "share"),
        scenario("tokens", "Cloud: tokens of a request", m.REQUEST_TOKENS, "tokens"),
        scenario("candidates", "Cloud: candidate records of a request", m.CANDIDATES, "number"),
        scenario("values", "Cloud: values of an embedding", m.feeds()[CLOUD].values, "number"),
        scenario("bits", "Cloud: bits of such a value", float(m.feeds()[CLOUD].bits), "number"),
        scenario("store", "Cloud: link to the document store", m.feeds()[CLOUD].link_rate, "bit_rate"),
        scenario("loop", "Edge: records a second of the loop", edge.demand, "number"),
        scenario("bus", "Edge: camera bus", edge.link_rate, "bit_rate"),
        scenario("frames", "Mobile: frames a second", mobile.demand, "number"),
        scenario("core_edge", "Edge and Mobile: speed of a core, of the recorded one", edge.core, "share"),
        scenario("core_tiny", "Tiny: speed of its core, of the recorded one", tiny.core, "share"),
        scenario(
            "ear", "Tiny: records a second", tiny.demand, "number", "two microphones, a frame of ten milliseconds each"
        ),
        scenario("sram", "Tiny: SRAM for buffers", tiny.room, "bytes", "half of what the microcontroller has"),
    )


SLOWER = scenario("slower", "The slower core, of the recorded one", m.SLOWER, "ratio")


def _own(rates: m.Rates) -> tuple[Given, ...]:
    """What the learner's machine was measured to do, beside the recorded figures."""
    return tuple(
        named(f"own_{name}", f"{m.FORMATS[name]}, records/s of a core of your machine", rate, "number", MEASURED)
        for name, (_, rate) in rates.items()
    )


def mission2(results: Mapping[str, float] | None = None) -> Act:
    """The mission for a learner's measured machine; None: never measured."""
    own = None if results is None else m.measured(results)
    other = own or m.slower()
    return Act(
        id="mission2",
        title="Feeding-tax solver",
        minutes=20,
        role="mission",
        context=CLOUD,
        sender="Serving platform lead",
        message=(
            "Llama-3-70B sits on one node of H100 GPUs and waits. Every request brings {candidates} candidate records from the "
            "document store, with their embeddings, and the accelerators are used {used} of the time. Procurement offers "
            "faster disks by Monday. The data team wants to change the format instead. I pay for one of them."
        ),
        briefing=(
            "Records leave a disk, workers parse them, a link carries them with their sensor values, and a model consumes them: "
            "{inferences} inferences a second at the node, {demand} records. Each format was **measured**: the same record in "
            "every one, decoded by its usual Python library on one core. The two questions are about the node; on the instrument your "
            "track sets the device, and the drawer takes the rates of another core, yours if you measured it. MFU, model FLOPs "
            "utilisation, is the share of the accelerator's peak that goes into the model. You have {budget} recorded designs to "
            "reach the equilibrium; a reset begins anew, and the ledger keeps that too."
        ),
        givens=_givens() + (_own(own) if own else (SLOWER,)),
        controls=controls(own),
        outputs=OUTPUTS,
        model=lambda settings: m.model(settings, other),
        facts=facts,
        cards=CARDS,
        constraints=CONSTRAINTS,
        figures=(
            FigureSpec(id="waterfall", title="The ingestion waterfall", draw=drawn.waterfall, always=True),
            FigureSpec(id="tax", title="Feeding tax: time that the accelerator waits", draw=drawn.tax, always=True),
            FigureSpec(
                id="utilisation",
                title="MFU against ingestion",
                draw=drawn.utilisation,
                always=True,
                trail=drawn.recorded,
            ),
        ),
        challenge=CHALLENGE,
        prediction=PREDICTION,
        quotas=(
            Quota(
                id="budget",
                kind="budget",
                need=int(BUDGET),
                text="The flow equilibrium within {budget} recorded designs. A reset is recorded, and begins the count anew.",
            ),
        ),
        reveal=Reveal(
            text=(
                "**Protobuf brings the utilisation from {used} to {used_protobuf}; with the faster SSD it is {used_ssd}.** The "
                "{workers:words} workers parse {feed} JSON records a second and the node asks for {demand}; the SATA SSD could have "
                "delivered {disk_rate}. CSV leads to {used_csv}, fewer bits to {used_bits}.\n\n"
                "Nor is Protobuf a miracle: a core parses Protobuf {protobuf_over_json} as fast as JSON, because Python "
                "still handles every record on its own. Parquet is read a column at a time and reaches {parquet_over_json}. "
                "There the disk or the link becomes the slowest stage. In your last design it was {now.slowest}."
            ),
            correct="You said it: “{you.option}”, at {you.confidence} confidence.",
        ),
        reflection=REFLECTION,
        math=MATH,
        decision=DECISION,
    )


MISSION_2 = mission2()
