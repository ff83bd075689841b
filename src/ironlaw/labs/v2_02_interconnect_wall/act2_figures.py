"""The pictures of act II: the scaling curve, the loss stack and the cliff at the node boundary."""

from __future__ import annotations

from typing import Any

from ironlaw import registry
from ironlaw.labkit import figures as fig
from ironlaw.labkit.spec import Figure, Settings, Values
from ironlaw.labkit.text import plain
from ironlaw.labs.v2_02_interconnect_wall import boundary

NODES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)


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
    actual = [(n, n / base_nodes * base / boundary.timed_at(s, n)["step"]) for n in nodes]
    ideal = [(n, n / base_nodes) for n in nodes]
    here = (s["nodes"], _number(values, "speedup"))
    top = max(boundary.MAX_NODES / base_nodes, 2.0)
    ticks = [n for n in (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0) if n <= top]
    return fig.figure(
        "scaling",
        "Throughput over nodes",
        f"{plain(here[0], 'count')} nodes train {plain(here[1], 'ratio')} as fast as {plain(float(base_nodes), 'count')}, "
        f"{plain(values['efficiency'], 'share')} of the ideal {plain(values['ideal'], 'ratio')}.",
        x=fig.log("Nodes", 1.0, float(boundary.MAX_NODES), "count", NODES),
        y=fig.log("Speedup", 0.5, top, "ratio", ticks),
        marks=[
            fig.line(
                "ideal",
                "ideal",
                ideal,
                [f"{plain(n, 'count')} nodes: {plain(v, 'ratio')} ideal" for n, v in ideal],
                colour="muted",
                dash=True,
            ),
            fig.line(
                "actual", "this design", actual, [f"{plain(n, 'count')} nodes: {plain(v, 'ratio')}" for n, v in actual]
            ),
            fig.dots(
                "here",
                "your setting",
                [here],
                [f"your setting, {plain(here[0], 'count')} nodes: {plain(here[1], 'ratio')}"],
                colour="accent",
            ),
        ],
        table=(
            ("Nodes", "Ideal", "This design", "Efficiency"),
            [
                (plain(n, "count"), plain(i, "ratio"), plain(a, "ratio"), plain(a / i, "share"))
                for (n, a), (_, i) in zip(actual, ideal, strict=True)
            ],
        ),
        height=260,
    )


def losses(_settings: Settings, values: Values) -> Figure:
    """The step's parts as one bar each: compute, then what is lost to what."""
    parts: tuple[tuple[str, str, fig.Colour], ...] = (
        ("compute", "compute", "data"),
        ("node ports", "exposed_inter", "caution"),
        ("latency of hops", "exposed_latency", "caution"),
        ("NVLink in the node", "exposed_intra", "caution"),
        ("fabric", "exposed_bisection", "caution"),
        ("slowed by communication", "contention", "caution"),
        ("framework", "framework", "caution"),
    )
    drawn = fig.figure(
        "losses",
        "Where the step goes",
        f"Of a step of {plain(values['step'], 'seconds')}, {plain(values['compute'], 'seconds')} is compute and "
        f"{plain(values['exposed_inter'], 'seconds')} waits for the node's ports; {plain(values['hidden'], 'seconds')} of the exchange is hidden.",
        x=fig.linear("Seconds a step", 0.0, max(_number(values, name) for _, name, _ in parts), "seconds"),
        y=fig.categories("", [label for label, _, _ in parts]),
        marks=[
            fig.bars(
                "parts",
                "seconds a step",
                [
                    fig.bar(
                        label,
                        _number(values, name),
                        plain(values[name], "seconds"),
                        colour=colour,
                        pattern=colour != "data",
                    )
                    for label, name, colour in parts
                ],
                orient="h",
            )
        ],
        table=(
            ("Part", "Time", "Share of the step"),
            [
                (label, plain(values[name], "seconds"), plain(_number(values, name) / _number(values, "step"), "share"))
                for label, name, _ in parts
            ],
        ),
        height=40 + 30 * len(parts),
    )
    return fig.with_legend(drawn, fig.key("compute", "data"), fig.key("lost", "caution", pattern=True))


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
