"""`python -m ironlaw.validation [THEME …]`: every row with its error, for people who work on a theme."""

from __future__ import annotations

import sys

from .run import validate


def main() -> None:
    """Print the rows, the worst at the end, and the summary of each theme."""
    report = validate(only=sys.argv[1:])
    for row in sorted(report.rows, key=lambda row: abs(row.error or 0)):
        numbers = f"{row.measured!s:>12.12} {row.predicted!s:>12.12} {100 * (row.error or 0):+8.1f} %"
        sys.stdout.write(
            f"{row.id:10} {numbers} {'in ' if row.covered else 'out'} {row.status:12} {row.metric} {row.reason}\n"
        )
    for name, theme in report.themes.items():
        sys.stdout.write(f"{name}: {theme}\n")


if __name__ == "__main__":
    main()
