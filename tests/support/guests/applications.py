"""The applications tests/apps/<name>/: configured, built, booted, and held to what they say.

Each is a config.ml of MirageOS 3.9 with its sources. app.toml says what must happen:

    net          names of its network devices: a text, a list, or a table by target
    disks        sizes of its block devices, by name; "tar:FOLDER" and "fat:FOLDER" are images of a
                 folder of the application's (see made_disks.py)
    folders      folders of the application's that processes are given, by the device's name
    [[boots]]    one with the defaults of config.ml
    targets      what it is for, all if absent
    [[configured]], [[configured.boots]]
        targets               what it is configured for, all if absent
        words, environment    what configure is told
        disks                 other ones
        refused               patterns of the error with which it refuses

and of each boot:

    targets      what it can be booted on, all if absent
    arguments, environment    boot parameters; PORT is that of `serve`, `datagram` or `stream`
    expect       patterns that the console shows, "^" and "$" at each line
    refuse       patterns that it does not show
    exit         the status, 0 if absent; "stopped" when it would run for ever
    nets         what network devices are wired to, "user" if absent; NAME is the test's own
    input        typed at the console, a text after another, once `input_after` is there
    forward      a TCP port of the guest: what is said to it, `say`, is answered by `hear`
    serve        a page that the host serves
    datagram, stream    a text that the host receives over UDP, or TCP
    leaves       texts of files that are in folders and FAT images at the end, as "device/file"
"""

import os
import re
import shutil
import socket
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import unikernel
from support import TESTS
from support.guests.hosts import Heard, receiving, serving
from support.guests.made_disks import made, text_on
from support.platforms import choices, target_of
from unikernel import api, applications
from unikernel.machines.core.machine import Machine
from unikernel_toolchain.model.configuration import Configured
from unikernel_toolchain.model.image import Image

APPLICATIONS = TESTS / "apps"
ENDS_WITHIN_S = 60
KINDS = {"datagram": socket.SOCK_DGRAM, "stream": socket.SOCK_STREAM}
SHARED = ("net", "disks", "folders", "targets")
Situation = Mapping[str, Any]


class Storage(NamedTuple):
    """What an application's block devices and folders are, by their names."""

    blocks: Mapping[str, str | Path]
    kv: Mapping[str, Path]


def names() -> list[str]:
    return sorted(file.parent.name for file in APPLICATIONS.glob("*/app.toml"))


def configurations(name: str) -> list[Situation]:
    """Return the ways in which an application is configured, first the one without words."""
    app = tomllib.loads((APPLICATIONS / name / "app.toml").read_text())
    shared: dict[str, Any] = {key: app[key] for key in SHARED if key in app}
    alone: Situation = {**shared, "boots": app.get("boots", ())}
    return [alone, *({**shared, **other} for other in app.get("configured", ()))]


def application(name: str, situation: Situation, platform: str) -> applications.Application:
    return applications.of_folder(
        APPLICATIONS / name, target=target_of(platform), words=situation.get("words", ())
    )


@contextmanager
def environment(situation: Situation) -> Iterator[None]:
    with mock.patch.dict(os.environ, situation.get("environment", {})):
        yield


def configure(name: str, situation: Situation, platform: str) -> Configured:
    with environment(situation):
        return application(name, situation, platform).configured()


def build(name: str, situation: Situation, platform: str) -> Image:
    with environment(situation):
        return api.built(application(name, situation, platform).request(f"app {name}"))


def does_as_told(name: str, situation: Situation, boot: Situation, platform: str) -> None:
    """Fail unless the application does what its app.toml says of this boot."""
    image = build(name, situation, platform)
    with ExitStack() as host:
        port, heard = _host_end(boot, host)
        folders = Path(host.enter_context(tempfile.TemporaryDirectory()))
        storage = Storage(
            _disks(name, situation, folders), _copied(name, situation, platform, folders)
        )
        with _booted(name, image, situation, boot, platform, port, storage) as vm:
            _talk(vm, boot, heard)
            wanted = boot.get("exit", 0)
            if wanted == "stopped":
                _expect(vm, boot)
            elif "forward" not in boot:
                ended = vm.wait(timeout_s=ENDS_WITHIN_S)
                assert (ended.cause, ended.status) == ("exit", wanted), vm.console.text
            text = vm.console.text
        _check(text, boot)
        for file, content in boot.get("leaves", {}).items():
            device, _, path = file.partition("/")
            disk = storage.blocks.get(device)
            left = text_on(Path(disk), path) if disk else (folders / file).read_text()
            assert left == content


def _host_end(boot: Situation, host: ExitStack) -> tuple[int, Heard | None]:
    if "serve" in boot:
        return host.enter_context(serving(boot["serve"])), None
    for key, kind in KINDS.items():
        if key in boot:
            heard = host.enter_context(receiving(kind))
            return heard.port, heard
    return 0, None


@contextmanager
def _booted(
    name: str,
    image: Image,
    situation: Situation,
    boot: Situation,
    platform: str,
    port: int,
    storage: Storage,
) -> Iterator[Machine]:
    wired = boot.get("nets", "user").replace("NAME", f"app{os.getpid()}")
    vm = unikernel.boot(
        image,
        name=f"{name} {platform}",
        wait="running",
        replace=True,
        arguments=tuple(word.replace("PORT", str(port)) for word in boot.get("arguments", ())),
        environment=boot.get("environment", {}),
        nets=dict.fromkeys(_networks(situation, platform), wired),
        ports=[f"0:{boot['forward']}"] if "forward" in boot else (),
        blocks=storage.blocks,
        kv=storage.kv,
        **choices(platform),
    )
    try:
        yield vm
    finally:
        vm.stop()


def _disks(name: str, situation: Situation, place: Path) -> dict[str, str | Path]:
    """Return its disks as `boot` takes them, with those made that are made of a folder."""
    wanted = situation.get("disks", {})
    return {
        device: made(what, APPLICATIONS / name, place / f"{device}.img") if ":" in what else what
        for device, what in wanted.items()
    }


def _copied(name: str, situation: Situation, platform: str, place: Path) -> dict[str, Path]:
    """Return copies of its folders, for a process: a virtual machine has none."""
    if target_of(platform) != "unix":
        return {}
    given = situation.get("folders", {})
    for device, folder in given.items():
        shutil.copytree(APPLICATIONS / name / folder, place / device)
    return {device: place / device for device in given}


def _networks(situation: Situation, platform: str) -> list[str]:
    found = situation.get("net", [])
    if isinstance(found, dict):
        found = found[target_of(platform)]
    return [found] if isinstance(found, str) else found


def _talk(vm: Machine, boot: Situation, heard: Heard | None) -> None:
    if "input" in boot:
        vm.console.expect(_multiline(boot["input_after"]), timeout_s=ENDS_WITHIN_S)
        for text in boot["input"]:
            vm.console.write(text)
    if "forward" in boot:
        _expect(vm, boot)
        assert boot["hear"] in _answer(vm, boot)
    for key in KINDS:
        if key in boot:
            assert heard
            assert heard.wait_for(boot[key]), f"{heard.text}\n{vm.console.text}"


def _answer(vm: Machine, boot: Situation) -> str:
    """Say what is to be said; return what is heard, up to the end or what is awaited."""
    heard = b""
    (forward,) = vm.ports
    end = forward.host_address, forward.host_port
    with socket.create_connection(end, timeout=ENDS_WITHIN_S) as stream:
        stream.sendall(boot["say"].encode())
        while boot["hear"].encode() not in heard and (more := stream.recv(65_536)):
            heard += more
    return heard.decode()


def _expect(vm: Machine, boot: Situation) -> None:
    for pattern in boot.get("expect", ()):
        vm.console.expect(_multiline(pattern), timeout_s=ENDS_WITHIN_S)


def _check(text: str, boot: Situation) -> None:
    for pattern in boot.get("expect", ()):
        assert _multiline(pattern).search(text), f"{pattern!r} not in:\n{text}"
    for pattern in boot.get("refuse", ()):
        assert not _multiline(pattern).search(text), f"{pattern!r} in:\n{text}"


def _multiline(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.MULTILINE)
