"""Published laws and results: what must hold between the figures, whoever measured them."""

from __future__ import annotations

import pytest

from ironlaw import registry

RESULTS = registry.every("result")


def test_laws_name_their_paper() -> None:
    for law in registry.every("law"):
        for field in law.fields.values():
            assert any(digit in field.source for digit in "0123456789"), law.id
    for law_id in ("chinchilla-refit", "chinchilla-approach-3"):
        law = registry.get(law_id)
        assert 0.2 < law["data_exponent"] < 0.5
        assert 0.2 < law["parameter_exponent"] < 0.5


def test_privacy_costs_accuracy() -> None:
    budgets = ("1", "2", "4", "6", "8")
    accuracies = [registry.get(f"dp-sgd-cifar10-de-2022-eps{budget}")["accuracy"] for budget in budgets]
    assert accuracies == sorted(accuracies)
    for entity in RESULTS:
        if "epsilon" in entity:
            assert 0 < entity["delta"] < 1e-4, entity.id
            if "baseline_accuracy" in entity:
                assert entity["accuracy"] < entity["baseline_accuracy"], entity.id


def test_robustness_costs_accuracy() -> None:
    plain = registry.get("standard-cifar10-wrn-28-10")["accuracy"]
    robust = [entity for entity in RESULTS if "robust_accuracy" in entity]
    assert len(robust) >= 14
    for entity in robust:
        assert entity["robust_accuracy"] < entity["accuracy"] < plain, entity.id


def test_fewer_bits_cost_perplexity() -> None:
    quantised = [entity for entity in RESULTS if "perplexity" in entity]
    assert len(quantised) >= 15
    for entity in quantised:
        assert entity["perplexity"] > entity["baseline_perplexity"], entity.id
    # The number of bits alone does not decide: formats of nearly the same size differ.
    old, new = registry.get("llama-3-70b-gguf-q2-k-s"), registry.get("llama-3-70b-gguf-iq2-m")
    assert old["bits_per_weight"] > new["bits_per_weight"]
    assert old["perplexity"] > new["perplexity"]


@pytest.mark.parametrize("entity", [e for e in RESULTS if "rounds" in e], ids=lambda e: e.id)
def test_federated_rounds(entity: registry.Entity) -> None:
    if entity["local_updates"] == 1:
        assert entity["rounds"] == entity["baseline_rounds"]
    if entity.id.endswith("-iid") and not entity.id.endswith("non-iid"):
        assert (
            entity["baseline_rounds"] / entity["rounds"] <= entity["local_updates"] * 1.05
        )  # u is printed to two digits
