"""Federated rounds against the paper's table, counted bytes and simulated stragglers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw import registry
from ironlaw.physics import InputError
from ironlaw.physics.federated import (
    fedavg_clients,
    fedavg_local_updates,
    federated_invites,
    federated_round_bytes,
    federated_round_time,
    straggler_time,
    topk_compression,
)

quick = settings(deadline=None)


# McMahan et al. 2017, table 2: E, B, u; 600 samples a client of the MNIST CNN.
@pytest.mark.parametrize(
    ("epochs", "batch", "updates"),
    [(1, 50, 12), (20, 600, 20), (1, 10, 60), (5, 50, 60), (20, 50, 240), (20, 10, 1200)],
)
def test_local_updates_of_the_table(epochs: int, batch: int, updates: int) -> None:
    assert fedavg_local_updates(epochs, 600, batch) == updates


def test_published_rounds_are_kept_as_data() -> None:
    entity = registry.get("fedavg-mnist-cnn-e5-b10-iid")
    assert entity["baseline_rounds"] / entity["rounds"] == pytest.approx(31.3, abs=0.05)
    assert entity["local_updates"] == fedavg_local_updates(5, 600, 10)
    worse = registry.get("fedavg-mnist-cnn-e5-binf-non-iid")  # more local work, more rounds
    assert worse["rounds"] > worse["baseline_rounds"]


@pytest.mark.parametrize(
    ("population", "share", "clients"),
    [(100, 0.1, 10), (100, 0.0, 1), (100, 1.0, 100), (100, 0.07, 7), (100, 0.29, 29)],
)
def test_clients_in_a_round(population: int, share: float, clients: int) -> None:
    assert fedavg_clients(population, share) == clients


def test_bytes_of_a_round() -> None:
    model = 4.0 * 1_663_370  # the paper's CNN, 32 bit
    assert federated_round_bytes(10, model, 1) == 2 * 10 * model
    assert federated_round_bytes(10, model, 1e9) == pytest.approx(10 * model)  # only downloads are left


def test_indices_halve_what_topk_saves() -> None:
    values = np.zeros(10_000, dtype=np.float32)
    kept = 100
    sent = kept * (values.itemsize + np.dtype(np.int32).itemsize)
    assert topk_compression(32, kept / len(values), 32) == pytest.approx(values.nbytes / sent)
    assert topk_compression(32, 0.01, 32) == pytest.approx(50)


def test_round_time_adds_up_and_a_fast_network_leaves_the_work() -> None:
    assert federated_round_time(100e6, 10e6, 60, 1e6, 1) == pytest.approx(10 + 60 + 100)
    assert federated_round_time(100e6, 10e6, 60, 1e6, 10) == pytest.approx(10 + 60 + 10)
    assert federated_round_time(100e6, 1e30, 60, 1e30, 1) == pytest.approx(60)


@quick
@given(st.integers(1, 10_000), st.floats(0, 0.99))
def test_enough_are_asked_and_hardly_more(clients: int, dropout: float) -> None:
    invites = federated_invites(clients, dropout)
    assert invites * (1 - dropout) >= clients * (1 - 1e-9)
    assert (invites - 1) * (1 - dropout) < clients * (1 + 1e-9)


def test_the_last_of_many_takes_the_harmonic_number() -> None:
    random = np.random.default_rng(11)
    for clients in (1, 10, 100):
        slowest = random.exponential(2.0, size=(20_000, clients)).max(axis=1)
        error = 4 * float(slowest.std()) / len(slowest) ** 0.5
        assert straggler_time(5.0, 2.0, clients) == pytest.approx(5 + float(slowest.mean()), abs=error)
    assert straggler_time(5.0, 2.0, 1) == 7


@pytest.mark.parametrize(
    ("arguments", "field"),
    [((-1, 1, 1), "fixed"), ((1, -1, 1), "mean"), ((1, 1, 0), "clients"), ((1, 1, 1.5), "clients")],
)
def test_bad_arguments_are_named(arguments: tuple[float, float, int], field: str) -> None:
    with pytest.raises(InputError, match=f"^{field} must be "):
        straggler_time(*arguments)
