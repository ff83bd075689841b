"""Tiny simulations that really move chunks, run schedules and share resources: oracles for the closed forms.

They know nothing of the equations. Each counts what it does: bytes sent, steps taken, seconds spent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence


class Wire:
    """Counts the bytes that each sender puts on the wire; a chunk is one byte long."""

    def __init__(self) -> None:
        self.sent: dict[Hashable, int] = defaultdict(int)
        self.steps = 0


def reduce_scatter(buffers: list[list[int]], wire: Wire, names: Sequence[Hashable]) -> None:
    """Ring reduce-scatter in place: afterwards rank r holds the sum of chunk block (r+1) mod n."""
    n = len(buffers)
    block = len(buffers[0]) // n
    for step in range(n - 1):
        moves = []
        for rank in range(n):
            part = (rank - step) % n
            moves.append((rank, part, buffers[rank][part * block : (part + 1) * block]))
        for rank, part, chunk in moves:  # all ranks send at the same time
            target = buffers[(rank + 1) % n]
            for offset, value in enumerate(chunk):
                target[part * block + offset] += value
            wire.sent[names[rank]] += len(chunk)
        wire.steps += 1


def all_gather(buffers: list[list[int]], wire: Wire, names: Sequence[Hashable]) -> None:
    """Ring all-gather in place, from where reduce_scatter leaves the blocks."""
    n = len(buffers)
    block = len(buffers[0]) // n
    for step in range(n - 1):
        moves = []
        for rank in range(n):
            part = (rank + 1 - step) % n
            moves.append((rank, part, buffers[rank][part * block : (part + 1) * block]))
        for rank, part, chunk in moves:
            buffers[(rank + 1) % n][part * block : (part + 1) * block] = chunk
            wire.sent[names[rank]] += len(chunk)
        wire.steps += 1


def ring_all_reduce(buffers: list[list[int]], wire: Wire, names: Sequence[Hashable]) -> None:
    """Both passes."""
    reduce_scatter(buffers, wire, names)
    all_gather(buffers, wire, names)


def hierarchical_all_reduce(buffers: list[list[list[int]]], inside: Wire, between: Wire) -> None:
    """`buffers[node][gpu]`: reduce-scatter in each node, a ring over nodes for each shard, all-gather in each node."""
    nodes, gpus = len(buffers), len(buffers[0])
    block = len(buffers[0][0]) // gpus
    for node in range(nodes):
        reduce_scatter(buffers[node], inside, [(node, gpu) for gpu in range(gpus)])
    for gpu in range(gpus):
        start = ((gpu + 1) % gpus) * block  # the shard that this GPU holds now
        rail = [buffers[node][gpu][start : start + block] for node in range(nodes)]
        ring_all_reduce(rail, between, range(nodes))
        for node in range(nodes):
            buffers[node][gpu][start : start + block] = rail[node]
    for node in range(nodes):
        all_gather(buffers[node], inside, [(node, gpu) for gpu in range(gpus)])


def binary_tree(n: int) -> dict[int, int]:
    """Parents of a balanced tree over 0…n-1 with root 0: a rank's parent differs in its lowest set bit."""
    parents = {}
    for rank in range(1, n):
        bit = rank & -rank
        up = (rank ^ bit) | (bit << 1)
        parents[rank] = up if up < n else rank ^ bit
    return parents


def double_tree_all_reduce(buffers: list[list[int]], wire: Wire) -> int:
    """Half of the buffer up and down one tree, half over a second tree; returns the greatest depth.

    Odd ranks are leaves of the first tree. The second is its mirror image (n even) or is shifted by one (n odd), so that
    its leaves are the other ranks.
    """
    n, half = len(buffers), len(buffers[0]) // 2
    second = [n - 1 - rank if n % 2 == 0 else (rank + 1) % n for rank in range(n)]
    depth = 0
    for place, span in ((range(n), slice(0, half)), (second, slice(half, None))):
        parents = {place[child]: place[up] for child, up in binary_tree(n).items()}

        def hops(rank: int, parents: dict[int, int] = parents) -> int:
            return 1 + hops(parents[rank]) if rank in parents else 0

        order = sorted(parents, key=hops)
        for child in reversed(order):  # reduce: deepest first
            total = [a + b for a, b in zip(buffers[parents[child]][span], buffers[child][span], strict=True)]
            buffers[parents[child]][span] = total
            wire.sent[child] += len(total)
        for child in order:  # broadcast: from the root down
            buffers[child][span] = buffers[parents[child]][span]
            wire.sent[parents[child]] += len(buffers[child][span])
        depth = max([depth, *(hops(rank) for rank in order)])
    return depth


def flow_line(first: float, second: float, chunks: int) -> float:
    """Seconds for chunks that pass two machines one after the other, each machine taking one chunk at a time."""
    free_first = free_second = 0.0
    for _ in range(chunks):
        free_first += first / chunks
        free_second = max(free_first, free_second) + second / chunks
    return free_second


def overlapped_step(compute: float, window: float, communication: float, overlap: float, share: float) -> float:
    """Seconds of compute with communication beside it, by following both in time.

    The last `window` seconds' worth of compute run beside the part `overlap` of the communication. While both run,
    compute advances at 1 - share. What may not overlap, and what is left over, follows.
    """
    clock, work, wire = compute - window, window, overlap * communication
    slow = 1 - share
    if wire > 0 and work > 0:
        both = min(wire, work / slow)
        clock, work, wire = clock + both, work - both * slow, wire - both
    return clock + max(work, 0.0) + max(wire, 0.0) + (1 - overlap) * communication


def pipeline_schedule(
    stages: int, microbatches: int, chunks: int, forward: float = 1.0, backward: float = 2.0
) -> float:
    """Seconds of a 1F1B step (interleaved when chunks > 1), each rank doing its list in order, each input awaited.

    `forward` and `backward` are the times of one micro-batch on one rank, all its chunks together.
    """
    orders = [_one_forward_one_backward(rank, stages, microbatches, chunks) for rank in range(stages)]
    done: dict[tuple[str, int, int], float] = {}
    clocks = [0.0] * stages
    heads = [0] * stages
    last = stages * chunks - 1
    while any(heads[rank] < len(orders[rank]) for rank in range(stages)):
        progressed = False
        for rank in range(stages):
            while heads[rank] < len(orders[rank]):
                kind, position, batch = orders[rank][heads[rank]]
                if kind == "F":
                    need = ("F", position - 1, batch) if position else None
                else:
                    need = ("B", position + 1, batch) if position < last else ("F", last, batch)
                if need is not None and need not in done:
                    break
                ready = done[need] if need is not None else 0.0
                cost = (forward if kind == "F" else backward) / chunks
                clocks[rank] = max(clocks[rank], ready) + cost
                done[kind, position, batch] = clocks[rank]
                heads[rank] += 1
                progressed = True
        assert progressed, "the schedule waits for itself"
    return max(clocks)


def _one_forward_one_backward(rank: int, stages: int, microbatches: int, chunks: int) -> list[tuple[str, int, int]]:
    """The order of (kind, position in the model, micro-batch) on one rank: warm-up, one each in turn, cool-down."""
    total = microbatches * chunks

    def unit(index: int, *, backward: bool) -> tuple[int, int]:
        group, inside = divmod(index, stages * chunks)
        chunk = inside // stages
        chunk = chunks - 1 - chunk if backward else chunk
        return chunk * stages + rank, group * stages + inside % stages

    if chunks == 1:
        warm = min(stages - rank - 1, total)

        def unit(index: int, *, backward: bool) -> tuple[int, int]:
            return rank, index
    else:
        warm = min((stages - rank - 1) * 2 + (chunks - 1) * stages, total)
    order: list[tuple[str, int, int]] = [("F", *unit(i, backward=False)) for i in range(warm)]
    for i in range(total - warm):
        order += [("F", *unit(warm + i, backward=False)), ("B", *unit(i, backward=True))]
    return order + [("B", *unit(i, backward=True)) for i in range(total - warm, total)]
