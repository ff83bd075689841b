"""`make docs`: writes the pages that are made from the code: the equations, and the engine against measurements.

`text(name)` gives a page as it should be, so a test can hold the file against it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import scatter
from ironlaw.physics import EQUATIONS, Equation, Symbol
from ironlaw.registry import every
from ironlaw.validation.fitted import fitted_rows, is_fitted, rows_of
from ironlaw.validation.run import Checked, Report, Summary, validate

DOCS = Path(__file__).parent.parent / "docs"
SCATTERED = ("training_throughput", "decode_latency", "collectives", "memory")  # the themes with a measured quantity
WORST = 8


def main() -> None:
    """Write every page."""
    report = validate()
    write("reference/equations.md", equations())
    write("validation/index.md", validation(report))
    write("validation/rows.md", rows(report))
    for theme in SCATTERED:
        write(f"validation/{theme}.svg", scatter.drawing(theme, [row for row in report.rows if row.theme == theme]))


def write(name: str, text: str) -> None:
    """Put a page in its place."""
    path = DOCS / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    sys.stdout.write(f"docs/{name}\n")


# --- equations --------------------------------------------------------------------------------------------------------


def equations() -> str:
    """The reference of all catalogued equations."""
    entries = sorted(EQUATIONS.values(), key=lambda entry: (_module(entry), entry.id))
    lines = [
        "# Equations",
        "",
        f"*Made by `make docs` from the catalogue: {len(entries)} equations. Each is checked by tests: its dimension, the",
        "formula shown against the function that runs, its bounds, and what it refuses. All values are in SI.*",
        "",
    ]
    for module, group in groupby(entries, key=_module):
        lines += [f"## {module.replace('_', ' ')}", "", f"`ironlaw.physics.{module}`", ""]
        for entry in group:
            lines += _equation(entry)
    return "\n".join(lines).rstrip() + "\n"


def _module(entry: Equation) -> str:
    return entry.function.__module__.rpartition(".")[2]


def _equation(entry: Equation) -> Iterator[str]:
    yield from (
        f"### {entry.title}",
        "",
        f"`{entry.id}` · `{entry.function.__name__}()`",
        "",
        f"$${entry.latex()}$$",
        "",
    )
    yield from ("| symbol | meaning | unit | allowed |", "|---|---|---|---|")
    yield _legend(entry.result)
    yield from (_legend(symbol) for symbol in entry.symbols)
    yield from ("", f"Source: {_plain(entry.source)}.".replace("..", "."), "")
    if entry.note:
        yield from (_plain(entry.note), "")


def _plain(text: str) -> str:
    """Text whose asterisks and underscores stay what they are in Markdown."""
    return text.replace("*", r"\*").replace("_", r"\_")


def _legend(symbol: Symbol) -> str:
    written = f"${symbol.written}$" if symbol.constant is None else f"{symbol.constant:g}"
    return f"| {written} | {symbol.meaning} | {'–' if symbol.unit == '1' else symbol.unit} | {symbol.allowed} |"


# --- validation -------------------------------------------------------------------------------------------------------


def validation(report: Report) -> str:
    """The page of the engine against measurements."""
    text = (Path(__file__).parent / "validation_page.txt").read_text(encoding="utf-8")
    marks = {
        "summary": "\n".join(_summary(report)),
        "constants": "\n".join(_constants()),
        "count": f"{sum(is_fitted(f) for e in every('calibration') for f in e.fields.values())} constants on {len(fitted_rows())} rows",
        "pictures": "\n".join(_pictures(report)),
        "left": "\n".join(_left(report)),
    }
    for name, made in marks.items():
        text = text.replace(f"<!-- {name} -->", made)
    return text


def _summary(report: Report) -> Iterator[str]:
    yield "| theme | rows | scored | MAPE | without fitted rows | median | worst | bias | 80 % interval holds | not modelled | excluded |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    for name, theme in report.themes.items():
        yield f"| {name} | {theme.rows} | {theme.scored} | {_errors(theme)} | {theme.not_modelled} | {theme.excluded} |"


def _errors(theme: Summary) -> str:
    if not theme.scored:
        return "– | – | – | – | – | –"
    holds = f"{_share(theme.coverage)} of {theme.coverage_of}" if theme.coverage_of else "closed forms"
    worst = f"{_share(theme.worst, '+')} ({theme.worst_id})"
    blind = _share(theme.mape_blind) if theme.fitted else "the same"
    return f"{_share(theme.mape)} | {blind} | {_share(theme.median)} | {worst} | {_share(theme.bias, '+')} | {holds}"


def _share(value: float | None, sign: str = "") -> str:
    return "–" if value is None else f"{100 * value:{sign}.1f} %"


def _constants() -> Iterator[str]:
    yield "| constant | value | fitted | from | how |"
    yield "|---|--:|---|---|---|"
    held = [(entity, field) for entity in every("calibration") for field in entity.fields.values()]
    for entity, field in sorted(held, key=lambda pair: not is_fitted(pair[1])):
        rows = ", ".join(rows_of(entity)) if is_fitted(field) else "no"
        how = field.note.removeprefix("fitted: ")
        yield f"| {entity.name} (`{entity.id}.{field.name}`) | {field.text} | {rows} | {field.source}, {field.date} ({field.evidence}) | {how} |"


def _pictures(report: Report) -> Iterator[str]:
    for theme in SCATTERED:
        count = report.themes[theme].scored
        yield f"![{theme}: {count} rows, predicted against measured on logarithmic axes, with the line of equality]({theme}.svg)"
        yield ""


def _left(report: Report) -> Iterator[str]:
    """What is not modelled or excluded, by reason."""
    yield "| theme | status | rows | why |"
    yield "|---|---|---|---|"
    left = [row for row in report.rows if row.status != "scored"]
    key = lambda row: (row.theme, row.status, row.reason)  # noqa: E731 - used twice, here only
    for (theme, status, reason), group in groupby(sorted(left, key=key), key=key):
        names = [row.id for row in group]
        shown = ", ".join(names[:WORST]) + (f" and {len(names) - WORST} more" if len(names) > WORST else "")
        yield f"| {theme} | {status.replace('_', ' ')} | {shown} | {reason} |"


def rows(report: Report) -> str:
    """Every row with its numbers."""
    lines = ["# Every row", "", "*Made by `make docs` from `ironlaw validate`.*", ""]
    for name in report.themes:
        lines += [
            f"## {name}",
            "",
            "| row | metric | measured | predicted | 80 % interval | unit | error | status | why or how |",
        ]
        lines += ["|---|---|--:|--:|--:|---|--:|---|---|"]
        lines += [_row(row) for row in report.rows if row.theme == name]
        lines += [""]
    return "\n".join(lines).rstrip() + "\n"


def _row(row: Checked) -> str:
    interval = "–" if row.low is None else f"{_number(row.low)} – {_number(row.high)}"
    numbers = f"{_number(row.measured)} | {_number(row.predicted)} | {interval} | {row.unit} | {_share(row.error, '+')}"
    return f"| {row.id} | {row.metric} | {numbers} | {row.status.replace('_', ' ')} | {row.reason} |"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


if __name__ == "__main__":
    main()
