"""The time of one forward pass of a language model that serves: products, cache, small kernels, prefill and decode.

T   tokens in the step (decode: the batch)     W   weights of a product or of the model     M   their bytes
R   peak rate, FLOP/s                          η   share of it that a large product reaches
B   memory bandwidth, B/s                      κ   share of it that streaming reaches
q   work over needed work, from whole tiles    S   multiprocessors
L   layers    h  hidden size    a·d  width of the queries    f  feed-forward size    n  GPUs that share a layer

A step is what its products, cache reads, small kernels, collectives and fixed costs add up to. A product is limited by
arithmetic or by memory, so nothing here is faster than the roofline.
"""

from __future__ import annotations

from . import num
from .catalogue import Symbol, equation
from .transformer import HIDDEN, LAYERS

TOKENS = Symbol("tokens", "T", "token", "tokens that go through the model in the step", low=0, low_open=True)
BANDWIDTH = Symbol("bandwidth", "B", "B/s", "memory bandwidth of one GPU", low=0, low_open=True)
MEMORY_SHARE = Symbol(
    "memory_share", "kappa", "1", "share of the bandwidth that streaming reaches", low=0, high=1, low_open=True
)
_PEAK = Symbol("peak", "R", "FLOP/s", "peak rate of one GPU, dense", low=0, low_open=True)
_EFFICIENCY = Symbol("efficiency", "eta", "1", "share of the peak that a large product reaches", 0, 1, low_open=True)
_WEIGHTS = Symbol("weights", "W", "1", "weights on this GPU", low=0)
_TWO = Symbol("flops_per_weight", "c", "FLOP/token", "a multiply and an add", low=0, constant=2.0)
_ROOFLINE = "Williams, Waterman & Patterson 2009, Roofline, with achieved in place of peak rates"


def _time(name: str, symbol: str, meaning: str) -> Symbol:
    return Symbol(name, symbol, "s", meaning, low=0)


_READING = _time("reading", "t_w", "time to read the weights, and to unpack them")


@equation(
    id="tile-waves",
    title="Rounds of tiles on a GPU",
    formula="max(n/S, ceil(n/S)*min(1, floor(n/S)))",
    result=Symbol("waves", "w", "1", "rounds in which all multiprocessors work", low=0),
    symbols=(
        Symbol("tiles", "n", "1", "tiles of the product's result", low=0),
        Symbol("multiprocessors", "S", "1", "multiprocessors of the GPU", low=1),
    ),
    source="NVIDIA 2023, Matrix Multiplication Background User's Guide, section 4 (wave quantisation)",
    note="The last round runs in full however few tiles are left. With fewer tiles than multiprocessors, libraries "
    "split the sum over the idle ones, so less than one round stays less.",
)
def tile_waves(tiles: float, multiprocessors: float) -> float:
    """Rounds that `tiles` take: rounded up, unless they do not fill one."""
    rounds = tiles / multiprocessors
    return num.maximum(rounds, num.ceil(rounds) * num.minimum(1.0, num.floor(rounds)))


@equation(
    id="tile-rows",
    title="Rows that a product computes",
    formula="ceil(T/m)*min(m, T)/t",
    result=Symbol("rows", "r", "1", "rows with those that fill the last tile", low=0),
    symbols=(
        TOKENS,
        Symbol("tile", "m", "token", "rows of a large tile", low=0, low_open=True, constant=128.0),
        Symbol("token", "t", "token", "one token", low=0, low_open=True, constant=1.0),
    ),
    source="NVIDIA 2023, Matrix Multiplication Background User's Guide, section 4 (tile quantisation)",
    note="Up to 128 rows a smaller tile is taken, or a kernel for a matrix and a vector: no waste is counted there, where "
    "memory is the limit anyway.",
)
def tile_rows(tokens: float, tile: float = 128.0, token: float = 1.0) -> float:
    """Rows of the result that are computed for `tokens` rows that are needed."""
    return num.ceil(tokens / tile) * num.minimum(tile, tokens) / token


@equation(
    id="weight-read-time",
    title="Time to read weights and unpack them",
    formula="sqrt((M/(B*kappa))**2 + (u*W/R_v)**2)",
    result=_READING,
    symbols=(
        Symbol("weight_bytes", "M", "B", "bytes of the weights as stored, scales included", low=0),
        BANDWIDTH,
        MEMORY_SHARE,
        _WEIGHTS,
        Symbol("operations", "u", "op", "vector operations that turn a stored weight into a number and use it", low=0),
        Symbol("vector_rate", "R_v", "op/s", "vector instructions a second, all lanes", low=0, low_open=True),
    ),
    source="Soft maximum of two pipelines; operations counted in the kernels: the registry's calibration decode-unpack",
    note="Loads and arithmetic overlap in part: between the longer of both and their sum. Formats that the matrix units "
    "take need no operations here. The rate is half the vector FLOP/s: a multiply-add is one instruction.",
)
def weight_read_time(
    weight_bytes: float, bandwidth: float, memory_share: float, weights: float, operations: float, vector_rate: float
) -> float:
    """Seconds until `weights` stored weights have come through memory and are numbers."""
    memory, vectors = weight_bytes / (bandwidth * memory_share), operations * weights / vector_rate
    return num.sqrt(memory * memory + vectors * vectors)


@equation(
    id="product-time",
    title="Time of a product with weights",
    formula="max(c*T*W*q/(R*eta), t_w)",
    result=_time("time", "t_lin", "time of the product"),
    symbols=(
        TOKENS,
        _WEIGHTS,
        Symbol("waste", "q", "1", "computed over needed work: whole tiles and whole rounds", low=0),
        _PEAK,
        _EFFICIENCY,
        _READING,
        _TWO,
    ),
    source=_ROOFLINE,
    note="One token makes it a memory bound, hundreds a compute bound. The weights are read once a step, whatever T.",
)
def product_time(
    tokens: float,
    weights: float,
    waste: float,
    peak: float,
    efficiency: float,
    reading: float,
    flops_per_weight: float = 2.0,
) -> float:
    """Seconds for `tokens` rows through `weights` weights: the slower of arithmetic and reading the weights."""
    return num.maximum(flops_per_weight * tokens * weights * waste / (peak * efficiency), reading)


@equation(
    id="fixed-time",
    title="Fixed time of a step",
    formula="L*n*z/f",
    result=_time("time", "t_fix", "start, ramp and tail of all kernels"),
    symbols=(
        LAYERS,
        Symbol("kernels", "n", "1", "kernels of a layer", low=0),
        Symbol("cycles", "z", "1", "clocks of the GPU until a kernel has started, filled up and drained", low=0),
        Symbol("clock", "f", "1/s", "clock of the GPU", low=0, low_open=True),
    ),
    source="Sum over the kernels; z is the registry's calibration decode-kernel-cycles",
    note="What a small model or a large group of GPUs cannot get below. A kernel starts in clocks and not in seconds: "
    "the same on a card of 2.5 GHz and on a board of 0.6 GHz.",
)
def fixed_time(layers: float, kernels: float, cycles: float, clock: float) -> float:
    """Seconds of a step that depend on no size."""
    return layers * kernels * cycles / clock


@equation(
    id="cache-read-time",
    title="Time to read the cache",
    formula="T*C*max(m/(B*kappa), c/(R*eta))",
    result=_time("time", "t_kv", "time of attention over the cache"),
    symbols=(
        TOKENS,
        Symbol("context", "C", "token", "tokens in the cache of a sequence", low=0),
        Symbol("kv", "m", "B/token**2", "bytes of cache a token of context, on this GPU, read by each token", low=0),
        Symbol("flops", "c", "FLOP/token**2", "arithmetic of a token and a token of context, on this GPU", low=0),
        _PEAK,
        _EFFICIENCY,
        BANDWIDTH,
        MEMORY_SHARE,
    ),
    source=_ROOFLINE,
    note="Each sequence has a cache of its own, so batching saves nothing here.",
)
def cache_read_time(
    tokens: float,
    context: float,
    kv: float,
    flops: float,
    peak: float,
    efficiency: float,
    bandwidth: float,
    memory_share: float,
) -> float:
    """Seconds for `tokens` sequences that each look back on `context` tokens."""
    return tokens * context * num.maximum(kv / (bandwidth * memory_share), flops / (peak * efficiency))


@equation(
    id="stream-bytes",
    title="Bytes of the small kernels",
    formula="b*T*L*(u*h + (v*a + w*f)/n)",
    result=Symbol("bytes", "M_el", "B", "bytes that norms, conversions and activations move on one GPU", low=0),
    symbols=(
        TOKENS,
        LAYERS,
        HIDDEN,
        Symbol("query_width", "a", "1", "width of the queries, all heads", low=0),
        Symbol("feed_forward", "f", "1", "feed-forward size that a token passes", low=0),
        Symbol("ways", "n", "1", "GPUs that share a layer", low=1),
        Symbol(
            "per_hidden", "u", "1", "two norms with residual, conversions, inputs and outputs", low=0, constant=28.0
        ),
        Symbol("per_query", "v", "1", "rotation, attention's in- and outputs, conversion", low=0, constant=18.0),
        Symbol(
            "per_feed_forward", "w", "1", "gate and up, activation, conversion, input of down", low=0, constant=14.0
        ),
        Symbol("byte", "b", "B/token", "one byte a token", low=0, constant=1.0),
    ),
    source="Counted over the kernels of a gated layer with 16-bit activations and 8-bit inputs of the products",
    note="What is read and written between the products. Norms work on the whole hidden state on every GPU.",
)
def stream_bytes(
    tokens: float,
    layers: float,
    hidden: float,
    query_width: float,
    feed_forward: float,
    ways: float,
    per_hidden: float = 28.0,
    per_query: float = 18.0,
    per_feed_forward: float = 14.0,
    byte: float = 1.0,
) -> float:
    """Bytes moved by the kernels between the products of all layers."""
    layer = per_hidden * hidden + (per_query * query_width + per_feed_forward * feed_forward) / ways
    return byte * tokens * layers * layer


@equation(
    id="stream-time",
    title="Time to move bytes",
    formula="M/(B*kappa)",
    result=_time("time", "t_mem", "time to move the bytes"),
    symbols=(
        Symbol("moved", "M", "B", "bytes read and written", low=0),
        BANDWIDTH,
        MEMORY_SHARE,
    ),
    source="Definition",
)
def stream_time(moved: float, bandwidth: float, memory_share: float) -> float:
    """Seconds to stream `moved` bytes through memory."""
    return moved / (bandwidth * memory_share)


@equation(
    id="prompt-attention-time",
    title="Attention of a prompt",
    formula="T*C*c/(R*eta)",
    result=_time("time", "t_att", "time of the scores and weighted sums"),
    symbols=(
        TOKENS,
        Symbol("context", "C", "token", "positions that a token of the prompt sees, mean", low=0),
        Symbol("flops", "c", "FLOP/token**2", "arithmetic of a token and a position, on this GPU", low=0),
        _PEAK,
        _EFFICIENCY,
    ),
    source="Dao et al. 2022, FlashAttention: the scores never leave the chip, so arithmetic is the limit",
)
def prompt_attention_time(tokens: float, context: float, flops: float, peak: float, efficiency: float) -> float:
    """Seconds of causal attention for `tokens` tokens of prompts."""
    return tokens * context * flops / (peak * efficiency)


@equation(
    id="forward-step-time",
    title="Time of a forward step",
    formula="t_lin + t_kv + t_att + t_el + t_comm + t_fix",
    result=_time("step", "t_step", "time of the step"),
    symbols=(
        _time("products", "t_lin", "products with weights"),
        _time("cache", "t_kv", "attention over the cache"),
        _time("prompt", "t_att", "attention of prompts in the step"),
        _time("small", "t_el", "norms, conversions and activations"),
        _time("communication", "t_comm", "collectives between the GPUs of a layer"),
        _time("fixed", "t_fix", "start, ramp and tail of the kernels"),
    ),
    source="Sum: the kernels of a layer follow one another",
    note="A decode step has no prompts, a prefill no cache; a step of a continuously batching server has both.",
)
def forward_step_time(
    products: float,
    cache: float = 0.0,
    prompt: float = 0.0,
    small: float = 0.0,
    communication: float = 0.0,
    fixed: float = 0.0,
) -> float:
    """Seconds of one forward step."""
    return products + cache + prompt + small + communication + fixed


@equation(
    id="layer-message-bytes",
    title="Message of an all-reduce within a layer",
    formula="b*T*h/t",
    result=Symbol("message", "M_ar", "B", "bytes that each GPU puts in", low=0),
    symbols=(
        TOKENS,
        HIDDEN,
        Symbol("value_bytes", "b", "B", "bytes of a value (16 bit)", low=0, constant=2.0),
        Symbol("token", "t", "token", "one token", low=0, low_open=True, constant=1.0),
    ),
    source="Shoeybi et al. 2019, Megatron-LM, section 3: two all-reduces a layer forward, after attention and after the "
    "feed-forward",
)
def layer_message_bytes(tokens: float, hidden: float, value_bytes: float = 2.0, token: float = 1.0) -> float:
    """Bytes of the hidden state of `tokens` tokens."""
    return value_bytes * tokens * hidden / token
