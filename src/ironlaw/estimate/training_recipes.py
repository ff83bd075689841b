"""How training software runs a layer: the bytes that its kernels move, counted kernel by kernel, and what it overlaps.

A count is of 16-bit reads and writes (2 B each) of one value unless said otherwise. Forward / backward:

    norm, one kernel          read, write                    4   | gradient in, input, gradient out; again for its weights 10
    residual sum              read, read, write              6   | sum of two gradients                                    6
    dropout in the sum        mask beside it                 +1  | read, mask, write                                      +5
    bias of a product         in its epilogue                0   | gradients summed over tokens: read                     +2
    RMS norm, op by op        casts, square, mean, scale     30  | twice that                                             60
    activation                read, write                    4   | gradient in, input, gradient out                        6
    gate, one kernel          read, read, write              6   | gradient and both inputs in, two gradients out         10
    rotary positions          cast, turn, cast: of half the values, 20 B op by op; 4 fused       10 or 2 | twice that
    gate, op by op            activation, then product       10  | both backward                                          16
    kept scores               softmax 4, dropout 5           9   | softmax 6, dropout 5                                   11
    copy to an expert         send order, expert order and back, four times read and write   16 | the same                   16
    loss of a logit           cast 6, softmax 8, gradients   36, both passes; 16 fused
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ironlaw.physics import InputError
from ironlaw.physics.training import Recipe

if TYPE_CHECKING:
    from .models import ModelShape

FULL_PAIRS, CAUSAL_PAIRS = 1.0, 0.5  # share of a square of scores that a kernel works on


@dataclass(frozen=True, slots=True)
class Software:
    """One way to run a layer. Pairs are (forward, backward) bytes a value; overlaps are True where it tries to hide."""

    name: str
    residual: tuple[float, float]
    residual_gated: tuple[float, float]  # of models with a gate, which have RMS norms and no biases
    inner: tuple[float, float]
    inner_gated: tuple[float, float]
    attention: tuple[float, float]
    attention_gated: tuple[float, float]  # with rotary positions, and keys and values repeated for their heads
    kernel: str  # of attention: "kept" keeps the scores, else a generation of flash attention
    loss: float
    optimizer: float
    gradient: float
    kernels: float
    sequence_parallel: bool
    tensor_overlap: tuple[bool, bool]
    pipeline_overlap: bool
    data_overlap: bool
    window: bool = False  # sliding-window attention in place of full
    even_context: bool = True  # context parallelism shares the causal mask evenly (zigzag or stripes)
    dropout: bool = False  # on kept scores; that on the residual is in its bytes
    accumulate: float = 0.0
    pipeline_split: bool = True
    norms: tuple[float, float] = (8.0, 8.0)  # forward bytes of a layer's norms, without and with a gate
    frees_outputs: bool = False  # a stage drops its result once it is sent

    def recipe(self, shape: ModelShape, hidden_share: float, precision: str) -> Recipe:
        """The kernel's numbers for a model. `hidden_share`: part of an overlapped transfer that costs nothing."""
        cast = precision in {"fp8", "fp4"}
        gated = shape.matrices > 2
        residual = self.residual_gated if gated else self.residual
        inner = self.inner_gated if gated else self.inner
        attention = self.attention_gated if gated else self.attention
        kept = self.kernel == "kept"
        return Recipe(
            residual_forward=residual[0],
            residual_backward=residual[1],
            inner_forward=inner[0],
            inner_backward=inner[1],
            attention_forward=attention[0],
            attention_backward=attention[1],
            score_forward=kept * (4.0 + 5.0 * self.dropout),
            score_backward=kept * (6.0 + 5.0 * self.dropout),
            score_operands=4.0 if kept else 0.0,  # written by one product, read by the next
            attention_repeat=2.0 if kept else 2.5,  # flash attention computes the scores again
            copy_forward=16.0,
            copy_backward=16.0,
            cast_forward=2.0 if cast else 0.0,  # of a product's input: read 2, write 1 and its transpose 1; half of all
            cast_backward=2.0 if cast else 0.0,
            loss=self.loss,
            gradient=2.0 if precision == "fp16" else self.gradient,  # bf16 sums its gradients in fp32
            accumulate=self.accumulate,
            optimizer=self.optimizer,
            kernels=self.kernels,
            router_kernels=60.0,
            expert_kernels=18.0 if cast else 6.0,  # 2 products, and with narrow types their casts, in all three passes
            sequence_parallel=float(self.sequence_parallel),
            pipeline_split=float(self.pipeline_split),
            tensor_overlap_forward=hidden_share * self.tensor_overlap[0],
            tensor_overlap_backward=hidden_share * self.tensor_overlap[1],
            pipeline_overlap=hidden_share * self.pipeline_overlap,
            data_overlap=hidden_share * self.data_overlap,
            norm_forward=self.norms[gated],
        )

    @property
    def pairs(self) -> float:
        """Share of the square of scores that the attention kernel works on."""
        return FULL_PAIRS if self.kernel == "kept" else CAUSAL_PAIRS


_MEGATRON_2021 = Software(
    "megatron-2021",  # dropout, fused elementwise kernels, kept scores, nothing overlapped
    residual=(22, 46),
    residual_gated=(22, 42),
    inner=(4, 8),
    inner_gated=(6, 10),
    attention=(2, 4),
    attention_gated=(4, 8),
    kernel="kept",
    loss=36,
    optimizer=50,
    gradient=4,
    kernels=60,
    sequence_parallel=False,
    tensor_overlap=(False, False),
    pipeline_overlap=False,
    data_overlap=False,
    dropout=True,
)
_DEEPSPEED = replace(  # Megatron's layers under DeepSpeed's pipeline: bf16 gradients are added to fp32 ones (2 + 8)
    _MEGATRON_2021, name="megatron-deepspeed", accumulate=10.0, pipeline_split=False
)
_MEGATRON_2022 = Software(
    "megatron-2022",  # the same with sequence parallelism, and input-gradient transfers beside weight gradients
    residual=(22, 46),
    residual_gated=(22, 42),
    inner=(4, 8),
    inner_gated=(6, 10),
    attention=(2, 4),
    attention_gated=(4, 8),
    kernel="kept",
    loss=36,
    optimizer=50,
    gradient=4,
    kernels=60,
    sequence_parallel=True,
    tensor_overlap=(False, True),
    pipeline_overlap=False,
    data_overlap=False,
    dropout=True,
)
_MEGATRON = Software(
    "megatron",  # Megatron-Core and NeMo: flash attention, fused kernels, everything overlapped
    residual=(20, 36),
    residual_gated=(20, 36),
    inner=(4, 8),
    inner_gated=(6, 10),
    attention=(2, 4),
    attention_gated=(4, 8),
    kernel="flash-3",
    loss=16,
    optimizer=40,
    gradient=4,
    kernels=60,
    sequence_parallel=True,
    tensor_overlap=(True, True),
    pipeline_overlap=True,
    data_overlap=True,
    frees_outputs=True,
)
_MEGASCALE = Software(
    "megascale",  # attention and feed-forward side by side on one norm, sliding window, everything overlapped
    residual=(14, 26),
    residual_gated=(14, 26),
    inner=(4, 8),
    inner_gated=(6, 10),
    attention=(2, 4),
    attention_gated=(4, 8),
    kernel="flash-2",
    loss=16,
    optimizer=40,
    gradient=4,
    kernels=50,
    sequence_parallel=True,
    tensor_overlap=(True, True),
    pipeline_overlap=True,
    data_overlap=True,
    window=True,
    norms=(4.0, 4.0),
    frees_outputs=True,
)
_EAGER = Software(
    "eager",  # PyTorch op by op, fully sharded
    residual=(20, 50),
    residual_gated=(72, 132),
    inner=(4, 6),
    inner_gated=(10, 16),
    attention=(4, 8),
    attention_gated=(16, 32),
    kernel="flash-2",
    loss=36,
    optimizer=60,
    gradient=4,
    kernels=100,
    sequence_parallel=True,
    tensor_overlap=(False, False),
    pipeline_overlap=False,
    data_overlap=True,
    even_context=False,  # one stretch of the sequence a rank
    norms=(8.0, 60.0),
)
_COMPILED = Software(
    "compiled",  # the same, compiled: neighbouring elementwise operations become one kernel
    residual=(20, 36),
    residual_gated=(20, 36),
    inner=(4, 6),
    inner_gated=(6, 10),
    attention=(2, 4),
    attention_gated=(5, 10),
    kernel="flash-2",
    loss=36,
    optimizer=40,
    gradient=4,
    kernels=60,
    sequence_parallel=True,
    tensor_overlap=(False, False),
    pipeline_overlap=False,
    data_overlap=True,
    even_context=False,  # one stretch of the sequence a rank
)

SOFTWARE = {
    way.name: way for way in (_MEGATRON, _MEGATRON_2021, _DEEPSPEED, _MEGATRON_2022, _MEGASCALE, _EAGER, _COMPILED)
}


def software(name: str) -> Software:
    """The way of this name. InputError names those there are."""
    try:
        return SOFTWARE[name]
    except (KeyError, TypeError):
        allowed = ", ".join(SOFTWARE)
        raise InputError(f"software must be one of {allowed}, got {name!r}", "software", name, allowed) from None
