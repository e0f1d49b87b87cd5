"""dnsmasq at the host's end of a link."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from support.guests.guest_programs import ENDS_WITHIN_S
from support.networks.impairment import Link

NAME, NAMED = "www.example.test", "192.0.2.80"


needs_dnsmasq = pytest.mark.skipif(
    not shutil.which("dnsmasq"), reason="dnsmasq is not installed: apt-get install dnsmasq-base"
)


@contextlib.contextmanager
def dnsmasq(link: Link, *options: str) -> Iterator[subprocess.Popen[str]]:
    """A dnsmasq that serves at the host's end of the link."""
    argv: tuple[str, ...] = (
        "--keep-in-foreground",
        "--conf-file=/dev/null",
        "--user=root",
        "--no-resolv",
    )
    files = ("--pid-file=", "--leasefile-ro", "--no-hosts", "--log-facility=-")
    argv += (*files, "--interface=host", *options)
    process = link.start("dnsmasq", *argv, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr
        assert "started" in process.stderr.readline()
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=ENDS_WITHIN_S)
