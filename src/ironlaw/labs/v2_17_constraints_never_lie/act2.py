"""Act II, one architecture, all limits at once: what a learner reads and decides. The numbers are those of the model."""

from __future__ import annotations

from ironlaw import registry
from ironlaw.labkit.spec import (
    Act,
    Challenge,
    Check,
    Decision,
    DecisionOption,
    FigureSpec,
    Given,
    MathItem,
    Reveal,
    Sweep,
)
from ironlaw.labs.v2_17_constraints_never_lie import act2_figures as drawn
from ironlaw.labs.v2_17_constraints_never_lie import architecture, sweep, terms
from ironlaw.labs.v2_17_constraints_never_lie import scenario as sc
from ironlaw.labs.v2_17_constraints_never_lie.act2_facts import facts
from ironlaw.labs.v2_17_constraints_never_lie.act2_panel import CARDS, CONSTRAINTS, CONTROLS, OUTPUTS
from ironlaw.labs.v2_17_constraints_never_lie.act2_questions import PREDICTION, REFLECTION, SECOND
from ironlaw.labs.v2_17_constraints_never_lie.backbones import GPU, SOURCE

SCENARIO = "scenario"


def _row(entity: str, field: str) -> str:
    """Where a figure of the registry comes from, and that it is recalled where nobody has read it again."""
    datum = registry.get(entity).field(field)
    return datum.source if datum.verified else f"{datum.source} (recalled, not read again)"


GIVENS = (
    Given(id="hospitals", label="Hospitals", value=sc.HOSPITALS, kind="count", source=SCENARIO),
    Given(id="images", label="Images a day and hospital", value=sc.IMAGES_A_DAY, kind="count", source=SCENARIO),
    Given(id="regions", label="Regions, each with its own pool", value=sc.REGIONS, kind="count", source=SCENARIO),
    Given(id="peak", label="Busiest hour over the mean of the day", value=sc.PEAK, kind="ratio", source=SCENARIO),
    Given(id="tiles", label="Tiles of an image", value=sc.TILES, kind="count", source=SCENARIO),
    Given(
        id="variation",
        label="Spread of an image's time, deviation over mean",
        value=sc.SIZE_VARIATION,
        kind="share",
        source=SCENARIO,
    ),
    Given(id="way", label="Way to the pool and back", value=sc.ROUND_TRIP, kind="seconds", source=SCENARIO),
    Given(id="late", label="Share that may be slower", value=0.01, kind="share", source="scenario: the P99"),
    Given(id="family", label="Backbones", value="vision transformers", kind="text", source=SOURCE),
    Given(
        id="pilot_error",
        label="Wrong answers of the pilot: base backbone, pre-trained in public, not attacked",
        value=sc.PILOT_ERROR,
        kind="share",
        source="scenario: the pilot",
    ),
    Given(
        id="pilot_epsilon",
        label="ε of the pilot",
        value=sc.REFERENCE_EPSILON,
        kind="number",
        source="scenario: the pilot",
    ),
    Given(
        id="exponent",
        label="Error falls with this power of the parameters",
        value=sc.SIZE_EXPONENT,
        kind="number",
        source="scenario: the pilot",
    ),
    Given(id="drift", label="Error grows in a year by", value=sc.DRIFT, kind="share", source="scenario: the pilot"),
    Given(
        id="tuned",
        label="Power of ε in the error, fine-tuned after public training",
        value=sc.privacy_slopes()[0],
        kind="number",
        source=f"between two results: {_row(sc.TUNED[0], 'accuracy')}",
    ),
    Given(
        id="scratch",
        label="Power of ε in the error, trained from scratch",
        value=sc.privacy_slopes()[2],
        kind="number",
        source=f"between two results: {_row(sc.SCRATCH[0], 'accuracy')}",
    ),
    Given(
        id="slope",
        label="Power of ε that is used",
        value=sc.privacy_slopes()[1],
        kind="number",
        source="scenario: geometric mean of both",
    ),
    Given(
        id="attack_error",
        label="Clean error when every tile is attacked, over plain training",
        value=sc.attack_factors()[1],
        kind="ratio",
        source=f"{registry.get(sc.HARDENED).name} over {registry.get(sc.PLAIN).name}: {_row(sc.HARDENED, 'accuracy')}",
    ),
    Given(
        id="attack_kept",
        label="Share of the accuracy left under attack, every tile attacked",
        value=sc.kept_shares()[1],
        kind="share",
        source=_row(sc.HARDENED, "robust_accuracy"),
    ),
    Given(id="attack_steps", label="Steps of each attack", value=sc.ATTACK_STEPS, kind="count", source=SCENARIO),
    Given(id="window", label="A run ends within", value=sc.WINDOW, kind="seconds", source=SCENARIO),
    Given(id="trained", label="Tiles of a run", value=sc.TRAINED_TILES, kind="parameters", source=SCENARIO),
    Given(
        id="training_rate",
        label="Rate of a training GPU",
        value=terms.kernel_rate(),
        kind="flop_rate",
        source=_row("compute-efficiency-h100", "hfu"),
    ),
    Given(
        id="serving_rate",
        label="Best rate of matrix products",
        value=registry.get(GPU)["achieved_matmul_bf16"],
        kind="flop_rate",
        source=_row(GPU, "achieved_matmul_bf16"),
    ),
    Given(
        id="node_mtbf",
        label="Time between failures of a node",
        value=registry.get("meta-llama-3")["node_mtbf"],
        kind="seconds",
        source=_row("meta-llama-3", "node_mtbf"),
    ),
    Given(
        id="restart",
        label="Time until a failed node is back",
        value=registry.get("bytedance-megascale")["restart"],
        kind="seconds",
        source=_row("bytedance-megascale", "restart"),
    ),
    Given(id="zone", label="Share of time that a zone is up", value=sc.ZONE_UP, kind="share", source=SCENARIO),
    Given(
        id="full_load", label="Utilisation at which a pool is full", value=sc.FULL_LOAD, kind="share", source=SCENARIO
    ),
    Given(id="storage", label="Write rate for checkpoints", value=sc.STORAGE, kind="bandwidth", source=SCENARIO),
    Given(
        id="power",
        label="Power of a GPU, hosts included",
        value=terms.gpu_power(),
        kind="power",
        source=_row("dgx-h100", "power"),
    ),
    Given(id="pue", label="PUE", value=terms.pue(), kind="number", source=_row("google", "pue")),
    Given(id="cleaner", label="Cleaner hours are below the mean by", value=sc.CLEANER, kind="share", source=SCENARIO),
    Given(id="mixed", label="Mixed grid", value=sc.intensity("mixed"), kind="carbon_intensity", source=SCENARIO),
    Given(
        id="renewable",
        label="Renewable supply",
        value=sc.intensity("renewable"),
        kind="carbon_intensity",
        source=SCENARIO,
    ),
    Given(
        id="today",
        label="Today's service, mixed grid, a year",
        value=terms.today(),
        kind="carbon",
        source="scenario: large backbone, neither private nor attacked",
    ),
)

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
    sender="Chief architect, medical imaging",
    message=(
        "{hospitals} hospitals, {images} images a day each. They ask for {least_accuracy} accuracy, an answer within "
        "{most_latency} for all but {one_percent} of the images, ε of at most {most_epsilon}, {least_robust} right under "
        "attack, carbon cut by {least_cut}, {least_uptime} uptime. You have {budget} H100 for training and serving. **All of "
        "it, or no approval.** The draft on the table keeps {draft_met} of {draft_of}."
    ),
    briefing=(
        "One backbone reads every image, cut into tiles that go through a GPU as one batch. It is trained privately and partly "
        "on attacked tiles, some times a year, on the images of the whole year. Each region answers its hospitals from a pool "
        "of its own, spread over zones; the pool is up while it can carry the daily peak.\n\n"
        "Published results give the shapes: what private training and training on attacks cost one network on one benchmark. "
        "That these costs multiply, and carry over to these images, is the scenario's assumption; the cards show the "
        "interval that the published results leave open, and the limits are judged at its middle. Every kept limit must stay kept "
        "while you mend the next."
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
                    "Signed: the waiver has to cover {now.missing} of a limit. The step that would close most is {now.next}."
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
