"""`ironlaw registry`: what it prints is what the registry holds."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from ironlaw import registry as data
from ironlaw.cli.registry import registry


def run(*args: str) -> Result:
    return CliRunner().invoke(registry, list(args))


def test_show_prints_each_field_with_its_source() -> None:
    result = run("show", "h100-sxm")
    assert result.exit_code == 0
    entity = data.get("h100-sxm")
    for field in entity.fields.values():
        assert field.name in result.output
        assert field.text in result.output
        assert f"{field.si:.10g}" in result.output
    for text in ("NVIDIA datasheet: H100", "2022", "recalled, partly seen", "1,979"):
        assert text in result.output


def test_show_marks_what_nobody_checked() -> None:
    assert "(unverified)" in run("show", "t4").output
    assert "(unverified)" not in run("show", "mpt-13b").output


@pytest.mark.parametrize("entity_id", ["h100-sxm", "nvlink4", "llama-2-70b", "fp8", "overlap-sm-share"])
def test_show_as_json_is_the_entity(entity_id: str) -> None:
    result = run("show", entity_id, "--json")
    document = json.loads(result.output)
    entity = data.get(entity_id)
    assert (document["id"], document["kind"], document["name"]) == (entity.id, entity.kind, entity.name)
    assert document["digest"] == data.digest()
    assert {field["name"]: field["si"] for field in document["fields"]} == {
        name: entity[name] for name in entity.fields
    }
    keys = {"value", "unit", "si", "dimension", "source", "date", "evidence", "note", "text"}
    assert all(keys <= field.keys() for field in document["fields"])


def test_the_help_names_every_kind() -> None:
    said = " ".join(run("--help").output.split())
    assert f"{', '.join(data.KINDS)}." in said


def test_an_unknown_id_exits_with_the_nearest() -> None:
    result = run("show", "nvlink-4")
    assert result.exit_code == 2
    assert "nvlink4" in result.output
    assert "Traceback" not in result.output


def test_list_names_everything_once() -> None:
    listed = json.loads(run("list", "--json").output)
    assert listed["digest"] == data.digest()
    assert [row["id"] for row in listed["entities"]] == [each for kind in data.KINDS for each in data.ids(kind)]


@pytest.mark.parametrize("kind", list(data.KINDS))
def test_list_of_a_kind(kind: str) -> None:
    result = run("list", kind)
    assert result.exit_code == 0
    for entity_id in data.ids(kind):
        assert entity_id in result.output
    rows = json.loads(run("list", kind, "--json").output)["entities"]
    assert {row["kind"] for row in rows} == {kind}


def test_list_of_an_unknown_kind() -> None:
    result = run("list", "gadget")
    assert result.exit_code == 2
    assert "device" in result.output
