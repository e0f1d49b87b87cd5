"""One list of Debian packages: ./lab and Binder install from it, and all that names one agrees."""

import re
import subprocess

import pytest
from support import ROOT

from unikernel_toolchain.targets import TARGETS, load
from unikernel_toolchain.tools import locate, requirements
from unikernel_toolchain.tools.debian import package_of

TOOLCHAIN = ROOT / "toolchain/unikernel_toolchain"
PACKAGES = TOOLCHAIN / "libos/packages"
LIST = TOOLCHAIN / "tools/apt_packages.txt"
GROUPS = (
    *("build", "libraries", "machines", "debugging", "xen"),
    *("measurements", "checks", "tests", "npm", "browser", "unpacked"),
)


def packages_of(*groups):
    """Return what ./lab reads out of the list."""
    text = (ROOT / "lab").read_text()
    function = text[text.index("packages_of() {") :].partition("\n}\n")[0] + "\n}\n"
    script = f"set -eu; apt_packages={LIST}; {function} packages_of {' '.join(groups)}"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.split()


def findlib_requirements():
    """Return the findlib packages that ours need and that are not ours."""
    ours = {meta.parent.name for meta in PACKAGES.rglob("META")}
    lists = [
        words
        for meta in PACKAGES.rglob("META")
        for words in re.findall(r'requires\s*=\s*"([^"]*)"', meta.read_text())
    ]
    needed = {word for words in lists for word in re.split(r"[\s,]+", words) if word}
    return {name for name in needed if name.partition(".")[0] not in ours}


def sources():
    folders = ("toolchain", "kernel_ext", "tests", "bench")
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def test_groups_are_those_that_are_known():
    assert re.findall(r"^\[(\w+)\]", LIST.read_text(), re.MULTILINE) == list(GROUPS)
    assert all(packages_of(group) for group in GROUPS)


def test_a_package_and_a_program_are_listed_once():
    lines = [line.partition("#")[0].split() for line in LIST.read_text().splitlines()]
    for names in (
        [words[0] for words in lines if words],
        [one for line in lines for one in line[1:]],
    ):
        assert sorted(names) == sorted(set(names))


def test_binder_installs_what_lab_installs():
    own = (ROOT / "binder/apt.txt").read_text().split()
    assert own == sorted(packages_of("build", "libraries", "machines", "xen"))


def test_lab_installs_what_the_library_os_needs():
    needed = {package_of(name)[0] for name in findlib_requirements()}
    assert needed
    assert needed <= set(packages_of("libraries"))


@pytest.mark.parametrize(
    "program", [*locate.C_PROGRAMS, *locate.OCAML_PROGRAMS, "ocamlfind", "musl", "compiler-libs"]
)
def test_what_a_build_lacks_is_in_the_list(program):
    assert requirements.apt_package(program) in packages_of("build")


def test_headers_that_a_target_lacks_are_in_the_list():
    for name in {name for target in map(load, TARGETS) for name in target.headers}:
        assert requirements.apt_package(f"{name}-headers") in packages_of(name)


def test_packages_that_messages_name_are_in_the_list():
    known = set(packages_of(*GROUPS))
    for path in sources():
        for name in re.findall(r"is not installed: apt-get install ([\w.+-]+)", path.read_text()):
            assert name in known, path


def test_packages_that_tests_unpack_are_in_the_list():
    known = set(packages_of("unpacked", "measurements"))
    calls = re.compile(r'= debian_tools\.program\("([\w.+-]+)", "/usr/s?bin/(\w+)"')
    found = [call for path in sources() for call in calls.findall(path.read_text())]
    assert found
    for package, program in found:
        assert package in known
        assert requirements.apt_package(program) == package


@pytest.mark.parametrize("document", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_documents_name_the_releases_of_ocaml_that_are_built_with(document):
    text = " ".join((ROOT / document).read_text().split())
    *others, last = requirements.OCAML_VERSIONS
    assert f"OCaml {', '.join(others)} or {last}" in text


def test_readme_names_the_distributions():
    text = (ROOT / "README.md").read_text()
    (line,) = re.findall(r"^On (.*), with `python3`", text, re.MULTILINE)
    families = [part.split(" ", 1) for part in line.split(", ")]
    named = {f"{family} {one}" for family, rest in families for one in rest.split(" or ")}
    assert named == set(requirements.DISTRIBUTIONS)
    assert set(requirements.DISTRIBUTIONS.values()) <= set(requirements.OCAML_VERSIONS)


def test_what_nobody_lists_has_its_own_name():
    assert requirements.apt_package("no-such-program") == "no-such-program"
