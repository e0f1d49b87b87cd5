"""The Linux baseline: its parts, and the real thing beside nothing."""

import contextlib
import errno
import lzma
import shutil
import subprocess
from importlib import import_module
from pathlib import Path

import pytest

from unikernel.baseline import debian, linux
from unikernel.baseline.guests import DEVICE
from unikernel.baseline.launch import prepare_baseline
from unikernel.baseline.linux import READY
from unikernel.errors import BaselineUnavailable, PackageUnavailable
from unikernel.host.distribution import cpio, kernel_modules
from unikernel.host.distribution.packages import Apt, Package
from unikernel.machines.targets import DRIVERS
from unikernel.measure import systems
from unikernel.model.network import user
from unikernel.model.spec import Spec
from unikernel.model.targets import DEFAULT_MACHINE_TYPE, VIRTIO, XEN

linux_module = import_module("unikernel.baseline.linux")


def test_an_archive_is_read_by_cpio(tmp_path):
    files = {"init": b"#!/bin/sh\n", "etc/deep/file": b"x" * 5, "empty": b""}
    archive = cpio.archive(files, {"bin/sh": "busybox"})
    argv = [shutil.which("cpio"), "-id", "--quiet"]
    subprocess.run(argv, input=archive, cwd=tmp_path, check=True)
    assert {name: (tmp_path / name).read_bytes() for name in files} == files
    assert (tmp_path / "init").stat().st_mode & 0o777 == 0o755
    assert str((tmp_path / "bin/sh").readlink()) == "busybox"


def test_modules_come_after_what_they_depend_on(tmp_path):
    def module(name, depends):
        (tmp_path / f"{name}.ko").write_bytes(b"\x7fELF\0depends=" + depends + b"\0name=x\0")

    module("net-card", b"bus,ring")
    module("bus", b"ring")
    module("ring", b"")
    assert list(kernel_modules.closure(tmp_path, ["net_card"])) == ["ring", "bus", "net_card"]
    with pytest.raises(PackageUnavailable, match="no module other"):
        kernel_modules.closure(tmp_path, ["other"])


def test_compressed_modules_and_those_in_the_kernel_itself(tmp_path):
    content = b"\x7fELF\0depends=ring\0name=x\0"
    (tmp_path / "bus.ko.xz").write_bytes(lzma.compress(content))
    (tmp_path / "modules.builtin").write_text("kernel/drivers/ring.ko\n")
    assert kernel_modules.closure(tmp_path, ["bus"]) == {"bus": content}
    (tmp_path / "card.ko.zst").touch()
    with pytest.raises(PackageUnavailable, match=r"card\.ko\.zst"):
        kernel_modules.closure(tmp_path, ["card"])


def test_what_is_missing_is_named(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(BaselineUnavailable) as caught:
        debian.program("busybox")
    assert "apt-get install busybox-static" in caught.value.hint
    with pytest.raises(PackageUnavailable, match="apt-cache"):
        debian.kernel_package()


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A cache in which the Linux baseline is two small files; how often it was made."""
    made = []

    def make(package, device, target, folder):
        made.append((package, device, target.name))
        (folder / "vmlinuz").write_bytes(b"kernel")
        (folder / "initrd").write_bytes(b"files")

    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(debian, "kernel_package", lambda: "linux-image-1")
    monkeypatch.setattr(linux_module, "_make", make)
    return made


def test_each_hypervisor_s_is_made_by_itself(made):
    assert linux("net", XEN).initrd != linux("net", VIRTIO).initrd
    assert made == [("linux-image-1", "net", "xen"), ("linux-image-1", "net", "virtio")]


def damage(path):
    path.write_bytes(b"")


@pytest.mark.parametrize("name", ["vmlinuz", "initrd", "manifest.json"])
@pytest.mark.parametrize("harm", [damage, Path.unlink])
def test_a_damaged_baseline_is_made_again(made, name, harm, caplog):
    first = linux()
    assert linux() == first
    harm(first.initrd.with_name(name))
    assert linux() == first
    assert first.initrd.read_bytes() == b"files"
    assert len(made) == 2
    (message,) = caplog.messages
    assert message.startswith("The cache was damaged: the Linux baseline: ")


def test_a_damaged_download_is_fetched_again(tmp_path, monkeypatch, caplog):
    @contextlib.contextmanager
    def unpacked(_):
        program = tmp_path / "files/usr/sbin/nginx"
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_bytes(b"a program")
        yield tmp_path / "files"

    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(debian.shutil, "which", lambda _: None)
    monkeypatch.setattr(Apt, "known", lambda *_: {"nginx": Package("nginx", "1.2", "httpd")})
    monkeypatch.setattr(Apt, "unpacked", lambda _, package: unpacked(package))
    debian.nginx().write_bytes(b"a broken program")
    assert debian.nginx().read_bytes() == b"a program"
    assert len(caplog.messages) == 1


@pytest.mark.boot
@pytest.mark.slow
@pytest.mark.parametrize(
    "target",
    [VIRTIO, pytest.param(XEN, marks=pytest.mark.asked)],  # measured over in machines/xen
    ids=lambda target: target.name,
)
def test_linux_boots_and_serves(target):
    DRIVERS[target.name].make_ready(lambda *_: None)
    machine = target.pci_machine_type(DEFAULT_MACHINE_TYPE)
    spec = Spec(machine=machine, nets={DEVICE: user(ports=["0:80"])})
    launch = prepare_baseline(linux("net", target), spec)
    with systems._machine("linux", launch, READY) as server:
        address, port = systems.endpoint(server, 80)
        argv = ["curl", "-s", "--max-time", "30", f"http://{address}:{port}/"]
        output = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    assert output == "Hello from Linux!\n"


def test_the_kernel_comes_from_another_file_system(tmp_path, monkeypatch):
    """/tmp often is one of its own, where nothing can be renamed out of."""

    def across(*_):
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    tree = tmp_path / "tree"
    for name in ("boot/vmlinuz-6.1", "usr/sbin/nginx"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_bytes(b"program")
    busybox = tmp_path / "busybox"
    busybox.write_bytes(b"program")
    monkeypatch.setattr(Apt, "unpacked", lambda *_: contextlib.nullcontext(tree))
    monkeypatch.setattr(linux_module.debian, "program", lambda *_: busybox)
    monkeypatch.setattr(linux_module.debian, "libraries", lambda _: {})
    monkeypatch.setattr(linux_module.kernel_modules, "closure", lambda *_: {})
    monkeypatch.setattr(Path, "rename", across)
    linux_module._make("linux-image", "net", VIRTIO, tmp_path)
    assert (tmp_path / "vmlinuz").read_bytes() == b"program"
