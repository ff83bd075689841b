"""The size of a dense transformer and the arithmetic that training it takes.

P   parameters              L   layers            V   vocabulary
h   hidden size             s   sequence length   D   tokens trained
a   aspect ratio h / L      C   arithmetic, FLOP (a multiply-add is two)

In the counts of real shapes (feed-forward-weights and below):

a   attention heads         k   heads of keys and values   d   size of a head
f   feed-forward size       m   its matrices (3 if gated)  W   weights of all layers' matrices
e   embedding matrices (1 if input and output share one)   v   vectors of width h in a layer: norms, biases
"""

from __future__ import annotations

from . import num
from .catalogue import Symbol, equation

PARAMETERS = Symbol("parameters", "P", "1", "parameters of the model", low=0, low_open=True)
LAYERS = Symbol("layers", "L", "1", "layers", low=0, low_open=True)
HIDDEN = Symbol("hidden", "h", "1", "hidden size", low=0, low_open=True)
ASPECT = Symbol("aspect", "a", "1", "hidden size ÷ layers", low=0, low_open=True)
HEADS = Symbol("heads", "a", "1", "attention heads", low=0, low_open=True)
KV_HEADS = Symbol("kv_heads", "k", "1", "heads of keys and values: all, some (grouped) or one", low=0, low_open=True)
HEAD_SIZE = Symbol("head_size", "d", "1", "size of a head", low=0, low_open=True)
FEED_FORWARD = Symbol("feed_forward", "f", "1", "size of the feed-forward block", low=0)
MATRICES = Symbol("matrices", "m", "1", "matrices of the feed-forward block: 2, or 3 with a gate", low=0)
VOCABULARY = Symbol("vocabulary", "V", "1", "entries of the vocabulary", low=0)
EMBEDDINGS = Symbol("embeddings", "e", "1", "embedding matrices: 2, or 1 if input and output share it", low=0)
LAYER_WEIGHTS = Symbol("layer_weights", "W", "1", "weights of the matrices of all layers", low=0)
TOKENS = Symbol("tokens", "D", "token", "tokens trained", low=0)


@equation(
    id="gpt-layers",
    title="Layers of a GPT-shaped model",
    formula="(P/(12*a**2))**(1/3)",
    result=Symbol("layers", "L", "1", "layers, not rounded", low=0),
    symbols=(PARAMETERS, ASPECT),
    source="Brown et al. 2020, Language Models are Few-Shot Learners, table 2.1: 6.7B, 13B and 175B have h = 128·L",
    note="Embeddings left out, so good to a few per cent from about 6B parameters up. Smaller published models are "
    "narrower (h/L of 64 to 107): pass their own ratio.",
)
def gpt_layers(parameters: float, aspect: float = 128.0) -> float:
    """Layers (a real number) of a model of `parameters` whose hidden size is `aspect` times its layers."""
    return num.power(parameters / (12 * aspect * aspect), 1 / 3)


@equation(
    id="gpt-hidden",
    title="Hidden size of a GPT-shaped model",
    formula="a*L",
    result=Symbol("hidden", "h", "1", "hidden size, not rounded", low=0),
    symbols=(LAYERS, ASPECT),
    source="Brown et al. 2020, Language Models are Few-Shot Learners, table 2.1",
    note="See gpt-layers for where the ratio of 128 holds.",
)
def gpt_hidden(layers: float, aspect: float = 128.0) -> float:
    """Hidden size of a model of `layers` layers with GPT-3's shape."""
    return aspect * layers


@equation(
    id="dense-parameters",
    title="Parameters of a dense transformer",
    formula="12*L*h**2 + 13*L*h + (V + s)*h",
    result=Symbol("parameters", "P", "1", "parameters of the model", low=0),
    symbols=(
        LAYERS,
        HIDDEN,
        Symbol("vocabulary", "V", "1", "entries of the vocabulary, input and output embedding shared", low=0),
        Symbol("positions", "s", "1", "learned positions; 0 with rotary or fixed ones", low=0),
    ),
    source="Narayanan et al. 2021, Efficient Large-Scale Language Model Training on GPU Clusters, eq. 2",
    note="Multi-head attention, a feed-forward of 4·h, biases and two layer norms a layer. Gated feed-forwards and "
    "grouped-query attention have other counts. The final layer norm's 2·h are left out.",
)
def dense_parameters(layers: float, hidden: float, vocabulary: float, positions: float = 0.0) -> float:
    """Parameters: 4·h² attention and 8·h² feed-forward a layer, 13·h biases and norms, and the embeddings."""
    return 12 * layers * hidden * hidden + 13 * layers * hidden + (vocabulary + positions) * hidden


@equation(
    id="training-flops",
    title="Arithmetic of training",
    formula="c*P*D",
    result=Symbol("flops", "C", "FLOP", "arithmetic of forward and backward pass", low=0),
    symbols=(
        PARAMETERS,
        TOKENS,
        Symbol("flops_per_parameter", "c", "FLOP/token", "2 forward and 4 backward", low=0, constant=6.0),
    ),
    source="Kaplan et al. 2020, Scaling Laws for Neural Language Models, section 2.1",
    note="The matrix products of the weights. Attention scores come on top (attention-flops): little while the "
    "sequence is much shorter than 6·h.",
)
def training_flops(parameters: float, tokens: float, flops_per_parameter: float = 6.0) -> float:
    """FLOP of training on `tokens`: a multiply-add (2) a parameter forward, twice that backward."""
    return flops_per_parameter * parameters * tokens


@equation(
    id="recompute-flops",
    title="Arithmetic of full activation recomputation",
    formula="c*P*D",
    result=Symbol("flops", "C_re", "FLOP", "arithmetic of the repeated forward pass", low=0),
    symbols=(
        PARAMETERS,
        TOKENS,
        Symbol("flops_per_parameter", "c", "FLOP/token", "one more forward pass", low=0, constant=2.0),
    ),
    source="Korthikanti et al. 2022, Reducing Activation Recomputation in Large Transformer Models, section 5",
    note="Work of the hardware, not of the model: it belongs into the time of a step and not into its MFU.",
)
def recompute_flops(parameters: float, tokens: float, flops_per_parameter: float = 2.0) -> float:
    """Extra FLOP when every layer's forward pass is repeated in the backward pass."""
    return flops_per_parameter * parameters * tokens


@equation(
    id="attention-flops",
    title="Arithmetic of the attention scores",
    formula="c*L*h*s*D",
    result=Symbol("flops", "C_attn", "FLOP", "arithmetic of scores and their weighted sums", low=0),
    symbols=(
        LAYERS,
        Symbol("hidden", "h", "1", "heads × head size: the hidden size, in most models", low=0, low_open=True),
        Symbol("sequence", "s", "1", "sequence length", low=1),
        TOKENS,
        Symbol("flops_per_pair", "c", "FLOP/token", "4 forward and 8 backward", low=0, constant=12.0),
    ),
    source="Chowdhery et al. 2022, PaLM, appendix B; Korthikanti et al. 2022, appendix A",
    note="Every token sees all s positions. A kernel that skips what a causal mask hides does half of it.",
)
def attention_flops(
    layers: float, hidden: float, sequence: float, tokens: float, flops_per_pair: float = 12.0
) -> float:
    """FLOP of Q·Kᵀ and scores·V over `tokens` tokens, forward and backward, without the causal saving."""
    return flops_per_pair * layers * hidden * sequence * tokens


@equation(
    id="feed-forward-weights",
    title="Weights of a feed-forward block",
    formula="m*h*f",
    result=Symbol("weights", "W_ff", "1", "weights of one layer's feed-forward matrices", low=0),
    symbols=(HIDDEN, FEED_FORWARD, MATRICES),
    source="Vaswani et al. 2017, Attention Is All You Need, section 3.3 (two matrices); Shazeer 2020, GLU Variants "
    "Improve Transformer, eq. 6 (three)",
)
def feed_forward_weights(hidden: float, feed_forward: float, matrices: float) -> float:
    """Weights (a plain number) of the up, down and, if there are three matrices, gate products of one layer."""
    return matrices * hidden * feed_forward


@equation(
    id="layer-stack-weights",
    title="Weights of a dense transformer's layers",
    formula="L*(2*h*d*(a + k) + m*h*f)",
    result=Symbol("weights", "W", "1", "weights of the matrices of all layers", low=0),
    symbols=(LAYERS, HIDDEN, HEADS, KV_HEADS, HEAD_SIZE, FEED_FORWARD, MATRICES),
    source="Ainslie et al. 2023, GQA, section 2.2: queries and output have a heads, keys and values k",
    note="Every token passes through all of them: these, and the output embedding, are what 2 FLOP a weight counts. "
    "Experts: moe.py. Latent attention: attention.py.",
)
def layer_stack_weights(
    layers: float,
    hidden: float,
    heads: float,
    kv_heads: float,
    head_size: float,
    feed_forward: float,
    matrices: float,
) -> float:
    """Weights of attention and feed-forward of all layers, without embeddings, norms and biases."""
    return layers * (2 * hidden * head_size * (heads + kv_heads) + matrices * hidden * feed_forward)


@equation(
    id="transformer-parameters",
    title="Parameters of a transformer",
    formula="W + v*L*h + (e*V + n_p)*h + u*h",
    result=Symbol("parameters", "P", "1", "parameters of the model", low=0),
    symbols=(
        LAYER_WEIGHTS,
        LAYERS,
        HIDDEN,
        VOCABULARY,
        EMBEDDINGS,
        Symbol("vectors", "v", "1", "vectors of width h in a layer: 2 with RMS norms alone", low=0),
        Symbol("positions", "n_p", "1", "learned positions; 0 with rotary or fixed ones", low=0),
        Symbol("final_vectors", "u", "1", "vectors of width h of the last norm", low=0),
    ),
    source="Sum of what the published configurations list; Narayanan et al. 2021, eq. 2, for 13 vectors a layer",
    note="Exact for Llama (2 vectors: two RMS norms) and GPT (13: two layer norms with scale and shift, biases of "
    "Q, K, V, output, up (4) and down). The weights of the layers are layer-stack-weights or expert-stack-weights.",
)
def transformer_parameters(
    layer_weights: float,
    layers: float,
    hidden: float,
    vocabulary: float,
    embeddings: float,
    vectors: float = 2.0,
    positions: float = 0.0,
    final_vectors: float = 1.0,
) -> float:
    """Parameters of the whole model, a plain number, from the weights of its layers and what is beside them."""
    return (
        layer_weights
        + vectors * layers * hidden
        + (embeddings * vocabulary + positions) * hidden
        + final_vectors * hidden
    )


@equation(
    id="matmul-flops",
    title="Arithmetic of a token's matrix products",
    formula="c*(W + V*h)",
    result=Symbol("flops", "c_token", "FLOP/token", "arithmetic of one token", low=0),
    symbols=(
        LAYER_WEIGHTS,
        VOCABULARY,
        HIDDEN,
        Symbol("flops_per_weight", "c", "FLOP/token", "forward 2; with backward 6", low=0),
    ),
    source="Kaplan et al. 2020, Scaling Laws for Neural Language Models, section 2.1; Narayanan et al. 2021, appendix, "
    "for the logits",
    note="Exact, tied embeddings or not: the input embedding is a look-up and the output one a product with every "
    "token. Attention scores come on top (attention-score-flops). With experts, W counts the active ones.",
)
def matmul_flops(layer_weights: float, vocabulary: float, hidden: float, flops_per_weight: float = 2.0) -> float:
    """FLOP a token of all products with weights: 2 a weight forward, 6 with the backward pass."""
    return flops_per_weight * (layer_weights + vocabulary * hidden)
