"""Act II, one architecture, all limits at once: what a learner reads and decides. The numbers are those of the model."""

from __future__ import annotations

from ironlaw.labkit.spec import (
    Act,
    Challenge,
    Check,
    Decision,
    DecisionOption,
    FigureSpec,
    MathItem,
    Reveal,
    Sweep,
)
from ironlaw.labs.v2_17_constraints_never_lie import act2_figures as drawn
from ironlaw.labs.v2_17_constraints_never_lie import architecture, sweep
from ironlaw.labs.v2_17_constraints_never_lie.act2_facts import facts
from ironlaw.labs.v2_17_constraints_never_lie.act2_givens import GIVENS
from ironlaw.labs.v2_17_constraints_never_lie.act2_panel import CARDS, CONSTRAINTS, CONTROLS, OUTPUTS
from ironlaw.labs.v2_17_constraints_never_lie.act2_questions import PREDICTION, REFLECTION, SECOND

MATH = (
    MathItem(
        equation="error-product",
        title="Accuracy",
        inputs={
            "base": "given.pilot_error",
            "size": "now.size_factor",
            "privacy": "now.privacy_factor",
            "robustness": "now.attack_factor",
            "staleness": "now.staleness",
        },
        result="now.error",
        note=(
            "Each factor has a published shape or comes from the pilot. That they multiply is the scenario's assumption; the "
            "interval takes all low and all high shapes together."
        ),
    ),
    MathItem(
        equation="gaussian-composition",
        title="Privacy over a year",
        inputs={"noise": "now.noise", "runs": "now.retrains_set"},
        result="now.noise_together",
        note="The noise that one run's ε of {now.epsilon_set} stands for, and that of all runs: it amounts to {now.spent}.",
    ),
    MathItem(
        equation="wait-percentile",
        title="The queue at the daily peak",
        inputs={"wait": "now.mean_wait", "waiting": "now.waiting", "tail": "given.late"},
        result="now.wait",
        note="To it come the slow image's own {now.slow} and the way.",
    ),
    MathItem(
        equation="effective-training-time",
        title="What failures leave of a run",
        inputs={"interval": "now.interval_set", "write": "now.write", "restart": "restart", "mtbf": "mtbf"},
        result="now.kept_time",
        note="The whole fleet as one job: it fails every {mtbf}.",
    ),
    MathItem(
        equation="flexible-carbon",
        title="Carbon of training",
        inputs={
            "energy": "now.training_energy",
            "intensity": "now.intensity",
            "flexible": "now.flexible_set",
            "reduction": "given.cleaner",
        },
        result="now.training_carbon",
        note="Serving adds {now.serving_carbon}: an image cannot wait for the wind.",
    ),
    MathItem(
        equation="limit-lift",
        title="The worst conflict, counted",
        inputs={"both": "both_accuracy_robustness", "first": "kept_accuracy", "second": "kept_robustness"},
        result="lift_accuracy_robustness",
        note="Accuracy and robustness over all {designs} designs of the grid, renewable supply.",
    ),
)

ACT_2 = Act(
    id="act2",
    title="One architecture, all limits",
    minutes=22,
    context="renewable",
    context_label="Supply",
    sender="Chief architect, medical imaging",
    message=(
        "{hospitals} hospitals, {images} images a day each. They want {least_accuracy} of the answers right, {least_robust} "
        "under attack, and all but {one_percent} of them within {most_latency}. They want a privacy budget ε of at most "
        "{most_epsilon} a year, {least_uptime} uptime and {least_cut} less carbon than today. You have {budget} H100 for "
        "training and serving. **All of it, or no approval.** The draft on the table keeps {draft_met} of {draft_of}."
    ),
    briefing=(
        "One backbone, a vision transformer, reads every image, cut into tiles that go through a GPU as one batch. It is trained "
        "at least once a year on the images of the whole year: with noise, for privacy, and partly on attacked tiles. A run "
        "is one job over the whole fleet; the fleet card counts its GPU time as GPUs held for {given.window}.\n\n"
        "Each region answers its hospitals from a pool of replicas, one GPU each, spread over zones. A zone that fails takes "
        "its replicas with it. The pool is up while what is left can carry the daily peak.\n\n"
        "Published results give two ends: what private training and training on attacks cost one network on one benchmark. "
        "That these costs multiply, carry over to these images, and how they grow in between, is the scenario's assumption. The "
        "cards show the interval that the published results leave open; the limits are judged at its middle.\n\n"
        "The panel's grid has these places:\n\n"
        "- **Backbone:** {places_backbone}.\n"
        "- **ε of one run:** {places_epsilon}.\n"
        "- **Training runs a year:** {places_retrains}.\n"
        "- **Share of tiles attacked in training:** {places_weight}.\n"
        "- **Spare capacity over the daily peak:** {places_spare}.\n"
        "- **Zones of a pool:** {places_zones}.\n"
        "- **Flexible share of training:** {places_flexible}.\n"
        "- **Checkpoint interval:** {places_interval}.\n"
        "- **Parallel strategy:** {places_strategy}."
    ),
    givens=GIVENS,
    controls=CONTROLS,
    outputs=OUTPUTS,
    model=architecture.model,
    facts=facts,
    cards=CARDS,
    constraints=CONSTRAINTS,
    figures=(
        FigureSpec(id="scorecards", title="All limits at once", draw=drawn.scorecards, always=True),
        FigureSpec(id="slice", title="The slice through your design", draw=drawn.design_slice, always=True),
    ),
    sweep=Sweep(
        title="Count the whole grid",
        text=(
            "Every place of every control, {designs} designs: which limits does each keep? The count is exact. It takes about a "
            "second, on the supply that you have chosen."
        ),
        parts=len(sweep.PARTS),
        designs=sweep.DESIGNS,
        run=sweep.run,
        figures=drawn.swept,
    ),
    challenge=Challenge(
        title="Get it approved",
        text="On the renewable supply, keep every limit at once.",
        checks=(
            Check(
                output="error",
                sense="at most",
                limit="accuracy_most",
                text="Accuracy {now.accuracy} of at least {now.accuracy_least}",
            ),
            Check(
                output="p99",
                sense="at most",
                limit="latency_most",
                text="Latency {now.p99} of at most {now.latency_most}",
            ),
            Check(
                output="spent",
                sense="at most",
                limit="privacy_most",
                text="ε {now.spent} of at most {now.privacy_most} a year",
            ),
            Check(
                output="broken",
                sense="at most",
                limit="robustness_most",
                text="Robust accuracy {now.robust} of at least {now.robust_least}",
            ),
            Check(
                output="carbon",
                sense="at most",
                limit="carbon_most",
                text="Carbon {now.carbon} of at most {now.carbon_most} a year",
            ),
            Check(
                output="down",
                sense="at most",
                limit="uptime_most",
                text="Uptime {now.uptime} of at least {now.uptime_least}",
            ),
            Check(
                output="fleet",
                sense="at most",
                limit="fleet_most",
                text="Fleet {now.fleet} of at most {now.fleet_most} GPUs",
            ),
        ),
        cost=None,
        free=("backbone", "epsilon", "weight", "spare", "retrains"),
        pinned={"grid": "renewable"},
    ),
    prediction=PREDICTION,
    second=SECOND,
    reveal=Reveal(
        text=(
            "By itself uptime removes {removed_uptime} of the grid, robustness {removed_robustness}, privacy {removed_privacy}, "
            "accuracy {removed_accuracy}, carbon {removed_carbon}, the fleet {removed_fleet} and latency {removed_latency}. "
            "**The limit that nobody trains for removes most**: a pool must carry the peak without its largest zone, and "
            "that takes spare capacity and zones together.\n\n"
            "All limits leave {approved} of {designs} designs, {approved_share}. Independent limits would leave {independent}, "
            "{independent_ratio} as many: the difference is conflict. On the mixed grid {mixed_approved} designs are left; there "
            "carbon alone removes {mixed_removed_carbon}, and no care in training replaces the choice of the site."
        ),
        correct="You named it: “{you.option}”, at {you.confidence} confidence.",
    ),
    reflection=REFLECTION,
    math=MATH,
    decision=Decision(
        text="**What do you bring to the board?** The architecture on your instrument is signed with it.",
        options=(
            DecisionOption(
                id="submit",
                text="This architecture, for approval",
                answer="Signed: {now.verdict}, {now.met} of {now.of} limits kept, on {now.fleet} GPUs.",
            ),
            DecisionOption(
                id="waiver",
                text="This architecture, with a waiver for what it lacks",
                answer=(
                    "Signed: {now.met} of {now.of} limits are kept, and what the others lack adds up to {now.missing}. "
                    "Step that would close most: {now.next}."
                ),
            ),
            DecisionOption(
                id="site",
                text="The site first, the architecture after it",
                answer="Signed: at {now.intensity} this design emits {now.carbon} a year, of {now.carbon_most} allowed.",
            ),
            DecisionOption(
                id="redundancy",
                text="Zones and spare capacity first, the model after them",
                answer="Signed: {now.uptime} uptime; without its largest zone a pool keeps {now.left} replicas and needs {now.needed}.",
            ),
        ),
        ask="One sentence for the record: which limit would you renegotiate, and with whom?",
        record=(
            "verdict",
            "met",
            "missing",
            "accuracy",
            "p99",
            "spent",
            "robust",
            "carbon",
            "cut",
            "uptime",
            "fleet",
            "margin_accuracy",
            "margin_latency",
            "margin_privacy",
            "margin_robustness",
            "margin_carbon",
            "margin_uptime",
            "margin_fleet",
        ),
    ),
)
