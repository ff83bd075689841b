"""All measurements together: each figure once, by hand arithmetic on a clock that ticks, and why one is not there."""

from __future__ import annotations

import errno
import io
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ironlaw.probe import (
    FIGURES,
    FORMATS,
    NotMeasured,
    Probe,
    Result,
    Watch,
    compute,
    files,
    measure,
    network,
    parsing,
    pictures,
    probes,
)
from ironlaw.probe.records import CODECS, Codec, made
from ironlaw.probe.timing import rate

from .clock import Clock


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same measurements on less."""
    monkeypatch.setattr(compute, "ARRAY", 2**20)
    monkeypatch.setattr(compute, "ARRAY_SMALL", 2**20)
    monkeypatch.setattr(compute, "SIZES", (32, 64))
    monkeypatch.setattr(compute, "CALLS", 50)
    monkeypatch.setattr(files, "MOST", 2 * files.PIECE)
    monkeypatch.setattr(parsing, "RECORDS", 30)
    monkeypatch.setattr(network, "BLOCKS", 2)
    monkeypatch.setattr(network, "TRIPS", 3)


@pytest.mark.usefixtures("small")
def test_every_figure_is_the_amount_over_the_seconds(tmp_path: Path) -> None:
    """A run takes one tick on this clock: the rate is the amount itself."""
    before = threading.active_count()
    found = {one.id: one for one in measure(probes(tmp_path), 1000.0, Clock(tick=1.0))}
    assert found.keys() == FIGURES.keys()
    missing = {name: one.missing for name, one in found.items() if one.value is None}
    assert missing.keys() <= {"file_read_cold"}, missing  # not every file system forgets
    encoded = {name: len(CODECS[name].write(made(30))) for name in FORMATS}
    mean = sum(map(len, pictures.pictures())) / 4
    expected = {
        "memory_bandwidth": 3 * 2**20,
        "memory_copy": 2**20,
        "matrix_flops_fp32": 2 * 64**3,
        "matrix_flops_fp64": 2 * 64**3,
        "file_read_cold": 2 * files.PIECE,
        "file_read_warm": 2 * files.PIECE,
        **{f"parse_{name}": size for name, size in encoded.items()},
        **dict.fromkeys((f"parse_{name}_records" for name in FORMATS), 30),
        **{f"format_bytes_{name}": size / 30 for name, size in encoded.items()},
        "jpeg_decode": 4,
        "jpeg_bytes": mean,
        "loopback_bandwidth": 2 * 2**20,
        "loopback_latency": 1 / 3,
        "dispatch_python": 1 / 50,
        "dispatch_numpy": 1 / 50,
    }
    assert {name: one.value for name, one in found.items() if name not in missing} == pytest.approx(
        {name: value for name, value in expected.items() if name not in missing}
    )
    for name, one in found.items():
        assert one.method or name in missing, name
        assert one.spread in (0.0, None)
    assert list(tmp_path.iterdir()) == []
    assert threading.active_count() == before


def test_ids_belong_to_one_measurement_each() -> None:
    ids = [name for probe in probes() for name in probe.ids]
    assert sorted(ids) == sorted(FIGURES)
    assert len({probe.name for probe in probes()}) == len(probes())


# --- time -------------------------------------------------------------------------------------------------------------


def made_probe(name: str, figure: str, clock: Clock, *, weight: float = 1.0, seconds: float = 0.0) -> Probe:
    """A measurement that takes its time, or `seconds` where that is given."""

    def run(watch: Watch) -> Iterator[Result]:
        given = watch.left()
        clock.wait(seconds or given)
        yield rate(figure, given, [1.0], "Its own share of the time")

    return Probe(name, name, (figure,), weight, run)


def test_time_is_shared_by_weight_and_what_takes_longer_leaves_less() -> None:
    clock, heard = Clock(), []
    chosen = [
        made_probe("a", "parse_csv", clock, weight=1),
        made_probe("b", "parse_json", clock, weight=2, seconds=8.0),
        made_probe("c", "parse_parquet", clock, weight=1),
    ]
    found = measure(chosen, 12.0, clock, begins=lambda probe: heard.append(probe.name))
    assert [one.value for one in found] == [3.0, 6.0, 1.0]
    assert heard == ["a", "b", "c"]


@pytest.mark.parametrize(("seconds", "last"), [(30.0, 45.0), (50.0, 52.0), (1.0, 16.0)])
def test_a_machine_that_is_far_too_slow_answers_with_what_it_has(seconds: float, last: float) -> None:
    clock = Clock()
    chosen = [made_probe("a", "parse_csv", clock, seconds=last - 0.5), made_probe("b", "parse_json", clock)]
    assert [one.missing for one in measure(chosen, seconds, clock)] == ["", ""]
    clock = Clock()
    chosen = [made_probe("a", "parse_csv", clock, seconds=last + 0.5), made_probe("b", "parse_json", clock)]
    first, second = measure(chosen, seconds, clock)
    assert first.value == seconds / 2
    assert second.value is None
    assert "took too long" in second.missing


# --- what is not measured ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NotMeasured("protobuf is not installed"), "protobuf is not installed"),
        (MemoryError(), "not enough memory is free"),
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        (OSError(), "OSError"),
    ],
)
def test_what_fails_says_why_and_keeps_what_it_had(error: Exception, said: str) -> None:
    def run(_: Watch) -> Iterator[Result]:
        yield Result(id="format_bytes_csv", value=1.0)
        raise error

    ids = ("parse_csv", "parse_csv_records", "format_bytes_csv")
    found = {one.id: one for one in measure([Probe("csv", "csv", ids, 1, run)], 1.0, Clock())}
    assert found.keys() == set(ids)
    assert found["format_bytes_csv"].value == 1.0
    assert {found[name].missing for name in ids[:2]} == {said}
    assert {found[name].value for name in ids[:2]} == {None}


@pytest.mark.parametrize(
    ("name", "module", "package"),
    [("parquet", "pyarrow", "pyarrow"), ("protobuf", "google.protobuf", "protobuf"), ("jpeg", "PIL", "pillow")],
)
@pytest.mark.usefixtures("small")
def test_a_missing_library_is_said_for_each_of_its_figures(
    name: str, module: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ironlaw.probe import records

    records._message.cache_clear()
    monkeypatch.setitem(sys.modules, module, None)
    (chosen,) = [probe for probe in probes() if probe.name == name]
    found = list(measure([chosen], 1.0, Clock()))
    assert {one.id for one in found} == set(chosen.ids)
    assert {one.value for one in found} == {None}
    assert {one.missing for one in found} == {f"{package} is not installed; pip install 'ironlaw[probe]'"}


def test_a_decoder_that_reads_something_else_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "RECORDS", 10)
    monkeypatch.setitem(CODECS, "csv", Codec(CODECS["csv"].write, lambda _: made(9), "wrong"))
    (chosen,) = [probe for probe in probes() if probe.name == "csv"]
    assert {one.missing for one in measure([chosen], 1.0, Clock())} == {"what was read is not what was written"}


# --- files ------------------------------------------------------------------------------------------------------------


def reading(folder: Path | None) -> dict[str, Result]:
    chosen = [probe for probe in probes(folder) if probe.name == "file"]
    return {one.id: one for one in measure(chosen, 60.0, Clock(tick=1.0))}


@pytest.mark.usefixtures("small")
def test_where_the_cache_cannot_be_emptied_only_the_warm_read_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("os.posix_fadvise", raising=False)
    found = reading(tmp_path)
    assert found["file_read_warm"].value == 2 * files.PIECE
    assert found["file_read_cold"].missing == "this system has no way to drop a file from its cache"


@pytest.mark.usefixtures("small")
def test_a_file_that_stays_in_the_cache_is_not_called_cold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not hasattr(os, "posix_fadvise"):
        pytest.skip("the system has no posix_fadvise, which this test is about")
    monkeypatch.setattr("os.posix_fadvise", lambda *_: None)
    monkeypatch.setattr(files, "_held", lambda *_: 1.0)
    assert "keeps the file in its cache" in reading(tmp_path)["file_read_cold"].missing


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(("cold", "believed"), [(1.9, False), (2.1, True)])
def test_where_the_system_does_not_tell_a_cold_read_as_fast_as_a_warm_one_is_doubted(
    cold: float, believed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_cold", lambda *_: ([cold] * 3, False))
    found = reading(tmp_path)["file_read_cold"]
    assert (found.value is not None) is believed
    assert ("may have kept it" in found.missing) is not believed
    monkeypatch.setattr(files, "_cold", lambda *_: ([cold] * 3, True))
    assert reading(tmp_path)["file_read_cold"].value == pytest.approx(2 * files.PIECE / cold)


def test_a_folder_in_memory_is_not_taken_for_a_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(files, "_mounts", lambda: "/dev/sda1 / ext4 rw 0 0\ntmpfs /run tmpfs rw 0 0\n")
    assert files._disk() == tmp_path
    monkeypatch.setattr(files, "_mounts", lambda: f"tmpfs {tmp_path.parent.resolve()} tmpfs rw 0 0\n")
    assert files._disk() == files._LASTING
    both = f"tmpfs {tmp_path.resolve()} tmpfs rw 0 0\ntmpfs {files._LASTING.resolve()} tmpfs rw 0 0\n"
    monkeypatch.setattr(files, "_mounts", lambda: both)
    assert "--folder" in reading(None)["file_read_cold"].missing


def test_a_full_disk_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage._replace(free=files.SPARE * files.LEAST - 1))
    found = reading(tmp_path)
    assert {one.missing for one in found.values()} == {"less than 64 MiB of the disk are free"}
    assert list(tmp_path.iterdir()) == []


# --- pictures ---------------------------------------------------------------------------------------------------------


def test_pictures_have_the_size_of_photographs() -> None:
    from PIL import Image

    found = pictures.pictures()
    for file, target in zip(found, pictures.TARGETS, strict=True):
        assert 0.9 * target < len(file) <= target
        with Image.open(io.BytesIO(file)) as picture:
            assert (picture.size, picture.format) == ((500, 375), "JPEG")
    assert pictures.decoded(found[0]).shape == (224, 224, 3)
