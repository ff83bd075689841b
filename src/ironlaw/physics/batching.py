"""Continuous batching in its steady state: requests come and go, and each step takes on new prompts beside the decoding.

b   sequences that decode      s   prompt, tokens      o   output, tokens
T   tokens of a step           t   time of a step, s   X   output, token/s

A request stays o steps. So in each step b/o requests start, with b·s/o tokens of prompts, and b tokens come out.
"""

from __future__ import annotations

from .catalogue import Symbol, equation

BATCH = Symbol("batch", "b", "1", "sequences that decode", low=0)
_PROMPT = Symbol("prompt", "s", "token", "tokens of a prompt", low=0)
_OUTPUT = Symbol("output", "o", "token", "tokens of an output", low=0, low_open=True)
_STEP = Symbol("step", "t_step", "s", "time of a step", low=0, low_open=True)
_TOKEN = Symbol("token", "t", "token", "one token", low=0, constant=1.0)
_ORCA = "Yu et al. 2022, Orca: A Distributed Serving System for Transformer-Based Generative Models, section 3"


@equation(
    id="mixed-tokens",
    title="Tokens of a step with prompts",
    formula="b*(t + s*t/o)",
    result=Symbol("tokens", "T", "token", "tokens that go through the model in a step", low=0),
    symbols=(BATCH, _PROMPT, _OUTPUT, _TOKEN),
    source=_ORCA + "; Agrawal et al. 2024, Sarathi-Serve, section 4 (prompts in pieces)",
    note="Mean over the steps. Long prompts are cut into pieces, so that no step is much longer than the mean.",
)
def mixed_tokens(batch: float, prompt: float, output: float, token: float = 1.0) -> float:
    """Tokens of a step: one a sequence, and the prompts of those that start."""
    return batch * (token + prompt * token / output)


@equation(
    id="mean-context",
    title="Context of a decoding sequence",
    formula="s + o/2",
    result=Symbol("context", "C", "token", "tokens in the cache of a sequence, mean over its life", low=0),
    symbols=(_PROMPT, Symbol("output", "o", "token", "tokens of an output", low=0)),
    source="Mean of s + i over the o tokens",
)
def mean_context(prompt: float, output: float) -> float:
    """Tokens that a decoded token looks back on, on average."""
    return prompt + output / 2


@equation(
    id="output-rate",
    title="Output of a batch",
    formula="b*t/t_step",
    result=Symbol("rate", "X", "token/s", "tokens put out, all sequences", low=0),
    symbols=(BATCH, _STEP, _TOKEN),
    source="Definition: a step puts out one token a sequence",
)
def output_rate(batch: float, step: float, token: float = 1.0) -> float:
    """Tokens a second of all sequences together."""
    return batch * token / step


@equation(
    id="request-latency",
    title="Time of a request",
    formula="t_first + (o/t - 1)*t_step",
    result=Symbol("latency", "t_req", "s", "time from the request's start to its last token", low=0),
    symbols=(
        Symbol("first", "t_first", "s", "time to the first token", low=0),
        Symbol("output", "o", "token", "tokens of an output", low=1),
        _STEP,
        Symbol("token", "t", "token", "one token", low=0, low_open=True, constant=1.0),
    ),
    source="Sum: the first token comes with the prompt, each other takes a step",
)
def request_latency(first: float, output: float, step: float, token: float = 1.0) -> float:
    """Seconds of a request that waits for nobody."""
    return first + (output / token - 1) * step
