from pathlib import Path

import pytest

from unikernel.errors import UsageError
from unikernel.machines.qemu.command_line import Inheritance, command
from unikernel.model.boot_parameters import boot_parameters
from unikernel.model.spec import Spec

IMAGE = Path("/images/an image")
INHERITED = Inheritance(
    console_fd=7, trace_fd=8, qmp_fd=9, control_path=Path("/run/a,b/control.sock")
)


def argv_of(accelerator="tcg", inherited=None, **choices):
    return command("qemu", IMAGE, Spec(**choices), accelerator, inherited)


def option(line, flag):
    return line[line.index(flag) + 1]


def test_the_default_machine():
    line = argv_of()
    assert line[0] == "qemu"
    assert option(line, "-M").startswith("microvm,")
    assert option(line, "-m") == "32M"
    assert option(line, "-kernel") == str(IMAGE)
    assert option(line, "-serial") == "stdio"
    assert "isa-debug-exit,iobase=0x501" in line
    assert "isa-debugcon,iobase=0xe9,chardev=trace" in line
    assert "-no-reboot" in line
    assert "-append" not in line


@pytest.mark.parametrize(
    ("machine", "rng"),
    [("microvm", "virtio-rng-device"), ("q35", "virtio-rng-pci"), ("pc", "virtio-rng-pci")],
)
def test_devices_fit_the_machine(machine, rng):
    line = argv_of(machine=machine)
    assert option(line, "-M").startswith(f"{machine},acpi=off")
    assert f"{rng},rng=rng" in line


@pytest.mark.parametrize("choices", [{"nets": {"a": "user"}}, {"blocks": {"a": "1M"}}])
def test_devices_on_microvm_are_of_virtio_1(choices):
    modern = "virtio-mmio.force-legacy=false"
    assert modern in argv_of(**choices)
    assert modern not in argv_of()
    assert modern not in argv_of(machine="q35", **choices)


@pytest.mark.parametrize(("accelerator", "cpu"), [("kvm", "host"), ("tcg", "max")])
def test_the_cpu_follows_the_accelerator(accelerator, cpu):
    line = argv_of(accelerator)
    assert option(line, "-accel") == accelerator
    assert option(line, "-cpu") == cpu


def test_channels_are_inherited_descriptors():
    line = argv_of(inherited=INHERITED)
    assert "socket,id=console,fd=7" in line
    assert "socket,id=trace,fd=8" in line
    assert "socket,id=qmp,fd=9" in line
    assert option(line, "-qmp") == "unix:/run/a,,b/control.sock,server=on,wait=off"
    assert "stdio" not in line


def test_only_a_paused_start_waits_for_qmp():
    assert "-S" in argv_of(inherited=INHERITED, paused=True)
    assert "-S" not in argv_of(inherited=INHERITED)
    assert "-S" not in argv_of(paused=True)


@pytest.mark.parametrize(("on_panic", "action"), [("exit", "panic=none"), ("pause", "panic=pause")])
def test_panic_action(on_panic, action):
    assert option(argv_of(on_panic=on_panic), "-action") == action


def test_boot_parameters_are_variables_then_arguments():
    spec = Spec(environment={"OCAMLRUNPARAM": "s=4k"}, arguments=("--port", "80"))
    assert boot_parameters(spec) == "OCAMLRUNPARAM=s=4k --port 80"


@pytest.mark.parametrize(
    ("argument", "quoted"),
    [
        ("plain", "plain"),
        ("two words", '"two words"'),
        ("", '""'),
        ('say "hi"', r'"say \"hi\""'),
        ("back\\slash", r'"back\\slash"'),
        ("NAME=x", '"NAME=x"'),
        ("name=x", "name=x"),
    ],
)
def test_arguments_are_quoted_where_they_need_it(argument, quoted):
    assert boot_parameters(Spec(arguments=(argument,))) == quoted


def test_control_characters_are_refused():
    with pytest.raises(UsageError, match="boot parameter"):
        boot_parameters(Spec(arguments=("a\nb",)))
