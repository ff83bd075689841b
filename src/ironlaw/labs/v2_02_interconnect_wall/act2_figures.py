"""The pictures of act II: the scaling curve, the loss stack and the cliff at the node boundary."""

from __future__ import annotations

from typing import Any

from ironlaw import registry
from ironlaw.labkit import figures as fig
from ironlaw.labkit import parts
from ironlaw.labkit.spec import Figure, Settings, Values
from ironlaw.labkit.text import plain
from ironlaw.labs.v2_02_interconnect_wall import boundary

NODES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
AXIS = parts.Reading("Nodes", "count", scale="log", domain=(1.0, float(boundary.MAX_NODES)), ticks=NODES)
PARTS = (
    ("compute", "compute"),
    ("node ports", "exposed_inter"),
    ("latency of hops", "exposed_latency"),
    ("NVLink in the node", "exposed_intra"),
    ("fabric", "exposed_bisection"),
    ("slowed by communication", "contention"),
    ("framework", "framework"),
)


def _number(values: Values, name: str) -> float:
    value = values[name]
    if not isinstance(value, int | float):
        raise TypeError(f"{name} has no number in a feasible plan")
    return float(value)


def scaling(settings: Settings, values: Values) -> Figure:
    """Ideal and actual throughput over nodes, as multiples of the baseline, and where this design stands."""
    s: Any = settings
    base_nodes = int(_number(values, "base_nodes"))
    base = boundary.timed_at(s, float(base_nodes))["step"]
    nodes = sorted({n for n in NODES if n >= base_nodes} | {float(base_nodes), s["nodes"]})
    here = (s["nodes"], _number(values, "speedup"))
    top = max(boundary.MAX_NODES / base_nodes, 2.0)
    return parts.scaling_curve(
        "scaling",
        "Speedup over nodes",
        [(n, n / base_nodes * base / boundary.timed_at(s, n)["step"]) for n in nodes],
        [(n, n / base_nodes) for n in nodes],
        here,
        x=AXIS,
        y=parts.Reading("Speedup", "ratio", scale="log", domain=(0.5, top), ticks=NODES),
        share="Efficiency",
        says=f"{plain(here[0], 'count')} nodes train {plain(here[1], 'ratio')} as fast as {plain(float(base_nodes), 'words')}, "
        f"{plain(values['efficiency'], 'share')} of the ideal {plain(values['ideal'], 'ratio')}.",
    )


def losses(_settings: Settings, values: Values) -> Figure:
    """Where the step goes: compute, then what is lost to what, each from where the one before ended."""
    return parts.loss_stack(
        "losses",
        "Where the step goes",
        [parts.Loss(label, _number(values, name), useful=name == "compute") for label, name in PARTS],
        reading=parts.Reading("Seconds a step", "seconds"),
        whole="the whole step",
        useful="compute",
        says=f"Of a step of {plain(values['step'], 'seconds')}, {plain(values['compute'], 'seconds')} is compute and "
        f"{plain(values['exposed_inter'], 'seconds')} waits for the node's ports; {plain(values['hidden'], 'seconds')} of the exchange is hidden.",
    )


def cliff_bars(settings: Settings, _values: Values) -> Figure:
    """Bandwidth of one GPU inside the node and its share of the ports, on a log axis."""
    s: Any = settings
    inside, outside = registry.get("nvlink4"), registry.get(s["port"])
    share = boundary.port_share(s["port"], s["ports"], s["gpus"])
    rows = (
        (inside.name, inside["bandwidth"], "one GPU inside the node"),
        ("All ports of the node", s["ports"] * outside["bandwidth"], "the node to the outside"),
        ("Share of one GPU", share, "one GPU to the outside"),
    )
    drawn = fig.figure(
        "cliff",
        "What each GPU gets, inside and outside the node",
        f"NVLink gives a GPU {plain(inside['bandwidth'], 'bandwidth')} a direction "
        f"({plain(inside['bandwidth_bidirectional'], 'bandwidth')} counting both); its share of the ports is {plain(share, 'bandwidth')}.",
        x=fig.log("Bytes a second, one direction", 1e9, 1e12, "bandwidth"),
        y=fig.categories("", [name for name, _, _ in rows]),
        marks=[
            fig.bars(
                "rates",
                "one direction",
                [
                    fig.bar(name, rate, plain(rate, "bandwidth"), emphasis=index == 2)
                    for index, (name, rate, _) in enumerate(rows)
                ],
                orient="h",
            )
        ],
        table=(("Path", "One direction", "Who"), [(name, plain(rate, "bandwidth"), who) for name, rate, who in rows]),
        height=140,
    )
    return fig.with_legend(drawn)
