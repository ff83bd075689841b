"""One `ironlaw` command in this process: what a terminal would show, and how it ended."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import pytest

from ironlaw.cli.main import main


@dataclass(frozen=True)
class Called:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed; NaN and Infinity, which are no JSON, are refused."""

        def refuse(name: str) -> None:
            raise AssertionError(f"{name} is no JSON")

        return json.loads(self.out, parse_constant=refuse)

    def refused(self, *said: str, code: int = 2) -> None:
        """It ended with one plain line on stderr that says all this, and printed nothing else."""
        assert (self.code, self.out) == (code, ""), self
        assert self.err.startswith("ironlaw: "), self
        assert self.err.count("\n") == 1, self
        assert len(self.err) < 700, self
        for text in said:
            assert text in self.err, (text, self)


def call(*arguments: str) -> Called:
    """The command with these arguments. Any exception but the end of the program is a traceback, and fails the test."""
    out, err = io.StringIO(), io.StringIO()
    with (
        patch.object(sys, "argv", ["ironlaw", *arguments]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as end,
    ):
        main()
    return Called(int(end.value.code or 0), out.getvalue(), err.getvalue())


def options(given: dict[str, object]) -> list[str]:
    """`{"global_batch": 8}` as `--global-batch=8`."""
    return [f"--{name.replace('_', '-')}={value}" for name, value in given.items()]
