"""The recorded probe: the figures of `ironlaw probe` under the same names, in agreement with each other."""

from __future__ import annotations

import pytest

from ironlaw import quantities, registry
from ironlaw.probe import FIGURES, FORMATS
from ironlaw.probe.records import CODECS, made
from ironlaw.registry.schema import KINDS

REFERENCE = registry.get("probe-reference")


def test_a_probe_may_have_each_figure_in_its_dimension_and_nothing_else() -> None:
    assert KINDS["probe"].fields.keys() == FIGURES.keys() == REFERENCE.fields.keys()
    for name, figure in FIGURES.items():
        rule = KINDS["probe"].fields[name]
        assert rule.kind == figure.kind, name
        rate = figure.unit in {"records/s", "images/s"}  # no unit of `quantities`: a plain number
        assert rule.dimension == ("number" if rate else quantities.dimension_of(figure.unit)), name


def test_the_source_says_who_measured_on_what_and_how() -> None:
    for field in REFERENCE.fields.values():
        assert field.evidence == "measured here"
        assert field.source.startswith("measured by `ironlaw probe` on ")
        for part in ("CPython", "numpy", "pyarrow", "protobuf", "pillow"):
            assert part in field.source
        assert field.note


@pytest.mark.parametrize("name", FORMATS)
def test_bytes_a_second_are_records_a_second_times_their_size(name: str) -> None:
    product = REFERENCE[f"parse_{name}_records"] * REFERENCE[f"format_bytes_{name}"]
    assert REFERENCE[f"parse_{name}"] == pytest.approx(product, rel=0.01)  # each is rounded to three digits


@pytest.mark.parametrize("name", FORMATS)
def test_the_recorded_sizes_are_those_of_the_records(name: str) -> None:
    """Not of a record of another schema: what is encoded today has that size, up to the libraries' versions."""
    assert len(CODECS[name].write(made(2_000))) / 2_000 == pytest.approx(REFERENCE[f"format_bytes_{name}"], rel=0.02)


def test_figures_are_in_the_order_that_a_machine_gives_them() -> None:
    assert REFERENCE["file_read_cold"] < REFERENCE["file_read_warm"] < REFERENCE["memory_bandwidth"]
    assert 1.5 < REFERENCE["matrix_flops_fp32"] / REFERENCE["matrix_flops_fp64"] < 2.5
    assert REFERENCE["dispatch_python"] < REFERENCE["dispatch_numpy"] < REFERENCE["loopback_latency"]
    records = [REFERENCE[f"parse_{name}_records"] for name in ("csv", "json", "protobuf", "parquet")]
    assert records == sorted(records)
    sizes = [REFERENCE[f"format_bytes_{name}"] for name in ("protobuf", "parquet", "csv", "json")]
    assert sizes == sorted(sizes)
