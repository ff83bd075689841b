"""`ironlaw estimate` in the hands of the hurried and the hostile: documented JSON, or one line that says what is wrong."""

from __future__ import annotations

import inspect
import math
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from ironlaw import estimate, quantities, registry
from ironlaw.cli import estimate as _command  # noqa: F401 - the module is imported by its name below
from ironlaw.physics import EQUATIONS

from .calling import Called, call, options
from .serving import run

COMMAND = sys.modules["ironlaw.cli.estimate"]
ASKED: dict[str, dict[str, object]] = {
    "training": {"model": "llama-3-8b", "device": "h100-sxm", "count": 64, "global_batch": 128, "seq": 4096,
                 "recompute": "full", "tokens": "1e12", "rate": "$2.50/h"},
    "serving": {"model": "llama-3-8b", "device": "h100-sxm", "rate": "$2.50/h"},
    "checkpoint": {"model": "llama-3-70b", "count": 1024, "bandwidth": "20 GB/s"},
    "transfer": {"size": "50TB", "bandwidth": "10Gb/s", "round_trip": "70ms"},
    "tco": {"device": "h100-sxm", "rate": "$2.50/h"},
    "carbon": {"device": "h100-sxm", "hours": 720},
}  # fmt: skip
HOSTILE = ["nan", "inf", "-1", "1e400", "1e300", "1e-300", "1e18", "true", "", "  ", "abc", "1.5", "0x10", "5 bananas",
           "150 %", "-5 GB", "$-2/h", "\x00", "a\nb", "x" * 5000, "9" * 5000, "../../etc/passwd", "[red]x[/red]"]  # fmt: skip


def ask(question: str, **changed: object) -> Called:
    given = {name: value for name, value in (ASKED[question] | changed).items() if value is not None}
    return call("estimate", question, "--json", *options(given))


def parameters(question: str) -> list[inspect.Parameter]:
    function = getattr(import_module(f"ironlaw.estimate.{question}"), f"estimate_{question}")
    return list(inspect.signature(function).parameters.values())


def numbers(document: Any) -> Iterator[float]:
    if isinstance(document, dict | list):
        for part in document.values() if isinstance(document, dict) else document:
            yield from numbers(part)
    elif isinstance(document, float):
        yield document


# --- what is documented -----------------------------------------------------------------------------------------------


def test_the_package_and_the_command_line_ask_the_same_questions() -> None:
    assert tuple(COMMAND.QUESTIONS) == estimate.QUESTIONS
    for question in estimate.QUESTIONS:
        assert callable(getattr(estimate, f"estimate_{question}"))


def test_functions_are_functions_whether_their_module_was_imported_or_not() -> None:
    for question in estimate.QUESTIONS:
        name = f"estimate_{question}"
        asked = f"from ironlaw.estimate import {name} as "
        exec(f"{asked}a\nimport ironlaw.estimate.{question} as m\n{asked}b\nassert a is b is m.{name}", {})  # noqa: S102 - the statements are what is tested
    with pytest.raises(ImportError):
        exec("from ironlaw.estimate import estimate_nothing", {})  # noqa: S102 - as above


@pytest.mark.parametrize("question", ASKED)
def test_the_json_has_the_documented_shape(question: str) -> None:
    answer = ask(question)
    assert (answer.code, answer.err) == (0, "")
    document = answer.json
    assert list(document) == ["question", "title", "feasible", "reasons", "givens", "figures", "stacks", "notes"]
    assert document["question"] == question
    assert document["feasible"] is True
    assert document["reasons"] == []
    assert document["figures"]
    for given in document["givens"]:
        assert list(given) == ["id", "label", "value", "text", "source", "evidence"]
        assert given["text"].isprintable()
        assert given["source"]
    parts = [part for stack in document["stacks"].values() for part in stack["parts"].values()]
    for figure in [*document["figures"].values(), *parts]:
        assert list(figure) == ["label", "value", "low", "high", "text", "equation", "arguments", "note"]
        assert figure["text"].isprintable()
        assert figure["label"]
        assert isinstance(figure["value"], int | float)
        assert (figure["low"] is None) == (figure["high"] is None)
        if figure["low"] is not None:
            assert figure["low"] <= figure["value"] <= figure["high"]
        if figure["equation"] is not None:
            entry = EQUATIONS[figure["equation"]]
            assert set(figure["arguments"] or {}) <= {symbol.name for symbol in entry.symbols}
    for stack in document["stacks"].values():
        assert list(stack) == ["label", "total", "parts"]
        assert stack["total"] == pytest.approx(sum(part["value"] for part in stack["parts"].values()))
    assert all(math.isfinite(number) for number in numbers(document))


@pytest.mark.parametrize("question", ASKED)
def test_the_text_shows_every_figure_and_no_control_letters(question: str) -> None:
    document = ask(question).json
    shown = call("estimate", question, "--explain", *options(ASKED[question]))
    assert (shown.code, shown.err) == (0, "")
    assert "\x1b" not in shown.out  # no colours in a pipe
    for figure in document["figures"].values():
        assert figure["text"] in shown.out
        if figure["equation"]:
            assert EQUATIONS[figure["equation"]].title in shown.out


@pytest.mark.parametrize("question", ASKED)
def test_the_help_names_every_parameter_and_fits_eighty_columns(question: str) -> None:
    text = call("estimate", question, "--help").out
    assert max(map(len, text.splitlines())) <= 80
    kinds = {"int": "N", "float": "X", "str": "NAME", "float | str": "AMOUNT"}
    for parameter in parameters(question):
        kind = kinds[str(parameter.annotation).removesuffix(" | None")]
        assert f"--{parameter.name.replace('_', '-')} {kind} " in text.replace("\n", " ")


def test_a_plan_that_cannot_run_ends_with_one_and_has_no_figures() -> None:
    answer = ask("training", model="llama-3-405b", count=8, global_batch=8, recompute="none")
    assert (answer.code, answer.err) == (1, "")
    document = answer.json
    assert document["feasible"] is False
    assert document["reasons"]
    assert document["figures"] == {}
    shown = call(
        "estimate", "training", *options(ASKED["training"] | {"model": "llama-3-405b", "count": 8, "global_batch": 8})
    )
    assert shown.code == 1
    assert document["reasons"][0][:20] in shown.out


# --- units and numbers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", ["50TB", "50 TB", "50e12", "50,000,000,000,000", "50000GB", "400 Tb"])
def test_one_amount_has_many_spellings(size: str) -> None:
    time = ask("transfer", size=size).json["figures"]["time"]["value"]
    assert time == pytest.approx(ask("transfer").json["figures"]["time"]["value"])


def test_units_are_read_as_they_are_written() -> None:
    bits = ask("transfer", bandwidth="400Gb/s").json["givens"]
    assert {given["id"]: given["value"] for given in bits}["bandwidth"] == 50e9
    monthly = ask("checkpoint", mtbf="30d").json["figures"]["mtbf"]["value"]
    assert monthly == pytest.approx(30 * quantities.DAY / ASKED["checkpoint"]["count"])  # type: ignore[operator]
    cheap, dear = (ask("training", rate=rate).json["figures"]["cost"]["value"] for rate in ("$2.50/h", "$5/h"))
    assert dear == pytest.approx(2 * cheap)


def test_whole_numbers_and_shares_may_be_written_as_people_do() -> None:
    assert ask("checkpoint", count="1,024").out == ask("checkpoint").out
    assert ask("training", tokens="1,000,000,000,000").out == ask("training").out
    assert ask("tco", utilisation="60 %").out == ask("tco", utilisation=0.6).out
    assert ask("training", count="6.4e1").out == ask("training").out


# --- refusals ---------------------------------------------------------------------------------------------------------


# What may not be given together: an option, and those of ASKED in whose place it stands.
INSTEAD = {"offer": ["rate"], "storage": ["bandwidth"], "link": ["bandwidth"], "energy": ["device", "hours"]}


def _told(question: str, name: str, value: str) -> None:
    """One hostile text in one option: an answer in numbers, or one line that names an option."""
    answer = ask(question, **dict.fromkeys(INSTEAD.get(name, ())) | {name: value})
    if answer.out:
        assert answer.code == (0 if answer.json["feasible"] else 1)
        assert answer.err == ""
        assert all(math.isfinite(number) for number in numbers(answer.json))
        return
    answer.refused()
    if value.strip():
        answer.refused("Invalid value for '--")


@pytest.mark.parametrize("question", ASKED)
def test_no_text_in_any_option_is_more_than_one_line_of_error(question: str) -> None:
    for parameter in parameters(question):
        for value in HOSTILE:
            _told(question, parameter.name, value)


@pytest.mark.parametrize(
    ("question", "option", "value", "said"),
    [
        ("training", "count", "many", "must be a whole number such as 8 or 1,024, got 'many'"),
        ("training", "count", "1.5", "got '1.5'"),
        ("training", "count", "0", "at least 1"),
        ("training", "count", "-8", "at least 1"),
        ("training", "tokens", "15T", "must be a number such as 0.6 or 15e12"),
        ("training", "tokens", "nan", "got 'nan'"),
        ("training", "zero", "4", "0, 1, 2, 3"),
        ("training", "rate", "2.5", "an amount with its unit, like '$2.50/h', got 2.5"),
        ("tco", "energy-price", "0.08", "an amount with its unit, like '$0.08/kWh'"),
        ("tco", "building-price", "11.7", "an amount with its unit, like '$11.7/W'"),
        ("checkpoint", "mtbf", "50 TB", "an amount like '50,000 h', got '50 TB', which is no time"),
        ("training", "attention", "flash-3-hopper", "one of kept, flash-1, flash-2, flash-3, got 'flash-3-hopper'"),
        ("training", "rate", "$2.50", "an amount like '$2.50/h', got '$2.50'"),
        ("training", "rate", "$2.50/B", "an amount like '$2.50/h'"),
        ("training", "rate", "-$2/h", "rate must be"),
        ("training", "precision", "fp12", "bf16"),
        ("transfer", "size", "50 TBs", "TB"),
        ("transfer", "size", "0", "greater than 0"),
        ("transfer", "size", "1e300", "1e-30 to 1e+30"),
        ("transfer", "bandwidth", "10 GB", "an amount like '10 Gb/s'"),
        ("transfer", "loss", "150 %", "at most 1"),
        ("tco", "pue", "0.5", "at least 1"),
    ],
)
def test_wrong_amounts_name_the_option_the_value_and_what_is_allowed(
    question: str, option: str, value: str, said: str
) -> None:
    ask(question, **{option.replace("-", "_"): value}).refused(
        f"'--{option}'", said, f"Try 'ironlaw estimate {question} --help'."
    )


@pytest.mark.parametrize(
    ("question", "option", "value", "near"),
    [
        ("training", "model", "llama-3-80b", "llama-3-8b"),
        ("training", "device", "h10", "h100-"),
        ("training", "network", "infiniband", "infiniband-"),
        ("training", "offer", "gpu-h100", "gpu-h100-aws-p5"),
        ("training", "site", "industry", "industry-average"),
        ("serving", "precision", "fp-88", "fp8"),
        ("serving", "runtime", "tensorrt", "tensorrt-llm"),
        ("checkpoint", "fleet", "meta", "meta"),
        ("transfer", "route", "aws", "egress-internet-aws"),
        ("transfer", "appliance", "snowbowl", "snow"),
        ("carbon", "region", "us-averag", "us-average"),
    ],
)
def test_a_name_that_is_not_there_comes_with_the_nearest(question: str, option: str, value: str, near: str) -> None:
    answer = ask(question, **{option: value}, **({"rate": None} if option == "offer" else {}))
    if answer.code == 0:
        pytest.fail(f"{value} is a name now: choose another misspelling")
    answer.refused(f"'--{option}'", repr(value)[1:-1], near)


def test_a_model_without_what_the_question_needs_is_told_by_option() -> None:
    ask("training", model="resnet-50").refused("'--model'", "ResNet-50")


def test_a_name_or_an_alias_is_as_good_as_an_id() -> None:
    entity = registry.get("h100-sxm")
    by_id = ask("carbon").json["figures"]
    for name in (entity.name, *entity.aliases, "H100-SXM", "h100 sxm"):
        assert ask("carbon", device=name).json["figures"] == by_id, name
    assert "h100" in {alias.lower() for alias in entity.aliases}


@pytest.mark.parametrize(
    ("question", "options_"),
    [
        ("checkpoint", {"storage": "ssd-980-pro"}),
        ("checkpoint", {"mtbf": "9,000 h", "fleet": "meta-rsc-1"}),
        ("transfer", {"link": "ethernet-100g"}),
        ("carbon", {"energy": "433 MWh"}),
        ("carbon", {"site": "google", "pue": 1.2}),
        ("tco", {"offer": "gpu-h100-aws-p5"}),
        ("tco", {"price": "$40,000", "server": "dgx-h100"}),
        ("tco", {"energy_price": "$0.1/kWh", "electricity": "electricity-texas-industrial"}),
        ("tco", {"building_price": "$9/W", "building": "data-centre-construction-us"}),
    ],
)
def test_what_stands_in_place_of_another_is_not_given_with_it(question: str, options_: dict[str, object]) -> None:
    ask(question, **options_).refused("must be left out where", "Invalid value for '--")


def test_what_was_typed_is_never_echoed_by_the_page() -> None:
    for option, value in (
        ("count", "9" * 5000),
        ("model", "x" * 5000),
        ("recompute", "y" * 5000),
        ("rate", "z" * 5000),
    ):
        ask("training", **{option: value}).refused(f"'--{option}'")


def test_missing_and_unknown_options_and_questions() -> None:
    call("estimate", "training").refused("Missing option '--model'")
    call("estimate", "training", "--modle", "x").refused("--model")
    call("estimate", "trainning").refused("No such command 'trainning'")
    call("estimate", "training", *options(ASKED["training"]), "extra").refused("extra")
    alone = call("estimate")
    assert alone.code == 0
    assert all(question in alone.out for question in estimate.QUESTIONS)


# --- the terminal -----------------------------------------------------------------------------------------------------


def test_an_encoding_without_the_letters_is_no_reason_to_stop() -> None:
    arguments = ("estimate", "transfer", *options(ASKED["transfer"]))
    shown = run(*arguments, PYTHONIOENCODING="ascii")
    assert (shown.returncode, shown.stderr) == (0, "")
    document = run(*arguments, "--json", PYTHONIOENCODING="ascii")
    assert Called(document.returncode, document.stdout, "").json == ask("transfer").json


def test_a_reader_that_leaves_early_gets_no_traceback() -> None:
    command = [sys.executable, "-m", "ironlaw", "estimate", "serving", "--json", *options(ASKED["serving"])]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert b"Traceback" not in process.stderr.read()
    process.stderr.close()
    process.wait(60)


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_a_number_is_never_cut_by_a_narrow_terminal(width: int) -> None:
    from io import StringIO

    from rich.console import Console

    from ironlaw.cli._table import table

    rows = [("time of a step, with all that it waits for", "1,234.5 ms", "$1,000,000"), ("memory", "79.8 GB", "$2")]
    out = StringIO()
    Console(file=out, width=width, markup=False, highlight=False).print(
        table(("figure", "value", "cost"), rows, right=(1, 2))
    )
    for _, value, cost in rows:
        assert value in out.getvalue()
        assert cost in out.getvalue()
