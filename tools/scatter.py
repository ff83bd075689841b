"""Predicted against measured as an SVG, and the error of each row below: logarithmic axes, a bar for each 80 % interval."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape

from ironlaw.validation.run import Checked

SIZE, LEFT, TOP, GAP, ERRORS, BOTTOM, KEY = 440, 64, 34, 34, 150, 52, 160  # px
MOST = 0.5  # errors up to here have their place in the lower picture; larger ones stand at its edge
COLOURS = ("#006395", "#CC5500", "#008F45", "#6366F1", "#CB202D", "#7a5c00", "#555555", "#a0207d")
FONT = 'font-family="system-ui, sans-serif"'
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def drawing(theme: str, rows: Sequence[Checked]) -> str:
    """One picture of the scored rows, each in its own unit, one colour a unit."""
    shown = [row for row in rows if row.status == "scored" and row.measured and row.predicted]
    numbers = [x for row in shown for x in (row.measured, row.predicted) if x]
    low, high = math.floor(math.log10(min(numbers))), math.ceil(math.log10(max(numbers)))
    units = sorted({row.unit for row in shown})
    parts = [*_frame(theme, low, high), *_points(shown, units, low, high), *_key(units)]
    title = f"{theme}: predicted against measured, and the error of each row, {len(shown)} rows"
    width, height = LEFT + SIZE + KEY, TOP + SIZE + GAP + ERRORS + BOTTOM
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
    back = f'<rect width="{width}" height="{height}" fill="#ffffff"/>'
    return (
        "\n".join([f'{head} aria-label="{escape(title)}">', f"<title>{escape(title)}</title>", back, *parts, "</svg>"])
        + "\n"
    )


def _place(value: float, low: int, high: int) -> float:
    return SIZE * (math.log10(value) - low) / (high - low)


def _error_place(error: float) -> float:
    """Height of an error in the lower picture; what passes the edge stands at it."""
    middle = TOP + SIZE + GAP + ERRORS / 2
    return middle - ERRORS / 2 * max(-1.0, min(1.0, error / MOST))


def _text(x: float, y: float, text: str, anchor: str = "middle", size: int = 11, turn: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {FONT} font-size="{size}" fill="#222" text-anchor="{anchor}"{turn}>{escape(text)}</text>'


def _frame(theme: str, low: int, high: int) -> Iterator[str]:
    bottom = TOP + SIZE + GAP + ERRORS
    yield _text(LEFT, 22, theme.replace("_", " "), "start", 15)
    step = 1 if high - low <= 8 else 2
    for power in range(low, high + 1, step):
        at = _place(10.0**power, low, high)
        y = TOP + SIZE - at
        label = f"{10**power:,}" if 0 <= power <= 3 else "10" + str(power).translate(RAISED)
        yield f'<path d="M{LEFT} {y:.1f}h{SIZE}M{LEFT + at:.1f} {TOP}v{SIZE}m0 {GAP}v{ERRORS}" stroke="#dddddd" fill="none"/>'
        yield _text(LEFT - 6, y + 4, label, "end")
        yield _text(LEFT + at, bottom + 16, label)
    for error in (-MOST, -0.1, 0.0, 0.1, MOST):
        y = _error_place(error)
        dark = "#222" if error == 0 else "#aaaaaa" if abs(error) == 0.1 else "#dddddd"
        yield f'<path d="M{LEFT} {y:.1f}h{SIZE}" stroke="{dark}" fill="none"/>'
        yield _text(LEFT - 6, y + 4, f"{100 * error:+.0f} %" if error else "0", "end")
    yield f'<path d="M{LEFT} {TOP + SIZE}l{SIZE} -{SIZE}" stroke="#222" fill="none"/>'
    for middle, words in ((TOP + SIZE / 2, "predicted"), (bottom - ERRORS / 2, "error")):
        yield _text(14, middle, words, size=12, turn=f' transform="rotate(-90 14 {middle})"')
    yield _text(LEFT + SIZE / 2, bottom + 38, "measured", size=12)


def _points(rows: Sequence[Checked], units: Sequence[str], low: int, high: int) -> Iterator[str]:
    for row in rows:
        if row.measured is None or row.predicted is None or row.low is None or row.high is None or row.error is None:
            raise AssertionError(f"{row.id} has no numbers: drawing() should not have chosen it")
        colour = COLOURS[units.index(row.unit) % len(COLOURS)]
        x = LEFT + _place(row.measured, low, high)
        y = TOP + SIZE - _place(row.predicted, low, high)
        top, bottom = (_error_place(value / row.measured - 1) for value in (row.high, row.low))
        dot = f'fill="{colour}" fill-opacity=".75"><title>{escape(row.id)}</title></circle>'
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" {dot}'
        yield f'<path d="M{x:.1f} {top:.1f}V{bottom:.1f}" stroke="{colour}" stroke-opacity=".25"/>'
        yield f'<circle cx="{x:.1f}" cy="{_error_place(row.error):.1f}" r="2.2" {dot}'


def _key(units: Sequence[str]) -> Iterator[str]:
    for place, unit in enumerate(units):
        y = TOP + 12 + 18 * place
        yield f'<circle cx="{LEFT + SIZE + 16}" cy="{y}" r="4" fill="{COLOURS[place % len(COLOURS)]}"/>'
        yield _text(LEFT + SIZE + 26, y + 4, unit, "start", 12)
