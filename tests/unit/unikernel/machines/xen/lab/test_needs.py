"""What the lab takes of a host, and what is said where that is not to be had."""

import resource
from types import SimpleNamespace

import pytest

from unikernel.machines.xen.lab import needs
from unikernel_toolchain.errors import ToolchainError

MIB = 1 << 20


def set_limits(monkeypatch, **limits):
    """Have this process seem to have these limits, and no others."""
    found = {getattr(resource, f"RLIMIT_{name}"): value for name, value in limits.items()}

    def getrlimit(what):
        value = found.get(what, resource.RLIM_INFINITY)
        return value, value

    monkeypatch.setattr(needs.resource, "getrlimit", getrlimit)


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({}, ""),
        ({"AS": 4 << 30, "NOFILE": 1024, "NPROC": 4096, "DATA": 4 << 30}, ""),
        ({"AS": 1_000_000 << 10}, "ulimit -v is 1000000, and the lab needs 1572864"),
        ({"DATA": 1 << 30}, "ulimit -d is 1048576"),
        ({"NOFILE": 20}, "ulimit -n is 20"),
        ({"NPROC": 3, "NOFILE": 20}, "ulimit -n is 20, and the lab needs 32; ulimit -u is 3"),
    ],
)
def test_limits_that_are_too_low_are_named(monkeypatch, limits, said):
    set_limits(monkeypatch, **limits)
    assert said in needs.limits()
    assert bool(said) == bool(needs.limits())


@pytest.mark.parametrize(
    ("words", "is_of_the_host"),
    [
        ("qemu: unable to map backing store for guest RAM: Cannot allocate memory", True),
        ("qemu: qemu_thread_create: Resource temporarily unavailable", True),
        ("qemu: Unknown savevm section or instance 'ram' 0", False),
        ("", False),
    ],
)
def test_what_the_host_refuses_is_told_from_a_broken_lab(words, is_of_the_host):
    assert needs.is_of_the_host(words) is is_of_the_host


@pytest.mark.parametrize(("free_mib", "fits"), [(150, False), (199, False), (200, True)])
def test_room_is_looked_for_before_the_work(monkeypatch, tmp_path, free_mib, fits):
    monkeypatch.setattr(needs.shutil, "disk_usage", lambda _: SimpleNamespace(free=free_mib * MIB))
    if fits:
        needs.check_room(tmp_path)
        return
    with pytest.raises(ToolchainError, match=f"some 200 MiB, and {free_mib} MiB are free") as it:
        needs.check_room(tmp_path)
    assert "Make room" in it.value.hint
