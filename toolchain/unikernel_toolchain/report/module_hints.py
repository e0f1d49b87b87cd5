"""What to do when the OCaml compiler or linker misses a module, or has two of one name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath

from unikernel_toolchain.findlib.modules import packages_with
from unikernel_toolchain.findlib.packages import needs_unix
from unikernel_toolchain.library_os.library_os import SOURCES
from unikernel_toolchain.model.config import Config
from unikernel_toolchain.model.configuration import Configuration
from unikernel_toolchain.planning.labels import source_label
from unikernel_toolchain.planning.planner import MAIN
from unikernel_toolchain.tools.locate import ocaml_library

from . import configuration_places, standard_library

# From OCaml 5.3 on names are in quotes. A module that lacks something is there: M.x, or M.N.
_MISSING = re.compile(r'Unbound module "?([A-Z]\w*)(?![\w.])')
_LACKING = re.compile(r'Unbound [a-z ]+ "?([A-Z]\w*)\.')
_TWO = re.compile(
    r"(?:inconsistent assumptions\s+over (?:interface|implementation)"
    r'|both define a module named)\s+"?(\w+)'
)
# As functors call their parameters. Packages have modules of such names by chance: cohttp an S.
_PARAMETER = re.compile(
    r"[A-Z]\d?|KV|KV_RO|FS|Time|Clock|Con|Disk|Store|Stack|Net|Eth|IP|TCP|UDP|DNS|Rand|Res"
)
_PLACE = re.compile(r'^File "([^"\n]+)"', re.MULTILINE)
# Installed or not. Those of locks are the threads' until they are the standard library's.
_UNIX = frozenset({"Unix", "UnixLabels", "Thread", "Event"})
_LOCKS = frozenset({"Mutex", "Condition", "Semaphore"})
_UNIX_HINT = "A unikernel has no {}: there is no operating system underneath."
_MAIN_LOOP = "Let start return the promise: a unikernel runs it."  # in place of Lwt_main.run
_RENAME = "give the file another name."


def about(config: Config, output: str, linked: Mapping[str, str]) -> str:
    """Return a sentence for what the compiler wrote, "" when it is about no module.

    `linked` are the packages of the build, with their versions.
    """
    own = {_module(name): name for name in config.sources}
    missing = _MISSING.search(output)
    if missing:
        module = missing[1]
        if module in own:
            return _unseen(config, own[module], output, linked)
        if _PARAMETER.fullmatch(module):
            return (
                f"Is a parameter of the functor missing, as in module Main ({module} : …), or a "
                f"module {module} = …?"
            )
        return add(module, linked, config.configuration)
    two = _TWO.search(output)
    if two and two[1] in own:
        return _clash(config, own[two[1]], linked)
    if f'File "{MAIN}"' in output:
        return _clash_in_main(config, own, linked)
    lacking = _LACKING.search(output)
    return _lacking(lacking[1], linked) if lacking and lacking[1] not in own else ""


def add(module: str, linked: Iterable[str] = (), configuration: Configuration | None = None) -> str:
    """Return how to come by a module that no file, and no package of the build, has.

    A program with a `configuration` names its packages in config.ml.
    """
    if module == "Lwt_main":
        return _MAIN_LOOP
    newer = standard_library.newer(module)
    if newer and module not in _LOCKS:
        return newer
    # The compiler's own modules have everyday names: Config, Parser, Types.
    found = packages_with(module, SOURCES / "packages")
    names = [name for name in found if not name.startswith("compiler-libs")]
    if newer or module in _UNIX or (names and needs_unix(names[0], SOURCES / "packages")):
        return _UNIX_HINT.format(module)
    if not names:
        return standard_library.gone(module) or f"No installed package brings a module {module}."
    if any(name in linked for name in names):
        return ""
    return f"Package {names[0]} brings it{_asking_for(names[0], configuration)}"


def _asking_for(library: str, configuration: Configuration | None) -> str:
    """Return what to write, and where, for a library to be linked."""
    if configuration is None:
        return f": add --package {library}"
    name, _, part = library.partition(".")
    asked = f'package ~sublibs:["{part}"] "{name}"' if part else f'package "{name}"'
    place = configuration_places.quoted(configuration, name)
    if place:
        return f". In {configuration.label}, line {place.line}: {asked}"
    return f". In {configuration.label}: ~packages:[ {asked} ]"


def _module(file: str) -> str:
    stem = PurePath(file).stem
    return f"{stem[:1].upper()}{stem[1:]}"


def _unseen(config: Config, file: str, output: str, linked: Mapping[str, str]) -> str:
    """Explain why a module of the program itself is not found where it is named."""
    module, label = _module(file), source_label(config, file)
    files = {source_label(config, name): name for name in config.sources}
    place = _PLACE.search(output)
    at = files.get(place[1]) if place else None
    if at and _module(at) == module:
        return f"{label} is the module {module} itself{_another(module, linked)}"
    if at:
        order = "Name the files in the order to compile them."
        return f"{module} is {label}, which comes later. {order}"
    return _clash(config, file, linked)


def _another(module: str, linked: Mapping[str, str]) -> str:
    owner = _owner(module, linked)
    if owner:
        return f", and {owner} brings another: {_RENAME}"
    names = packages_with(module, SOURCES / "packages")
    if not names:
        return "."
    return f". If package {names[0]}'s is meant: add --package {names[0]}, and {_RENAME}"


def _clash(config: Config, file: str, linked: Mapping[str, str]) -> str:
    owner = _owner(_module(file), linked) or "another part of the program"
    label = source_label(config, file)
    return f"{label} makes a module {_module(file)}, and {owner} brings another: {_RENAME}"


def _clash_in_main(config: Config, own: Mapping[str, str], linked: Mapping[str, str]) -> str:
    """Explain an error in what we wrote: it means a package's module and finds the program's."""
    clashing = [file for module, file in own.items() if _owner(module, linked)]
    return _clash(config, clashing[0], linked) if clashing else ""


def _owner(module: str, linked: Mapping[str, str]) -> str:
    """Return who else has a module of this name, "" when nobody has."""
    if (Path(ocaml_library()) / f"{module[:1].lower()}{module[1:]}.cmi").is_file():
        return "OCaml's standard library"
    given = [name for name in packages_with(module, SOURCES / "packages") if name in linked]
    return f"package {given[0]}" if given else ""


def _lacking(module: str, linked: Mapping[str, str]) -> str:
    given = [name for name in packages_with(module, SOURCES / "packages") if name in linked]
    if not given:
        return ""
    version = f" {linked[given[0]]}" if linked[given[0]] else ""
    return f"{module} is the module of package {given[0]}{version}, which has nothing of that name."
