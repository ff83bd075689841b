"""Measures of access: axe-core, widths, target sizes, visible focus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE = Axe().axe_script
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OPTIONS = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}
LEAST = 24  # px, WCAG 2.5.8

# Unfolds all that folds, or that of one act only: what the tests have looked at already is folded again.
# Then two frames: what scrolls now is made a stop for the keyboard in the next one.
UNFOLD = """async (act) => {
  document.querySelectorAll("details").forEach((one) => (one.open = !act || one.closest(".act")?.id === act));
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
}"""

# What sticks out of the window sideways, but for what scrolls inside a box of its own.
TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth;
  const out = [...document.body.querySelectorAll("*")].filter((node) => {
    const box = node.getBoundingClientRect();
    return box.width && (box.right > width + 1 || box.left < -1) && !node.closest(".scroller, .sr, .skip, svg, option");
  });
  return { scroll: document.scrollingElement.scrollWidth, width, out: out.map((node) => node.outerHTML.slice(0, 120)) };
}"""

# Everything that can be clicked or typed into. A radio button's target is its label, a cell of the portal is one link; links
# inside a sentence are exempt.
TARGETS = """() => {
  const all = document.querySelectorAll("a[href], button, input, select, textarea, summary, [role=slider]");
  const seen = [...all].filter((node) => node.checkVisibility({ visibilityProperty: true }) && !node.matches(".skip, p a, td a"));
  return seen.map((node) => {
    const target = node.matches("input[type=radio], input[type=checkbox]") ? node.closest("label") : node.closest(".cell") ?? node;
    const box = target.getBoundingClientRect();
    return { what: node.outerHTML.slice(0, 120), width: box.width, height: box.height };
  });
}"""


def violations(page: Page, within: Sequence[str] = (), options: Mapping[str, Any] = OPTIONS) -> list[str]:
    """What axe-core finds against WCAG 2.2 A and AA, on the page or within elements by id, one line each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    context = {"include": [[f"#{each}"] for each in within]} if within else None
    found: dict[str, Any] = page.evaluate("([where, how]) => axe.run(where ?? document, how)", [context, dict(options)])
    return [
        f"{each['id']} at {' '.join(map(str, node['target']))}: {node.get('failureSummary', '')}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


def check_axe(page: Page, where: str, act: str | None = None, within: Sequence[str] = ()) -> None:
    """No violation, with everything that folds unfolded, in an act or on the whole page; `within` looks at some elements."""
    page.evaluate(UNFOLD, act)
    found = violations(page, within)
    assert not found, f"{where}:\n" + "\n".join(found)


def check_both_themes(page: Page, where: str, act: str | None = None, within: Sequence[str] = ()) -> None:
    """The same in the light theme, and the contrasts, which are all that differs, in the dark one."""
    page.emulate_media(color_scheme="light")
    check_axe(page, f"{where}, light", act, within)
    page.emulate_media(color_scheme="dark")
    found = violations(page, within, CONTRAST)
    page.emulate_media(color_scheme="light")
    assert not found, f"{where}, dark:\n" + "\n".join(found)


def check_width(page: Page, where: str) -> None:
    """Nothing needs scrolling sideways."""
    page.evaluate(UNFOLD, None)
    page.wait_for_timeout(60)  # the charts take their new width in the next frames
    found = page.evaluate(TOO_WIDE)
    assert found["scroll"] <= found["width"], (
        f"{where}: {found['scroll']} px in {found['width']} px: {found['out'][:5]}"
    )
    assert not found["out"], f"{where}: sticks out: {found['out'][:5]}"


def check_targets(page: Page, where: str) -> None:
    """Every control can be hit."""
    small = [one for one in page.evaluate(TARGETS) if min(one["width"], one["height"]) < LEAST - 0.01]
    assert not small, f"{where}: smaller than {LEAST} px:\n" + "\n".join(map(str, small))
