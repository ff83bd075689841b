"""What an entity is and what each kind may hold.

The plain field is the honest one: dense peaks, bandwidth in one direction. The figure that misleads (2:4-sparse peak,
both directions added up) is a field of its own name, and `ORDERS` says which must not pass which.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from ironlaw import quantities

#: How a figure was checked, strongest first. "recalled only" must be shown as unverified.
EVIDENCE = (
    "measured here",  # by the project itself, with the command that the source names
    "read in stored copy",
    "recalled, arithmetic cross-checked",
    "recalled, partly seen in stored copy",
    "recalled only",
    "computed",
)


class RegistryError(ValueError):
    """A data file breaks a rule; the message names file, field, value and what is allowed."""


class UnknownNameError(KeyError):
    """A name that is not there, with its nearest neighbours."""

    def __init__(self, what: str, name: object, known: Iterable[str]) -> None:
        known = sorted(known)
        near = get_close_matches(str(name)[:80], known, n=3, cutoff=0.4) or known[:3]
        self.name = name
        self.nearest = tuple(near)
        shown = repr(name)[:80]
        super().__init__(f"unknown {what} {shown}; nearest: {', '.join(near) or 'none'}")

    def __str__(self) -> str:  # KeyError prints the repr of its argument
        return str(self.args[0])


class UnknownEntity(UnknownNameError):
    """No entity (or kind) of that id; `nearest` holds the closest ids."""


class UnknownField(UnknownNameError):
    """The entity has no such field; `nearest` holds the closest names it has."""


@dataclass(frozen=True, slots=True)
class Field:
    """One sourced figure. `si` is what the engine takes; `value` and `unit` are what the source prints."""

    name: str
    value: float
    unit: str
    si: float
    dimension: str
    source: str
    date: str
    evidence: str
    note: str
    where: str
    kind: str  # of quantities.format

    @property
    def text(self) -> str:
        """The value as a person reads it, to four digits; binary units stay ("512 KiB")."""
        if "iB" in self.unit:
            return f"{self.value:,.15g} {self.unit}"
        return quantities.format(self.si, self.kind, 4)

    @property
    def verified(self) -> bool:
        """False where the figure is from memory alone: a page must mark it."""
        return self.evidence != "recalled only"


@dataclass(frozen=True, slots=True)
class Entity:
    """One thing with sourced figures, of one of the `KINDS`: `entity["memory_bandwidth"]` is a float in SI."""

    id: str
    kind: str
    name: str
    aliases: tuple[str, ...]
    fields: Mapping[str, Field]

    def field(self, name: str) -> Field:
        """The figure with its source. UnknownField (a KeyError) names the nearest fields."""
        try:
            return self.fields[name]
        except KeyError:
            raise UnknownField(f"field of {self.id}", name, self.fields) from None

    def __getitem__(self, name: str) -> float:
        return self.field(name).si

    def __contains__(self, name: object) -> bool:
        return name in self.fields


@dataclass(frozen=True, slots=True)
class FieldRule:
    """Dimension that a field's unit must have, how it prints, its largest value, and whether it is a whole number."""

    dimension: str
    kind: str
    high: float = math.inf
    whole: bool = False


@dataclass(frozen=True, slots=True)
class KindRule:
    """Fields of one kind: those allowed, those required, those that come together, and pairs (low, high) in order."""

    fields: Mapping[str, FieldRule]
    required: tuple[str, ...] = ()
    together: tuple[str, ...] = ()
    orders: tuple[tuple[str, str], ...] = ()
    divides: tuple[tuple[str, str], ...] = ()  # the first divides the second


def _rules(dimension: str, *names: str, kind: str = "", **more: float) -> dict[str, FieldRule]:
    high, whole = more.get("high", math.inf), bool(more.get("whole", 0))
    return {name: FieldRule(dimension, kind or dimension, high, whole) for name in names}


_TYPES = ("bf16", "fp16", "fp8", "fp4", "int8", "int4", "fp32", "tf32")
_PEAKS = tuple(f"peak_{name}" for name in _TYPES)
_SPARSE = tuple(f"{peak}_sparse" for peak in _PEAKS)
_ACHIEVED = tuple(f"achieved_matmul_{name}" for name in _TYPES)
_SHAPE = ("layers", "hidden", "heads", "kv_heads", "vocabulary", "context", "feed_forward", "feed_forward_matrices")

_OPERATIONS = tuple(f"{name}_{what}" for name in ("int8", "bf16", "fp16", "fp32") for what in ("add", "multiply"))
_ACCESSES = (
    "sram_8k_64bit",
    "sram_32k_64bit",
    "sram_1m_64bit",
    "dram_64bit",
)  # a 64-bit word from a memory of that size
# Beside the shape, where a model has it: heads that are not hidden ÷ heads wide, vectors of a layer (norms, biases) and
# learned positions, a sliding window and how many layers are without it, experts, and latent attention's sizes. An encoder
# is `bidirectional` (1): each token sees those after it, so it puts out no text.
_PARTS = (
    *("head_size", "positions", "layer_vectors", "sliding_window", "global_layers", "bidirectional"),
    *("experts", "experts_active", "shared_experts", "expert_feed_forward", "dense_layers"),
    *("kv_lora_rank", "query_lora_rank", "rope_head_size", "nope_head_size", "value_head_size"),
)

# What `ironlaw probe` measures: ironlaw.probe.FIGURES by the same names, so a learner's own figure can stand in for one.
_FILES = ("csv", "json", "parquet", "protobuf")
_PROBED_RATES = ("memory_bandwidth", "memory_copy", "file_read_cold", "file_read_warm", "loopback_bandwidth")

_LAUNCHES = ("ring_launch", "tree_launch")
_HOPS = ("nvlink_ring_hop", "pcie_ring_hop", "port_ring_hop", "nvlink_tree_hop", "pcie_tree_hop", "port_tree_hop")

KINDS: Mapping[str, KindRule] = {
    "device": KindRule(
        fields={
            **_rules("flop_rate", *_PEAKS, *_SPARSE, *_ACHIEVED),
            **_rules(
                "flop_rate", *(peak for peak in (*_PEAKS, *_SPARSE) if "_int" in peak), "peak_npu", kind="op_rate"
            ),
            **_rules("bytes", "memory_capacity", "flash_capacity"),
            **_rules("bandwidth", "memory_bandwidth", "achieved_bandwidth"),
            **_rules("bandwidth", "link_bandwidth", "link_bandwidth_bidirectional"),
            **_rules("power", "power", "idle_power"),
            **_rules("usd", "price"),
            **_rules("carbon", "embodied_carbon"),
            **_rules("frequency", "clock"),
            **_rules("number", "multiprocessors", "macs_per_cycle", "instructions_per_mac", kind="count", whole=1),
        },
        required=("memory_capacity",),
        orders=(
            *zip(_PEAKS, _SPARSE, strict=True),
            *zip(_ACHIEVED, _PEAKS, strict=True),
            ("achieved_bandwidth", "memory_bandwidth"),
            ("link_bandwidth", "link_bandwidth_bidirectional"),
        ),
    ),
    "link": KindRule(
        fields={
            **_rules("bandwidth", "bandwidth", "bandwidth_bidirectional"),
            **_rules("bandwidth", "line_rate", kind="bit_rate"),
            **_rules("bandwidth", "pair_bandwidth"),  # between two devices of a full mesh: a share of `bandwidth`
            **_rules("bandwidth", "lane_rate", kind="bit_rate"),
            **_rules("number", "lanes", kind="count", whole=1),
            **_rules("number", "coding", "bus_efficiency", "switch_share", kind="share", high=1.0),
            **_rules("seconds", "latency", "hop", "switch_latency"),
            **_rules("bytes", "ordered_unit"),
        },
        required=("bandwidth", "bandwidth_bidirectional", "bus_efficiency", "latency"),
        orders=(
            ("pair_bandwidth", "bandwidth"),
            ("bandwidth", "bandwidth_bidirectional"),
            ("bandwidth", "line_rate"),
        ),
    ),
    "protocol": KindRule(
        fields={
            **_rules("seconds", *_LAUNCHES, *_HOPS),
            **_rules("number", "share", "port_share", kind="share", high=1.0),
            **_rules("bytes", "unit"),
        },
        required=(*_LAUNCHES, *_HOPS, "share", "port_share", "unit"),
    ),
    "model": KindRule(
        fields={
            **_rules("parameters", "parameters", "parameters_active"),
            **_rules("mac", "macs"),
            **_rules("number", *_SHAPE, "embedding_matrices", *_PARTS, kind="count", whole=1),
        },
        required=("parameters",),
        together=(*_SHAPE, "embedding_matrices"),
        orders=(
            ("kv_heads", "heads"),
            ("parameters_active", "parameters"),
            ("experts_active", "experts"),
            ("global_layers", "layers"),
            ("dense_layers", "layers"),
        ),
        divides=(("kv_heads", "heads"), ("heads", "hidden")),
    ),
    "format": KindRule(
        fields={
            **_rules("bytes", "bytes_per_value", "head_bytes_per_value", high=8.0),
            # How the bits of a quantised value come about: its own, those of a scale shared by a group, and those of a
            # scale of scales shared by a block.
            **_rules("bytes", "weight_bits", "scale_bits", "block_bits"),
            **_rules("number", "scale_group", "block", "unpack_operations", kind="count", whole=1),
        },
        required=("bytes_per_value",),
    ),
    "runtime": KindRule(
        fields={
            **_rules("number", "kernels_per_layer", "batch_limit", kind="count", whole=1),
            **_rules("number", "cache_share", kind="share", high=1.0),
            **_rules("bytes", "workspace"),
        },
        required=("kernels_per_layer",),
    ),
    "price": KindRule(
        fields={
            **_rules("usd_per_gigabyte", "per_gigabyte"),
            **_rules("usd_per_hour", "per_hour", "reserved_per_hour"),
            **_rules("usd", "each"),
            **_rules("usd_per_kwh", "per_kilowatt_hour"),
            **_rules("usd_per_watt", "per_watt"),
            **_rules("number", "devices", kind="count", whole=1),
            **_rules("bytes", "tier"),
        },
        orders=(("reserved_per_hour", "per_hour"),),
    ),
    "server": KindRule(
        fields={
            **_rules("number", "devices", kind="count", whole=1),
            **_rules("power", "power"),
            **_rules("usd", "price"),
            **_rules("carbon", "embodied_carbon"),
        },
        required=("devices",),
    ),
    "grid": KindRule(fields=_rules("carbon_intensity", "intensity", "intensity_adjusted")),
    "site": KindRule(fields=_rules("number", "pue", kind="number", high=10.0), required=("pue",)),
    "circuit": KindRule(fields=_rules("energy", *_OPERATIONS, *_ACCESSES)),
    "radio": KindRule(
        fields={
            **_rules("power", "transmit_power", "receive_power", "base_power"),
            **_rules("bandwidth", "line_rate", kind="bit_rate"),
            **_rules("energy_per_byte", "uplink_energy", "downlink_energy"),
        }
    ),
    "network": KindRule(  # many wires and switches, of which only the sum is known
        fields=_rules("energy_per_byte", "transfer_energy"), required=("transfer_energy",)
    ),
    "storage": KindRule(
        fields={
            **_rules("bandwidth", "read_bandwidth", "write_bandwidth", "stream_bandwidth", "throughput_per_tebibyte"),
            **_rules("bytes", "capacity"),
            **_rules("seconds", "latency"),
            **_rules("number", "requests_per_second", "turns_per_minute", kind="count", whole=1),
        }
    ),
    "appliance": KindRule(
        fields={
            **_rules("bytes", "capacity"),
            **_rules("bandwidth", "copy_bandwidth", kind="bit_rate"),
            **_rules("seconds", "shipping"),
            **_rules("usd", "price"),
        },
        required=("capacity", "copy_bandwidth", "shipping"),
    ),
    "fleet": KindRule(
        fields={
            **_rules("seconds", "node_mtbf", "restart"),
            **_rules("number", "devices_per_node", kind="count", whole=1),
            **_rules("number", "gpu_share", kind="share", high=1.0),
        }
    ),
    "benchmark": KindRule(
        fields={
            **_rules("number", "samples_per_second"),
            **_rules("number", "devices", "resolution", kind="count", whole=1),
        }
    ),
    "law": KindRule(  # constants of a published empirical law, fitted by its authors
        fields={
            **_rules("number", "irreducible_loss", "parameter_scale", "data_scale", "loss_scale"),
            **_rules("number", "parameter_exponent", "data_exponent", "compute_exponent", "exponent_offset"),
            **_rules("number", "repeat_decay", "excess_decay", "bit_decay", "tokens_per_parameter"),
        },
    ),
    "result": KindRule(  # one published outcome of training
        fields={
            **_rules("share", "accuracy", "baseline_accuracy", "robust_accuracy", high=1.0),
            **_rules("number", "epsilon", "delta", "attack_radius"),
            **_rules("number", "perplexity", "baseline_perplexity", "bits_per_weight"),
            **_rules("number", "rounds", "baseline_rounds", kind="count", whole=1),
            **_rules("number", "local_updates", "client_share"),
            **_rules("tokens", "training_tokens", kind="parameters"),  # printed short: 15T
        },
        orders=(("robust_accuracy", "accuracy"),),
    ),
    "calibration": KindRule(
        fields={
            **_rules("number", "mfu", "hfu", "share", kind="share", high=1.0),
            **_rules("bytes", "in_flight", "operand_bytes"),
            **_rules("seconds", "operator_time"),
            **_rules("number", "operations_per_weight", "cycles", "cycles_per_mac", kind="number"),
        },
        orders=(("mfu", "hfu"),),
    ),
    "probe": KindRule(  # one machine, as `ironlaw probe` measured it
        fields={
            **_rules("bandwidth", *_PROBED_RATES, *(f"parse_{name}" for name in _FILES)),
            **_rules("flop_rate", "matrix_flops_fp32", "matrix_flops_fp64"),
            **_rules("number", *(f"parse_{name}_records" for name in _FILES), "jpeg_decode"),  # a second
            **_rules("bytes", *(f"format_bytes_{name}" for name in _FILES), "jpeg_bytes"),
            **_rules("seconds", "loopback_latency", "dispatch_python", "dispatch_numpy"),
        },
    ),
}
