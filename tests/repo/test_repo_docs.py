"""Documentation is a test: what the pages name exists, what they show runs."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

from ironlaw import labs, registry
from ironlaw.cli.main import ironlaw
from ironlaw.labkit.contract import check, load
from ironlaw.ledger import SqliteStore, uuid7
from ironlaw.registry import Registry
from ironlaw.session import Session

from . import pages
from .places import ROOT, SOURCE

PAGES = pages.every()
each = pytest.mark.parametrize("page", PAGES, ids=str)
MANUAL = [page for page in PAGES if page.path.parts[:2] != ("docs", "explanation")]
LASTING = {"serve", "bench"}  # these run until stopped, or measure for minutes


def test_the_pages_that_a_newcomer_needs_are_there() -> None:
    found = {str(page) for page in PAGES}
    wanted = "README.md CONTRIBUTING.md CHANGELOG.md docs/index.md docs/tutorial/first-lab.md"
    guides = "add-a-device add-an-equation add-a-lab read-the-ledger run-for-a-class"
    assert {*wanted.split(), *(f"docs/how-to/{name}.md" for name in guides.split())} <= found


def test_the_index_lists_every_page() -> None:
    (index,) = [page for page in PAGES if str(page) == "docs/index.md"]
    linked = {(ROOT / "docs" / target).resolve() for target, _ in index.links()}
    for page in PAGES:
        if page.path.parts[0] == "docs" and page is not index:
            assert (ROOT / page.path).resolve() in linked, f"docs/index.md does not list {page}"


@each
def test_links_lead_somewhere(page: pages.Page) -> None:
    by_path = {(ROOT / other.path).resolve(): other for other in PAGES}
    for target, anchor in page.links():
        place = (ROOT / page.path.parent / target).resolve() if target else (ROOT / page.path).resolve()
        assert place.exists(), f"{page}: {target}"
        if anchor:
            assert anchor in by_path[place].anchors(), f"{page}: {target}#{anchor}"


@each
def test_paths_exist(page: pages.Page) -> None:
    words = [word for code in pages.CODE.findall(page.prose()) for word in code.split()]
    words += [word for block in page.blocks("sh") for word in block.split()]
    for word in words:
        if re.match(r"(src|docs|tests|tools|requirements|\.ci)/", word):
            assert pages.exists(word), f"{page}: {word}"


@each
def test_make_targets_exist(page: pages.Page) -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    for words in page.commands("make"):
        named = [word for word in words[1:] if "=" not in word]
        assert set(named) <= targets, f"{page}: {' '.join(words)}"


@each
def test_commands_and_their_options_exist(page: pages.Page) -> None:
    for words in page.commands("ironlaw"):
        _parse(words[1:], f"{page}: {' '.join(words)}")


def _parse(words: list[str], where: str) -> None:
    """Follow the words down to a command and its options, as the command line does, without running it."""
    command: click.Command = ironlaw
    context = click.Context(command)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name, *words = words
        found = command.get_command(context, name)
        assert found, f"{where}: there is no command {name!r}"
        command, context = found, click.Context(found, parent=context)
    if "--help" in words:
        return
    try:
        command.make_parser(context).parse_args(words)
    except click.UsageError as error:
        pytest.fail(f"{where}: {error.format_message()}")


@each
def test_python_names_exist(page: pages.Page) -> None:
    for code in pages.CODE.findall(page.prose()):
        if match := re.fullmatch(r"(ironlaw(?:\.\w+)+)(?:\(.*\))?", code):
            assert _resolves(match[1]), f"{page}: {match[1]}"


def _resolves(dotted: str) -> bool:
    parts = dotted.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for name in parts[cut:]:
            if not hasattr(found, name):
                return False
            found = getattr(found, name)
        return True
    return False


@each
def test_labs_that_are_named_exist(page: pages.Page) -> None:
    known = {entry.id for entry in labs.curriculum()}
    assert set(re.findall(r"\bv[12]_\d\d\b", page.text)) <= known, page


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with the docs beside it, and a ledger in which a lab was begun."""
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    with SqliteStore(tmp_path / "ledger.sqlite") as store:
        session = Session(store)
        lab = labs.load("v2_02")  # the one that the manual walks through
        act = lab.acts[0]
        answer = {"option": act.prediction.options[0].id, "confidence": 0.5}
        for kind, payload in (("predicted", answer), ("moved", {"settings": act.start()})):
            session.intent(lab.id, {"id": uuid7(), "kind": kind, "act": act.id, "payload": payload})
    return tmp_path


@pytest.mark.parametrize("page", [page for page in MANUAL if page.blocks("python")], ids=str)
def test_python_runs(page: pages.Page, home: Path) -> None:
    program = "\n".join(page.blocks("python"))
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=home,
        env=os.environ | {"IRONLAW_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout
    for comment in re.findall(r"print\(error\) +# (.+)", program):
        assert comment in run.stdout


@pytest.mark.parametrize("page", [page for page in MANUAL if page.commands("ironlaw", only_blocks=True)], ids=str)
def test_commands_run(page: pages.Page, home: Path) -> None:
    if (home / "docs" / "how-to" / "run-for-a-class.md").samefile(ROOT / page.path):
        _run(["ironlaw", "ledger", "export", "given.jsonl"], home)
    for words in page.commands("ironlaw", only_blocks=True):
        if words[1] not in LASTING:
            _run(words, home)


def _run(words: list[str], home: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=home,
        env=os.environ | {"IRONLAW_HOME": str(home), "PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, f"{' '.join(words)}: {run.stderr}"
    assert run.stdout


def test_the_device_of_the_guide_passes_every_rule(tmp_path: Path) -> None:
    (page,) = [page for page in PAGES if page.path.name == "add-a-device.md"]
    (toml,) = page.blocks("toml")
    name = tomllib.loads(toml)["id"]
    (tmp_path / "devices").mkdir()
    (tmp_path / "devices" / f"{name}.toml").write_text(toml, encoding="utf-8")
    mine = Registry(tmp_path)
    assert mine.check()
    assert mine.get(name)["memory_bandwidth"] == 2.4e12
    taken = registry.names() & {mine.get(name).name, *mine.get(name).aliases}
    assert not taken, "the guide's device would clash with a real one"
    for evidence in registry.EVIDENCE:
        assert f"`{evidence}`" in page.text.replace("\n", " ")


def test_the_lab_of_the_guide_keeps_the_contract() -> None:
    report = check(load(ROOT / "docs" / "how-to" / "example_lab.py"))
    assert report.findings == ()
    assert report.lab not in {entry.id for entry in labs.curriculum()}


def test_contributing_knows_every_room() -> None:
    (page,) = [page for page in PAGES if str(page) == "CONTRIBUTING.md"]
    for place in SOURCE.iterdir():
        if (place.is_dir() and place.name != "__pycache__") or (
            place.suffix == ".py" and not place.name.startswith("__")
        ):
            assert f"src/ironlaw/{place.name}" in page.text, place.name
