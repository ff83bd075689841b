"""Pages against counting them one by one, and the published sizes of a cache."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironlaw.physics.attention import kv_bytes
from ironlaw.physics.kvcache import cache_batch, cache_budget, page_waste, paged_bytes

quick = settings(deadline=None)


@quick
@given(st.integers(0, 3000), st.integers(1, 256))
def test_pages_are_taken_as_they_fill(tokens: int, page: int) -> None:
    pages = 0
    for token in range(tokens):
        pages += token % page == 0
    assert paged_bytes(tokens, page, 2.0) == pages * page * 2
    if tokens:
        waste = page_waste(tokens, page)
        assert waste == pytest.approx(1 - tokens / (pages * page))
        assert 0 <= waste < page / (tokens + page)


@quick
@given(st.floats(0, 1e11), st.floats(1e3, 1e6), st.integers(1, 100_000), st.sampled_from((1, 16, 32, 128)))
def test_the_batch_fits_and_one_more_does_not(memory: float, kv: float, tokens: int, page: int) -> None:
    batch = cache_batch(memory, kv, tokens, page)
    each = paged_bytes(tokens, page, kv)
    assert batch == int(batch)
    assert batch * each <= memory * (1 + 1e-12)
    assert (batch + 1) * each > memory * (1 - 1e-12)


def test_budget_is_what_is_left_and_never_negative() -> None:
    assert cache_budget(80e9, 16e9, 2e9, 0.9) == pytest.approx(55.8e9)
    assert cache_budget(80e9, 138e9, 2e9, 0.9) == 0  # 70B in FP16 on one card
    assert cache_budget(80e9, 80e9, 0.0, 1.0) == 0


def test_llama_2_70b_at_128k() -> None:
    """known-errors.md: 42.9 GB with grouped queries, so 11 requests on a node; 344 GB if all heads were kept."""
    grouped, all_heads = kv_bytes(80, 8, 128, 2.0), kv_bytes(80, 64, 128, 2.0)
    assert paged_bytes(131_072, 16, grouped) == pytest.approx(42.9e9, rel=0.002)
    assert paged_bytes(131_072, 16, all_heads) == pytest.approx(344e9, rel=0.002)
    assert cache_batch(8 * 80e9 - 138e9, grouped, 131_072, 16) == 11
    assert cache_batch(8 * 80e9 - 138e9, all_heads, 131_072, 16) == 1
