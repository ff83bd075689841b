"""Finds a Chromium for the browser tests, and installs one where none is.

    python tools/chromium.py            prints the path of the one found, or says what to do
    python tools/chromium.py --install  installs one first when there is none

In order: $IRONLAW_CHROMIUM, the names of `NAMES` on the PATH, the applications of a Mac, Playwright's own. Each is
started once with --version: a name alone proves nothing (Ubuntu's chromium-browser may only advise to install a snap).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
APPLICATIONS = (
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Chromium.app/Contents/MacOS/Chromium",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
OS_RELEASE = Path("/etc/os-release")
ADVICE = (
    "Install one (Debian: apt-get install chromium; Mac: Google Chrome), or name yours: "
    "make test IRONLAW_CHROMIUM=/path/to/chromium"
)
START_SECONDS = 60  # the first start on a cold, busy machine


class ChromiumError(RuntimeError):
    """There is no Chromium; the message says what to do."""


def find(environment: Mapping[str, str] | None = None, folders: Sequence[Path] | None = None) -> Path | None:
    """The first Chromium that starts, or None. `folders` are those that hold a Mac's applications.

    Raises ChromiumError when $IRONLAW_CHROMIUM is set and does not start: a wish is not passed over in silence.
    """
    env = os.environ if environment is None else environment
    if given := env.get("IRONLAW_CHROMIUM"):
        if not starts(Path(given)):
            raise ChromiumError(f"IRONLAW_CHROMIUM={given} does not start with --version.")
        return Path(given)
    on_path = [Path(found) for name in NAMES if (found := shutil.which(name, path=env.get("PATH", "")))]
    homes = (Path("/Applications"), Path.home() / "Applications") if folders is None else folders
    on_mac = [folder / application for application in APPLICATIONS for folder in homes]
    return next((path for path in (*on_path, *on_mac) if starts(path)), None) or _playwrights(env)


def starts(path: Path) -> bool:
    """Whether `path --version` runs and succeeds."""
    try:
        run = subprocess.run([path, "--version"], capture_output=True, timeout=START_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return run.returncode == 0


def ensure() -> Path:
    """The Chromium found, or one installed now. Raises ChromiumError with what was tried."""
    if found := find():
        return found
    command = _apt_command()
    if command:
        _say("No Chromium found; installing Debian's ...")
        failed = not all(_runs([*command, *step]) for step in (("update", "-qq"), _APT_INSTALL))
    else:
        _say("No Chromium found; fetching Playwright's ...")
        failed = not _runs([sys.executable, "-m", "playwright", "install", "chromium"])
    if found := find():
        return found
    raise ChromiumError(
        f"No Chromium, and installing one {'failed' if failed else 'brought none that starts'}. {ADVICE}"
    )


_APT_INSTALL = ("install", "-y", "-qq", "--no-install-recommends", "chromium")
_ASK_PLAYWRIGHT = """
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)
"""


def _playwrights(env: Mapping[str, str]) -> Path | None:
    """The Chromium that Playwright manages. A process of its own: a test may have a Playwright running here."""
    asked = subprocess.run(
        [sys.executable, "-c", _ASK_PLAYWRIGHT], env=dict(env), capture_output=True, text=True, check=False
    )
    path = Path(asked.stdout.strip() or "none")
    return path if asked.returncode == 0 and starts(path) else None


def _apt_command() -> list[str] | None:
    """How to call apt-get as root, on a Debian where that needs no password. Ubuntu's package is only a snap's stand-in."""
    if not OS_RELEASE.is_file() or "ID=debian" not in OS_RELEASE.read_text(encoding="utf-8").splitlines():
        return None
    apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    if os.geteuid() == 0:
        return apt
    return ["sudo", "-n", *apt] if shutil.which("sudo") and _runs(["sudo", "-n", "true"]) else None


def _runs(command: Sequence[str]) -> bool:
    """Run it with its words going to stderr: stdout is for the path alone."""
    return subprocess.run(command, stdout=sys.stderr, check=False).returncode == 0


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def main(arguments: Sequence[str]) -> int:
    """Print the path; 1 and a message when there is none."""
    try:
        found = ensure() if "--install" in arguments else find()
    except ChromiumError as error:
        _say(str(error))
        return 1
    if found is None:
        _say(f"No Chromium found. {ADVICE}")
        return 1
    print(found)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
