"""The act: what a learner reads, is asked and answers. The numbers are those of `fitting.py`.

It is the door to all labs, so each text also says why its step exists: predict, act, fail, recover, record.
"""

from __future__ import annotations

from ironlaw import registry
from ironlaw.labkit.spec import (
    Act,
    Band,
    BandQuestion,
    Decision,
    DecisionOption,
    Feedback,
    FigureSpec,
    Given,
    MathItem,
    Reflection,
    Reveal,
    Term,
    TermQuestion,
    Try,
)
from ironlaw.labs.v1_00_architects_portal import act1_figures as drawn
from ironlaw.labs.v1_00_architects_portal import fitting
from ironlaw.labs.v1_00_architects_portal.act1_facts import EDGES, facts
from ironlaw.labs.v1_00_architects_portal.act1_panel import CARDS, CHALLENGE, CONSTRAINTS, CONTROLS, OUTPUTS, START

ASSISTANT = {**START, "parameters": fitting.parameters(fitting.ASSISTANT)}

FEEDBACK = {
    "fits": Feedback(
        title="“As many bytes as parameters”",
        text=(
            "{parameters} parameters would take {read} only if each took one byte, and that would fit. "
            "This model writes each weight in {delivered_bits:words} bits, more than one byte, so it takes {weights}. "
            "On the instrument you last had {now.parameters} parameters at {now.bits} bits: {now.weights}."
        ),
        attempt=Try(text="Give each weight one byte", settings={**ASSISTANT, "format": "int8"}),
    ),
    "full": Feedback(
        title="“A weight is a number of full length”",
        text=(
            "At {full_bits:words} bits a weight the model would take {full_weights}, {full_ratio} the phone's memory. "
            "Training often keeps weights so long, but this model is delivered at {delivered_bits:words} bits. "
            "Your instrument last stood at {now.bits} bits a weight, and {now.weights}."
        ),
        attempt=Try(text="See it at full length", settings={**ASSISTANT, "format": "fp32"}),
    ),
    "bits": Feedback(
        title="“Bits and bytes are the same count”",
        text=(
            "With {delivered_bits:words} bytes a weight the model would take {as_bytes}, {as_bytes_ratio} the phone's memory. "
            "But the format is named in bits, and {byte:words} of them make a byte. "
            "So your last {now.parameters} parameters at {now.bits} bits took {now.weights}, not that many times more."
        ),
        attempt=Try(text="Set the assistant on the phone", settings=ASSISTANT),
    ),
}

PREDICTION = BandQuestion(
    fact="ratio",
    quantity="Weights of the assistant ÷ memory of the phone",
    axis=(0.5, 16.0),
    text="As it is delivered, **how much of the phone's memory do the weights of {model} take?**",
    options=(
        Band(id="fits", low=None, high=EDGES[0], text="Less than {edge1} its memory", feedback=FEEDBACK["fits"]),
        Band(id="over", low=EDGES[0], high=EDGES[1], text="{edge1} to {edge2} its memory"),
        Band(id="full", low=EDGES[1], high=EDGES[2], text="{edge2} to {edge3} its memory", feedback=FEEDBACK["full"]),
        Band(id="bits", low=EDGES[2], high=None, text="More than {edge3} its memory", feedback=FEEDBACK["bits"]),
    ),
)

REFLECTION = Reflection(
    question=TermQuestion(
        quantity="Error of the reading in this format",
        title="How far “as many bytes as parameters” misses",
        pick="smallest",
        text=(
            "Why did a plausible sentence fail? The lead read {parameters} parameters as {read}. "
            "**What does that reading assume without saying so?**"
        ),
        options=(
            Term(
                id="delivered",
                short="FP16",
                fact="delivered_miss",
                text="That a weight takes {delivered_bits} bits, as the model is delivered",
                feedback=Feedback(
                    title="“The delivered format was meant”",
                    text=(
                        "In that format the same parameters take {delivered_weights}, and the reading misses by {delivered_miss}. "
                        "{delivered_bits:words} bits are more than one byte, so bytes outnumber parameters. "
                        "At your settings {now.parameters} parameters take {now.weights}: compare the two counts."
                    ),
                    attempt=Try(text="The delivered format", settings={**ASSISTANT, "device": "m4"}),
                ),
            ),
            Term(
                id="full",
                short="FP32",
                fact="full_miss",
                text="That a weight takes {full_bits} bits, as in most of training",
                feedback=Feedback(
                    title="“The format of training was meant”",
                    text=(
                        "At full length the same parameters take {full_weights}, and the reading misses by {full_miss}. "
                        "The longer a weight is written, the further bytes run ahead of parameters. "
                        "Your design writes it in {now.bits} bits and takes {now.weights} for {now.parameters}."
                    ),
                    attempt=Try(text="Full length", settings={**ASSISTANT, "format": "fp32", "device": "m4"}),
                ),
            ),
            Term(
                id="short",
                short="INT4",
                fact="short_miss",
                text="That a weight takes {short_bits} bits, as in the shortest format",
                feedback=Feedback(
                    title="“The shortest format was meant”",
                    text=(
                        "There the same parameters take {short_weights}, and the reading misses by {short_miss} the other way. "
                        "About two such weights share a byte, so parameters outnumber bytes. "
                        "Your design has {now.parameters} parameters in {now.weights}."
                    ),
                    attempt=Try(text="The shortest format", settings={**ASSISTANT, "format": "int4-g128"}),
                ),
            ),
            Term(
                id="byte",
                short="INT8",
                fact="byte_wide_miss",
                text="That a weight takes {byte_wide_bits} bits, as on many a phone",
            ),
        ),
    ),
    ask="What did you take for granted when you predicted? One sentence, for yourself.",
    correct=(
        "Yes. {byte:words} bits make one byte, so in that format, and in no other, parameters and bytes have the same count. "
        "Your own design stands at {now.bits} bits a weight: {now.parameters} parameters, {now.weights}. "
        "A reflection asks for the assumption, because assumptions are what you take to the next design."
    ),
)

MATH = (
    MathItem(
        equation="weight-bytes",
        title="The one equation of this lab, with your numbers",
        inputs={"parameters": "now.parameters", "bits": "now.bits"},
        result="now.weights",
        note=(
            "The engine ran this line at every move; nothing else stands behind the picture. "
            "Each lab shows its equations here, after you have felt what they do, each with its source."
        ),
    ),
)

DECISION = Decision(
    text=(
        "There were several ways out. **Which one do you sign for?** "
        "A decision is recorded with the design on your instrument, so set it the way you mean it. It must be able to run."
    ),
    options=(
        DecisionOption(
            id="bits",
            text="Fewer bits for each weight",
            answer=(
                "Recorded: {now.named} on the {now.device}, {now.bits} bits a weight, {now.share} of the memory. "
                "Rounding is not free: *The Compression Paradox* finds out how far it can go."
            ),
        ),
        DecisionOption(
            id="smaller",
            text="A smaller model",
            answer=(
                "Recorded: {now.named} on the {now.device}, {now.weights}, {now.share} of the memory. "
                "A smaller model knows less: *The Architecture Tax* shows what else the choice of a model fixes."
            ),
        ),
        DecisionOption(
            id="larger",
            text="A device with more memory",
            answer=(
                "Recorded: {now.named} on the {now.device}, {now.weights} of {now.capacity}. "
                "Memory is paid for in money and power: *The Physics of Deployment* sets the bill."
            ),
        ),
    ),
    ask="One sentence for the record: why this way?",
    record=("weights", "capacity", "share", "parameters", "bits"),
)

ACT_1 = Act(
    id="act1",
    title="Does it fit?",
    minutes=10,
    context="pocket",
    sender="Product lead",
    message=(
        "Our assistant must answer without a network, so it has to run on the phone itself. It is {model}: {parameters} "
        "parameters. The phone has {capacity} of memory. The first number is smaller than the second, so it fits, "
        "does it not? Tell me what you expect **before** you try it. I have promised nothing yet."
    ),
    briefing=(
        "A model is a long list of numbers, its *parameters* or *weights*. To answer, a device must hold all of them in its "
        "memory. Each is written in a fixed number of bits: here {delivered_bits:words}. A byte is {byte:words} bits. We "
        "count the weights alone; what else a model needs while it runs comes on top, in later labs.\n\n"
        "You need nothing more for this lab. Every lab goes the same way, and each step is there for a reason:\n\n"
        "- **Predict**, and say how sure you are. A locked prediction cannot be remembered as better than it was.\n"
        "- **Act.** The instrument opens, and you move its controls. The engine computes every number that you see.\n"
        "- **Fail.** Cross the limit on purpose. A limit that you have met is one that you will look for.\n"
        "- **Recover.** Leave it again, in more than one way. Each way out has another price.\n"
        "- **Record.** What you believed, met and decided is kept in a ledger, which is yours."
    ),
    givens=(
        Given(
            id="assistant",
            label="Assistant",
            value=registry.get(fitting.ASSISTANT).name,
            kind="text",
            source="scenario",
        ),
        Given(
            id="parameters",
            label="Its parameters",
            value=fitting.parameters(fitting.ASSISTANT),
            kind="parameters",
            source=registry.get(fitting.ASSISTANT).field("parameters").source,
        ),
        Given(
            id="format",
            label="Format it is delivered in",
            value=registry.get(fitting.FORMAT).name,
            kind="text",
            source="scenario",
        ),
        Given(
            id="phone",
            label="Chip of the phone",
            value=registry.get(fitting.PHONE).name,
            kind="text",
            source="scenario",
        ),
        Given(
            id="capacity",
            label="Memory of the phone",
            value=fitting.capacity(fitting.PHONE),
            kind="bytes",
            source=registry.get(fitting.PHONE).field("memory_capacity").source,
        ),
    ),
    controls=CONTROLS,
    outputs=OUTPUTS,
    model=fitting.model,
    facts=facts,
    cards=CARDS,
    constraints=CONSTRAINTS,
    figures=(FigureSpec(id="homes", title=drawn.TITLE, draw=drawn.homes, always=True),),
    challenge=CHALLENGE,
    prediction=PREDICTION,
    reveal=Reveal(
        text=(
            "The weights take **{weights}**, {ratio} the phone's {capacity}: {missing} find no place, so nothing runs. "
            "**The dominant term is the bytes of a weight:** {parameters} parameters at {delivered_bits:words} bits each. "
            "At {byte_wide_bits:words} bits they would take {byte_wide_weights} and just fit; in the shortest format here "
            "{short_weights}.\n\n"
            "This is the moment that a lab is built around. The distance between the line you drew and the one the engine "
            "draws is what you did not know you believed."
        ),
        correct=(
            "You said “{you.option}” at {you.confidence} confidence, and the engine agrees. "
            "Being right and sure scores best; being wrong and sure costs most. The score is shown to you and grades nobody."
        ),
    ),
    reflection=REFLECTION,
    math=MATH,
    decision=DECISION,
)
