"""How often is measured, and which run counts: against a clock that the test moves."""

from __future__ import annotations

import pytest

from ironlaw.probe import FIGURES, NotMeasured, Result, Watch
from ironlaw.probe.timing import LEAST, MIDDLE, MOST, counted, duration, rate, spread

from .clock import Clock


def test_runs_go_on_until_the_time_is_up() -> None:
    clock = Clock()
    times = Watch(10.0, clock).runs(lambda: clock.wait(1.5))
    assert times == [1.5] * 6  # the first, which is not counted, and six: 10.5 seconds
    assert clock.now == 10.5


def test_what_prepares_a_run_takes_time_and_is_not_in_it() -> None:
    clock = Clock()
    times = Watch(9.0, clock).runs(lambda: clock.wait(1.0), prepare=lambda: clock.wait(2.0))
    assert times == [1.0] * 3
    assert clock.now == 9.0


def test_three_runs_even_where_the_time_is_up_but_not_where_they_are_long() -> None:
    clock = Clock()
    assert len(Watch(0.0, clock).runs(lambda: clock.wait(0.1))) == LEAST == 3
    clock = Clock()
    assert Watch(0.0, clock).runs(lambda: clock.wait(30.0)) == [30.0]
    assert clock.now == 60.0


def test_there_is_an_end_to_short_runs() -> None:
    clock = Clock()
    assert len(Watch(1e9, clock).runs(lambda: clock.wait(1e-9))) == MOST


def test_a_part_of_a_watch_is_of_what_is_left() -> None:
    clock = Clock()
    watch = Watch(10.0, clock)
    clock.wait(4.0)
    part = watch.part(0.5)
    assert part.left() == 3.0
    clock.wait(20.0)
    assert part.left() == -17.0
    assert watch.part(0.5).left() == 0.0


TIMES = [4.0, 1.0, 3.0, 2.0, 10.0]


def test_a_rate_is_of_the_fastest_run_or_of_the_median() -> None:
    assert rate("parse_csv", 60.0, TIMES, "How").value == 60.0
    found = rate("parse_csv", 60.0, TIMES, "How", MIDDLE)
    assert (found.value, found.samples) == (20.0, 5)
    assert found.method == "How; the median run"
    assert duration("dispatch_numpy", TIMES, "How").value == 1.0
    assert duration("dispatch_numpy", TIMES, "How", MIDDLE).value == 3.0


def test_the_spread_is_that_of_the_middle_half() -> None:
    assert spread(TIMES) == (4 - 2) / 3
    assert spread([2.0] * 9) == 0
    assert spread([1.0, 2.0]) is None
    assert rate("parse_csv", 60.0, TIMES, "How").spread == spread(TIMES)


def test_what_the_clock_cannot_tell_is_not_measured() -> None:
    with pytest.raises(NotMeasured, match="clock"):
        rate("parse_csv", 60.0, [0.0, 1.0], "How")


def test_a_result_prints_with_its_unit() -> None:
    assert Result(id="memory_bandwidth", value=4.1e10).text == "41 GB/s"
    assert Result(id="parse_csv_records", value=52_341.0).text == "52,300 records/s"
    assert Result(id="jpeg_decode", value=551.6).text == "552 images/s"
    assert counted("format_bytes_json", 1162.3, "How").text == "1.16 kB"
    assert Result(id="jpeg_decode", missing="no").text == "—"


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_prints(name: str) -> None:
    assert FIGURES[name].label[0].isupper()
    assert Result(id=name, value=1234.5).text
