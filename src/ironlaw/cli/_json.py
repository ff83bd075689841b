"""Answers for programs: one JSON object on stdout."""

from __future__ import annotations

import json
import sys
from typing import Any

import click


def show(document: Any) -> None:
    """Print it. Letters beyond ASCII are escaped where the stream's encoding may lack them; NaN is a mistake here."""
    plain = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") != "utf8"
    click.echo(json.dumps(document, ensure_ascii=plain, allow_nan=False, indent=1))
