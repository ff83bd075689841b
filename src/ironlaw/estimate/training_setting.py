"""What a training question fixes once: model, device, software and words; then plans of numbers, or of arrays, in microseconds.

setting = training_setting("llama-3-70b", "h100-sxm", recompute="full")
plan = setting.plan(count=512, tp=8, pp=4, global_batch=1024, seq=8192)
setting.step(plan).total, setting.memory(plan).total
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ironlaw import registry
from ironlaw.physics import InputError, num
from ironlaw.physics.training import Plan, Step
from ironlaw.physics.training_memory import memory_terms

from .memory import RECIPES, shape_arguments
from .models import ModelShape, model_shape
from .names import named
from .network import OWN_LINKS, link_of
from .training_machine import KERNELS, NODE, peak_rate
from .training_plan import Prepared, prepare, slowest_span
from .training_recipes import Software, software

if TYPE_CHECKING:
    from ironlaw.physics.training_memory import MemoryParts, MemoryTerms
    from ironlaw.registry import Entity

RECOMPUTE = {"none": 0.0, "selective": 0.0, "light": 0.0, "alternate": 0.5, "full": 1.0}
ZERO = (0, 1, 2, 3)


@dataclass(frozen=True)
class TrainingSetting:
    """The words of a question, looked up; `prepared` holds the numbers of the step's kernel."""

    model: ModelShape
    device: Entity
    network: Entity
    way: Software
    precision: str
    zero: int
    recompute: str
    prepared: Prepared
    ports: float = 1.0

    def plan(
        self,
        *,
        count: float,
        global_batch: float,
        seq: float,
        tp: float = 1,
        pp: float = 1,
        cp: float = 1,
        ep: float = 1,
        micro_batch: float = 1,
        interleave: float = 1,
    ) -> Plan:
        """The kernel's plan of these numbers or arrays. Nothing is checked: `read_plan` and the sweep do that."""
        data = 1.0 * count / (tp * pp * cp)
        return Plan(
            tensor=1.0 * tp,
            pipeline=1.0 * pp,
            data=data,
            context=1.0 * cp,
            expert=1.0 * ep,
            interleave=1.0 * interleave,
            global_batch=1.0 * global_batch,
            micro_batch=1.0 * micro_batch,
            sequence=1.0 * seq,
            span=slowest_span(self.way, self.model, 1.0 * seq, 1.0 * cp),
            recompute=RECOMPUTE[self.recompute],
            recompute_scores=float(self.recompute == "selective" and self.way.kernel == "kept"),
            gather=float(self.zero == 3),
            shard=float(self.zero >= 1),
            reduce=float(self.zero == 2),
            light=float(self.recompute == "light"),
        )

    def step(self, plan: Plan) -> Step:
        """Seconds of the step by cause."""
        return self.prepared.step(plan)

    def memory(self, plan: Plan) -> MemoryParts:
        """Bytes on the fullest GPU by part."""
        return self.memory_terms(plan).parts

    def memory_terms(self, plan: Plan) -> MemoryTerms:
        """Bytes on the fullest GPU by part, and what each part is made of."""
        sequences = num.ceil(plan.global_batch / plan.data)
        weight, gradient, optimizer = RECIPES["fsdp" if self.zero == 3 else "megatron"]
        return memory_terms(
            **shape_arguments(self.model),
            sequence=plan.sequence,
            micro_batch=num.minimum(plan.micro_batch, sequences),
            micro_batches=num.ceil(sequences / plan.micro_batch),
            tensor=plan.tensor,
            context=plan.context,
            stages=plan.pipeline,
            chunks=plan.interleave,
            experts=plan.expert,
            data=plan.data,
            zero=self.zero,
            recompute=self.recompute,
            sequence_parallel=self.way.sequence_parallel,
            compiled=self.way.name != "eager",
            weight_bytes=weight,
            gradient_bytes=gradient,
            optimizer_bytes=optimizer,
            score_bytes=(5.0 if self.way.dropout else 2.0) if self.way.kernel == "kept" else 0.0,
            frees_outputs=self.way.frees_outputs,
        )

    @property
    def peak(self) -> float:
        """Dense peak of one device in this precision, FLOP/s."""
        return peak_rate(self.device, self.precision)


def training_setting(
    model: str,
    device: str,
    *,
    precision: str = "bf16",
    way: str = "megatron",
    recompute: str = "none",
    zero: int = 1,
    attention: str | None = None,
    network: str | None = None,
    ports: float = 1.0,
    node: int | None = None,
) -> TrainingSetting:
    """Look the words up. Raises UnknownEntity for a name, InputError for another word that is not known."""
    shape, machine, style = model_shape(model), named("device", device), software(way)
    if machine.id.startswith(OWN_LINKS):
        allowed = "a GPU: the engine has neither the links nor the kernels of other accelerators"
        raise InputError(f"device must be {allowed}, got {machine.name}", "device", device, allowed)
    one_of("recompute", recompute, tuple(RECOMPUTE))
    one_of("zero", zero, ZERO)
    if attention:
        one_of("attention", attention, KERNELS)
        style = replace(style, kernel=attention)
    between = named("link", network) if network else network_of(machine)
    joined = node if node is not None else 72 if machine.id == "gb200" else NODE
    prepared = prepare(shape, machine, style, precision, between, ports=ports, node=joined)
    return TrainingSetting(shape, machine, between, style, precision, zero, recompute, prepared, ports)


def same_numbers(setting: TrainingSetting, plan: Plan) -> Plan:
    """The same numbers under another setting's words: what is recomputed, and what is sharded."""
    return setting.plan(
        count=plan.data * plan.tensor * plan.pipeline * plan.context,
        global_batch=plan.global_batch,
        seq=plan.sequence,
        tp=plan.tensor,
        pp=plan.pipeline,
        cp=plan.context,
        ep=plan.expert,
        micro_batch=plan.micro_batch,
        interleave=plan.interleave,
    )


def network_of(device: Entity) -> Entity:
    """A port of the device's generation, where the caller names none: 400 Gb/s from NVLink 4 on, 200 before."""
    inside = link_of(device)
    fast = inside is not None and inside["bandwidth"] >= registry.get("nvlink4")["bandwidth"]
    return registry.get("infiniband-ndr" if fast else "infiniband-hdr")


def one_of(field: str, value: object, known: tuple[object, ...]) -> None:
    """Raise InputError unless `value` is one of `known`."""
    if isinstance(value, bool) or value not in known:
        allowed = ", ".join(map(str, known))
        raise InputError(f"{field} must be one of {allowed}, got {value!r}", field, value, allowed)
