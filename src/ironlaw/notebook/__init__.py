"""The same lab in a notebook: marimo, JupyterLab, VS Code.

    from ironlaw.notebook import open_lab
    lab = open_lab("v2_02")
    lab

`lab.settings`, `lab.result` and `lab.progress` follow the learner; `lab.sweep` and `lab.chart` take them further. Needs the
extra `notebook`: pip install 'ironlaw[notebook]'.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ironlaw.notebook.widget import ChartWidget, LabWidget, open_lab

__all__ = ["ChartWidget", "LabWidget", "open_lab"]


def __getattr__(name: str) -> Any:
    """Load the widgets when one is asked for: `ironlaw notebook` writes a file without them."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from ironlaw.notebook import widget  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        if str(error.name).startswith("ironlaw"):
            raise
        raise ImportError(f"a lab in a notebook needs {error.name}: pip install 'ironlaw[notebook]'") from error
    return getattr(widget, name)
