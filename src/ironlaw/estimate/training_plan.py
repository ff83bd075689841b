"""From a model, a device and a plan to the numbers of the step's kernel: `prepare` once, then `Prepared.step` often."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ironlaw import registry
from ironlaw.physics.attention import causal_context, context_imbalance
from ironlaw.physics.training import Machine, Plan, Recipe, Shape, Step, training_step, training_time

from .training_machine import NODE, OVERLAP, machine
from .training_recipes import Software

if TYPE_CHECKING:
    from ironlaw.registry import Entity

    from .models import ModelShape

WIDTH = 0.075  # of the 80 % interval: four of five validated rows lie within this factor less one


def shape_of(model: ModelShape) -> Shape:
    """The kernel's numbers of a model: means over its layers where they differ."""
    experts = model.experts > 0
    expert_layers = model.expert_layers if experts else 0.0
    share = expert_layers / model.layers
    block = model.matrices * model.hidden * model.expert_feed_forward if experts else 0.0
    stored = block * model.experts * share
    routes = share * (model.experts_active + model.shared_experts) + 1 - share if experts else 1.0
    inner = share * (model.experts_active + model.shared_experts) * model.expert_feed_forward if experts else 0.0
    return Shape(
        layers=model.layers,
        hidden=model.hidden,
        heads=model.heads,
        query_width=model.heads * (model.key_size + model.value_size) / 2,
        kv_width=model.kv_heads * model.head_size,
        active_weights=model.active_weights / model.layers,
        dense_weights=model.layer_weights / model.layers - stored,
        expert_weights=stored,
        feed_forward=inner + (1 - share) * model.feed_forward,
        matrices=model.matrices,
        routes=routes,
        copies=share * model.experts_active if experts else 0.0,
        experts=model.experts,
        vocabulary=model.vocabulary,
        parameters=model.parameters,
        expert_parameters=stored * model.layers,
    )


def causal_span(sequence: float, window: float = 0.0, global_share: float = 1.0) -> float:
    """Positions that a token may look at, mean over tokens and layers.

    `window`: sliding window of the layers that have one, all but the share `global_share`.
    """
    whole = causal_context.raw(sequence, sequence)
    if global_share == 1.0:
        return whole
    return global_share * whole + (1 - global_share) * causal_context.raw(sequence, window)


def span(way: Software, sequence: float, window: float = 0.0, global_share: float = 1.0) -> float:
    """Positions that a token's attention kernel works on: all where scores are kept, else those it may look at."""
    return sequence if way.kernel == "kept" else causal_span(sequence, window, global_share)


def slowest_span(way: Software, model: ModelShape, sequence: float, context: float = 1.0) -> float:
    """The span on the context-parallel rank that all others wait for; software may bring its own window."""
    window, global_share = (sequence / 2, 0.0) if way.window else (model.window, model.global_share)
    uneven = 1.0 if way.even_context else context_imbalance.raw(context)
    return uneven * span(way, sequence, window, global_share)


@dataclass(frozen=True)
class Prepared:
    """Everything that does not change from plan to plan."""

    shape: Shape
    recipe: Recipe
    machine: Machine
    window: float = 0.0  # of the layers that have one
    global_share: float = 1.0  # of the layers, those without

    def step(self, plan: Plan) -> Step:
        """The step of one plan, or of arrays of plans."""
        return training_step(self.shape, self.recipe, self.machine, plan)

    def time(self, plan: Plan) -> float:
        """Seconds of the step alone: for sweeps, with arrays that broadcast against each other."""
        return training_time(self.shape, self.recipe, self.machine, plan)

    @cached_property
    def tokens_flops(self) -> float:
        """FLOP a token of the model's matrix products, forward and backward, logits included."""
        return 6 * (self.shape.layers * self.shape.active_weights + self.shape.vocabulary * self.shape.hidden)

    def model_flops(self, sequence: float) -> float:
        """FLOP a token of the model: attention as far as the causal mask and windows leave it."""
        return self.tokens_flops + self._attention_flops(causal_span(sequence, self.window, self.global_share))

    def model_flops_whole(self, sequence: float) -> float:
        """The same with attention over the whole sequence, masked or not (PaLM, appendix B)."""
        return self.tokens_flops + self._attention_flops(sequence)

    def _attention_flops(self, positions: float) -> float:
        return 12 * self.shape.layers * self.shape.query_width * positions


def prepare(
    model: ModelShape,
    device: Entity,
    way: Software,
    precision: str,
    network: Entity,
    *,
    ports: float = 1.0,
    node: int = NODE,
    attention: str | None = None,
) -> Prepared:
    """Put model, software and device together. `attention` names another kernel than the software's own.

    Raises InputError for a precision that the device lacks, UnknownEntity for an attention kernel without data.
    """
    hidden = registry.get(OVERLAP)["share"]
    kernel = attention or way.kernel
    return Prepared(
        shape_of(model),
        way.recipe(model, hidden, precision),
        machine(device, precision, kernel, network, ports, node),
        model.window,
        model.global_share,
    )
