"""doctor --install: the packages that are missing, named or installed."""

import os
import platform
import sys

import pytest

from unikernel.errors import PackageUnavailable, UsageError
from unikernel.frontends.commands import actions
from unikernel.frontends.commands.call import Call
from unikernel.frontends.commands.parsers import parse
from unikernel.frontends.doctor import Examination, remedy
from unikernel.host.distribution import installation
from unikernel_toolchain.tools import requirements

DEBIAN = {"ID": "debian", "VERSION_ID": "12", "PRETTY_NAME": "Debian GNU/Linux 12 (bookworm)"}
UBUNTU = {"ID": "ubuntu", "VERSION_ID": "24.04", "PRETTY_NAME": "Ubuntu 24.04 LTS"}
OTHERS = {
    "Fedora Linux 42": {"ID": "fedora", "VERSION_ID": "42", "PRETTY_NAME": "Fedora Linux 42"},
    "Debian": {"ID": "debian", "PRETTY_NAME": "Debian GNU/Linux forky/sid"},
    "Ubuntu 20.04": {"ID": "ubuntu", "VERSION_ID": "20.04", "PRETTY_NAME": "Ubuntu 20.04"},
}
PROGRAMS = {
    # gcc is half installed, QEMU not at all, of all others dpkg says that they are.
    "dpkg-query": """shift 2
for name; do case $name in
    gcc) echo gcc half-configured ;;
    qemu-system-x86) echo "no packages found" >&2; status=1 ;;
    *) echo "$name installed" ;;
esac; done
exit ${status-0}""",
    "apt-get": 'echo "apt-get $*" >>"$DONE"',
    "sudo": 'echo "as root:" >>"$DONE"; exec "$@"',
}
INSTALL = "apt-get install --no-install-recommends gcc qemu-system-x86"


class Machine:
    """A machine with these programs alone; what was done on it."""

    def __init__(self, folder, monkeypatch):
        self.done = folder / "done"
        self.folder, self.patch = folder, monkeypatch
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin:/bin")
        monkeypatch.setenv("DONE", str(self.done))
        for name, text in PROGRAMS.items():
            self.program(name, text)
        self.is_root(True)
        self.release(DEBIAN)
        self.at_terminal(None)

    def program(self, name, text):
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def is_root(self, root):
        self.patch.setattr(os, "geteuid", lambda: 0 if root else 1000)

    def release(self, said):
        self.patch.setattr(platform, "freedesktop_os_release", lambda: said)

    def at_terminal(self, answer):
        """Whoever is asked says this; None: there is nobody to ask."""
        self.patch.setattr(sys.stdin, "isatty", lambda: answer is not None, raising=False)
        self.patch.setattr("builtins.input", lambda _: answer)

    def did(self):
        return self.done.read_text().splitlines() if self.done.exists() else []


@pytest.fixture
def machine(tmp_path, monkeypatch):
    monkeypatch.setattr(remedy, "examine", lambda: Examination(()))
    return Machine(tmp_path, monkeypatch)


def install(line="doctor --install"):
    return actions.run(Call(parse(line.split())))


@pytest.mark.parametrize("root", [True, False])
@pytest.mark.parametrize("release", [DEBIAN, UBUNTU])
def test_with_leave_it_installs_what_is_missing(machine, release, root, capfd):
    machine.release(release)
    machine.is_root(root)
    assert isinstance(install("doctor --install --yes"), Examination)
    lines = ["apt-get --yes update", f"apt-get --yes {INSTALL.removeprefix('apt-get ')}"]
    asked = [[], ["as root:"]][not root]
    assert machine.did() == [*asked, lines[0], *asked, lines[1]]


@pytest.mark.parametrize(("root", "prefix"), [(True, ""), (False, "sudo ")])
def test_without_anybody_to_ask_it_names_the_command(machine, root, prefix):
    machine.is_root(root)
    with pytest.raises(
        PackageUnavailable, match=r"2 packages are missing of Debian 12's"
    ) as caught:
        install()
    *_, command = caught.value.hint.splitlines()
    assert command == f"{prefix}apt-get update && {prefix}{INSTALL}"
    assert "--yes" in caught.value.hint
    assert not machine.did()


@pytest.mark.parametrize(("answer", "installs"), [("y", True), ("Yes ", True), ("", False)])
def test_a_person_is_asked(machine, answer, installs):
    machine.at_terminal(answer)
    found = install()
    assert isinstance(found, Examination) == installs
    assert bool(machine.did()) == installs
    assert installs or str(found).endswith(INSTALL)


def test_who_can_be_no_root_is_told_what_to_ask_root_for(machine, monkeypatch):
    machine.is_root(False)
    monkeypatch.setenv("PATH", str(machine.folder))
    (machine.folder / "sudo").unlink()
    with pytest.raises(PackageUnavailable) as caught:
        install("doctor --install --yes")
    assert caught.value.hint.endswith(f"apt-get update && {INSTALL}")
    assert "sudo apt-get" not in caught.value.hint


@pytest.mark.parametrize("name", OTHERS)
def test_of_other_distributions_it_says_what_is_needed(machine, name):
    machine.release(OTHERS[name])
    with pytest.raises(PackageUnavailable) as caught:
        install("doctor --install --yes")
    assert caught.value.what.endswith(f"alone; this is {name}.")
    assert {"gcc", "ocaml", "musl-dev"} <= set(caught.value.hint.split())
    assert not machine.did()


def test_a_debian_without_apt_is_told_what_lacks(machine, monkeypatch):
    (machine.folder / "apt-get").unlink()
    monkeypatch.setenv("PATH", str(machine.folder))
    with pytest.raises(PackageUnavailable, match=r"^apt-get cannot be found in PATH on this"):
        install("doctor --install --yes")


def test_a_system_without_a_name_is_another(machine, monkeypatch):
    def refuse():
        raise FileNotFoundError

    monkeypatch.setattr(platform, "freedesktop_os_release", refuse)
    with pytest.raises(PackageUnavailable, match="this is Linux without /etc/os-release"):
        install()


@pytest.mark.parametrize(("release", "universe"), [(DEBIAN, False), (UBUNTU, True)])
def test_where_apt_fails_that_is_said(machine, release, universe):
    machine.release(release)
    machine.program("apt-get", 'echo "apt-get $*" >>"$DONE"; exit 100')
    with pytest.raises(PackageUnavailable, match=r"This failed.*apt-get --yes update") as caught:
        install("doctor --install --yes")
    assert ("universe" in caught.value.hint) == universe
    assert machine.did() == ["apt-get --yes update"]


def test_groups_can_be_named(machine):
    machine.program("dpkg-query", "exit 1")
    with pytest.raises(PackageUnavailable) as caught:
        install("doctor --install debugging xen")
    assert caught.value.hint.endswith("--no-install-recommends gdb libxen-dev")


def test_of_one_package_it_speaks_as_of_one(machine):
    with pytest.raises(PackageUnavailable, match="1 package is missing"):
        install("doctor --install machines")


def test_where_nothing_is_missing_nothing_is_done(machine):
    assert str(install("doctor --install libraries")) == "All packages are installed: libraries."


@pytest.mark.parametrize("line", ["doctor --yes", "doctor --install checks"])
def test_what_makes_no_sense_is_refused(machine, line):
    with pytest.raises(UsageError):
        install(line)


def test_groups_are_those_of_the_list():
    assert all(requirements.apt_packages(group) for group in installation.GROUPS)
