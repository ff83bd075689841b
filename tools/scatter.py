"""Predicted against measured as an SVG: logarithmic axes, the line of equality, a bar for each 80 % interval."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape

from ironlaw.validation.run import Checked

SIZE, LEFT, BOTTOM, TOP = 460, 64, 56, 34
COLOURS = ("#006395", "#CC5500", "#008F45", "#6366F1", "#CB202D", "#7a5c00", "#555555", "#a0207d")
FONT = 'font-family="system-ui, sans-serif"'


def drawing(theme: str, rows: Sequence[Checked]) -> str:
    """One picture; a row is drawn relative to nothing: both numbers in the row's unit, one colour a unit."""
    shown = [row for row in rows if row.status == "scored" and row.measured and row.predicted]
    numbers = [x for row in shown for x in (row.measured, row.predicted) if x]
    low, high = math.floor(math.log10(min(numbers))), math.ceil(math.log10(max(numbers)))
    units = sorted({row.unit for row in shown})
    parts = [*_frame(theme, low, high), *_points(shown, units, low, high), *_key(units)]
    title = f"{theme}: predicted against measured, {len(shown)} rows"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE + LEFT + 170} {SIZE + TOP + BOTTOM}" role="img"'
    return (
        "\n".join([f'{head} aria-label="{escape(title)}">', f"<title>{escape(title)}</title>", *parts, "</svg>"]) + "\n"
    )


def _place(value: float, low: int, high: int) -> float:
    return SIZE * (math.log10(value) - low) / (high - low)


def _frame(theme: str, low: int, high: int) -> Iterator[str]:
    yield f'<rect width="{SIZE + LEFT + 170}" height="{SIZE + TOP + BOTTOM}" fill="#ffffff"/>'
    yield f'<text x="{LEFT}" y="22" {FONT} font-size="15" fill="#222">{escape(theme.replace("_", " "))}</text>'
    for power in range(low, high + 1):
        at = _place(10.0**power, low, high)
        y = TOP + SIZE - at
        label = f"{10.0**power:g}"
        yield f'<path d="M{LEFT} {y:.1f}h{SIZE}M{LEFT + at:.1f} {TOP}v{SIZE}" stroke="#dddddd" fill="none"/>'
        yield f'<text x="{LEFT - 6}" y="{y + 4:.1f}" {FONT} font-size="11" fill="#444" text-anchor="end">{label}</text>'
        yield f'<text x="{LEFT + at:.1f}" y="{TOP + SIZE + 16}" {FONT} font-size="11" fill="#444" text-anchor="middle">{label}</text>'
    yield f'<path d="M{LEFT} {TOP + SIZE}l{SIZE} -{SIZE}" stroke="#222" fill="none"/>'
    middle = TOP + SIZE / 2
    yield f'<text x="{LEFT + SIZE / 2}" y="{TOP + SIZE + 40}" {FONT} font-size="12" fill="#222" text-anchor="middle">measured</text>'
    yield f'<text x="14" y="{middle}" {FONT} font-size="12" fill="#222" text-anchor="middle" transform="rotate(-90 14 {middle})">predicted</text>'


def _points(rows: Sequence[Checked], units: Sequence[str], low: int, high: int) -> Iterator[str]:
    for row in rows:
        if row.measured is None or row.predicted is None or row.low is None or row.high is None:
            raise AssertionError(f"{row.id} has no numbers: drawing() should not have chosen it")
        colour = COLOURS[units.index(row.unit) % len(COLOURS)]
        x = LEFT + _place(row.measured, low, high)
        y, top, bottom = (TOP + SIZE - _place(v, low, high) for v in (row.predicted, row.high, row.low))
        yield f'<path d="M{x:.1f} {top:.1f}V{bottom:.1f}" stroke="{colour}" stroke-opacity=".35"/>'
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" fill="{colour}" fill-opacity=".75"><title>{escape(row.id)}</title></circle>'


def _key(units: Sequence[str]) -> Iterator[str]:
    for place, unit in enumerate(units):
        y = TOP + 12 + 18 * place
        colour = COLOURS[place % len(COLOURS)]
        yield f'<circle cx="{LEFT + SIZE + 16}" cy="{y}" r="4" fill="{colour}"/>'
        yield f'<text x="{LEFT + SIZE + 26}" y="{y + 4}" {FONT} font-size="12" fill="#222">{escape(unit)}</text>'
