"""The curriculum's ten domains, which lab belongs to which, and the habit that keeps each domain's limits."""

from __future__ import annotations

DOMAINS = (
    "Memory",
    "Compute",
    "Serving",
    "Scale",
    "Networking",
    "Reliability",
    "Data",
    "Privacy & Ethics",
    "Economics",
    "Edge",
)

# For labs that are not built, and for records of a lab that no longer says it: a built lab's own word comes first.
HOME = {
    "v1_00": "Compute", "v1_01": "Data", "v1_02": "Compute", "v1_03": "Economics", "v1_04": "Data", "v1_05": "Memory",
    "v1_06": "Memory", "v1_07": "Compute", "v1_08": "Memory", "v1_09": "Data", "v1_10": "Edge", "v1_11": "Compute",
    "v1_12": "Serving", "v1_13": "Serving", "v1_14": "Data", "v1_15": "Privacy & Ethics", "v1_16": "Scale",
    "v2_01": "Scale", "v2_02": "Networking", "v2_03": "Networking", "v2_04": "Data", "v2_05": "Scale",
    "v2_06": "Networking", "v2_07": "Reliability", "v2_08": "Scale", "v2_09": "Compute", "v2_10": "Serving",
    "v2_11": "Edge", "v2_12": "Reliability", "v2_13": "Privacy & Ethics", "v2_14": "Privacy & Ethics",
    "v2_15": "Economics", "v2_16": "Privacy & Ethics", "v2_17": "Economics",
}  # fmt: skip

HABITS = {
    "Memory": "add up weights, gradients, states and activations before the first run",
    "Compute": "ask which roof binds before asking for a faster chip",
    "Serving": "size for the tail at the daily peak, not for the mean",
    "Scale": "measure the efficiency of the next doubling before paying for it",
    "Networking": "count the bytes that cross each boundary, and how often",
    "Reliability": "take the largest part away on paper and see what is left",
    "Data": "follow one sample through every stage and time it",
    "Privacy & Ethics": "write down what each release spends, and add it up over the year",
    "Economics": "multiply the unit price by the year before choosing",
    "Edge": "start from the watts and the bytes that the device has",
}


def slug(domain: str) -> str:
    """The domain as part of a fact's name."""
    return domain.lower().replace(" & ", "_")
