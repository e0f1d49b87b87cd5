import pytest

from unikernel.errors import LabUnavailable, PackageUnavailable
from unikernel.host.distribution import packages
from unikernel.host.distribution.packages import Apt, Package
from unikernel.machines.xen.lab import choice
from unikernel_toolchain.tools.run import Stop


def known(*described):
    """Return packages by name, each described as "name section needs..."."""
    rows = [text.split() for text in described]
    return {
        name: Package(name, f"{name}-1", section, tuple(needs)) for name, section, *needs in rows
    }


def release(xen, kernels, kernel):
    return known(
        f"xen-system-amd64 kernel xen-hypervisor-{xen}-amd64 xen-hypervisor-common xen-utils-{xen}",
        f"xen-hypervisor-{xen}-amd64 kernel",
        "xen-hypervisor-common kernel",
        f"xen-utils-{xen} kernel libc6 libxenmisc{xen} python3 xen-utils-common",
        f"libxenmisc{xen} libs libc6 zlib1g",
        "xenstore-utils admin libc6 libxenstore4",
        "libxenstore4 libs libc6",
        "libc6 libs libgcc-s1",
        "libgcc-s1 libs libc6",
        "zlib1g libs libc6",
        "python3 python libc6",
        "xen-utils-common kernel",
        "busybox-static shells",
        f"{kernels} kernel {kernel}",
        f"{kernel} kernel kmod linux-base",
    )


DEBIAN_12 = release("4.17", "linux-image-amd64", "linux-image-6.1.0-57-amd64")
DEBIAN_13 = release("4.20", "linux-image-amd64", "linux-image-6.12.95+deb13-amd64")
UBUNTU = release("4.17", "linux-image-generic", "linux-image-6.8.0-31-generic")


@pytest.fixture
def apt(monkeypatch, tmp_path):
    """A function that has apt know these packages, and those once its lists are its own."""
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path))
    monkeypatch.setattr(choice, "LISTS", tmp_path / "lists")
    asked = []

    def knows(system, own=None):
        def answer(apt, *names):
            asked.append(names)
            found = own if apt.options == ("own",) else system
            if found is None:
                raise PackageUnavailable("apt-cache cannot be started")
            return found

        monkeypatch.setattr(Apt, "known", answer)
        monkeypatch.setattr(packages, "with_own_lists", lambda stop: Apt(("own",), stop))
        return asked

    return knows


@pytest.mark.parametrize(
    ("release", "version"), [(DEBIAN_12, "4.17"), (DEBIAN_13, "4.20"), (UBUNTU, "4.17")]
)
def test_a_release_names_its_parts(apt, release, version):
    apt(release)
    found = choice.choose(Stop())
    assert set(found.versions) == {
        f"xen-hypervisor-{version}-amd64",
        next(name for name in release if name.startswith("linux-image-6")),
        "busybox-static",
        *(f"xen-utils-{version}", f"libxenmisc{version}", "xenstore-utils", "libxenstore4"),
        *("libc6", "libgcc-s1", "zlib1g"),
    }


def test_xen_s_version_is_told_as_people_write_it():
    version = "4.17.7+13-g2445b30a44-0+deb12u1"
    made = choice.Choice(Apt(), {"xen-hypervisor-4.17-amd64": version, "libc6": "2.36-9"})
    assert made.xen_version == "4.17.7"


def test_apt_is_asked_again_when_its_lists_change(apt, tmp_path):
    asked = apt(DEBIAN_12)
    first = choice.choose(Stop())
    assert choice.choose(Stop()).versions == first.versions
    assert len(asked) == 1
    (tmp_path / "lists").mkdir()
    choice.choose(Stop())
    assert len(asked) == 2


@pytest.mark.parametrize("system", [None, {}, known("linux-image-amd64 kernel")])
def test_lists_of_its_own_stand_in_for_the_system_s(apt, system):
    apt(system, own=DEBIAN_12)
    assert choice.choose(Stop()).apt.options == ("own",)


def without(name):
    return {one: package for one, package in DEBIAN_12.items() if not one.startswith(name)}


@pytest.mark.parametrize(
    "lacks", ["xen-system", "xen-hypervisor-4", "xen-utils-4", "linux-image-6", "busybox"]
)
def test_a_distribution_without_xen_is_told_so(apt, lacks):
    apt(without(lacks), own=without(lacks))
    with pytest.raises(LabUnavailable, match="this distribution has no Xen") as caught:
        choice.choose(Stop())
    assert "xen-system-amd64" in caught.value.hint


def test_a_system_without_apt_is_told_what_was_tried(apt):
    apt(None, own=None)
    with pytest.raises(LabUnavailable, match="apt finds no packages") as caught:
        choice.choose(Stop())
    assert "apt-cache" in caught.value.detail


def test_the_digest_changes_with_what_it_is_of():
    one = choice.Choice(Apt(), {"xen": "1", "linux": "2"})
    other = choice.Choice(Apt(), {"xen": "1", "linux": "3"})
    assert len({one.digest(), other.digest(), one.digest("x"), one.digest("x", "y")}) == 4
