"""What a training plan or a server keeps in the memory of each GPU, for a model by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ironlaw import registry
from ironlaw.physics import InputError, Symbol
from ironlaw.physics.attention import kv_cache_bytes
from ironlaw.physics.quantised import weight_bytes
from ironlaw.physics.training_memory import MemoryParts, training_memory

from .gguf import MIXES, gguf_bits
from .models import ModelShape, model_shape

if TYPE_CHECKING:
    from typing import Any

# Bytes of weight, gradient and optimizer state a parameter, by recipe.
RECIPES = {
    "mixed": (2.0, 2.0, 12.0),  # ZeRO's count: 16-bit weights and gradients, Adam with a 32-bit master copy
    "megatron": (2.0, 4.0, 12.0),  # gradients summed in 32 bit
    "fsdp": (4.0, 4.0, 8.0),  # 32-bit weights are sharded, a 16-bit copy is gathered (counted as gathered)
}
#: What an allocator reserves above the bytes that must be held, at most, in four of five cases.
RESERVE = 0.08
_COUNTS = (
    Symbol("sequences", "n", "1", "sequences in the cache", low=0),
    Symbol("tensor", "t", "1", "GPUs of tensor parallelism", low=1),
)


def plan_memory(model: str, *, recipe: str = "mixed", **plan: Any) -> MemoryParts:
    """Bytes a GPU by part; `plan` is what `physics.training_memory.training_memory` takes beside the shape.

    plan_memory("llama-3-70b", sequence=8192, micro_batch=1, micro_batches=32, tensor=8, stages=4, data=16, zero=1)

    Raises UnknownEntity for the model, InputError for a plan's number or another recipe.
    """
    if recipe not in RECIPES:
        raise InputError(
            f"recipe must be one of {', '.join(RECIPES)}, got {recipe!r}", "recipe", recipe, str([*RECIPES])
        )
    weight, gradient, optimizer = RECIPES[recipe]
    return training_memory(
        **shape_arguments(model_shape(model)),
        **{"weight_bytes": weight, "gradient_bytes": gradient, "optimizer_bytes": optimizer} | plan,
    )


def shape_arguments(shape: ModelShape) -> dict[str, Any]:
    """The arguments of training_memory that belong to the model."""
    routed = 0.0
    width = shape.feed_forward
    if shape.experts:
        each = shape.matrices * shape.hidden * shape.expert_feed_forward
        routed = shape.expert_layers * shape.experts * each
        width = shape.expert_feed_forward * (shape.experts_active + shape.shared_experts)
    return {
        "layers": shape.layers,
        "hidden": shape.hidden,
        "heads": shape.heads,
        "kv_heads": shape.kv_heads,
        "head_size": shape.head_size,
        "feed_forward": width,
        "matrices": shape.matrices,
        "vocabulary": shape.vocabulary,
        "embeddings": shape.embeddings,
        "layer_weights": shape.layer_weights,
        "expert_weights": routed,
    }


class ServingParts(NamedTuple):
    """Bytes on each GPU of a server."""

    weights: float
    cache: float

    @property
    def total(self) -> float:
        """Both parts."""
        return self.weights + self.cache


def weight_bits(model: str, stored: str) -> float:
    """Bits a weight: a GGUF mix counted by the model's shape, or a format of the registry.

    Raises InputError naming the mixes and formats there are.
    """
    name = stored.upper().replace("-", "_")
    if name in MIXES:
        return gguf_bits(model, name)
    wanted = stored.lower().replace("_", "-")
    if wanted not in registry.ids("format"):
        known = ", ".join((*MIXES, *registry.ids("format")))
        raise InputError(f"stored must be one of {known}, got {stored!r}", "stored", stored, known)
    return 8 * registry.get(wanted)["bytes_per_value"]


def serving_memory(
    model: str,
    *,
    stored: str = "bf16",
    sequence: float = 4096,
    sequences: float = 1,
    cache_bytes: float = 2.0,
    tensor: float = 1,
) -> ServingParts:
    """Bytes a GPU of weights in the format `stored`, and of the cache of `sequences` sequences of `sequence` tokens.

    Key-value heads are split over at most as many GPUs as there are heads: beyond that each GPU repeats one; the latent
    of MLA stands on every GPU. Raises InputError and UnknownEntity.
    """
    for symbol, value in zip(_COUNTS, (sequences, tensor), strict=True):
        symbol.check(value)
    shape = model_shape(model)
    split = 1.0 if shape.kv_rank else min(tensor, shape.kv_heads)
    cache = sequences * kv_cache_bytes(shape.kv_bytes(cache_bytes), sequence, shape.window, shape.global_share)
    return ServingParts(
        weights=weight_bytes(shape.parameters, weight_bits(model, stored)) / tensor,
        cache=cache / split,
    )
