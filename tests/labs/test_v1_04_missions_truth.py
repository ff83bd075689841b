"""v1_04's missions: keys from scratch, tracks that change what binds, goals that each track can reach."""

from __future__ import annotations

from itertools import product
from math import log10
from typing import Any

import pytest

from ironlaw import registry
from ironlaw.labkit import challenge as ch
from ironlaw.labkit import evaluate as ev
from ironlaw.labkit import tracks
from ironlaw.labkit.contract.instrument import binds
from ironlaw.labkit.maths import peek
from ironlaw.labkit.spec import NumberControl, NumberQuestion, TermQuestion
from ironlaw.labkit.text import Slots, facts_of, fill, plain, prose_of
from ironlaw.labs.v1_04_data_gravity import LAB
from ironlaw.labs.v1_04_data_gravity.missions import ACTS, TRACKS

from .test_v1_04_missions_physics import M1, M2, M3, TRACK_IDS, begun


def test_there_are_four_tracks_and_fifteen_twenty_and_ten_minutes() -> None:
    assert tuple(TRACK_IDS) == tracks.IDS
    assert all(context.track and set(context.settings) == {act.id for act in ACTS} for context in TRACKS)
    assert [(act.id, act.role, act.minutes) for act in ACTS] == [
        ("mission1", "mission", 15),
        ("mission2", "mission", 20),
        ("mission3", "mission", 10),
    ]


def test_switching_the_track_changes_the_binding_limit_in_every_mission() -> None:
    """The sheet asks for two of three; here each track meets its own limit in each."""
    for act in ACTS:
        binding = {track: binds(act, begun(act, track)) for track in TRACK_IDS}
        assert len(set(binding.values())) == 4, (act.id, binding)


def test_no_limit_is_crossed_where_a_track_begins() -> None:
    for act, track in product(ACTS, TRACK_IDS):
        values = begun(act, track)
        assert not [limit.id for limit in act.constraints if ev.crossed(limit, values)], (act.id, track)


@pytest.mark.parametrize("track", TRACK_IDS)
def test_each_limit_can_be_met_on_each_track(track: str) -> None:
    """On its own track, within what the panel allows: from the start one or two controls cross every limit."""
    for act in ACTS:
        ends = {
            control.id: control.ticks if isinstance(control, NumberControl) else [o.value for o in control.options]
            for control in act.controls
            if not control.hidden
        }
        wide = [
            {one: a, two: b}
            for one, two in product(ends, ends)
            for a in ends[one]
            for b in (ends[two][0], ends[two][-1])
        ]
        crossed = {
            limit.id
            for change in wide
            for limit in act.constraints
            if ev.crossed(limit, begun_cached(act.id, track, change))
        }
        assert crossed == {limit.id for limit in act.constraints}, (act.id, track)


def begun_cached(act_id: str, track: str, change: dict[str, object]) -> dict[str, Any]:
    act = next(each for each in ACTS if each.id == act_id)
    context = next(each for each in TRACKS if each.id == track)
    return dict(act.model({**act.start(), **context.settings[act_id], **change}))


# --- the keys ---------------------------------------------------------------------------------------------------------


def test_the_courier_is_cheapest_by_the_prices_alone() -> None:
    region = 20_000 * registry.get("transfer-inter-region-aws-us")["per_gigabyte"] * 1e9
    prices = {
        "region": region,
        "internet": 10_000 * 0.09 + 10_000 * 0.085,
        "courier": 100 + 0.03 * 4_000,
        "appliance": registry.get("snowball-edge-hdd")["price"],
    }
    assert region == pytest.approx(400)  # $0.02/GB, not the $0.09 of the internet
    question = M1.prediction
    assert isinstance(question, TermQuestion)
    assert question.key(facts_of(M1)) == min(prices, key=lambda name: prices[name]) == "courier"
    labels = " ".join(given.label for given in M1.givens)
    assert "two US regions" in labels
    assert "internet" in labels


def test_volume_is_a_barrier_where_bytes_over_bandwidth_reach_the_time() -> None:
    facts = facts_of(M1)
    barrier = float(facts["barrier"].value or 0)
    just, over = (begun(M1, "cloud-titan", size=barrier * factor) for factor in (0.999, 1.001))
    assert just["arrival"] < just["deadline"] < over["arrival"]
    assert abs(log10(12.5e9 * 2_400 / barrier)) < 0.03
    assert M1.reflection.question.key(facts) == "line"


def test_only_bandwidth_moves_the_barrier_of_the_node() -> None:
    """Half the way, twice the drives and twice the streams leave it; 40 minutes are over before the truck has started."""
    facts = facts_of(M1)
    barrier = 12.5e9 * 1448 / 1538 * 2_400
    for change in ("near", "case", "streams"):
        assert facts[f"barrier_{change}"].value == pytest.approx(barrier, rel=1e-3)
    assert facts["barrier_line"].value == pytest.approx(2 * barrier, rel=1e-3)
    assert float(facts["trip"].value or 0) > 24 * 3600 > 40 * 60
    for moved in ({"distance": 2_000.0}, {"drives": 16.0}, {"streams": 256.0}):
        over = begun(M1, "cloud-titan", size=1.001 * barrier, **moved)
        assert over["arrival"] > over["deadline"]


def test_in_time_hard_disks_never_beat_ten_gigabits_and_large_ssds_do() -> None:
    slow = {"link": 1.25e9, "drives": 8.0}
    sizes = [
        each
        for control in M1.controls
        if isinstance(control, NumberControl) and control.id == "size"
        for each in control.ticks
    ]
    disks = [begun(M1, "cloud-titan", drive="hdd-exos-x18", size=size, **slow) for size in sizes]
    assert all(v["faster"] == "the fibre" for v in disks)
    cross = float(facts_of(M1)["time_cross"].value or 0)
    before, after = (begun(M1, "cloud-titan", size=cross * factor, **slow) for factor in (0.99, 1.01))
    assert (before["faster"], after["faster"]) == ("the fibre", "the drives")


def test_protobuf_beats_the_faster_disk_because_the_parsers_bind() -> None:
    v = begun(M2, "cloud-titan")
    assert v["parse_rate"] < v["demand"] < v["disk_rate"]
    gains = {
        "protobuf": begun(M2, "cloud-titan", format="protobuf")["used"],
        "ssd": begun(M2, "cloud-titan", disk="ssd-980-pro")["used"],
        "csv": begun(M2, "cloud-titan", format="csv")["used"],
        "bits": begun(M2, "cloud-titan", bits=8)["used"],
    }
    assert max(gains, key=lambda name: gains[name]) == M2.prediction.key(facts_of(M2)) == "protobuf"
    assert gains["ssd"] == v["used"]
    assert M2.reflection.question.key(facts_of(M2)) == "fuel"


def test_a_million_noisy_samples_are_worth_a_hundred_and_sixty_thousand() -> None:
    question = M3.prediction
    assert isinstance(question, NumberQuestion)
    assert question.key(facts_of(M3)) == question.reading(1e6 * (1 - 2 * 0.3) ** 2) == "diluted"
    assert facts_of(M3)["even_noise"].value == pytest.approx(0.45)  # (1 - 0.9)**2 of a million are ten thousand


def test_only_an_architecture_halves_the_transmission() -> None:
    """With the samples as planned no setting behind the network sends less; ahead of it many do."""
    assert M3.reflection.question.key(facts_of(M3)) == "local"
    goal = M3.challenge
    assert goal is not None
    for design in ch.designs(M3, goal):
        values = M3.model(design)
        if design["place"] == "cloud":
            assert values["sending"] == values["everything"]
            assert not ch.met(goal, design, values)


def test_a_byte_on_the_wire_outweighs_the_arithmetic() -> None:
    """0.06 kWh a gigabyte against 0.32 pJ: the trap is joules a bit, and kilowatt-hours read as watt-hours."""
    joules = 0.06 * 3.6e6 / 1e9
    assert facts_of(M3)["network"].value == pytest.approx(joules)
    assert facts_of(M3)["byte_in_macs"].value == pytest.approx(joules / 0.32e-12)


# --- one number everywhere, and whose number it is -----------------------------------------------------------------


def test_message_instrument_and_math_peek_agree_on_the_node() -> None:
    for act, told, card, equation in (
        (M1, ("20 TB", "4,000 km", "40 min"), "wire_time", "transfer-time"),
        (M2, ("3,800",), "idle", "data-stall"),
        (M3, (), "sending", ""),
    ):
        start = act.model(act.start())
        slots = Slots(act, facts_of(act), start, start)
        message = fill(act.message, slots)
        assert all(each in message for each in told), message
        shown = ev.result(ev.evaluate(act, act.start()))["cards"]
        text = next(each["text"] for each in shown if each["id"] == card)
        if equation:
            item = next(each for each in act.math if each.equation == equation)
            assert peek(item, slots)["legend"][0]["value"] == text
        if act is M1:
            assert text in fill(act.reveal.text, slots)
        if act is M2:
            assert plain(1.0 - float(str(start["idle"])), "share") in message
        if act is M3:
            assert text in message


def test_every_question_says_that_it_is_about_the_node_whatever_the_track() -> None:
    for act in ACTS:
        texts = dict(prose_of(act))
        assert "node" in texts["briefing"] or act is M3
        assert "node" in texts["message"] or act is M2
        assert "node" in texts["reflection.question.text"]
    assert "node" in dict(prose_of(M1))["prediction.text"]
    assert "node" in dict(prose_of(M2))["prediction.text"]
    assert "same on each" in dict(prose_of(M3))["briefing"]


def test_what_is_shown_to_refute_is_shown_on_the_node_and_says_so() -> None:
    for act in ACTS:
        options = (*act.prediction.options, *act.reflection.question.options)
        attempts = [option.feedback.attempt for option in options if option.feedback]
        assert len(attempts) >= 6
        for attempt in attempts:
            assert "node" in attempt.text
            assert attempt.settings["track"] == "cloud-titan"


def test_a_figure_from_memory_alone_is_marked_on_the_page() -> None:
    marked = {given.id for act in LAB.acts for given in act.givens if "recalled" in given.source}
    assert {"wait", "rent", "appliance", "disk_hdd-exos-x18", "multiply", "radio"} <= marked
    assert not {"region", "inter", "write", "network"} & marked


# --- goals on every track ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("track", TRACK_IDS)
@pytest.mark.parametrize("act", [M2, M3], ids=lambda act: act.id)
def test_each_track_can_meet_the_challenge_and_keep_its_limits(act: object, track: str) -> None:
    mission = next(each for each in ACTS if each is act)
    goal = mission.challenge
    assert goal is not None
    context = next(each for each in TRACKS if each.id == track)
    count = solved = 0
    for design in ch.designs(mission, goal):
        if mission is M2 and design["workers"] > 8:
            continue  # a quarter of the grid says enough
        settings = {**design, **{k: v for k, v in context.settings[mission.id].items() if k not in goal.free}}
        values = mission.model(settings)
        count += 1
        met = ch.met(goal, settings, values)
        solved += met and not any(ev.crossed(limit, values) for limit in mission.constraints)
    assert 0 < solved <= 0.3 * count
    start = {**mission.start(), **context.settings[mission.id]}
    assert not ch.met(goal, start, mission.model(start))


def test_quotas_are_those_of_the_sheet() -> None:
    (decades,), (budget,) = M1.quotas, M2.quotas
    assert (decades.kind, decades.need, decades.control) == ("decades", 5, "size")
    assert (budget.kind, budget.need) == ("budget", 15)
    cites = M2.reflection.cites
    assert cites is not None
    assert cites.count == 2
    assert M3.decision.cites is not None
    assert "ratio" in M3.decision.cites.outputs


def test_the_selection_gain_is_defined_where_it_is_used() -> None:
    texts = dict(prose_of(M3))
    assert "share of the entropy" in texts["briefing"]
    draw = next(each.draw for each in M3.figures if each.id == "gain")
    told = {
        score: draw(
            {**M3.start(), "score": score, "place": "local"}, M3.model({**M3.start(), "score": score, "place": "local"})
        )
        for score in ("random", "ratio")
    }
    assert told["random"]["description"] != told["ratio"]["description"]
    assert all("entropy" in each["description"] and "gravity" in each["description"] for each in told.values())
