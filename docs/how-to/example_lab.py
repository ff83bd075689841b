"""v1_99 · The Idle Arithmetic: a small complete lab to start from. `ironlaw check docs/how-to/example_lab.py` proves it.

A language model writes one token for each request of a batch by reading all its weights once. One request uses each
weight for one multiplication and one addition; a batch of b requests uses it b times. So the batch decides whether the
accelerator's memory or its arithmetic sets the pace. What a request keeps of its past (the KV cache) is left out.
"""

from __future__ import annotations

from typing import Any

from ironlaw import registry
from ironlaw.labkit import figures as fig
from ironlaw.labkit.spec import (
    Act,
    Band,
    BandQuestion,
    Card,
    Challenge,
    Check,
    Choice,
    ChoiceControl,
    Constraint,
    Context,
    Decision,
    DecisionOption,
    Facts,
    Feedback,
    Figure,
    FigureSpec,
    Given,
    Lab,
    MathItem,
    NumberControl,
    Output,
    Q,
    Reflection,
    Reveal,
    Settings,
    Term,
    TermQuestion,
    Try,
    Value,
    Values,
)
from ironlaw.labkit.text import plain
from ironlaw.physics import roofline, transformer

# --- the model: numbers from the registry, equations from the catalogue, nothing else ---------------------------------

DEVICES = ("h100-sxm", "h200-sxm", "a100-80gb-sxm", "l4")
PARAMETERS = 7e9
PATIENCE = 6e-3  # seconds that a reader waits for the next token
START: dict[str, Any] = {"batch": 512.0, "device": "h100-sxm", "parameters": PARAMETERS}
WEIGHT_BYTES = registry.get("bf16")["bytes_per_value"]
FLOPS_PER_WEIGHT = 2.0  # a multiplication and an addition
TIMED = ("intensity", "ridge", "peak", "bandwidth", "rate", "busy", "tokens", "gap")


def model(settings: Settings) -> dict[str, Value]:
    """All outputs at these settings. Where the weights do not fit, only the outputs marked `always` have a value."""
    device = registry.get(settings["device"])
    batch: float = settings["batch"]
    weights = settings["parameters"] * WEIGHT_BYTES
    values: dict[str, Value] = dict.fromkeys(TIMED)
    values |= {"weights": weights, "capacity": device["memory_capacity"], "patience": PATIENCE}
    if weights > device["memory_capacity"]:
        return values
    peak, bandwidth = device["peak_bf16"], device["memory_bandwidth"]
    intensity = batch * FLOPS_PER_WEIGHT / WEIGHT_BYTES
    rate = roofline.attainable_rate(peak, bandwidth, intensity)
    tokens = rate / (FLOPS_PER_WEIGHT * settings["parameters"])
    return values | {
        "intensity": intensity,
        "ridge": roofline.ridge_point(peak, bandwidth),
        "peak": peak,
        "bandwidth": bandwidth,
        "rate": rate,
        "busy": rate / peak,
        "tokens": tokens,
        "gap": batch / tokens,
    }


def facts() -> Facts:
    """The scenario's numbers: what prose, answers and equations name without a prefix."""
    device = registry.get(START["device"])
    peak, bandwidth = device["peak_bf16"], device["memory_bandwidth"]
    ridge = roofline.ridge_point(peak, bandwidth)
    hidden = transformer.gpt_hidden(transformer.gpt_layers(PARAMETERS))
    return {
        **{f"edge{place}": Q(edge, "count") for place, edge in enumerate(EDGES, 1)},
        "needed": Q(ridge * WEIGHT_BYTES / FLOPS_PER_WEIGHT, "count"),
        "peak": Q(peak, "flop_rate"),
        "bandwidth": Q(bandwidth, "bandwidth"),
        "ridge": Q(ridge, "arithmetic_intensity"),
        "reading": Q(PARAMETERS * WEIGHT_BYTES / bandwidth, "seconds"),
        "arithmetic": Q(PARAMETERS * FLOPS_PER_WEIGHT / peak, "seconds"),
        "input": Q(hidden * WEIGHT_BYTES / bandwidth, "seconds"),
        "busy_alone": Q(model({**START, "batch": 1.0})["busy"], "share"),
        "parameters": Q(PARAMETERS, "parameters"),
    }


# --- what the learner moves and sees ----------------------------------------------------------------------------------

CONTROLS = (
    NumberControl(
        id="batch", label="Requests in a batch", kind="count", integer=True, start=START["batch"],
        ticks=(1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 192.0, 256.0, 320.0, 384.0, 512.0, 768.0, 1024.0),
        help="Each weight that is read serves all of them.",
    ),
    ChoiceControl(
        id="device", label="Accelerator", start=START["device"],
        options=tuple(Choice(value=each, text=registry.get(each).name) for each in DEVICES),
        help="They differ in arithmetic, in memory and in how fast one feeds the other.",
    ),
    NumberControl(
        id="parameters", label="Parameters", kind="parameters", start=START["parameters"],
        ticks=(1e9, 3e9, 7e9, 13e9, 30e9, 70e9),
        help="Each takes one reading for each token.",
    ),
)  # fmt: skip

OUTPUTS = (
    Output(id="weights", label="Weights", kind="bytes", always=True),
    Output(id="capacity", label="Memory", kind="bytes", always=True),
    Output(id="intensity", label="Arithmetic a byte", kind="arithmetic_intensity"),
    Output(id="ridge", label="Arithmetic a byte that fills the device", kind="arithmetic_intensity"),
    Output(id="peak", label="Peak, dense", kind="flop_rate"),
    Output(id="bandwidth", label="Memory bandwidth", kind="bandwidth"),
    Output(id="rate", label="Arithmetic done", kind="flop_rate"),
    Output(id="busy", label="Share of the peak", kind="share"),
    Output(id="tokens", label="Tokens a second", kind="tokens_per_second"),
    Output(id="gap", label="Time between two tokens", kind="seconds"),
    Output(id="patience", label="What a reader waits", kind="seconds", always=True),
)

CONSTRAINTS = (
    Constraint(
        id="oom", name="Out of memory", quantity="weights", limit="capacity", fatal=True,
        controls=("parameters", "device"),
        text="Out of memory: the weights take {now.weights}, and the device has {now.capacity}.",
        ok_text="{now.weights} of {now.capacity}.",
    ),
    Constraint(
        id="starved", name="Memory-bound", quantity="ridge", limit="intensity", controls=("batch", "device"),
        text=(
            "Memory-bound: the batch brings {now.intensity} to a device that needs {now.ridge}. It waits for weights, "
            "and does {now.busy} of the arithmetic that was paid for."
        ),
        ok_text="{now.intensity}, and {now.ridge} are enough.",
    ),
)  # fmt: skip


def draw(settings: Settings, values: Values) -> Figure:
    """The share of the peak against the batch, and where this design stands on it."""
    ticks = CONTROLS[0].ticks
    line = [(batch, _busy(settings, batch)) for batch in ticks]
    here: fig.Point = (settings["batch"], _busy(settings, settings["batch"]))
    texts = [f"{plain(batch, 'count')} requests: {plain(share, 'share')}" for batch, share in line]
    return fig.figure(
        "busy",
        "Share of the peak",
        f"A batch of {plain(here[0], 'count')} reaches {plain(here[1], 'share')} of the peak: {plain(values['rate'], 'flop_rate')}.",
        x=fig.log("Requests in a batch", ticks[0], ticks[-1], "count", ticks=ticks),
        y=fig.linear("Share of the peak", 0.0, 1.0, "share"),
        marks=[
            fig.line("busy", "share of the peak", line, texts),
            fig.dots("here", "this design", [here], [f"this design: {plain(here[1], 'share')}"], colour="accent"),
        ],
        table=(("Requests", "Share of the peak"), [(plain(b, "count"), plain(s, "share")) for b, s in line]),
    )


def _busy(settings: Settings, batch: float) -> float:
    busy = model({**settings, "batch": batch})["busy"]
    return float(busy or 0.0)


# --- what the learner is asked ----------------------------------------------------------------------------------------

EDGES = (16.0, 64.0, 1024.0)

PREDICTION = BandQuestion(
    fact="needed",
    quantity="Requests in a batch that fill the arithmetic",
    axis=(1.0, 4096.0),
    text="**How many requests must share one reading of the weights until the arithmetic, not the memory, sets the pace?**",
    options=(
        Band(
            id="few", low=None, high=EDGES[0], text="Fewer than {edge1}",
            feedback=Feedback(
                title="“One request keeps it busy”",
                text=(
                    "A single request reaches {busy_alone} of the peak: its weights take {reading} to read and {arithmetic} to use. "
                    "At your settings the share is {now.busy}."
                ),
                attempt=Try(text="Send one request", settings={**START, "batch": 1.0}),
            ),
        ),
        Band(
            id="some", low=EDGES[0], high=EDGES[1], text="{edge1} to {edge2}",
            feedback=Feedback(
                title="“A usual batch is enough”",
                text=(
                    "Such a batch is usual, and it leaves most of the arithmetic idle. The device does {peak} and reads "
                    "{bandwidth}, so it needs {ridge}; your batch brings {now.intensity}."
                ),
                attempt=Try(text="Send a usual batch", settings={**START, "batch": 32.0}),
            ),
        ),
        Band(id="many", low=EDGES[1], high=EDGES[2], text="{edge2} to {edge3}"),
        Band(
            id="most", low=EDGES[2], high=None, text="{edge3} or more",
            feedback=Feedback(
                title="“It can never be filled”",
                text=(
                    "It can: from {needed} requests on, reading is the shorter part. Beyond that a larger batch only makes "
                    "each request wait longer. Your design does {now.tokens}."
                ),
                attempt=Try(text="Fill it", settings={**START, "batch": 320.0}),
            ),
        ),
    ),
)  # fmt: skip

REFLECTION = Reflection(
    question=TermQuestion(
        quantity="Time for one token of one request",
        title="Where the time of one request goes",
        pick="largest",
        text="**One request, alone on the device: what takes the most time?**",
        options=(
            Term(id="reading", short="reading the weights", fact="reading", text="Reading the weights from memory"),
            Term(
                id="arithmetic", short="arithmetic", fact="arithmetic", text="Multiplying and adding",
                feedback=Feedback(
                    title="“Arithmetic is the work”",
                    text=(
                        "It is the work that is sold, and it takes {arithmetic}. Reading the same weights takes {reading}, "
                        "and nobody sells a device by that. Your batch now reaches {now.busy} of the peak."
                    ),
                    attempt=Try(text="Look at one request", settings={**START, "batch": 1.0}),
                ),
            ),
            Term(
                id="input", short="the request itself", fact="input", text="Moving the request's own numbers",
                feedback=Feedback(
                    title="“The request is what moves”",
                    text=(
                        "What a request brings to a layer is one short vector, read in {input}. The weights that it meets take "
                        "{reading}. Your design puts {now.gap} between two tokens."
                    ),
                    attempt=Try(text="Double the batch", settings={**START, "batch": 1024.0}),
                ),
            ),
        ),
    ),
    correct="Yes: {reading} of reading beside {arithmetic} of arithmetic. A batch shares the reading.",
    ask="Say in a sentence what a batch shares.",
)  # fmt: skip

ACT = Act(
    id="act1",
    title="The idle arithmetic",
    minutes=12,
    context="cloud",
    sender="Serving lead",
    message="Our {parameters} model answers one request at a time, and the bill is for {peak}. **Are we using it?**",
    briefing="Each token needs every weight once. What is read once can serve every request of a batch.",
    givens=(
        Given(
            id="device", label="Accelerator", value=registry.get("h100-sxm").name, kind="text",
            source=registry.get("h100-sxm").field("peak_bf16").source,
        ),
        Given(id="parameters", label="Parameters", value=PARAMETERS, kind="parameters", source="scenario"),
    ),
    controls=CONTROLS,
    outputs=OUTPUTS,
    model=model,
    facts=facts,
    cards=(
        Card(output="busy", constraint="starved", note="{now.rate} done"),
        Card(output="gap", note="{now.tokens}, all requests together"),
        Card(output="weights", constraint="oom", note="of {now.capacity}"),
    ),
    constraints=CONSTRAINTS,
    figures=(FigureSpec(id="busy", title="Share of the peak", draw=draw),),
    challenge=Challenge(
        title="Busy and quick",
        text="Let the arithmetic set the pace, and still send each reader a token every {now.patience}.",
        checks=(
            Check(output="intensity", sense="at least", limit="ridge", text="{now.intensity} of at least {now.ridge}"),
            Check(output="gap", sense="at most", limit="patience", text="{now.gap} of at most {now.patience}"),
        ),
        cost=None,
        free=("batch", "device"),
        pinned={"parameters": PARAMETERS},
    ),
    prediction=PREDICTION,
    reveal=Reveal(
        text=(
            "It takes **{needed} requests**. The device does {peak} and reads {bandwidth}: {ridge} must come with each byte, "
            "and one request brings a single operation. **The dominant term of a lone request is reading: {reading}.**"
        ),
        correct="You put it in the right band: “{you.option}”, at {you.confidence} confidence.",
    ),
    reflection=REFLECTION,
    math=(
        MathItem(
            equation="ridge-point", title="Arithmetic a byte that fills the device",
            inputs={"peak": "peak", "bandwidth": "bandwidth"}, result="ridge",
        ),
        MathItem(
            equation="attainable-rate", title="What your batch reaches",
            inputs={"peak": "now.peak", "bandwidth": "now.bandwidth", "intensity": "now.intensity"}, result="now.rate",
        ),
    ),
    decision=Decision(
        text="**What do you change first?**",
        options=(
            DecisionOption(id="batch", text="Batch the requests", answer="Signed: {now.tokens} at {now.busy} of the peak."),
            DecisionOption(id="device", text="Rent a device with less arithmetic", answer="Signed: it needs {now.ridge}."),
        ),
        ask="One sentence for the record: which number decided it?",
        record=("busy", "tokens", "intensity"),
    ),
)  # fmt: skip

LAB = Lab(
    id="v1_99",
    title="The Idle Arithmetic",
    version=1,
    domains=("Serving",),
    invariant="Attainable is the lesser of what can be computed and what can be read.",
    synthesis="One reading of the weights serves the whole batch. Look for what is read once and used often.",
    contexts=(
        Context(
            id="cloud", name="A server", settings={"act1": {"device": "h100-sxm"}}, text="An accelerator for training."
        ),
        Context(
            id="edge", name="A small card", settings={"act1": {"device": "l4"}}, text="A card for inference."
        ),
    ),
    acts=(ACT,),
)  # fmt: skip
