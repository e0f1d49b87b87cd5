"""The arrows of ARCHITECTURE.md as tables: who may import and include what."""

import ast
import re
import sys

import pytest
from support import ROOT

KERNEL_EXT = ROOT / "kernel_ext/unikernel"
TOOLCHAIN = ROOT / "toolchain/unikernel_toolchain"
LIBOS = TOOLCHAIN / "libos"

# What each package may import besides the standard library and itself.
PACKAGES = {
    TOOLCHAIN: {"iced_x86"},
    KERNEL_EXT: {
        *("unikernel_toolchain", "IPython", "qemu"),
        *("anywidget", "ipywidgets", "traitlets", "matplotlib", "pandas"),
    },
}

# The only folders and files of kernel_ext/unikernel that may import these.
HOMES = {
    "IPython": {"frontends/notebook"},
    "anywidget": {"frontends/notebook/widgets"},
    "ipywidgets": {"frontends/notebook/widgets"},
    "traitlets": {"frontends/notebook"},
    "matplotlib": {"plots"},
    "pandas": {"model/measurement.py"},
    "qemu": {"machines/qemu"},
}

# libos: which headers the sources of a folder may include. The longest matching folder counts,
# for what includes and for what is included.
_COMMON = {"include", "compiler", "platform/common"}
_MACHINE = {*_COMMON, "platform/machine"}
_X86_64 = {*_MACHINE, "platform/x86_64/common", "platform/x86_64/machine"}
_PVH = {*_X86_64, "platform/pvh"}
HEADERS = {
    "include": {"include", "compiler"},
    "platform/common": _COMMON,
    "platform/machine": _MACHINE,
    "platform/x86_64/common": {*_COMMON, "platform/x86_64/common"},
    "platform/x86_64/machine": _X86_64,
    "platform/pvh": _PVH,
    "platform/virtio": {*_PVH, "platform/virtio"},
    "platform/unix": {*_COMMON, "platform/x86_64/common", "platform/unix"},
    "solo5": {"solo5", "include", "compiler"},
    "runtime/libc": {"runtime/libc", "include", "compiler", "libc"},
    "runtime/ocaml": {"runtime/ocaml", "runtime/libc", "include", "compiler", "libc", "caml"},
    "packages": {"packages", "include", "compiler", "libc", "caml"},
}
COMPILER_HEADERS = {
    *("stdarg.h", "stdbool.h", "stddef.h", "stdint.h", "stdnoreturn.h", "stdalign.h"),
    *("cpuid.h", "limits.h", "float.h", "immintrin.h"),
}


def python_files():
    return [path for package in PACKAGES for path in sorted(package.rglob("*.py"))]


def c_files():
    return [path for path in sorted(LIBOS.rglob("*")) if path.suffix in {".c", ".h", ".S"}]


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


def row_of(path):
    """Return the row of the table HEADERS that holds for a file of libos."""
    for candidate in path.relative_to(LIBOS).parents:
        if str(candidate) in HEADERS:
            return str(candidate)
    pytest.fail(f"{path.relative_to(ROOT)}: its folder is not in the table HEADERS")


def header_kind(name, path):
    """Return the row of HEADERS that an included header is in, or compiler, libc, caml."""
    for place in (path.parent, LIBOS / "include", LIBOS / "platform"):
        if (place / name).is_file():
            return row_of((place / name).resolve())
    if name.startswith("caml/"):
        return "caml"
    return "compiler" if name in COMPILER_HEADERS else "libc"


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


@pytest.mark.parametrize("path", c_files(), ids=name_of)
def test_c_includes_follow_the_arrows(path):
    allowed = HEADERS[row_of(path)]
    for name in re.findall(r'^\s*#\s*include\s*[<"]([^>"]+)', path.read_text(), re.MULTILINE):
        kind = header_kind(name, path)
        assert kind in allowed, f"includes {name} ({kind}); allowed: {sorted(allowed)}"
