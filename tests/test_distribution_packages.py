"""The lists of Debian packages agree: ./lab's, Binder's, and what the library OS needs."""

import re
from pathlib import Path

from unikernel_toolchain.apt import package_of

ROOT = Path(__file__).parents[1]
PACKAGES = ROOT / "toolchain/unikernel_toolchain/libos/packages"


def lab_list(name):
    """Return one of ./lab's lists."""
    found = re.search(rf'^{name}="([^"]*)"', (ROOT / "lab").read_text(), re.MULTILINE)
    return set(found[1].split())


def findlib_requirements():
    """Return the findlib packages that ours need and that are not ours."""
    ours = {folder.name for folder in PACKAGES.iterdir()}
    lists = [
        words
        for meta in PACKAGES.rglob("META")
        for words in re.findall(r'requires\s*=\s*"([^"]*)"', meta.read_text())
    ]
    needed = {word for words in lists for word in re.split(r"[\s,]+", words) if word}
    return {name for name in needed if name.partition(".")[0] not in ours}


def test_binder_installs_what_lab_installs():
    wanted = lab_list("build_packages") | lab_list("library_packages")
    assert set((ROOT / "binder/apt.txt").read_text().split()) == wanted | lab_list(
        "machine_packages"
    )


def test_lab_installs_what_the_library_os_needs():
    assert {package_of(name)[0] for name in findlib_requirements()} <= lab_list("library_packages")
