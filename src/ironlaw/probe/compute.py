"""Memory, matrix products, and what a call costs before it does anything.

n   rows of a square matrix      a b c   arrays of one thread, each beyond every cache
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ironlaw.probe.figures import Result
from ironlaw.probe.machine import cores, memory
from ironlaw.probe.timing import Watch, duration, rate

ARRAY = 128 * 2**20  # bytes of each of three arrays, over all threads: beyond the caches of a processor that one owns
ARRAY_SMALL = 32 * 2**20  # on a machine with little memory
LITTLE = 3 * 2**30
SIZES = (512, 1024, 2048)  # rows of a matrix; 2n³ FLOP a product
_TYPES = {"fp32": "float32", "fp64": "float64"}
CALLS = 20_000  # of a run that times a call
_COPY = "Copies one NumPy array of {size:.0f} MiB to another with one thread; counts the bytes copied, once"
_ADD = "Adds two NumPy arrays into a third with {threads} threads, {size:.0f} MiB each; counts two bytes read and one written"
_PRODUCT = "Multiplies two {n} × {n} matrices in NumPy, which takes as many threads as it likes, 2n³ FLOP"
_CALL = "Calls {what} {calls:,} times, ten to a turn of the loop"


def bandwidth(watch: Watch) -> Iterator[Result]:
    """Bytes a second from and to memory, by all cores; then those of a copy by one."""
    import numpy as np  # noqa: PLC0415 - imported where it is needed

    whole = memory()
    size = ARRAY_SMALL if whole is not None and whole < LITTLE else ARRAY
    threads = cores()
    a, b, c = (np.ones(size // 8) for _ in range(3))
    parts = [slice(i * len(a) // threads, (i + 1) * len(a) // threads) for i in range(threads)]
    with ThreadPoolExecutor(threads) as pool:

        def add() -> None:
            for each in [pool.submit(np.add, a[part], b[part], out=c[part]) for part in parts]:
                each.result()

        times = watch.part(0.6).runs(add)
    told = size / 2**20
    yield rate("memory_bandwidth", 3 * size, times, _ADD.format(threads=threads, size=told))
    times = watch.runs(lambda: np.copyto(c, a))
    yield rate("memory_copy", size, times, _COPY.format(size=told))


def matrices(watch: Watch) -> Iterator[Result]:
    """FLOP a second of NumPy's matrix product, in single and double precision."""
    yield _matrix(watch.part(0.5), "fp32")
    yield _matrix(watch, "fp64")


def _matrix(watch: Watch, precision: str) -> Result:
    import numpy as np  # noqa: PLC0415 - imported where it is needed

    random = np.random.default_rng(1)
    size = SIZES[0]

    def product(n: int) -> Callable[[], object]:
        x, y = (random.random((n, n)).astype(_TYPES[precision]) for _ in "xy")
        out = np.empty_like(x)
        return lambda: np.matmul(x, y, out=out)

    work = product(size)
    work()
    seconds = watch.time(work)
    for n in SIZES[1:]:  # the largest of which five runs and one to warm up fit
        if 6 * seconds * (n / SIZES[0]) ** 3 < watch.left():
            size = n
    times = watch.runs(product(size))
    return rate(f"matrix_flops_{precision}", 2.0 * size**3, times, _PRODUCT.format(n=size))


_TURNS = range(CALLS // 10)


def calls(watch: Watch) -> Iterator[Result]:
    """Seconds of a call that does nothing, and of the least that NumPy does. Ten to a turn, so that the loop is no part of it."""
    import numpy as np  # noqa: PLC0415 - imported where it is needed

    one: Any = np.ones(1)
    out = np.empty(1)
    add = np.add

    def f() -> Any:
        """Nothing."""

    def python() -> None:
        for _ in _TURNS:
            f(), f(), f(), f(), f(), f(), f(), f(), f(), f()

    def numpy() -> None:
        for _ in _TURNS:
            add(one, one, out), add(one, one, out), add(one, one, out), add(one, one, out), add(one, one, out)
            add(one, one, out), add(one, one, out), add(one, one, out), add(one, one, out), add(one, one, out)

    times = [seconds / CALLS for seconds in watch.part(0.5).runs(python)]
    yield duration("dispatch_python", times, _CALL.format(what="an empty Python function", calls=CALLS))
    times = [seconds / CALLS for seconds in watch.runs(numpy)]
    yield duration("dispatch_numpy", times, _CALL.format(what="np.add on arrays of one number", calls=CALLS))
