"""The facts of act I: what the scenario's texts, keys and axes are filled from. All computed, none typed."""

from __future__ import annotations

from functools import cache

from ironlaw import registry
from ironlaw.labkit.spec import Facts, Q
from ironlaw.labs.v1_04_data_gravity import feeding
from ironlaw.labs.v1_04_data_gravity.act1_panel import MORE_WORKERS, START
from ironlaw.physics.datapipeline import image_bytes
from ironlaw.quantities import to_si

PUBLISHED = "resnet-50-a100-1"


def run(**change: object) -> dict[str, float]:
    """The model at the message's design with some controls elsewhere; its numbers only."""
    values = feeding.model({**START, **change})
    return {name: value for name, value in values.items() if isinstance(value, float)}


def _gain(cured: dict[str, float], here: dict[str, float]) -> float:
    """Images a second that a change brings; less than a thousandth of one is the rounding of sums."""
    return max(0.0, round(cured["rate"] - here["rate"], 3))


@cache
def facts() -> Facts:
    """The message's design, each cure that somebody might propose, and what the engine makes of them."""
    here = run()
    cured = {
        "gpus": run(gpus=feeding.GPUS_ASKED),
        "batch": run(batch=1024.0),
        "storage": run(storage=feeding.RAM),
        "workers": run(workers=MORE_WORKERS),
        "small": run(model="resnet-34"),
        "large": run(model="resnet-152"),
    }
    drive = registry.get(feeding.NVME)
    told = {
        "use": Q(here["use"], "share"),
        "idle": Q(here["tax"], "share"),
        "rate": Q(here["rate"], "count"),
        "gpu_rate": Q(here["gpu_rate"], "count"),
        "published": Q(registry.get(PUBLISHED)["samples_per_second"], "count"),
        "storage_rate": Q(here["storage_rate"], "count"),
        "decode_rate": Q(here["decode_rate"], "count"),
        "link_rate": Q(here["link_rate"], "count"),
        "worker_rate": Q(here["worker_rate"], "count"),
        "recorded": Q(feeding.recorded_decode(), "count"),
        "needed": Q(here["needed"], "count"),
        "epoch": Q(here["epoch"], "seconds"),
        "more_workers": Q(MORE_WORKERS, "count"),
        "core_bill": Q((MORE_WORKERS - START["workers"]) * feeding.CORE_PRICE, "usd"),
        "drive_rate": Q(drive["read_bandwidth"], "bandwidth"),
        "drive_used": Q(here["rate"] * feeding.IMAGE, "bandwidth"),
        "decoded": Q(here["decoded_bytes"], "bytes"),
        "decoded_fp32": Q(image_bytes(feeding.EDGE, feeding.EDGE, feeding.CHANNELS, 4.0), "bytes"),
        "large_use": Q(cured["large"]["use"], "share"),
        "four_use": Q(cured["gpus"]["use"], "share"),
        "slow_use": Q(run(device="v100-sxm")["use"], "share"),
        "rate_slow": Q(run(device="v100-sxm")["rate"], "count"),
        "disk_files": Q(run(storage=feeding.DISK)["storage_rate"], "count"),
        "disk_shards": Q(run(storage=feeding.DISK, access="shards")["storage_rate"], "count"),
        "edge": Q(feeding.EDGE, "count"),
        "channels": Q(feeding.CHANNELS, "count"),
        "dataset": Q(feeding.DATASET, "bytes"),
        "start_image": Q(feeding.IMAGE, "bytes"),
        "days": Q(feeding.DAYS, "count"),
        "asked": Q(feeding.GPUS_ASKED, "count"),
        "start_workers": Q(START["workers"], "count"),
        "start_prefetch": Q(START["prefetch"], "count"),
        "start_batch": Q(START["batch"], "count"),
        "core_price": Q(feeding.CORE_PRICE, "usd"),
        "budget": Q(feeding.BUDGET, "usd"),
        "target": Q(feeding.TARGET, "share"),
    }
    told |= {f"rate_{name}": Q(values["rate"], "count") for name, values in cured.items()}
    # Seconds of a batch at each stage alone: the longest is the slowest stage.
    told |= {f"batch_{stage}": Q(START["batch"] / here[f"{stage}_rate"], "seconds") for stage in feeding.STAGES}
    # What taking each suspect away would bring. A learning rate is in no stage's time.
    told |= {
        "gain_compute": Q(_gain(cured["gpus"], here), "count"),
        "gain_pipeline": Q(_gain(cured["workers"], here), "count"),
        "gain_model": Q(_gain(cured["large"], here), "count"),
        "gain_learning": Q(0.0, "count"),
    }
    return told | {
        f"price_{number}": Q(feeding.monthly_price(kind) * to_si(1, "TB"), "usd")
        for number, kind in enumerate(feeding.STORAGES)
    }
