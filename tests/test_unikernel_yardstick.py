"""The Linux yardstick: its parts, and the real thing beside nothing."""

import gzip
import shutil
import subprocess

import pytest

from unikernel.errors import YardstickMissing
from unikernel.machines.launch import prepare_yardstick
from unikernel.measure import subjects
from unikernel.network import user
from unikernel.spec import Spec
from unikernel.yardstick import cpio, debian, linux, modules
from unikernel.yardstick.linux import DEVICE, READY


def test_an_archive_is_read_by_cpio(tmp_path):
    files = {"init": b"#!/bin/sh\n", "etc/deep/file": b"x" * 5, "empty": b""}
    archive = cpio.archive(files, {"bin/sh": "busybox"})
    words = [shutil.which("cpio"), "-id", "--quiet"]
    subprocess.run(words, input=gzip.decompress(archive), cwd=tmp_path, check=True)
    assert {name: (tmp_path / name).read_bytes() for name in files} == files
    assert (tmp_path / "init").stat().st_mode & 0o777 == 0o755
    assert str((tmp_path / "bin/sh").readlink()) == "busybox"


def test_modules_come_after_what_they_depend_on(tmp_path):
    def module(name, depends):
        (tmp_path / f"{name}.ko").write_bytes(b"\x7fELF\0depends=" + depends + b"\0name=x\0")

    module("net-card", b"bus,ring")
    module("bus", b"ring")
    module("ring", b"")
    assert list(modules.closure(tmp_path, ["net_card"])) == ["ring", "bus", "net_card"]
    with pytest.raises(YardstickMissing, match="no module other"):
        modules.closure(tmp_path, ["other"])


def test_what_is_missing_is_named(monkeypatch):
    with pytest.raises(YardstickMissing) as caught:
        debian.program("no-such-tool", "some-package")
    assert "apt-get install some-package" in caught.value.hint
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(YardstickMissing, match="apt-cache"):
        debian.kernel_package()


@pytest.mark.boot
@pytest.mark.slow
def test_linux_boots_and_serves():
    spec = Spec(machine="pc", nets={DEVICE: user(ports=["0:80"])})
    launch = prepare_yardstick(linux(), spec)
    with subjects._machine("linux", launch, READY) as server:
        address, port = subjects.endpoint(server, 80)
        words = ["curl", "-s", "--max-time", "30", f"http://{address}:{port}/"]
        said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert said == "Hello from Linux!\n"
