"""Continuous batching over a paged KV cache, iteration by iteration, and the batch at a time that it replaced.

    iteration    admit what fits, do one forward pass over the prompts admitted and one token of each other, hand out tokens
    block        KV memory of `block_tokens` tokens; a request holds as many as its tokens fill, the last in part
    preempt      no block free for the next token: the youngest gives its blocks back, waits at the head of the line and
                 computes prompt and answer so far once more
    whole batch  `continuous=False`: requests are let in only when the batch is empty, with room for their longest answer
                 (the rule before Orca): short answers wait for the longest

After Yu et al. 2022 (Orca, OSDI: iteration-level scheduling) and Kwon et al. 2023 (PagedAttention, SOSP: paging, and
preemption of the last come by recomputation). The cost of an iteration is the caller's function: the simulation knows
no hardware. A request's prompt is computed in the one iteration that admits it (no chunks).
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ironlaw.physics import InputError, Symbol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random


_SECONDS = Symbol("seconds", "t", "s", "what `cost` gives for an iteration", low=0, low_open=True)
_COUNTS = {
    "slots": "most requests in one iteration",
    "blocks": "KV blocks that the memory holds",
    "block_tokens": "tokens of a KV block",
}


@dataclass(frozen=True, slots=True)
class Request:
    """One request: when it comes (s), the tokens it brings and the tokens it will get."""

    arrival: float
    prompt: int
    output: int

    def __post_init__(self) -> None:
        """At least one token each way, and a time."""
        Symbol("arrival", "t", "s", "arrival", low=0).check(self.arrival)
        for name in ("prompt", "output"):
            Symbol(name, "n", "1", "tokens", low=1, integer=True).check(getattr(self, name))


@dataclass(frozen=True, slots=True)
class Stay:
    """A bar of the timeline: a request in a slot between two times (s); `finished` is False if it was preempted."""

    slot: int
    request: int
    start: float
    end: float
    finished: bool


@dataclass(frozen=True, slots=True)
class Served:
    """One request's outcome; times in seconds."""

    arrival: float
    first: float  # first token
    end: float  # last token
    output: int
    preemptions: int

    @property
    def time_to_first(self) -> float:
        """From arrival to the first token."""
        return self.first - self.arrival

    @property
    def between(self) -> float:
        """Mean time between two tokens; 0 for an answer of one."""
        return (self.end - self.first) / (self.output - 1) if self.output > 1 else 0.0


@dataclass(frozen=True, slots=True)
class Iteration:
    """One forward pass: when it starts and how long it takes (s), what it computes, and the memory held meanwhile."""

    start: float
    seconds: float
    prompt_tokens: int
    decoding: int
    finished: int
    blocks: int
    tokens: int  # tokens in those blocks at the end of the pass


@dataclass(frozen=True, slots=True)
class BatchingRun:
    """All requests in the order given, all iterations, and the timeline of the slots."""

    served: tuple[Served, ...]
    iterations: tuple[Iteration, ...]
    timeline: tuple[Stay, ...]
    slots: int
    block_tokens: int

    @property
    def span(self) -> float:
        """Seconds from the first arrival to the last token."""
        return max(one.end for one in self.served) - min(one.arrival for one in self.served)

    @property
    def throughput(self) -> float:
        """Output tokens per second over the span."""
        return sum(one.output for one in self.served) / self.span

    @property
    def occupancy(self) -> float:
        """Mean share of the slots at work, over the time of the iterations."""
        busy = sum(stay.end - stay.start for stay in self.timeline)
        return busy / (self.slots * sum(one.seconds for one in self.iterations))

    @property
    def waste(self) -> float:
        """Share of the held KV memory without a token in it, over time: the unfilled ends of last blocks."""
        held = sum(one.seconds * one.blocks * self.block_tokens for one in self.iterations)
        return 1 - sum(one.seconds * one.tokens for one in self.iterations) / held


@dataclass(slots=True)
class _Live:
    request: int
    prompt: int
    output: int
    done: int = 0  # tokens handed out
    kept: int = 0  # tokens with KV in memory
    slot: int = -1
    since: float = 0.0
    blocks: int = 0
    preemptions: int = 0
    first: float = field(default=math.nan)

    def needs(self, block_tokens: int) -> int:
        """Blocks after the next iteration: it stores all tokens known now (the newest one's KV is made with it)."""
        return -(-(self.prompt + self.done) // block_tokens)

    def most(self, block_tokens: int) -> int:
        """Blocks of the whole answer (the last token's KV is never needed)."""
        return -(-(self.prompt + self.output - 1) // block_tokens)


class _Batcher:
    """The scheduler's state: who waits, who runs (oldest first), which slots and blocks are free."""

    def __init__(self, requests: Sequence[Request], slots: int, blocks: int, block_tokens: int, whole: bool) -> None:
        self.requests, self.block_tokens, self.whole, self.blocks = requests, block_tokens, whole, blocks
        self.coming = deque(sorted(range(len(requests)), key=lambda at: requests[at].arrival))
        self.waiting: deque[_Live] = deque()
        self.running: list[_Live] = []
        self.free_slots = list(range(slots))
        self.free = blocks
        self.timeline: list[Stay] = []
        self.served: dict[int, Served] = {}

    def arrive(self, now: float) -> None:
        while self.coming and self.requests[self.coming[0]].arrival <= now:
            at = self.coming.popleft()
            self.waiting.append(_Live(at, self.requests[at].prompt, self.requests[at].output))

    def grow(self, now: float) -> None:
        """Give each running request the block that its next token needs, the oldest first; preempt the youngest."""
        for live in list(self.running):
            if live.slot < 0:
                continue  # preempted while it waited for its turn
            while (more := live.needs(self.block_tokens) - live.blocks) > self.free:
                self._leave(self.running[-1], now, finished=False)
                if live.slot < 0:
                    break
            if live.slot >= 0 and more > 0:
                self.free -= more
                live.blocks += more

    def admit(self, now: float) -> None:
        if self.whole and self.running:
            return
        while self.waiting and self.free_slots:
            live = self.waiting[0]
            wanted = (live.most if self.whole else live.needs)(self.block_tokens)
            if wanted > self.free:
                break
            self.waiting.popleft()
            self.free -= wanted
            live.blocks, live.kept, live.since = wanted, 0, now
            live.slot = self.free_slots.pop(0)
            self.running.append(live)

    def run(self, now: float, cost: Callable[[int, int, int], float]) -> Iteration:
        """One pass over all that run: everybody gets one token, whoever has them all leaves at its end."""
        prompt = sum(live.prompt + live.done for live in self.running if not live.kept)
        decoding = [live for live in self.running if live.kept]
        seconds = cost(prompt, len(decoding), sum(live.prompt + live.done for live in decoding))
        _SECONDS.check(seconds)
        end, held, finished = now + seconds, self.blocks - self.free, []
        for live in self.running:
            live.kept = live.prompt + live.done
            live.done += 1
            if live.done == 1:
                live.first = end
            if live.done == live.output:
                finished.append(live)
        tokens = sum(live.kept for live in self.running)
        for live in finished:
            self._leave(live, end, finished=True)
        return Iteration(now, seconds, prompt, len(decoding), len(finished), held, tokens)

    def _leave(self, live: _Live, now: float, *, finished: bool) -> None:
        self.running.remove(live)
        self.timeline.append(Stay(live.slot, live.request, live.since, now, finished))
        self.free_slots.append(live.slot)
        self.free_slots.sort()
        self.free += live.blocks
        live.slot, live.blocks = -1, 0
        if finished:
            arrival = self.requests[live.request].arrival
            self.served[live.request] = Served(arrival, live.first, now, live.output, live.preemptions)
        else:
            live.preemptions += 1
            self.waiting.appendleft(live)


def simulate_batching(
    requests: Sequence[Request],
    cost: Callable[[int, int, int], float],
    *,
    slots: int,
    blocks: int,
    block_tokens: int = 16,
    continuous: bool = True,
) -> BatchingRun:
    """Serve all `requests` with at most `slots` at a time and `blocks` KV blocks of `block_tokens` tokens.

    `cost(prompt tokens, decoding requests, KV tokens read)` gives the seconds of an iteration. InputError for a request
    that the memory could not hold alone: it would never end.
    """
    for name, value in (("slots", slots), ("blocks", blocks), ("block_tokens", block_tokens)):
        Symbol(name, "n", "1", _COUNTS[name], low=1, integer=True).check(value)
    if not requests:
        raise InputError("requests must be at least one", "requests", 0, "at least one")
    largest = max(-(-(one.prompt + one.output - 1) // block_tokens) for one in requests)
    if largest > blocks:
        allowed = f"at least {largest}, the blocks of the longest request"
        raise InputError(f"blocks must be {allowed}, got {blocks}", "blocks", blocks, allowed)

    state = _Batcher(requests, slots, blocks, block_tokens, not continuous)
    now, iterations = 0.0, []
    while len(state.served) < len(requests):
        state.arrive(now)
        state.grow(now)
        state.admit(now)
        if not state.running:
            now = requests[state.coming[0]].arrival  # idle until the next one comes
            continue
        iterations.append(state.run(now, cost))
        now += iterations[-1].seconds
    served = tuple(state.served[at] for at in range(len(requests)))
    return BatchingRun(served, tuple(iterations), tuple(state.timeline), slots, block_tokens)


def poisson_requests(
    rate: float, count: int, prompt: Callable[[Random], int], output: Callable[[Random], int], source: Random
) -> list[Request]:
    """`count` requests at random times, `rate` a second; lengths drawn by `prompt` and `output` from `source`."""
    Symbol("rate", "lam", "1/s", "requests per second", low=0, low_open=True).check(rate)
    Symbol("count", "n", "1", "requests", low=1, integer=True).check(count)
    now, made = 0.0, []
    for _ in range(count):
        now += source.expovariate(rate)
        made.append(Request(now, prompt(source), output(source)))
    return made
