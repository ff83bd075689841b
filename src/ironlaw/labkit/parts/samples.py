"""One sample a part: what the page of docs/reference/instruments.md shows and what the tests draw.

The numbers are made up for the pictures. No lab reads them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ironlaw.labkit import parts
from ironlaw.labkit.parts import Reading
from ironlaw.labkit.spec import Figure


@dataclass(frozen=True, slots=True)
class Sample:
    """A part and how to draw it."""

    part: Callable[..., Figure]
    draw: Callable[[], Figure]

    @property
    def name(self) -> str:
        """The part's name, by which a lab calls it."""
        return self.part.__name__


def _staircase() -> Figure:
    return parts.staircase(
        "staircase",
        "The bandwidth staircase",
        [
            parts.Rung("Accelerator memory", 3e12),
            parts.Rung("Link in the node", 4e11, 8e11, 0.8, chosen=True),
            parts.Rung("Network port", 5e10, 1e11, 0.9),
            parts.Rung("Cheap port", 3e9, 6e9, 0.7),
        ],
    )


def _timeline() -> Figure:
    batches = range(3)
    return parts.timeline(
        "timeline",
        "Three batches on their way",
        [
            stretch
            for b in batches
            for stretch in (
                parts.Stretch("Storage", f"read {b + 1}", 0.4 * b, 0.4 * b + 0.3, "muted", legend="read"),
                parts.Stretch("Decode", f"decode {b + 1}", 0.3 + 0.5 * b, 0.8 + 0.5 * b, "caution", True, "decode"),
                parts.Stretch("GPU", f"train {b + 1}", 0.8 + 0.5 * b, 1.0 + 0.5 * b, "data", legend="train"),
            )
        ],
    )


def _step_timeline() -> Figure:
    return parts.step_timeline(
        "step",
        "One training step",
        [parts.Step("This design", 0.9, 0.3, 0.7, 0.05), parts.Step("One node", 0.9, 0.08, 0.02, 0.01)],
    )


def _loss_stack() -> Figure:
    return parts.loss_stack(
        "losses",
        "Where the step goes",
        [
            parts.Loss("compute", 0.92, useful=True),
            parts.Loss("pipeline bubble", 0.11),
            parts.Loss("exposed communication", 0.24),
            parts.Loss("stragglers", 0.05),
            parts.Loss("failures", 0.03),
        ],
        reading=Reading("Seconds a step", "seconds"),
        whole="the whole step",
        useful="compute",
    )


def _stacked_bars() -> Figure:
    return parts.stacked_bars(
        "ways",
        "Three ways to pay",
        [
            parts.Stack("on demand", (31e6, 0.0, 0.0)),
            parts.Stack("reserved", (24e6, 0.0, 0.0), chosen=True),
            parts.Stack("purchase", (40e6, 6e6, 5e6)),
        ],
        ("hardware", "electricity", "staff"),
        reading=Reading("Dollars in three years", "usd"),
        limit=50e6,
        limit_label="budget",
    )


def _scaling_curve() -> Figure:
    machines = [2.0**n for n in range(11)]
    return parts.scaling_curve(
        "scaling",
        "Speedup over accelerators",
        [(n, n / (1 + 0.0009 * (n - 1))) for n in machines],
        [(n, n) for n in machines],
        (256.0, 256.0 / 1.2295),
        x=Reading("Accelerators", "count", scale="log", domain=(1.0, 1024.0)),
        y=Reading("Speedup", "ratio", scale="log", domain=(1.0, 1024.0)),
        other=[(n, n / (1 + 0.01 * (n - 1))) for n in machines],
        other_name="thin network",
        published=[parts.Published("Run A", 512.0, 330.0), parts.Published("Run B", 128.0, 70.0)],
    )


def _stage_bars() -> Figure:
    return parts.stage_bars(
        "stages",
        "The stages of the pipeline",
        [
            parts.Stage("Storage", 4200.0, "SATA disk, shards in order"),
            parts.Stage("Decode", 960.0, "eight workers"),
            parts.Stage("Host to device", 80000.0, "PCIe"),
            parts.Stage("GPU", 2500.0, "ResNet-50"),
        ],
        reading=Reading("Images a second", "count", " images/s", scale="log", domain=(100.0, 1e5)),
        demand=2500.0,
        demand_label="the GPU needs",
    )


def _waterfall() -> Figure:
    return parts.waterfall(
        "ingestion",
        "What arrives at the arithmetic",
        [
            parts.Stage("Storage", 2e10),
            parts.Stage("Network", 1.25e10),
            parts.Stage("Decode", 3e9),
            parts.Stage("Accelerator memory", 3e12),
        ],
        reading=Reading("Bytes a second", "bandwidth", scale="log", domain=(1e8, 1e13)),
    )


def _gauge() -> Figure:
    return parts.gauge(
        "idle",
        "How long the accelerator waits",
        0.62,
        0.5,
        reading=Reading("Time idle", "share", domain=(0.0, 1.0)),
        name="idle",
    )


def _break_even() -> Figure:
    hours, price = 26_280.0, 2.0
    return parts.break_even(
        "pay",
        "Cost over use",
        [
            parts.Curve("on demand", lambda use: 1000 * use * hours * price),
            parts.Curve("reserved", lambda _use: 1000 * hours * price * 0.65, "met", True),
            parts.Curve("purchase", lambda use: 40e6 + 6e6 * use, "caution"),
        ],
        x=Reading("Share of the hours in use", "share", domain=(0.0, 1.0)),
        y=Reading("Cost in three years", "usd"),
        here=0.6,
        limit=50e6,
        limit_label="budget",
    )


def _sneakernet() -> Figure:
    return parts.sneakernet(
        "sneakernet",
        "Send it or carry it",
        lambda size: 0.2 + size / 1e9,
        lambda size: 36 * 3600 + size / 5e9,
        5e13,
        size=Reading("Size of the data", "bytes", scale="log", domain=(1e10, 1e16)),
        budget=48 * 3600.0,
    )


def _mfu_curve() -> Figure:
    return parts.mfu_curve(
        "mfu",
        "Utilisation against the feed",
        lambda rate: 0.45 * min(1.0, rate / 2500),
        1400.0,
        [("Design 1", 600.0, 0.108), ("Design 2", 2000.0, 0.36), ("Design 3", 4000.0, 0.45)],
        x=Reading("Images a second that arrive", "count", " images/s", domain=(0.0, 5000.0)),
        y=Reading("Share of the peak", "share", domain=(0.0, 0.6)),
        equilibrium=2500.0,
    )


def _reliability() -> Figure:
    return parts.reliability(
        "calibration",
        "Do your predictions come true as often as you say?",
        [
            parts.Bin(0.25, 6, 1 / 3),
            parts.Bin(0.5, 10, 0.4),
            parts.Bin(0.7, 12, 0.75),
            parts.Bin(0.85, 0, None),
            parts.Bin(0.97, 8, 0.875),
        ],
        brier=0.187,
    )


def _radar() -> Figure:
    return parts.radar(
        "domains",
        "Predictions that came true, by domain",
        ("Data", "Compute", "Memory", "Networking", "Energy", "Reliability", "Economics", "Privacy"),
        [
            parts.Series("first third", (0.5, 0.25, 0.4, 0.6, None, 0.3, 0.45, None), "muted", True),
            parts.Series("last third", (0.75, 0.5, 0.8, 0.7, None, 0.55, 0.6, 0.5)),
        ],
        reading=Reading("Came true", "share", domain=(0.0, 1.0)),
        head="Domain",
    )


def _energy_radar() -> Figure:
    return parts.energy_radar(
        "energy",
        "What one operation takes",
        [
            ("8-bit multiply", 2e-13),
            ("32-bit multiply", 3e-12),
            ("cache read", 1e-11),
            ("DRAM read", 6e-10),
            ("bit over radio", 2e-8),
        ],
        name="this process",
    )


def _transfer_radar() -> Figure:
    return parts.transfer_radar(
        "transfer",
        "How long the same bytes take",
        [("1 Gb/s", 4e5), ("10 Gb/s", 4e4), ("100 Gb/s", 4e3), ("a drive by plane", 1.3e5), ("a private fibre", None)],
        allowed=86400.0,
    )


def _journey_strip() -> Figure:
    done = {("Volume I", 0), ("Volume II", 2)}
    limit = {("Volume I", 4), ("Volume II", 1)}
    places = [("Volume I", n) for n in range(17)] + [("Volume II", n) for n in range(1, 18)]
    return parts.journey_strip(
        "journey",
        "Your way through the labs",
        [
            parts.Lab(*place, f"Lab {place[1]}", "done" if place in done else "limit" if place in limit else "todo")
            for place in places
        ],
        now=("Volume II", 17),
    )


def _scorecard() -> Figure:
    return parts.scorecard(
        "limits",
        "Six limits at once",
        [
            parts.Score("Accuracy", 0.962, 0.95, Reading("", "share"), "least", "ε one step up: +0.4 %"),
            parts.Score(
                "Latency, 99th percentile", 0.26, 0.2, Reading("", "seconds"), "most", "backbone one step down: −60 ms"
            ),
            parts.Score("Privacy loss", 0.8, 1.0, Reading("", "number"), "most"),
            parts.Score("Robust accuracy", 0.31, 0.5, Reading("", "share"), "least", "weight one step up: +6 %"),
            parts.Score("Carbon", 61e3, 60e3, Reading("", "carbon"), "most", "flexible jobs one step up: −4 tCO2e"),
            parts.Score("Accelerators", 9200.0, 10_000.0, Reading("", "count"), "most"),
        ],
    )


def _signed_bars() -> Figure:
    return parts.signed_bars(
        "errors",
        "How far your numbers were off",
        [("Data", 0.4), ("Memory", -0.7), ("Networking", 0.1), ("Energy", None)],
        reading=Reading("Powers of ten above the engine's value", "number", domain=(-1.0, 1.0)),
        below="too low",
        above="too high",
    )


def _slice_plot() -> Figure:
    sizes, spares = ["25M", "50M", "100M", "200M", "400M"], ["0 %", "10 %", "20 %", "30 %"]

    def binding(column: int, row: int) -> str | None:
        if column < 2:
            return "accuracy"
        if column + row > 5:
            return "gpus"
        return "uptime" if row < 1 else "latency" if column > 3 else None

    return parts.slice_plot(
        "slice",
        "Which designs meet every limit",
        sizes,
        spares,
        {(column, row): binding(column, row) for column in range(5) for row in range(4)},
        [("accuracy", "Accuracy"), ("latency", "Latency"), ("uptime", "Uptime"), ("gpus", "Accelerators")],
        x_label="Backbone",
        y_label="Spare",
        here=(3, 1),
    )


SAMPLES: tuple[Sample, ...] = (
    Sample(parts.staircase, _staircase),
    Sample(parts.timeline, _timeline),
    Sample(parts.step_timeline, _step_timeline),
    Sample(parts.loss_stack, _loss_stack),
    Sample(parts.stacked_bars, _stacked_bars),
    Sample(parts.scaling_curve, _scaling_curve),
    Sample(parts.stage_bars, _stage_bars),
    Sample(parts.waterfall, _waterfall),
    Sample(parts.gauge, _gauge),
    Sample(parts.scorecard, _scorecard),
    Sample(parts.signed_bars, _signed_bars),
    Sample(parts.break_even, _break_even),
    Sample(parts.sneakernet, _sneakernet),
    Sample(parts.mfu_curve, _mfu_curve),
    Sample(parts.reliability, _reliability),
    Sample(parts.radar, _radar),
    Sample(parts.energy_radar, _energy_radar),
    Sample(parts.transfer_radar, _transfer_radar),
    Sample(parts.journey_strip, _journey_strip),
    Sample(parts.slice_plot, _slice_plot),
)
