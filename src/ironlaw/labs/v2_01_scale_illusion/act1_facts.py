"""The facts of act I: what the scenario's texts, keys and axes are filled from. All computed, none typed."""

from __future__ import annotations

from functools import cache

from ironlaw import registry
from ironlaw.labkit.spec import Facts, Q
from ironlaw.labs.v2_01_scale_illusion import fleet, runs
from ironlaw.labs.v2_01_scale_illusion.act1_panel import OUTPUTS, START

# Where the readings of a predicted speedup meet.
EDGES = (70.0, 210.0, 480.0, 850.0)

MESSAGE = {**START, "gpus": fleet.APPROVED}
RAILS = {**MESSAGE, "network": "rails"}
DEEP = {**MESSAGE, "stages": 16.0, "batch": fleet.CRITICAL["main"]}
DOUBLED = {**MESSAGE, "gpus": 2 * fleet.APPROVED}
SMALL = {**MESSAGE, "model": "gpt-3-13b"}
PORT = {**MESSAGE, "network": "one-port"}
CITED = ("GPT 175B (Megatron-LM)", 8192.0)  # the published run that the reveal names
KINDS = {output.id: output.kind for output in OUTPUTS}


@cache
def facts() -> Facts:
    """The scenario's numbers: the cluster as bought, and the same GPUs designed otherwise."""
    gpu = registry.get(fleet.GPU)
    thin, fast = (registry.get(fleet.NETWORKS[name][0]) for name in ("thin", "rails"))
    told = {
        "run": Q(fleet.RUN, "number"),
        "gpu": Q(gpu.name, "text"),
        "one": Q(1.0, "count"),
        "none": Q(0.0, "count"),
        "no_time": Q(0.0, "seconds"),
        "one_share": Q(fleet.ONE_SHARE, "share"),
        "one_time": Q(fleet.one_seconds(), "seconds"),
        "sparse_time": Q(fleet.RUN / (fleet.ONE_SHARE * gpu["peak_bf16_sparse"]), "seconds"),
        "peak": Q(gpu["peak_bf16"], "flop_rate"),
        "sparse_peak": Q(gpu["peak_bf16_sparse"], "flop_rate"),
        "sequence": Q(fleet.SEQUENCE, "tokens"),
        "critical": Q(fleet.CRITICAL["main"], "tokens"),
        "pilot": Q(fleet.PILOT, "count"),
        "node_gpus": Q(fleet.NODE, "count"),
        "thin_line": Q(thin["line_rate"], "bit_rate"),
        "fast_line": Q(fast["line_rate"], "bit_rate"),
        "thin_reached": Q(thin["bus_efficiency"], "share"),
        "fast_reached": Q(fast["bus_efficiency"], "share"),
        "weight_bytes": Q(fleet.WEIGHT_BYTES, "bytes"),
        "gradient_bytes": Q(fleet.setting(fleet.MODEL, "thin").prepared.recipe.gradient, "bytes"),
        "spread": Q(registry.get("training-spread")["share"], "share"),
        "share_cut": Q(_number(MESSAGE, "share_tensor") + _number(MESSAGE, "share_pipeline"), "share"),
    }
    told |= _outputs("", MESSAGE, *_SHOWN)
    told |= _outputs("rails_", RAILS, "speedup", "efficiency", "run_time", "exchange", "share_exchange")
    told |= _outputs("port_", PORT, "speedup")
    told |= _outputs("deep_", DEEP, "speedup", "efficiency", "run_time", "stages", "batch", "sent")
    told |= _outputs("doubled_", DOUBLED, "gpus", "speedup", "efficiency", "mtbf")
    told |= _outputs("pilot_", START, "speedup", "efficiency", "share_exchange")
    told |= _outputs("small_", SMALL, "compute_rate", "mfu", "model")
    cited = next(run for run in runs.published() if (run.name, run.gpus) == CITED)
    told |= {
        "cited_gpus": Q(cited.gpus, "count"),
        "cited_device": Q(cited.device, "text"),
        "cited_mfu": Q(cited.mfu, "share"),
    }
    return told | {f"edge{i}": Q(edge, "ratio") for i, edge in enumerate(EDGES, 1)}


_SHOWN = (
    "gpus", "batch", "model", "state", "capacity", "network", "stages", "replicas", "micro_batches", "promised", "speedup",
    "efficiency", "run_time", "step", "compute", "exchange", "sent", "port_rate", "hidden", "compute_rate", "mfu", "mtbf",
    "wanted", "floor", "lost", "share_compute", "share_exchange", "share_straggler", "share_failure",
)  # fmt: skip


def _outputs(prefix: str, settings: dict[str, object], *names: str) -> dict[str, Q]:
    values = fleet.model(settings)
    return {prefix + name: Q(values[name], KINDS[name]) for name in names}


def _number(settings: dict[str, object], name: str) -> float:
    value = fleet.model(settings)[name]
    if not isinstance(value, float):
        raise TypeError(f"{name} has no number: the scenario's design does not fit")
    return value
