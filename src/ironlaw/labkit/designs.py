"""The learner's recorded designs: the ones to cite, and where they stand in a figure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ironlaw.labkit import evaluate as ev
from ironlaw.labkit.flow import ActProgress
from ironlaw.labkit.spec import Act, Cites
from ironlaw.labkit.text import plain

CITABLE = 12  # designs to pick from: the newest


def newest(progress: ActProgress) -> list[tuple[int, Mapping[str, Any]]]:
    """The newest designs with their numbers, each once."""
    found = {str(sorted(design["settings"].items())): (n, design) for n, design in enumerate(progress.designs, 1)}
    return list(found.values())[-CITABLE:]


def trails(act: Act, progress: ActProgress | None) -> dict[str, dict[str, Any]]:
    """By figure, where the learner's recorded designs stand in it."""
    found = {}
    for spec in act.figures:
        if spec.trail is None or progress is None:
            continue
        told = []
        for n, design in newest(progress):
            if design.get("context") != progress.context:
                continue  # another deployment, another curve
            run = ev.evaluate(act, ev.recalled(act, design["settings"]))
            if run.feasible:
                x, y, text = spec.trail(run.settings, run.values)
                told.append(((x, y), f"Design {n}: {text}"))
        found[spec.id] = {"points": [list(point) for point, _ in told], "texts": [text for _, text in told]}
    return found


def cited(act: Act, progress: ActProgress, cites: Cites | None) -> dict[str, Any] | None:
    """The learner's own designs to pick from, the newest last; each once."""
    if cites is None:
        return None
    kinds = {output.id: output for output in act.outputs}
    rows = []
    for n, design in newest(progress):
        values = ev.evaluate(act, ev.recalled(act, design["settings"])).values
        told = ", ".join(f"{kinds[name].label} {plain(values[name], kinds[name].kind)}" for name in cites.outputs)
        rows.append({"id": design["id"], "text": f"Design {n}: {told}"})
    return {"count": min(cites.count, len(rows)), "text": cites.text, "designs": rows}
