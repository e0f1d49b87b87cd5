"""What of the configure stage's own an application needs, so that it links nothing besides.

A reporter of logs brings Format, randomized hash tables bring Hashtbl, terms bring Cmdliner: each
is larger than a small unikernel may grow by. A reporter is there when a source names Logs, or a
package that is linked stands on it; hash tables are randomized when a source names Hashtbl, or any
package is linked that not every application has; terms are when a source asks Key_gen for them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from unikernel_toolchain.errors import PackageError
from unikernel_toolchain.findlib.packages import resolve
from unikernel_toolchain.library_os.library_os import SOURCES
from unikernel_toolchain.model.configuration import Configured
from unikernel_toolchain.tools.run import Stop

_REPORTER = "Mirage_logs.Make"
_RANDOMIZED = "randomize_hashtables"
_TERMS = re.compile(r"\b(Key_gen\.\w+_t|runtime_keys|open!? +Key_gen)\b")
_LOGS = re.compile(r"\bLogs\b")
_TABLES = re.compile(r"\b(Hashtbl|MoreLabels|StdLabels|Ephemeron)\b")
# What every application has, besides interfaces, and has neither tables nor logs unless asked to.
_OF_ALL = frozenset(
    {
        *("lwt", "mirage-bootvar", "mirage-channel", "mirage-runtime", "mirage-unikernel"),
        *("unikernel-keys", "unikernel-keys.logs", "unikernel-os"),
        *("logs", "mirage-logs", "mirage-clock-freestanding", "parse-argv", "ptime"),
        *("mirage-types", "mirage-types-lwt"),
    }
)


def wants_terms(sources: Mapping[str, str]) -> bool:
    """Say whether a source asks for Cmdliner's terms of the keys."""
    return _names(sources, _TERMS)


def maybe_idle(sources: Mapping[str, str]) -> tuple[str, ...]:
    """Return the devices that no source names."""
    by_device = {_RANDOMIZED: _TABLES, _REPORTER: _LOGS}
    return tuple(device for device, what in by_device.items() if not _names(sources, what))


def idle(
    configured: Configured, sources: Mapping[str, str], packages: tuple[str, ...], stop: Stop
) -> frozenset[str]:
    """Return those of `maybe_idle` that nothing else of this application would notice either."""
    interfaces = {folder.name for folder in (SOURCES / "packages" / "interfaces").iterdir()}
    linked = {*configured.libraries, *packages} - _OF_ALL - interfaces
    maybe = maybe_idle(sources)
    found = [_RANDOMIZED] if _RANDOMIZED in maybe and not linked else []
    has_reporter = any(node.module == _REPORTER for node in configured.nodes)
    if has_reporter and _REPORTER in maybe and not _stand_on_logs(linked, stop):
        found.append(_REPORTER)
    return frozenset(found)


def _names(sources: Mapping[str, str], what: re.Pattern[str]) -> bool:
    return any(what.search(text) for text in sources.values())


def _stand_on_logs(names: set[str], stop: Stop) -> bool:
    try:
        linked = resolve(tuple(sorted(names)), SOURCES / "packages", stop=stop)
    except PackageError:
        return True  # to be told with the line of config.ml that names the package
    return any(package.name == "logs" for package in linked)
