"""The arrows of ARCHITECTURE.md between Python modules as tables: who may import what."""

import ast
import sys

import pytest
from support import ROOT

KERNEL_EXT = ROOT / "kernel_ext/unikernel"
TOOLCHAIN = ROOT / "toolchain/unikernel_toolchain"

# What each package may import besides the standard library and itself.
PACKAGES = {
    TOOLCHAIN: {"iced_x86"},
    KERNEL_EXT: {
        *("unikernel_toolchain", "IPython", "qemu"),
        *("anywidget", "ipywidgets", "traitlets", "matplotlib", "pandas", "dpkt", "optuna"),
    },
}

# The only folders and files of kernel_ext/unikernel that may import these.
HOMES = {
    "IPython": {"frontends/notebook"},
    "anywidget": {"frontends/notebook/widgets"},
    "ipywidgets": {"frontends/notebook/widgets"},
    "traitlets": {"frontends/notebook"},
    "matplotlib": {"plots"},
    "pandas": {"model/measurement.py", "model/debugging", "model/exploration", "plots/export.py"},
    "dpkt": {"debugging/captures"},
    "optuna": {"exploration/tuning"},
    "qemu": {"machines/qemu"},
}


def python_files():
    return [path for package in PACKAGES for path in sorted(package.rglob("*.py"))]


def imports(path):
    """Yield the full names a file imports, those for type checkers left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for guard in [n for n in ast.walk(tree) if isinstance(n, ast.If)]:
        if isinstance(guard.test, ast.Name) and guard.test.id == "TYPE_CHECKING":
            guard.body = [ast.Pass()]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from imported_from(node, path)


def imported_from(node, path):
    """Return the full names of a `from … import …`."""
    if not node.level:
        return [node.module]
    package = path.parents[node.level - 1]
    base = ".".join(package.relative_to(package_of(path).parent).parts)
    return [f"{base}.{node.module}"] if node.module else [f"{base}.{a.name}" for a in node.names]


def package_of(path):
    return next(package for package in PACKAGES if package in path.parents)


def name_of(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", python_files(), ids=name_of)
def test_python_imports_follow_the_arrows(path):
    package = package_of(path)
    inside = path.relative_to(package)
    for name in imports(path):
        top = name.partition(".")[0]
        known = {package.name, *sys.stdlib_module_names, *PACKAGES[package]}
        assert top in known, f"{package.name} imports {name}"
        homes = HOMES.get(top)
        places = {str(place) for place in (inside, *inside.parents)}
        assert homes is None or places & homes, f"{name} belongs into {homes}"
