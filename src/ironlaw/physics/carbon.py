"""Carbon of energy used and of hardware made; when and where to run; what a gain in efficiency does to the total.

E   energy, J        I   carbon intensity of the grid, kg/J        C   carbon, kg        phi   PUE
Carbon is kg of CO2 equivalent throughout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import num
from .catalogue import InputError, Symbol, equation
from .tco import PUE

if TYPE_CHECKING:
    from collections.abc import Sequence

_CARBON = Symbol("carbon", "C", "kg", "carbon dioxide equivalent", low=0)
_INTENSITY = Symbol("intensity", "I", "kg/J", "carbon intensity of the grid", low=0)
_SCI = "Green Software Foundation, Software Carbon Intensity specification (ISO/IEC 21031:2024)"


@equation(
    id="operational-carbon",
    title="Carbon of the energy used",
    formula="E*I",
    result=_CARBON,
    symbols=(Symbol("energy", "E", "J", "energy that the building draws, PUE included", low=0), _INTENSITY),
    source="Patterson et al. 2021, Carbon Emissions and Large Neural Network Training, section 2.3",
    note="Location-based: the mean of the local grid. Certificates of clean energy bought elsewhere are not in it.",
)
def operational_carbon(energy: float, intensity: float) -> float:
    """Kilograms for energy from a grid."""
    return energy * intensity


@equation(
    id="embodied-carbon",
    title="Carbon of making the hardware, the share of a run",
    formula="N*C_0*T/(T_l*U)",
    result=_CARBON,
    symbols=(
        Symbol("devices", "N", "1", "devices", low=1, integer=True),
        Symbol("making", "C_0", "kg", "carbon of making one device", low=0),
        Symbol("span", "T", "s", "time of the run", low=0),
        Symbol("life", "T_l", "s", "life of a device", low=0, low_open=True),
        Symbol("utilisation", "U", "1", "share of its life in which it is used", low=0, high=1, low_open=True),
    ),
    source="Luccioni et al. 2022, Estimating the carbon footprint of BLOOM, section 4.1; " + _SCI,
)
def embodied_carbon(devices: float, making: float, span: float, life: float, utilisation: float) -> float:
    """Kilograms of making `devices` that a run of `span` has to answer for."""
    return devices * making * span / (life * utilisation)


@equation(
    id="software-carbon-intensity",
    title="Carbon of a request",
    formula="(E*I + C_e)/R",
    result=Symbol("carbon", "C_r", "kg/request", "carbon of a request", low=0),
    symbols=(
        Symbol("energy", "E", "J", "energy used", low=0),
        _INTENSITY,
        Symbol("embodied", "C_e", "kg", "share of the carbon of making the hardware", low=0),
        Symbol("requests", "R", "request", "requests answered", low=0, low_open=True),
    ),
    source=_SCI,
)
def software_carbon_intensity(energy: float, intensity: float, embodied: float, requests: float) -> float:
    """Kilograms a request: operation and making, over what was done."""
    return (energy * intensity + embodied) / requests


@equation(
    id="location-ratio",
    title="Carbon of one place against another",
    formula="phi*I/(phi_0*I_0)",
    result=Symbol("ratio", "x", "1", "carbon there as a multiple of carbon here", low=0),
    symbols=(
        PUE,
        _INTENSITY,
        Symbol("reference_pue", "phi_0", "1", "PUE here", low=1),
        Symbol("reference_intensity", "I_0", "kg/J", "carbon intensity here", low=0, low_open=True),
    ),
    source="Ratio of two operational carbons for the same work on the same machines",
    note="Moving data there takes energy too, and both intensities must be of one kind: location-based or market-based.",
)
def location_ratio(pue: float, intensity: float, reference_pue: float, reference_intensity: float) -> float:
    """Operational carbon of the same work elsewhere, over that here."""
    return pue * intensity / (reference_pue * reference_intensity)


@equation(
    id="replacement-payback",
    title="Time until new hardware has saved the carbon of its making",
    formula="C_0/(P_s*phi*I)",
    result=Symbol("span", "T", "s", "time until the saving equals the making", low=0),
    symbols=(
        Symbol("making", "C_0", "kg", "carbon of making the new device", low=0),
        Symbol("saved_power", "P_s", "W", "power saved at equal work", low=0, low_open=True),
        PUE,
        Symbol("intensity", "I", "kg/J", "carbon intensity of the grid", low=0, low_open=True),
    ),
    source="Gupta et al. 2021, Chasing Carbon, HPCA, section V: equal operational saving and embodied carbon",
    note="On a clean grid it may be longer than the life of the device.",
)
def replacement_payback(making: float, saved_power: float, pue: float, intensity: float) -> float:
    """Seconds after which a more efficient device has paid for its own making."""
    return making / (saved_power * pue * intensity)


@equation(
    id="rebound-energy",
    title="Energy after a gain in efficiency, with rebound",
    formula="E_0*g**(epsilon - 1)",
    result=Symbol("energy", "E", "J", "energy after the gain", low=0),
    symbols=(
        Symbol("reference_energy", "E_0", "J", "energy before the gain", low=0),
        Symbol("gain", "g", "1", "gain in efficiency: work for the same energy, over that before", low=1),
        Symbol(
            "elasticity",
            "epsilon",
            "1",
            "elasticity of demand: per cent more use for a per cent less cost",
            low=0,
            high=5,
        ),
    ),
    source="Jevons 1865, The Coal Question; constant-elasticity demand: use grows by g**epsilon, energy a use falls by g",
    note="Below 1 part of the gain is kept; at 1 nothing is saved; above 1 the total rises (backfire).",
)
def rebound_energy(reference_energy: float, gain: float, elasticity: float) -> float:
    """Joules after work became `gain` times cheaper in energy and demand answered."""
    return reference_energy * num.power(gain, elasticity - 1)


def best_window(intensities: Sequence[float], hours: int, *, around: bool = False) -> tuple[int, float]:
    """When to start an uninterrupted job: (first slot, mean intensity) of the cleanest run of `hours` slots.

    intensities: carbon intensity of each slot, in order, in any one unit, at least 0. hours: slots that the job takes,
    1 to all. around: whether the series repeats (a typical day), so that a job may run past its end. Of equal runs the
    first wins. Raises InputError naming the argument. Source: Wiesner et al. 2021, Let's wait awhile, Middleware.
    """
    _check_series(intensities, hours)
    slots = len(intensities)
    starts = range(slots if around and hours < slots else slots - hours + 1)
    sums = [num.total(intensities[(start + step) % slots] for step in range(hours)) for start in starts]
    first = min(starts, key=lambda start: sums[start])
    return first, sums[first] / hours


def best_slots(intensities: Sequence[float], hours: int) -> tuple[tuple[int, ...], float]:
    """When to run a job that may be interrupted: (slots, mean intensity) of the `hours` cleanest slots.

    Arguments, errors and source as in `best_window`. No run of the same length is cleaner.
    """
    _check_series(intensities, hours)
    chosen = sorted(sorted(range(len(intensities)), key=lambda slot: intensities[slot])[:hours])
    return tuple(chosen), num.total(intensities[slot] for slot in chosen) / hours


def _check_series(intensities: Sequence[float], hours: int) -> None:
    if not len(intensities):
        raise InputError("intensities must hold at least one slot, got none", "intensities", intensities, "not empty")
    for value in intensities:
        Symbol("intensities", "I", "1", "intensity of a slot", low=0).check(value)
    slots = len(intensities)
    Symbol("hours", "h", "1", "slots of the job", low=1, high=slots, integer=True).check(hours)
    if not isinstance(hours, int):
        raise InputError(f"hours must be an int, got {hours!r}", "hours", hours, f"a whole number from 1 to {slots}")


@equation(
    id="total-carbon",
    title="Carbon of a run",
    formula="C_o + C_e",
    result=Symbol("carbon", "C", "kg", "CO2e of the run", low=0),
    symbols=(
        Symbol("operational", "C_o", "kg", "CO2e of the energy that is used", low=0),
        Symbol(
            "embodied", "C_e", "kg", "CO2e of making the hardware, the run's share; 0 where it is not counted", low=0
        ),
    ),
    source="Sum; Gupta et al. 2021, Chasing Carbon, section II",
)
def total_carbon(operational: float, embodied: float = 0.0) -> float:
    """kg CO2e of using and of making the hardware."""
    return operational + embodied
