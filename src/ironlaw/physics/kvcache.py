"""The cache of keys and values in pages: what a sequence holds, what is lost, how many sequences fit.

s   tokens of a sequence     p   tokens of a page     m   bytes of cache a token, all layers
M   memory for the cache     b   sequences
"""

from __future__ import annotations

from . import num
from .catalogue import Symbol, equation

_TOKENS = Symbol("tokens", "s", "token", "tokens of the sequence", low=0)
_PAGE = Symbol("page", "p", "token", "tokens of a page", low=0, low_open=True)
KV = Symbol("kv", "m", "B/token", "bytes of cache a token, all layers, on one GPU", low=0, low_open=True)
_MEMORY = Symbol("memory", "M", "B", "memory for the cache, on one GPU", low=0)
_KWON = "Kwon et al. 2023, Efficient Memory Management for LLM Serving with PagedAttention, "


@equation(
    id="paged-bytes",
    title="Cache of a sequence in pages",
    formula="ceil(s/p)*p*m",
    result=Symbol("held", "M_s", "B", "bytes that the sequence holds", low=0),
    symbols=(_TOKENS, _PAGE, KV),
    source=_KWON + "section 4.1",
    note="Only the last page is partly empty.",
)
def paged_bytes(tokens: float, page: float, kv: float) -> float:
    """Bytes held by a sequence of `tokens` tokens."""
    return num.ceil(tokens / page) * page * kv


@equation(
    id="page-waste",
    title="Part of a sequence's pages that is empty",
    formula="1 - s/(ceil(s/p)*p)",
    result=Symbol("waste", "x", "1", "empty part of what the sequence holds", low=0, high=1),
    symbols=(
        Symbol("tokens", "s", "token", "tokens of the sequence", low=0, low_open=True),
        _PAGE,
    ),
    source=_KWON + "section 4.1",
    note="Half a page of a sequence on average. Reserving the longest sequence for each wastes 1 - s/s_max.",
)
def page_waste(tokens: float, page: float) -> float:
    """Empty share of the pages of a sequence."""
    return 1 - tokens / (num.ceil(tokens / page) * page)


@equation(
    id="cache-budget",
    title="Memory for the cache",
    formula="x*(M_gpu - min(M_gpu, M_w + M_0))",
    result=Symbol("memory", "M", "B", "memory for the cache, on one GPU", low=0),
    symbols=(
        Symbol("capacity", "M_gpu", "B", "memory of one GPU", low=0),
        Symbol("weights", "M_w", "B", "weights on one GPU", low=0),
        Symbol("workspace", "M_0", "B", "activations, buffers and the driver's context", low=0),
        Symbol("share", "x", "1", "share of the rest that the server gives to the cache", low=0, high=1),
    ),
    source="Definition; the share and the workspace are settings of the server",
    note="Nothing left means that the model does not fit.",
)
def cache_budget(capacity: float, weights: float, workspace: float, share: float) -> float:
    """Bytes of one GPU that the cache may take."""
    return share * (capacity - num.minimum(capacity, weights + workspace))


@equation(
    id="cache-batch",
    title="Sequences that fit",
    formula="floor(M/(m*p*ceil(s/p)))",
    result=Symbol("batch", "b", "1", "sequences that run at once", low=0),
    symbols=(
        _MEMORY,
        KV,
        Symbol("tokens", "s", "token", "tokens of a sequence at its end, reserved", low=0, low_open=True),
        _PAGE,
    ),
    source=_KWON + "section 4.1, without preemption: room for a request's last token is kept from its start",
    note="A server that preempts starts more and repeats work when the room runs out.",
)
def cache_batch(memory: float, kv: float, tokens: float, page: float) -> float:
    """Whole sequences of `tokens` tokens for which there is room."""
    return num.floor(memory / (kv * page * num.ceil(tokens / page)))
