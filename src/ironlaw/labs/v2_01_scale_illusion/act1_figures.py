"""The pictures of act I: the scaling curve with published runs, and where the GPUs' time goes."""

from __future__ import annotations

from typing import Any

from ironlaw.labkit import parts
from ironlaw.labkit.parts import Reading
from ironlaw.labkit.spec import Figure, Settings, Values
from ironlaw.labkit.text import plain
from ironlaw.labs.v2_01_scale_illusion import fleet, runs

GPUS = tuple(2.0**n for n in range(15))
X = Reading("GPUs", "count", scale="log", domain=(1.0, 20_000.0), ticks=tuple(4.0**n for n in range(8)))
Y = Reading("Speedup over one", "ratio", scale="log", domain=(1.0, 20_000.0))
NAMES = {
    "compute": "compute",
    "tensor": "tensor parallelism in the node",
    "pipeline": "pipeline bubble and transfers",
    "exchange": "gradient exchange between replicas",
    "straggler": "waiting for the slowest GPU",
    "failure": "failures and checkpoints",
    "idle": "GPUs without work",
}


def _curve(s: Any, network: str | None = None) -> list[tuple[float, float]]:
    """Speedups where the model fits."""
    found = [(gpus, fleet.timed_at(s, gpus, network)) for gpus in GPUS]
    return [(gpus, run["speedup"]) for gpus, run in found if run is not None]


def scaling(settings: Settings, values: Values) -> Figure:
    """Ideal, this design and the same one on the ports as bought, with published runs on the same scale."""
    here = (_number(values, "gpus"), _number(values, "speedup"))
    curve = _curve(settings)
    drawn = parts.scaling_curve(
        "scaling",
        "Speedup over GPUs",
        curve,
        [(gpus, gpus) for gpus, _ in curve],
        here,
        x=X,
        y=Y,
        share="Efficiency",
        other=_curve(settings, fleet.AS_BOUGHT),
        other_name="ports as bought",
        published=[
            parts.Published(f"{run.name} on {run.device}, MFU {plain(run.mfu, 'share')}", run.gpus, run.speedup)
            for run in runs.published()
        ],
        says=(
            f"{plain(here[0], 'count')} GPUs train {plain(here[1], 'ratio')} as fast as one, "
            f"{plain(values['efficiency'], 'share')} of the ideal. A published run counts its MFU, "
            f"the share of the peak that went into the model, over the {plain(fleet.ONE_SHARE, 'share')} of one. MegaScale's pass the ideal line because its "
            "kernels reach more than that."
        ),
    )
    table = drawn["table"]
    rows = [row for row in table["rows"] if "published" not in row[2]]
    rows += [
        [X.say(run.gpus), "—", f"{Y.say(run.speedup)} published", plain(run.efficiency, "share"), _cited(run)]
        for run in runs.published()
    ]
    return {**drawn, "table": {"columns": [*table["columns"][:4], "Ports as bought, or source"], "rows": rows}}


def _cited(run: runs.Run) -> str:
    return f"{run.name} on {run.device}: {run.source}; {run.evidence}"


def losses(_settings: Settings, values: Values) -> Figure:
    """The GPUs' time, part by part: what computes, and where the rest goes."""
    shares = {name: _number(values, f"share_{name}") for name in fleet.PARTS}
    worst = max((name for name in fleet.PARTS if name != "compute"), key=shares.__getitem__)
    return parts.loss_stack(
        "losses",
        "Where the GPUs' time goes",
        [parts.Loss(NAMES[name], max(share, 0.0), useful=name == "compute") for name, share in shares.items()],
        reading=Reading("Share of the GPUs' time", "share", domain=(0.0, 1.0)),
        whole="all of it",
        useful="compute",
        says=(
            f"Of the GPUs' time {plain(shares['compute'], 'share')} is compute, at "
            f"{plain(values['compute_rate'], 'share')} of the peak; the largest loss is {NAMES[worst]}, "
            f"{plain(shares[worst], 'share')}."
        ),
    )


def _number(values: Values, name: str) -> float:
    value = values[name]
    if not isinstance(value, int | float):
        raise TypeError(f"{name} has no number in a feasible plan")
    return float(value)
