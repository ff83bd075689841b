"""GGUF sizes, matrix by matrix, against the bits that llama.cpp itself prints."""

from __future__ import annotations

import pytest

from ironlaw import registry
from ironlaw.estimate.gguf import MIXES, gguf_bits, gguf_bytes
from ironlaw.physics import InputError
from ironlaw.physics.quantised import quantised_bits
from ironlaw.registry import UnknownEntity

# llama.cpp, README of the quantize tool: Llama 2 (2023) and Llama 3.1 (2024); the latter prints four digits.
README = {
    "llama-2-7b": {
        "Q2_K (2023)": 3.35,
        "Q3_K_S": 3.50,
        "Q3_K_M": 3.91,
        "Q3_K_L": 4.27,
        "Q4_K_S": 4.58,
        "Q4_K_M": 4.84,
        "Q5_K_S": 5.52,
        "Q5_K_M": 5.68,
        "Q6_K": 6.56,
    },
    "llama-2-13b": {"Q2_K (2023)": 3.34, "Q3_K_M": 3.89, "Q4_K_S": 4.56, "Q4_K_M": 4.83, "Q5_K_M": 5.67},
    "llama-2-70b": {"Q2_K (2023)": 3.40, "Q3_K_S": 3.47, "Q3_K_M": 3.85, "Q4_K_M": 4.80, "Q5_K_M": 5.65, "Q6_K": 6.56},
    "llama-3-1-8b": {
        "Q2_K": 3.1593,
        "Q3_K_S": 3.6429,
        "Q3_K_M": 3.9960,
        "Q3_K_L": 4.2979,
        "Q4_K_S": 4.6672,
        "Q4_K_M": 4.8944,
        "Q5_K_S": 5.5704,
        "Q5_K_M": 5.7036,
        "Q6_K": 6.5633,
        "Q8_0": 8.5008,
    },
}


@pytest.mark.parametrize(("model", "mix"), [(model, mix) for model, mixes in README.items() for mix in mixes])
def test_bits_are_the_readmes(model: str, mix: str) -> None:
    assert gguf_bits(model, mix) == pytest.approx(README[model][mix], rel=0.0025)


def test_sizes_of_files() -> None:
    assert gguf_bytes("llama-3-70b", "Q4_K_M") / 2**30 == pytest.approx(39.59, abs=0.01)
    assert gguf_bytes("llama-3-8b", "F16") / 2**30 == pytest.approx(14.96, abs=0.005)
    assert gguf_bytes("mixtral-8x7b", "Q4_K_M") / 1e9 == pytest.approx(28.45, rel=0.01)
    assert gguf_bytes("llama-2-7b", "Q4_0") / 2**30 == pytest.approx(3.56, abs=0.01)


def test_four_bits_are_never_four() -> None:
    for model in (
        "llama-2-7b",
        "llama-3-8b",
        "mistral-7b",
        "qwen-2-5-14b",
        "gemma-2-9b",
        "deepseek-v3",
        "gpt-oss-120b",
    ):
        sizes = [gguf_bits(model, mix) for mix in ("Q4_0", "Q4_K_S", "Q4_K_M", "Q5_K_S", "Q5_K_M", "Q6_K", "Q8_0")]
        assert sizes[0] > 4.5
        assert sizes[1:] == sorted(sizes[1:])
        assert sizes[-1] <= 8.6


@pytest.mark.parametrize("name", MIXES)
def test_every_mix_lies_between_its_blocks(name: str) -> None:
    bits = gguf_bits("llama-2-13b", name)
    assert 2.6 < bits <= 32
    assert gguf_bits("llama-2-13b", name.lower()) == bits


def test_layouts_give_their_formats_bits() -> None:
    found = 0
    for entity in registry.every("format"):
        if "weight_bits" in entity:
            found += 1
            weight, scale = 8 * entity["weight_bits"], 8 * entity["scale_bits"]
            block_bits, block = (8 * entity["block_bits"], entity["block"]) if "block" in entity else (0.0, 1.0)
            bits = quantised_bits(weight, scale, entity["scale_group"], block_bits, block)
            assert bits == pytest.approx(8 * entity["bytes_per_value"]), entity.id
    assert found >= 12


def test_refusals() -> None:
    with pytest.raises(InputError, match=r"^mix must be one of F32, .*Q4_K_M.*, got 'Q9_K'"):
        gguf_bits("llama-2-7b", "Q9_K")
    with pytest.raises(UnknownEntity):
        gguf_bits("llama-2-8b", "Q4_K_M")
    with pytest.raises(InputError, match=r"^model must be a model with one stack of layers"):
        gguf_bits("resnet-50", "Q4_K_M")
