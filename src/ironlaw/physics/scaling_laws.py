"""How loss falls with parameters and data, and how a budget is best split between the two.

N   parameters             E        loss that no model goes below     C   arithmetic of training, FLOP
D   training tokens        A, B     what too few parameters or tokens add
L   loss, nats a token     α, β     how fast it falls
U   unique tokens          R        repeats after which data is worn out (a decay constant)

These are fits to experiments, not laws of nature: their constants belong to one corpus, tokeniser and architecture, live
in the registry (kind `law`) and are parameters here. N and D are plain counts, so that powers of them have no unit.
"""

from __future__ import annotations

from . import num
from .catalogue import Symbol, equation

PARAMETERS = Symbol("parameters", "N", "1", "parameters of the model", low=0, low_open=True)
TOKENS = Symbol("tokens", "D", "1", "training tokens, a plain count", low=0, low_open=True)
_IRREDUCIBLE = Symbol("irreducible", "E", "1", "loss that no model goes below, nats a token", low=0)
_SCALE_N = Symbol("parameter_scale", "A", "1", "scale of the loss from too few parameters", low=0, low_open=True)
_SCALE_D = Symbol("data_scale", "B", "1", "scale of the loss from too few tokens", low=0, low_open=True)
_ALPHA = Symbol("parameter_exponent", "alpha", "1", "how fast loss falls with parameters", low=0.1, high=1)
_BETA = Symbol("data_exponent", "beta", "1", "how fast loss falls with tokens", low=0.1, high=1)
_BUDGET = Symbol("flops", "C", "FLOP", "arithmetic of training", low=0, low_open=True)
_PER_PAIR = Symbol(
    "flops_per_pair", "k", "FLOP", "a parameter and token: 2 forward, 4 backward", low=0, low_open=True, constant=6.0
)
_RATIO = Symbol("tokens_per_parameter", "r", "1", "training tokens a parameter", low=0, low_open=True)
_LOSS = Symbol("loss", "L", "1", "loss, nats a token", low=0)
_HOFFMANN = "Hoffmann et al. 2022, Training Compute-Optimal Large Language Models, "
_MUENNIGHOFF = "Muennighoff et al. 2023, Scaling Data-Constrained Language Models, section 3.1 "


def _decay(meaning: str) -> Symbol:
    return Symbol("decay", "R", "1", meaning, low=0, high=1000, low_open=True)


@equation(
    id="chinchilla-loss",
    title="Loss from parameters and tokens",
    formula="E + A/N**alpha + B/D**beta",
    result=_LOSS,
    symbols=(PARAMETERS, TOKENS, _IRREDUCIBLE, _SCALE_N, _SCALE_D, _ALPHA, _BETA),
    source=_HOFFMANN + "eq. 2; constants of approach 3, or of the refit by Besiroglu et al. 2024",
    note="One pass over the data: for repeats pass effective tokens. The published constants of approach 3 disagree with "
    "approaches 1 and 2 of the same paper; the refit agrees with them.",
)
def chinchilla_loss(
    parameters: float,
    tokens: float,
    irreducible: float,
    parameter_scale: float,
    data_scale: float,
    parameter_exponent: float,
    data_exponent: float,
) -> float:
    """Nats a token of a model of `parameters` trained on `tokens`."""
    return (
        irreducible
        + parameter_scale / num.power(parameters, parameter_exponent)
        + data_scale / num.power(tokens, data_exponent)
    )


@equation(
    id="chinchilla-optimal-parameters",
    title="Parameters that a budget is best spent on",
    formula="(alpha*A/(beta*B))**(1/(alpha + beta))*(C/k)**(beta/(alpha + beta))",
    result=Symbol("parameters", "N_opt", "1", "parameters of the model with the lowest loss", low=0),
    symbols=(_BUDGET, _SCALE_N, _SCALE_D, _ALPHA, _BETA, _PER_PAIR),
    source=_HOFFMANN + "eq. 4: the loss of chinchilla-loss minimised under C = 6·N·D",
    note="The lowest loss for the training arithmetic. A model that will serve many tokens is better smaller and trained "
    "longer. α and β are hard to tell apart: see the spread of the published fits.",
)
def chinchilla_optimal_parameters(
    flops: float,
    parameter_scale: float,
    data_scale: float,
    parameter_exponent: float,
    data_exponent: float,
    flops_per_pair: float = 6.0,
) -> float:
    """Parameters of the compute-optimal model for `flops` of training."""
    total = parameter_exponent + data_exponent
    share = parameter_exponent * parameter_scale / (data_exponent * data_scale)
    return num.power(share, 1 / total) * num.power(flops / flops_per_pair, data_exponent / total)


@equation(
    id="chinchilla-optimal-tokens",
    title="Tokens that a budget is best spent on",
    formula="(beta*B/(alpha*A))**(1/(alpha + beta))*(C/k)**(alpha/(alpha + beta))",
    result=Symbol("tokens", "D_opt", "1", "training tokens of the model with the lowest loss", low=0),
    symbols=(_BUDGET, _SCALE_N, _SCALE_D, _ALPHA, _BETA, _PER_PAIR),
    source=_HOFFMANN + "eq. 4: the loss of chinchilla-loss minimised under C = 6·N·D",
    note="Times the optimal parameters it gives back the budget: 6·N·D = C.",
)
def chinchilla_optimal_tokens(
    flops: float,
    parameter_scale: float,
    data_scale: float,
    parameter_exponent: float,
    data_exponent: float,
    flops_per_pair: float = 6.0,
) -> float:
    """Training tokens of the compute-optimal model for `flops` of training."""
    total = parameter_exponent + data_exponent
    share = data_exponent * data_scale / (parameter_exponent * parameter_scale)
    return num.power(share, 1 / total) * num.power(flops / flops_per_pair, parameter_exponent / total)


@equation(
    id="ratio-parameters",
    title="Parameters of a budget at a fixed token ratio",
    formula="sqrt(C/(k*r))",
    result=Symbol("parameters", "N", "1", "parameters of the model", low=0),
    symbols=(_BUDGET, _RATIO, _PER_PAIR),
    source=_HOFFMANN + "approaches 1 and 2: parameters and tokens grow alike, about 20 tokens a parameter (table 3)",
    note="The rule of thumb. More than 20 tokens a parameter is over-training: a higher loss for the same arithmetic, and "
    "cheaper to serve.",
)
def ratio_parameters(flops: float, tokens_per_parameter: float, flops_per_pair: float = 6.0) -> float:
    """Parameters when `flops` are spent on `tokens_per_parameter` tokens a parameter."""
    return num.sqrt(flops / (flops_per_pair * tokens_per_parameter))


@equation(
    id="ratio-tokens",
    title="Tokens of a budget at a fixed token ratio",
    formula="sqrt(C*r/k)",
    result=Symbol("tokens", "D", "1", "training tokens", low=0),
    symbols=(_BUDGET, _RATIO, _PER_PAIR),
    source=_HOFFMANN + "approaches 1 and 2: parameters and tokens grow alike, about 20 tokens a parameter (table 3)",
)
def ratio_tokens(flops: float, tokens_per_parameter: float, flops_per_pair: float = 6.0) -> float:
    """Training tokens when `flops` are spent on `tokens_per_parameter` tokens a parameter."""
    return num.sqrt(flops * tokens_per_parameter / flops_per_pair)


@equation(
    id="effective-tokens",
    title="What repeated data is worth",
    formula="min(U, D) + min(U, D)*R*(1 - exp(-max(D/U - 1, 0)/R))",
    result=Symbol("effective", "D_eff", "1", "fresh tokens that would give the same loss", low=0),
    symbols=(
        TOKENS,
        Symbol("unique", "U", "1", "unique tokens there are", low=0, low_open=True),
        _decay("repeats after which a repeat has lost 63 % of its worth"),
    ),
    source=_MUENNIGHOFF + "and appendix A: R = 15.39 for tokens",
    note="Never more than U·(1 + R), however often the data is repeated. Four epochs are nearly as good as fresh data.",
)
def effective_tokens(tokens: float, unique: float, decay: float) -> float:
    """Fresh tokens that `tokens` read from `unique` ones amount to."""
    used = num.minimum(unique, tokens)
    repeats = num.maximum(tokens / unique - 1, 0)
    return used + used * decay * (1 - num.exp(-repeats / decay))


@equation(
    id="effective-parameters",
    title="What parameters beyond the data are worth",
    formula="min(U, N) + min(U, N)*R*(1 - exp(-max(N/U - 1, 0)/R))",
    result=Symbol("effective", "N_eff", "1", "parameters that would give the same loss with enough data", low=0),
    symbols=(
        PARAMETERS,
        Symbol("optimal", "U", "1", "parameters that are optimal for the unique tokens", low=0, low_open=True),
        _decay("excess after which a parameter has lost 63 % of its worth"),
    ),
    source=_MUENNIGHOFF + "and appendix A: R = 5.31 for parameters",
    note="Excess parameters wear out sooner than repeats: spend on epochs first.",
)
def effective_parameters(parameters: float, optimal: float, decay: float) -> float:
    """Parameters worth as much as `parameters` where the data only deserves `optimal`."""
    used = num.minimum(optimal, parameters)
    excess = num.maximum(parameters / optimal - 1, 0)
    return used + used * decay * (1 - num.exp(-excess / decay))


@equation(
    id="kaplan-loss",
    title="Loss limited by one resource",
    formula="(X_c/X)**alpha",
    result=_LOSS,
    symbols=(
        Symbol("amount", "X", "1", "parameters (without embeddings) or tokens", low=0, low_open=True),
        Symbol("scale", "X_c", "1", "amount at which the loss would be 1", low=0, low_open=True),
        Symbol("exponent", "alpha", "1", "how fast loss falls with the amount", low=0, high=1, low_open=True),
    ),
    source="Kaplan et al. 2020, Scaling Laws for Neural Language Models, eq. 1.1 and 1.2",
    note="All else unlimited. The advice of that paper (grow parameters far faster than data) was overturned by Hoffmann "
    "et al. 2022: it rested on learning-rate schedules that did not fit the runs.",
)
def kaplan_loss(amount: float, scale: float, exponent: float) -> float:
    """Nats a token when only `amount` limits."""
    return num.power(scale / amount, exponent)


@equation(
    id="post-training-quantisation-loss",
    title="Loss that rounding the weights adds",
    formula="C_T*D**g_D/N**g_N*exp(b - P/g_P)",
    result=Symbol("added", "dL", "1", "loss added, nats a token", low=0, latex=r"\Delta L"),
    symbols=(
        Symbol("bits", "P", "1", "bits a weight", low=0),
        PARAMETERS,
        TOKENS,
        Symbol("scale", "C_T", "1", "scale of the added loss", low=0, low_open=True),
        Symbol("data_exponent", "g_D", "1", "how fast it grows with tokens", low=0, high=1),
        Symbol("parameter_exponent", "g_N", "1", "how fast it falls with parameters", low=0, high=1),
        Symbol("bit_decay", "g_P", "1", "bits that divide it by e", low=0.1, high=10),
        Symbol("offset", "b", "1", "offset in the exponent", low=0, high=10),
    ),
    source="Kumar et al. 2024, Scaling Laws for Precision, eq. 2 and appendix K (the offset is in its table 2)",
    note="Fitted to models of up to 1.7B parameters and integer grids; the authors warn that the constants move with "
    "architecture and data. The shape holds: longer training makes a model harder to quantise. Below about 4 bits, "
    "formats with code books do far better than it says.",
)
def post_training_quantisation_loss(
    bits: float,
    parameters: float,
    tokens: float,
    scale: float,
    data_exponent: float,
    parameter_exponent: float,
    bit_decay: float,
    offset: float,
) -> float:
    """Nats a token that rounding trained weights to `bits` adds."""
    size = scale * num.power(tokens, data_exponent) / num.power(parameters, parameter_exponent)
    return size * num.exp(offset - bits / bit_decay)


def tokens_for_loss(
    loss: float,
    parameters: float,
    irreducible: float,
    parameter_scale: float,
    data_scale: float,
    parameter_exponent: float,
    data_exponent: float,
) -> float:
    """Tokens (plain count) that bring a model of `parameters` to `loss` nats a token: chinchilla-loss solved for D.

    Floats or arrays. Raises InputError with field `reducible` when the model cannot reach the loss with any amount of
    data: E + A/N^α is not below it. Source: Hoffmann et al. 2022, eq. 2.
    """
    for symbol, value in (
        (PARAMETERS, parameters),
        (_IRREDUCIBLE, irreducible),
        (_SCALE_N, parameter_scale),
        (_SCALE_D, data_scale),
        (_ALPHA, parameter_exponent),
        (_BETA, data_exponent),
    ):
        symbol.check(value)
    _LOSS.check(loss)
    reducible = loss - irreducible - parameter_scale / num.power(parameters, parameter_exponent)
    Symbol("reducible", "L_D", "1", "loss left for the data to remove", low=0, low_open=True).check(reducible)
    return num.power(data_scale / reducible, 1 / data_exponent)
