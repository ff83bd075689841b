"""Act I, archaeology of your ledger: what a learner reads and is asked. `act_1` binds it to a ledger."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from ironlaw.labkit.spec import (
    Act,
    Band,
    Decision,
    DecisionOption,
    Feedback,
    FigureSpec,
    Given,
    MathItem,
    NumberQuestion,
    Reflection,
    Reveal,
    Second,
    Term,
    TermQuestion,
    Try,
)
from ironlaw.labs.v2_17_constraints_never_lie import act1_figures as drawn
from ironlaw.labs.v2_17_constraints_never_lie import audit
from ironlaw.labs.v2_17_constraints_never_lie.act1_facts import EDGES, asked_of, domains_asked, facts, latest, reading
from ironlaw.labs.v2_17_constraints_never_lie.act1_panel import CARDS, CONSTRAINTS, OUTPUTS, START, controls
from ironlaw.labs.v2_17_constraints_never_lie.archive import Archive
from ironlaw.labs.v2_17_constraints_never_lie.domains import slug

# What the reading that holds says: which one it is depends on the ledger.
CORRECT = {
    "moves": (
        "Yes: {share_moves} of the hits lie outside the domain that is hit most. The laws stay, the bottleneck moves: each "
        "mended limit hands over to the next, and a design is judged by which ones it gave up for which."
    ),
    "top": (
        "Yes: {share_top} of the hits are in {top_domain}. So far one habit would have saved most of them. Few labs show few "
        "limits, though: act II has one design meet them all, and there the bottleneck moves."
    ),
    "stuck": (
        "Yes: {share_stuck} of the hits were never left again. A limit says which quantity to change, so go back to one and "
        "look for its way out. The next limit stands behind it: the bottleneck moves."
    ),
    "sure": (
        "Yes: {share_sure} of the misses came at a confidence of {sure} or more. What to mend first is how sure you say that "
        "you are. Of the hits {share_moves} lie outside the domain hit most: the bottleneck moves."
    ),
}
RECORD = ("labs_done", "commits", "right", "hits", "left", "top", "spread")


def act_1(yours: Archive) -> Act:
    """The act on this ledger; where it says too little, on the sample ledger."""
    source = "yours" if asked_of(yours) is yours else "sample"
    start = {**START, "source": source, "lab": latest(yours) or START["lab"]}
    # A ledger of few labs is thin from the start: then the limit is there to be left, as far as its commits go.
    thin = audit.model(start, yours)
    crossed = float(thin["spread"] or 0.0) > START["precision"]
    return Act(
        id="act1",
        title="Archaeology of your ledger",
        minutes=12,
        context=source,
        context_label="Whose ledger",
        sender="Chief architect",
        message=(
            "Before the promotion, an audit: not of your designs, of *you*. Every limit that you broke is in the ledger, with "
            "every prediction and how sure you were. {state}.\n\n**Which domain did you break most, and which habit would "
            "have prevented it?**"
        ),
        briefing=(
            "All that follows is counted from the events of {ledger}. A limit counts each time that it was hit, whatever the "
            "last settings were. A prediction counts as it was first locked, with its confidence: that is a *commit*. A "
            "domain without evidence is hatched; nothing is filled in. Predict before the ledger opens."
        ),
        givens=(
            Given(id="labs", label="Labs of the curriculum", value=34.0, kind="count", source="the curriculum"),
            Given(
                id="curve",
                label="Commits from which a reliability curve is drawn",
                value=float(audit.CURVE),
                kind="count",
                source="scenario",
            ),
        ),
        controls=controls(source, str(start["lab"])),
        outputs=OUTPUTS,
        model=partial(audit.model, yours=yours),
        facts=partial(facts, yours),
        cards=CARDS,
        constraints=tuple(replace(limit, at_start=crossed) for limit in CONSTRAINTS),
        figures=(
            FigureSpec(id="domains", title="Right and sure, by domain", draw=partial(drawn.by_domain, yours=yours)),
            FigureSpec(id="hits", title="Limits hit, by domain", draw=partial(drawn.limits_hit, yours=yours)),
            FigureSpec(
                id="calibration",
                title="Do predictions come true as often as said?",
                draw=partial(drawn.calibration, yours=yours),
            ),
            FigureSpec(id="estimates", title="How far numbers were off", draw=partial(drawn.estimates, yours=yours)),
            FigureSpec(id="journey", title="The way through the labs", draw=partial(drawn.journey, yours=yours)),
            FigureSpec(id="replay", title="Then and now", draw=partial(drawn.replayed, yours=yours)),
        ),
        prediction=_prediction(yours, start),
        second=_second(start),
        reveal=Reveal(
            text=(
                "In {ledger} **{top_domain}** was hit most: {top_count} of {all_hits} times. The habit that would have "
                "prevented most of it: {habit}.\n\nOf {commits_all} commits {overall_right} came true, {overall}, at a mean "
                "confidence of {mean_confidence}. {thirds}. {leaning}."
            ),
            correct="You named it: “{you.option}”, at {you.confidence} confidence.",
        ),
        reflection=_reflection(yours, start),
        math=(
            MathItem(
                equation="share-half-width",
                title="How well your share is known",
                inputs={"count": "now.counted", "z": "z"},
                result="now.spread",
                note="From {now.commits} commits, {now.ledger}. It is why a curve from a handful of them is not shown.",
            ),
        ),
        decision=Decision(
            text="**Which habit do you take into the last design?**",
            options=(
                DecisionOption(
                    id="habit",
                    text="The one for the domain hit most",
                    answer="Signed: {habit}. In this slice {now.top} has {now.top_hits} of {now.hits} hits.",
                ),
                DecisionOption(
                    id="confidence",
                    text="Say how sure I am only as far as it comes true",
                    answer="Signed: {now.right_share} came true at a mean confidence of {now.confidence}.",
                ),
                DecisionOption(
                    id="interval",
                    text="Give numbers with wider intervals, and centre them",
                    answer="Signed. Mean lean of this slice's numbers: {now.lean}.",
                ),
                DecisionOption(
                    id="margin",
                    text="Look for the next limit before the present one is mended",
                    answer="Signed: of {now.hits} hits {now.left} were left again. Ask of each way out which limit it brings nearer.",
                ),
            ),
            ask="One sentence for the record: what would the learner of your first lab not believe?",
            record=RECORD,
        ),
    )


def _prediction(yours: Archive, start: dict[str, object]) -> TermQuestion:
    return TermQuestion(
        quantity="Times that a limit was hit",
        title="Limits hit in each domain",
        pick="largest",
        text=(
            "From memory: **in which domain were limits hit most often in {ledger}?**"
            if asked_of(yours) is yours
            else "The made-up learner knows single machines, sizes memory with ease, and has never had to wire machines "
            "together. **In which domain were limits hit most often in {ledger}?**"
        ),
        options=tuple(
            Term(
                id=slug(domain),
                fact=f"hits_{slug(domain)}",
                short=domain,
                text=domain,
                feedback=Feedback(
                    title=f"“{domain} is where it breaks”",
                    text=(
                        f"{domain} was hit {{hits_{slug(domain)}}} times, {{top_domain}} {{top_count}} times of "
                        "{all_hits}. One painful failure is remembered better than a frequent one. The slice that you look "
                        "at holds {now.hits} hits; most are in {now.top}."
                    ),
                    attempt=Try(text="Look at the fleet alone", settings={**start, "volume": "v2"}),
                ),
            )
            for domain in domains_asked(yours)
        ),
    )


def _second(start: dict[str, object]) -> Second:
    return Second(
        question=NumberQuestion(
            fact="overall",
            quantity="Share of the commits that came true",
            unit="%",
            per=0.01,
            axis=(0.0, 1.0),
            scale="linear",
            widest=0.4,
            text=(
                "**What share of all predictions in {ledger} came true?** Count every commit once, whatever its confidence."
            ),
            options=(
                _share("low", None, EDGES[0], "Less than {edge_low}", "“I was mostly wrong”", start),
                _share("below", EDGES[0], EDGES[1], "{edge_low} to {edge_middle}", "“About one in two”", start),
                _share("above", EDGES[1], EDGES[2], "{edge_middle} to {edge_high}", "“More right than wrong”", start),
                _share("high", EDGES[2], None, "More than {edge_high}", "“I was nearly always right”", start),
            ),
        ),
        look=(
            "This is {ledger}. Labs done: {done} of {labs_total}. Commits: {commits_all}. Hits of a limit: {all_hits}."
        ),
        figures=("journey",),
        correct="Your interval holds it: {overall_right} of {commits_all}, {overall}.",
    )


def _share(id_: str, low: float | None, high: float | None, text: str, title: str, start: dict[str, object]) -> Band:
    return Band(
        id=id_,
        low=low,
        high=high,
        text=text,
        feedback=Feedback(
            title=title,
            text=(
                "{overall_right} of {commits_all} came true, {overall}, while the mean confidence was {mean_confidence}. "
                "Memory keeps the surprises, not the count. In the slice that you look at {now.right_share} came true."
            ),
            attempt=Try(text="Compare the first third", settings={**start, "part": "first"}),
        ),
    )


def _reflection(yours: Archive, start: dict[str, object]) -> Reflection:
    attempt = Try(text="The limits of the fleet", settings={**start, "volume": "v2"})
    return Reflection(
        question=TermQuestion(
            quantity="Share of the hits or misses",
            title="What each reading accounts for",
            pick="largest",
            text=(
                "Each reading below is about the hits of a limit in {ledger}, or about its predictions that missed. "
                "**Which one is true of the largest share of them?**"
            ),
            options=(
                Term(
                    id="weak",
                    fact="share_top",
                    short="one weak domain",
                    text="One weak domain: learn it, and the failures end",
                    feedback=Feedback(
                        title="“Mend the weak spot and be done”",
                        text=(
                            "The domain hit most accounts for {share_top} of the hits, all others together for {share_moves}. "
                            "Mending one limit lets the next one bind. In your slice {now.top} has {now.top_hits} of "
                            "{now.hits}."
                        ),
                        attempt=attempt,
                    ),
                ),
                Term(
                    id="moves",
                    fact="share_moves",
                    short="the bottleneck moves",
                    text="The bottleneck moves: most limits lie outside any one domain",
                    feedback=Feedback(
                        title="“It is everywhere at once”",
                        text=(
                            "In this ledger {share_moves} of the hits lie outside the domain that is hit most. A ledger of few "
                            "labs shows what those labs taught. Your slice holds {now.hits} hits."
                        ),
                        attempt=attempt,
                    ),
                ),
                Term(
                    id="stuck",
                    fact="share_stuck",
                    short="no way back",
                    text="No way back: a limit once crossed stays crossed",
                    feedback=Feedback(
                        title="“A limit is the end of a design”",
                        text=(
                            "{share_stuck} of the hits were never left again. A limit says which quantity to change, and "
                            "there are several ways out. In your slice {now.left} of {now.hits} were left."
                        ),
                        attempt=attempt,
                    ),
                ),
                Term(
                    id="sure",
                    fact="share_sure",
                    short="too sure",
                    text="Too sure: most misses were made with confidence",
                    feedback=Feedback(
                        title="“It is all overconfidence”",
                        text=(
                            "Of the misses {share_sure} came at a confidence of {sure} or more. That is worth knowing, and it is "
                            "about predictions, not about what limits a design. Your slice came true at {now.right_share}, said "
                            "at {now.confidence}."
                        ),
                        attempt=attempt,
                    ),
                ),
            ),
        ),
        ask="Which limit surprised you because another one had just been mended?",
        correct=CORRECT[reading(yours)],
    )
