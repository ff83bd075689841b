"""Machine learning on a small device: does it fit, how long does it take, how long does the battery last, how hot is it.

M   multiply-accumulates ("MAC", counted as plain operations), op        f   clock, 1/s        m   MACs a cycle
P   power, W        E   energy, J        T   time, s        theta   temperature, K; a rise in K is one in degrees C
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from . import num
from .catalogue import InputError, Symbol, equation

if TYPE_CHECKING:
    from collections.abc import Sequence

_POWER = Symbol("power", "P", "W", "mean power", low=0, low_open=True)
_RESISTANCE = Symbol("resistance", "R_th", "K/W", "thermal resistance from chip to air", low=0, low_open=True)
_AMBIENT = Symbol("ambient", "theta_0", "K", "temperature of the air, absolute", low=0)
_THERMAL = "Steady state of Fourier's law with one thermal resistance; JEDEC JESD51-1"


@dataclass(frozen=True, slots=True)
class Fit:
    """Bytes left over in SRAM and flash; below 0 they are missing. `reasons` says what does not fit."""

    sram_left: float
    flash_left: float
    reasons: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether both fit."""
        return not self.reasons


def fit(arena: float, weights: float, sram: float, flash: float, runtime: float = 0.0, code: float = 0.0) -> Fit:
    """Whether a model runs on a microcontroller: its tensor arena must fit SRAM, its weights must fit flash.

    Bytes, each at least 0. arena: tensors alive at once, at most (`peak_arena`). weights: read in place from flash.
    runtime: SRAM of stack, interpreter and drivers. code: flash of the program. Flash is no working memory: 8 MB of it
    do not help an arena. Raises InputError naming the argument.
    Source: David et al. 2021, TensorFlow Lite Micro, MLSys, section 4.
    """
    given = {"arena": arena, "weights": weights, "sram": sram, "flash": flash, "runtime": runtime, "code": code}
    for name, value in given.items():
        Symbol(name, "M", "B", name, low=0).check(value)
    sram_left, flash_left = sram - arena - runtime, flash - weights - code
    reasons = []
    if sram_left < 0:
        reasons.append(f"the arena and runtime need {arena + runtime:,.0f} B of SRAM, there are {sram:,.0f} B")
    if flash_left < 0:
        reasons.append(f"the weights and code need {weights + code:,.0f} B of flash, there are {flash:,.0f} B")
    return Fit(sram_left, flash_left, tuple(reasons))


def peak_arena(tensors: Sequence[float]) -> float:
    """Bytes of the tensor arena of a chain of layers: the largest sum of a layer's input and output.

    tensors: bytes of the input and of each layer's output, in order, at least two, each at least 0. A layer that works
    in place, or a branch that keeps a tensor alive longer, needs another count. Raises InputError naming the argument.
    Source: David et al. 2021, TensorFlow Lite Micro, MLSys, section 4.4 (memory planner); Lin et al. 2020, MCUNet.
    """
    if len(tensors) < 2:
        raise InputError("tensors must hold an input and an output", "tensors", tensors, "at least two")
    for size in tensors:
        Symbol("tensors", "M", "B", "bytes of a tensor", low=0).check(size)
    return max(before + after for before, after in pairwise(tensors))


@equation(
    id="inference-latency-mcu",
    title="Time of an inference on a microcontroller",
    formula="M/(m*f*eta)",
    result=Symbol("latency", "T", "s", "time of an inference", low=0),
    symbols=(
        Symbol("macs", "M", "op", "multiply-accumulates of the model, one operation each", low=0),
        Symbol(
            "macs_per_cycle", "m", "op", "multiply-accumulates that the core can do in a cycle", low=0, low_open=True
        ),
        Symbol("clock", "f", "1/s", "clock of the core", low=0, low_open=True),
        Symbol("efficiency", "eta", "1", "share of those that the kernels reach", low=0, high=1, low_open=True),
    ),
    source="Peak of the core times a share; Lai, Suda, Chandra 2018, CMSIS-NN, for shares of tuned kernels",
    note="One core, weights from cached or zero-wait memory. Untuned kernels reach a few per cent of a tuned one's share.",
)
def inference_latency(macs: float, macs_per_cycle: float, clock: float, efficiency: float) -> float:
    """Seconds of one inference."""
    return macs / (macs_per_cycle * clock * efficiency)


@equation(
    id="duty-cycle",
    title="Share of the time in which a device is awake",
    formula="r*T",
    result=Symbol("duty", "D", "1", "share of the time awake", low=0, high=1),
    symbols=(
        Symbol("rate", "r", "1/s", "events per second", low=0),
        Symbol("active_time", "T", "s", "time awake for an event", low=0),
    ),
    source="Definition",
    note="More than 1 is refused: the events come faster than they are handled.",
)
def duty_cycle(rate: float, active_time: float) -> float:
    """Share of the time awake."""
    return rate * active_time


@equation(
    id="duty-cycle-power",
    title="Mean power of a device that sleeps between events",
    formula="D*P_a + (1 - D)*P_s",
    result=Symbol("power", "P", "W", "mean power", low=0),
    symbols=(
        Symbol("duty", "D", "1", "share of the time awake", low=0, high=1),
        Symbol("active_power", "P_a", "W", "power awake", low=0),
        Symbol("sleep_power", "P_s", "W", "power asleep", low=0),
    ),
    source="Mean over time of two states",
    note="Waking takes energy too: count its time as awake.",
)
def duty_cycle_power(duty: float, active_power: float, sleep_power: float) -> float:
    """Watts on average."""
    return duty * active_power + (1 - duty) * sleep_power


@equation(
    id="battery-life",
    title="Battery life",
    formula="E_b*u/P",
    result=Symbol("life", "T", "s", "time until the battery is empty", low=0),
    symbols=(
        Symbol("battery", "E_b", "J", "energy printed on the battery", low=0),
        Symbol("usable", "u", "1", "usable share: cut-off, converter, ageing", low=0, high=1),
        _POWER,
    ),
    source="Definition",
    note="Without self-discharge, which bounds lives of many years.",
)
def battery_life(battery: float, usable: float, power: float) -> float:
    """Seconds that a battery lasts at a mean power."""
    return battery * usable / power


@equation(
    id="radio-energy",
    title="Energy of sending",
    formula="M*e_B + P_t*T_t",
    result=Symbol("energy", "E", "J", "energy of a transfer", low=0),
    symbols=(
        Symbol("size", "M", "B", "bytes sent", low=0),
        Symbol("byte_energy", "e_B", "J/B", "energy of a byte on the air", low=0),
        Symbol("base_power", "P_t", "W", "power of the radio while it is on, whatever it sends", low=0),
        Symbol("on_time", "T_t", "s", "time on: promotion, transfer and tail", low=0),
    ),
    source="Huang et al. 2012, A close examination of performance and power of 4G LTE, MobiSys (P = a*t + b)",
    note="For small messages the time on is what counts: LTE stays up for about ten seconds after the last byte.",
)
def radio_energy(size: float, byte_energy: float, base_power: float, on_time: float) -> float:
    """Joules of a transfer."""
    return size * byte_energy + base_power * on_time


@equation(
    id="air-energy",
    title="Energy of a byte on the air",
    formula="P/B",
    result=Symbol("energy", "e_B", "J/B", "energy of a byte", low=0),
    symbols=(
        Symbol("power", "P", "W", "power while sending", low=0),
        Symbol("line_rate", "B", "B/s", "rate on the air", low=0, low_open=True),
    ),
    source="Definition",
    note="Headers, gaps and acknowledgements make a useful byte several times dearer.",
)
def air_energy(power: float, line_rate: float) -> float:
    """Joules a byte at the rate on the air."""
    return power / line_rate


@equation(
    id="steady-temperature",
    title="Steady temperature",
    formula="theta_0 + P*R_th",
    result=Symbol("temperature", "theta", "K", "temperature of the chip after a long time", low=0),
    symbols=(_AMBIENT, Symbol("power", "P", "W", "power turned into heat", low=0), _RESISTANCE),
    source=_THERMAL,
)
def steady_temperature(ambient: float, power: float, resistance: float) -> float:
    """Kelvin after a long time at constant power."""
    return ambient + power * resistance


@equation(
    id="sustained-power",
    title="Power that a case can shed",
    formula="(theta_m - theta_0)/R_th",
    result=Symbol("power", "P", "W", "largest power that may last", low=0),
    symbols=(Symbol("limit", "theta_m", "K", "highest temperature allowed, absolute", low=0), _AMBIENT, _RESISTANCE),
    source=_THERMAL,
    note="A phone runs faster than this for a while, then slows down to it.",
)
def sustained_power(limit: float, ambient: float, resistance: float) -> float:
    """Watts that keep the chip at its limit for ever."""
    return (limit - ambient) / resistance


@equation(
    id="temperature-rise",
    title="Rise of temperature with time",
    formula="P*R_th*(1 - exp(-T/tau))",
    result=Symbol("rise", "dtheta", "K", "rise above the air", low=0),
    symbols=(
        Symbol("power", "P", "W", "power turned into heat", low=0),
        _RESISTANCE,
        Symbol("span", "T", "s", "time since the start, cold", low=0),
        Symbol(
            "time_constant", "tau", "s", "thermal time constant: resistance times heat capacity", low=0, low_open=True
        ),
    ),
    source="First-order response of one thermal resistance and capacity",
)
def temperature_rise(power: float, resistance: float, span: float, time_constant: float) -> float:
    """Kelvin above the air after `span` from cold."""
    return power * resistance * (1 - num.exp(-span / time_constant))


def time_to_limit(power: float, resistance: float, allowed_rise: float, time_constant: float) -> float | None:
    """Seconds from cold until a chip has warmed by `allowed_rise` and must slow down; None when it never does.

    power: W, at least 0. resistance: K/W, above 0. allowed_rise: K, at least 0. time_constant: s, above 0. Raises
    InputError naming the argument. Source: the inverse of `temperature_rise`.
    """
    given = {"power": power, "allowed_rise": allowed_rise}
    for name, value in given.items():
        Symbol(name, "x", "1", name, low=0).check(value)
    for name, value in {"resistance": resistance, "time_constant": time_constant}.items():
        Symbol(name, "x", "1", name, low=0, low_open=True).check(value)
    steady = power * resistance
    if steady <= allowed_rise:
        return None
    return -time_constant * num.log1p(-allowed_rise / steady)
