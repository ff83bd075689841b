"""The report over HTTP: pages that stand alone, their policy, and addresses that lead on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ironlaw import labs
from ironlaw.ledger import SqliteStore
from ironlaw.report import of_session, policy
from ironlaw.session import Session
from ironlaw.studio.app import create_app
from ironlaw.studio.security import CSP
from studio.client import LAB, Client, told, walk

from .test_report_page import whole


@pytest.fixture
def client(store: SqliteStore) -> Iterator[Client]:
    made = Client(create_app(store))
    yield made
    made.close()


@pytest.mark.parametrize("path", ["/report", f"/labs/{LAB}/report", f"/labs/{labs.built()[0]}/report"])
def test_the_page_is_there_before_and_after_work(client: Client, path: str) -> None:
    for _ in range(2):
        answer = client.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers.get_list("content-security-policy") == [policy()]
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        whole(answer.text, served=True)
        walk(client, "act1:reflected") if client.document()["acts"][0]["stage"] == "predict" else None


def test_its_links_lead_somewhere(client: Client) -> None:
    walk(client, "act1:decided")
    for path in ("/report", f"/labs/{LAB}/report"):
        links = [a["href"] for a in whole(client.get(path).text, served=True).of("a")]
        for link in filter(None, links):
            assert link.startswith("#") or client.get(link).status_code == 200, link


def test_pages_of_labs_and_the_portal_link_to_it(client: Client) -> None:
    assert 'href="/report"' in client.get("/").text
    assert f'href="/labs/{LAB}/report"' in client.get(f"/labs/{LAB}").text


def test_json_is_that_of_the_ledger(client: Client, store: SqliteStore) -> None:
    walk(client, "act1:decided")
    for path, only in (("/api/report", None), (f"/api/labs/{LAB}/report", LAB)):
        found = client.get(path).json()
        expected = of_session(Session(store), only)
        assert found | {"made_at": ""} == expected | {"made_at": ""}


def test_other_spellings_and_labs_that_are_not_there(client: Client) -> None:
    answer = client.get("/labs/V2-02/report")
    assert (answer.status_code, answer.headers["location"]) == (308, "/labs/v2_02/report")
    missing = next(entry for entry in labs.curriculum() if not entry.built)
    assert client.get(f"/labs/{missing.id}/report").status_code == 404
    assert "not built yet" in client.get(f"/labs/{missing.id}/report").text
    told(client.get("/api/labs/v9_99/report"), 404, "unknown_lab")
    assert client.request("POST", "/report").status_code == 405


def test_other_pages_keep_their_policy(client: Client) -> None:
    assert client.get("/").headers["content-security-policy"] == CSP
