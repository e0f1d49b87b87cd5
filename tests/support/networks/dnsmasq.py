"""dnsmasq at the host's end of a line."""

import contextlib
import shutil
import subprocess

import pytest

from support.guests.guest_programs import ENDS_WITHIN_S

NAME, NAMED = "www.example.test", "192.0.2.80"


needs_dnsmasq = pytest.mark.skipif(
    not shutil.which("dnsmasq"), reason="dnsmasq is not installed: apt-get install dnsmasq-base"
)


@contextlib.contextmanager
def dnsmasq(line, *options):
    """A dnsmasq that serves at the host's end of the line."""
    words = ("--keep-in-foreground", "--conf-file=/dev/null", "--user=root", "--no-resolv")
    files = ("--pid-file=", "--leasefile-ro", "--no-hosts", "--log-facility=-")
    words += (*files, "--interface=host", *options)
    process = line.start("dnsmasq", *words, stderr=subprocess.PIPE, text=True)
    try:
        assert "started" in process.stderr.readline()
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=ENDS_WITHIN_S)
