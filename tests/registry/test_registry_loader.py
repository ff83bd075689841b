"""The loader: lazy, strict, and clear about what is wrong in which file."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironlaw import registry
from ironlaw.registry import Registry, RegistryError, UnknownEntity, UnknownField

GOOD = """\
id = "alpha"
kind = "device"
name = "Alpha"
aliases = ["The Alpha"]

[sources.sheet]
title = "Alpha datasheet"
date = "2024-05"
where = "a drawer"
evidence = "read in stored copy"

[fields]
peak_bf16 = { value = 100, unit = "TFLOP/s", source = "sheet" }
peak_bf16_sparse = { value = 200, unit = "TFLOP/s", source = "sheet" }
memory_capacity = { value = 80, unit = "GB", source = "sheet", note = "HBM3" }
link_bandwidth = { value = 400, unit = "Gb/s", source = "sheet" }
link_bandwidth_bidirectional = { value = 100, unit = "GB/s", source = "sheet" }
multiprocessors = { value = 132, unit = "1", source = "sheet" }
"""
MODEL = """\
id = "beta"
kind = "model"
name = "Beta"
[sources.card]
title = "card"
date = "2024"
where = "a drawer"
evidence = "recalled only"
[fields]
parameters = { value = 7, unit = "B parameters", source = "card" }
layers = { value = 32, unit = "1", source = "card" }
hidden = { value = 4096, unit = "1", source = "card" }
heads = { value = 32, unit = "1", source = "card" }
kv_heads = { value = 8, unit = "1", source = "card" }
vocabulary = { value = 32000, unit = "1", source = "card" }
context = { value = 4096, unit = "1", source = "card" }
feed_forward = { value = 11008, unit = "1", source = "card" }
feed_forward_matrices = { value = 3, unit = "1", source = "card" }
embedding_matrices = { value = 2, unit = "1", source = "card" }
"""


def put(root: Path, kind: str, entity_id: str, text: str) -> Registry:
    folder = root / f"{kind}s"
    folder.mkdir(exist_ok=True)
    (folder / f"{entity_id}.toml").write_text(text, encoding="utf-8")
    return Registry(root)


def test_a_good_file_is_read_in_si_with_its_source(tmp_path: Path) -> None:
    alpha = put(tmp_path, "device", "alpha", GOOD).get("alpha")
    assert (alpha.id, alpha.kind, alpha.name, alpha.aliases) == ("alpha", "device", "Alpha", ("The Alpha",))
    assert alpha["memory_capacity"] == 8e10
    assert alpha["link_bandwidth"] == 5e10  # gigabits
    field = alpha.field("memory_capacity")
    assert (field.value, field.unit, field.dimension) == (80.0, "GB", "bytes")
    assert (field.source, field.date, field.evidence) == ("Alpha datasheet", "2024-05", "read in stored copy")
    assert (field.note, field.where, field.text) == ("HBM3", "a drawer", "80 GB")
    assert field.verified
    assert "memory_capacity" in alpha
    assert "price" not in alpha


def test_a_figure_from_memory_is_not_verified(tmp_path: Path) -> None:
    assert not put(tmp_path, "model", "beta", MODEL).get("beta").field("layers").verified


def test_an_unknown_field_names_its_neighbours(tmp_path: Path) -> None:
    alpha = put(tmp_path, "device", "alpha", GOOD).get("alpha")
    with pytest.raises(UnknownField, match=r"'memory_bandwith'.*memory_capacity") as caught:
        alpha["memory_bandwith"]
    assert isinstance(caught.value, KeyError)
    assert "alpha" in str(caught.value)


# Each case: what is replaced in a good file, by what, and what the error must name.
BROKEN = [
    ('id = "alpha"', 'id = "alfa"', ["id is 'alfa'", "'alpha'"]),
    ('kind = "device"', 'kind = "link"', ["kind is 'link'", "'device'"]),
    ('name = "Alpha"', "", ["name is None"]),
    ('name = "Alpha"', 'name = " "', ["name is ' '"]),
    ('["The Alpha"]', '"The Alpha"', ["aliases", "a list"]),
    ('kind = "device"', 'kind = "device"\ncolour = "red"', ["colour", "allowed: id, kind"]),
    ('date = "2024-05"', 'date = "May"', ["sources.sheet.date", "'May'", "2024"]),
    ('evidence = "read in stored copy"', 'evidence = "sure"', ["evidence", "'sure'", "recalled only"]),
    ('title = "Alpha datasheet"', "", ["sources.sheet.title"]),
    ('where = "a drawer"', 'where = "a drawer"\nurl = "x"', ["url"]),
    ("[fields]", '[sources.idle]\ntitle="t"\ndate="2024"\nwhere="w"\nevidence="computed"\n[fields]', ["sources.idle"]),
    ("value = 80,", "value = -80,", ["memory_capacity", "-80", "above 0"]),
    ("value = 80,", "value = 0,", ["memory_capacity", "above 0"]),
    ("value = 80,", "value = nan,", ["memory_capacity", "nan"]),
    ("value = 80,", "value = inf,", ["memory_capacity", "inf"]),
    ("value = 80,", f"value = 1{'0' * 400},", ["memory_capacity", "finite"]),
    ("value = 80,", "value = true,", ["memory_capacity", "True"]),
    ("value = 80,", 'value = "80",', ["memory_capacity", "'80'"]),
    ("value = 80,", "", ["memory_capacity", "None"]),
    ('unit = "GB",', 'unit = "GX",', ["memory_capacity", "'GX'", "GB"]),
    ('unit = "GB",', 'unit = "GB/s",', ["memory_capacity", "'GB/s'", "bandwidth", "bytes"]),
    ('unit = "GB",', "", ["memory_capacity.unit"]),
    ('source = "sheet", note', 'source = "shet", note', ["memory_capacity", "'shet'", "sheet"]),
    ('note = "HBM3"', 'note = ""', ["memory_capacity.note"]),
    ('note = "HBM3"', 'remark = "HBM3"', ["memory_capacity", "remark", "note"]),
    ("value = 132", "value = 132.5", ["multiprocessors", "132.5", "whole"]),
    ("memory_capacity =", "memory_size =", ["memory_size", "memory_capacity"]),
    ("value = 200,", "value = 99,", ["peak_bf16", "100", "at most peak_bf16_sparse", "99"]),
    ('value = 100, unit = "GB/s"', 'value = 40, unit = "GB/s"', ["link_bandwidth", "bidirectional"]),
    ("[fields]", "[fields", ["not valid TOML"]),
]


@pytest.mark.parametrize(("old", "new", "names"), BROKEN)
def test_a_broken_file_is_refused_by_name(tmp_path: Path, old: str, new: str, names: list[str]) -> None:
    assert old in GOOD
    broken = put(tmp_path, "device", "alpha", GOOD.replace(old, new, 1))
    for read in (lambda: broken.get("alpha"), lambda: broken.every("device"), broken.check):
        with pytest.raises(RegistryError) as caught:
            read()
        for name in ["devices/alpha.toml", *names]:
            assert name in str(caught.value)


def test_a_missing_required_field_is_named(tmp_path: Path) -> None:
    text = "\n".join(line for line in GOOD.splitlines() if not line.startswith("memory_capacity"))
    with pytest.raises(RegistryError, match="memory_capacity is missing"):
        put(tmp_path, "device", "alpha", text).get("alpha")


@pytest.mark.parametrize("gone", ["layers", "kv_heads", "embedding_matrices"])
def test_half_a_shape_is_refused(tmp_path: Path, gone: str) -> None:
    text = "\n".join(line for line in MODEL.splitlines() if not line.startswith(f"{gone} "))
    with pytest.raises(RegistryError, match=f"{gone} is missing; these come together"):
        put(tmp_path, "model", "beta", text).get("beta")


def test_heads_must_divide(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match=r"kv_heads is 5.*divisor of heads"):
        put(tmp_path, "model", "beta", MODEL.replace("value = 8,", "value = 5,")).get("beta")


def test_a_share_cannot_pass_one(tmp_path: Path) -> None:
    text = MODEL.split("[fields]", maxsplit=1)[0].replace('kind = "model"', 'kind = "calibration"')
    text += '[fields]\nshare = { value = 1.2, unit = "1", source = "card" }\n'
    with pytest.raises(RegistryError, match=r"share has value 1\.2"):
        put(tmp_path, "calibration", "beta", text).get("beta")


def test_an_entity_without_fields_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="price"):
        put(tmp_path, "price", "x", 'id = "x"\nkind = "price"\nname = "X"\n[sources]\n[fields]\n').get("x")


def test_names_and_ids_are_unique(tmp_path: Path) -> None:
    put(tmp_path, "device", "alpha", GOOD)
    twin = GOOD.replace('id = "alpha"', 'id = "gamma"').replace('name = "Alpha"', 'name = "Gamma"')
    with pytest.raises(RegistryError, match=r"gamma.*'The Alpha' is taken by alpha"):
        put(tmp_path, "device", "gamma", twin).check()
    (tmp_path / "devices" / "gamma.toml").unlink()
    clash = MODEL.replace('id = "beta"', 'id = "alpha"')
    with pytest.raises(RegistryError, match="id is taken"):
        put(tmp_path, "model", "alpha", clash).check()


def test_an_unknown_id_names_the_nearest() -> None:
    with pytest.raises(UnknownEntity) as caught:
        registry.get("h100-smx")
    assert caught.value.nearest[0] == "h100-sxm"
    assert "h100-smx" in str(caught.value)
    assert "h100-sxm" in str(caught.value)
    assert isinstance(caught.value, KeyError)


@pytest.mark.parametrize(
    "bad", ["", "../../pyproject", "devices/h100-sxm", "h100-sxm.toml", "H100-SXM", "a\0b", None, 3]
)
def test_an_id_is_never_a_path(bad: object) -> None:
    with pytest.raises(UnknownEntity):
        registry.get(bad)  # type: ignore[arg-type]


@given(st.text(max_size=200))
def test_any_text_is_an_id_or_refused(text: str) -> None:
    try:
        assert registry.get(text).id == text
    except UnknownEntity as error:
        assert len(str(error)) < 400  # noqa: PT017 - an answer is as good as a refusal here


def test_unknown_kinds_are_named() -> None:
    with pytest.raises(UnknownEntity, match="nearest: device"):
        registry.ids("devices")


def test_the_digest_follows_the_data_and_nothing_else(tmp_path: Path) -> None:
    first = put(tmp_path, "device", "alpha", GOOD).digest()
    assert first == Registry(tmp_path).digest()
    assert len(first) == 64
    (tmp_path / "devices" / "alpha.toml").write_bytes(GOOD.replace("\n", "\r\n").encode())
    assert Registry(tmp_path).digest() == first
    assert put(tmp_path, "device", "alpha", GOOD.replace("value = 80", "value = 81")).digest() != first
    (tmp_path / "devices" / "alpha.toml").rename(tmp_path / "devices" / "beta.toml")
    assert Registry(tmp_path).digest() != first


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


def test_import_reads_no_data_and_one_id_reads_one_file() -> None:
    """Counted by the interpreter's own audit hook, in a fresh process."""
    out = run(
        "import sys\n"
        "seen = []\n"
        "sys.addaudithook(lambda name, args: seen.append(str(args[0])) if name == 'open' else None)\n"
        "from ironlaw import registry\n"
        "print(sum(path.endswith('.toml') for path in seen), 'tomllib' in sys.modules)\n"
        "registry.get('h100-sxm'); registry.get('h100-sxm')\n"
        "print(sum(path.endswith('.toml') for path in seen))\n"
    )
    assert out.split() == ["0", "False", "1"]


def test_entities_cannot_be_changed() -> None:
    entity = registry.get("h100-sxm")
    with pytest.raises(AttributeError):
        entity.name = "x"  # type: ignore[misc]
    with pytest.raises(TypeError):
        entity.fields["power"] = entity.field("clock")  # type: ignore[index]
    with pytest.raises(AttributeError):
        entity.field("clock").si = math.pi  # type: ignore[misc]
