"""Quotas: what of the ledger must be there before a reveal opens. Counted from recorded designs, shown as they grow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import floor
from typing import TYPE_CHECKING, Any

from ironlaw.elementary import log10

if TYPE_CHECKING:  # the flow counts for labs that it does not load
    from ironlaw.labkit.flow import ActProgress
    from ironlaw.labkit.spec import Act, Quota


def counted(act: Act, progress: ActProgress | None) -> list[dict[str, Any]]:
    """Each quota with its count: `done` when it is met, `spent` when a budget is used up, `open` when the reveal may come."""
    designs = progress.designs if progress else ()
    resets = progress.reset_at if progress else ()
    return [
        _decades(act, quota, designs) if quota.kind == "decades" else _budget(act, quota, designs, resets)
        for quota in act.quotas
    ]


def _decades(act: Act, quota: Quota, designs: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    values = (design["settings"].get(quota.control) for design in designs)
    # A hair above the tick, so that 999.9999… is of its own decade.
    seen = {floor(log10(value) + 1e-9) for value in values if isinstance(value, int | float) and value > 0}
    count = min(len(seen), quota.need)
    return _row(act, quota, count, done=count >= quota.need, spent=False, resets=0)


def _budget(act: Act, quota: Quota, designs: Any, resets: Any) -> dict[str, Any]:
    """Designs since the last reset, up to the first that meets the challenge."""
    since = list(designs)[resets[-1] if resets else 0 :]
    met = next((n for n, design in enumerate(since, 1) if (design.get("engine") or {}).get("met")), None)
    count = min(met or len(since), quota.need)
    done = met is not None and met <= quota.need
    return _row(act, quota, count, done=done, spent=not done and len(since) >= quota.need, resets=len(resets))


def _row(act: Act, quota: Quota, count: int, *, done: bool, spent: bool, resets: int) -> dict[str, Any]:
    from ironlaw.labkit.text import Slots, facts_of, fill  # noqa: PLC0415 - most labs have no quota to tell

    return {
        "id": quota.id,
        "kind": quota.kind,
        "text": fill(quota.text, Slots(act, facts_of(act), {})),
        "count": count,
        "of": quota.need,
        "done": done,
        "spent": spent,
        "open": done or spent,
        "resets": resets,
    }
