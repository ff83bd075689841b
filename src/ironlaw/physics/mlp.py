"""Fully connected layers: parameters and multiply-accumulates of the smallest networks.

i   inputs of a layer     o   its outputs     MAC   multiply-accumulate: two FLOP
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from .catalogue import InputError, Symbol, equation

if TYPE_CHECKING:
    from collections.abc import Sequence


@equation(
    id="linear-parameters",
    title="Parameters of a fully connected layer",
    formula="o*(i + b)",
    result=Symbol("parameters", "P", "1", "parameters of the layer", low=0),
    symbols=(
        Symbol("inputs", "i", "1", "inputs", low=0),
        Symbol("outputs", "o", "1", "outputs", low=0),
        Symbol("bias", "b", "1", "1 with a bias, 0 without", low=0, high=1),
    ),
    source="Goodfellow, Bengio & Courville 2016, Deep Learning, section 6.1",
    note="Its multiply-accumulates are i·o a sample: as many as weights, so a batch of one moves a weight for every MAC.",
)
def linear_parameters(inputs: float, outputs: float, bias: float = 1.0) -> float:
    """Weights and bias of one layer."""
    return outputs * (inputs + bias)


def mlp_counts(widths: Sequence[int], bias: bool = True) -> tuple[float, float]:
    """Parameters, and multiply-accumulates a sample, of a network of fully connected layers.

    `widths` are inputs, hidden sizes and outputs: (784, 256, 10) has two layers. Raises InputError for fewer than two.
    """
    if len(widths) < 2:
        raise InputError(f"widths must name inputs and outputs, got {widths!r}", "widths", widths, "two or more")
    parameters = sum(linear_parameters(i, o, float(bias)) for i, o in pairwise(widths))
    macs = sum(linear_parameters(i, o, 0.0) for i, o in pairwise(widths))
    return parameters, macs
