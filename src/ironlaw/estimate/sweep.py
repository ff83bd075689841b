"""A grid of training plans: which can run, which nothing beats, what limits each, and the best under constraints.

    found = sweep_training(model="llama-3-70b", device="h100-sxm", count="64:1024:x2", tp="1:8:x2", pp="1:16:x2",
                           global_batch=1024, seq=8192, tokens=1e12, rate="$2.50/h", within={"run_time": "30 days"})
    found.best, found.pareto, found.binding

Numbers of the plan are axes of arrays, walked in blocks; words (a device, recomputation) split the grid. A design that
cannot run, or breaks a constraint, has no figures beyond the one that shows it.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

from ironlaw.physics import InputError, Symbol

from .amounts import amount
from .grid import Grid, Value, axis, names, pareto
from .names import named
from .prices import device_price
from .training_setting import TrainingSetting, training_setting

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

NUMBERS = ("count", "global_batch", "seq", "tp", "pp", "cp", "ep", "micro_batch", "interleave")
WORDS = ("model", "device", "precision", "software", "recompute", "zero", "network", "attention")
START = {"tp": "1", "pp": "1", "cp": "1", "ep": "1", "micro_batch": "1", "interleave": "1", "precision": "bf16"}
START |= {"software": "megatron", "recompute": "none,full", "zero": "1", "network": "", "attention": ""}

#: What a design is judged by: unit of quantities, and -1 where more is better.
FIGURES = {
    "step_time": ("seconds", 1),
    "tokens_per_second": ("tokens_per_second", -1),
    "mfu": ("share", -1),
    "memory": ("bytes", 1),
    "run_time": ("seconds", 1),
    "cost": ("usd", 1),
    "energy": ("watt_hours", 1),
    "count": ("count", 1),
}
LIMITS = ("run_time", "cost", "energy", "count", "step_time")  # figures that may be constrained from above
_LOSSES = ("tensor_parallel", "context_parallel", "expert_parallel", "pipeline_transfer", "pipeline_bubble",
           "data_parallel", "optimizer", "straggler", "launch")  # fmt: skip
LAYOUT, MEMORY = "layout", "memory"
MOST_DESIGNS = 1_000_000_000  # of a grid: minutes of work, and as a CSV file hundreds of gigabytes


@dataclass
class Sweep:
    """What a sweep found. Designs are dicts of the axes, the figures, `binding` and `slack`."""

    axes: tuple[str, ...]
    objectives: tuple[str, ...]
    designs: int = 0
    feasible: int = 0
    binding: Counter[str] = field(default_factory=Counter)  # what stops a design, or limits one that runs
    pareto: list[dict[str, Any]] = field(default_factory=list)

    @property
    def best(self) -> dict[str, Any] | None:
        """The feasible design with the smallest first objective; None where none is feasible."""
        return min(self.pareto, key=lambda design: _sign(self.objectives[0]) * design[self.objectives[0]], default=None)


def sweep_training(
    *,
    tokens: float,
    rate: float | str | None = None,
    offer: str | None = None,
    site: str = "industry-average",
    within: Mapping[str, float | str] | None = None,
    minimise: Sequence[str] | None = None,
    write: Callable[[dict[str, Any]], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
    **axes: Any,
) -> Sweep:
    """Evaluate every combination of the axes (`NUMBERS` and `WORDS`): a value, a sequence, or a range as text.

    tokens      of the whole run                         within    limits of figures: {"run_time": "30 days"}
    rate        of a device ("$2.50/h")                  minimise  objectives of the Pareto set; the first decides the best
    offer       a registry price, in place of rate       write     gets each block's columns, feasible designs or not
    site        whose PUE the energy counts              progress  gets designs done and in all, after each block

    Without rate and offer each device has the registry's usual price, if it has one. Without `minimise` cost and run_time
    count, or count and run_time where a price is missing. Raises InputError for an axis, range, limit or objective without sense and a grid of more than 10⁹ designs,
    UnknownEntity for a name.
    """
    Symbol("tokens", "D", "token", "tokens of the run", low=1).check(tokens)
    pue = named("site", site)["pue"]
    limits = {name: _limit(name, value) for name, value in (within or {}).items()}
    wanted = _objectives(minimise or ())
    grid = _grid(axes)
    # Each name is looked up before the first design, so a wrong one costs no wait.
    settings = {words: _setting(words, {*limits, *wanted}) for words in product(*(grid.axes[n] for n in WORDS))}
    prices = {words: device_price(setting.device, offer, rate).rate for words, setting in settings.items()}
    priced = None not in prices.values()
    if not priced and "cost" in {*wanted, *limits}:
        raise InputError("rate must be given, or offer, where cost counts", "rate", None, "a price such as '$2.50/h'")
    found = Sweep(tuple(grid.axes), wanted or (("cost", "run_time") if priced else ("count", "run_time")))
    for block in grid.blocks():
        words = tuple(block[name] for name in WORDS)
        columns = _evaluate(settings[words], block, tokens, prices[words] if priced else None, pue, limits)
        found.designs += columns["feasible"].size
        if write:
            write({name: _spelled(name, column, limits) for name, column in columns.items()})
        _gather(found, columns, limits)
        if progress:
            progress(found.designs, grid.size)
    return found


# --- reading the question ---------------------------------------------------------------------------------------------


def _grid(given: Mapping[str, Any]) -> Grid:
    grid = Grid(_axes(given))
    if grid.size > MOST_DESIGNS:
        longest = max(grid.axes, key=lambda name: len(grid.axes[name]))
        sides = " × ".join(f"{name} {len(values):,}" for name, values in grid.axes.items() if len(values) > 1)
        allowed = f"at most {MOST_DESIGNS:,} designs"
        raise InputError(
            f"{longest} must be shorter: a grid holds {allowed}, and {sides} are {grid.size:,}",
            longest,
            grid.size,
            allowed,
        )
    return grid


def _axes(given: Mapping[str, Any]) -> dict[str, tuple[Value, ...]]:
    known = (*WORDS, *NUMBERS)
    for name in given:
        if name not in known:
            raise InputError(f"{name} must be an axis: {', '.join(known)}", name, given[name], ", ".join(known))
    missing = [name for name in known if name not in given and name not in START]
    if missing:
        raise InputError(f"{missing[0]} must be given", missing[0], None, "a value, list or range")
    axes = {name: _values(name, given.get(name, START.get(name))) for name in known}
    for name in NUMBERS:
        for value in axes[name]:
            Symbol(name, "n", "1", name, low=1, high=1e9, integer=True).check(value)
    return axes


def _values(name: str, given: Any) -> tuple[Value, ...]:
    if not isinstance(given, str):
        values = tuple(given) if isinstance(given, list | tuple) else (given,)
    elif not given:
        values = ("",)
    else:
        values = names(name, given) if name in WORDS and name != "zero" else axis(name, given)
    # ZeRO's stages are numbers that split the grid as words do.
    return tuple(str(value) for value in values) if name in WORDS else values


def _setting(chosen: tuple[Value, ...], figures: set[str]) -> TrainingSetting:
    words = {name: str(value) for name, value in zip(WORDS, chosen, strict=True)}
    zero = words["zero"]
    if zero not in {"0", "1", "2", "3"}:
        raise InputError(f"zero must be one of 0, 1, 2, 3, got {zero!r}", "zero", zero, "0, 1, 2, 3")
    setting = training_setting(
        words["model"],
        words["device"],
        precision=words["precision"],
        way=words["software"],
        recompute=words["recompute"],
        zero=int(zero),
        network=words["network"] or None,
        attention=words["attention"] or None,
    )
    if "energy" in figures and "power" not in setting.device:
        message = f"device must be one with a power where energy counts: the registry has none of {setting.device.name}"
        raise InputError(message, "device", words["device"], "a device with a power")
    return setting


def _limit(name: str, value: float | str) -> float:
    if name not in LIMITS:
        raise InputError(f"within must limit one of {', '.join(LIMITS)}, got {name!r}", "within", name, str(LIMITS))
    kind = {"count": "number", "energy": "energy"}.get(name, FIGURES[name][0])
    return amount(value, kind, f"within {name}", f"limit of {name}", open_=True)


def _objectives(names: Sequence[str]) -> tuple[str, ...]:
    for name in names:
        if name not in FIGURES:
            raise InputError(
                f"minimise must name figures: {', '.join(FIGURES)}, got {name!r}", "minimise", name, ", ".join(FIGURES)
            )
    return tuple(names)


# --- evaluating a block -----------------------------------------------------------------------------------------------


def _evaluate(
    setting: TrainingSetting,
    block: dict[str, Any],
    tokens: float,
    price: float | None,
    pue: float,
    limits: Mapping[str, float],
) -> dict[str, Any]:
    """All columns of a block, flat and of one length. Figures of designs that cannot be laid out are NaN."""
    import numpy as np  # noqa: PLC0415 - only a sweep has arrays

    plan = setting.plan(**{name: block[name] for name in NUMBERS})
    fits = _layout(setting, block, plan.data)
    whole = plan._replace(data=np.maximum(np.floor(plan.data), 1.0))  # what cannot be laid out is computed, and dropped
    step = setting.step(whole)
    memory = setting.memory(whole).total
    flops = setting.prepared.model_flops(plan.sequence)
    steps = tokens / (plan.global_batch * plan.sequence)
    figures: dict[str, Any] = {
        "step_time": step.total,
        "tokens_per_second": plan.global_batch * plan.sequence / step.total,
        "mfu": flops * plan.global_batch * plan.sequence / (step.total * block["count"] * setting.peak),
        "memory": memory,
        "run_time": steps * step.total,
        "count": 1.0 * block["count"],
    }
    # Every block has the same columns: without a power the energy is NaN.
    power = setting.device["power"] if "power" in setting.device else math.nan  # noqa: SIM401 - an Entity has no get
    figures["energy"] = figures["run_time"] * block["count"] * power * pue
    if price is not None:
        figures["cost"] = figures["run_time"] * block["count"] * price
    # How much of each limit a design uses: above 1 it breaks it.
    used = {MEMORY: memory / setting.device["memory_capacity"]}
    for name, limit in limits.items():
        used[name] = figures[name] / limit
    losses = {name: getattr(step, name) for name in _LOSSES}
    shape = np.broadcast_shapes(*(np.shape(column) for column in (*block.values(), step.total)))

    def flat(column: Any) -> Any:
        return np.broadcast_to(column, shape).ravel()

    laid = flat(fits)
    tightest, most = _largest([flat(column) for column in used.values()])
    full = flat(used[MEMORY] > 1.0)  # what does not fit never runs: no other limit speaks before this one
    tightest, most = np.where(full, 0, tightest), np.where(full, flat(used[MEMORY]), most)
    biggest, _ = _largest([flat(column) for column in losses.values()])
    columns = {name: flat(block[name]) for name in block}
    # A plan that cannot run has no figures but the one that shows it.
    runs = laid & ~full
    for name, column in figures.items():
        if name not in columns:
            columns[name] = np.where(laid if name == "memory" else runs, flat(column), np.nan)
    return columns | {
        "feasible": laid & (most <= 1.0),
        "binding": np.where(laid, tightest + 1, 0),
        "slack": np.where(laid, 1.0 - most, np.nan),
        "largest_loss": np.where(runs, biggest + 1, 0),
    }


def _largest(columns: list[Any]) -> tuple[Any, Any]:
    """Place of the largest column for each design, and its value."""
    import numpy as np  # noqa: PLC0415 - as above

    place, value = np.zeros(columns[0].shape, dtype=np.int8), columns[0]
    for other, column in enumerate(columns[1:], 1):
        place = np.where(column > value, np.int8(other), place)
        value = np.maximum(column, value)
    return place, value


def _spelled(name: str, column: Any, limits: Mapping[str, float]) -> Any:
    """A column as it is written: blocks hold the place of a word, which is cheaper than the word."""
    import numpy as np  # noqa: PLC0415 - as above

    if name not in {"binding", "largest_loss"}:
        return column
    return np.array([LAYOUT, MEMORY, *limits] if name == "binding" else ["", *_LOSSES])[column]


def _layout(setting: TrainingSetting, block: dict[str, Any], data: Any) -> Any:
    """Which designs divide evenly, as `estimate_training` demands it of one."""
    model, tp, pp, interleave = setting.model, block["tp"], block["pp"], block["interleave"]
    sequences = -(-block["global_batch"] // _at_least_one(data))
    batches = -(-sequences // block["micro_batch"])
    fits = (data % 1 == 0) & (model.heads % tp == 0) & (pp * interleave <= model.layers)
    fits = fits & (data <= block["global_batch"]) & ((interleave == 1) | ((pp > 1) & (batches % pp == 0)))
    if not model.experts:
        return fits & (block["ep"] == 1)
    return fits & (model.experts % block["ep"] == 0) & ((data * block["cp"]) % block["ep"] == 0)


def _at_least_one(data: Any) -> Any:
    import numpy as np  # noqa: PLC0415 - as above

    return np.maximum(data, 1.0)


# --- collecting -------------------------------------------------------------------------------------------------------


def _gather(found: Sweep, columns: dict[str, Any], limits: Mapping[str, float]) -> None:
    """Count what binds, and merge the block's Pareto set into the one so far."""
    import numpy as np  # noqa: PLC0415 - as above

    counts = np.bincount(columns["binding"]).tolist()
    found.binding.update({name: n for name, n in zip((LAYOUT, MEMORY, *limits), counts, strict=False) if n})
    places = np.flatnonzero(columns["feasible"])
    found.feasible += places.size
    if not places.size:
        return
    values = [_sign(name) * columns[name][places] for name in found.objectives]
    fresh = places[pareto(*values)]
    chosen = {name: _spelled(name, column[fresh], limits) for name, column in columns.items() if name != "feasible"}
    lines = ({name: column[at].item() for name, column in chosen.items()} for at in range(fresh.size))
    designs = found.pareto + [{name: value for name, value in line.items() if value == value} for line in lines]  # noqa: PLR0124 - not NaN
    merged = [np.array([_sign(name) * design[name] for design in designs]) for name in found.objectives]
    found.pareto = sorted(
        (designs[place] for place in pareto(*merged)), key=lambda design: [design[name] for name in found.objectives]
    )


def _sign(name: str) -> int:
    return FIGURES[name][1]
