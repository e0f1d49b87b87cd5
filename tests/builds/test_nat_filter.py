"""The filter of the NAT, loaded into a Python in QEMU's place."""

import errno
import socket
import subprocess
import sys

import pytest

from unikernel.errors import NetworkUnavailable
from unikernel.machines.qemu import hypervisor
from unikernel.machines.qemu.netdev import user as netdev
from unikernel.machines.qemu.user_network import nat_filter
from unikernel.model.network import lan, user

TRY = """
import socket, sys
family, kind, address, port = sys.argv[1:]
one = socket.socket(getattr(socket, family), getattr(socket, kind))
one.settimeout(5)
try:
    one.connect((address, int(port)))
    print("reached")
except OSError as problem:
    print(problem.errno)
"""
ANSWER = """
import socket, sys
one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
one.bind(("127.0.0.1", 0))
print(one.getsockname()[1], flush=True)
_, sender = one.recvfrom(100)
one.sendto(b"answer", sender)
try:
    one.sendto(b"stray", ("127.0.0.1", int(sys.argv[1])))
    print("reached")
except OSError as problem:
    print(problem.errno)
"""
CLOSED, INTERNET, HOST = user(ports=("5353:53/udp",)), user(internet=True), user(host=True)
ELSEWHERE = "192.0.2.1"  # TEST-NET-1 (RFC 5737): nobody's


@pytest.fixture(autouse=True)
def fresh():
    nat_filter._works.cache_clear()


def words(network, resolvers=()):
    before = list(nat_filter.prefix(hypervisor.find(), [network]))
    return [*before[:-1], f"UNIKERNEL_NAT_DNS={','.join(resolvers)}"] if before else []


def attempt(network, family, kind, address, port, **more):
    command = [*words(network, **more), sys.executable, "-c", TRY]
    command += [family, kind, address, str(port)]
    text = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    return text.stdout.strip()


@pytest.fixture
def service():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


REFUSED = str(errno.ECONNREFUSED)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "0.0.0.0"])
@pytest.mark.parametrize(("network", "opens"), [(CLOSED, False), (INTERNET, False), (HOST, True)])
def test_this_host_is_reached_by_its_word_alone(service, network, opens, address):
    kind = "SOCK_DGRAM" if address == "127.9.9.9" else "SOCK_STREAM"  # where nobody listens
    outcome = attempt(network, "AF_INET", kind, address, service)
    assert outcome == ("reached" if opens else REFUSED)


@pytest.mark.parametrize(("network", "opens"), [(CLOSED, False), (INTERNET, False), (HOST, True)])
@pytest.mark.parametrize("address", ["::1", "::ffff:127.0.0.1", "::"])
def test_nor_by_version_6(network, opens, address):
    if not socket.has_ipv6:
        pytest.skip("this Python has no IPv6")
    outcome = attempt(network, "AF_INET6", "SOCK_DGRAM", address, 9)
    absent = {str(errno.EADDRNOTAVAIL), str(errno.EAFNOSUPPORT)}  # a host without IPv6
    assert (outcome == "reached") is opens or outcome in absent


@pytest.mark.parametrize(("network", "opens"), [(CLOSED, False), (INTERNET, True), (HOST, False)])
def test_other_hosts_are_reached_by_their_word_alone(network, opens):
    outcome = attempt(network, "AF_INET", "SOCK_DGRAM", ELSEWHERE, 9)
    assert (outcome != REFUSED) is opens


def test_resolvers_of_this_host_belong_to_the_internet():
    resolver = ("AF_INET", "SOCK_DGRAM", "127.0.0.53")
    given = {"resolvers": ("127.0.0.5", "127.0.0.53")}
    assert attempt(INTERNET, *resolver, 53, **given) == "reached"
    assert attempt(INTERNET, *resolver, 54, **given) == REFUSED
    assert attempt(INTERNET, *resolver[:2], "127.0.0.54", 53, **given) == REFUSED
    assert attempt(CLOSED, *resolver, 53, **given) == REFUSED


def test_answers_go_back_to_those_who_asked_and_to_nobody_else():
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bystander,
    ):
        bystander.bind(("127.0.0.1", 0))
        client.settimeout(30)
        command = [*words(CLOSED), sys.executable, "-c", ANSWER, str(bystander.getsockname()[1])]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as answering:
            client.sendto(b"question", ("127.0.0.1", int(answering.stdout.readline())))
            assert client.recv(100) == b"answer"
            assert answering.stdout.readline().strip() == REFUSED


def test_qemu_does_without_it_where_its_own_words_will_do():
    def prefix(*networks):
        return nat_filter.prefix("/nonexistent/qemu", networks)

    assert prefix() == prefix(user(ports=("8080:80",)), lan("lab")) == ()
    assert prefix(user(internet=True, host=True)) == ()
    assert "restrict=on" in netdev(user())
    for network in (CLOSED, INTERNET, HOST, user(internet=True, host=True)):
        assert "restrict" not in netdev(network)


def test_a_damaged_filter_is_made_again(tmp_path, monkeypatch):
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path))
    path = nat_filter._library(hypervisor.find())
    for contents in (b"", path.read_bytes()[:5000], b"garbage"):
        path.write_bytes(contents)
        nat_filter._works.cache_clear()
        assert attempt(INTERNET, "AF_INET", "SOCK_DGRAM", "127.0.0.1", 9) == REFUSED
    path.unlink()  # by `clean`, while this process lives
    assert attempt(INTERNET, "AF_INET", "SOCK_DGRAM", "127.0.0.1", 9) == REFUSED


def test_the_filter_is_made_without_a_path(tmp_path, monkeypatch):
    monkeypatch.setenv("UNIKERNEL_CACHE", str(tmp_path))
    qemu = hypervisor.find()
    monkeypatch.delenv("PATH")
    assert hypervisor.find()
    assert nat_filter._library(qemu).stat().st_size


def test_a_qemu_that_takes_no_filter_is_not_trusted(tmp_path):
    static = tmp_path / "qemu"
    leave = 'void _start(void) { __asm__("xor %edi, %edi; mov $60, %eax; syscall"); }'
    compile_it = ("gcc", "-static", "-nostdlib", "-x", "c", "-", "-o", static)
    subprocess.run(compile_it, input=leave, text=True, check=True)
    with pytest.raises(NetworkUnavailable, match="takes no filter") as caught:
        nat_filter.prefix(str(static), [INTERNET])
    assert "user,internet,host" in caught.value.hint


def test_name_servers_are_read_from_the_hosts_list(tmp_path, monkeypatch):
    monkeypatch.setattr(nat_filter, "RESOLVERS", tmp_path / "resolv.conf")
    assert nat_filter._resolvers() == []
    (tmp_path / "resolv.conf").write_bytes(
        b"# nameserver 9.9.9.9\nnameserver 127.0.0.53\nnameserver fe80::1%eth0\nnameserver\n\xff\n"
        b"search a b\nnameserver 10.0.0.1\n"
    )
    assert nat_filter._resolvers() == ["127.0.0.53", "10.0.0.1"]
