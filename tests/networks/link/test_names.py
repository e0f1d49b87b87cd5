"""A guest's DNS client against unbound, and against a server that does what it should not."""

import subprocess
import time

import pytest
from support.debian_tools import program
from support.guests.guest_programs import ENDS_WITHIN_S
from support.networks.broken_dns import ADDRESS, BrokenServer
from support.networks.impairment import HOST, Impairment, why_not
from support.networks.net_services import connect, read_all, served
from support.platforms import ABOVE_STACKS

SILENT = "the name server does not answer"
UNBOUND = """
server:
    interface: {host}
    access-control: 0.0.0.0/0 allow
    username: ""
    chroot: ""
    directory: "{folder}"
    pidfile: ""
    use-syslog: no
    logfile: ""
    do-ip6: no
    module-config: "iterator"
    local-zone: "test." static
    local-data: "test. 600 SOA ns.test. ns.test. 1 600 600 600 60"
    local-data: "www.test. 60 A {address}"
    local-data: "alias.test. 60 CNAME www.test."
    local-data: "text.test. 60 TXT hello"
{many}
remote-control:
    control-enable: no
"""

pytestmark = [
    pytest.mark.boot,
    pytest.mark.parametrize("platform", ABOVE_STACKS),
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "a link can be had"),
]


def ask(link, *names):
    """Return what the guest finds for each name, one after the other."""
    with connect(link, 53, timeout_s=3 * ENDS_WITHIN_S) as connection:
        connection.sendall(" ".join(names).encode() + b"\n")
        return read_all(connection).decode().splitlines()


def names_guest(platform, impairment=None):
    return served(impairment, name="ocaml_net_names", platform=platform)


def await_server(link):
    """Wait until something accepts connections at the server's port."""
    ends_at = time.monotonic() + ENDS_WITHIN_S
    while time.monotonic() < ends_at:
        try:
            connect(link, 53, address=HOST).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.05)
    pytest.fail("unbound does not serve")


def test_unbound(platform, tmp_path):
    many = [f'    local-data: "many.test. 60 A 192.0.2.{n}"' for n in range(1, 100)]
    text = UNBOUND.format(host=HOST, folder=tmp_path, address=ADDRESS, many="\n".join(many))
    (tmp_path / "unbound.conf").write_text(text)
    unbound = program("unbound", "/usr/sbin/unbound")
    with names_guest(platform) as (link, _):
        argv = (str(unbound.path), "-d", "-c", str(tmp_path / "unbound.conf"))
        server = link.start(*argv, env=unbound.env, stderr=subprocess.DEVNULL)
        try:
            await_server(link)
            answers = ask(link, "www.test", "tcp/www.test", "alias.test", "many.test")
            missing = ask(link, "none.test", "text.test")
        finally:
            server.terminate()
            server.wait(ENDS_WITHIN_S)
    assert answers == [ADDRESS, ADDRESS, ADDRESS, "192.0.2.1"]
    assert missing == ["there is no domain none.test", "text.test has no record of this type"]


def test_a_broken_server(platform):
    kinds = ("right", "twice", "third", "forged", "malformed", "garbage", "alias", "large")
    names = [f"{kind}.test" for kind in kinds]
    with names_guest(platform) as (link, vm):
        with link.host(), BrokenServer(HOST) as server:
            assert ask(link, *names) == [ADDRESS] * len(names)
            assert server.asked["third.test"] == 3
            assert server.asked["forged.test"] == server.asked["twice.test"] == 1
            errors = ask(link, "silent.test", "cut.test", "ring.test")
            assert errors[0] == SILENT
            assert server.asked["silent.test"] == 3
            assert server.asked["ring.test"] + server.asked["ring2.test"] < 20
            assert ask(link, "right.test") == [ADDRESS]
        assert vm.exit is None


def test_what_is_kept(platform):
    with names_guest(platform) as (link, _), link.host(), BrokenServer(HOST) as server:
        ask(link, *["right.test"] * 3, *["nxdomain.test"] * 3, *["nodata.test"] * 3)
        assert server.asked == {"right.test": 1, "nxdomain.test": 1, "nodata.test": 1}
        ask(link, *["nozone.test"] * 2, *["servfail.test"] * 2, "short.test")
        assert server.asked["nozone.test"] == 2
        once = server.asked["servfail.test"]
        assert once <= 3
        time.sleep(3)
        ask(link, "servfail.test", "short.test")
        assert server.asked["servfail.test"] == 2 * once
        assert server.asked["short.test"] == 2


def test_over_a_lossy_line(platform):
    lossy = Impairment(loss=10, duplicate=10, delay_ms=5, jitter_ms=5)
    with names_guest(platform, lossy) as (link, _), link.host(), BrokenServer(HOST) as server:
        for _ in range(5):
            answers = ask(link, *["short.test"] * 20)
            assert set(answers) <= {ADDRESS, SILENT}
            assert ADDRESS in answers
            time.sleep(1)
        assert server.asked["short.test"] > 1


def test_nobody_there_is_known_at_once(platform):
    """The host answers with ICMP's port unreachable, and the guest believes it."""
    with names_guest(platform) as (link, _):
        started_s = time.monotonic()
        (answer,) = ask(link, "right.test")
        took_s = time.monotonic() - started_s
    assert answer == f"the name server cannot be reached: {HOST} says: port unreachable"
    assert took_s < 5  # which is what a silent server takes
