"""The pictures of act I: the stages' rates, the batches on their way, and how long the GPU waits."""

from __future__ import annotations

from math import fsum
from typing import Any

from ironlaw import registry
from ironlaw.labkit import parts
from ironlaw.labkit.parts import Reading
from ironlaw.labkit.spec import Figure, Settings, Values
from ironlaw.labkit.text import plain
from ironlaw.labs.v1_04_data_gravity import feeding
from ironlaw.labs.v1_04_data_gravity.act1_panel import TIERS

IMAGES = Reading("Images a second", "count", " images/s", scale="log", domain=(1.0, 1e7))
SHARE = Reading("Share of the GPU's time", "share", domain=(0.0, 1.0))
LANES = {"storage": "Storage", "decode": "Decoding", "link": "Link", "gpu": "GPU"}
DOES = {"storage": "read", "decode": "decode", "link": "copy", "gpu": "train"}


def stages(settings: Settings, values: Values) -> Figure:
    """What each stage could do alone; the slowest stands out, the GPU's own rate is the line."""
    s: Any = settings
    v: Any = values
    order = "shards in order" if s["access"] == "shards" else "single files"
    notes = {
        "storage": f"{TIERS[s['storage']][0]}, {order}, {plain(s['image'], 'bytes')} an image",
        "decode": f"cores: {plain(v['cores'], 'count')}, each {plain(v['worker_rate'], 'count')} images/s",
        "link": f"{registry.get(feeding.DEVICES[s['device']]).name}, {plain(v['decoded_bytes'], 'bytes')} an image",
        "gpu": f"GPUs: {plain(s['gpus'], 'count')}, {registry.get(s['model']).name}",
    }
    return parts.stage_bars(
        "stages",
        "Each stage alone",
        [parts.Stage(LANES[name], v[f"{name}_rate"], notes[name]) for name in feeding.STAGES],
        reading=IMAGES,
        demand=v["gpu_rate"],
        demand_label="the GPU could train",
        says=(
            f"The slowest stage is {v['slowest']}; loading could reach {plain(v['loader_rate'], 'count')} images/s, the GPU "
            f"{plain(v['gpu_rate'], 'count')}."
        ),
    )


def timeline(settings: Settings, values: Values) -> Figure:
    """A few batches from the middle of the simulated run, stage by stage."""
    v: Any = values
    run = feeding.simulated(settings, v)
    first = min(stage[0] for stage in run.starts)
    lanes = list(zip(feeding.STAGES, run.starts, run.ends, strict=True))
    slowest = min(feeding.STAGES, key=lambda name: float(v[f"{name}_rate"]))
    stretches = [
        parts.Stretch(
            LANES[name],
            f"{DOES[name]} {number + 1}",
            starts[number] - first,
            ends[number] - first,
            "caution" if name == slowest else "data" if name == "gpu" else "muted",
            name == slowest,
            "the slowest stage" if name == slowest else "training" if name == "gpu" else "loading",
        )
        for name, starts, ends in lanes
        for number in range(len(starts))
    ]
    return parts.timeline(
        "timeline",
        "Batches on their way",
        stretches,
        lanes=list(LANES.values()),
        says=(
            f"Of {plain(run.ends[-1][-1] - run.starts[-1][0], 'seconds')} between its first and its last of these batches "
            f"the GPU trains for {plain(fsum(e - s for s, e in zip(run.starts[-1], run.ends[-1], strict=True)), 'seconds')}."
        ),
    )


def gauge(_settings: Settings, values: Values) -> Figure:
    """How long the GPU waits, with the share from which it starves."""
    v: Any = values
    return parts.gauge(
        "gauge",
        "How long the GPU waits for data",
        v["tax"],
        v["starved"],
        reading=SHARE,
        name="waiting",
        limit_label="starvation",
        says=(
            f"The GPU waits for data {plain(v['tax'], 'share')} of its time; it starves when it waits longer than "
            f"{plain(v['starved'], 'share')}."
        ),
    )
