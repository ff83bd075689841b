"""Instruments as parts: one function each, from a small model to a complete figure (docs/reference/instruments.md).

Every part takes the figure's id and title, then its model; `says` replaces the sentence that the part makes itself. A
part keeps its marks and their order from move to move, as long as the caller keeps the number of rows.
"""

from ironlaw.labkit.parts._common import NO_EVIDENCE, NONE_IN_RANGE, Reading
from ironlaw.labkit.parts.curves import (
    Curve,
    Published,
    break_even,
    mfu_curve,
    scaling_curve,
    sneakernet,
)
from ironlaw.labkit.parts.grids import Lab, journey_strip, slice_plot
from ironlaw.labkit.parts.limits import Score, gauge, scorecard, signed_bars
from ironlaw.labkit.parts.predictions import Bin, reliability
from ironlaw.labkit.parts.radars import Series, energy_radar, radar, transfer_radar
from ironlaw.labkit.parts.rates import Rung, Stage, slowest, stage_bars, staircase, waterfall
from ironlaw.labkit.parts.solve import crossings
from ironlaw.labkit.parts.times import (
    Loss,
    Stack,
    Step,
    Stretch,
    loss_stack,
    stacked_bars,
    step_timeline,
    timeline,
)

__all__ = [
    "NONE_IN_RANGE",
    "NO_EVIDENCE",
    "Bin",
    "Curve",
    "Lab",
    "Loss",
    "Published",
    "Reading",
    "Rung",
    "Score",
    "Series",
    "Stack",
    "Stage",
    "Step",
    "Stretch",
    "break_even",
    "crossings",
    "energy_radar",
    "gauge",
    "journey_strip",
    "loss_stack",
    "mfu_curve",
    "radar",
    "reliability",
    "scaling_curve",
    "scorecard",
    "signed_bars",
    "slice_plot",
    "slowest",
    "sneakernet",
    "stacked_bars",
    "stage_bars",
    "staircase",
    "step_timeline",
    "timeline",
    "transfer_radar",
    "waterfall",
]
