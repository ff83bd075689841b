"""Attention by its shape: weights, keys and values kept for later tokens, and the arithmetic of the scores.

h   hidden size            a   heads                      k   heads of keys and values (a with multi-head attention)
d   size of a head         L   layers                     s   sequence length
w   sliding window         C   positions a token sees     b   bytes of a value
r   rank of the latent (MLA): what is cached instead of keys and values;  d_r   its rotary part
"""

from __future__ import annotations

from . import num
from .catalogue import Symbol, equation
from .transformer import HEAD_SIZE, HEADS, HIDDEN, KV_HEADS, LAYERS

_SEQUENCE = Symbol("sequence", "s", "token", "sequence length", low=1)
_WINDOW = Symbol("window", "w", "token", "positions that a token can look back on, itself included", low=1)
_VALUE = Symbol("value_bytes", "b", "B", "bytes of a cached value", low=0)
_RANK = Symbol("rank", "r", "1", "rank of the latent that stands for keys and values", low=0)
_ROPE = Symbol("rope_size", "d_r", "1", "size of the rotary part of a key, shared by all heads", low=0)
_NOPE = Symbol("nope_size", "d_n", "1", "size of a head's part without rotation", low=0)
_DEEPSEEK = "DeepSeek-AI 2024, DeepSeek-V2, section 2.1 and appendix C"
_GQA = "Ainslie et al. 2023, GQA: Training Generalized Multi-Query Transformer Models, section 2.2"


@equation(
    id="attention-weights",
    title="Weights of an attention block",
    formula="2*h*d*(a + k)",
    result=Symbol("weights", "W_attn", "1", "weights of one layer's attention", low=0),
    symbols=(HIDDEN, HEADS, KV_HEADS, HEAD_SIZE),
    source=_GQA,
    note="Multi-head attention has k = a, multi-query attention k = 1. Queries and output have a·d columns, keys and "
    "values k·d.",
)
def attention_weights(hidden: float, heads: float, kv_heads: float, head_size: float) -> float:
    """Weights of the query, key, value and output matrices of one layer."""
    return 2 * hidden * head_size * (heads + kv_heads)


@equation(
    id="latent-query-weights",
    title="Weights of a low-rank query",
    formula="r_q*(h + a*(d_n + d_r))",
    result=Symbol("weights", "W_q", "1", "weights of one layer's queries", low=0),
    symbols=(
        HIDDEN,
        HEADS,
        Symbol("query_rank", "r_q", "1", "rank of the query", low=0),
        _NOPE,
        _ROPE,
    ),
    source=_DEEPSEEK,
)
def latent_query_weights(hidden: float, heads: float, query_rank: float, nope_size: float, rope_size: float) -> float:
    """Weights that project the hidden state down to the query's rank and up to all heads."""
    return query_rank * (hidden + heads * (nope_size + rope_size))


@equation(
    id="latent-attention-weights",
    title="Weights of a latent attention block (MLA)",
    formula="W_q + h*(r + d_r) + r*a*(d_n + d_v) + a*d_v*h",
    result=Symbol("weights", "W_attn", "1", "weights of one layer's attention", low=0),
    symbols=(
        HIDDEN,
        HEADS,
        Symbol("query_weights", "W_q", "1", "weights of the queries: low-rank, or h·a·(d_n + d_r)", low=0),
        _RANK,
        _NOPE,
        _ROPE,
        Symbol("value_size", "d_v", "1", "size of a head's value", low=0),
    ),
    source=_DEEPSEEK,
)
def latent_attention_weights(
    hidden: float,
    heads: float,
    query_weights: float,
    rank: float,
    nope_size: float,
    rope_size: float,
    value_size: float,
) -> float:
    """Weights of queries, the latent and its rotary key, keys and values from the latent, and the output."""
    return (
        query_weights
        + hidden * (rank + rope_size)
        + rank * heads * (nope_size + value_size)
        + heads * value_size * hidden
    )


@equation(
    id="kv-bytes",
    title="Key-value cache of a token",
    formula="2*L*k*d*b/t",
    result=Symbol("kv", "m_kv", "B/token", "bytes that a token leaves in the cache, all layers", low=0),
    symbols=(
        LAYERS,
        KV_HEADS,
        HEAD_SIZE,
        _VALUE,
        Symbol("token", "t", "token", "one token", low=0, low_open=True, constant=1.0),
    ),
    source="Kwon et al. 2023, Efficient Memory Management for LLM Serving with PagedAttention, section 3; " + _GQA,
    note="The 2 is a key and a value. Heads of keys and values, not of queries: with grouped-query attention they are "
    "fewer.",
)
def kv_bytes(layers: float, kv_heads: float, head_size: float, value_bytes: float, token: float = 1.0) -> float:
    """Bytes of cache a token over all layers."""
    return 2 * layers * kv_heads * head_size * value_bytes / token


@equation(
    id="latent-kv-bytes",
    title="Key-value cache of a token with latent attention (MLA)",
    formula="L*(r + d_r)*b/t",
    result=Symbol("kv", "m_kv", "B/token", "bytes that a token leaves in the cache, all layers", low=0),
    symbols=(
        LAYERS,
        _RANK,
        _ROPE,
        _VALUE,
        Symbol("token", "t", "token", "one token", low=0, low_open=True, constant=1.0),
    ),
    source=_DEEPSEEK + "; DeepSeek-AI 2025, Insights into DeepSeek-V3, table 1",
)
def latent_kv_bytes(layers: float, rank: float, rope_size: float, value_bytes: float, token: float = 1.0) -> float:
    """Bytes of cache a token over all layers when one latent and one rotary key stand for all heads."""
    return layers * (rank + rope_size) * value_bytes / token


@equation(
    id="kv-cache-bytes",
    title="Key-value cache of a sequence",
    formula="m_kv*(g*s + (1 - g)*min(s, w))",
    result=Symbol("cache", "M_kv", "B", "bytes of one sequence's cache", low=0),
    symbols=(
        Symbol("kv", "m_kv", "B/token", "bytes that a token leaves in the cache, all layers", low=0),
        _SEQUENCE,
        Symbol("window", "w", "token", "positions kept by a layer with a sliding window", low=1),
        Symbol("global_share", "g", "1", "share of the layers that see the whole sequence", low=0, high=1),
    ),
    source="Gemma Team 2024, Gemma 2, section 2 (layers with and without a window); Jiang et al. 2023, Mistral 7B, "
    "section 2 (rolling buffer)",
    note="With g = 1 no layer has a window. A server that does not roll the buffer keeps all s positions.",
)
def kv_cache_bytes(kv: float, sequence: float, window: float, global_share: float = 1.0) -> float:
    """Bytes of cache that a sequence of `sequence` tokens holds."""
    return kv * (global_share * sequence + (1 - global_share) * num.minimum(sequence, window))


@equation(
    id="causal-context",
    title="Positions that a token sees, on average",
    formula="min(s, w)*(1 - (min(s, w) - t)/(2*s))",
    result=Symbol("context", "C", "token", "positions a token sees, mean over the sequence, itself included", low=0),
    symbols=(
        _SEQUENCE,
        _WINDOW,
        Symbol("token", "t", "token", "one token", low=0, constant=1.0),
    ),
    source="Sum of min(i, w) over the positions i = 1 … s, divided by s",
    note="Exact for whole numbers. Without a window, w = s, it is (s + 1)/2: half of what the square of the sequence "
    "says. A kernel that computes what the mask hides does all s.",
)
def causal_context(sequence: float, window: float, token: float = 1.0) -> float:
    """Mean number of positions that a causal mask with a window of `window` leaves visible."""
    seen = num.minimum(sequence, window)
    return seen * (1 - (seen - token) / (2 * sequence))


@equation(
    id="context-imbalance",
    title="Imbalance of a causal mask over context-parallel ranks",
    formula="2 - 1/c",
    result=Symbol("factor", "x_c", "1", "attention of the last rank over the mean of all", low=1, high=2),
    symbols=(Symbol("ranks", "c", "1", "context-parallel ranks, each with one stretch of the sequence", low=1),),
    source="Brandon et al. 2023, Striped Attention: Faster Ring Attention for Causal Transformers, section 3",
    note="The last rank's queries see every stretch and half of their own: c - 1/2 against a mean of c/2. All wait for "
    "it. Striped or zigzag stretches share the mask evenly, and the factor is 1.",
)
def context_imbalance(ranks: float) -> float:
    """How much longer the last of `ranks` works on the scores than the mean one, when each has one whole stretch."""
    return 2 - 1 / ranks


@equation(
    id="attention-score-flops",
    title="Arithmetic of a token's attention scores",
    formula="c*L*a*(d_q + d_v)*C",
    result=Symbol("flops", "c_attn", "FLOP/token", "arithmetic of one token's scores and weighted sums", low=0),
    symbols=(
        LAYERS,
        HEADS,
        Symbol("key_size", "d_q", "1", "size of a head's query and key", low=0),
        Symbol("value_size", "d_v", "1", "size of a head's value", low=0),
        Symbol("context", "C", "token", "positions that the token sees", low=0),
        Symbol("flops_per_pair", "c", "FLOP/token**2", "forward 2; with backward 6", low=0),
    ),
    source="Chowdhery et al. 2022, PaLM, appendix B; Korthikanti et al. 2022, appendix A",
    note="Query heads count, not those of keys and values: grouping saves memory, no arithmetic. Prefill and training "
    "take the mean context (causal-context), a decoded token all positions before it. Latent attention in its "
    "absorbed form has d_q = r + d_r and d_v = r.",
)
def attention_score_flops(
    layers: float, heads: float, key_size: float, value_size: float, context: float, flops_per_pair: float = 2.0
) -> float:
    """FLOP a token of Q·Kᵀ and scores·V over all layers: 4·L·a·d a visible position forward."""
    return flops_per_pair * layers * heads * (key_size + value_size) * context
