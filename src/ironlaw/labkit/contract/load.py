"""A third party's lab: the `LAB` of a Python file or of a package folder, imported under a name of its own."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from ironlaw.labkit.spec import Lab


class NoLab(ValueError):
    """There is no lab at this path; the message says what is there instead."""


def load(path: str | Path) -> Lab:
    """The lab in `path/to/lab.py` or `path/to/package/`. Runs that code. Raises NoLab, or what the code raises."""
    place = Path(path)
    file = place / "__init__.py" if place.is_dir() else place
    if not file.is_file():
        raise NoLab(f"{path}: there is no such file" if not place.is_dir() else f"{path}: has no __init__.py")
    name = f"ironlaw_lab_{place.stem}"
    spec = spec_from_file_location(name, file, submodule_search_locations=[str(place)] if place.is_dir() else None)
    if spec is None or spec.loader is None:
        raise NoLab(f"{path}: is not a Python module")
    module = module_from_spec(spec)
    sys.modules[name] = module  # a package's own modules import one another through it
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    lab = getattr(module, "LAB", None)
    if not isinstance(lab, Lab):
        raise NoLab(f"{path}: LAB is {type(lab).__name__}; a lab module holds LAB, an ironlaw.labkit.spec.Lab")
    return lab
