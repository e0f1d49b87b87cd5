"""Applications of MirageOS 3.9, unchanged, on every target: their app.toml says what they do."""

import re
import tomllib

import pytest
from support.guests.applications import build, configurations, configure, does_as_told, names
from support.platforms import ONE_A_TARGET, TARGETS, target_of

from unikernel_toolchain.errors import ToolchainError
from unikernel_toolchain.library_os.library_os import SOURCES

# Devices of plain programs that config.ml's are, too.
SHARED = ("time", "mclock", "ethernet", "arp", "icmp4", "udp4", "tcp4")


def platforms(what):
    return [each for each in ONE_A_TARGET if target_of(each) in what.get("targets", TARGETS)]


def marks(name, index, number, situation, platform):
    """On Xen, where a boot takes longest, what has devices of the host boots once, and a hello.

    All others do there what is above the devices, as on the other targets, when they are asked to.
    What words and boot parameters change is above them, too: on unix all of it boots, on virtio
    an application as its config.ml has it.
    """
    if platform == "microvm":
        return pytest.mark.asked if index else ()
    devices = any(kind in situation for kind in ("net", "disks")) or name == "hello"
    everywhere = platform != "xen" or (devices and index == number == 0)
    return () if everywhere else (pytest.mark.asked,)


def configured():
    for name in names():
        for index, situation in enumerate(configurations(name)):
            for platform in platforms(situation):
                yield pytest.param(
                    name, situation, platform, id=f"{name}-{index}-{target_of(platform)}"
                )


def boots():
    for name in names():
        for index, situation in enumerate(configurations(name)):
            for number, boot in enumerate(situation.get("boots", ())):
                for platform in platforms({**situation, **boot}):
                    which = f"{name}-{index}.{number}-{target_of(platform)}"
                    asked = marks(name, index, number, situation, platform)
                    yield pytest.param(name, situation, boot, platform, id=which, marks=asked)


@pytest.mark.parametrize(("name", "situation", "platform"), list(configured()))
def test_configures(name, situation, platform):
    if "refused" not in situation:
        configure(name, situation, platform)
        return
    with pytest.raises(ToolchainError) as refused:
        configure(name, situation, platform)
    said = f"{refused.value}\n{refused.value.detail}\n{refused.value.hint}"
    for pattern in situation["refused"]:
        assert re.search(pattern, said), said


@pytest.mark.boot
@pytest.mark.parametrize(("name", "situation", "boot", "platform"), list(boots()))
def test_boots(name, situation, boot, platform):
    does_as_told(name, situation, boot, platform)


@pytest.mark.parametrize("platform", ONE_A_TARGET)
def test_the_same_twice(platform):
    first, second = (configure("echo", {}, platform) for _ in range(2))
    assert first == second
    assert build("hello", {}, platform).path == build("hello", {}, platform).path


def test_devices_are_made_as_a_plain_programs_are():
    """The same functors, applied to as many modules, as the table of plain programs has them."""
    rows = tomllib.loads((SOURCES / "configure/connect/devices.toml").read_text())
    main = configure("echo", {}, "microvm").main
    for name in SHARED:
        made = rows[name]["implementation"]
        parameters = rows[name].get("parameters", [])
        applied = re.search(rf"\b{re.escape(made)}((?: \([\w.]+\))*)", main)
        assert applied, made
        if parameters:
            assert applied[1].count("(") == len(parameters), made
