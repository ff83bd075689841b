"""Tables on the terminal, for the commands that print many of them. Rich is imported only when one is printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from rich.console import Console, ConsoleOptions, RenderResult

_PIPE_WIDTH = 160  # a pipe has no width of its own, and 80 columns would break each note into slivers
_LEAST = 12  # columns of text that still read as text


@dataclass(frozen=True)
class Table:
    """A table, or where the terminal is too narrow for it one block of lines a row: a number is never cut."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    title: str | None
    right: Collection[int]
    lines: bool

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """What Rich prints."""
        from rich import table  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        if self._least() > options.max_width:
            yield from (Text(line) for line in self._blocks())
            return
        made = table.Table(title=self.title, title_justify="left", show_lines=self.lines)
        for place, column in enumerate(self.columns):
            made.add_column(
                column, justify="right" if place in self.right else "left", no_wrap=place in self.right, overflow="fold"
            )
        for row in self.rows:
            made.add_row(*row)
        yield made

    def _least(self) -> int:
        """Columns of the terminal that the table takes at least."""
        width = 1
        for place, cells in enumerate(zip(self.columns, *self.rows, strict=True)):
            longest = max(map(len, cells))
            width += 3 + (longest if place in self.right else min(longest, _LEAST))
        return width

    def _blocks(self) -> Iterable[str]:
        names = max(map(len, self.columns))
        if self.title:
            yield self.title
        for row in self.rows:
            yield ""
            yield from (f"{name:{names}}  {cell}" for name, cell in zip(self.columns, row, strict=True) if cell)


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    title: str | None = None,
    *,
    right: Collection[int] = (),
    lines: bool = False,
) -> Table:
    """A table of texts; `right` holds the places of columns whose digits line up, `lines` draws one between rows."""
    return Table(columns, list(rows), title, right, lines)


def console() -> Console:
    """The terminal; text is printed as it is, never read as markup."""
    from rich.console import Console  # noqa: PLC0415

    found = Console(markup=False, highlight=False)
    return found if found.is_terminal else Console(markup=False, highlight=False, width=_PIPE_WIDTH)
