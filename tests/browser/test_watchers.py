"""The watchers of the other tests see what they watch for: each is shown a page that does it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from .access import check_targets, check_width, violations
from .guard import Guard
from .learner import Learner
from .serving import Server

STOPPED = "policy violated: {}-src"  # the policy stops these before a request is made
SINS = {
    "another host": ("fetch('https://example.org/').catch(() => {})", STOPPED.format("connect")),
    "another port": ("fetch('http://127.0.0.1:9/').catch(() => {})", STOPPED.format("connect")),
    "a picture": ("new Image().src = 'https://example.org/x.png'", STOPPED.format("img")),
    "an inline script": (
        "document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.bad = 1' }))",
        STOPPED.format("script"),
    ),
    "an inline style": (
        "document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">')",
        STOPPED.format("style"),
    ),
    "an error": ("setTimeout(() => { throw new Error('a slip') })", "page error: a slip"),
    "a promise": ("Promise.reject(new Error('a slip'))", "page error: a slip"),
    "a complaint": ("console.error('a slip')", "console error: a slip"),
    "a journey": ("location.href = 'http://127.0.0.1:9/'", "request to another host: GET http://127.0.0.1:9/"),
}


@pytest.mark.parametrize(("sin", "told"), SINS.values(), ids=SINS)
def test_the_guard_sees(learner: Learner, guard: Guard, sin: str, told: str) -> None:
    """Requests to elsewhere, failures, a broken policy."""
    learner.page.evaluate(f"() => {{ {sin}; }}")
    for _ in range(100):
        if any(told in fault for fault in guard.faults):
            break
        learner.page.wait_for_timeout(50)
    assert any(told in fault for fault in guard.faults), f"not seen: {told}; seen: {guard.faults}"
    with pytest.raises(AssertionError, match="the page misbehaved"):
        guard.check()
    guard.expect("")


def test_the_guard_is_content_with_a_good_page(learner: Learner, guard: Guard) -> None:
    """And it does not cry wolf."""
    learner.page.evaluate("fetch('/api/labs').then((answer) => answer.json())")
    assert guard.faults == []


ADD = "(markup) => document.querySelector('main').insertAdjacentHTML('afterbegin', markup)"
Check = Callable[[Page, str], None]


@pytest.mark.parametrize(
    ("markup", "check"),
    [
        ("<div class='stick'>a</div><img src='/static/favicon.svg'>", None),
        ("<button></button>", None),
        ("<table><tr><th>" + "wide" * 200 + "</th></tr></table>", check_width),
        ("<button class='quiet'>x</button><select><option>1</option></select>", check_targets),
    ],
    ids=["no alternative text", "no name", "too wide", "too small"],
)
def test_the_measures_of_access_see(page: Page, server: Server, markup: str, check: Check | None) -> None:
    """Axe, the width and the size of targets."""
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(server.url)
    assert violations(page) == []
    page.evaluate(ADD, markup)
    if check is None:
        assert violations(page)
    else:
        with pytest.raises(AssertionError):
            check(page, "a bad page")
