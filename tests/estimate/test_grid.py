"""Ranges, grids and Pareto sets against brute force."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironlaw.estimate.grid import Grid, axis, pareto
from ironlaw.physics import InputError


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("8", (8,)),
        ("1,2, 4", (1, 2, 4)),
        ("none,full", ("none", "full")),
        ("8:32:+8", (8, 16, 24, 32)),
        ("1:64:x2", (1, 2, 4, 8, 16, 32, 64)),
        ("1:50:x2", (1, 2, 4, 8, 16, 32)),
        ("0:1:5", (0, 0.25, 0.5, 0.75, 1)),
        ("0.1:0.3:+0.1", (0.1, 0.2, pytest.approx(0.3))),
    ],
)
def test_axes(text: str, values: tuple[Any, ...]) -> None:
    assert axis("tp", text) == values


@pytest.mark.parametrize(
    "text",
    ["", ",", "1:2", "1:2:3:4", "a:b:+1", "2:1:+1", "1:8:x1", "0:8:x2", "1:8:+0", "1:2:1", "1:inf:+1", "1:2:2.5"],
)
def test_what_is_no_range_is_refused_by_name(text: str) -> None:
    with pytest.raises(InputError, match=r"^tp must be a value, a list"):
        axis("tp", text)


def test_a_range_without_end_is_refused() -> None:
    with pytest.raises(InputError, match=r"^tp must have at most 100,000 values, got 1,000,000 from"):
        axis("tp", "1:1000000:+1")


@pytest.mark.parametrize("length", [1, 3, 7, 1000])
def test_blocks_hold_every_design_once(length: int) -> None:
    axes: dict[str, tuple[float | str, ...]] = {"tp": (1, 2, 4), "mode": ("none", "full"), "pp": (1, 3), "seq": (8192,)}
    grid = Grid(axes)
    assert grid.size == 12
    seen = []
    for block in grid.blocks(length):
        assert list(block) == list(axes)
        columns = np.broadcast_arrays(*(np.asarray(column, dtype=object) for column in block.values()))
        assert columns[0].size <= length
        assert all(np.size(column) == max(np.shape(column), default=1) for column in block.values())  # at right angles
        seen += list(zip(*(column.ravel().tolist() for column in columns), strict=True))
    assert sorted(map(str, seen)) == sorted(map(str, product(*axes.values())))


def test_a_grid_of_one_design_is_one_block_of_plain_values() -> None:
    assert list(Grid({"tp": (8,), "mode": ("full",)}).blocks()) == [{"tp": 8, "mode": "full"}]


points = st.lists(st.tuples(*[st.integers(0, 6)] * 3), min_size=1, max_size=40)


@given(points)
def test_the_pareto_set_is_what_brute_force_finds(rows: list[tuple[int, ...]]) -> None:
    columns = [np.array(column, dtype=float) for column in zip(*rows, strict=True)]
    kept = {rows[place] for place in pareto(*columns)}
    beaten = {a for a in rows for b in rows if b != a and all(y <= x for x, y in zip(a, b, strict=True))}
    assert kept == set(rows) - beaten
    assert len(pareto(*columns)) == len(kept)  # of equal designs one
