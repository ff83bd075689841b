"""Names as people write them."""

from __future__ import annotations

import pytest

from ironlaw import registry
from ironlaw.estimate.names import named
from ironlaw.registry import UnknownEntity


@pytest.mark.parametrize("name", ["h100-sxm", "H100 SXM", "H100", "h100sxm", "H100_SXM5"])
def test_a_device_by_any_of_its_names(name: str) -> None:
    assert named("device", name).id == "h100-sxm"


def test_every_name_of_every_kind_leads_to_its_entity() -> None:
    for kind in ("device", "grid", "site", "server", "price", "link"):
        for entity in registry.every(kind):
            assert named(kind, entity.id) is entity
            assert named(kind, entity.name).id == entity.id


@pytest.mark.parametrize("name", ["", "h100-sxmm", "x" * 1_000, None, 3])
def test_unknown_names_are_refused(name: object) -> None:
    with pytest.raises(UnknownEntity, match=r"^unknown device .*nearest: "):
        named("device", name)  # type: ignore[arg-type]
