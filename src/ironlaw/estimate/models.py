"""A model by its name: the numbers that the equations take, worked out once from its registry entry.

`model_shape("Llama-2-70B (GQA-8)")` finds the entry whatever the writing: capitals, spaces, dashes and remarks in
brackets make no difference. Everything on a ModelShape is a plain float in SI.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from ironlaw import registry
from ironlaw.physics import InputError
from ironlaw.physics.attention import (
    attention_weights,
    kv_bytes,
    latent_attention_weights,
    latent_kv_bytes,
    latent_query_weights,
)
from ironlaw.physics.moe import expert_block_weights, expert_stack_weights
from ironlaw.physics.transformer import feed_forward_weights, layer_stack_weights, matmul_flops, transformer_parameters
from ironlaw.registry import UnknownEntity

if TYPE_CHECKING:
    from ironlaw.registry import Entity

# What is hung on the name of a model without changing its shape: variants, formats, scenarios of a benchmark.
_REMARKS = re.compile(r"\(.*?\)|\[.*?\]")
_VARIANT = re.compile(
    r"(?i)[-_ ]+(instruct|chat|hf|base|it|pt|gguf|awq|gptq|fp8|fp16|bf16|fp4|int4|int8|server|offline|99(\.9)?)$"
)


@dataclass(frozen=True, slots=True)
class ModelShape:
    """Sizes of one transformer; `layer_weights` are all that it stores, `active_weights` those a token passes."""

    id: str
    name: str
    parameters: float
    active_parameters: float
    layers: float
    hidden: float
    heads: float
    kv_heads: float
    head_size: float
    feed_forward: float
    matrices: float
    vocabulary: float
    embeddings: float
    context: float
    window: float  # the context where no layer has a sliding window
    global_share: float  # of the layers, those without a window
    layer_weights: float
    active_weights: float
    counted_parameters: float  # from the shape; `parameters` is what the source prints
    key_size: float  # what a head's query and key have; with latent attention both of their parts
    value_size: float
    kv_rank: float  # 0 without latent attention
    rope_size: float
    experts: float  # 0 without experts
    experts_active: float
    shared_experts: float
    expert_feed_forward: float
    expert_layers: float

    @property
    def forward_flops(self) -> float:
        """FLOP a token of all products with weights, logits included, without attention scores."""
        return matmul_flops.raw(self.active_weights, self.vocabulary, self.hidden)

    def kv_bytes(self, value_bytes: float = 2.0) -> float:
        """Bytes that a token leaves in the key-value cache, all layers."""
        if self.kv_rank:
            return latent_kv_bytes(self.layers, self.kv_rank, self.rope_size, value_bytes)
        return kv_bytes(self.layers, self.kv_heads, self.head_size, value_bytes)


def find_model(name: str) -> Entity:
    """The registry's model of that id, name or alias, written in any of the usual ways.

    Raises UnknownEntity (a KeyError) that names the nearest models.
    """
    known = _known()
    for written in _writings(name):
        if (found := known.get(_plain(written))) is not None:
            return registry.get(found)
    raise UnknownEntity("model", name, registry.ids("model"))


@cache
def model_shape(name: str) -> ModelShape:
    """The numbers of a transformer by its name.

    Raises UnknownEntity for a model that the registry does not hold, and InputError for one without the shape of one
    stack of decoder layers (vision models, encoder-decoders).
    """
    model = find_model(name)
    if "layers" not in model:
        allowed = "a model with one stack of layers; its registry entry has no shape"
        raise InputError(f"model must be {allowed}, got {model.name}", "model", name, allowed)
    layers, hidden, heads, kv_heads = (model[field] for field in ("layers", "hidden", "heads", "kv_heads"))
    head_size = _get(model, "head_size", hidden / heads)
    matrices, feed_forward = model["feed_forward_matrices"], model["feed_forward"]
    rank, rope = _get(model, "kv_lora_rank"), _get(model, "rope_head_size")
    key_size, value_size = head_size, head_size
    attention = attention_weights(hidden, heads, kv_heads, head_size)
    if rank:
        nope, value_size = model["nope_head_size"], model["value_head_size"]
        key_size = nope + rope
        query_rank = _get(model, "query_lora_rank")
        query = latent_query_weights(hidden, heads, query_rank, nope, rope) if query_rank else hidden * heads * key_size
        attention = latent_attention_weights(hidden, heads, query, rank, nope, rope, value_size)
    experts, chosen = _get(model, "experts"), _get(model, "experts_active")
    shared, expert_size = _get(model, "shared_experts"), _get(model, "expert_feed_forward")
    dense_layers = _get(model, "dense_layers") if experts else layers
    dense = feed_forward_weights(hidden, feed_forward, matrices)
    stored, active = (
        (
            expert_stack_weights(
                layers,
                attention,
                dense_layers,
                dense,
                expert_block_weights(hidden, expert_size, matrices, experts, counted, shared),
            )
            if experts
            else layer_stack_weights(layers, hidden, heads, kv_heads, head_size, feed_forward, matrices)
            if not rank
            else layers * (attention + dense)
        )
        for counted in (experts, chosen)
    )
    vectors = _get(model, "layer_vectors", 2.0)
    counted_parameters = transformer_parameters(
        stored,
        layers,
        hidden,
        model["vocabulary"],
        model["embedding_matrices"],
        vectors,
        _get(model, "positions"),
        1.0 if vectors <= 2 else 2.0,
    )
    window = _get(model, "sliding_window", model["context"])
    return ModelShape(
        id=model.id,
        name=model.name,
        parameters=model["parameters"],
        active_parameters=_get(model, "parameters_active", model["parameters"]),
        layers=layers,
        hidden=hidden,
        heads=heads,
        kv_heads=kv_heads,
        head_size=head_size,
        feed_forward=feed_forward,
        matrices=matrices,
        vocabulary=model["vocabulary"],
        embeddings=model["embedding_matrices"],
        context=model["context"],
        window=window,
        global_share=_get(model, "global_layers") / layers if "sliding_window" in model else 1.0,
        layer_weights=stored,
        active_weights=active,
        counted_parameters=counted_parameters,
        key_size=key_size,
        value_size=value_size,
        kv_rank=rank,
        rope_size=rope,
        experts=experts,
        experts_active=chosen,
        shared_experts=shared,
        expert_feed_forward=expert_size,
        expert_layers=layers - dense_layers,
    )


def _writings(name: str) -> list[str]:
    """The name as given, without its owner and remarks in brackets, and then without one variant after the other."""
    writings = [name, _REMARKS.sub(" ", name.rpartition("/")[2]).strip()]
    while (shorter := _VARIANT.sub("", writings[-1])) != writings[-1]:
        writings.append(shorter)
    return writings


def _get(model: Entity, field: str, default: float = 0.0) -> float:
    found = model.fields.get(field)
    return default if found is None else found.si


def _plain(name: str) -> str:
    """Letters and digits alone; whatever separates two digits becomes a dot, so that 1.3B and 13B are two models."""
    between = re.sub(r"(?<=\d)[^a-z0-9+]+(?=\d)", ".", name.lower())
    return re.sub(r"[^a-z0-9+.]|(?<!\d)\.|\.(?!\d)", "", between)


@cache
def _known() -> dict[str, str]:
    known: dict[str, str] = {}
    names = [(name, model.id) for model in registry.every("model") for name in (model.name, *model.aliases, model.id)]
    for rule in (str, lambda name: _REMARKS.sub("", name)):  # a name as it stands goes before one cut short
        for name, model_id in names:
            known.setdefault(_plain(rule(name)), model_id)
    known.pop("", None)
    return known
