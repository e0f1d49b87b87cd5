import os

import pytest

from unikernel.errors import PackageUnavailable
from unikernel.host.distribution.packages import Apt, Package, closure

DEPENDS = """\
xen-system-amd64
  Depends: xen-hypervisor-4.17-amd64
  Depends: xen-utils-4.17
xen-utils-4.17
 |Depends: libc6
  Depends: <libc>
    musl
  PreDepends: dpkg:any
libc6
<libc>
dpkg:any
"""
SHOW = """\
Package: xen-utils-4.17
Version: 4.17.7+13
Section: kernel
Description: Xen
 Package: of words

Package: libc6
Version: 2.36-9
Section: libs
"""


@pytest.fixture
def apt_cache(tmp_path, monkeypatch):
    """An apt-cache that answers the above; the words it was called with."""
    called = tmp_path / "called"
    (tmp_path / "depends").write_text(DEPENDS)
    (tmp_path / "show").write_text(SHOW)
    program = tmp_path / "apt-cache"
    program.write_text(
        f'#!/bin/sh\necho "$@" >>{called}\n'
        f'case "$*" in *depends*) cat {tmp_path}/depends;; *) cat {tmp_path}/show;; esac\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return called


def test_packages_are_known_by_what_apt_says(apt_cache):
    assert Apt().known("xen-system-amd64") == {
        "xen-utils-4.17": Package("xen-utils-4.17", "4.17.7+13", "kernel", ("libc6", "dpkg")),
        "libc6": Package("libc6", "2.36-9", "libs"),
    }
    asked, shown = apt_cache.read_text().splitlines()
    assert asked.endswith("depends --important --recurse xen-system-amd64")
    assert shown.endswith("xen-system-amd64 xen-utils-4.17 libc6 dpkg")  # <libc> is none


def test_without_apt_that_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PackageUnavailable, match="apt-cache"):
        Apt().known("anything")


def test_a_closure_follows_what_is_wanted():
    known = {
        "a": Package("a", "1", "admin", ("libb", "tool", "virtual")),
        "libb": Package("libb", "1", "libs", ("libc",)),
        "libc": Package("libc", "1", "libs", ("libb",)),
        "tool": Package("tool", "1", "admin", ("libd",)),
        "libd": Package("libd", "1", "libs"),
    }
    assert closure(known, ["a"], lambda one: one.section == "libs") == ["a", "libb", "libc"]
