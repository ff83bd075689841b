"""What act II asks: which limit removes most designs, how many are left, and which two limits conflict."""

from __future__ import annotations

from ironlaw.labkit.spec import Band, Feedback, NumberQuestion, Reflection, Second, Term, TermQuestion, Try
from ironlaw.labs.v2_17_constraints_never_lie.act2_facts import EDGES
from ironlaw.labs.v2_17_constraints_never_lie.architecture import START

# A design that the sweep approves, for those who think that there is none; a test holds it against the model.
APPROVED = {**START, "backbone": "huge", "epsilon": 0.5, "weight": 0.6, "spare": 1.0, "retrains": 2.0}

PREDICTION = TermQuestion(
    quantity="Share of the designs removed",
    title="What each limit removes from the grid",
    pick="largest",
    text=(
        "Every combination of the briefing's places is a design: {designs} of them. Take each limit by itself, on the renewable supply. "
        "**Which one of these removes the largest share of the grid?**"
    ),
    options=(
        Term(
            id="privacy",
            fact="removed_privacy",
            short="privacy",
            text="Privacy: ε of at most {most_epsilon} in a year",
            feedback=Feedback(
                title="“Privacy is the hard one”",
                text=(
                    "Privacy removes {removed_privacy}, uptime {removed_uptime}. A smaller ε always satisfies the privacy "
                    "limit; its price shows up elsewhere, as accuracy. Your last design spends {now.spent}, and one step of ε "
                    "would change that. Uptime needs spare capacity and zones together."
                ),
                attempt=Try(text="Spend a tenth of the budget", settings={**START, "epsilon": 0.1, "retrains": 1.0}),
            ),
        ),
        Term(
            id="robustness",
            fact="removed_robustness",
            short="robustness",
            text="Robustness: {least_robust} right under attack",
            feedback=Feedback(
                title="“Robustness kills most designs”",
                text=(
                    "It comes second: {removed_robustness} of the grid, against {removed_uptime} for uptime. Every backbone "
                    "passes once enough tiles are attacked in training. Yours reaches {now.robust} with {now.weight_set} of "
                    "the tiles attacked; its uptime of {now.uptime} comes from zones and spares."
                ),
                attempt=Try(text="Attack every tile", settings={**START, "weight": 1.0}),
            ),
        ),
        Term(
            id="uptime",
            fact="removed_uptime",
            short="uptime",
            text="Uptime: {least_uptime} of the time",
        ),
        Term(
            id="accuracy",
            fact="removed_accuracy",
            short="accuracy",
            text="Accuracy: {least_accuracy} right answers",
            feedback=Feedback(
                title="“Accuracy is always the bottleneck”",
                text=(
                    "By itself accuracy removes {removed_accuracy}: a larger backbone or less noise buys it back. It becomes "
                    "hard only when robustness is asked for too. Your last design answers {now.accuracy} rightly; uptime, which "
                    "nobody trains for, removes {removed_uptime}."
                ),
                attempt=Try(
                    text="Drop the attacks and take the largest backbone",
                    settings={**START, "backbone": "colossal", "weight": 0.0},
                ),
            ),
        ),
        Term(
            id="fleet",
            fact="removed_fleet",
            short="fleet",
            text="Fleet: {budget} H100 for training and serving",
            feedback=Feedback(
                title="“We run out of GPUs first”",
                text=(
                    "The fleet removes {removed_fleet}. It is generous for most backbones, as long as runs do not lose their "
                    "time to failures or wait for clean hours. Your last design takes {now.fleet} of {now.fleet_most} GPUs."
                ),
                attempt=Try(
                    text="The largest backbone with rare checkpoints",
                    settings={**START, "backbone": "colossal", "interval": 28_800.0},
                ),
            ),
        ),
    ),
)

SECOND = Second(
    question=NumberQuestion(
        fact="approved_share",
        quantity="Designs that keep every limit",
        unit="% of the grid",
        per=0.01,
        axis=(1e-5, 1.0),
        scale="log",
        widest=100.0,
        text=(
            "Now all limits at once, on the renewable supply. **What share of the {designs} designs keeps every one of "
            "them?** Give your best value and an interval that you trust."
        ),
        options=(
            Band(
                id="none",
                low=None,
                high=EDGES[0],
                text="Less than {edge_low}",
                feedback=Feedback(
                    title="“Next to nothing is left”",
                    text=(
                        "{approved} designs are left, {approved_share} of the grid. The limits conflict, but most pairs do so "
                        "mildly, and some help each other: a clean design is often a small one. Your last design keeps {now.met} of "
                        "{now.of}; the step that closes most is {now.next}."
                    ),
                    attempt=Try(
                        text="One that is approved",
                        settings=APPROVED,
                    ),
                ),
            ),
            Band(id="some", low=EDGES[0], high=EDGES[1], text="{edge_low} to {edge_middle}"),
            Band(
                id="product",
                low=EDGES[1],
                high=EDGES[2],
                text="{edge_middle} to {edge_high}",
                feedback=Feedback(
                    title="“Multiply what each limit leaves”",
                    text=(
                        "The product of the shares is {independent}, and it would be right if the limits did not know of each "
                        "other. They do: {approved_share} are left, and the product is {independent_ratio} too much. In your "
                        "last design the attacks alone multiply the error by {now.attack_factor}: that is how robustness "
                        "takes from accuracy."
                    ),
                    attempt=Try(text="More attacks, less accuracy", settings={**START, "weight": 1.0, "epsilon": 0.4}),
                ),
            ),
            Band(
                id="many",
                low=EDGES[2],
                high=None,
                text="More than {edge_high}",
                feedback=Feedback(
                    title="“Each limit is loose, so much is left”",
                    text=(
                        "The tightest limit alone leaves {kept_uptime}, and the others cut into that. All of them leave "
                        "{approved_share}. Your last design keeps {now.met} of {now.of} limits and is {now.verdict}: keeping "
                        "most is not keeping all."
                    ),
                    attempt=Try(text="All but one", settings={**APPROVED, "spare": 0.5}),
                ),
            ),
        ),
    ),
    look=(
        "This is the draft on the table: {draft_met} of {draft_of} limits kept. It answers {draft_accuracy} rightly, "
        "{draft_robust} under attack, spends an ε of {draft_spent} a year and is up for {draft_uptime} of the time."
    ),
    figures=("scorecards",),
    correct="Your interval holds the engine's {approved_share}: {approved} of {designs} designs.",
)

REFLECTION = Reflection(
    question=TermQuestion(
        quantity="Lift: joint over independent share",
        title="Lift of each pair on the renewable supply",
        pick="smallest",
        text=(
            "For two limits that know nothing of each other, the share of designs that keep both is the product of the two "
            "shares. What is really kept, over that product, is their *lift*. **Which pair falls furthest below one: where is the worst conflict?**"
        ),
        options=(
            Term(
                id="privacy",
                fact="lift_accuracy_privacy",
                short="accuracy and privacy",
                text="Accuracy and privacy",
                feedback=Feedback(
                    title="“Noise is what ruins accuracy”",
                    text=(
                        "Both are kept by {both_accuracy_privacy} of the grid, where independence would leave "
                        "{chance_accuracy_privacy}: a lift of {lift_accuracy_privacy}. A pre-trained backbone loses little to "
                        "noise. In your last design privacy multiplies the error by {now.privacy_factor}, training on "
                        "attacks by {now.attack_factor}."
                    ),
                    attempt=Try(text="A smaller ε in each run", settings={**START, "epsilon": 0.2}),
                ),
            ),
            Term(
                id="robustness",
                fact="lift_accuracy_robustness",
                short="accuracy and robustness",
                text="Accuracy and robustness",
            ),
            Term(
                id="carbon",
                fact="lift_carbon_fleet",
                short="carbon and fleet",
                text="Carbon and fleet",
                feedback=Feedback(
                    title="“Clean costs GPUs”",
                    text=(
                        "Waiting for clean hours does cost GPUs, yet on the whole the two are allies, with a lift of "
                        "{lift_carbon_fleet}: a small or well-run training is both clean and cheap. Your last design keeps "
                        "{now.kept_time} of a run's time; what failures take is carbon and GPUs at once."
                    ),
                    attempt=Try(text="More frequent checkpoints", settings={**START, "interval": 1_800.0}),
                ),
            ),
            Term(
                id="fleet",
                fact="lift_robustness_fleet",
                short="robustness and fleet",
                text="Robustness and fleet",
                feedback=Feedback(
                    title="“Attacks multiply the training”",
                    text=(
                        "They do, and the pair conflicts, with a lift of {lift_robustness_fleet}. But the fleet is large enough "
                        "for all but the largest backbones; {both_robustness_fleet} of the grid keeps both. Your last design "
                        "trains on {now.trainers} GPUs, with {now.weight_set} of the tiles attacked."
                    ),
                    attempt=Try(
                        text="Every tile attacked, the largest backbone",
                        settings={**START, "backbone": "colossal", "weight": 1.0},
                    ),
                ),
            ),
        ),
    ),
    ask="How did your own design get round that conflict?",
    correct=(
        "Yes: {both_accuracy_robustness} of the grid keeps both, where independence would leave "
        "{chance_accuracy_robustness}: a lift of {lift_accuracy_robustness}, the lowest of all pairs. It is a conflict, not an "
        "impossibility: a larger backbone pays for both at once, until latency, carbon or the fleet sends the bill."
    ),
)
