"""The arrows between folders of libos's C as a table: whose headers a folder may include."""

from pathlib import Path

from unikernel_toolchain.library_os.library_os import SOURCES

# The longest matching folder counts, for what includes and for what is included.
_BOTTOM = {"include", "compiler", "platform/common"}
_COMMON = {*_BOTTOM, *(f"platform/common/{part}" for part in ("memory", "random", "report"))}
_MACHINE = {*_COMMON, "platform/machine"}
_X86_64 = {*_MACHINE, "platform/x86_64/common", "platform/x86_64/machine"}
_PVH = {*_X86_64, "platform/pvh"}
_VIRTIO = {*_PVH, "platform/virtio"}
_XEN = {*_PVH, "platform/xen", "xen"}
_LINUX = {*_COMMON, "platform/unix/linux"}
_UNIX = {*_LINUX, "platform/x86_64/common", "platform/unix"}
HEADERS = {
    "include": {"include", "compiler"},
    "platform/common": _BOTTOM,
    "platform/common/random": {*_BOTTOM, "platform/common/random"},
    "platform/common/report": {*_BOTTOM, "platform/common/report"},
    "platform/common/memory": _COMMON,
    "platform/machine": _MACHINE,
    "platform/x86_64/common": {*_COMMON, "platform/x86_64/common"},
    "platform/x86_64/machine": _X86_64,
    "platform/pvh": _PVH,
    "platform/virtio": _VIRTIO,
    "platform/virtio/time": {*_VIRTIO, "platform/virtio/time"},
    "platform/virtio/net": {*_VIRTIO, "platform/virtio/net"},
    "platform/virtio/block": {*_VIRTIO, "platform/virtio/block"},
    "platform/xen": _XEN,
    "platform/xen/console": {*_XEN, "platform/xen/console"},
    "platform/xen/store": {*_XEN, "platform/xen/store"},
    "platform/xen/domain": {
        *(*_XEN, "platform/xen/domain"),
        *("platform/xen/console", "platform/xen/store"),
    },
    "platform/xen/door": {*_XEN, "platform/xen/domain", "platform/xen/door"},
    "platform/xen/net": {*_XEN, "platform/xen/net"},
    "platform/xen/block": {*_XEN, "platform/xen/block"},
    "platform/unix/linux": _LINUX,
    "platform/unix/sandbox": {*_LINUX, "platform/x86_64/common", "platform/unix/sandbox"},
    "platform/unix/net": {*_UNIX, "platform/unix/net"},
    "platform/unix/block": {*_UNIX, "platform/unix/sandbox", "platform/unix/block"},
    "platform/unix": {*_UNIX, "platform/unix/sandbox"},
    "solo5": {"solo5", "include", "compiler"},
    "runtime/libc": {"runtime/libc", "include", "compiler", "libc"},
    "runtime/ocaml": {"runtime/ocaml", "runtime/libc", "include", "compiler", "libc", "caml"},
    "packages": {"packages", "include", "compiler", "libc", "caml"},
}


def row_of(path: Path) -> str:
    """Return the row of the table HEADERS that holds for a file of libos."""
    folders = map(str, path.relative_to(SOURCES).parents)
    row = next((folder for folder in folders if folder in HEADERS), None)
    assert row, f"{path.relative_to(SOURCES)}: its folder is not in the table HEADERS"
    return row
