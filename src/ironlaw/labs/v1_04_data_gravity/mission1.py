"""Mission 1, the data gravity audit: what a learner reads, is asked and answers. The numbers are those of `mission1_model`."""

from __future__ import annotations

from ironlaw.labkit.spec import (
    Act,
    Cites,
    Decision,
    DecisionOption,
    Feedback,
    FigureSpec,
    MathItem,
    Quota,
    Reflection,
    Reveal,
    Term,
    TermQuestion,
    Try,
)
from ironlaw.labs.v1_04_data_gravity import mission1_figures as drawn
from ironlaw.labs.v1_04_data_gravity import mission1_model as m
from ironlaw.labs.v1_04_data_gravity.mission1_facts import facts
from ironlaw.labs.v1_04_data_gravity.mission1_panel import CARDS, CONSTRAINTS, CONTROLS, OUTPUTS, START
from ironlaw.labs.v1_04_data_gravity.missions_common import CLOUD, EDGE, MOBILE, TINY, named, scenario, sourced

PREDICTION = TermQuestion(
    quantity="Price of moving the data once",
    title="What each way costs",
    pick="smallest",
    text=(
        "The node's {size} must cross {distance} km, once. The drives are ours, and the courier's price brings them home again; "
        "both ends have hosts to copy them. **Which way costs least?**"
    ),
    options=(
        Term(
            id="region",
            fact="cost_region",
            short="fibre, one cloud",
            text="The fibre, between two regions of one cloud",
            feedback=Feedback(
                title="“Inside one cloud, moving is almost free”",
                text=(
                    "At {price_region} the region pair is the cheap fibre, and for {size} it still asks {cost_region}. The "
                    "courier asks {cost_courier}, whatever is in the case, so above {money_cross} the fibre costs more. "
                    "At your settings the fibre costs {now.wire_cost} and the drives {now.drive_cost}."
                ),
                attempt=Try(text="On the node: set a smaller data set", settings={**START, "size": 5e12}),
            ),
        ),
        Term(
            id="internet",
            fact="cost_internet",
            short="fibre, internet",
            text="The fibre, out of the cloud and over the internet",
            feedback=Feedback(
                title="“Bits weigh nothing, so the open internet is cheapest”",
                text=(
                    "Egress begins at {price_internet}, several times the price between two regions, and {size} cost "
                    "{cost_internet}. The courier takes {cost_courier} for the same bytes. Your settings price the fibre at "
                    "{now.wire_cost}."
                ),
                attempt=Try(text="On the node: price it over the internet", settings={**START, "route": "internet"}),
            ),
        ),
        Term(id="courier", fact="cost_courier", short="our drives", text="Our own drives in a case, by courier"),
        Term(
            id="appliance",
            fact="cost_appliance",
            short="rented appliance",
            text="A storage appliance, rented for one job",
            feedback=Feedback(
                title="“The provider's box must be the cheap one”",
                text=(
                    "One appliance holds {size} and costs {cost_appliance} a job before its shipping. The courier takes our own "
                    "case for {cost_courier}. The cheaper way at your settings: {now.cheaper}, "
                    "with {now.drive_cost} by drives against {now.wire_cost} over the fibre."
                ),
                attempt=Try(text="On the node: fill a larger case", settings={**START, "size": 1e14, "drives": 16.0}),
            ),
        ),
    ),
)

REFLECTION = Reflection(
    question=TermQuestion(
        quantity="Largest data set that is there in time",
        title="Where each change puts the barrier",
        pick="largest",
        text=(
            "For the node the volume becomes a barrier at {barrier}: beyond that no way brings it in {deadline}. "
            "**Which single change moves the barrier furthest out?**"
        ),
        options=(
            Term(
                id="near",
                fact="barrier_near",
                short="nearer site",
                text="A nearer site: {nearer} km instead of {distance} km",
                feedback=Feedback(
                    title="“Distance makes the transfer slow”",
                    text=(
                        "Light needs {light_delay} along the node's cable, once for the whole transfer. A shorter way leaves the "
                        "barrier at {barrier_near}. Distance matters to the truck, and to a single stream, whose window goes out once "
                        "a round trip. Your {now.size} take {now.wire_time} over the fibre, and light's share of it is {now.delay}."
                    ),
                    attempt=Try(text="The node's data, next door", settings={**START, "distance": 10.0}),
                ),
            ),
            Term(
                id="case",
                fact="barrier_case",
                short="larger case",
                text="A larger case: twice the drives on every trip",
                feedback=Feedback(
                    title="“A bigger truck carries more”",
                    text=(
                        "A larger case carries more and arrives as late: one trip takes {trip}, and the node has {deadline}. More drives shorten "
                        "the copying, not the road, so the barrier stays at {barrier_case}. Your drives take {now.drive_time}, "
                        "of which {now.road_time} on the road."
                    ),
                    attempt=Try(
                        text="The node's petabyte, in a full case", settings={**START, "size": 1e15, "drives": 64.0}
                    ),
                ),
            ),
            Term(
                id="line",
                fact="barrier_line",
                short="second fibre",
                text="A second fibre: the same line and streams once more",
            ),
            Term(
                id="streams",
                fact="barrier_streams",
                short="more streams",
                text="More streams: twice as many side by side on the line",
                feedback=Feedback(
                    title="“More streams carry more”",
                    text=(
                        "More streams help until the line is full, and {streams} of them fill the node's: the barrier stays at "
                        "{barrier_streams}. Over your distance one stream keeps up at most {now.stream_rate}, and yours together "
                        "bring {now.rate}."
                    ),
                    attempt=Try(text="Few streams on the node's line", settings={**START, "streams": 16.0}),
                ),
            ),
        ),
    ),
    ask="In one sentence: when does volume become a barrier, and what moves then instead?",
    correct=(
        "Yes: it then lies at {barrier_line}, and none of the others moves it. Bandwidth times time gives {line_times_time}; "
        "headers take a little of it. **Volume is a barrier when D/BW exceeds the time that the job allows.** Your own design stands "
        "at a gravity of {now.gravity}: above one, send the computation."
    ),
)

MATH = (
    MathItem(
        equation="effective-bandwidth",
        title="What the fibre carries",
        inputs={"line": "now.line", "efficiency": "payload", "streams": "now.streams", "stream": "now.stream_rate"},
        result="now.rate",
        note="In bytes: a line of {link} carries at most {line_bytes}. One stream keeps up a window a round trip.",
    ),
    MathItem(
        equation="transfer-time",
        title="Over the fibre",
        inputs={"latency": "now.delay", "size": "now.size", "rate": "now.rate"},
        result="now.wire_time",
        note="Light's way along the cable is paid once, whatever the size.",
    ),
    MathItem(
        equation="drives-time",
        title="By drives",
        inputs={
            "size": "now.size",
            "drives": "now.drives",
            "write": "now.write_rate",
            "legs": "now.legs",
            "trip": "now.trip",
            "read": "now.read_rate",
        },
        result="now.drive_time",
        note="A case that is sent again comes back first: {now.trips} sent, the road driven {now.legs} times. All in all the drives carry {now.shipped_rate}.",
    ),
    MathItem(
        equation="gravity-ratio",
        title="Data gravity",
        inputs={"time": "now.arrival", "job": "now.deadline"},
        result="now.gravity",
        note="Time of the faster way over the time that there is.",
    ),
)

_CLOUD, _EDGE, _MOBILE, _TINY = (m.sources()[track] for track in (CLOUD, EDGE, MOBILE, TINY))

MISSION_1 = Act(
    id="mission1",
    title="Data gravity audit",
    minutes=15,
    role="mission",
    context=CLOUD,
    sender="Head of data platforms",
    message=(
        "Every team wants its data at the training site, and every team has a different reason why it is not there yet. Before I "
        "sign for another fibre I want an audit. Start with the node's log: {size}, {distance} km, needed in {deadline}. "
        "One colleague proposes a truck, another the provider's box. Neither brought a number."
    ),
    briefing=(
        "A data set leaves the devices that gathered it, each over its own first hop, and then crosses the country: over a fibre "
        "of {link}, or on drives in a courier's case. Drives must be written before they leave and read when they arrive. Your "
        "track sets who gathers, over what, and what a device can bear. The first question is about the node, whatever your track. "
        "**The audit asks for {quota:words} sizes of different "
        "orders of magnitude** before it reveals anything: one size shows one regime."
    ),
    givens=(
        scenario("fee", "Courier, a trip and the way back", m.FEE, "usd", "the courier's quotation"),
        scenario("fee_km", "Courier, and each km", m.FEE_PER_KM, "usd", "the courier's quotation"),
        scenario("handling", "Handling at both ends, a trip", m.HANDLING, "seconds", "the courier's quotation"),
        scenario("speed", "Courier's speed, km/h", m.SPEED * 3.6, "number", "the courier's quotation"),
        sourced(
            "region", "Fibre between two US regions", "transfer-inter-region-aws-us", "per_gigabyte", "usd_per_gigabyte"
        ),
        sourced(
            "internet",
            "Fibre to the internet, first tier",
            "egress-internet-aws-first-10tb",
            "per_gigabyte",
            "usd_per_gigabyte",
        ),
        sourced(
            "internet2",
            "Fibre to the internet, second tier",
            "egress-internet-aws-10-50tb",
            "per_gigabyte",
            "usd_per_gigabyte",
        ),
        sourced("appliance", "Appliance, a job", "snowball-edge-hdd", "price", "usd"),
        sourced("appliance_room", "Appliance, usable capacity", "snowball-edge-hdd", "capacity", "bytes"),
        sourced("write", "Writing of one large SSD", "ssd-d5-p5336", "write_bandwidth", "bandwidth"),
        sourced("read", "Reading of one large SSD", "ssd-d5-p5336", "read_bandwidth", "bandwidth"),
        named(
            "window",
            "Window of one stream",
            m.WINDOW,
            "bytes",
            "Linux ip-sysctl, tcp_rmem: largest receive buffer by default (recalled)",
        ),
        scenario("route", "Cable over straight line", m.ROUTE, "ratio"),
        scenario("cameras", "Edge: raw 4K cameras", m.CAMERAS, "count"),
        scenario("bits", "Edge: bits a pixel", m.PIXEL_BITS, "count"),
        scenario("frames", "Edge: frames a second", m.FRAMES, "count"),
        scenario("camera_rate", "Edge: all cameras", m.camera_rate(), "bandwidth", "cameras × pixels × bits × frames"),
        scenario("depot", "Edge: plug at the depot", m.PLUG, "bit_rate"),
        scenario("logger", "Edge: disk of a vehicle", _EDGE.store, "bytes"),
        scenario("disks", "Cloud: disks of a node", _CLOUD.store, "bytes"),
        scenario("port", "Cloud: power of a node's port", m.PORT_POWER, "power"),
        sourced("radio", "Mobile and Tiny: power of the radio", "nrf52840-ble", "transmit_power", "power"),
        named(
            "ble",
            "Mobile and Tiny: payload over Bluetooth LE",
            m.ble_rate(),
            "bandwidth",
            "Bluetooth core specification: packet, gaps and answer of the 1 Mb/s mode (recalled)",
        ),
        scenario("battery", "Mobile: battery of the glasses", m.GLASSES_BATTERY, "watt_hours"),
        scenario("battery_share", "Mobile: share of it for sending, a day", m.GLASSES_SHARE, "share"),
        scenario("sram", "Tiny: SRAM for audio", _TINY.store, "bytes", "half of what the microcontroller has"),
    ),
    controls=CONTROLS,
    outputs=OUTPUTS,
    model=m.model,
    facts=facts,
    cards=CARDS,
    constraints=CONSTRAINTS,
    figures=(
        FigureSpec(id="waterfall", title="The ingestion waterfall", draw=drawn.waterfall, always=True),
        FigureSpec(id="crossover", title="Sneakernet: time against size", draw=drawn.crossover, always=True),
        FigureSpec(id="radar", title="Transfer times, leg by leg", draw=drawn.radar, always=True),
    ),
    prediction=PREDICTION,
    quotas=(
        Quota(
            id="decades",
            kind="decades",
            control="size",
            need=5,
            text="Designs in {quota:words} different orders of magnitude of the data set, recorded in your ledger.",
        ),
    ),
    reveal=Reveal(
        text=(
            "**The courier is cheapest: {cost_courier}**, against {cost_region} between two regions, {cost_appliance} for the "
            "appliance and {cost_internet} over the internet. Above {money_cross} a case by courier costs less than the cheapest "
            "fibre. It is not fast: {time_drive} with copying, where the fibre takes {time_wire}.\n\n"
            "In time the truck wins only when the wire is slow and the drives are many. At {slow_link} a case of {drives:words} large SSDs "
            "overtakes the fibre at {time_cross}. As many hard disks never do: written and then read at {hdd_write} each, they are "
            "copied at {hdd_copying}, and the fibre sends {slow_rate}. Your last design: {now.wire_time} over the fibre, {now.drive_time} by drives."
        ),
        correct="You were right that it is “{you.option}”. Cheaper and faster are two questions, and the audit needs both.",
    ),
    reflection=REFLECTION,
    math=MATH,
    decision=Decision(
        text="**What does the audit recommend for your track?** The design on your instrument is signed with it.",
        options=(
            DecisionOption(
                id="stream",
                text="Stream over the fibre, and pay for the line",
                answer="Your {now.size} take {now.wire_time} and {now.wire_cost} each time. That holds while the volume does: twice the data is twice the time, and twice the price.",
            ),
            DecisionOption(
                id="ship",
                text="Ship drives, and plan for the days",
                answer="Your case takes {now.drive_time} and {now.drive_cost}, {now.write_time} and {now.read_time} of it copying. Right for data that is moved once, wrong for what is needed every night.",
            ),
            DecisionOption(
                id="compute",
                text="Leave the data, and send the computation",
                answer="Your gravity is {now.gravity}; from one upwards this is the plan that still meets the time. What then crosses the country is code and results.",
            ),
            DecisionOption(
                id="less",
                text="Send less: choose and compress at the source",
                answer="Each device holds {now.each} and spends {now.hop_energy} on its first hop. Fewer bytes ease every stage of the waterfall at once; the last mission asks what they cost in accuracy.",
            ),
        ),
        record=("size", "arrival", "gravity", "wire_cost", "drive_cost", "each", "hop_energy"),
        ask="Name the stage that binds on your track, and the number that shows it.",
        cites=Cites(
            count=1,
            outputs=("size", "wire_time", "drive_time"),
            text="Pick the recorded design that your recommendation stands on.",
        ),
    ),
)
