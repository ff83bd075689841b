"""What a result belongs to: processor, memory, system, versions. Nothing personal: no names of hosts, users or folders."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("numpy", "pyarrow", "protobuf", "pillow")
_CPUINFO = Path("/proc/cpuinfo")
_SYSCTL = "/usr/sbin/sysctl"  # of macOS


def machine() -> dict[str, Any]:
    """The machine as plain JSON: cpu, architecture, cores, memory (bytes, None if unknown), system, python, libraries."""
    release = re.match(r"\d+(\.\d+)*", platform.release())  # a kernel's own suffix may be anything
    return {
        "cpu": cpu(),
        "architecture": platform.machine(),
        "cores": cores(),
        "memory": memory(),
        "system": " ".join(filter(None, (platform.system(), release[0] if release else ""))),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "libraries": {name: found for name in PACKAGES if (found := _version(name))},
        "blas": _blas(),
    }


def cores() -> int:
    """Cores that this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)  # of Linux
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def cpu() -> str:
    """The processor's name as it tells it itself; its architecture where it has none."""
    if platform.system() == "Darwin":
        name = _asked([_SYSCTL, "-n", "machdep.cpu.brand_string"])
    elif _CPUINFO.is_file():
        text = _CPUINFO.read_text(encoding="utf-8", errors="replace")
        found = re.search(r"^(?:model name|Model|cpu model|uarch)\s*:\s*(.+)$", text, flags=re.MULTILINE)
        name = found[1] if found else ""
    else:
        name = platform.processor()
    return " ".join(name.split())[:128] or platform.machine() or "unknown"


def memory() -> int | None:
    """Bytes of memory of the machine, where the system tells."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return None


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _asked(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=5, check=True).stdout  # noqa: S603 - a fixed command
    except (OSError, subprocess.SubprocessError):
        return ""


def _blas() -> str:
    """Who does NumPy's matrix products."""
    import numpy as np  # noqa: PLC0415 - imported where it is needed

    try:
        told: Any = np.show_config(mode="dicts")
        return str(told["Build Dependencies"]["blas"]["name"])
    except (TypeError, KeyError):  # an older NumPy prints, and says it otherwise
        return ""
