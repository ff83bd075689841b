"""The pages, the files, and what they weigh."""

from __future__ import annotations

import gzip
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from ironlaw import front, labs
from ironlaw.ledger import SqliteStore
from ironlaw.studio.answers import accepts_gzip, embed
from ironlaw.studio.app import create_app
from ironlaw.studio.assets import TYPES

from .client import LAB, Client, intent

SERVED = sorted(path.name for path in front.FOLDER.iterdir() if path.suffix in TYPES)


class Page(HTMLParser):
    """Title, texts, links and the inlined JSON of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.heading = self.boot = ""
        self._in = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.links += [link for name in ("href", "src") if (link := given.get(name))]
        self._in = "boot" if given.get("id") == "boot" else tag

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the interface of HTMLParser
        self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in == "boot":
            self.boot += data
        if self._in == "h1":
            self.heading += data


def test_the_portal_has_the_answer_of_the_api_in_it(client: Client, store: SqliteStore) -> None:
    answer = client.get("/")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    boot = json.loads(Page(answer.text).boot)
    assert str(store.path) in boot.pop("ledger")["text"]
    assert boot == client.get("/api/labs").json()


def test_a_lab_page_has_the_document_in_it(client: Client) -> None:
    client.post("events", intent("opened"))
    page = Page(client.get(f"/labs/{LAB}").text)
    assert json.loads(page.boot) == client.document()
    assert page.heading == client.document()["lab"]["title"]


def test_nothing_in_the_json_can_end_its_script() -> None:
    value = {"html": "</script><!--<script>", "&": "\u2028"}
    assert "<" not in embed(value)
    assert json.loads(embed(value)) == value


@pytest.mark.parametrize("path", ["/", f"/labs/{LAB}", "/labs/v1_03", "/nothing"])
def test_everything_that_a_page_links_to_is_there(client: Client, path: str) -> None:
    links = Page(client.get(path).text).links
    assert links
    for link in links:
        if link.startswith("#"):
            continue
        assert link.startswith("/"), link  # nothing from outside
        assert client.get(link).status_code == 200, link


@pytest.mark.parametrize("path", ["/", f"/labs/{LAB}", "/labs/v1_03"])
def test_pages_hold_no_script_or_style_that_the_policy_forbids(client: Client, path: str) -> None:
    html = client.get(path).text
    assert not re.search(r"<style|\sstyle=|\son\w+=", html.split('<script type="application/json"')[0])
    for script in re.findall(r"<script[^>]*>", html):
        assert "src=" in script or 'type="application/json"' in script


@pytest.mark.parametrize("asked", ["v2-02", "V2_02", "v2_02/"])
def test_other_spellings_lead_to_the_lab(client: Client, asked: str) -> None:
    answer = client.get(f"/labs/{asked}")
    assert answer.status_code in (307, 308)
    assert httpx.URL(answer.headers["location"]).path == "/labs/v2_02"


def test_a_lab_that_is_not_built_says_so(client: Client) -> None:
    missing = next(entry for entry in labs.curriculum() if not entry.built)
    for asked in (missing.id, missing.id.replace("_", "-")):
        answer = client.get(f"/labs/{asked}")
        assert answer.status_code == 404
        page = Page(answer.text)
        assert page.heading == f"“{missing.title}” is not built yet"
        assert {f"/labs/{lab_id}" for lab_id in labs.built()} <= set(page.links)


@pytest.mark.parametrize("asked", ["v9_99", "%3Cscript%3Ealert(1)%3C%2Fscript%3E".replace("%2F", ""), "%00", "x" * 500])
def test_a_lab_that_nobody_knows(client: Client, asked: str) -> None:
    answer = client.get(f"/labs/{asked}")
    assert answer.status_code == 404
    assert Page(answer.text).heading == "There is no such lab"
    assert "<script" not in answer.text


def test_pages_that_are_not_there(client: Client) -> None:
    assert Page(client.get("/nothing").text).heading == "There is nothing here"
    assert client.get("/labs").headers["location"] == "/"


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SERVED)
def test_files_are_those_of_the_folder(client: Client, name: str) -> None:
    body = (front.FOLDER / name).read_bytes()
    for coding in ("gzip", "identity"):
        answer = client.get(f"/static/{name}", accept_encoding=coding)
        assert answer.content == body
        assert answer.headers["content-type"] == TYPES[Path(name).suffix]
    plain, packed = (client.get(f"/static/{name}", accept_encoding=coding) for coding in ("identity", "gzip"))
    assert plain.headers["etag"] == packed.headers["etag"]
    assert int(packed.headers["content-length"]) <= int(plain.headers["content-length"])


def test_a_browser_asks_each_time_and_is_told_that_nothing_changed(client: Client) -> None:
    first = client.get("/static/page.js")
    assert first.headers["cache-control"] == "no-cache"
    for known in (first.headers["etag"], f'"other", {first.headers["etag"]}'):
        again = client.get("/static/page.js", if_none_match=known)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
    assert client.get("/static/page.js", if_none_match='W/"older"').status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "lab.html",
        "portal.html",
        "__init__.py",
        "__pycache__",
        "",
        ".",
        "..%2fsession.py",
        "%2e%2e/session.py",
        "..%5csession.py",
        "page.js%00",
        "page.js/",
        "/etc/passwd",
        "PAGE.JS",
    ],
)
def test_nothing_else_is_a_file(client: Client, name: str) -> None:
    answer = client.get(f"/static/{name}")
    assert answer.status_code in (307, 404)
    assert "import " not in answer.text
    assert "{%" not in answer.text


@pytest.mark.parametrize(
    ("given", "takes"),
    [
        ("gzip", True),
        ("gzip, deflate, br", True),
        ("br;q=1.0, gzip;q=0.5", True),
        ("GZIP", True),
        ("", False),
        ("identity", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("x-gzipped", False),
    ],
)
def test_who_takes_gzip(given: str, takes: bool) -> None:
    from starlette.requests import Request

    scope = {"type": "http", "headers": [(b"accept-encoding", given.encode())]}
    assert accepts_gzip(Request(scope)) is takes


def test_what_a_lab_weighs_before_its_first_chart(client: Client) -> None:
    """DESIGN: at most 100 kB compressed, everything that the page names included."""
    page = client.get(f"/labs/{LAB}", accept_encoding="gzip")
    total = int(page.headers["content-length"])
    for link in set(Page(page.text).links):
        if link.startswith("/static/"):
            total += int(client.get(link, accept_encoding="gzip").headers["content-length"])
    assert total <= 100_000
    assert len(gzip.compress(page.content)) <= total


def test_a_path_opens_a_ledger_that_the_application_closes(tmp_path: Path) -> None:
    app = create_app(tmp_path / "ledger.sqlite")
    client = Client(app)
    try:
        assert client.get("/healthz").status_code == 200
        client.aside.run(_live(app))
        assert client.get("/healthz").status_code == 503
    finally:
        client.close()


async def _live(app: object) -> None:
    async with app.router.lifespan_context(app):  # type: ignore[attr-defined]
        pass
