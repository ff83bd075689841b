"""TCP on loopback: what the system's network stack does when there is no network. Two threads of this process talk."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

from ironlaw.probe.figures import Result
from ironlaw.probe.timing import MIDDLE, Watch, duration, rate

BLOCK = 2**20  # bytes handed over at a time
BLOCKS = 64  # of one run
TRIPS = 500  # of one run
_PATIENCE = 10.0  # seconds after which a silent peer is an error
_STREAM = "Sends {size} MiB over one TCP connection on loopback, from one thread to another, blocks of 1 MiB"
_TRIP = "Sends one byte and waits for it to come back, over TCP on loopback without delay; mean of {trips} round trips"


@contextmanager
def connection(peer: Callable[[socket.socket], None]) -> Iterator[socket.socket]:
    """One end of a connection; `peer` has the other, in a thread, until this end is closed."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        here = socket.create_connection(server.getsockname(), timeout=_PATIENCE)
        there, _ = server.accept()
    for end in (here, there):
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def serve() -> None:
        with there, suppress(OSError):  # an end that was broken off, as Ctrl-C does
            peer(there)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        with here:
            yield here
    finally:
        thread.join(_PATIENCE)


def swallow(end: socket.socket) -> None:
    """Takes a run's bytes and answers each run with one."""
    buffer, whole, got = bytearray(BLOCK), BLOCK * BLOCKS, 0
    while count := end.recv_into(buffer):
        got += count
        if got == whole:
            got = 0
            end.sendall(b".")


def echo(end: socket.socket) -> None:
    """Sends back what comes."""
    while some := end.recv(64):
        end.sendall(some)


def loopback(watch: Watch) -> Iterator[Result]:
    """Bytes a second of one stream, and seconds of a round trip."""
    block = bytes(BLOCK)
    with connection(swallow) as wire:

        def stream() -> None:
            for _ in range(BLOCKS):
                wire.sendall(block)
            wire.recv(1)

        times = watch.part(0.6).runs(stream)
    yield rate("loopback_bandwidth", BLOCK * BLOCKS, times, _STREAM.format(size=BLOCKS), MIDDLE)
    with connection(echo) as wire:

        def trips() -> None:
            for _ in range(TRIPS):
                wire.sendall(b".")
                wire.recv(1)

        times = [seconds / TRIPS for seconds in watch.runs(trips)]
    yield duration("loopback_latency", times, _TRIP.format(trips=TRIPS), MIDDLE)
