"""`ironlaw serve`: the studio on this machine."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import os
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ironlaw.cli._ledger import ledger_option, place

if TYPE_CHECKING:
    from ironlaw.ledger import SqliteStore

PORT = 8137
BACKLOG = 2048  # connections that wait while the loop is busy
KEEP_ALIVE = 75  # seconds; a learner thinks between two moves, and a new connection costs more than an open one
PATIENCE = 5  # seconds for answers under way when the server is stopped
SWITCH = 0.0005  # seconds until a busy thread lets another run: a move must not wait while one is recorded
ANY = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - named to be warned about


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--allow-host", "names", multiple=True, metavar="NAME", help="Another name that browsers may use for it.")
@ledger_option
@click.option(
    "--open/--no-open",
    "open_",
    default=None,
    help="Open the page in a browser. Without either: when there is a desktop.",
)
def serve(port: int, host: str, names: tuple[str, ...], ledger: Path | None, open_: bool | None) -> None:
    """Serve the labs to a browser, until Ctrl-C."""
    from ironlaw.ledger import SqliteStore  # noqa: PLC0415 - `--help` should not pay for it

    listener = listen(host, port)
    try:
        with SqliteStore(place(ledger)) as store:  # closing it finishes the writes that were queued
            address = url(host, listener.getsockname()[1])
            _announce(address, host, names, store)
            if open_ or (open_ is None and desktop()):
                _open(address)
            _run(store, listener, _hosts(host, names))
    finally:
        listener.close()
    click.echo("Stopped. Everything that was saved is in the ledger.")


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises ClickException that says what to do instead."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise click.ClickException(f"There is no address for the host {host!r}: {error}.") from None
    # asyncio sends small packets at once (TCP_NODELAY) only where the protocol is named; without, an answer takes 40 ms more.
    listener = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":  # elsewhere this option lets two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise click.ClickException(_refused(error, host, port)) from None
    return listener


def _refused(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        free = _free(host, port)
        other = f"--port {free}" if free else "--port 0"
        return f"Port {port} is taken, perhaps by another ironlaw serve. Try {other}, or --port 0 for any free one."
    if error.errno == errno.EACCES:
        return f"This user may not listen at port {port}. Try a port above 1023, such as --port {PORT}."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"This machine has no address {host}. Leave --host out to serve on this machine only."
    return f"Cannot listen at {host} port {port}: {error.strerror}."


def _free(host: str, taken: int) -> int | None:
    """A port near the taken one that is free now."""
    for port in range(taken + 1, min(taken + 20, 65536)):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            if probe.connect_ex((host or "127.0.0.1", port)) == errno.ECONNREFUSED:
                return port
    return None


def url(host: str, port: int) -> str:
    """The address for this machine's browser."""
    name = "127.0.0.1" if host in ANY else host
    return f"http://[{name}]:{port}/" if ":" in name else f"http://{name}:{port}/"


def _hosts(host: str, names: tuple[str, ...]) -> set[str]:
    """Names that the server goes by, beside those of the loopback."""
    own = set() if host in ANY else {f"[{host}]" if ":" in host else host}
    return (own | set(names)) - {"127.0.0.1", "[::1]", "localhost"}


def _local(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _announce(address: str, host: str, names: tuple[str, ...], store: SqliteStore) -> None:
    if not _local(host):
        reach = "any machine that can reach this one" if host in ANY else f"any machine that can reach {host}"
        click.echo(
            f"Warning: there is no password. {reach[0].upper()}{reach[1:]} can read and write this ledger.", err=True
        )
        if host in ANY and not names:
            click.echo("Warning: browsers elsewhere are refused until --allow-host names this machine.", err=True)
    for notice in store.notices():
        click.echo(f"{notice.level}: {notice.text}", err=True)
    click.echo(f"Ironlaw is at {address}")
    click.echo(f"Your ledger is {store.path}")
    click.echo("Ctrl-C stops it.")


def desktop() -> bool:
    """Whether a browser could open here: a desktop that belongs to the person at the keyboard."""
    if os.environ.get("SSH_CONNECTION"):
        return False
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _open(address: str) -> None:
    """The socket listens already, so the page waits for the server; the server must not wait for the browser."""
    import threading  # noqa: PLC0415
    import webbrowser  # noqa: PLC0415

    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()


def _run(store: SqliteStore, listener: socket.socket, hosts: set[str]) -> None:
    """Serve until a signal; answers under way are finished first."""
    import logging  # noqa: PLC0415

    import uvicorn  # noqa: PLC0415

    from ironlaw.studio.app import create_app  # noqa: PLC0415

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    config = uvicorn.Config(
        create_app(store, hosts=hosts),
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # nothing here depends on who asks, and no header may claim it
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=PATIENCE,
        backlog=BACKLOG,
    )
    sys.setswitchinterval(SWITCH)
    # uvicorn stops gracefully, then raises the signal again: both ways of stopping are a good end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])
