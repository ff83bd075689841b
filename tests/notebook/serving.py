"""Notebook servers of this machine, each in a process of its own with folders of its own, at a port that the system chooses."""

from __future__ import annotations

import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType

START_SECONDS = 60  # a cold start on a busy machine
ADDRESS = re.compile(r"http://(?:127\.0\.0\.1|localhost):(\d+)")


class Host:
    """A server for notebooks. `home` is all that it knows of a person: settings, caches, the ledger."""

    def __init__(self, home: Path, command: list[str]) -> None:
        self.home = home
        self._command = command
        self._log: list[str] = []
        self._process: subprocess.Popen[str] | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """The address without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def ledger(self) -> Path:
        """The learner's own ledger there."""
        return self.home / "ledger.sqlite"

    @property
    def log(self) -> str:
        """What the process has printed so far."""
        return "".join(self._log)

    def environment(self) -> dict[str, str]:
        """That of a person without any settings."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
        folders = {name: str(self.home / name.lower()) for name in FOLDERS}
        return kept | folders | {"HOME": str(self.home), "IRONLAW_HOME": str(self.home), "PYTHONUNBUFFERED": "1"}

    def __enter__(self) -> Host:
        for name in FOLDERS:
            (self.home / name.lower()).mkdir(parents=True, exist_ok=True)
        self._process = subprocess.Popen(
            [sys.executable, "-m", *self._command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            env=self.environment(),
            cwd=self.home,
            start_new_session=True,  # its kernels go with it
        )
        told: queue.Queue[int] = queue.Queue()
        threading.Thread(target=self._listen, args=(self._process, told), daemon=True).start()
        try:
            self.port = told.get(timeout=START_SECONDS)
        except queue.Empty:
            self.port = 0
        if not self.port or not self._answers():
            self.__exit__(None, None, None)
            raise RuntimeError(f"{self._command} did not start:\n{self.log}")
        return self

    def _answers(self) -> bool:
        """Wait until somebody listens: an address may be printed before that."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    return True
            except OSError:
                time.sleep(0.1)
        return False

    def _listen(self, process: subprocess.Popen[str], told: queue.Queue[int]) -> None:
        """Read what it prints to the end, so that it never blocks on a full pipe."""
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                self._log.append(line)
                if match := ADDRESS.search(line):
                    told.put(int(match[1]))
        told.put(0)  # it ended; nobody answers at port 0

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


FOLDERS = (
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
    "XDG_CACHE_HOME",
    "JUPYTER_CONFIG_DIR",
    "JUPYTER_DATA_DIR",
    "JUPYTER_RUNTIME_DIR",
    "IPYTHONDIR",
)


def free_port() -> int:
    """A port that nobody has now: for a server that cannot choose one itself."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def jupyter(home: Path) -> Host:
    """JupyterLab over the notebooks in `home`."""
    settings = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": "0",
        "ServerApp.root_dir": str(home),
        "ServerApp.allow_root": "True",
        "IdentityProvider.token": "",
        "LabApp.news_url": "",
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "LabApp.extension_manager": "readonly",
    }
    options = [f"--{name}={value}" for name, value in settings.items()]
    asks = home / "jupyter_config_dir/lab/user-settings/@jupyterlab/apputils-extension"
    asks.mkdir(parents=True)
    (asks / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}', encoding="utf-8")
    return Host(home, ["jupyterlab", "--no-browser", *options])


def marimo(home: Path) -> Host:
    """`marimo edit` over the notebooks in `home`."""
    options = ["--headless", "--no-token", "--skip-update-check", "--host", "127.0.0.1", "--port", str(free_port())]
    return Host(home, ["marimo", "edit", str(home), *options])
