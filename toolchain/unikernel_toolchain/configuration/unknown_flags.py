"""What to say of a flag that is none of a config.ml's keys."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

from unikernel_toolchain.errors import BadRequest

# Keys of MirageOS 3.9's own devices, and a device that has each.
_OF_DEVICES = {
    **dict.fromkeys(("net", "dhcp", "ipv4", "ipv4-gateway"), "generic_stackv4"),
    **dict.fromkeys(("socket", "ips"), "socket_stackv4"),
    **dict.fromkeys(("netmasks", "gateways"), "create_ipv6"),
    **dict.fromkeys(("resolver", "resolver-port"), "resolver_dns"),
    **dict.fromkeys(("syslog", "syslog-port", "syslog-hostname"), "syslog_udp"),
    "interface": "netif",
    "kv_ro": "generic_kv_ro",
    "block": "generic_block",
    "logs": "default_reporter",
    "tracing-size": "mprof_trace",
    "prng": "default_random",
}
_TARGETS = ("unix", "virtio", "hvt", "ukvm", "spt", "macosx", "xen", "qubes", "muen", "genode")


def refused(
    option: str,
    options: Sequence[str],
    at_boot: Sequence[str],
    flags: Sequence[str],
    *,
    label: str,
) -> BadRequest:
    """Return the error for an option that is none of `options`.

    Those `at_boot` are read then, and of all of them `flags` take no value.
    """
    takes_value = option not in flags
    hint = _hint(option, options, at_boot, takes_value=takes_value)
    return BadRequest(f"{label} has no key {option}.", hint=hint)


def _hint(flag: str, options: Sequence[str], at_boot: Sequence[str], *, takes_value: bool) -> str:
    name = flag.lstrip("-")
    device = next((it for key, it in _OF_DEVICES.items() if re.fullmatch(f"(.+-)?{key}", name)), "")
    close = get_close_matches(flag, [*options, *at_boot], n=1, cutoff=0.7)
    value = ("=…" if flag.startswith("--") else " …") if takes_value else ""
    hints = (
        (flag == "-h", "Help is asked for by --help."),
        (re.match(r"-\d", flag), "A value that begins with a dash is written behind =: --key=-1."),
        (flag in at_boot, f"It is read at boot: give it to run, behind --: -- {flag}{value}"),
        (name in _TARGETS, f"A target is named by -t: -t {name}"),
        (close, f"Did you mean {''.join(close)}?"),
        (device, f"It is a key of devices such as {device}, and there is none: leave it out."),
    )
    return next((hint for fits, hint in hints if fits), "configure --help lists its keys.")
