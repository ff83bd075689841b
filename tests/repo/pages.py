"""The Markdown pages of the repository, taken apart: blocks of code, code in prose, links."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .places import ROOT, texts

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
LINK = re.compile(r"\]\(([^)\s]+)\)")
COMMENT = re.compile(r"\s+#.*$")


@dataclass(frozen=True)
class Page:
    """One page; `path` is from the root."""

    path: Path
    text: str

    def __str__(self) -> str:
        return str(self.path)

    def blocks(self, language: str) -> list[str]:
        """The fenced blocks in a language."""
        return [body for name, body in BLOCK.findall(self.text) if name == language]

    def prose(self) -> str:
        """The page without its blocks."""
        return BLOCK.sub("", self.text)

    def commands(self, program: str, *, only_blocks: bool = False) -> list[list[str]]:
        """Every call of a program, in blocks of shell and in prose, as words. The bare name is no call."""
        return [words for line in self._lines(only_blocks) if len(words := _words(line, program)) > 1]

    def _lines(self, only_blocks: bool) -> Iterator[str]:
        for block in self.blocks("sh"):
            yield from block.splitlines()
        if not only_blocks:
            yield from CODE.findall(self.prose())

    def links(self) -> list[tuple[str, str]]:
        """Links into the repository: target and anchor."""
        found = [link.partition("#") for link in LINK.findall(self.prose()) if "://" not in link]
        return [(target, anchor) for target, _, anchor in found]

    def anchors(self) -> set[str]:
        """What a link can point at: headings, as the code host spells them."""
        heads = re.findall(r"^#+ (.+)$", self.prose(), flags=re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", head).strip().lower().replace(" ", "-") for head in heads}


def _words(line: str, program: str) -> list[str]:
    line = COMMENT.sub("", line.strip())
    if line.partition(" ")[0] not in (program, f".venv/bin/{program}"):
        return []
    return shlex.split(line)


def every() -> list[Page]:
    """All pages, the generated ones of tools left out."""
    return [Page(path, text) for path, text in texts().items() if path.suffix == ".md"]


def exists(place: str) -> bool:
    """Whether a path or pattern of the repository leads to something."""
    pattern = re.sub(r"<[\w-]+>|…", "*", place).rstrip("/")
    return any(True for _ in ROOT.glob(pattern))
