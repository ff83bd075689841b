"""Compute-optimal training against numerical minimisation, published tables and what the papers say in words."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from ironlaw import registry
from ironlaw.physics import InputError
from ironlaw.physics.scaling_laws import (
    chinchilla_loss,
    chinchilla_optimal_parameters,
    chinchilla_optimal_tokens,
    effective_parameters,
    effective_tokens,
    kaplan_loss,
    post_training_quantisation_loss,
    ratio_parameters,
    ratio_tokens,
    tokens_for_loss,
)

quick = settings(deadline=None)
LAWS = ("chinchilla-approach-3", "chinchilla-refit")


def constants(law: str) -> tuple[float, float, float, float, float]:
    entity = registry.get(law)
    return (
        entity["irreducible_loss"],
        entity["parameter_scale"],
        entity["data_scale"],
        entity["parameter_exponent"],
        entity["data_exponent"],
    )


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("budget", [1e18, 5.76e23, 1e27])
def test_the_closed_form_is_the_minimum(law: str, budget: float) -> None:
    e, a, b, alpha, beta = constants(law)

    def loss(ln_parameters: float) -> float:
        parameters = float(np.exp(ln_parameters))
        return chinchilla_loss(parameters, budget / 6 / parameters, e, a, b, alpha, beta)

    found = minimize_scalar(loss, bounds=(np.log(1e6), np.log(1e14)), method="bounded", options={"xatol": 1e-9})
    parameters = chinchilla_optimal_parameters(budget, a, b, alpha, beta)
    tokens = chinchilla_optimal_tokens(budget, a, b, alpha, beta)
    assert parameters == pytest.approx(np.exp(found.x), rel=1e-3)
    assert 6 * parameters * tokens == pytest.approx(budget)
    # At the optimum a per cent more of either buys the same.
    assert alpha * a / parameters**alpha == pytest.approx(beta * b / tokens**beta)


# Hoffmann et al. 2022, table 3 (approach 1): parameters, budget, tokens.
@pytest.mark.parametrize(
    ("parameters", "budget", "tokens"),
    [(400e6, 1.92e19, 8.0e9), (10e9, 1.23e22, 205.1e9), (67e9, 5.76e23, 1.5e12), (280e9, 9.9e24, 5.9e12)],
)
def test_the_refit_agrees_with_the_papers_other_approaches(parameters: float, budget: float, tokens: float) -> None:
    _, a, b, alpha, beta = constants("chinchilla-refit")
    assert chinchilla_optimal_parameters(budget, a, b, alpha, beta) == pytest.approx(parameters, rel=0.2)
    assert chinchilla_optimal_tokens(budget, a, b, alpha, beta) == pytest.approx(tokens, rel=0.2)
    ratio = registry.get("chinchilla-ratio")["tokens_per_parameter"]
    assert ratio_tokens(budget, ratio) == pytest.approx(tokens, rel=0.1)
    assert ratio_parameters(budget, ratio) == pytest.approx(parameters, rel=0.1)


def test_the_printed_approach_3_disagrees_with_them() -> None:
    # Besiroglu et al. 2024: some 70 or more tokens a parameter at Chinchilla's budget, against about 20.
    def ratio(law: str) -> float:
        _, a, b, alpha, beta = constants(law)
        budget = 5.76e23
        return chinchilla_optimal_tokens(budget, a, b, alpha, beta) / chinchilla_optimal_parameters(
            budget, a, b, alpha, beta
        )

    assert ratio("chinchilla-approach-3") > 60
    assert ratio("chinchilla-refit") == pytest.approx(18.5, abs=1)


def test_a_3b_model_on_660b_tokens_costs_12_times_a_budget_of_1e21() -> None:
    budget = 1e21
    assert 6 * 3e9 * 660e9 / budget == pytest.approx(11.9, abs=0.05)
    ratio = registry.get("chinchilla-ratio")["tokens_per_parameter"]
    assert ratio_parameters(budget, ratio) == pytest.approx(2.9e9, rel=0.01)
    assert ratio_tokens(budget, ratio) == pytest.approx(57.7e9, rel=0.01)


def test_gopher_was_too_large_for_its_budget() -> None:
    """Hoffmann et al. 2022: Chinchilla (70B, 1.4T) beats Gopher (280B, 300B) for the same arithmetic."""
    for law in LAWS:
        assert chinchilla_loss(70e9, 1.4e12, *constants(law)) < chinchilla_loss(280e9, 300e9, *constants(law))


@quick
@given(st.floats(1e18, 1e27), st.floats(1.001, 10))
def test_more_budget_is_spent_on_both(budget: float, times: float) -> None:
    for law in LAWS:
        _, a, b, alpha, beta = constants(law)
        for optimum in (chinchilla_optimal_parameters, chinchilla_optimal_tokens):
            grown = optimum(budget * times, a, b, alpha, beta) / optimum(budget, a, b, alpha, beta)
            assert 1 < grown < times


@quick
@given(st.floats(1e6, 1e13), st.floats(1e8, 1e14), st.floats(1, 100))
def test_loss_falls_with_both_and_never_below_its_floor(parameters: float, tokens: float, times: float) -> None:
    law = constants("chinchilla-refit")
    loss = chinchilla_loss(parameters, tokens, *law)
    assert loss > law[0]
    assert chinchilla_loss(parameters * times, tokens, *law) <= loss
    assert chinchilla_loss(parameters, tokens * times, *law) <= loss


@quick
@given(st.floats(1e6, 1e13), st.floats(1e8, 1e14))
def test_tokens_for_loss_undoes_the_loss(parameters: float, tokens: float) -> None:
    law = constants("chinchilla-refit")
    loss = chinchilla_loss(parameters, tokens, *law)
    assert tokens_for_loss(loss, parameters, *law) == pytest.approx(tokens, rel=1e-6)
    both = tokens_for_loss(np.array([loss, loss]), parameters, *law)  # type: ignore[arg-type]
    assert np.asarray(both).tolist() == pytest.approx([tokens, tokens], rel=1e-6)


def test_a_loss_out_of_reach_is_an_error_and_no_number() -> None:
    law = constants("chinchilla-refit")
    with pytest.raises(InputError, match=r"^reducible must be greater than 0, got -") as caught:
        tokens_for_loss(law[0] + 0.01, 1e9, *law)
    assert caught.value.field == "reducible"
    with pytest.raises(InputError, match=r"^parameters must be "):
        tokens_for_loss(2.0, 0, *law)


def test_repeats_are_worth_what_muennighoff_says() -> None:
    decay = registry.get("muennighoff-2023")["repeat_decay"]
    unique = 1e11

    def worth(epochs: float) -> float:
        return effective_tokens(epochs * unique, unique, decay) / unique

    assert worth(0.5) == 0.5  # not all data is used
    assert worth(1) == 1
    assert worth(4) / 4 > 0.92  # "up to 4 epochs ... negligible"
    assert worth(1e6) == pytest.approx(1 + decay)  # all value gone
    # One decay constant of repeats has been worth 1 - 1/e of as much fresh data.
    assert (worth(1 + decay) - 1) / decay == pytest.approx(1 - np.exp(-1))


@quick
@given(st.floats(1, 1e13), st.floats(1, 1e13), st.floats(0.1, 1000), st.floats(1, 100))
def test_repeats_never_beat_fresh_data(tokens: float, unique: float, decay: float, times: float) -> None:
    for law in (effective_tokens, effective_parameters):
        worth = law(tokens, unique, decay)
        assert worth <= tokens * (1 + 1e-9)
        assert worth <= unique * (1 + decay) * (1 + 1e-9)
        assert law(tokens * times, unique, decay) >= worth * (1 - 1e-9)
        assert law(tokens, unique * times, decay) >= worth * (1 - 1e-9)


def test_excess_parameters_wear_out_sooner_than_repeats() -> None:
    law = registry.get("muennighoff-2023")
    assert effective_parameters(10e9, 1e9, law["excess_decay"]) < effective_tokens(10e9, 1e9, law["repeat_decay"])


def test_kaplan_ten_times_the_parameters() -> None:
    law = registry.get("kaplan-parameters")
    scale, exponent = law["parameter_scale"], law["parameter_exponent"]
    assert kaplan_loss(scale, scale, exponent) == 1
    assert kaplan_loss(1e9, scale, exponent) / kaplan_loss(1e10, scale, exponent) == pytest.approx(10**0.076)
    # Figure 1 of the paper: about 2.4 nats at a billion parameters.
    assert kaplan_loss(1e9, scale, exponent) == pytest.approx(2.4, abs=0.1)


def test_longer_training_makes_a_model_harder_to_quantise() -> None:
    law = registry.get("kumar-2024-post-training")
    fit = (
        law["loss_scale"],
        law["data_exponent"],
        law["parameter_exponent"],
        law["bit_decay"],
        law["exponent_offset"],
    )
    added = [post_training_quantisation_loss(bits, 70e9, 15e12, *fit) for bits in (3, 4, 5, 6, 8, 16)]
    assert all(later < earlier for earlier, later in pairwise(added))
    assert added[-1] < 1e-6  # 16 bits are the model itself
    assert post_training_quantisation_loss(4, 8e9, 15e12, *fit) > post_training_quantisation_loss(4, 70e9, 15e12, *fit)
    assert post_training_quantisation_loss(4, 8e9, 15e12, *fit) > post_training_quantisation_loss(4, 8e9, 2e12, *fit)
