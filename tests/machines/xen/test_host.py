"""A host that runs Xen itself, as far as its xl goes: one that is there and does little."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support import TESTS
from support.fake_machine import fake_image
from support.xen import fake_xl

from unikernel import machines
from unikernel.errors import NetworkUnavailable, UsageError
from unikernel.machines import registry
from unikernel.machines.core.launch import Launch
from unikernel.machines.xen import driver, places
from unikernel.machines.xen.host import detection
from unikernel.model.block import parse
from unikernel.model.network import Tap, User
from unikernel.model.spec import Spec
from unikernel.model.state import Cause, State

PATIENCE_S = 30
OWNER = """
import sys
from pathlib import Path
from support.fake_machine import fake_image
from unikernel import machines
from unikernel.machines import prepare
prepare.built.check = lambda _: None
prepare.memory_need.least_memory_mib = lambda _: 1
image = fake_image(Path(sys.argv[1]), target="xen")
machines.boot(image, wait="line", timeout_s=30)
print("up", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def host(tmp_path, monkeypatch, own_runtime_folder):
    """A host whose xl works; the folder of what its domains are."""
    programs, state = tmp_path / "bin", tmp_path / "state"
    programs.mkdir()
    state.mkdir()
    fake_xl.install(programs)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_XEN", str(state))
    monkeypatch.setattr("unikernel.machines.xen.xl.toolstack.FILES", f"{tmp_path}/run-")
    monkeypatch.setattr("unikernel.machines.xen.resources.FILES", f"{tmp_path}/run-")
    monkeypatch.setattr("unikernel.machines.prepare.memory_need.least_memory_mib", lambda _: 1)
    monkeypatch.setattr("unikernel.machines.prepare.built.check", lambda _: None)
    with registry.replaced([]):
        yield state


@pytest.fixture
def image(tmp_path):
    return fake_image(tmp_path, target="xen")


def test_a_domain_of_the_host_is_driven(host, image):
    with machines.boot(image, wait="line", arguments=("a", "b"), timeout_s=PATIENCE_S) as vm:
        assert (vm.accelerator, vm.state) == ("xen", State.RUNNING)
        assert Path(vm.program).name == "xl"
        assert vm.dimensions()["xen"] == "4.99.1"
        vm.console.expect("told: a b\n", timeout_s=PATIENCE_S)
        vm.console.write("loud\n")
        vm.console.expect("LOUD\n", timeout_s=PATIENCE_S)
        assert vm.stop(timeout_s=0.2).cause is Cause.STOPPED
    assert not (host / "pid").exists()


def test_a_domain_that_ends_elsewhere_is_noticed(host, image):
    vm = machines.boot(image, wait="line", timeout_s=PATIENCE_S)
    subprocess.run(["xl", "destroy", "1"], check=True)
    assert vm.wait(PATIENCE_S).cause is Cause.LOST


def test_a_domain_does_not_outlive_its_owner(host, image, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    code = OWNER.replace(
        "from unikernel import machines\n",
        f"""from unikernel import machines
from unikernel.machines.xen import resources
from unikernel.machines.xen.xl import toolstack
resources.FILES = toolstack.FILES = "{tmp_path}/run-"
""",
    )
    owner = subprocess.Popen(
        (sys.executable, "-c", code, str(tmp_path)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with owner:
        assert owner.stdout.readline() == "up\n"
        assert (host / "pid").exists()
        owner.kill()
    end = time.monotonic() + PATIENCE_S
    while (host / "pid").exists():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("network", [User(), Tap()])
def test_a_network_is_a_bridge(host, network):
    spec = Spec(nets={"service": network})
    if isinstance(network, Tap):
        places.check(spec)
        return
    with pytest.raises(NetworkUnavailable, match="is a bridge of the host, and 'user' is none"):
        places.check(spec)


@pytest.mark.parametrize("disk", ["disk.img,snapshot", "disk.qcow2"])
def test_a_disk_is_a_raw_file(host, disk):
    with pytest.raises(UsageError, match="takes raw files"):
        places.check(Spec(blocks={"storage": parse(disk)}))


def test_an_xl_that_may_not_be_used_leaves_the_lab(host, tmp_path):
    program = tmp_path / "bin" / "xl"
    program.write_text("#!/bin/sh\necho 'xencall: error: Permission denied' >&2\nexit 1\n")
    detection._asked.cache_clear()
    assert detection.trouble() == "xl cannot be used here (xencall: error: Permission denied)"
    detection._asked.cache_clear()


def test_the_command_is_for_a_terminal_of_a_host(image):
    launch = Launch("web", image, Spec(), None, "xl")
    command = driver.XenDriver().command(launch, launch.spec)
    assert command.startswith("xl create -c /dev/null 'name = \"web\"'")
