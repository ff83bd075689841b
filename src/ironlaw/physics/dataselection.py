"""What samples are worth: wrong labels dilute them, votes clean labels, selection keeps the telling ones.

n   samples        eta   share of wrong labels, two classes        kappa   share of samples kept
i   share of all information kept        g   share of the full transmission energy paid
"""

from __future__ import annotations

from math import comb, fsum

from . import num
from .catalogue import InputError, Symbol, equation

_SAMPLES = Symbol("samples", "n", "1", "samples with labels", low=0)
_INFORMATION = Symbol("information", "i", "1", "share of the information of all samples that is kept", low=0, high=1)


@equation(
    id="clean-equivalent",
    title="Clean samples that noisy ones are worth",
    formula="n*(1 - 2*eta)**2",
    result=Symbol("worth", "n_e", "1", "samples with right labels that teach as much", low=0),
    symbols=(_SAMPLES, Symbol("noise", "eta", "1", "share of wrong labels", low=0, high=0.5)),
    source="Angluin & Laird 1988, Learning from noisy examples; Aslam & Decatur 1996, On the sample complexity of noise-tolerant "
    "learning: samples needed grow as 1/(1 - 2*eta)**2, and no learner needs fewer",
    note="Two classes, labels flipped at random. Errors that follow a pattern are worse: they are learned.",
)
def clean_equivalent(samples: float, noise: float) -> float:
    """Samples with right labels that teach as much as `samples` with a share `noise` of wrong ones."""
    return samples * num.power(1 - 2 * noise, 2)


def vote_quality(accuracy: float, votes: int) -> float:
    """Share of right labels when the majority of `votes` independent annotators decides; a tie is tossed.

    accuracy: share of right answers of one annotator, from 0 to 1. votes: at least 1. Raises InputError naming the
    argument. Source: Condorcet's jury theorem, binomial sum.
    """
    if not 0 <= accuracy <= 1:
        raise InputError(f"accuracy must be between 0 and 1, got {accuracy}", "accuracy", accuracy, "0 to 1")
    if votes < 1 or votes != int(votes):
        raise InputError(
            f"votes must be a whole number of at least 1, got {votes}", "votes", votes, "whole, at least 1"
        )
    count, right = int(votes), 0.0
    for yes in range(count + 1):
        weight = 1.0 if 2 * yes > count else 0.5 if 2 * yes == count else 0.0
        right += weight * comb(count, yes) * num.power(accuracy, yes) * num.power(1 - accuracy, count - yes)
    return min(right, 1.0)


@equation(
    id="selected-information",
    title="Information that the most telling samples hold",
    formula="kappa*(1 - ln(kappa))",
    result=_INFORMATION,
    symbols=(
        Symbol("kept", "kappa", "1", "share of samples kept, the most telling first", low=0, high=1, low_open=True),
    ),
    source="Upper tail of an exponential distribution of information a sample (entropy of the prediction)",
    note="An assumption on the shape: few samples tell much, most tell little. A filter at random keeps the share kappa instead.",
)
def selected_information(kept: float) -> float:
    """Share of all information in the most telling `kept` of the samples."""
    return kept * (1 - num.ln(kept))


@equation(
    id="selection-gain",
    title="Selection gain: entropy over gravity",
    formula="i/g",
    result=Symbol("gain", "G", "1", "information for each joule of transmission, against sending everything", low=0),
    symbols=(
        _INFORMATION,
        Symbol("gravity", "g", "1", "share of the full transmission energy that is paid", low=0, low_open=True),
    ),
    source="Definition of this lab: share of the entropy kept over share of the gravity paid",
    note="Sending everything gives 1, and so does a filter at random ahead of the wire. A filter behind the wire gives less than 1.",
)
def selection_gain(information: float, gravity: float) -> float:
    """Information a joule, relative to sending every sample."""
    return information / gravity


def select_by_ratio(kept: float, weights: tuple[float, float]) -> tuple[float, float]:
    """Keep the samples with the most information a byte, where they come in two sizes, as many of each.

    kept: share of the samples, above 0 to 1. weights: the sizes relative to each other, above 0. The information a
    sample is exponential and does not depend on the size. Returns (share of the information, share of the bytes).
    Raises InputError naming the argument. Source: upper tails of an exponential at one ratio of information to bytes.
    """
    if not 0 < kept <= 1:
        raise InputError(f"kept must be above 0 and at most 1, got {kept}", "kept", kept, "above 0, at most 1")
    small, large = sorted(weights)
    if small <= 0:
        raise InputError(f"weights must be above 0, got {weights}", "weights", weights, "above 0")
    if kept >= 1:
        return 1.0, 1.0
    low, high = 0.0, 100.0 / small  # the ratio of information to bytes from which a sample is kept
    for _ in range(60):
        middle = (low + high) / 2
        if (num.exp(-middle * small) + num.exp(-middle * large)) / 2 > kept:
            low = middle
        else:
            high = middle
    ratio = (low + high) / 2
    parts = [(num.exp(-ratio * size), size) for size in (small, large)]
    information = fsum(tail * (1 + ratio * size) for tail, size in parts) / 2
    sent = fsum(tail * size for tail, size in parts) / (small + large)
    return information, sent
