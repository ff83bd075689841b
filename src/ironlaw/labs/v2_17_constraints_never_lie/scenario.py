"""The givens of act II: what the hospitals ask for, what the pilot measured, and what is assumed.

Published shapes come from the registry's results; how they combine is the scenario's assumption and is said to be one.
"""

from __future__ import annotations

from math import sqrt
from typing import Any

from ironlaw import registry
from ironlaw.elementary import log

DAY = 86_400.0
YEAR = 365.25 * DAY
HOUR = 3_600.0

# What is asked for.
HOSPITALS = 1_000.0
IMAGES_A_DAY = 100_000.0  # of one hospital
REGIONS = 10.0  # an image stays in its region: each region has a pool of its own
PEAK = 3.0  # images a second in the busiest hour over the mean of the day
TILES = 64.0  # tiles of an image: all go through the backbone
SIZE_VARIATION = 0.30  # standard deviation over mean of an image's time: they are not of one size
ROUND_TRIP = 0.012  # seconds from the scanner to the pool and back, decoding included
BUDGET = 10_000.0  # H100 for training and serving

# The limits.
ACCURACY = 0.95
LATENCY = 0.200
EPSILON = 1.0  # of any image's record, over a year of trainings
ROBUST = 0.50
CUT = 0.40  # of the carbon of today's service
UPTIME = 0.999

# The pilot: a base-sized backbone, pre-trained in public, fine-tuned at REFERENCE_EPSILON without attacks, fresh.
PILOT = "base"
PILOT_ERROR = 0.022
SIZE_EXPONENT = 0.18  # error falls with this power of the parameters
DRIFT = 0.20  # by so much the error grows in a year without training
REFERENCE_EPSILON = 8.0
DELTA = 1e-11  # below one over the records of a year

# Published shapes.
TUNED = ("dp-sgd-imagenet-jft-de-2022-eps0-5", "dp-sgd-imagenet-jft-de-2022-eps8")  # fine-tuned after public training
SCRATCH = ("dp-sgd-cifar10-de-2022-eps1", "dp-sgd-cifar10-de-2022-eps8")  # from scratch
PLAIN = "standard-cifar10-wrn-28-10"
HARDENED = "robust-cifar10-linf-hendrycks-2019-using"  # pre-trained, then trained on attacks, as here
ROBUST_ROWS = (
    "robust-cifar10-linf-chen-2020-adversarial",
    "robust-cifar10-linf-ding-2020-mma",
    "robust-cifar10-linf-engstrom-2019-robustness",
    "robust-cifar10-linf-hendrycks-2019-using",
    "robust-cifar10-linf-huang-2020-self",
    "robust-cifar10-linf-madry-2018-pgd",
    "robust-cifar10-linf-pang-2020-boosting",
    "robust-cifar10-linf-rice-2020-overfitting",
    "robust-cifar10-linf-sehwag-2020-hydra",
    "robust-cifar10-linf-wang-2020-improving",
    "robust-cifar10-linf-wong-2020-fast",
    "robust-cifar10-linf-wu-2020-adversarial-extra",
)

# Training.
TRAINED_TILES = 6.0 * IMAGES_A_DAY * HOSPITALS * 365.25  # a run sees each image of a year once, by six of its tiles
BATCH = 65_536.0  # tiles a step: private training wants large batches
WINDOW = 14.0 * DAY  # a run takes the whole budget; its GPU time is charged as GPUs held for this time
ATTACK_STEPS = 7.0  # PGD on each attacked tile
CLEAN_HOURS = 12.0  # of a day in which flexible jobs run
CLEANER = 0.25  # carbon intensity of those hours below the mean
STORAGE = 1e9  # B/s of the storage that checkpoints may take
NODE_PORTS = 1.0  # network ports of a node
TENSOR, STAGES = 2.0, 4.0  # GPUs that share a layer, stages of a pipeline

# Serving.
FULL_LOAD = 0.90  # a pool is up while its replicas can carry the peak at this utilisation
ZONE_UP = 0.998  # share of time that a zone is up
IDLE = 0.20  # power of an idle node over its most

# Today's service, against which carbon is cut: no privacy, no attacks, on the mixed grid.
TODAY: dict[str, Any] = {"backbone": "large", "spare": 0.5, "retrains": 2.0}
GRIDS = {"mixed": 386.0, "renewable": 40.0}  # gCO2e a kWh
GRAMS_A_KWH = 1e-3 / 3.6e6  # kg/J


def intensity(grid: str) -> float:
    """kg of CO2 equivalent a joule."""
    return GRIDS[grid] * GRAMS_A_KWH


def _slope(rows: tuple[str, str]) -> float:
    """The power of 1/ε with which the error grew between two published points."""
    tight, loose = (registry.get(row) for row in rows)
    grown = (1 - tight["accuracy"]) / (1 - loose["accuracy"])
    return log(grown) / log(loose["epsilon"] / tight["epsilon"])


def privacy_slopes() -> tuple[float, float, float]:
    """Low, middle and high power of 1/ε: fine-tuned, the geometric mean of both, from scratch."""
    low, high = _slope(TUNED), _slope(SCRATCH)
    return low, sqrt(low * high), high


def _hardened(row: str) -> tuple[float, float]:
    """(clean error over that of plain training, share of the accuracy that is left under attack) of a published row."""
    entity = registry.get(row)
    plain = 1 - registry.get(PLAIN)["accuracy"]
    return (1 - entity["accuracy"]) / plain, entity["robust_accuracy"] / entity["accuracy"]


def attack_factors() -> tuple[float, float, float]:
    """Low, middle and high factor on the clean error when every tile is attacked in training."""
    found = [_hardened(row)[0] for row in ROBUST_ROWS]
    return min(found), _hardened(HARDENED)[0], max(found)


def kept_shares() -> tuple[float, float, float]:
    """Low, middle and high share of the accuracy that is left under attack, when every tile is attacked in training."""
    found = [_hardened(row)[1] for row in ROBUST_ROWS]
    return min(found), _hardened(HARDENED)[1], max(found)
