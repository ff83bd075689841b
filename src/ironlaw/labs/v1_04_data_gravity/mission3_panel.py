"""The panel of mission 3: controls, outputs, cards and limits."""

from __future__ import annotations

from typing import Any

from ironlaw.labkit.spec import Card, Choice, ChoiceControl, Constraint, NumberControl
from ironlaw.labs.v1_04_data_gravity import mission3_model as m
from ironlaw.labs.v1_04_data_gravity.missions_common import CLOUD, TRACK, outputs

_CLOUD = m.audits()[CLOUD]
START: dict[str, Any] = {
    "filter": _CLOUD.filter,
    "votes": _CLOUD.votes,
    "place": _CLOUD.place,
    "score": "entropy",
    "samples": m.SAMPLES,
    "track": CLOUD,
}

CONTROLS = (
    NumberControl(
        id="filter",
        label="Filter: share of the samples dropped",
        kind="share",
        ticks=tuple(percent / 100 for percent in range(0, 91, 5)),
        start=START["filter"],
        help="What is dropped is not labelled and not trained on. Whether it is still sent, the place decides.",
    ),
    NumberControl(
        id="votes",
        label="Label quality: annotators who vote",
        kind="count",
        ticks=(1.0, 3.0, 5.0, 7.0, 9.0),
        start=START["votes"],
        integer=True,
        help="The majority decides, and each vote is paid. An even vote can tie, and a tie is tossed.",
    ),
    ChoiceControl(
        id="place",
        label="Where samples are chosen",
        options=(
            Choice(value="local", text="On the device", note="ahead of the network"),
            Choice(value="cloud", text="In the cloud", note="behind the network"),
        ),
        start=START["place"],
        help="On the device the samples compared wait in its memory. In the cloud all of them have crossed the network.",
    ),
    ChoiceControl(
        id="score",
        label="How samples are chosen",
        options=(
            Choice(value="random", text="At random"),
            Choice(value="entropy", text="Highest entropy first"),
            Choice(value="ratio", text="Highest entropy over gravity first"),
        ),
        start=START["score"],
        help="Entropy is what the model does not know yet. Gravity is what it costs to send the sample.",
    ),
    NumberControl(
        id="samples",
        label="Samples gathered",
        kind="tokens",
        ticks=(*(float(f"{step}e{power}") for power in (4, 5, 6) for step in (1, 2, 5)), 1e7),
        start=START["samples"],
        drawer=True,
        help="All that the devices recorded, before any choice.",
    ),
    TRACK,
)


OUTPUTS = outputs(
    ("sample", "A sample is", "text"),
    ("kept", "Samples kept", "share"),
    ("information", "Information kept", "share"),
    ("by_entropy", "Information that choosing by entropy keeps", "share"),
    ("gravity", "Share of the full transmission", "share"),
    ("gain", "Selection gain", "ratio"),
    ("quality", "Right labels", "share"),
    ("noise", "Wrong labels", "share"),
    ("informative", "Samples' worth of information, as labelled", "number"),
    ("worth", "Worth in clean samples", "number"),
    ("exponent", "Exponent of the learning curve", "number"),
    ("error", "Error, of that with the planned samples, all clean", "ratio"),
    ("excess", "Error above the clean plan", "share"),
    ("allowed", "Error allowed above the clean plan", "share"),
    ("moved", "Bytes sent", "bytes"),
    ("labels", "Votes paid", "number"),
    ("bill", "Label bill", "usd"),
    ("budget", "Budget for labels", "usd"),
    ("sending", "Transmission energy", "energy"),
    ("everything", "Transmission energy of the plan", "energy"),
    ("target", "What the sustainability lead allows", "energy"),
    ("share", "Transmission energy, of the plan's", "share"),
    ("hop_energy", "First hop", "energy"),
    ("network_energy", "Network", "energy"),
    ("dram_energy", "DRAM", "energy"),
    ("mac_energy", "Multiply-accumulates", "energy"),
    ("data_energy", "Energy of the data", "energy"),
    ("ratio", "Data energy over compute energy", "ratio"),
    ("total", "Energy in all", "energy"),
    ("each", "First hop, a device", "energy"),
    ("drain", "What a device may spend on it", "energy"),
    ("held", "Samples that wait on a device", "bytes"),
    ("room", "Room for them", "bytes"),
    ("learning", "Clean samples' worth a joule", "number"),
)

CARDS = (
    Card(output="sending", note="{now.share} of the plan's {now.everything}"),
    Card(output="excess", constraint="deaf", note="at most {now.allowed}; worth {now.worth} clean samples"),
    Card(output="ratio", note="{now.data_energy} for {now.mac_energy} of arithmetic"),
    Card(output="gain", note="{now.information} of the information for {now.gravity} of the transmission"),
    Card(output="bill", constraint="labels", note="of {now.budget}; {now.quality} of the labels are right"),
    Card(output="each", constraint="drain", note="of {now.drain}"),
    Card(output="held", constraint="crowd", note="of {now.room}"),
)

CONSTRAINTS = (
    Constraint(
        id="deaf",
        name="Error too high",
        quantity="excess",
        limit="allowed",
        controls=("filter", "votes", "score", "samples"),
        text=(
            "The error is too high: {now.excess} above what the planned samples would reach with clean labels, and "
            "{now.allowed} is allowed. {now.noise} of the labels are wrong, and what is kept is worth {now.worth} clean samples."
        ),
        ok_text="Error {now.excess} above the clean plan, of {now.allowed}.",
    ),
    Constraint(
        id="labels",
        name="Label budget spent",
        domain="Economics",
        quantity="bill",
        limit="budget",
        controls=("votes", "filter", "samples"),
        text="The label budget is spent: {now.labels} votes cost {now.bill}, and there are {now.budget}.",
        ok_text="Labels cost {now.bill} of {now.budget}.",
    ),
    Constraint(
        id="drain",
        name="Sending drains the device",
        domain="Edge",
        quantity="each",
        limit="drain",
        controls=("samples", "filter", "place", "score"),
        text="Sending drains the device: the first hop takes {now.each} of each, and it may spend {now.drain}.",
        ok_text="The first hop takes {now.each} of {now.drain}.",
    ),
    Constraint(
        id="crowd",
        name="Samples crowd the memory",
        domain="Memory",
        quantity="held",
        limit="room",
        controls=("place", "filter"),
        text=(
            "The samples crowd the memory: those that are compared on the device, and not dropped, take {now.held}, and there is "
            "room for {now.room}."
        ),
        ok_text="{now.held} of {now.room} wait on a device.",
    ),
)
