"""The scenario's family of backbones: vision transformers of six sizes, and how long each takes for an image.

Legend: h width, L layers, m width of the feed-forward block, T tokens a tile, P parameters. An image is cut into tiles;
all tiles of an image go through the backbone as one batch on one GPU.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

from ironlaw import registry
from ironlaw.physics import roofline, transformer

TOKENS = 257.0  # a tile of 224 x 224 in patches of 14, and the token that collects the answer
VALUE_BYTES = 2.0  # BF16
GPU = "h100-sxm"


@dataclass(frozen=True, slots=True)
class Backbone:
    """One size: its id, its letter in the published family, and its shape."""

    id: str
    letter: str
    width: float
    layers: float
    feed_forward: float

    @property
    def parameters(self) -> float:
        """Weights of the layers: patches, positions and biases are under half a per cent from the large sizes on."""
        heads = 16.0  # the count of heads cancels: heads x size is the width
        return transformer.layer_stack_weights(
            self.layers, self.width, heads, heads, self.width / heads, self.feed_forward, 2.0
        )

    @property
    def tile_flops(self) -> float:
        """FLOP of one tile's forward pass: products with weights, and the attention scores."""
        products = transformer.matmul_flops(self.parameters, 0.0, self.width, 2.0) * TOKENS
        scores = transformer.attention_flops(self.layers, self.width, TOKENS, TOKENS, 4.0)
        return products + scores


# Shapes of the published family (Dosovitskiy et al. 2021, table 1; Zhai et al. 2022, table 2; Alabdulmohsin et al. 2023 for
# the shape-optimised one), recalled. Tests hold parameters and arithmetic against the registry's ViT-B, ViT-L and ViT-H.
FAMILY = (
    Backbone("base", "B", 768.0, 12.0, 3072.0),
    Backbone("large", "L", 1024.0, 24.0, 4096.0),
    Backbone("optimised", "So", 1152.0, 27.0, 4304.0),
    Backbone("huge", "H", 1280.0, 32.0, 5120.0),
    Backbone("giant", "g", 1408.0, 40.0, 6144.0),
    Backbone("colossal", "G", 1664.0, 48.0, 8192.0),
)
SOURCE = "scenario, after the published family of vision transformers (shapes recalled)"


@cache
def by_id(backbone: str) -> Backbone:
    """The backbone with this id. Raises KeyError."""
    return {each.id: each for each in FAMILY}[backbone]


@lru_cache(maxsize=64)
def image_seconds(backbone: str, tiles: float) -> float:
    """Seconds of one image of `tiles` tiles on one GPU: the roofline of every operator of a layer, times the layers.

    Matrix products run at the measured best rate, all else at memory speed; attention is one fused operator.
    """
    b, chip = by_id(backbone), registry.get(GPU)
    rows = tiles * TOKENS
    products = [(b.width, 3 * b.width), (b.width, b.width), (b.width, b.feed_forward), (b.feed_forward, b.width)]
    operators = [
        roofline.Operator("product", roofline.gemm_flops(rows, n, k), roofline.gemm_bytes(rows, n, k), b.layers)
        for k, n in products
    ]
    scores = transformer.attention_flops(1.0, b.width, TOKENS, rows, 4.0)
    operators.append(roofline.Operator("attention", scores, 4 * rows * b.width * VALUE_BYTES, b.layers))
    # Two norms read and write, two residual sums read twice and write, the activation reads and writes.
    moved = rows * (10 * b.width + 2 * b.feed_forward) * VALUE_BYTES
    operators.append(roofline.Operator("rest", 0.0, moved, b.layers))
    return roofline.model_roofline(operators, chip["achieved_matmul_bf16"], chip["memory_bandwidth"]).time
