"""The exported folder: whole, closed in itself, the same each time, and readable before anything runs."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import subprocess
import sys
import tarfile
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from ironlaw import labs
from ironlaw.desk import Desk
from ironlaw.ledger import SqliteStore
from ironlaw.offline import build, pages, runtime
from ironlaw.offline.pack import pack, rooms
from ironlaw.report import declared

LABS = labs.built()


class Found(HTMLParser):
    """What a page names: addresses by attribute, its data, its policy, its text outside scripts."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inline: list[str] = []
        self.text = ""
        self.boot = ""
        self._in: str | None = None
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        self.addresses += [str(found[name]) for name in ("href", "src", "action", "srcset", "poster") if name in found]
        self.inline += [name for name in found if name.startswith("on") or name == "style"]
        self._in = str(found.get("id")) if tag == "script" and "src" not in found else None

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._in = None

    def handle_data(self, data: str) -> None:
        if self._in == "boot":
            self.boot += data
        else:
            assert self._in is None, "a script stands in the page, and the policy forbids it"
            self.text += data


def html(site: Path) -> list[Path]:
    found = sorted(site.rglob("*.html"))
    assert len(found) == 2 + 2 * len(LABS) + len(declared())
    return found


def there(site: Path, page: Path, address: str) -> bool:
    """Whether a relative address leads to a file of the site, as a plain host resolves it."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or parts.path.startswith("/"):
        return False
    place = (page.parent / parts.path).resolve()
    if not place.is_relative_to(site.resolve()):
        return False
    return (place / "index.html").is_file() if place.is_dir() else place.is_file()


def test_every_address_of_a_page_is_a_file_of_the_site(site: Path) -> None:
    for page in html(site):
        found = Found(page)
        assert len(found.addresses) > 5
        for address in found.addresses:
            if not address.startswith("#"):
                assert there(site, page, address), f"{page.relative_to(site)}: {address}"
        root = dict(found.tags)["html"]["data-root"]
        assert root
        assert (page.parent / root).resolve() == site.resolve()
        assert root.endswith("/")
        assert found.inline == []


def test_every_import_and_every_picture_of_a_style_is_there(site: Path) -> None:
    for script in (site / "static").glob("*.js"):
        text = script.read_text(encoding="utf-8")
        for address in re.findall(r'(?:\bfrom|^import) "([^"]+)"', text, flags=re.MULTILINE):
            assert there(site, script, address), f"{script.name}: {address}"
        for address in re.findall(r'new URL\("([^"]+)", import\.meta\.url\)', text):
            assert (script.parent / address).resolve().exists(), f"{script.name}: {address}"
    for style in (site / "static").glob("*.css"):
        for address in re.findall(r"url\(([^)]+)\)", style.read_text(encoding="utf-8")):
            plain = address.strip("'\"")
            assert plain.startswith("data:") or there(site, style, plain), f"{style.name}: {address}"


def test_each_module_that_a_page_runs_is_announced(site: Path) -> None:
    """Or the browser would ask for them one after another."""
    for page in html(site):
        found = Found(page)
        entry = next(str(tag["src"]) for name, tag in found.tags if name == "script" and tag.get("src"))
        todo, known = [entry], {entry}
        while todo:
            script = todo.pop()
            text = (page.parent / script).read_text(encoding="utf-8")
            new = {f"{script.rpartition('/')[0]}/{name}" for name in re.findall(r'\bfrom "\./([^"]+)"', text)} - known
            known |= new
            todo += new
        announced = {
            tag.get("href") for name, tag in found.tags if name == "link" and tag.get("rel") == "modulepreload"
        }
        assert known - {entry} <= announced


NAMESPACES = {"http://www.w3.org/2000/svg", "http://www.w3.org/1998/Math/MathML", "http://www.w3.org/1999/xhtml"}


def test_nothing_names_an_outside_host(site: Path) -> None:
    """The runtime's own loader has one address to fall back on; it is given another, and the policy forbids that one."""
    for path in sorted(site.rglob("*")):
        if (
            not path.is_file()
            or path.suffix in (".wasm", ".zip", ".pack")
            or path.name in runtime.FILES.keys() - {runtime.LOCK}
        ):
            continue
        found = set(re.findall(r"\b(?:https?|wss?|ftp)://[^\s\"'`)<>\\]+", path.read_text(encoding="utf-8")))
        assert found <= NAMESPACES, f"{path.relative_to(site)}: {found - NAMESPACES}"


def test_the_policy_comes_first_and_fits(site: Path, tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "ledger.sqlite") as store:
        desk = Desk(store)
        made = {"report": desk.call("report", []), "record": desk.call("record", [next(iter(declared()))])}
    allowed = {
        name: {f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" for style in styles}
        for name, told in made.items()
        if (styles := re.findall(r"<style>(.*?)</style>", told["answer"]["html"], flags=re.DOTALL))
    }
    assert allowed.keys() == made.keys()
    for page in html(site):
        tags = [(name, tag) for name, tag in Found(page).tags if name in ("meta", "link", "script")]
        places = [place for place, (_, tag) in enumerate(tags) if tag.get("http-equiv") == "Content-Security-Policy"]
        assert places == [1], "after the charset, before everything that loads"
        said = dict(part.strip().split(" ", 1) for part in str(tags[1][1]["content"]).split(";"))
        assert said["default-src"] == "'none'"
        assert said["script-src"] == "'self' 'wasm-unsafe-eval'"
        assert said["connect-src"] == "'self'"
        assert set(said["style-src"].split()) == {"'self'"} | allowed.get(page.parent.name, set())


def test_the_list_names_every_file_with_its_hash(site: Path) -> None:
    listed = json.loads((site / build.LIST).read_bytes())
    files = {file["path"]: file for file in listed["files"]}
    present = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    assert present == files.keys() | {build.LIST, build.WORKER}
    for path, file in files.items():
        data = (site / path).read_bytes()
        assert (file["bytes"], file["sha256"]) == (len(data), sha256(data).hexdigest())
    worker = (site / build.WORKER).read_text(encoding="utf-8")
    assert f'const VERSION = "{listed["version"]}";' in worker
    assert {f"runtime/{name}" for name in (*runtime.FILES, "ironlaw.pack")} <= present
    assert not [path for path in present if path.endswith((".map", ".ts", ".py", ".pyc"))]


def test_the_same_code_gives_the_same_bytes(site: Path, tmp_path: Path) -> None:
    program = "import sys; from pathlib import Path; from ironlaw.offline.build import export_site; export_site(Path(sys.argv[1]))"
    run = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "again"],
        env=environment() | {"PYTHONHASHSEED": "4", "TZ": "Asia/Tokyo", "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "again" / build.LIST).read_bytes() == (site / build.LIST).read_bytes()
    assert (tmp_path / "again" / build.WORKER).read_bytes() == (site / build.WORKER).read_bytes()


def environment() -> dict[str, str]:
    """Where programs and the cache are."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "XDG_CACHE_HOME") if name in os.environ}


def test_each_page_can_be_read_before_anything_runs(site: Path, tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "ledger.sqlite") as store:
        desk = Desk(store)
        fresh: dict[str, Any] = {lab_id: desk.call("document", [lab_id])["answer"] for lab_id in LABS}
        portal = desk.call("labs", [])["answer"]
    assert json.loads(Found(site / "index.html").boot) == portal | {"ledger": {"text": pages.KEPT}}
    for lab_id, document in fresh.items():
        found = Found(site / "labs" / lab_id / "index.html")
        assert json.loads(found.boot) == json.loads(json.dumps(document))
        assert document["lab"]["title"] in found.text
        message = re.sub(r"<[^>]+>", "", document["acts"][0]["message"]["html"])
        assert len(message) > 100
        assert "".join(message.split())[:60] in "".join(found.text.replace("&", "&amp;").split())


# --- the code that goes along -----------------------------------------------------------------------------------------


CLOSED = """
import json, sys
sys.path[:0] = [sys.argv[1]]
from ironlaw.offline.local import Local
from ironlaw.ledger import uuid7
from ironlaw import labs, physics, registry, labkit
import latex2mathml.converter
local = Local(uuid7())
assert json.loads(local.load("[]", "[]"))["aside"] == []
def call(*given):
    found = json.loads(local.call(given[0], json.dumps(given[1:])))
    assert "error" not in found, found
    local.kept()
    return found["answer"]
assert [lab["id"] for lab in call("labs")["labs"] if lab["built"]] == list(labs.built())
for lab in labs.built():
    call("intent", lab, {"id": uuid7(), "kind": "opened", "payload": {}})
    assert call("document", lab)["acts"]
    from ironlaw.labkit import evaluate
    for act in labs.load(lab).acts:
        assert evaluate.result(evaluate.evaluate(act, act.start()))["figures"]
assert len(physics.EQUATIONS) > 100 and registry.digest()
assert "Ironlaw" in call("report")["html"]
assert call("importLedger", None, call("exportLedger", None)["text"])["ok"]
for name, module in sys.modules.items():
    place = getattr(module, "__file__", None)
    if name.split(".")[0] not in sys.stdlib_module_names and name != "__main__" and place:
        assert place.startswith(sys.argv[1]), place
print(len(labs.built()))
"""


def test_the_packed_code_is_closed(site: Path, tmp_path: Path) -> None:
    """In a Python that has nothing but its standard library, every lab answers."""
    with tarfile.open(site / "runtime" / "ironlaw.pack", mode="r:gz") as archive:
        archive.extractall(tmp_path / "code", filter="data")
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", CLOSED, tmp_path / "code"], capture_output=True, text=True, check=False
    )
    assert run.stdout == f"{len(LABS)}\n", run.stderr


def test_the_pack_is_plain_files_that_a_few_lines_of_script_can_unpack() -> None:
    body = gzip.decompress(pack())
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        names = archive.getnames()
        for entry in archive.getmembers():
            assert entry.isreg()
            assert not entry.pax_headers
            assert (entry.mtime, entry.uid, entry.gid, entry.uname) == (0, 0, 0, "")
    assert names == sorted(set(names))
    ours = {name.split("/")[1] for name in names if name.startswith("ironlaw/")}
    assert {"desk.py", "labs", "offline"} <= ours
    assert not {"studio", "cli", "bench", "notebook"} & ours
    assert not rooms() & {"studio", "cli", "bench", "notebook", "offline"}
    assert not [name for name in names if "__pycache__" in name or name.startswith("/") or ".." in name]


PAPERS = [("report", lab_id) for lab_id in LABS] + [("record", lab_id) for lab_id in declared()]


@pytest.mark.parametrize(("call", "lab_id"), PAPERS)
def test_what_can_be_printed_of_a_lab_leads_back_to_it(site: Path, call: str, lab_id: str) -> None:
    page = site / "labs" / lab_id / call / "index.html"
    found = Found(page)
    assert dict(found.tags)["html"]["data-lab"] == lab_id
    assert dict(found.tags)["html"]["data-call"] == call
    back = {(page.parent / address).resolve() for address in found.addresses if not address.startswith("#")}
    assert page.parent.parent.resolve() in back
