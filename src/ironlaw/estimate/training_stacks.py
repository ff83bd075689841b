"""The parts of a step's time and of a GPU's memory, each with the equation and the numbers that give it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ironlaw import quantities, registry
from ironlaw.physics.efficiency import training_attention_time, training_products_time
from ironlaw.physics.inference import stream_time
from ironlaw.physics.parallel import exposed_transfer_time
from ironlaw.physics.schedule import launch_wait, pipeline_wait, straggler_wait
from ironlaw.physics.training_memory import (
    gathered_bytes,
    kept_activation_bytes,
    sharded_bytes,
    stage_gathered_bytes,
    workspace_bytes,
)
from ironlaw.physics.training_terms import step_terms

from .result import Figure, Stack
from .training_machine import MEMORY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ironlaw.physics.catalogue import Catalogued
    from ironlaw.physics.training_memory import MemoryTerms

    from .training import Job

TIME: Mapping[str, tuple[str, Catalogued[Any, float]]] = {
    "matmul": ("Matrix products", training_products_time),
    "attention": ("Attention", training_attention_time),
    "elementwise": ("Norms, activations, loss", stream_time),
    "launch": ("Waiting for the host", launch_wait),
    "tensor_parallel": ("Tensor-parallel transfers", exposed_transfer_time),
    "context_parallel": ("Context-parallel transfers", exposed_transfer_time),
    "expert_parallel": ("Expert-parallel transfers", exposed_transfer_time),
    "pipeline_transfer": ("Transfers between stages", exposed_transfer_time),
    "pipeline_bubble": ("Pipeline bubble", pipeline_wait),
    "data_parallel": ("Gradients and weights over replicas", exposed_transfer_time),
    "optimizer": ("Optimizer", stream_time),
    "straggler": ("Waiting for the slowest GPU", straggler_wait),
}
STATE = ("weights", "gradients", "optimizer")


def part(
    name: str, label: str, function: Catalogued[Any, float], arguments: Mapping[str, float], **more: str
) -> Figure:
    """A part whose value is its equation's: an explanation cannot differ from the number."""
    kind = more.get("kind", "seconds")
    return Figure(
        name,
        label,
        function(**arguments),
        kind,
        equation=function.equation.id,
        arguments=arguments,
        note=more.get("note", ""),
    )


def time_stack(job: Job) -> Stack:
    """The parts of a step that take time."""
    prepared = job.setting.prepared
    terms = step_terms(prepared.shape, prepared.recipe, prepared.machine, job.plan)
    bandwidth, share = job.setting.device["memory_bandwidth"], registry.get(MEMORY)["share"]
    parts = []
    for name, arguments in terms._asdict().items():
        label, function = TIME[name]
        if function is stream_time:
            arguments = {"moved": arguments["moved"], "bandwidth": bandwidth, "memory_share": share}  # noqa: PLW2901 - the registry's words for the same bytes
        parts.append(part(name, label, function, arguments, note=_time_note(name, arguments)))
    return Stack("time", "Time of a step", tuple(figure for figure in parts if figure.value > 0))


def _time_note(name: str, arguments: Mapping[str, float]) -> str:
    if arguments.get("hidden"):
        sent = arguments["volume"] / arguments["rate"] + arguments["hops"] * arguments["latency"]
        return f"{_seconds(sent)} of transfers, of which {_seconds(arguments['hidden'])} are hidden beside other work"
    if name == "pipeline_bubble" and arguments["slowest"] > arguments["mean"]:
        longer = arguments["microbatches"] * (arguments["slowest"] - arguments["mean"])
        return f"of it {_seconds(longer)} of waiting for the longest stage"
    return ""


def memory_stack(terms: MemoryTerms) -> Stack:
    """The parts of the fullest device's memory."""
    parts = [part(name, name.capitalize(), sharded_bytes, getattr(terms, name), kind="bytes") for name in STATE]
    if terms.gathered:
        many = "chunks" in terms.gathered
        function: Catalogued[Any, float] = stage_gathered_bytes if many else gathered_bytes
        parts.append(part("gathered", "Gathered", function, terms.gathered, kind="bytes"))
    kept = terms.activations
    note = f"{_bytes(kept['layer_token'])} a token and layer, {quantities.format(kept['held'], 'count')} layers × micro-batches held"
    parts.append(part("activations", "Activations", kept_activation_bytes, kept, kind="bytes", note=note))
    work = terms.workspace
    note = "of the loss" if work["loss_token"] > work["live_token"] else "of the layer in its backward pass"
    parts.append(part("workspace", "Workspace", workspace_bytes, work, kind="bytes", note=note))
    return Stack("memory", "Memory of the fullest device", tuple(figure for figure in parts if figure.value > 0))


def _seconds(value: float) -> str:
    return quantities.format(value, "seconds")


def _bytes(value: float) -> str:
    return quantities.format(value, "bytes")
