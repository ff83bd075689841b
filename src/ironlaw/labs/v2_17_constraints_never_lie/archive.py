"""A ledger read for its patterns: commits, limits and decisions by domain. Everything here is a fold over records.

A commit is a prediction with a confidence; `correct` is the engine's word. A record may be old, foreign or damaged: what
does not have the shape of a record is passed over, and counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import fsum, isfinite
from typing import Any

from ironlaw import labs
from ironlaw.elementary import log10
from ironlaw.labs.v2_17_constraints_never_lie.domains import DOMAINS, HOME

OWN = "v2_17"


@dataclass(frozen=True, slots=True)
class Commit:
    """One answer given with a confidence."""

    lab: str
    domain: str
    at: str
    confidence: float
    correct: bool
    brier: float | None
    decades: float | None  # of a number: powers of ten above the engine's value, negative below


@dataclass(frozen=True, slots=True)
class Hit:
    """One limit of one act: how often it was crossed and left."""

    lab: str
    domain: str
    hits: int
    left: int


@dataclass(frozen=True, slots=True)
class Signed:
    """One decision: the design that was signed, and what the engine said of it then."""

    lab: str
    act: str
    option: str
    at: str
    settings: Mapping[str, Any]
    result: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Archive:
    """What a ledger holds. Commits in the order in which they were made."""

    name: str  # "your ledger" or "sample ledger"
    commits: tuple[Commit, ...]
    limits: tuple[Hit, ...]
    decisions: tuple[Signed, ...]
    done: frozenset[str]
    passed_over: int  # pieces that could not be read as records
    broken: str | None

    @property
    def enough(self) -> bool:
        """Whether there is anything to ask about: a commit, and a limit that was hit."""
        return bool(self.commits) and any(limit.hits for limit in self.limits)


def archive(name: str, records: Iterable[Mapping[str, Any]], broken: str | None = None) -> Archive:
    """Fold `ledger.design_record`s. Raises nothing for a damaged record: it is passed over."""
    commits: list[Commit] = []
    limits: list[Hit] = []
    decisions: list[Signed] = []
    done: set[str] = set()
    passed_over = 0
    for record in records:
        lab = record.get("lab") if isinstance(record, Mapping) else None
        if not isinstance(lab, str) or lab not in HOME:
            passed_over += 1
            continue
        if lab == OWN:
            continue
        if record.get("completed_at"):
            done.add(lab)
        home = record.get("domain")
        domain = home if isinstance(home, str) and home in DOMAINS else domain_of(lab)
        for piece in _rows(record, "predictions"):
            passed_over += not _take(commits, _commit(lab, domain, piece))
        for piece in _rows(record, "constraints"):
            passed_over += not _take(limits, _hit(lab, piece))
        results = record.get("results")
        for piece in _rows(record, "decisions"):
            passed_over += not _take(decisions, _signed(lab, piece, results if isinstance(results, Mapping) else {}))
    commits.sort(key=lambda commit: commit.at)
    return Archive(name, tuple(commits), tuple(limits), tuple(decisions), frozenset(done), passed_over, broken)


def _rows(record: Mapping[str, Any], name: str) -> Sequence[Any]:
    rows = record.get(name)
    return rows if isinstance(rows, list | tuple) else ()


def _take(found: list[Any], one: Any) -> bool:
    """Keep what was read. A piece without a verdict counts as read: the engine gave none."""
    if one is None:
        return False
    if one is not _SILENT:
        found.append(one)
    return True


_SILENT = object()


def _commit(lab: str, domain: str, piece: Any) -> Any:
    if not isinstance(piece, Mapping):
        return None
    correct, confidence = piece.get("correct"), _number(piece.get("confidence"))
    if correct is None:
        return _SILENT
    if not isinstance(correct, bool) or confidence is None or not 0 <= confidence <= 1:
        return None
    at = piece.get("at")
    return Commit(
        lab,
        domain,
        at if isinstance(at, str) else "",
        confidence,
        correct,
        _number(piece.get("brier")),
        _decades(_number(piece.get("value")), _number(piece.get("truth"))),
    )


def _decades(value: float | None, truth: float | None) -> float | None:
    return log10(value / truth) if value is not None and truth is not None and value > 0 and truth > 0 else None


def _number(value: Any) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    found = float(value)
    return found if isfinite(found) else None


def _hit(lab: str, piece: Any) -> Any:
    if not isinstance(piece, Mapping):
        return None
    hits, left = _number(piece.get("hits")), _number(piece.get("recoveries"))
    if hits is None or left is None or hits < 0 or left < 0:
        return None
    act, name = piece.get("act"), piece.get("constraint")
    domain = piece.get("domain")
    if not isinstance(domain, str) or domain not in DOMAINS:
        domain = limit_domain(lab, str(act), str(name))
    return Hit(lab, domain, int(hits), min(int(left), int(hits)))


def _signed(lab: str, piece: Any, results: Mapping[str, Any]) -> Any:
    if not isinstance(piece, Mapping) or not isinstance(piece.get("act"), str):
        return None
    act, settings = piece["act"], piece.get("settings")
    result = results.get(act)
    return Signed(
        lab,
        act,
        str(piece.get("option")),
        str(piece.get("at") or ""),
        settings if isinstance(settings, Mapping) else {},
        result if isinstance(result, Mapping) else {},
    )


# --- domains ----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _loaded(lab: str) -> Any:
    """The built lab, or None."""
    try:
        return labs.load(lab)
    except (labs.UnknownLab, labs.NotBuilt):
        return None


@lru_cache(maxsize=64)
def domain_of(lab: str) -> str:
    """The domain of a lab: the first that it names, else the curriculum's."""
    built = _loaded(lab)
    named = built.domains[0] if built is not None and built.domains else HOME[lab]
    return named if named in DOMAINS else HOME[lab]


@lru_cache(maxsize=1024)
def limit_domain(lab: str, act: str, name: str) -> str:
    """The domain of one limit: its own, else its lab's."""
    built = _loaded(lab)
    found = built.act(act) if built is not None else None
    limit = next((each for each in found.constraints if each.id == name), None) if found else None
    return limit.domain if limit is not None and limit.domain in DOMAINS else domain_of(lab)


# --- slices and folds -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tally:
    """Commits counted: `share` is None where there are none, never a half."""

    count: int
    right: int
    confidence: float | None
    brier: float | None
    decades: float | None

    @property
    def share(self) -> float | None:
        """Share that came true."""
        return self.right / self.count if self.count else None


def tally(commits: Sequence[Commit]) -> Tally:
    """Count these commits."""
    briers = [each.brier for each in commits if each.brier is not None]
    decades = [each.decades for each in commits if each.decades is not None]
    return Tally(
        len(commits),
        sum(each.correct for each in commits),
        _mean([each.confidence for each in commits]),
        _mean(briers),
        _mean(decades),
    )


def _mean(values: Sequence[float]) -> float | None:
    return fsum(values) / len(values) if values else None


def sliced(found: Archive, part: str, volume: str) -> tuple[Commit, ...]:
    """The commits of a volume ("all", "v1", "v2"), and of these all, the first third or the last."""
    chosen = [each for each in found.commits if volume == "all" or each.lab.startswith(volume)]
    third = len(chosen) // 3
    if part == "first":
        chosen = chosen[:third]
    elif part == "last":
        chosen = chosen[len(chosen) - third :]
    return tuple(chosen)


def hits_by_domain(found: Archive, volume: str = "all") -> dict[str, tuple[int, int]]:
    """Limits crossed and left again, by domain, over the events of a volume."""
    counted = dict.fromkeys(DOMAINS, (0, 0))
    for limit in found.limits:
        if volume == "all" or limit.lab.startswith(volume):
            hits, left = counted[limit.domain]
            counted[limit.domain] = (hits + limit.hits, left + limit.left)
    return counted


def most_violated(found: Archive, volume: str = "all") -> str | None:
    """The domain with most hits; None where no limit was hit. Of equal ones the first of the curriculum's order."""
    counted = hits_by_domain(found, volume)
    best = max(DOMAINS, key=lambda domain: counted[domain][0])
    return best if counted[best][0] else None


def with_evidence(found: Archive) -> tuple[str, ...]:
    """Domains of which the ledger holds a commit or a limit that was hit."""
    seen = {each.domain for each in found.commits} | {each.domain for each in found.limits if each.hits}
    return tuple(domain for domain in DOMAINS if domain in seen)
