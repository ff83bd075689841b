"""Mixture of experts: what the model holds, what a token uses, and what moves between GPUs.

E   experts of a layer        k   experts that a token is routed to      E_s   experts that every token uses
h   hidden size               f   size of an expert's feed-forward        m     its matrices (3 if gated)
L   layers, L_d of them dense W   weights of the matrices of all layers   n     GPUs that share the experts
"""

from __future__ import annotations

from . import num
from .catalogue import Symbol, equation
from .transformer import HIDDEN, LAYERS, MATRICES

_EXPERTS = Symbol("experts", "E", "1", "experts of a layer", low=1)
_CHOSEN = Symbol("chosen", "k", "1", "experts that a token is routed to", low=0)
_SHARED = Symbol("shared", "E_s", "1", "experts that every token uses", low=0)
_EXPERT_FF = Symbol("expert_feed_forward", "f", "1", "size of an expert's feed-forward", low=0)
_TOKENS = Symbol("tokens", "D", "token", "tokens in the batch", low=0)
_UNUSED = Symbol("unused", "q", "1", "share of the experts that a token is not routed to, 1 - k/E", low=0, high=1)
_SWITCH = "Fedus et al. 2022, Switch Transformers, section 2; DeepSeek-AI 2024, DeepSeek-V3, section 2.1.2"


@equation(
    id="expert-block-weights",
    title="Weights of a layer's experts",
    formula="m*h*f*(n_e + E_s) + h*E",
    result=Symbol("weights", "W_moe", "1", "weights of a layer's experts and router", low=0),
    symbols=(
        HIDDEN,
        _EXPERT_FF,
        MATRICES,
        _EXPERTS,
        Symbol("counted", "n_e", "1", "experts to count: E for all, k for those a token uses", low=0),
        _SHARED,
    ),
    source=_SWITCH,
    note="With n_e = E what must be stored, with n_e = k what a token passes through. The router h·E is used by all.",
)
def expert_block_weights(
    hidden: float, expert_feed_forward: float, matrices: float, experts: float, counted: float, shared: float = 0.0
) -> float:
    """Weights of the counted experts, the shared ones and the router of one layer."""
    return matrices * hidden * expert_feed_forward * (counted + shared) + hidden * experts


@equation(
    id="expert-stack-weights",
    title="Weights of all layers with experts",
    formula="L*W_attn + L_d*W_ff + (L - L_d)*W_moe",
    result=Symbol("weights", "W", "1", "weights of the matrices of all layers", low=0),
    symbols=(
        LAYERS,
        Symbol("attention", "W_attn", "1", "weights of a layer's attention", low=0),
        Symbol("dense_layers", "L_d", "1", "layers with a dense feed-forward", low=0),
        Symbol("feed_forward", "W_ff", "1", "weights of a dense feed-forward", low=0),
        Symbol("expert_block", "W_moe", "1", "weights of a layer's experts: all, or those a token uses", low=0),
    ),
    source="Sum over the layers; DeepSeek-AI 2024, DeepSeek-V3, section 4.2 (the first three layers are dense)",
    note="Give expert-block-weights of all experts for what is stored, of the chosen ones for what is active.",
)
def expert_stack_weights(
    layers: float, attention: float, dense_layers: float, feed_forward: float, expert_block: float
) -> float:
    """Weights of attention, dense feed-forwards and experts of all layers."""
    return layers * attention + dense_layers * feed_forward + (layers - dense_layers) * expert_block


@equation(
    id="experts-touched",
    title="Share of the experts that a batch touches",
    formula="1 - q**(D/t)",
    result=Symbol("touched", "u", "1", "share of a layer's experts that at least one token uses", low=0, high=1),
    symbols=(
        _UNUSED,
        _TOKENS,
        Symbol("token", "t", "token", "one token", low=0, low_open=True, constant=1.0),
    ),
    source="Chance that none of D independent tokens picks an expert, each with chance k/E",
    note="Routing independent and even. One token touches k of E; a batch of E/k already touches 63 %: decoding in "
    "batches reads most experts' weights. Correlated tokens touch fewer.",
)
def experts_touched(unused: float, tokens: float, token: float = 1.0) -> float:
    """Share of the experts whose weights a batch of `tokens` tokens has to read."""
    return 1 - num.power(unused, tokens / token)


@equation(
    id="expert-all-to-all-bytes",
    title="Bytes of an expert layer's all-to-all",
    formula="D*k*h*b*(1 - 1/n)/t",
    result=Symbol("traffic", "M_a2a", "B", "bytes that one GPU sends to dispatch its tokens", low=0),
    symbols=(
        Symbol("tokens", "D", "token", "tokens on the GPU", low=0),
        _CHOSEN,
        HIDDEN,
        Symbol("value_bytes", "b", "B", "bytes of a value", low=0),
        Symbol("ranks", "n", "1", "GPUs that share the experts", low=1),
        Symbol("token", "t", "token", "one token", low=0, low_open=True, constant=1.0),
    ),
    source="Lepikhin et al. 2020, GShard, section 2.2; DeepSeek-AI 2024, DeepSeek-V3, section 3.2",
    note="Dispatch; combining the results sends as much again, and the backward pass repeats both. Even routing: the "
    "share 1/n stays on the GPU. A token sent once to a GPU that holds two of its experts moves less.",
)
def expert_all_to_all_bytes(
    tokens: float, chosen: float, hidden: float, value_bytes: float, ranks: float, token: float = 1.0
) -> float:
    """Bytes that a GPU sends for one dispatch: every token's hidden state to each of its experts elsewhere."""
    return tokens * chosen * hidden * value_bytes * (1 - 1 / ranks) / token
