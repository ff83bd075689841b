"""The model of v2_17, act II, once more and by other means: NumPy arrays, scipy's distributions, formulas written out.

It shares with the lab the scenario's givens and the registry's data, and no function.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binom, norm

from ironlaw import registry
from ironlaw.labs.v2_17_constraints_never_lie import scenario as sc

SHAPES = {  # width, layers, feed-forward
    "base": (768, 12, 3072),
    "large": (1024, 24, 4096),
    "optimised": (1152, 27, 4304),
    "huge": (1280, 32, 5120),
    "giant": (1408, 40, 6144),
    "colossal": (1664, 48, 8192),
}
T = 257


def value(entity: str, field: str) -> float:
    return float(registry.get(entity)[field])


def parameters(name: str) -> float:
    h, layers, m = SHAPES[name]
    return layers * (4 * h * h + 2 * h * m)


def tile(name: str) -> float:
    """FLOP of a tile's forward pass: 2 a weight and token, and both products of the scores."""
    h, layers, _ = SHAPES[name]
    return 2 * parameters(name) * T + 4 * layers * h * T * T


def image(name: str) -> float:
    """Seconds of an image: products at the measured rate (they are far above the ridge), the rest at memory speed."""
    h, layers, m = SHAPES[name]
    rows = sc.TILES * T
    products = 2 * rows * (4 * h * h + 2 * h * m) / value("h100-sxm", "achieved_matmul_bf16")
    scores = 4 * rows * T * h / value("h100-sxm", "achieved_matmul_bf16")
    attention = max(scores, 4 * rows * h * 2 / value("h100-sxm", "memory_bandwidth"))
    rest = rows * (10 * h + 2 * m) * 2 / value("h100-sxm", "memory_bandwidth")
    return layers * (products + attention + rest)


def wrong(name: str, epsilon: Any, weight: Any, retrains: Any) -> Any:
    low = math.log(
        (1 - value("dp-sgd-imagenet-jft-de-2022-eps0-5", "accuracy"))
        / (1 - value("dp-sgd-imagenet-jft-de-2022-eps8", "accuracy"))
    ) / math.log(16)
    high = math.log(
        (1 - value("dp-sgd-cifar10-de-2022-eps1", "accuracy")) / (1 - value("dp-sgd-cifar10-de-2022-eps8", "accuracy"))
    ) / math.log(8)
    attacked = (1 - value("robust-cifar10-linf-hendrycks-2019-using", "accuracy")) / (
        1 - value("standard-cifar10-wrn-28-10", "accuracy")
    )
    size = (parameters("base") / parameters(name)) ** 0.18
    return 0.022 * size * (8 / epsilon) ** math.sqrt(low * high) * attacked**weight * (1 + 0.2 / (2 * retrains))


def right_under_attack(name: str, epsilon: Any, weight: Any, retrains: Any) -> Any:
    row = registry.get("robust-cifar10-linf-hendrycks-2019-using")
    kept = row["robust_accuracy"] / row["accuracy"] * (1 - (1 - weight) ** 2)
    return (1 - wrong(name, epsilon, weight, retrains)) * kept


@cache
def spent(epsilon: float, runs: float) -> float:
    """ε of `runs` Gaussian answers that are each (ε, δ)-private: the privacy curve, solved twice."""
    if runs == 1:
        return epsilon

    def delta(eps: float, mu: float) -> float:
        return float(norm.cdf(mu / 2 - eps / mu) - math.exp(eps) * norm.cdf(-mu / 2 - eps / mu))

    mu = brentq(lambda mu: delta(epsilon, mu) - 1e-11, 1e-3, 10, xtol=1e-14)
    return float(brentq(lambda eps: delta(eps, mu * math.sqrt(runs)) - 1e-11, 1e-3, 19, xtol=1e-13))


def pool(name: str, spare: float) -> tuple[int, int]:
    """Replicas that carry the peak, and replicas in all."""
    rate = 100 * 100_000 / 86_400 * 3  # a hundred hospitals a region, at the peak
    need = math.ceil(rate * image(name) / 0.9)
    return need, math.ceil(round(need * (1 + spare), 9))


@cache
def p99(name: str, spare: float) -> float:
    rate, own = 100 * 100_000 / 86_400 * 3, image(name)
    _, servers = pool(name, spare)
    load = rate * own
    rho = load / servers
    terms = [load**k / math.factorial(k) for k in range(servers)]
    last = load**servers / math.factorial(servers) / (1 - rho)
    waits = last / (sum(terms) + last)
    mean = waits * own / (servers * (1 - rho)) * (1 + 0.3**2) / 2
    wait = mean / waits * max(0.0, math.log(waits / 0.01))
    sigma = math.sqrt(math.log(1 + 0.3**2))
    return float(0.012 + own * math.exp(norm.ppf(0.99) * sigma - sigma**2 / 2) + wait)


@cache
def down(name: str, spare: float, zones: int) -> float:
    need, servers = pool(name, spare)
    mtbf, restart = value("meta-llama-3", "node_mtbf"), value("bytedance-megascale", "restart")
    total = np.array([1.0])
    for share in np.array_split(np.arange(servers), min(zones, servers)):
        inside = 0.998 * binom.pmf(np.arange(len(share) + 1), len(share), mtbf / (mtbf + restart))
        inside[0] += 0.002
        total = np.convolve(total, inside)
    return float(total[:need].sum())


def seconds(name: str, weight: Any, strategy: str, interval: Any, *, private: bool = True) -> Any:
    """GPU-seconds of a run."""
    h, layers, _ = SHAPES[name]
    weights, fleet = parameters(name), 10_000
    passes = 3 * (1 + 7 * weight) + (2 if private else 0)
    rate = value("h100-sxm", "peak_bf16") * value("compute-efficiency-h100", "hfu")
    compute = 65_536 * tile(name) * passes / (fleet * rate)
    stages = 4 if strategy == "three" else 1
    nodes = fleet // 8 // stages
    port = value("infiniband-ndr", "bandwidth") * value("infiniband-ndr", "bus_efficiency")
    ring = 2 * (nodes - 1) / nodes * 2 * weights / stages / port + 2 * (nodes - 1) * value("infiniband-ndr", "latency")
    exposed = ring * (1 - value("training-overlap", "share"))
    shared = 0.0
    if strategy != "data":
        tokens = 65_536 * T * 2 * stages / fleet
        wire = value("nvlink4", "bandwidth") * value("nvlink4", "bus_efficiency")
        # Two all-reduces a forward pass of a layer, each of half the tokens' values there and back; a backward pass has two
        # as well, and counts two forward passes of arithmetic: so passes ÷ 1.5 of these.
        shared = passes / 1.5 * 2 * 2 * 0.5 * tokens * h * 2 * layers / stages / wire
    stretch = 1.0
    if strategy == "three":
        micro = int(65_536 * 8 / fleet)
        stretch = 1 + 3 / micro
    efficiency = compute / ((compute + shared) * stretch + exposed)
    mtbf = value("meta-llama-3", "node_mtbf") / (fleet / 8)
    restart = value("bytedance-megascale", "restart")
    kept = (1 - (restart + interval / 2) / mtbf) / (1 + 12 * weights / 1e9 / interval)
    tiles = 6 * 1_000 * 100_000 * 365.25
    return tiles * tile(name) * passes / rate / efficiency / kept


@cache
def serving_energy(name: str, spare: float) -> float:
    _, servers = pool(name, spare)
    power = value("dgx-h100", "power") / 8
    busy = 100 * 100_000 / 86_400 * image(name) / servers
    return 10 * servers * power * (0.2 + 0.8 * busy) * 365.25 * 86_400 * value("google", "pue")


def emitted(name: str, spent_seconds: Any, retrains: Any, flexible: Any, spare: float, grams: float) -> Any:
    training = spent_seconds * retrains * value("dgx-h100", "power") / 8 * value("google", "pue")
    return (training * (1 - 0.25 * flexible) + serving_energy(name, spare)) * grams / 3.6e9


def allowance() -> float:
    run = seconds("large", 0.0, "data", 3_600.0, private=False)
    return float(0.6 * emitted("large", run, 2, 0.0, 0.5, 386))
