"""Models by their names: every shape gives the total that its source prints, whatever way the name is written."""

from __future__ import annotations

import csv

import pytest

from ironlaw import registry
from ironlaw.estimate.models import find_model, model_shape
from ironlaw.physics import InputError
from ironlaw.registry import UnknownEntity
from ironlaw.validation.rows import shipped

MODELS = registry.every("model")
SHAPED = [model for model in MODELS if "layers" in model]
EXPERTS = [model for model in SHAPED if "parameters_active" in model]


@pytest.mark.parametrize("model", SHAPED, ids=lambda model: model.id)
def test_the_shape_gives_the_printed_total(model: registry.Entity) -> None:
    shape = model_shape(model.id)
    tolerance = 0.015 if model.field("layers").verified else 0.05
    assert shape.counted_parameters == pytest.approx(model["parameters"], rel=tolerance)
    assert shape.active_weights <= shape.layer_weights < shape.counted_parameters


@pytest.mark.parametrize("model", EXPERTS, ids=lambda model: model.id)
def test_active_parameters_are_those_a_token_passes(model: registry.Entity) -> None:
    """Publishers count the embeddings both, one or none of them: the printed figure lies between."""
    shape = model_shape(model.id)
    matrix = shape.vocabulary * shape.hidden
    most = shape.active_weights + shape.embeddings * matrix
    assert shape.active_weights * 0.98 <= model["parameters_active"] <= most * 1.02
    assert shape.active_weights < shape.layer_weights


# What papers and model cards print in their titles, for the totals that were counted from the shape.
PRINTED = {
    "gpt-3-125m": 125e6,
    "gpt-3-350m": 350e6,
    "gpt-3-760m": 760e6,
    "gpt-3-1-3b": 1.3e9,
    "gpt-3-2-7b": 2.7e9,
    "gpt-3-6-7b": 6.7e9,
    "gpt-3-13b": 13e9,
    "megatron-1-7b": 1.7e9,
}


@pytest.mark.parametrize("name", PRINTED)
def test_counted_totals_round_to_the_printed_ones(name: str) -> None:
    assert model_shape(name).parameters == pytest.approx(PRINTED[name], rel=0.03)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("Llama-2-70B (GQA-8)", "llama-2-70b"),
        ("llama2-70b-99.9", "llama-2-70b"),
        ("Llama-2-70b-chat-hf", "llama-2-70b"),
        ("meta-llama/Llama-3.1-8B-Instruct", "llama-3-1-8b"),
        ("Llama 3.1 405B server", "llama-3-405b"),
        ("LLAMA3_8B", "llama-3-8b"),
        ("LLaMA 30B", "llama-33b"),
        ("DeepSeek-V3 (MLA)", "deepseek-v3"),
        ("OPT-13B", "opt-13b"),
        ("OPT-1.3B", "opt-1-3b"),
        ("opt-1-3b", "opt-1-3b"),
        ("GPT-3", "gpt-3-175b"),
        ("Llama 2 (70B)", "llama-2-70b"),
        ("22B", "megatron-22b"),
        ("Qwen3_30B_a3B", "qwen-3-30b-a3b"),
        ("Command R+", "command-r-plus-104b"),
        ("MobileNetV1 0.5 (ImageNet)", "mobilenet-v1-0-5"),
    ],
)
def test_names_as_they_are_written(written: str, found: str) -> None:
    assert find_model(written).id == found


def test_every_name_and_alias_finds_its_own_model() -> None:
    for model in MODELS:
        for name in (model.id, model.name, *model.aliases):
            assert find_model(name).id == model.id, name


def test_the_models_of_the_memory_rows_are_known() -> None:
    text = (shipped() / "memory.csv").read_text(encoding="utf-8")
    names = {row["model"] for row in csv.DictReader(text.splitlines())} - {""}
    assert len(names) >= 5
    for name in names:
        assert find_model(name)


@pytest.mark.parametrize("name", ["", "-", "70B", "no-such-model", "llama-2-71b", "llama"])
def test_unknown_names_say_the_nearest(name: str) -> None:
    with pytest.raises(UnknownEntity) as caught:
        find_model(name)
    assert caught.value.nearest


def test_a_vision_model_has_no_transformers_shape() -> None:
    assert find_model("ResNet-50")["parameters"] == 25_557_032
    with pytest.raises(InputError, match=r"^model must be a model with one stack of layers.*, got ResNet-50$"):
        model_shape("ResNet-50")


def test_numbers_of_a_shape() -> None:
    llama = model_shape("llama-3-8b")
    assert llama.counted_parameters == llama.parameters == 8_030_261_248
    assert llama.forward_flops == 2 * (llama.layer_weights + 128256 * 4096)
    assert (llama.kv_bytes(), llama.kv_bytes(1.0)) == (131_072, 65_536)
    assert (llama.window, llama.global_share) == (8192, 1.0)
    gemma = model_shape("gemma-2-9b")
    assert (gemma.window, gemma.global_share) == (4096, 0.5)
    assert gemma.head_size == 256
    mistral = model_shape("mistral-7b")
    assert (mistral.window, mistral.global_share) == (4096, 0.0)
    deepseek = model_shape("deepseek-v3")
    assert deepseek.kv_bytes() == 70_272
    assert (deepseek.key_size, deepseek.value_size) == (192, 128)
    assert deepseek.expert_layers == 58
