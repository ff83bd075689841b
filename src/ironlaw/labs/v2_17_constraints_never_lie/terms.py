"""The terms of a design, each a function of the few controls that it depends on, and cached by them.

Model and sweep read the same functions, so a design counted is a design shown.
Legend: R runs a year, w share of tiles attacked in training, n replicas of a pool, k of them needed at the peak.
"""

from __future__ import annotations

from functools import cache, lru_cache
from math import ceil, sqrt
from typing import NamedTuple

from ironlaw import registry
from ironlaw.elementary import log1p, power
from ironlaw.labs.v2_17_constraints_never_lie import scenario as sc
from ironlaw.labs.v2_17_constraints_never_lie.backbones import GPU, TOKENS, VALUE_BYTES, by_id, image_seconds
from ironlaw.physics import (
    carbon,
    checkpoint,
    collectives,
    conflict,
    energy,
    erlang,
    gaussian_privacy,
    parallel,
    pipeline,
    reliability,
    robustness,
    tail,
)

MANY = 8_192
STRATEGIES = ("data", "tensor", "three")


# --- accuracy, privacy, robustness ------------------------------------------------------------------------------------


class Spread(NamedTuple):
    """A value and the interval that the published results leave open."""

    low: float
    middle: float
    high: float


@cache
def _shapes() -> tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]:
    return sc.privacy_slopes(), sc.attack_factors(), sc.kept_shares()


@lru_cache(maxsize=MANY)
def size_factor(backbone: str) -> float:
    """Error of this size over that of the pilot."""
    return power(by_id(sc.PILOT).parameters / by_id(backbone).parameters, sc.SIZE_EXPONENT)


@lru_cache(maxsize=MANY)
def privacy_factor(epsilon: float, case: int = 1) -> float:
    """Error of training at this ε over that at the reference; `case` 0, 1, 2: low, middle, high slope."""
    return power(sc.REFERENCE_EPSILON / epsilon, _shapes()[0][case])


@lru_cache(maxsize=MANY)
def attack_factor(weight: float, case: int = 1) -> float:
    """Error when a share of the tiles is attacked in training, over plain training: geometric between the two ends."""
    return power(_shapes()[1][case], weight)


@lru_cache(maxsize=MANY)
def staleness(retrains: float) -> float:
    """Error over that of a fresh model, mean over the time between two runs."""
    return 1 + sc.DRIFT / (2 * retrains)


@lru_cache(maxsize=MANY)
def error(backbone: str, epsilon: float, weight: float, retrains: float) -> Spread:
    """Share of images answered wrongly. The interval takes the best and the worst published shapes together."""
    size, stale = size_factor(backbone), staleness(retrains)
    low, middle, high = (
        conflict.error_product.raw(
            sc.PILOT_ERROR, size, privacy_factor(epsilon, case), attack_factor(weight, case), stale
        )
        for case in range(3)
    )
    return Spread(low, middle, high)


@lru_cache(maxsize=MANY)
def kept(weight: float, case: int = 1) -> float:
    """Share of the accuracy that is left under attack: none without attacks in training, and ever less gain from more."""
    return _shapes()[2][case] * (1 - power(1 - weight, 2))


@lru_cache(maxsize=MANY)
def robust(backbone: str, epsilon: float, weight: float, retrains: float) -> Spread:
    """Share of images answered rightly under attack."""
    wrong = error(backbone, epsilon, weight, retrains)
    return Spread(
        (1 - wrong.high) * kept(weight, 0), (1 - wrong.middle) * kept(weight), (1 - wrong.low) * kept(weight, 2)
    )


@lru_cache(maxsize=MANY)
def spent(epsilon: float, retrains: float) -> float:
    """ε that a record spends in a year: every run of the year sees it."""
    return gaussian_privacy.epsilon_of_runs(epsilon, retrains, sc.DELTA)


# --- serving ----------------------------------------------------------------------------------------------------------


@cache
def peak_rate() -> float:
    """Images a second that a region's pool has to answer in the busiest hour."""
    return mean_rate() * sc.PEAK


@cache
def mean_rate() -> float:
    """Images a second of one region, mean over the day."""
    return sc.HOSPITALS / sc.REGIONS * sc.IMAGES_A_DAY / sc.DAY


@lru_cache(maxsize=MANY)
def needed(backbone: str) -> int:
    """Replicas that carry a region's peak at full load."""
    return ceil(peak_rate() * image_seconds(backbone, sc.TILES) / sc.FULL_LOAD)


@lru_cache(maxsize=MANY)
def replicas(backbone: str, spare: float) -> int:
    """Replicas of a region's pool, spares included."""
    return ceil(needed(backbone) * (1 + spare) - 1e-9)


class Served(NamedTuple):
    """An image's time at the daily peak, seconds: the mean one, a slow one, the wait, and their sum with the way.

    `slow` and `wait` are what one in a hundred passes; `waiting` is the share that waits at all, `mean_wait` its mean.
    """

    service: float
    slow: float
    wait: float
    p99: float
    waiting: float
    mean_wait: float
    utilisation: float


@lru_cache(maxsize=MANY)
def served(backbone: str, spare: float) -> Served:
    """M/G/c at the peak. The slow image is taken to have the long wait too: an upper estimate of their sum's p99."""
    service, pool, rate = image_seconds(backbone, sc.TILES), replicas(backbone, spare), peak_rate()
    sigma = sqrt(log1p(power(sc.SIZE_VARIATION, 2)))  # of a lognormal time with that spread
    slow = service * tail.lognormal_tail_ratio(sigma, tail.normal_quantile(0.99))
    used = erlang.stable(rate, service, pool)
    waiting = erlang.waiting_probability(rate, service, pool)
    mean = erlang.mgc_wait(erlang.mmc_wait(waiting, service, pool, used), sc.SIZE_VARIATION)
    wait = erlang.wait_percentile(mean, waiting, 0.01)
    return Served(service, slow, wait, sc.ROUND_TRIP + slow + wait, waiting, mean, used)


@lru_cache(maxsize=MANY)
def replica_up() -> float:
    """Share of time that a replica is up: a node fails as published, and is back after the published restart."""
    return reliability.availability(
        registry.get("meta-llama-3")["node_mtbf"], registry.get("bytedance-megascale")["restart"]
    )


def zone_sizes(pool: int, zones: int) -> list[int]:
    """Replicas in each zone, as even as whole ones can be."""
    return [pool // zones + (place < pool % zones) for place in range(zones)]


@lru_cache(maxsize=MANY)
def down(backbone: str, spare: float, zones: float) -> float:
    """Share of time that a region's pool cannot carry the peak."""
    pool = replicas(backbone, spare)
    sizes = zone_sizes(pool, min(int(zones), pool))
    return 1 - reliability.k_of_n_zones(needed(backbone), sizes, replica_up(), sc.ZONE_UP)


# --- training ---------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=MANY)
def tile_flops(backbone: str, weight: float, *, private: bool = True) -> float:
    """FLOP of training on one tile: forward and backward, once more for each attack step on the attacked share.

    Private training needs a second backward pass: the first finds each tile's gradient norm, the second sums what is
    clipped (Li et al. 2022, ghost clipping).
    """
    forward = by_id(backbone).tile_flops
    plain = 3 * forward
    attacked = robustness.adversarial_training_flops(plain, sc.ATTACK_STEPS)
    return (1 - weight) * plain + weight * attacked + (2 * forward if private else 0.0)


@lru_cache(maxsize=MANY)
def kernel_rate() -> float:
    """FLOP/s that a GPU's training kernels reach."""
    return registry.get(GPU)["peak_bf16"] * registry.get("compute-efficiency-h100")["hfu"]


class Step(NamedTuple):
    """Seconds of a training step on the whole budget, and the share of it that computes."""

    compute: float
    gradients: float
    layers: float
    bubble: float
    efficiency: float


@lru_cache(maxsize=MANY)
def step(backbone: str, weight: float, strategy: str, *, private: bool = True) -> Step:
    """One step of a run. A run is one job over the whole budget, so exchange is that of all its nodes."""
    b, nodes = by_id(backbone), sc.BUDGET / 8
    compute = sc.BATCH * tile_flops(backbone, weight, private=private) / (sc.BUDGET * kernel_rate())
    stages = sc.STAGES if strategy == "three" else 1.0
    port = registry.get("infiniband-ndr")
    exchange = collectives.node_boundary_time(
        float(nodes // stages),
        VALUE_BYTES * b.parameters / stages,
        sc.NODE_PORTS,
        port["bandwidth"] * port["bus_efficiency"],
        port["latency"],
    )
    gradients = exchange * (1 - registry.get("training-overlap")["share"])
    layers = bubble = 0.0
    if strategy != "data":
        layers = _layer_exchange(backbone, weight, stages, private=private)
    if strategy == "three":
        micro = float(int(sc.BATCH * sc.TENSOR * sc.STAGES / sc.BUDGET))
        bubble = pipeline.pipeline_bubble(sc.STAGES, micro)
    whole = (compute + layers) / (1 - bubble) + gradients
    return Step(compute, gradients, layers, (compute + layers) / (1 - bubble) - compute - layers, compute / whole)


def _layer_exchange(backbone: str, weight: float, stages: float, *, private: bool) -> float:
    """Seconds a step in which the GPUs that share a layer exchange activations: twice a pass, in every pass."""
    b, link = by_id(backbone), registry.get("nvlink4")
    tokens = sc.BATCH * TOKENS * sc.TENSOR * stages / sc.BUDGET
    passes = tile_flops(backbone, weight, private=private) / b.tile_flops / 1.5  # a backward pass is two forward ones
    volume = parallel.tensor_parallel_volume(2.0 * passes, sc.TENSOR, tokens, b.width) * b.layers / stages
    return volume / (link["bandwidth"] * link["bus_efficiency"])


@cache
def fleet_mtbf() -> float:
    """Seconds between failures of the whole budget, were it one job."""
    fleet = registry.get("meta-llama-3")
    return reliability.system_mtbf(fleet["node_mtbf"], sc.BUDGET / fleet["devices_per_node"])


@lru_cache(maxsize=MANY)
def write_time(backbone: str) -> float:
    """Seconds to write a checkpoint."""
    return checkpoint.checkpoint_bytes(by_id(backbone).parameters) / sc.STORAGE


@lru_cache(maxsize=MANY)
def kept_time(backbone: str, interval: float) -> float:
    """Share of a run's time that trains: the rest goes to checkpoints, failures and restarts of the whole budget."""
    restart = registry.get("bytedance-megascale")["restart"]
    return checkpoint.effective_training_time(interval, write_time(backbone), restart, fleet_mtbf())


@lru_cache(maxsize=1 << 16)
def run_seconds(backbone: str, weight: float, strategy: str, interval: float, *, private: bool = True) -> float:
    """GPU-seconds of one training run, overheads included."""
    work = sc.TRAINED_TILES * tile_flops(backbone, weight, private=private) / kernel_rate()
    return work / step(backbone, weight, strategy, private=private).efficiency / kept_time(backbone, interval)


def trainers(seconds: float, flexible: float) -> float:
    """GPUs held for the window: a run's GPU time spread over it; what waits for the clean hours takes them more densely."""
    return seconds / sc.WINDOW * (1 + flexible * (24 / sc.CLEAN_HOURS - 1))


# --- carbon -----------------------------------------------------------------------------------------------------------


@cache
def gpu_power() -> float:
    """Watts of a GPU at full use, with its share of the node."""
    server = registry.get("dgx-h100")
    return server["power"] / server["devices"]


@cache
def pue() -> float:
    """Building over machines."""
    return registry.get("google")["pue"]


@lru_cache(maxsize=MANY)
def serving_energy(backbone: str, spare: float) -> float:
    """Joules a year of all pools: idle power for every replica, and the rest for the share of time that it works."""
    pool = replicas(backbone, spare)
    busy = mean_rate() * image_seconds(backbone, sc.TILES) / pool
    power = energy.machine_power(sc.IDLE * gpu_power(), gpu_power(), busy)
    return energy.run_energy(sc.REGIONS * pool, power, sc.YEAR, pue())


def training_energy(seconds: float, retrains: float) -> float:
    """Joules a year of all runs."""
    return seconds * retrains * gpu_power() * pue()


def emitted(training: float, serving: float, flexible: float, grid: str) -> float:
    """kg of CO2 equivalent a year. Only training can wait: an image cannot."""
    return training_carbon(training, flexible, grid) + serving_carbon(serving, grid)


def training_carbon(energy_used: float, flexible: float, grid: str) -> float:
    """kg a year of the trainings, a share of which runs in the cleaner hours."""
    return conflict.flexible_carbon.raw(energy_used, sc.intensity(grid), flexible, sc.CLEANER)


def serving_carbon(energy_used: float, grid: str) -> float:
    """kg a year of the pools."""
    return carbon.operational_carbon.raw(energy_used, sc.intensity(grid))


@cache
def today() -> float:
    """kg of CO2 equivalent a year of today's service, on the mixed grid."""
    seconds = run_seconds(sc.TODAY["backbone"], 0.0, "data", sc.HOUR, private=False)
    training = training_energy(seconds, sc.TODAY["retrains"])
    return emitted(training, serving_energy(sc.TODAY["backbone"], sc.TODAY["spare"]), 0.0, "mixed")


def allowance() -> float:
    """kg a year that are left after the cut."""
    return (1 - sc.CUT) * today()


def servers(backbone: str, spare: float) -> float:
    """GPUs of all pools, spares included."""
    return sc.REGIONS * replicas(backbone, spare)
