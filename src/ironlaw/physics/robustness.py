"""What robustness against small perturbations costs, and what can be promised about it.

K   steps of the attack          C   arithmetic, FLOP
σ   noise of the smoothing       r   radius in which the answer can't change (Euclidean)
"""

from __future__ import annotations

from . import num
from .catalogue import Symbol, equation

_FLOPS = Symbol("flops", "C", "FLOP", "arithmetic of plain training", low=0)
_SIGMA = Symbol("noise", "sigma", "1", "standard deviation of the smoothing noise", low=0, low_open=True)
_COHEN = "Cohen, Rosenfeld and Kolter 2019, Certified Adversarial Robustness via Randomized Smoothing, "


@equation(
    id="adversarial-training-flops",
    title="Arithmetic of adversarial training",
    formula="(K + 1)*C",
    result=Symbol("adversarial", "C_adv", "FLOP", "arithmetic of adversarial training", low=0),
    symbols=(_FLOPS, Symbol("steps", "K", "1", "steps of the attack on each batch", low=0, integer=True)),
    source="Madry et al. 2018, Towards Deep Learning Models Resistant to Adversarial Attacks (PGD); the count of Shafahi "
    "et al. 2019, Adversarial Training for Free!, section 3",
    note="Each attack step is a forward and a backward pass, and so is the update: PGD-7 costs 8 times plain training, "
    "one-step FGSM twice. Robust training also wants more epochs or data.",
)
def adversarial_training_flops(flops: float, steps: float) -> float:
    """Arithmetic of training on attacks of `steps` steps, from that of plain training."""
    return (steps + 1) * flops


@equation(
    id="free-adversarial-training-flops",
    title="Arithmetic of free adversarial training",
    formula="m*e/E*C",
    result=Symbol("adversarial", "C_adv", "FLOP", "arithmetic of adversarial training", low=0),
    symbols=(
        _FLOPS,
        Symbol("replays", "m", "1", "times each batch is replayed", low=1),
        Symbol("epochs", "e", "1", "epochs of the free training", low=0),
        Symbol("plain_epochs", "E", "1", "epochs of the plain training", low=0, low_open=True),
    ),
    source="Shafahi et al. 2019, Adversarial Training for Free!, section 4",
    note="One backward pass serves the attack and the update; with e = E/m it costs what plain training does.",
)
def free_adversarial_training_flops(flops: float, replays: float, epochs: float, plain_epochs: float) -> float:
    """Arithmetic when each batch is replayed `replays` times over `epochs` epochs."""
    return replays * epochs / plain_epochs * flops


@equation(
    id="linear-attack-shift",
    title="Shift that an attack gives a linear score",
    formula="epsilon*n*w",
    result=Symbol("shift", "s", "1", "largest change of the score", low=0),
    symbols=(
        Symbol("budget", "epsilon", "1", "largest change of one input", low=0),
        Symbol("inputs", "n", "1", "inputs", low=0),
        Symbol("weight", "w", "1", "mean magnitude of a weight", low=0),
    ),
    source="Goodfellow, Shlens and Szegedy 2015, Explaining and Harnessing Adversarial Examples, section 3",
    note="It grows with the number of inputs while no single change is seen: why high-dimensional inputs are fragile.",
)
def linear_attack_shift(budget: float, inputs: float, weight: float) -> float:
    """Largest change of a linear score when each input may move by `budget`."""
    return budget * inputs * weight


@equation(
    id="certified-share",
    title="Agreement that a certified radius needs",
    formula="Phi(r/sigma)",
    result=Symbol("agreement", "p_A", "1", "share of noisy copies that must get the same class", low=0, high=1),
    symbols=(Symbol("radius", "r", "1", "radius in which the answer can't change", low=0), _SIGMA),
    source=_COHEN + "theorem 1, with the runner-up at 1 − p_A",
    note="A wider noise reaches further but needs a model that still sees the class through it. certified_radius inverts "
    "it.",
)
def certified_share(radius: float, noise: float) -> float:
    """Share of noisy copies that must agree for a radius to be certified."""
    return num.normal_cdf(radius / noise)


@equation(
    id="certification-bound",
    title="Most that samples can certify",
    formula="alpha**(1/n)",
    result=Symbol("agreement", "p_A", "1", "lower confidence bound when all samples agree", low=0, high=1),
    symbols=(
        Symbol("failure", "alpha", "1", "probability that the certificate is wrong", low=0, high=1, low_open=True),
        Symbol("samples", "n", "1", "noisy copies that were classified", low=1),
    ),
    source=_COHEN + "section 3.2.2 (Clopper and Pearson 1934, all successes)",
    note="100,000 samples at α = 0.001 certify at most 3.8·σ, and cost 100,000 forward passes for one input.",
)
def certification_bound(failure: float, samples: float) -> float:
    """Lower confidence bound on the agreement when `samples` of `samples` agree."""
    return num.power(failure, 1 / samples)


@equation(
    id="lipschitz-radius",
    title="Radius that a Lipschitz bound certifies",
    formula="m/(sqrt(2)*L)",
    result=Symbol("radius", "r", "1", "radius in which the answer can't change", low=0),
    symbols=(
        Symbol("margin", "m", "1", "best score minus second best", low=0),
        Symbol("lipschitz", "L", "1", "largest change of the scores for a change of 1", low=0, low_open=True),
    ),
    source="Tsuzuku, Sato and Sugiyama 2018, Lipschitz-Margin Training, proposition 1",
)
def lipschitz_radius(margin: float, lipschitz: float) -> float:
    """Radius in which no perturbation can close the margin."""
    return margin / (num.sqrt(2.0) * lipschitz)


def certified_radius(agreement: float, noise: float) -> float:
    """Radius σ·Φ⁻¹(p_A) in which a smoothed classifier can't change its answer. Floats or arrays.

    agreement   lower bound on the share of noisy copies that get the class, above 0.5 and below 1
    noise       standard deviation σ of the smoothing noise, in units of the input

    Source: Cohen, Rosenfeld and Kolter 2019, theorem 1. Raises InputError: at an agreement of 0.5 or less the smoothed
    classifier abstains, and nothing is certified.
    """
    Symbol("agreement", "p_A", "1", "agreement", low=0.5, high=1, low_open=True, high_open=True).check(agreement)
    _SIGMA.check(noise)
    return noise * num.normal_quantile(agreement)
