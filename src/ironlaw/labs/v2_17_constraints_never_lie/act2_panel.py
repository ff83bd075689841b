"""The panel of act II: controls on the sweep's grid, outputs, cards and limits."""

from __future__ import annotations

from ironlaw.labkit.spec import Card, Choice, ChoiceControl, Constraint, NumberControl, Output
from ironlaw.labs.v2_17_constraints_never_lie import sweep
from ironlaw.labs.v2_17_constraints_never_lie.architecture import START
from ironlaw.labs.v2_17_constraints_never_lie.backbones import FAMILY
from ironlaw.quantities import format as text_of

NAMES = {
    "base": "Base",
    "large": "Large",
    "optimised": "Shape-optimised",
    "huge": "Huge",
    "giant": "Giant",
    "colossal": "Gigantic",
}

CONTROLS = (
    ChoiceControl(
        id="backbone",
        label="Backbone",
        options=tuple(
            Choice(
                value=each.id,
                text=f"{NAMES[each.id]} ({each.letter}) · {text_of(each.parameters, 'parameters')} parameters",
            )
            for each in FAMILY
        ),
        start=START["backbone"],
        help="A larger vision transformer errs less, takes longer for each image, and costs more to train.",
    ),
    NumberControl(
        id="epsilon",
        label="ε of one training run",
        kind="number",
        ticks=sweep.EPSILONS,
        start=START["epsilon"],
        help="The privacy budget that a run spends on each image it has seen. Less ε means more noise in training.",
    ),
    NumberControl(
        id="weight",
        label="Adversarial-training weight",
        kind="share",
        ticks=sweep.WEIGHTS,
        start=START["weight"],
        help="Share of the training tiles that are attacked before they are learnt from.",
    ),
    NumberControl(
        id="spare",
        label="Spare capacity of a pool",
        kind="share",
        ticks=sweep.SPARES,
        start=START["spare"],
        help="Replicas beyond those that carry the daily peak. They shorten the queue and stand in for what fails.",
    ),
    NumberControl(
        id="zones",
        label="Zones of a pool",
        kind="count",
        ticks=sweep.ZONES,
        start=START["zones"],
        integer=True,
        drawer=True,
        help="The replicas of a region are spread evenly over so many zones. A zone that fails takes its replicas with it.",
    ),
    ChoiceControl(
        id="strategy",
        label="Parallel strategy of training",
        options=(
            Choice(value="data", text="Data parallel"),
            Choice(value="tensor", text="Tensor and data parallel"),
            Choice(value="three", text="Tensor, pipeline and data parallel"),
        ),
        start=START["strategy"],
        drawer=True,
        help="How a step is cut over the GPUs: it decides what they exchange, and so how many GPUs end a run in time.",
    ),
    NumberControl(
        id="flexible",
        label="Flexible share of training",
        kind="share",
        ticks=sweep.FLEXIBLE,
        start=START["flexible"],
        drawer=True,
        help="Share of the training that waits for the cleaner hours of the day. It needs twice the GPUs while it runs.",
    ),
    NumberControl(
        id="interval",
        label="Checkpoint interval",
        kind="seconds",
        ticks=sweep.INTERVALS,
        start=START["interval"],
        drawer=True,
        help="Work between two checkpoints of a run. A failure loses what was done since the last one.",
    ),
    NumberControl(
        id="retrains",
        label="Training runs a year",
        kind="count",
        ticks=sweep.RETRAINS,
        start=START["retrains"],
        integer=True,
        drawer=True,
        help="Each run keeps the model fresh, spends ε on every image of the year, and takes energy.",
    ),
    ChoiceControl(
        id="grid",
        label="Supply",
        options=(Choice(value="mixed", text="Mixed grid"), Choice(value="renewable", text="Renewable supply")),
        start=START["grid"],
        hidden=True,
        drawer=True,
        help="Where the electricity of training and serving comes from.",
    ),
)


def _out(id_: str, label: str, kind: str) -> Output:
    return Output(id=id_, label=label, kind=kind, always=True)


OUTPUTS = (
    _out("accuracy", "Accuracy", "share"),
    _out("accuracy_low", "Accuracy, low end", "share"),
    _out("accuracy_high", "Accuracy, high end", "share"),
    _out("error", "Wrong answers", "share"),
    _out("size_factor", "Error by size", "ratio"),
    _out("privacy_factor", "Error by privacy", "ratio"),
    _out("attack_factor", "Error by training on attacks", "ratio"),
    _out("staleness", "Error by age", "ratio"),
    _out("robust", "Robust accuracy", "share"),
    _out("robust_low", "Robust accuracy, low end", "share"),
    _out("robust_high", "Robust accuracy, high end", "share"),
    _out("broken", "Wrong answers under attack", "share"),
    _out("spent", "ε spent in a year", "number"),
    _out("noise", "Noise of one run", "number"),
    _out("noise_together", "Noise of all runs together", "number"),
    _out("epsilon_set", "ε of one run", "number"),
    _out("weight_set", "Share of tiles attacked", "share"),
    _out("retrains_set", "Training runs a year", "count"),
    _out("parameters", "Parameters", "parameters"),
    _out("p99", "Latency, P99", "seconds"),
    _out("service", "Time of an image on the GPU", "seconds"),
    _out("slow", "Time of a slow image", "seconds"),
    _out("wait", "Wait at the daily peak", "seconds"),
    _out("mean_wait", "Mean wait at the daily peak", "seconds"),
    _out("waiting", "Share that waits", "share"),
    _out("utilisation", "Utilisation at the peak", "share"),
    _out("needed", "Replicas that carry the peak", "count"),
    _out("pool", "Replicas of a pool", "count"),
    _out("left", "Replicas left without the largest zone", "count"),
    _out("zones_set", "Zones", "count"),
    _out("spare_set", "Spare capacity", "share"),
    _out("uptime", "Uptime", "share"),
    _out("down", "Time down", "share"),
    _out("downtime", "Time down in a year", "seconds"),
    _out("carbon", "Carbon a year", "carbon"),
    _out("cut", "Carbon cut", "share"),
    _out("training_energy", "Energy of training a year", "watt_hours"),
    _out("serving_energy", "Energy of serving a year", "watt_hours"),
    _out("training_carbon", "Carbon of training a year", "carbon"),
    _out("serving_carbon", "Carbon of serving a year", "carbon"),
    _out("intensity", "Carbon intensity", "carbon_intensity"),
    _out("flexible_set", "Flexible share", "share"),
    _out("fleet", "Fleet, GPUs", "count"),
    _out("trainers", "GPUs that train", "count"),
    _out("servers", "GPUs that serve", "count"),
    _out("efficiency", "Share of a step that computes", "share"),
    _out("kept_time", "Share of a run that trains", "share"),
    _out("interval_set", "Checkpoint interval", "seconds"),
    _out("write", "Time to write a checkpoint", "seconds"),
    _out("run_time", "A run on the whole fleet", "seconds"),
    _out("accuracy_most", "Wrong answers allowed", "share"),
    _out("latency_most", "Latency allowed", "seconds"),
    _out("privacy_most", "ε allowed", "number"),
    _out("robustness_most", "Wrong answers under attack allowed", "share"),
    _out("carbon_most", "Carbon allowed", "carbon"),
    _out("uptime_most", "Time down allowed", "share"),
    _out("fleet_most", "GPUs of the fleet", "count"),
    _out("accuracy_least", "Accuracy asked for", "share"),
    _out("robust_least", "Robust accuracy asked for", "share"),
    _out("uptime_least", "Uptime asked for", "share"),
    _out("cut_least", "Carbon cut asked for", "share"),
    _out("margin_accuracy", "Margin, accuracy", "share"),
    _out("margin_latency", "Margin, latency", "share"),
    _out("margin_privacy", "Margin, privacy", "share"),
    _out("margin_robustness", "Margin, robustness", "share"),
    _out("margin_carbon", "Margin, carbon", "share"),
    _out("margin_uptime", "Margin, uptime", "share"),
    _out("margin_fleet", "Margin, fleet", "share"),
    _out("met", "Limits kept", "count"),
    _out("of", "Limits", "count"),
    _out("missing", "Missing to approval", "share"),
    _out("verdict", "Verdict", "text"),
    _out("next", "Step that closes most", "text"),
    _out("closes", "What that step closes", "share"),
)

CARDS = (
    Card(
        output="accuracy",
        constraint="accuracy",
        note="published results allow {now.accuracy_low} to {now.accuracy_high}",
    ),
    Card(output="p99", constraint="latency", note="slow image {now.slow}, wait {now.wait}"),
    Card(output="spent", constraint="privacy", note="runs a year: {now.retrains_set}, ε of each: {now.epsilon_set}"),
    Card(
        output="robust",
        constraint="robustness",
        note="attacked by gradient steps (PGD); published results allow {now.robust_low} to {now.robust_high}",
    ),
    Card(output="cut", constraint="carbon", note="{now.carbon} a year; today {today}"),
    Card(
        output="uptime",
        constraint="uptime",
        note="{now.downtime} down a year; {now.left} of {now.needed} replicas left without the largest zone",
    ),
    Card(
        output="fleet",
        constraint="fleet",
        note="{now.trainers} train, {now.servers} serve; a run takes the whole fleet for {now.run_time}",
    ),
    Card(
        output="missing",
        note="step that closes most: {now.next}",
        help="For each crossed limit the share by which its quantity has to fall, added up: the red bars below.",
    ),
)

CONSTRAINTS = (
    Constraint(
        id="accuracy",
        name="Accuracy too low",
        quantity="error",
        limit="accuracy_most",
        controls=("backbone", "epsilon", "weight", "retrains"),
        at_start=True,
        domain="Data",
        text=(
            "Accuracy {now.accuracy}: {now.error} of the answers are wrong, at most {now.accuracy_most} may be. The "
            "pilot's error grows to {now.privacy_factor} with the noise, and to {now.attack_factor} with the attacks."
        ),
        ok_text="Accuracy {now.accuracy} of at least {now.accuracy_least}.",
    ),
    Constraint(
        id="latency",
        name="Latency above the limit",
        quantity="p99",
        limit="latency_most",
        controls=("backbone", "spare"),
        domain="Serving",
        text=(
            "Latency P99 of {now.p99}, above {now.latency_most}: a slow image takes {now.slow} on the GPU, and at a "
            "utilisation of {now.utilisation} an unlucky one waits {now.wait} before it."
        ),
        ok_text="Latency {now.p99} of {now.latency_most}.",
    ),
    Constraint(
        id="privacy",
        name="Privacy budget overspent",
        quantity="spent",
        limit="privacy_most",
        controls=("epsilon", "retrains"),
        at_start=True,
        domain="Privacy & Ethics",
        text=(
            "Privacy: an image spends an ε of {now.spent} in a year, above {now.privacy_most}. Runs that see it: "
            "{now.retrains_set}, each spending {now.epsilon_set}. What they reveal together is composed, not simply added."
        ),
        ok_text="ε {now.spent} of {now.privacy_most}.",
    ),
    Constraint(
        id="robustness",
        name="Robust accuracy too low",
        quantity="broken",
        limit="robustness_most",
        controls=("weight", "backbone", "epsilon", "retrains"),
        domain="Privacy & Ethics",
        text=(
            "Robust accuracy {now.robust}: under attack {now.broken} of the answers are wrong, at most "
            "{now.robustness_most} may be. Only {now.weight_set} of the training tiles are attacked."
        ),
        ok_text="Robust accuracy {now.robust} of at least {now.robust_least}.",
    ),
    Constraint(
        id="carbon",
        name="Carbon above the allowance",
        quantity="carbon",
        limit="carbon_most",
        controls=("backbone", "weight", "strategy", "flexible", "interval", "retrains", "spare"),
        domain="Economics",
        text=(
            "Carbon of {now.carbon} a year, above the allowance of {now.carbon_most}: training takes {now.training_carbon}, "
            "serving {now.serving_carbon}, at {now.intensity}."
        ),
        ok_text="Carbon {now.carbon} of {now.carbon_most} a year.",
    ),
    Constraint(
        id="uptime",
        name="Uptime too low",
        quantity="down",
        limit="uptime_most",
        controls=("spare", "zones", "backbone"),
        at_start=True,
        domain="Reliability",
        text=(
            "Uptime {now.uptime}: a region is down for {now.down} of the time, at most {now.uptime_most} is allowed. "
            "Without its largest zone a pool has {now.left} replicas; the daily peak needs {now.needed}."
        ),
        ok_text="Uptime {now.uptime}, down for {now.downtime} a year.",
    ),
    Constraint(
        id="fleet",
        name="Fleet too small",
        quantity="fleet",
        limit="fleet_most",
        controls=("backbone", "weight", "strategy", "flexible", "interval", "spare"),
        domain="Scale",
        text=(
            "The fleet is too small: {now.trainers} GPUs have to train and {now.servers} to serve, {now.fleet} together, "
            "and there are {now.fleet_most}. Of a run {now.kept_time} is training; of a step {now.efficiency} computes."
        ),
        ok_text="{now.fleet} of {now.fleet_most} GPUs.",
    ),
)
