"""The arrows between the library OS's OCaml packages, and inside them, as tables."""

import re
import subprocess
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from support import ROOT

from unikernel_toolchain.findlib.own_sources import source_files
from unikernel_toolchain.sources import since
from unikernel_toolchain.targets import TARGETS, load

PACKAGES = ROOT / "toolchain/unikernel_toolchain/libos/packages"

# Which groups a group's packages may require. The network's packages are functors over interfaces;
# what joins them to drivers and to the command line is `boot`.
GROUPS = {
    "interfaces": set(),
    "system": {"interfaces"},
    "drivers": {"system", "interfaces"},
    "security": {"drivers", "system", "interfaces"},
    "network": {"interfaces"},
    "storage": {"interfaces"},
    "application-protocols": {"network", "interfaces"},
    "boot": {"network", "storage", "drivers", "system", "interfaces"},
    "applications": {"application-protocols", "boot", "interfaces"},
}

# Folders, and modules beside them, of packages that have folders: from the lowest row to the
# highest. A row uses those before it.
FOLDERS = {
    "tcpip.tcp": (
        {"tcp_config"},
        {"wire"},
        {"buffers", "recovery"},
        {"connection"},
        {"table"},
        {"shell"},
        {"tcp"},
    ),
    "tcpip.ipv6": (
        {"wire"},
        {"tables"},
        {"discovery"},
        {"ipv6_paths", "ipv6_resolution_queue"},
        {"ipv6"},
    ),
    "charrua": ({"bootp_wire", "options"}, {"dhcp_message"}, {"dhcp_sexp"}, {"dhcp_wire"}),
}

# Where protocols are, whole packages or folders: they name no clock, no random source and no
# scheduler, nor does anything they use. Time and randomness are arguments.
PURE = (
    *("arp", "charrua", "charrua-client", "charrua-server", "conduit", "dns", "dns-client"),
    *("happy-eyeballs", "syslog-message", "logs-syslog", "tcpip"),
    *("tcpip.ipv6/wire", "tcpip.ipv6/tables", "tcpip.ipv6/discovery"),
    *("tcpip.tcp/wire", "tcpip.tcp/buffers", "tcpip.tcp/recovery", "tcpip.tcp/connection"),
    "tcpip.tcp/table",
)
PURE_MODULES = re.compile(r".*_(wire|packet|options)")
EFFECTS = re.compile(r"Lwt(_\w+)?|Mirage_(clock|random|time)|Default_time|OS|Os_\w+|Random|Unix")
# Offsets use offsets alone. MirageOS calls all of DHCP's packets Dhcp_wire.
WIRE = re.compile(r"(?!Dhcp_).*_(wire|layout)")


def metas():
    return sorted(PACKAGES.rglob("META"))


@cache
def requirements():
    """Return what each package and sub-package requires."""
    found = {}
    for meta in metas():
        name = meta.parent.name
        text = re.split(r'^package "(.+)" \($', meta.read_text(), flags=re.MULTILINE)
        names = [name, *(f"{name}.{sub}" for sub in text[1::2])]
        for package, part in zip(names, text[::2], strict=True):
            found[package] = set(re.search(r'requires\s*=\s*"(.*)"', part)[1].split())
    return found


@cache
def sources():
    """Return each module's package, and the folder in it; "" when it is in none."""
    found = {}
    for meta in metas():
        name, text = meta.parent.name, meta.read_text()
        folders = {name: meta.parent}
        for sub, folder in re.findall(r'package "(.+)" \(\s+directory = "(.+)"', text):
            folders[f"{name}.{sub}"] = meta.parent / folder
        for package, folder in folders.items():
            for file in source_files(folder, meta, {}):
                if file.suffix in {".ml", ".mli"}:
                    inside = file.relative_to(folder).parts
                    found[file] = (package, inside[0] if len(inside) > 1 else "")
    return found


def module(file):
    return file.stem[:1].upper() + file.stem[1:]


@cache
def uses():
    """Return the modules that each module of ours names, of whomever."""
    files = [str(file) for file in sources()]
    command = ["ocamlfind", "ocamldep", "-modules", *files]
    listing = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    found = defaultdict(set)
    for line in listing.stdout.splitlines():
        file, _, names = line.partition(":")
        found[module(Path(file))] |= set(names.split())
    return found


def reached(start):
    """Return all modules that `start` stands on, itself left out, through those of ours.

    Interfaces are not followed: what they name of others they name in types alone.
    """
    interfaces = {module(file) for file in sources() if PACKAGES / "interfaces" in file.parents}
    found, waiting = set(), [start]
    while waiting:
        fresh = uses().get(waiting.pop(), set()) - found
        found |= fresh
        waiting += fresh - interfaces
    return found - {start}


def modules_of(place):
    """Return the modules of a package, or of a folder in it: "tcpip.tcp/wire"."""
    package, _, folder = place.partition("/")
    return {
        module(file)
        for file, (owner, inside) in sources().items()
        if owner == package and (not folder or inside == folder)
    }


def test_every_group_is_in_the_table():
    assert {folder.name for folder in PACKAGES.iterdir()} == set(GROUPS)


def test_modules_have_one_name_each():
    # Where one package stands in another's place, no program has both.
    places = {there: here for name in TARGETS for here, there in load(name).packages.items()}
    owners = defaultdict(set)
    for file, (package, _) in sources().items():
        owners[module(file)].add(places.get(package, package))
    assert {name: many for name, many in owners.items() if len(many) > 1} == {}


@pytest.mark.parametrize("group", GROUPS)
def test_packages_require_lower_groups(group):
    groups = {meta.parent.name: meta.parent.parent.name for meta in metas()}
    for package, required in requirements().items():
        if groups[package.partition(".")[0]] == group:
            own = {name for name in required if name.partition(".")[0] in groups}
            used = {groups[name.partition(".")[0]] for name in own} - {group}
            assert used <= GROUPS[group], f"{package} requires {sorted(own)}"


def test_packages_with_folders_are_in_the_table():
    assert {package for package, folder in sources().values() if folder} == set(FOLDERS)


@pytest.mark.parametrize("package", FOLDERS)
def test_folders_use_lower_rows(package):
    rows = {name: level for level, row in enumerate(FOLDERS[package]) for name in row}
    places = {
        module(file): folder or file.stem
        for file, (owner, folder) in sources().items()
        if owner == package
    }
    assert set(places.values()) == set(rows)
    for name, place in places.items():
        for used in uses()[name] & places.keys():
            at = places[used]
            assert at == place or rows[at] < rows[place], f"{place}: {name} uses {at}: {used}"


@pytest.mark.parametrize("place", PURE)
def test_protocols_name_no_clock_no_randomness_no_scheduler(place):
    assert modules_of(place)
    for name in modules_of(place):
        found = {used for used in reached(name) if EFFECTS.fullmatch(used)}
        assert not found, f"{name} stands on {sorted(found)}"


def test_packets_are_values():
    for name in filter(PURE_MODULES.fullmatch, uses()):
        found = {used for used in reached(name) if EFFECTS.fullmatch(used)}
        assert not found, f"{name} stands on {sorted(found)}"


def test_offsets_stand_on_nothing():
    for name in filter(WIRE.fullmatch, uses()):
        found = {used for used in reached(name) & uses().keys() if not WIRE.fullmatch(used)}
        assert not found, f"{name} stands on {sorted(found)}"


def test_what_holds_since_a_version_stands_in_for_something():
    for file in PACKAGES.parent.rglob(f"{since.FOLDER}/*/*"):
        around = file.parents[2]
        namesakes = [it for it in around.rglob(file.name) if not since.is_variant(it)]
        assert len(namesakes) == 1, f"{file} stands in for {namesakes}"
