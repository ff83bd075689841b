"""Quality against cost: what follows from arithmetic or a published law, and what does not.

Predicted     error rates of a confusion matrix · compute-optimal tokens of a budget · perplexity of a model rounded to at
              least four bits, by a published law with its authors' constants
Not predicted accuracy after pruning, distillation, private or robust training, or a shorter schedule; rounds of federated
              averaging: no law gives them from the inputs of the row. The registry keeps the published figures as data
              (kind `result`)

Nothing here is fitted to these rows.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from ironlaw import registry
from ironlaw.physics.compression import grouped_bits_per_weight
from ironlaw.physics.fairness import confusion_rates, false_positive_rate
from ironlaw.physics.scaling_laws import chinchilla_optimal_tokens, post_training_quantisation_loss
from ironlaw.validation.outcome import Excluded, NotModelled, Prediction
from ironlaw.validation.rows import number

if TYPE_CHECKING:
    from collections.abc import Callable

    from ironlaw.validation.rows import Row

# The 80 % intervals. The optimum: the spread of the published approaches. The added loss: a factor for quantisers and
# models other than those that the law was measured on, set from the open rows of Llama-3-70B (it widens the interval and
# moves no prediction).
OPTIMUM_SPREAD = 0.2
LOSS_FACTOR = 1.7

# Below four bits a weight, formats leave the integer grids on which the law was measured for code books, and it
# overstates what they lose (perplexities from 18 % to many times too high on the open rows).
LEAST_BITS = 4.0

# Model of the row -> its entity and that of its pretraining.
_TRAINED = {
    "LLaMA-7B": ("llama-7b", "llama-1-small-pretraining"),
    "LLaMA-13B": ("llama-13b", "llama-1-small-pretraining"),
    "LLaMA-30B": ("llama-33b", "llama-1-large-pretraining"),
    "LLaMA-33B": ("llama-33b", "llama-1-large-pretraining"),
    "LLaMA-65B": ("llama-65b", "llama-1-large-pretraining"),
    "Llama-2-7B": ("llama-2-7b", "llama-2-pretraining"),
    "Llama-2-13B": ("llama-2-13b", "llama-2-pretraining"),
    "Llama-2-70B": ("llama-2-70b", "llama-2-pretraining"),
    "Llama-3-8B": ("llama-3-8b", "llama-3-pretraining"),
    "Llama-3-70B": ("llama-3-70b", "llama-3-pretraining"),
}

_REASONS = {
    "quantisation": "no law gives the accuracy that a classifier loses to rounding: it differs between networks of one size",
    "compression": "no law gives the accuracy after pruning",
    "distillation": "no law gives the quality or the measured time of a distilled model",
    "adversarial robustness": "no law gives accuracy under attack: recipes at one attack (8/255) differ by nearly 20 points",
    "differential privacy": "ε bounds what is revealed, not the accuracy: at ε = 8 pretraining moves ImageNet from 32 to 87 %",
    "data selection": "no law gives the accuracy of a filtered data set",
    "training budget vs accuracy": "no law gives a classifier's accuracy from its epochs without a fit to these very rows",
}


def predict(row: Row) -> Prediction:
    """The engine's value for a row. NotModelled or Excluded says why there is none."""
    rule = _RULES.get(row["category"])
    if rule is not None:
        return rule(row)
    raise NotModelled(_REASONS.get(row["category"], f"the engine has no model of {row['category'] or 'this row'}"))


def _fairness(row: Row) -> Prediction:
    """Rates in per cent from the counts; the false-positive rate by Chouldechova's identity from the other three."""
    counts = [number(row.extra.get(name, "")) for name in ("TN", "FP", "FN", "TP")]
    if any(count is None or count % 1 for count in counts):
        raise NotModelled("the row gives no TN, FP, FN and TP")
    rates = confusion_rates(*(int(count) for count in counts if count is not None))
    metric = row["metric"].lower()
    values = {
        "fnr": rates.miss_rate,
        "ppv": rates.precision,
        "base rate": rates.base_rate,
        "accuracy": rates.accuracy,
        "selection rate": rates.selection_rate,
        "tpr": None if rates.miss_rate is None else 1 - rates.miss_rate,
        "tnr": None if rates.false_positive_rate is None else 1 - rates.false_positive_rate,
    }
    if metric == "fpr":
        if rates.precision is None or rates.miss_rate is None:
            raise NotModelled("the false-positive rate needs cases that are positive and cases that are flagged")
        share = false_positive_rate(rates.base_rate, rates.precision, rates.miss_rate)
        return Prediction.exact(100 * share, "Chouldechova's identity from base rate, precision and miss rate")
    value = values.get(metric)
    if value is None:
        raise NotModelled(f"the engine derives no {row['metric']} from a confusion matrix")
    return Prediction.exact(100 * value, "by definition, from the counts")


def _scaling(row: Row) -> Prediction:
    if row["metric"] != "optimal tokens":
        raise Excluded("a constant of the law itself: an input of the engine")
    flops = number(row.extra.get("FLOPs", ""))
    if flops is None:
        raise NotModelled("the row gives no FLOPs")
    law = registry.get("chinchilla-refit")
    value = chinchilla_optimal_tokens(
        flops, law["parameter_scale"], law["data_scale"], law["parameter_exponent"], law["data_exponent"]
    )
    return Prediction(
        value,
        value * (1 - OPTIMUM_SPREAD),
        value * (1 + OPTIMUM_SPREAD),
        "closed form from the budget alone, constants of the refit by Besiroglu et al. 2024",
    )


def _federated(row: Row) -> Prediction:
    if row["technique"] == "FedSGD":
        raise Excluded("the row is the baseline that the others are compared with")
    raise NotModelled(
        "no law gives the rounds to a target: u local updates save between less than nothing (0.5 times, non-IID) and "
        "more than u times"
    )


def _quantisation(row: Row) -> Prediction:
    if row["metric"] != "perplexity":
        raise NotModelled(_REASONS["quantisation"])
    bits = _bits(f"{row['technique']} {row['condition']}")
    if bits < LEAST_BITS:
        raise NotModelled(
            f"fewer than {LEAST_BITS:g} bits a weight: the published law was measured on integer grids and does not hold there"
        )
    if row["model"] not in _TRAINED:
        raise NotModelled(f"the training tokens of {row['model']} are not in the registry")
    (baseline,) = row.need("baseline")
    model, pretraining = (registry.get(name) for name in _TRAINED[row["model"]])
    law = registry.get("kumar-2024-post-training")
    added = post_training_quantisation_loss(
        bits,
        model["parameters"],
        pretraining["training_tokens"],
        law["loss_scale"],
        law["data_exponent"],
        law["parameter_exponent"],
        law["bit_decay"],
        law["exponent_offset"],
    )
    low, value, high = (baseline * math.exp(added * factor) for factor in (1 / LOSS_FACTOR, 1, LOSS_FACTOR))
    return Prediction(value, low, high, "baseline times e to the loss that Kumar et al. 2024 give for these bits")


def _bits(text: str) -> float:
    """Bits a weight: as printed for the whole file, or from the format's name with its group (16-bit scale, zero point)."""
    if printed := re.search(r"([\d.]+) bits/weight", text):
        return float(printed[1])
    if grouped := re.search(r"INT(\d+)-g(\d+)", text):
        bits = float(grouped[1])
        return grouped_bits_per_weight(bits, float(grouped[2]), 16 + bits)
    raise NotModelled("the row gives no bits a weight")


_RULES: dict[str, Callable[[Row], Prediction]] = {
    "fairness": _fairness,
    "scaling law": _scaling,
    "federated learning": _federated,
    "quantisation": _quantisation,
}
