from pathlib import Path

from unikernel.machines.process.command_line import Inheritance, check, command, paste
from unikernel.model.network import lan, tap
from unikernel.model.spec import Spec

IMAGE = Path("/images/an image")


def arguments_of(spec, inherited=None):
    image, line = command(IMAGE, spec, inherited)
    assert image == str(IMAGE)
    return line.split(" ")


def test_by_itself_it_needs_only_memory():
    assert arguments_of(Spec()) == ["UNIKERNEL_MEMORY_MIB=32"]
    assert arguments_of(Spec(memory_mib=64, paused=True)) == ["UNIKERNEL_MEMORY_MIB=64"]


def test_with_a_parent_it_traces_and_can_wait():
    inherited = Inheritance(7, 4711, {})
    assert arguments_of(Spec(), inherited) == [
        "UNIKERNEL_MEMORY_MIB=32",
        "UNIKERNEL_TRACE=7",
        "UNIKERNEL_PARENT=4711",
    ]
    assert arguments_of(Spec(paused=True), inherited)[-1] == "UNIKERNEL_STOPPED=1"


def test_variables_come_before_arguments():
    spec = Spec(
        environment={"OCAMLRUNPARAM": "s=4k"},
        arguments=("--port", "two words"),
        nets={"service": lan("lab", guest="10.0.0.2/24")},
    )
    attachments = {"UNIKERNEL_NET_0": "raw:9"}
    _, line = command(IMAGE, spec, Inheritance(7, 1, attachments))
    variables, _, arguments = line.partition(" --port ")
    names = [word.partition("=")[0] for word in variables.split()]
    assert names[:5] == [
        "UNIKERNEL_MEMORY_MIB",
        "UNIKERNEL_TRACE",
        "UNIKERNEL_PARENT",
        "UNIKERNEL_NET_0",
        "UNIKERNEL_NET",
    ]
    assert names[-1] == "OCAMLRUNPARAM"
    assert arguments == '"two words"'


def test_a_pasted_command_opens_a_tap_by_its_name():
    spec = Spec(nets={"service": tap("tap7", mac="02:00:00:00:00:01")})
    assert "UNIKERNEL_NET_0=open:tap7,mac=02:00:00:00:00:01" in arguments_of(spec)
    assert paste(IMAGE, Spec()) == "'/images/an image' UNIKERNEL_MEMORY_MIB=32"


def test_other_variables_are_the_users():
    check(Spec(memory_mib=64, environment={"UNIKERNEL_IPV4": "10.0.0.2/24"}))
