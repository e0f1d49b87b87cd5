"""Unikernels from a notebook: build, boot, talk, measure, plot.

    import unikernel as uk

    image = uk.build('let start () = print_endline "hello"', name="hello")
    with uk.boot(image, memory_mib=32) as vm:
        vm.console.expect("hello", timeout_s=30)
    rows = uk.measure.boot(image, repeat=5)
    uk.plots.boot(rows)

Names load on first use, so that importing this package costs nothing. In a notebook,
`%load_ext unikernel` brings `%%unikernel` and `%unikernel`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from unikernel_toolchain.model.image import Image

    from . import course, debugging, disks, errors, machines, measure, plots
    from .api import build, configure, doc, image, machine, packets, ps, why
    from .deployment.export import export
    from .exploration.sweep import sweep
    from .exploration.tuning.tune import tune
    from .frontends import doctor
    from .frontends.notebook.panel import panel
    from .frontends.notebook.sliders import sliders
    from .machines.boot import boot
    from .machines.core.machine import Machine
    from .model import network
    from .model.measurement import Measurement, Measurements
    from .model.spec import Spec
    from .model.state import Cause, Exit, State

    __version__: str

__all__ = [
    "Cause",
    "Exit",
    "Image",
    "Machine",
    "Measurement",
    "Measurements",
    "Spec",
    "State",
    "boot",
    "build",
    "configure",
    "cores",
    "course",
    "debugging",
    "disks",
    "doc",
    "doctor",
    "errors",
    "export",
    "image",
    "machine",
    "machines",
    "measure",
    "network",
    "packets",
    "panel",
    "plots",
    "ps",
    "sliders",
    "sweep",
    "swept",
    "tune",
    "why",
]

_MODULES = {
    "course": ".course",
    "debugging": ".debugging",
    "disks": ".disks",
    "doctor": ".frontends.doctor",
    "errors": ".errors",
    "machines": ".machines",
    "measure": ".measure",
    "network": ".model.network",
    "plots": ".plots",
}
_HOME_OF = {
    "Cause": ".model.state",
    "Exit": ".model.state",
    "Image": "unikernel_toolchain.model.image",
    "Machine": ".machines",
    "Measurement": ".model.measurement",
    "Measurements": ".model.measurement",
    "Spec": ".model.spec",
    "State": ".model.state",
    "boot": ".machines",
    "build": ".api",
    "configure": ".api",
    "cores": ".debugging",
    "doc": ".api",
    "export": ".deployment.export",
    "image": ".api",
    "machine": ".api",
    "packets": ".api",
    "panel": ".frontends.notebook.panel",
    "ps": ".api",
    "sliders": ".frontends.notebook.sliders",
    "sweep": ".exploration.sweep",
    "swept": ".exploration.kept",
    "tune": ".exploration.tuning.tune",
    "why": ".api",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("jupyter-unikernel")
    if name in _MODULES:
        return import_module(_MODULES[name], __name__)
    if name in _HOME_OF:
        return getattr(import_module(_HOME_OF[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register the magics: what `%load_ext unikernel` calls."""
    from .frontends.notebook.magics import load

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Drop magics and completion; running machines stay."""
    from .frontends.notebook.magics import unload

    unload(shell)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "../labextension", "dest": "jupyter-unikernel"}]
