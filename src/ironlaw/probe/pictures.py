"""Decoding JPEG as an image loader does: decode, turn into RGB, shrink to what a network takes. One core."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from ironlaw.probe.figures import Result
from ironlaw.probe.timing import Watch, counted, installed, rate

WIDTH, HEIGHT = 500, 375  # pixels: a usual photograph of the data sets that networks are trained on
SIDE = 224  # pixels that a network takes
TARGETS = (80_000, 100_000, 120_000, 140_000)  # bytes of the pictures: 110 kB on average
QUALITY = 90
_STEPS = 8  # halvings of the noise to meet a size
_DECODE = (
    "Decodes {count} made-up JPEG pictures of {width} × {height} in turn with Pillow and one core, "
    "and resizes each to {side} × {side} (bilinear)"
)


def pictures() -> list[bytes]:
    """JPEG files of these sizes: a smooth picture under as much noise as fills them, the same on every machine."""
    import numpy as np  # noqa: PLC0415 - imported where it is needed

    with installed("pillow"):
        from PIL import Image  # noqa: PLC0415 - an extra: only who measures has it

    random = np.random.default_rng(20261122)
    found = []
    for target in TARGETS:
        coarse = Image.fromarray(random.integers(0, 256, (12, 16, 3)).astype(np.uint8))
        smooth = np.asarray(coarse.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC), dtype=np.float32)
        noise = random.standard_normal(smooth.shape, dtype=np.float32)
        found.append(_filled(smooth, noise, target))
    return found


def _filled(smooth: Any, noise: Any, target: int) -> bytes:
    """The picture with the noise at which its file is nearest to `target` bytes, from below."""
    import numpy as np  # noqa: PLC0415 - imported where it is needed
    from PIL import Image  # noqa: PLC0415 - `pictures` has found it

    low, high, best = 0.0, 128.0, b""
    for _ in range(_STEPS):
        amount = (low + high) / 2
        out = io.BytesIO()
        Image.fromarray(np.clip(smooth + amount * noise, 0, 255).astype(np.uint8)).save(out, "JPEG", quality=QUALITY)
        if out.tell() <= target:
            low, best = amount, out.getvalue()
        else:
            high = amount
    return best or out.getvalue()


def decoded(file: bytes) -> Any:
    """The picture as an array of 224 × 224 pixels of three bytes."""
    import numpy as np  # noqa: PLC0415 - imported where it is needed
    from PIL import Image  # noqa: PLC0415 - `pictures` has found it

    with Image.open(io.BytesIO(file)) as picture:
        return np.asarray(picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR))


def jpeg(watch: Watch) -> Iterator[Result]:
    """Pictures a second, and their mean size."""
    files = pictures()
    mean = sum(map(len, files)) / len(files)
    yield counted("jpeg_bytes", mean, f"Mean size of {len(files)} pictures of {WIDTH} × {HEIGHT}, quality {QUALITY}")

    def decode() -> None:
        for file in files:
            decoded(file)

    told = _DECODE.format(count=len(files), width=WIDTH, height=HEIGHT, side=SIDE)
    yield rate("jpeg_decode", len(files), watch.runs(decode), told)
