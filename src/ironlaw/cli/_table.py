"""Tables on the terminal, for the commands that print many of them. Rich is imported only when one is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from rich.console import Console
    from rich.table import Table

_PIPE_WIDTH = 160  # a pipe has no width of its own, and 80 columns would break each note into slivers


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    title: str | None = None,
    *,
    right: Collection[int] = (),
    lines: bool = False,
) -> Table:
    """A table of texts; `right` holds the places of columns whose digits line up, `lines` draws one between rows."""
    from rich.table import Table  # noqa: PLC0415

    made = Table(title=title, title_justify="left", show_lines=lines)
    for place, column in enumerate(columns):
        made.add_column(column, justify="right" if place in right else "left", no_wrap=place in right, overflow="fold")
    for row in rows:
        made.add_row(*row)
    return made


def console() -> Console:
    """The terminal; text is printed as it is, never read as markup."""
    from rich.console import Console  # noqa: PLC0415

    found = Console(markup=False, highlight=False)
    return found if found.is_terminal else Console(markup=False, highlight=False, width=_PIPE_WIDTH)
