"""The facts of act I: what the ledger that the questions are asked of says, and what is missing from yours."""

from __future__ import annotations

import re

from ironlaw.labkit.spec import Facts, Q
from ironlaw.labkit.text import plain
from ironlaw.labs.v2_17_constraints_never_lie import archive as ar
from ironlaw.labs.v2_17_constraints_never_lie import audit
from ironlaw.labs.v2_17_constraints_never_lie.archive import Archive
from ironlaw.labs.v2_17_constraints_never_lie.domains import DOMAINS, HABITS, slug
from ironlaw.labs.v2_17_constraints_never_lie.sample import LABS, sample

EDGES = (0.4, 0.55, 0.75)
SURE = 0.8  # a confidence from which a miss was not expected
FEW = 3  # options that a question needs


def asked_of(yours: Archive) -> Archive:
    """The ledger that the questions are asked of: yours where it has a commit and a limit that was hit."""
    return yours if yours.enough else sample()


def domains_asked(yours: Archive) -> tuple[str, ...]:
    """The domains to choose from: those with evidence, or all ten where these are too few for a question."""
    found = ar.with_evidence(asked_of(yours))
    return found if len(found) >= FEW else DOMAINS


def facts(yours: Archive = audit.EMPTY) -> Facts:
    """Counts of the ledger that is asked of; sentences on what is missing."""
    found = asked_of(yours)
    counted, hits = ar.tally(found.commits), ar.hits_by_domain(found)
    top = ar.most_violated(found) or audit.NO_EVIDENCE
    first, last = (ar.tally(ar.sliced(found, part, "all")) for part in ("first", "last"))
    told = {
        "ledger": Q(found.name if found is yours else f"the {found.name}", "text"),
        "state": Q(state(yours).rstrip("."), "text"),
        "labs_total": Q(float(len(LABS) + 1), "count"),
        "done": Q(float(len(found.done)), "count"),
        "commits_all": Q(float(counted.count), "count"),
        "overall": Q(counted.share or 0.0, "share"),
        "overall_right": Q(float(counted.right), "count"),
        "mean_confidence": Q(counted.confidence or 0.0, "share"),
        "leaning": Q(_leaning(counted.decades), "text"),
        "thirds": Q(_thirds(first, last), "text"),
        "top_domain": Q(top, "text"),
        "habit": Q(HABITS.get(top, "go on"), "text"),
        "all_hits": Q(float(sum(pair[0] for pair in hits.values())), "count"),
        "top_count": Q(float(hits[top][0]) if top in hits else 0.0, "count"),
        "z": Q(audit.COVERAGE_Z, "number"),
        "sure": Q(SURE, "share"),
        "edge_low": Q(EDGES[0], "share"),
        "edge_middle": Q(EDGES[1], "share"),
        "edge_high": Q(EDGES[2], "share"),
    }
    told |= {f"hits_{slug(domain)}": Q(float(hits[domain][0]), "count") for domain in DOMAINS}
    return told | _readings(found, hits)


def _readings(found: Archive, hits: dict[str, tuple[int, int]]) -> dict[str, Q]:
    """How much of the record each reading of it accounts for."""
    crossed = sum(pair[0] for pair in hits.values())
    left = sum(pair[1] for pair in hits.values())
    most = max(pair[0] for pair in hits.values())
    wrong = [each for each in found.commits if not each.correct]
    sure = sum(each.confidence >= SURE for each in wrong)
    return {
        "share_top": Q(most / crossed if crossed else 0.0, "share"),
        "share_moves": Q(1 - most / crossed if crossed else 0.0, "share"),
        "share_stuck": Q(1 - left / crossed if crossed else 0.0, "share"),
        "share_sure": Q(sure / len(wrong) if wrong else 0.0, "share"),
    }


def _leaning(decades: float | None) -> str:
    """Which way numbers missed, as a clause."""
    return "No number was predicted" if decades is None else f"Numbers were, on average, {audit.lean(decades)}"


def _thirds(first: ar.Tally, last: ar.Tally) -> str:
    """The first third against the last, as a clause; a third without commits is not compared."""
    if not (first.count and last.count):
        return "There are too few commits to compare the first third with the last"
    early, late = (
        f"{audit.shown(each.share, 'share')} came true at a confidence of {audit.shown(each.confidence, 'share')}"
        for each in (first, last)
    )
    return f"In the first third {early}; in the last, {late}"


def reading(yours: Archive) -> str:
    """The reading of the ledger that accounts for the largest share of its record."""
    found = asked_of(yours)
    told = _readings(found, ar.hits_by_domain(found))
    return max(told, key=lambda name: told[name].value or 0.0).removeprefix("share_")


def latest(yours: Archive) -> str | None:
    """The lab of the last decision in your ledger, where the questions are asked of it."""
    signed = yours.decisions if yours.enough else ()
    return max(signed, key=lambda each: each.at).lab if signed else None


def _recovered(broken: str) -> str:
    """What a report of damage says was saved, without the file and the database's own words: the notice has those."""
    sentences = re.split(r"(?<=\.)\s+(?=[0-9A-Z])", broken.strip().rstrip(".") + ".")
    return " ".join(one for one in sentences if "SQLite" not in one and "set aside" not in one)


def state(yours: Archive) -> str:
    """What your ledger holds, what it lacks, and what to do first; a damaged one says so."""
    said = []
    if yours.broken:
        said.append(f"Part of your ledger could not be read. {_recovered(yours.broken)} What follows counts the rest.")
    if yours.passed_over:
        said.append(f"Passed over as unreadable: {plain(float(yours.passed_over), 'count')}.")
    if not yours.enough:
        lacks = "no prediction" if not yours.commits else "no limit that was hit"
        said.append(
            f"Your ledger holds {lacks} yet, so the questions are asked of the sample ledger, a made-up learner's. "
            f"To audit your own, do these labs first: {audit.first_labs(yours)}."
        )
        return " ".join(said)
    blank = [domain for domain in DOMAINS if domain not in ar.with_evidence(yours)]
    said.append(
        f"Predictions in your ledger: {plain(float(len(yours.commits)), 'count')}; labs done: {plain(float(len(yours.done)), 'count')}."
    )
    if blank:
        said.append(f"No evidence yet for {', '.join(blank)}.")
    if len(yours.commits) < audit.CURVE:
        said.append(f"A reliability curve needs {plain(float(audit.CURVE), 'count')} commits.")
    return " ".join(said)
