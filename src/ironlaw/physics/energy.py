"""Energy of operations, of bytes moved, and of machines that run for a time.

e_op   energy of an operation, J/FLOP        e_B   energy of a byte from a memory, J/B
P      power, W        U   utilisation       phi   PUE, building over IT power        N   devices        T   time, s
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import num
from .catalogue import Symbol, equation
from .tco import DEVICES, POWER, PUE

if TYPE_CHECKING:
    from collections.abc import Sequence

_ENERGY = Symbol("energy", "E", "J", "energy", low=0)
_PER_OPERATION = Symbol("operation_energy", "e_op", "J/FLOP", "energy of one operation", low=0, low_open=True)
_PER_BYTE = Symbol("byte_energy", "e_B", "J/B", "energy of moving a byte from the memory", low=0)
_HOROWITZ = "Horowitz 2014, Computing's energy problem, ISSCC, figure 1.1.9"


@equation(
    id="workload-energy",
    title="Energy of computing and moving",
    formula="C*e_op + M*e_B",
    result=_ENERGY,
    symbols=(
        Symbol("flops", "C", "FLOP", "operations", low=0),
        _PER_OPERATION,
        Symbol("moved", "M", "B", "bytes moved", low=0),
        _PER_BYTE,
    ),
    source=_HOROWITZ,
    note="Arithmetic and one memory only: control, clocks and leakage come on top. `hierarchy_energy` adds up levels.",
)
def workload_energy(flops: float, operation_energy: float, moved: float, byte_energy: float) -> float:
    """Joules of a workload: its operations, and its bytes from one memory."""
    return flops * operation_energy + moved * byte_energy


@equation(
    id="energy-balance",
    title="Intensity at which moving costs as much energy as computing",
    formula="e_B/e_op",
    result=Symbol("intensity", "I", "FLOP/B", "operations a byte at which both take the same energy", low=0),
    symbols=(_PER_BYTE, _PER_OPERATION),
    source="Choi et al. 2013, A roofline model of energy, IPDPS, section II (energy balance)",
    note="Below it the energy goes into moving bytes. It lies far above the roofline's ridge in time for DRAM.",
)
def energy_balance(byte_energy: float, operation_energy: float) -> float:
    """FLOP a byte at which the energy of moving equals that of computing."""
    return byte_energy / operation_energy


def hierarchy_energy(levels: Sequence[tuple[float, float]]) -> float:
    """Joules for bytes moved through several memories: the sum of bytes times energy a byte.

    levels: (bytes moved, J/B) of each memory, all at least 0; floats or arrays that broadcast. Raises InputError naming
    the entry. Source: Horowitz 2014, as in `workload_energy`.
    """
    total = 0.0
    for moved, energy in levels:
        Symbol("moved", "M", "B", "bytes moved", low=0).check(moved)
        Symbol("byte_energy", "e_B", "J/B", "energy a byte", low=0).check(energy)
        total = total + moved * energy
    return total


_BITS = Symbol("bits", "b", "1", "width of the operands in bits", low=1)
_OLD_BITS = Symbol("reference_bits", "b_0", "1", "width of the reference in bits", low=1)
_OLD_ENERGY = Symbol("reference_energy", "E_0", "J", "energy of the reference operation", low=0)


@equation(
    id="adder-energy",
    title="Energy of an integer addition by width",
    formula="E_0*b/b_0",
    result=_ENERGY,
    symbols=(_OLD_ENERGY, _BITS, _OLD_BITS),
    source="One full adder a bit (ripple-carry); " + _HOROWITZ + ": 0.03 pJ at 8 bits, 0.1 at 32",
    note="Same technology. Off by 20 % between 8 and 32 bits in the source's own table.",
)
def adder_energy(reference_energy: float, bits: float, reference_bits: float) -> float:
    """Joules of an addition of `bits`, from one of another width."""
    return reference_energy * bits / reference_bits


@equation(
    id="multiplier-energy",
    title="Energy of an integer multiplication by width",
    formula="E_0*(b/b_0)**2",
    result=_ENERGY,
    symbols=(_OLD_ENERGY, _BITS, _OLD_BITS),
    source="One full adder for each pair of bits (array multiplier); " + _HOROWITZ + ": 0.2 pJ at 8 bits, 3.1 at 32",
    note="Same technology.",
)
def multiplier_energy(reference_energy: float, bits: float, reference_bits: float) -> float:
    """Joules of a multiplication of `bits`, from one of another width."""
    return reference_energy * num.power(bits / reference_bits, 2)


@equation(
    id="machine-power",
    title="Power of a machine by utilisation",
    formula="P_0 + U*(P_max - P_0)",
    result=Symbol("power", "P", "W", "mean power", low=0),
    symbols=(
        Symbol("idle_power", "P_0", "W", "power when idle", low=0),
        Symbol("peak_power", "P_max", "W", "power at full use", low=0),
        Symbol("utilisation", "U", "1", "share of the time in which it is busy", low=0, high=1),
    ),
    source="Fan, Weber, Barroso 2007, Power provisioning for a warehouse-sized computer, ISCA, section 3",
    note="Linear between idle and full use, for mean power over minutes; real curves bend by a few per cent.",
)
def machine_power(idle_power: float, peak_power: float, utilisation: float) -> float:
    """Watts of a machine that is busy for a share of the time."""
    return idle_power + utilisation * (peak_power - idle_power)


@equation(
    id="run-energy",
    title="Energy of a run",
    formula="N*P*T*phi",
    result=_ENERGY,
    symbols=(DEVICES, POWER, Symbol("span", "T", "s", "time of the run", low=0), PUE),
    source="Patterson et al. 2021, Carbon Emissions and Large Neural Network Training, section 2.3",
    note="The power must be the measured mean with the host's share; the printed maximum is an upper bound of the chip.",
)
def run_energy(devices: float, power: float, span: float, pue: float) -> float:
    """Joules that the building draws for a run of `devices` over `span`."""
    return devices * power * span * pue


@equation(
    id="energy-per-token",
    title="Energy of a token",
    formula="N*P*phi/X",
    result=Symbol("energy", "E_token", "J/token", "energy of a token", low=0),
    symbols=(DEVICES, POWER, PUE, Symbol("throughput", "X", "token/s", "tokens per second", low=0, low_open=True)),
    source="Definition: power over throughput",
)
def energy_per_token(devices: float, power: float, pue: float, throughput: float) -> float:
    """Joules a token."""
    return devices * power * pue / throughput


@equation(
    id="battery-share",
    title="Share of a battery that a task takes",
    formula="P*T/E_b",
    result=Symbol("share", "x", "1", "share of a full battery; above 1 it does not last", low=0),
    symbols=(
        Symbol("power", "P", "W", "power of the task beyond what the device draws anyway", low=0),
        Symbol("span", "T", "s", "time of the task", low=0),
        Symbol("battery", "E_b", "J", "energy of the full battery", low=0, low_open=True),
    ),
    source="Definition",
    note="Energy is watt-seconds: 3 W for 30 s out of 15 Wh is 0.167 %.",
)
def battery_share(power: float, span: float, battery: float) -> float:
    """Share of a full battery that a task of `power` and `span` takes."""
    return power * span / battery


@equation(
    id="building-energy",
    title="Energy of the building",
    formula="E_it*phi",
    result=_ENERGY,
    symbols=(Symbol("machines", "E_it", "J", "energy that the machines draw", low=0), PUE),
    source="Definition of power usage effectiveness: The Green Grid 2007",
)
def building_energy(machines: float, pue: float) -> float:
    """Joules that the building draws for `machines` joules of its machines."""
    return machines * pue
