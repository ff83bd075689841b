"""Act I, the feeding problem: what a learner reads, is asked and answers. The numbers are those of `feeding.py`."""

from __future__ import annotations

from functools import cache, partial

from ironlaw import registry
from ironlaw.labkit.spec import Act, Decision, DecisionOption, FigureSpec, MathItem, Reveal, Second
from ironlaw.labkit.text import plain
from ironlaw.labs.v1_04_data_gravity import act1_figures as drawn
from ironlaw.labs.v1_04_data_gravity import feeding
from ironlaw.labs.v1_04_data_gravity.act1_facts import facts
from ironlaw.labs.v1_04_data_gravity.act1_panel import (
    CARDS,
    CHALLENGE,
    CONSTRAINTS,
    OUTPUTS,
    START,
    TIERS,
    controls,
)
from ironlaw.labs.v1_04_data_gravity.act1_questions import PREDICTION, REFLECTION, STAGE
from ironlaw.labs.v1_04_data_gravity.missions_common import MEASURED, named, origin, scenario, sourced
from ironlaw.quantities import to_si

MATH = (
    MathItem(
        equation="image-bytes",
        title="What crosses the link",
        inputs={"height": "edge", "width": "edge", "channels": "channels", "value_bytes": "now.value_bytes"},
        result="now.decoded_bytes",
        note="On storage the same image has {now.image}. Which of the two counts depends on the stage.",
    ),
    MathItem(
        equation="stage-rate-bytes",
        title="Storage",
        inputs={"bandwidth": "now.storage_bandwidth", "sample": "now.image"},
        result="now.storage_rate",
        note="The link has the same law with {now.link_bandwidth} and {now.decoded_bytes}: {now.link_rate} images a second.",
    ),
    MathItem(
        equation="worker-rate",
        title="One worker",
        inputs={"decode": "now.decode_time", "augment": "now.augment_time"},
        result="now.worker_rate",
    ),
    MathItem(
        equation="stage-rate-workers",
        title="All workers",
        inputs={"workers": "now.cores", "worker_rate": "now.worker_rate"},
        result="now.decode_rate",
        note="It would take {now.needed} of them to decode as fast as your GPUs train.",
    ),
    MathItem(
        equation="pipeline-rate",
        title="The loader",
        inputs={
            "storage": "now.storage_rate",
            "link": "now.storage_rate",
            "processing": "now.decode_rate",
            "device": "now.link_rate",
        },
        result="now.loader_rate",
        note="A network on the way is already inside the first rate, so the second repeats it.",
    ),
    MathItem(
        equation="data-stall",
        title="The feeding tax by mean rates",
        inputs={"loader": "now.fed_rate", "training": "now.gpu_rate"},
        result="now.tax_law",
        note=(
            "The simulation, where batches vary and queues are bounded, says {now.tax}. The difference is what late batches "
            "cost, and a deeper queue buys it back. Without workers loading and training take turns, and r_in is what "
            "that leaves."
        ),
    ),
)


def _price_list() -> str:
    """The monthly prices as one line: what the machine hall charges, and the provider's list for the object store."""
    prices = ((TIERS[kind][0], feeding.monthly_price(kind) * to_si(1, "TB")) for kind in feeding.STORAGES)
    return " · ".join(f"{name} {plain(price, 'usd')}" for name, price in prices)


GIVENS = (
    named("gpu", "GPU", registry.get(START["device"]).name, "text", origin(START["device"], "peak_fp16")),
    sourced("drive", f"{registry.get(feeding.NVME).name}, large reads", feeding.NVME, "read_bandwidth", "bandwidth"),
    sourced("wait", "The same drive, before a read begins to flow", feeding.NVME, "latency", "seconds"),
    sourced("link", "Link from host to GPU, one direction", feeding.DEVICES[START["device"]], "bandwidth", "bandwidth"),
    scenario("dataset", "Image set", feeding.DATASET, "bytes"),
    scenario("image", "An image on disk", feeding.IMAGE, "bytes"),
    scenario("workers", "Loader workers in the run", START["workers"], "count"),
    scenario("prefetch", "Prefetch depth", START["prefetch"], "count"),
    scenario("batch", "Batch", START["batch"], "count"),
    scenario("shard", "A shard", feeding.SHARD, "bytes"),
    scenario("budget", "Storage budget a month", feeding.BUDGET, "usd"),
    scenario(
        "prices",
        "Price list, a TB and month",
        _price_list(),
        "text",
        f"the machine hall's; the object store's is {registry.get(feeding.OBJECT_PRICE).name}",
    ),
    scenario("core", "A core, a month", feeding.CORE_PRICE, "usd"),
    scenario(
        "read_spread", "Spread of a batch's reading time", feeding.READ_SPREAD, "share", "storage shared with others"
    ),
    scenario("decode_spread", "Spread of a batch's decoding time", feeding.DECODE_SPREAD, "share"),
    scenario("augment", "Heavy augmentation of an image", feeding.AUGMENT, "seconds"),
)

DECISION = Decision(
    text="**What do you answer the lead by Friday?** The design on your instrument is signed with it.",
    options=(
        DecisionOption(
            id="workers",
            text="No GPUs: more loader workers on the host we have",
            answer=(
                "Signed: {more_workers:words} workers would train {rate_workers} images a second for {core_bill} of cores a "
                "month. Your instrument stands at {now.rate}."
            ),
        ),
        DecisionOption(
            id="storage",
            text="No GPUs: the design on my instrument",
            answer="Signed: {now.rate} images a second at a feeding tax of {now.tax}, for {now.feeding_bill} a month.",
        ),
        DecisionOption(
            id="gpus",
            text="The GPUs, as asked",
            answer="Signed: {asked:words} times the GPUs train {rate_gpus} images a second and are {four_use} used.",
        ),
    ),
    ask="One sentence for the record: which number decided it?",
    record=("use", "tax", "rate", "storage_bill", "feeding_bill", "slowest"),
)


@cache
def act_1(measured: float | None = None) -> Act:
    """The act. `measured`: images a second that a core of the learner's own machine decodes, None if unknown."""
    return Act(
        id="act1",
        title="The feeding problem",
        minutes=12,
        context="cloud",
        sender="ML engineering lead",
        message=(
            "ResNet-50 on our {dataset} image set, {days:words} days in, and the GPU is **{use} used**. At {rate} images a "
            "second one pass over the set takes {epoch}. The team is waiting. I want **{asked:words} times the GPUs by "
            "Friday**; the purchase order is on your desk. Do you sign it?"
        ),
        briefing=(
            "Every image takes the same way. Storage hands over the compressed file, {start_image} of it. A worker decodes "
            "and resizes it to {edge} × {edge} pixels, {decoded}. The host's link carries the pixels to the GPU, and the "
            "GPU trains. All stages work at the same time, on different batches, and between them wait at most as "
            "many batches as the prefetch depth says. The run reads single files from an NVMe drive; its loader has "
            "{start_workers:words} worker, on a core of its own."
        ),
        givens=GIVENS
        + (
            (named("machine", "Decoding on a core of your machine, images a second", measured, "count", MEASURED),)
            if measured
            else ()
        ),
        controls=controls(measured),
        outputs=OUTPUTS,
        model=partial(feeding.model, machine_rate=measured),
        facts=facts,
        cards=CARDS,
        constraints=CONSTRAINTS,
        figures=(
            FigureSpec(id="stages", title="Each stage alone", draw=drawn.stages),
            FigureSpec(id="timeline", title="Batches on their way", draw=drawn.timeline),
            FigureSpec(id="gauge", title="How long the GPU waits for data", draw=drawn.gauge),
        ),
        challenge=CHALLENGE,
        prediction=PREDICTION,
        second=Second(
            question=STAGE,
            look=(
                "The gauge shows what the GPU does with its time: {idle} of it is spent without a batch. Somewhere on the way "
                "one stage lets only {rate} images a second through. The givens say what the drive and the link carry. "
                "The drive moves compressed bytes, {start_image} an image; the link moves decoded ones, {decoded} an image."
            ),
            figures=("gauge",),
            correct="You named the stage: “{you.second}”.",
        ),
        reveal=Reveal(
            text=(
                "The GPU is fed {rate} images a second and could train {gpu_rate}; NVIDIA published {published} for this "
                "network on this GPU. To this one reader the drive could hand over {storage_rate}, "
                "and the link could carry {link_rate}. "
                "**The dominant term is decoding: {start_workers:words} worker makes {decode_rate} images a second.**\n\n"
                "So the drive idles too: at that pace it moves {drive_used} of the {drive_rate} it is rated for. The link idles, and "
                "the GPU waits at the end of the line. A pipeline runs at the pace of one stage, and every other has time to spare."
            ),
            correct="You named the cause: “{you.option}”, at {you.confidence} confidence.",
        ),
        reflection=REFLECTION,
        math=MATH,
        decision=DECISION,
    )
