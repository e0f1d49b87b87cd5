"""Which packages a program is linked with besides those that it names."""

from __future__ import annotations

import re
from collections.abc import Iterable

from unikernel_toolchain.findlib.packages import Package
from unikernel_toolchain.library_os import device_table
from unikernel_toolchain.library_os.library_os import SOURCES
from unikernel_toolchain.model.config import Config
from unikernel_toolchain.targets import load

OLDER_CSTRUCT = "unikernel-cstruct"
KEYS, BOOT_LOGS = "unikernel-keys", "unikernel-keys.logs"
LOG_LEVELS = "unikernel-log-levels"
# What packages of the distribution are linked with here besides. What brings implementations of
# MirageOS's interfaces is in the table of devices.
_BESIDE = {"cstruct": OLDER_CSTRUCT, "lwt": "mirage-unikernel"}
# What has functions over Logs beside others: who names it is not linked with Logs for that.
_MENTION_LOGS = frozenset({"mirage-runtime", LOG_LEVELS})
LOGS = re.compile(r"\bLogs\b")
# What main modules of configured programs call.
_CONFIGURED = ("lwt", "mirage-unikernel", "unikernel-keys")


def wanted_packages(config: Config) -> tuple[str, ...]:
    """Return the packages that a request names, and those that its devices stand for."""
    if config.configuration:  # which names those of its devices
        return _on_target(config, (*config.packages, *_CONFIGURED))
    drivers = device_table.drivers(SOURCES)
    devices = (drivers[device.kind] for device in config.devices)
    return _on_target(config, (*config.packages, *devices))


def implementations(config: Config, packages: tuple[Package, ...]) -> tuple[str, ...]:
    """Return the packages to link beside these: the devices behind their interfaces."""
    behind = _BESIDE
    if not config.configuration:
        logs = {"logs": BOOT_LOGS} if _has_logs(config, packages) else {}
        behind = _BESIDE | logs | device_table.packages_behind(SOURCES)
    names = [package.name for package in packages if package.name in behind]
    return _on_target(config, (behind[name] for name in names))


def _on_target(config: Config, names: Iterable[str]) -> tuple[str, ...]:
    """Return each package once, by the name of what stands in its place on this target."""
    instead = load(config.target).packages
    return tuple(dict.fromkeys(instead.get(name, name) for name in names))


def _has_logs(config: Config, packages: tuple[Package, ...]) -> bool:
    """Say whether a program may log, itself or a package of it."""
    loggers = {package.name for package in packages if "logs" in package.requires}
    named = "logs" in config.packages or LOGS.search("\n".join(config.sources.values()))
    return bool(named or loggers - _MENTION_LOGS)
