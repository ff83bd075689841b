"""Convolutions by counting positions; whole networks against the totals of the published checkpoints."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ironlaw import registry
from ironlaw.physics import InputError
from ironlaw.physics.cnn import (
    Conv,
    conv_macs,
    conv_output_size,
    conv_parameters,
    count,
    image_training_flops,
    mobilenet_v1,
    resnet,
    resnet_basic,
    vgg,
)
from ironlaw.physics.mlp import linear_parameters, mlp_counts
from ironlaw.physics.transformer import layer_stack_weights, transformer_parameters

quick = settings(deadline=None)


@quick
@given(st.integers(1, 60), st.integers(1, 7), st.integers(1, 4), st.integers(0, 3), st.integers(1, 3))
def test_output_size_by_sliding_the_kernel(size: int, kernel: int, stride: int, padding: int, dilation: int) -> None:
    reach = dilation * (kernel - 1) + 1
    assume(size + 2 * padding >= reach)
    places = len(range(-padding, size + padding - reach + 1, stride))
    assert conv_output_size(size, kernel, stride, padding, dilation) == places


def test_macs_by_counting() -> None:
    """A 3 x 3 convolution of 4 channels to 6 in 2 groups on a 5 x 5 output."""
    macs = sum(1 for _place in range(25) for _out in range(6) for _in in range(4 // 2) for _tap in range(9))
    assert conv_macs(5, 5, 4, 6, 3, 2) == macs
    assert conv_parameters(4, 6, 3, 2) == macs / 25
    assert conv_parameters(4, 6, 3, 2, 2) == macs / 25 + 12


@pytest.mark.parametrize(
    ("layers", "model", "parameters"),
    [
        (resnet_basic((2, 2, 2, 2)), "resnet-18", 11_689_512),
        (resnet_basic((3, 4, 6, 3)), "resnet-34", 21_797_672),
        (resnet((3, 4, 6, 3)), "resnet-50", 25_557_032),
        (resnet((3, 4, 23, 3)), "resnet-101", 44_549_160),
        (resnet((3, 8, 36, 3)), "resnet-152", 60_192_808),
        (vgg((2, 2, 3, 3, 3)), "vgg-16", 138_357_544),
        (vgg((2, 2, 4, 4, 4)), "vgg-19", 143_667_240),
    ],
)
def test_networks_from_their_tables(layers: tuple[Conv, ...], model: str, parameters: int) -> None:
    total = count(layers)
    assert total.parameters == parameters == registry.get(model)["parameters"]
    assert total.macs == pytest.approx(registry.get(model)["macs"], rel=0.006)


# Layers, hidden size, edge of a patch: the shapes of Dosovitskiy et al. 2021, table 1, at 224 x 224.
@pytest.mark.parametrize(
    ("model", "layers", "hidden", "patch"),
    [("vit-b-16", 12, 768, 16), ("vit-l-16", 24, 1024, 16), ("vit-h-14", 32, 1280, 14)],
)
def test_vision_transformers_from_their_shape(model: str, layers: int, hidden: int, patch: int) -> None:
    stack = layer_stack_weights(layers, hidden, 1, 1, hidden, 4 * hidden, 2)
    patches = (224 // patch) ** 2
    # Positions of the patches and the class token, the token itself, and the patch embedding's bias.
    total = transformer_parameters(stack, layers, hidden, 3 * patch**2, 1, 13, patches + 1 + 1 + 1, 2)
    total += linear_parameters(hidden, 1000)
    assert total == registry.get(model)["parameters"]


def test_resnet_50_regressions() -> None:
    total = count(resnet((3, 4, 6, 3)))
    assert 2 * total.parameters == pytest.approx(51e6, rel=0.005)  # FP16
    assert 2 * total.macs == pytest.approx(8.2e9, rel=0.005)  # 4.1 G are multiply-accumulates
    assert image_training_flops(total.macs, 1) == pytest.approx(24.6e9, rel=0.005)


def test_mobilenets_from_their_table() -> None:
    whole, half = count(mobilenet_v1()), count(mobilenet_v1(0.5))
    assert whole.parameters == 4_231_976
    assert whole.macs == pytest.approx(569e6, rel=0.001)  # Howard et al. 2017, tables 6 and 8
    assert half.macs == pytest.approx(149e6, rel=0.005)
    assert half.parameters == pytest.approx(1.3e6, rel=0.03)
    person = count(mobilenet_v1(0.25, 96, 2))
    assert person.parameters == pytest.approx(registry.get("person-detection")["parameters"], rel=0.02)


def test_arithmetic_grows_with_the_square_of_the_image() -> None:
    small, large = count(resnet((3, 4, 6, 3), 224)), count(resnet((3, 4, 6, 3), 448))
    assert large.parameters == small.parameters
    head = 2048 * 1000
    assert large.macs - head == pytest.approx(4 * (small.macs - head))


def test_a_fully_connected_layer_is_a_kernel_of_nothing() -> None:
    total = count([Conv(10, 4, 0, 1, vectors=1)])
    assert total.parameters == linear_parameters(10, 4) == 44
    assert total.macs == 40
    assert total.activations == 4


def test_a_small_classifier() -> None:
    assert mlp_counts((784, 256, 10)) == (203_530, 784 * 256 + 2_560)
    assert mlp_counts((784, 256, 10), bias=False)[0] == mlp_counts((784, 256, 10))[1]


def test_bad_networks_are_refused() -> None:
    with pytest.raises(InputError, match=r"^times must be at least 1, got 0"):
        count([Conv(3, 8, 3, 10, times=0)])
    with pytest.raises(InputError, match=r"^channels_in must be "):
        count([Conv(0, 8, 3, 10)])
    with pytest.raises(InputError, match=r"^widths must name inputs and outputs"):
        mlp_counts((784,))


def test_a_network_without_hidden_layers_is_one_layer() -> None:
    assert mlp_counts((784, 10)) == (7_850, 7_840)


@pytest.mark.parametrize("image", [63, 97, 160, 224, 225, 227, 299])
def test_resnets_shrink_an_image_as_a_sliding_kernel_does(image: int) -> None:
    """Stem of 7 x 7 and pooling of 3 x 3, then halved at each later stage: places of the kernel counted."""

    def places(size: int, kernel: int, padding: int) -> int:
        return len(range(-padding, size + padding - kernel + 1, 2))

    stem = places(image, 7, 3)
    sizes = [places(stem, 3, 1)]
    for _ in range(3):
        sizes.append(places(sizes[-1], 3, 1))
    for layers in (resnet((3, 4, 6, 3), image), resnet_basic((2, 2, 2, 2), image)):
        seen = [layer.size for layer in layers[:-1]]
        assert seen[0] == stem
        assert list(dict.fromkeys(seen[1:])) == list(dict.fromkeys(sizes))


# Simonyan & Zisserman 2015, table 1, VGG-16 layer by layer, at 224 x 224: (edge, inputs, outputs) of each convolution.
VGG_16 = [
    (224, 3, 64), (224, 64, 64), (112, 64, 128), (112, 128, 128), (56, 128, 256), (56, 256, 256), (56, 256, 256),
    (28, 256, 512), (28, 512, 512), (28, 512, 512), (14, 512, 512), (14, 512, 512), (14, 512, 512),
]  # fmt: skip


def test_vgg_16_to_the_last_multiplication() -> None:
    macs = sum(edge**2 * 9 * inputs * outputs for edge, inputs, outputs in VGG_16)
    macs += 25_088 * 4_096 + 4_096 * 4_096 + 4_096 * 1_000
    values = sum(edge**2 * outputs for edge, _, outputs in VGG_16) + 4_096 + 4_096 + 1_000
    total = count(vgg((2, 2, 3, 3, 3)))
    assert total.macs == macs == 15_470_264_320
    assert total.activations == values


def test_resnet_50_and_18_to_the_last_multiplication() -> None:
    """Counted on the table of He et al. 2016, stride in the 3 x 3, as fvcore and torchvision count: with the head."""
    for layers, macs in ((resnet((3, 4, 6, 3)), 4_089_184_256), (resnet_basic((2, 2, 2, 2)), 1_814_073_344)):
        assert count(layers).macs == macs
