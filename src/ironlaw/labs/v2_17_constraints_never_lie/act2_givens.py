"""The givens of act II as the page shows them: what the scenario sets, what is published, and what is recalled."""

from __future__ import annotations

from ironlaw import registry
from ironlaw.labkit.spec import Given
from ironlaw.labkit.text import plain
from ironlaw.labs.v2_17_constraints_never_lie import scenario as sc
from ironlaw.labs.v2_17_constraints_never_lie import terms
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
        source=f"{_row(sc.HARDENED, 'robust_accuracy')}; AutoAttack is no weaker than PGD",
    ),
    Given(
        id="error_shape",
        label="Clean error between no and all tiles attacked",
        value="the factor to the power of the share attacked",
        kind="text",
        source="scenario: assumed, not published",
    ),
    Given(
        id="kept_shape",
        label="Share left under attack between no and all tiles attacked",
        value="1 − (share not attacked)² of it",
        kind="text",
        source="scenario: assumed, not published",
    ),
    Given(
        id="delta",
        label="Chance δ that ε is not kept",
        value=sc.DELTA,
        kind="number",
        source="scenario: below one over the images of a year",
    ),
    Given(
        id="passes",
        label="Backward passes of private training",
        value=2.0,
        kind="count",
        source="scenario, after ghost clipping (Li et al. 2022, recalled)",
    ),
    Given(id="batch", label="Tiles of a step", value=sc.BATCH, kind="count", source=SCENARIO),
    Given(id="ports", label="Network ports of a node", value=sc.NODE_PORTS, kind="count", source=SCENARIO),
    Given(id="attack_steps", label="Steps of each attack", value=sc.ATTACK_STEPS, kind="count", source=SCENARIO),
    Given(
        id="window",
        label="The GPU time of a run counts as GPUs held for",
        value=sc.WINDOW,
        kind="seconds",
        source="scenario: a run itself takes the whole fleet, for less time",
    ),
    Given(
        id="trained",
        label="Tiles of a run",
        value=sc.TRAINED_TILES,
        kind="parameters",
        source="scenario: every image of a year, by six of its tiles",
    ),
    Given(id="tensor", label="GPUs that share a layer, where they do", value=sc.TENSOR, kind="count", source=SCENARIO),
    Given(
        id="stages", label="Stages of a pipeline, where there is one", value=sc.STAGES, kind="count", source=SCENARIO
    ),
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
        label="Time between failures of a node; each replica of a pool stands on another one",
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
    Given(
        id="idle",
        label="Power of an idle GPU, of its most",
        value=sc.IDLE,
        kind="share",
        source=SCENARIO,
    ),
    Given(
        id="pue",
        label="Power of the building over that of its machines (PUE)",
        value=terms.pue(),
        kind="number",
        source=_row("google", "pue"),
    ),
    Given(id="cleaner", label="Cleaner hours are below the mean by", value=sc.CLEANER, kind="share", source=SCENARIO),
    Given(
        id="clean_hours",
        label="Cleaner hours of a day, in which flexible jobs run",
        value=sc.CLEAN_HOURS * sc.HOUR,
        kind="seconds",
        source=SCENARIO,
    ),
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
        source=(
            "scenario: large backbone, neither private nor attacked, "
            f"runs a year {plain(sc.TODAY['retrains'], 'count')}, spare capacity {plain(sc.TODAY['spare'], 'share')}"
        ),
    ),
)
