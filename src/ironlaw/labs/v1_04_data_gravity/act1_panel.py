"""The panel of act I: where the instrument starts, its controls, outputs, cards, limit and challenge."""

from __future__ import annotations

from typing import Any

from ironlaw import registry
from ironlaw.labkit.spec import Card, Challenge, Check, Choice, ChoiceControl, Constraint, NumberControl, Output
from ironlaw.labs.v1_04_data_gravity import feeding
from ironlaw.quantities import format as text_of
from ironlaw.quantities import to_si

START: dict[str, Any] = {
    "storage": feeding.NVME,
    "access": "files",
    "workers": 1.0,
    "prefetch": 2.0,
    "image": feeding.IMAGE,
    "form": "bytes",
    "decode": "recorded",
    "batch": 256.0,
    "device": "a100-80gb-sxm",
    "gpus": 1.0,
    "model": "resnet-50",
    "network": to_si(100, "Gb/s"),
}
MORE_WORKERS = 6.0  # what the answer to the message sets

TIERS = {
    feeding.DISK: ("Hard disk", "read_bandwidth", "As rated, on its outer tracks; the inner ones give less"),
    feeding.SATA: ("SATA SSD", "read_bandwidth", "One drive of several is read at a time"),
    feeding.NVME: ("NVMe SSD", "read_bandwidth", "One drive of several is read at a time"),
    feeding.OBJECT: ("Object store", "stream_bandwidth", "Each connection; one a worker, over the network"),
    feeding.RAM: ("RAM", "memory_bandwidth", "All images in the host's memory"),
}


def _tier(kind: str) -> Choice:
    name, field, note = TIERS[kind]
    entity = registry.get(kind)
    price = text_of(feeding.monthly_price(kind) * to_si(1, "TB"), "usd")
    rate = text_of(entity[field], "bandwidth")
    return Choice(value=kind, text=f"{name} · {rate}", note=f"{note}; {price} a TB and month.")


def _named(value: str, told: str = "") -> Choice:
    name = registry.get(value).name
    return Choice(value=value, text=f"{name}{told}")


def decode_options(measured: float | None) -> tuple[Choice, ...]:
    """The ways to decode; `measured` is what a core of the learner's machine does, if it was ever measured."""
    recorded = text_of(feeding.recorded_decode(), "count")
    augment = text_of(feeding.AUGMENT, "seconds")
    own = (
        Choice(value="machine", text=f"Your machine · {text_of(measured, 'count')} images a second and core")
        if measured
        else Choice(
            value="machine",
            text="Your machine · not measured yet",
            note="The command ironlaw probe measures it; until then the recorded figure stands in.",
        )
    )
    return (
        Choice(
            value="recorded",
            text=f"Recorded · {recorded} images a second and core",
            note="By ironlaw probe, on the project's own machine.",
        ),
        Choice(
            value="augmented", text=f"Recorded, heavy augmentation · {augment} more an image", note="On the same core."
        ),
        own,
    )


def controls(measured: float | None) -> tuple[NumberControl | ChoiceControl, ...]:
    """Storage, access, workers and prefetch in first view; what else may differ in the drawer."""
    shard = text_of(feeding.SHARD, "bytes")
    return (
        ChoiceControl(
            id="storage",
            label="Storage",
            options=tuple(_tier(kind) for kind in feeding.STORAGES),
            start=START["storage"],
            help="Where the compressed images lie. The rate is that of large reads; small ones wait first.",
        ),
        ChoiceControl(
            id="access",
            label="Access pattern",
            options=(
                Choice(value="files", text="Single files, in random order", note="A request an image."),
                Choice(value="shards", text="Shards, read in order", note=f"Archives of {shard}, shuffled in memory."),
            ),
            start=START["access"],
            help="Each request waits once: for a seek, a flash array or a first byte. A shard waits once for many images.",
        ),
        NumberControl(
            id="workers",
            label="Loader workers",
            kind="count",
            ticks=(0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 12.0, 16.0, 20.0, 24.0, 32.0),
            start=START["workers"],
            integer=True,
            help="Each reads and decodes on a core of its own. Without any the training process does it, between its steps.",
        ),
        NumberControl(
            id="prefetch",
            label="Prefetch depth",
            kind="count",
            ticks=(1.0, 2.0, 4.0, 8.0, 16.0),
            start=START["prefetch"],
            integer=True,
            help="Batches that may wait after reading, and again after decoding: what a late batch is made good from.",
        ),
        *_drawer(measured),
    )


def _drawer(measured: float | None) -> tuple[NumberControl | ChoiceControl, ...]:
    decoded = {form: text_of(feeding.decoded_bytes(form), "bytes") for form in feeding.VALUE_BYTES}
    return (
        NumberControl(
            id="image",
            label="Image on disk",
            kind="bytes",
            ticks=tuple(to_si(size, "kB") for size in (20, 50, 110, 160)),
            start=START["image"],
            drawer=True,
            help="Compressed bytes. Storage moves them, and a core decodes in proportion to them.",
        ),
        ChoiceControl(
            id="form",
            label="Sent to the GPU as",
            options=(
                Choice(value="bytes", text=f"A byte a colour · {decoded['bytes']} an image"),
                Choice(value="fp32", text=f"FP32 · {decoded['fp32']} an image"),
            ),
            start=START["form"],
            drawer=True,
            help="Decoded pixels cross the host's link, not compressed ones. The GPU can convert bytes itself.",
        ),
        ChoiceControl(
            id="decode",
            label="Decoding on a core",
            options=decode_options(measured),
            start=START["decode"],
            drawer=True,
            help="Reading a JPEG, resizing it, and what augmentation adds.",
        ),
        NumberControl(
            id="batch",
            label="Batch",
            kind="count",
            ticks=(64.0, 128.0, 256.0, 512.0, 1024.0),
            start=START["batch"],
            integer=True,
            drawer=True,
            help="Images a GPU trains in one step.",
        ),
        ChoiceControl(
            id="device",
            label="GPU",
            options=tuple(_named(device) for device in feeding.DEVICES),
            start=START["device"],
            drawer=True,
            help="Each with the host's link of its generation.",
        ),
        NumberControl(
            id="gpus",
            label="GPUs",
            kind="count",
            ticks=(1.0, 2.0, 4.0),
            start=START["gpus"],
            integer=True,
            drawer=True,
            help="They share the host's storage and workers; each has a link of its own.",
        ),
        ChoiceControl(
            id="model",
            label="Network to train",
            options=tuple(_named(model) for model in feeding.MODELS),
            start=START["model"],
            drawer=True,
            help="A larger one takes longer for the same image.",
        ),
        NumberControl(
            id="network",
            label="Network to the object store",
            kind="bit_rate",
            ticks=tuple(to_si(rate, "Gb/s") for rate in (1, 10, 25, 100)),
            start=START["network"],
            drawer=True,
            help="Line rate. Only an object store is read over it.",
        ),
    )


OUTPUTS = (
    Output(id="storage_bandwidth", label="Bytes a second from storage", kind="bandwidth"),
    Output(id="decode_time", label="Decoding an image on a core", kind="seconds"),
    Output(id="augment_time", label="Augmenting an image on a core", kind="seconds"),
    Output(id="worker_rate", label="Images a second of a worker", kind="count"),
    Output(id="cores", label="Cores that decode", kind="count"),
    Output(id="value_bytes", label="Bytes of a colour value", kind="bytes"),
    Output(id="decoded_bytes", label="Bytes of a decoded image", kind="bytes"),
    Output(id="link_bandwidth", label="Bytes a second over the link", kind="bandwidth"),
    Output(id="network_payload", label="Bytes a second over the network to an object store", kind="bandwidth"),
    Output(id="storage_rate", label="Storage, images a second", kind="count"),
    Output(id="decode_rate", label="Decoding, images a second", kind="count"),
    Output(id="link_rate", label="Link, images a second", kind="count"),
    Output(id="gpu_rate", label="GPU when fed, images a second", kind="count"),
    Output(id="loader_rate", label="Slowest loading stage, images a second", kind="count"),
    Output(id="fed_rate", label="Images a second that reach the GPU at most", kind="count"),
    Output(id="law_rate", label="Images a second by mean rates", kind="count"),
    Output(id="tax_law", label="Feeding tax by mean rates", kind="share"),
    Output(id="rate", label="Images a second", kind="count"),
    Output(id="use", label="GPU in use", kind="share"),
    Output(id="tax", label="Feeding tax", kind="share"),
    Output(id="starved", label="Starvation begins at", kind="share"),
    Output(id="target", label="Feeding tax asked for", kind="share"),
    Output(id="epoch", label="One pass over the set", kind="seconds"),
    Output(id="needed", label="Workers that would feed the GPU", kind="count"),
    Output(id="storage_bill", label="Storage a month", kind="usd"),
    Output(id="budget", label="Storage budget a month", kind="usd"),
    Output(id="feeding_bill", label="Storage and cores a month", kind="usd"),
    Output(id="image", label="Bytes of a compressed image", kind="bytes"),
    Output(id="slowest", label="Slowest stage", kind="text"),
)

CARDS = (
    Card(output="use", note="{now.rate} of {now.gpu_rate} images a second"),
    Card(
        output="tax",
        constraint="starvation",
        note="{now.tax_law} by mean rates alone",
        help="Share of the GPU's time spent waiting for a batch. The mean-rate law knows no late batches.",
    ),
    Card(output="rate", note="the slowest stage is {now.slowest}"),
    Card(output="epoch", note="{dataset} at {now.image} an image"),
    Card(output="storage_bill", note="budget {now.budget}"),
    Card(output="feeding_bill", note="with {core_price} a core and month"),
)

CONSTRAINTS = (
    Constraint(
        id="starvation",
        name="Starvation",
        quantity="tax",
        limit="starved",
        controls=("storage", "access", "workers", "prefetch"),
        text=(
            "Starvation: the GPU waits for data {now.tax} of its time, and beyond {now.starved} it waits more than it works. "
            "The slowest stage is {now.slowest}; the GPU could train {now.gpu_rate} images a second and gets {now.rate}."
        ),
        ok_text="The GPU waits {now.tax} of its time; starvation begins at {now.starved}.",
        at_start=True,
    ),
)

CHALLENGE = Challenge(
    title="Feed it on the storage budget",
    text=(
        "Bring the feeding tax to at most {target} and keep the storage bill for {dataset} within {budget} a month. The "
        "cheapest design counts the cores too."
    ),
    checks=(
        Check(output="tax", sense="at most", limit="target", text="Feeding tax {now.tax} of at most {now.target}"),
        Check(
            output="storage_bill",
            sense="at most",
            limit="budget",
            text="Storage {now.storage_bill} of at most {now.budget} a month",
        ),
    ),
    cost="feeding_bill",
    free=("storage", "access", "workers", "prefetch"),
    pinned={"image": START["image"], "device": START["device"], "gpus": START["gpus"], "model": START["model"]},
)
