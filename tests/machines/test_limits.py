"""Limits of guests and of their QEMUs: set, and no hindrance."""

import os
import resource
import subprocess
from pathlib import Path

import pytest
from support.guests import tiny_guest, tiny_process

import unikernel
from unikernel import machines
from unikernel.host import resource_limits
from unikernel.machines import registry
from unikernel.machines.qemu import hypervisor, sandbox

PATIENCE_S = 60
FILTERED = "2"  # the state of seccomp in /proc/PID/status


@pytest.fixture(autouse=True)
def nothing_listed():
    yield
    registry.clear()


def running(kind, tmp_path, **choices):
    image = kind.image(tmp_path, kind.say("ready\n") + kind.LOOP)
    machine = machines.boot(image, wait="running", **choices)
    machine.console.expect("ready", timeout_s=PATIENCE_S)
    return machine


def limit(pid, what):
    return resource.prlimit(pid, what)


def seccomp(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines)["Seccomp"].strip()


@pytest.mark.boot
def test_a_process_is_limited(tmp_path):
    with running(tiny_process, tmp_path, memory_mib=40) as machine:
        memory = limit(machine.pid, resource.RLIMIT_AS)[0]
        assert 40 << 20 < memory <= (40 << 20) + (512 << 20)
        for what in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC):
            assert limit(machine.pid, what) == (0, 0)
        assert limit(machine.pid, resource.RLIMIT_NOFILE)[1] <= 64
        unlimited = limit(os.getpid(), resource.RLIMIT_CPU)
        assert limit(machine.pid, resource.RLIMIT_CPU) == unlimited


@pytest.mark.boot
@pytest.mark.parametrize("memory_mib", [32, 512, 2048])
def test_a_process_has_its_memory(memory_mib):
    text = """
    let start () =
      ignore (Sys.opaque_identity (Bytes.create 9_000_000));
      print_endline "had"
    """
    built = unikernel.build(text, name="has", target="unix")
    with machines.boot(built, memory_mib=memory_mib, wait="exit", timeout_s=PATIENCE_S) as machine:
        machine.console.expect("had", timeout_s=PATIENCE_S)


@pytest.mark.boot
def test_a_qemu_is_limited_and_in_its_sandbox(tmp_path):
    with running(tiny_guest, tmp_path) as machine:
        assert limit(machine.pid, resource.RLIMIT_CORE) == (0, 0)
        assert limit(machine.pid, resource.RLIMIT_NOFILE)[0] <= resource_limits.DESCRIPTORS
        works = sandbox.works(hypervisor.find())
        assert (seccomp(machine.pid) == FILTERED) == works
        if not works:
            pytest.skip("this QEMU has no sandbox")


@pytest.mark.boot
def test_the_nat_of_a_process_is_limited_and_in_its_sandbox(tmp_path):
    if not sandbox.works(hypervisor.find()):
        pytest.skip("this QEMU has no sandbox")
    image = tiny_process.image(
        tmp_path, tiny_process.say("ready\n") + tiny_process.LOOP, nets=("service",)
    )
    with machines.boot(image, wait="running", nets={"service": "user"}) as machine:
        nat = machine._side.resources.networks._nat._process.pid
        assert seccomp(nat) == FILTERED
        assert limit(nat, resource.RLIMIT_CORE) == (0, 0)
        machine.forward(0, 80)


@pytest.mark.boot
def test_a_sandboxed_qemu_does_all_it_is_asked(tmp_path):
    image = tiny_guest.image(
        tmp_path, tiny_guest.say("ready\n") + tiny_guest.LOOP, nets=("service",)
    )
    frames, core = tmp_path / "frames.pcap", tmp_path / "core"
    with machines.boot(
        image,
        wait="running",
        nets={"service": "user"},
        captures={"service": str(frames)},
    ) as machine:
        machine.console.expect("ready", timeout_s=PATIENCE_S)
        forward = machine.forward(0, 80)
        machine.unforward(forward)
        machine.qmp("pmemsave", {"val": 0x100000, "size": 4096, "filename": str(core)})
        assert core.stat().st_size == 4096
        machine.qmp("dump-guest-memory", {"paging": False, "protocol": f"file:{core}"})
        assert core.read_bytes().startswith(b"\x7fELF")
        machine.pause()
        machine.resume()
        machine.reset()
        machine.console.expect("ready", timeout_s=PATIENCE_S)
    assert frames.read_bytes()[:4] == b"\xd4\xc3\xb2\xa1"
    assert machine.exit.cause.name == "STOPPED"


@pytest.mark.parametrize(("status", "works"), [(0, True), (1, False)])
def test_a_qemu_is_asked_once_whether_it_has_a_sandbox(status, works, tmp_path, monkeypatch):
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path / "cache"))
    program = tmp_path / "qemu"
    program.write_text(f'#!/bin/sh\necho "$*" >>{tmp_path}/asked\nexit {status}\n')
    program.chmod(0o755)
    expected = [str(program), *(sandbox.FLAGS if works else ()), "-M", "none"]
    for _ in range(2):
        sandbox._works.cache_clear()  # as in another process
        assert sandbox.sandboxed([str(program), "-M", "none"]) == expected
    assert (tmp_path / "asked").read_text().count("\n") == 1
    program.write_text(f"#!/bin/sh\nexit {1 - status}\n")
    assert sandbox.works(str(program)) is not works


def test_without_a_cache_it_is_asked_all_the_same(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path / "file"))
    program = tmp_path / "qemu"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    assert not sandbox.works(str(program))


def test_one_that_does_not_answer_is_taken_to_have_it(tmp_path, monkeypatch):
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(sandbox, "_ANSWER_TIME_S", 0.1)
    program = tmp_path / "qemu"
    program.write_text("#!/bin/sh\nexec sleep 1000\n")
    program.chmod(0o755)
    assert sandbox.works(str(program))
    assert not (tmp_path / "cache" / "sandbox.json").exists()


def test_limits_are_only_lowered():
    with subprocess.Popen(("sleep", "1000")) as child:
        resource.prlimit(child.pid, resource.RLIMIT_NOFILE, (32, 32))
        resource_limits.confine(child.pid, resource_limits.QEMU)
        assert limit(child.pid, resource.RLIMIT_NOFILE) == (32, 32)
        child.kill()
    resource_limits.confine(child.pid, resource_limits.QEMU)  # it is gone
