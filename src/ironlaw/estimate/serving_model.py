"""A language model on its GPUs, prepared for many questions: what a forward step takes, as plain numbers.

`ServingModel` joins model, device, format and runtime once. After that a step is arithmetic on floats, or on arrays of
whole numbers (NumPy), by the same equations (ironlaw.physics.inference).

    plan = serving_model("llama-3-70b", "h100-sxm", ways=8, precision="fp8")
    plan.decode_time(64, 2048)              seconds of one decode step: 64 sequences, 2,048 tokens of context each
    plan.decode_time(batches, contexts)     arrays: millions of points

ways   GPUs that share each layer (tensor parallelism). GPUs that take the layers in turn (a layer split) decode one
       sequence no faster than one GPU with room for all of them would.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from ironlaw.physics import InputError, num
from ironlaw.physics.attention import causal_context, kv_cache_bytes
from ironlaw.physics.batching import mean_context, mixed_tokens
from ironlaw.physics.collective_choice import Fabric, all_reduce_time
from ironlaw.physics.inference import (
    forward_step_time,
    layer_message_bytes,
    product_time,
    prompt_attention_time,
    stream_bytes,
    stream_time,
    tile_rows,
    tile_waves,
)
from ironlaw.physics.kvcache import cache_batch, cache_budget
from ironlaw.physics.moe import experts_touched

from .models import ModelShape

if TYPE_CHECKING:
    from ironlaw.registry import Entity

PAGE = 32.0  # tokens of a cache page, a usual setting
TILE = 128.0  # rows and columns of a large tile, as in the equation tile-rows
REMEMBERED = 65_536  # batches whose time is kept, at most


class Product(NamedTuple):
    """The matrices of one kind in all layers, on one GPU.

    Weights, bytes, columns of one matrix, FLOP/s (peak, and the share of it that is reached), and seconds of reading.
    """

    weights: float
    stored: float
    columns: float
    peak: float
    efficiency: float
    reading: float


@dataclass(frozen=True, slots=True)
class StepTime:
    """The parts of a step, in seconds; `total` is their sum."""

    products: float
    cache: float
    prompt: float
    small: float
    communication: float
    fixed: float

    @property
    def total(self) -> float:
        """Seconds of the step."""
        return forward_step_time.raw(self.products, self.cache, self.prompt, self.small, self.communication, self.fixed)


@dataclass(slots=True)
class ServingModel:
    """See the module. Sizes are of one GPU; times in seconds, bytes in bytes."""

    shape: ModelShape
    device: Entity
    runtime: Entity
    format_id: str
    cache_format: str
    computed: str  # the type that products are computed in
    ways: int
    products: tuple[Product, ...]
    head: Product
    experts: Product | None
    chosen_experts: float  # share of the stored experts' weights that a token passes
    weight_bytes: float  # held, embedding included
    kv: float  # bytes of cache a token
    attention_flops: float  # a token of a prompt and a token of context
    cache_flops: float  # a decoded token and a token of context: more with latent attention
    attention_peak: float
    attention_share: float
    bandwidth: float
    memory_share: float
    multiprocessors: float  # 0 where the device has none on record: no rounds then
    fixed: float
    network: Fabric | None
    cache_seconds: float  # a sequence and a token of context
    _known: list[float] = field(default_factory=list, repr=False)  # seconds by batch, what depends on it alone
    _table: Any = field(default=None, repr=False)  # the same as an array

    def decode_time(self, batch: float, context: float) -> float:
        """Seconds of a decode step of `batch` sequences with `context` tokens each in the cache.

        Floats, or arrays that broadcast; an array of batches must be of whole numbers. Unchecked: for sweeps.
        """
        if type(batch) is int and batch < len(self._known):
            time = self._known[batch]
        elif num.is_array(batch):
            time = self._tabled(batch)
        else:
            time = self._alone(batch)
        if self.shape.global_share == 1.0:
            return time + batch * context * self.cache_seconds
        return time + batch * self.seen(context) * self.cache_seconds

    def decode_step(self, batch: float, context: float) -> StepTime:
        """The parts of that step."""
        return self.step(batch, batch, cache=batch * self.seen(context) * self.cache_seconds)

    def prefill_step(self, prompts: float, prompt: float) -> StepTime:
        """The parts of a step that takes `prompts` prompts of `prompt` tokens at once."""
        return self.step(prompts * prompt, prompts, prompt=self._prompt_time(prompts * prompt, prompt))

    def mixed_step(self, batch: float, prompt: float, output: float) -> StepTime:
        """The mean step of a full server: `batch` sequences decode, and prompts of those that start come along."""
        tokens = mixed_tokens.raw(batch, prompt, output)
        starting = batch / output
        return self.step(
            tokens,
            batch + starting,
            cache=batch * self.seen(mean_context.raw(prompt, output)) * self.cache_seconds,
            prompt=self._prompt_time(starting * prompt, prompt),
        )

    def step(self, tokens: float, answers: float, cache: float = 0.0, prompt: float = 0.0) -> StepTime:
        """A step of `tokens` tokens, of which `answers` go through the output matrix."""
        return StepTime(
            products=self._products(tokens, answers),
            cache=cache,
            prompt=prompt,
            small=stream_time.raw(self.moved(tokens), self.bandwidth, self.memory_share),
            communication=0.0
            if self.network is None
            else self.all_reduces * all_reduce_time.raw(self.message(tokens), self.ways, 1, self.network),
            fixed=self.fixed,
        )

    def moved(self, tokens: float) -> float:
        """Bytes that the small kernels of a step move."""
        shape = self.shape
        queries, width = shape.heads * shape.key_size, _passed_width(shape)
        return stream_bytes.raw(tokens, shape.layers, shape.hidden, queries, width, self.ways)

    def message(self, tokens: float) -> float:
        """Bytes that each GPU puts into an all-reduce of a step."""
        return layer_message_bytes.raw(tokens, self.shape.hidden)

    @property
    def all_reduces(self) -> float:
        """All-reduces of a step: after attention and after the feed-forward of each layer."""
        return 2 * self.shape.layers

    def largest_batch(self, tokens: float, page: float = PAGE) -> float:
        """Sequences of `tokens` tokens that the memory holds and the runtime takes; 0 when the weights do not fit."""
        return num.minimum(self.room(tokens, page), self.batch_limit)

    def room(self, tokens: float, page: float = PAGE) -> float:
        """Sequences of `tokens` tokens that the memory holds."""
        return cache_batch.raw(self.cache_memory, self.kv, tokens, page)

    @property
    def batch_limit(self) -> float:
        """Sequences that the runtime takes at once, infinite where it sets no limit."""
        return field_or(self.runtime, "batch_limit", math.inf)

    def reading_time(self, tokens: float) -> float:
        """Seconds that reading the weights of a step takes: its products take at least this long."""
        time = self.head.reading + sum(p.reading for p in self.products)
        if self.experts is not None:
            time += self.experts.reading * experts_touched.raw(1 - self.chosen_experts, tokens)
        return time

    @property
    def workspace(self) -> float:
        """Bytes of one GPU for the runtime itself."""
        return field_or(self.runtime, "workspace")

    @property
    def cache_memory(self) -> float:
        """Bytes of one GPU for the cache."""
        return cache_budget.raw(
            self.device["memory_capacity"],
            self.weight_bytes,
            self.workspace,
            field_or(self.runtime, "cache_share", 1.0),
        )

    def _products(self, tokens: float, answers: float) -> float:
        rows = tile_rows.raw(tokens)
        total = self._product(self.head, answers, tile_rows.raw(answers))
        for product in self.products:
            total = total + self._product(product, tokens, rows)
        if self.experts is not None:
            p, touched = self.experts, experts_touched.raw(1 - self.chosen_experts, tokens)
            total = total + product_time.raw(
                tokens,
                p.weights * self.chosen_experts,
                1.0,
                p.peak,
                p.efficiency,
                p.reading * touched,
            )
        return total

    def _product(self, p: Product, tokens: float, rows: float) -> float:
        waste = rows / tokens
        if self.multiprocessors:
            tiles = num.ceil(tokens / TILE) * p.columns / TILE
            waste = waste * tile_waves.raw(tiles, self.multiprocessors) * self.multiprocessors / tiles
        return product_time.raw(tokens, p.weights, waste, p.peak, p.efficiency, p.reading)

    def _prompt_time(self, tokens: float, prompt: float) -> float:
        seen = self.prompt_seen(prompt)
        return prompt_attention_time.raw(tokens, seen, self.attention_flops, self.attention_peak, self.attention_share)

    def prompt_seen(self, prompt: float) -> float:
        """Positions that a token of a prompt sees, mean over its tokens and the layers."""
        seen = causal_context.raw(prompt, min(self.shape.window, prompt))
        return self.shape.global_share * (prompt + 1) / 2 + (1 - self.shape.global_share) * seen

    def seen(self, context: float) -> float:
        """Tokens of a context of `context` that are read, mean over the layers."""
        if self.shape.global_share == 1.0:
            return context
        return kv_cache_bytes.raw(1.0, context, self.shape.window, self.shape.global_share)

    def _alone(self, batch: float) -> float:
        """The part of a step that depends on the batch alone: remembered for whole numbers."""
        whole = int(batch)
        if whole != batch or not 0 < whole <= REMEMBERED:
            return self.decode_step(batch, 0.0).total
        self.remember(whole)
        return self._known[whole]

    def _tabled(self, batch: Any) -> Any:
        """The same for an array of batches."""
        if batch.dtype.kind not in "iu":
            raise InputError(
                f"batch must be an array of whole numbers, got {batch.dtype}", "batch", str(batch.dtype), "integers"
            )
        largest = int(batch.max()) if batch.size else 1
        if largest > REMEMBERED:
            return self.decode_step(batch, 0.0).total
        self.remember(largest)
        return self._table.take(batch)

    def remember(self, largest: int) -> None:
        """Work out all whole batches up to `largest`, and as many more: as an array they cost next to nothing."""
        if largest >= len(self._known):
            batches = num.whole_numbers(min(2 * largest, REMEMBERED) + 1)
            times = self.decode_step(num.maximum(batches, 1.0), 0.0).total
            self._table = num.where(batches > 0, times, 0.0)
            self._known = self._table.tolist()


def field_or(entity: Entity, name: str, default: float = 0.0) -> float:
    """The entity's field, or the default where it has none."""
    return entity[name] if name in entity else default  # noqa: SIM401  (an Entity has no get)


def _passed_width(shape: ModelShape) -> float:
    """Feed-forward width that a token passes: its experts' together."""
    if not shape.experts:
        return shape.feed_forward
    return shape.expert_feed_forward * (shape.experts_active + shape.shared_experts)
