"""Boot keys: what a guest with a network takes on its command line, and how it refuses."""

import re

import pytest
from support.guests.guest_programs import ENDS_WITHIN_S
from support.platforms import ABOVE_STACKS, choices, target_of

import unikernel
from unikernel.model.network import lan, user

pytestmark = pytest.mark.boot

SHOWS_ADDRESS = """
let start stack = List.iter (fun a -> print_endline (Ipaddr.V4.to_string a))
  (Stack.IPV4.get_ip (Stack.ipv4 stack));
  List.iter print_endline (Boot_keys.arguments ())
"""
TWO_NETWORKS = """
module Main (A : Mirage_stack.V4) (B : Mirage_stack.V4) = struct
  let start a b =
    List.iter (fun a -> print_endline (Ipaddr.V4.to_string a)) (A.IPV4.get_ip (A.ipv4 a));
    List.iter (fun a -> print_endline (Ipaddr.V4.to_string a)) (B.IPV4.get_ip (B.ipv4 b))
end
"""
BOTH_FAMILIES = """
let start stack = List.iter (fun a -> print_endline (Ipaddr.to_string a))
  (Stack_v4v6.IP.get_ip (Stack_v4v6.ip stack))
"""
SHOWS_RESOLVER = """
module Names = Dns_client_mirage.Make (Random_unikernel) (OS.Time) (Mclock) (Stack)
let start stack =
  let _, (address, _) = Names.nameserver (Names.create stack) in
  print_endline (Ipaddr.V4.to_string address)
"""
OWN_CLIENT = """
module Main (S : Mirage_stack.V4) (R : Resolver_lwt.S) = struct
  module Names = Dns_client_mirage.Make (Random_unikernel) (OS.Time) (Mclock) (S)
  let start stack _ =
    let _, (address, _) = Names.nameserver (Names.create stack) in
    print_endline (Ipaddr.V4.to_string address)
end
"""
USAGE, HELP, UNAVAILABLE = 64, 63, 69
OF_TCP = ("tcp-receive-buffer", "tcp-send-buffer")


@pytest.fixture(scope="module", params=ABOVE_STACKS)
def platform(request):
    return request.param


@pytest.fixture(scope="module")
def image(platform):
    return build(SHOWS_ADDRESS, platform, name="boot keys", nets=["service"])


def build(source, platform, **request):
    return unikernel.build(source, target=target_of(platform), **request)


def run(image, *arguments, **spec):
    """Return what the guest said, its logs left out, and its exit status."""
    spec |= choices("unix" if image.target == "unix" else "microvm")
    with unikernel.boot(image, arguments=arguments, replace=True, wait="running", **spec) as vm:
        ended = vm.wait(timeout_s=ENDS_WITHIN_S)
        lines = vm.console.text.strip().splitlines()
        return [line for line in lines if ": INF [" not in line], ended.status


@pytest.mark.parametrize(
    ("arguments", "address"),
    [
        ((), "10.0.2.15"),
        (("--ipv4=10.0.2.16/24",), "10.0.2.16"),
        (("--ipv4", "192.168.7.2/30", "--ipv4-gateway", "192.168.7.1"), "192.168.7.2"),
        (("--dhcp",), "10.0.2.15"),
        (("--dhcp=true",), "10.0.2.15"),
        (("--interface=service", "-l", "debug,arp:quiet", "--logs=quiet"), "10.0.2.15"),
    ],
)
def test_addresses(image, arguments, address):
    assert run(image, *arguments) == ([address], 0)


def test_the_host_tells_the_address(image):
    assert run(image, nets={"service": user(guest="10.7.0.9/16")}) == (["10.7.0.9"], 0)


def test_other_words_are_the_applications(image):
    output, status = run(image, "one", "--ipv4=10.0.2.3/24", "two", "--", "--three")
    assert (output, status) == (["10.0.2.3", "one", "two", "--three"], 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--ip=10.0.2.3",), "there is no boot key --ip=10.0.2.3. There are: --dhcp, "),
        (("-x",), "there is no boot key -x"),
        (("--ipv4=10.0.2.3",), "--ipv4=10.0.2.3 is refused. It is an address with the length"),
        (("--ipv4=10.0.2.300/24",), "as in 10.0.2.15/24"),
        (("--ipv4",), "--ipv4 needs a value: --ipv4=ADDRESS/LENGTH"),
        (("--ipv4=224.0.0.1/24",), "It is a multicast address"),
        (("--ipv4=127.0.0.1/8",), "It is a loopback address"),
        (("--ipv4=0.0.0.0/24",), "It stands for no address"),
        (("--ipv4=10.0.2.0/24",), "It is the network's own address"),
        (("--ipv4=10.0.2.255/24",), "It is the network's broadcast address"),
        (("--ipv4-gateway=239.0.0.1",), "It is a multicast address"),
        (("--ipv4-gateway=10.0.2.15",), "It is the address of --ipv4."),
        (("--ipv4-gateway=10.0.9.1",), "It is outside the network 10.0.2.0/24 of --ipv4."),
        (("--dhcp", "--ipv4=10.0.2.3/24"), "--dhcp and --ipv4 exclude each other"),
        (("--dhcp=maybe",), "It is true or false."),
        (("--tcp-send-buffer=3",), "It is a number of KiB from 4 to "),
        (("--tcp-receive-buffer=999999",), "an eighth of this guest's memory."),
        (("--logs=loud",), "levels are quiet, app, error, warning, info, debug"),
    ],
)
def test_refusals(image, arguments, message):
    output, status = run(image, *arguments)
    assert status == USAGE
    assert any(message in line for line in output), output


def test_help_lists_all_keys(image):
    output, status = run(image, "--help")
    assert status == HELP
    keys = re.findall(r"^  (?:-\w, )?--([\w-]+)", "\n".join(output), re.MULTILINE)
    assert keys == ["dhcp", "interface", "ipv4", "ipv4-gateway", "logs", *OF_TCP]


def test_a_network_without_an_address(image):
    output, status = run(image, nets={"service": lan("boot-keys")})
    assert status == USAGE
    assert "the network service has no address. Give it one, --ipv4=" in output[0]


def test_a_device_that_is_not_there(image):
    output, status = run(image, "--interface=other")
    assert status == UNAVAILABLE
    assert 'Netif.connect "other": no network device' in output[0]


def test_keys_of_several_networks_carry_their_names(platform):
    nets = ["service", "management"]
    image = build(TWO_NETWORKS, platform, name="two networks", packages=["mirage-stack"], nets=nets)
    output, status = run(image, "--management-ipv4=10.0.2.99/24")
    assert (output, status) == (["10.0.2.15", "10.0.2.99"], 0)
    output, status = run(image, "--ipv4=10.0.2.99/24")
    assert status == USAGE
    assert "--management-ipv4, --management-ipv4-gateway" in output[0]


@pytest.fixture(scope="module")
def dual(platform):
    return build(BOTH_FAMILIES, platform, name="both families", nets=["service"])


@pytest.mark.parametrize(
    ("arguments", "addresses"),
    [
        ((), ["10.0.2.15", "fe80::"]),
        (("--ipv6=fd00::2/64",), ["10.0.2.15", "fe80::", "fd00::2"]),
        (("--ipv4=10.0.2.16/24", "--ipv6=fd00::2/64", "--ipv6-gateway=fd00::1"), ["10.0.2.16"]),
        (("--ipv4-only",), ["10.0.2.15"]),
        (("--ipv6-only",), ["fe80::"]),
        (("--dhcp", "--accept-router-advertisements=false"), ["10.0.2.15", "fe80::"]),
    ],
)
def test_addresses_of_both_families(dual, arguments, addresses):
    output, status = run(dual, *arguments)
    assert status == 0
    assert all(any(line.startswith(one) for line in output) for one in addresses), output
    assert any(":" in line for line in output) == ("--ipv4-only" not in arguments)
    assert any("." in line for line in output) == ("--ipv6-only" not in arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--ipv4-only", "--ipv6-only"), "--ipv4-only and --ipv6-only exclude each other"),
        (("--ipv4-only", "--ipv6=fd00::2/64"), "--ipv4-only and --ipv6 exclude each other"),
        (("--ipv6-only", "--ipv4=10.0.2.3/24"), "--ipv6-only and --ipv4 exclude each other"),
        (("--ipv6-only", "--dhcp"), "--ipv6-only and --dhcp exclude each other"),
        (("--ipv6=fd00::2",), "It is an address with the length of its network, as in fd00::2/64"),
        (("--ipv6=ff02::1/64",), "It is a multicast address"),
        (("--ipv6=::1/128",), "It is a loopback address"),
        (("--ipv6=::/64",), "It stands for no address"),
        (("--ipv6=fd00::/64",), "It is the network's own address"),
        (("--ipv6-gateway=ff02::2",), "It is a multicast address"),
        (("--ipv6-gateway=10.0.2.2",), "It is an address, as in fd00::1"),
        (("--accept-router-advertisements=maybe",), "It is true or false"),
    ],
)
def test_refusals_of_both_families(dual, arguments, message):
    output, status = run(dual, *arguments)
    assert status == USAGE
    assert any(message in line for line in output), output


def test_without_an_ipv4_address_there_is_ipv6(dual):
    output, status = run(dual, nets={"service": lan("boot-keys-dual")})
    assert status == 0
    assert [line[:6] for line in output] == ["fe80::"]
    output, status = run(dual, "--ipv4-only", nets={"service": lan("boot-keys-dual")})
    assert status == USAGE
    assert "the network service has no address" in output[0]


def test_help_lists_the_keys_of_both_families(dual):
    output, _ = run(dual, "--help")
    keys = re.findall(r"^  (?:-\w, )?--([\w-]+)", "\n".join(output), re.MULTILINE)
    of_ipv6 = ["ipv6", "ipv6-gateway", "ipv6-only"]
    of_ipv4 = ["ipv4", "ipv4-gateway", "ipv4-only"]
    assert keys == [
        *("accept-router-advertisements", "dhcp", "interface"),
        *of_ipv4,
        *of_ipv6,
        "logs",
        *OF_TCP,
    ]


@pytest.mark.parametrize(
    ("network", "arguments", "resolver"),
    [
        (user(internet=True), (), "10.0.2.3"),
        (user(internet=True, dns="10.0.2.9"), (), "10.0.2.9"),
        (user(internet=True, dns="10.0.2.9"), ("--dhcp",), "10.0.2.9"),
        (user(), (), "91.239.100.100"),
    ],
    ids=["told by the host", "another told by the host", "told by DHCP", "told by nobody"],
)
def test_whose_name_server_is_asked(platform, network, arguments, resolver):
    packages = ["dns-client.mirage"]
    image = build(SHOWS_RESOLVER, platform, name="resolver", packages=packages, nets=["service"])
    assert run(image, *arguments, nets={"service": network}) == ([resolver], 0)


def own_client(platform):
    packages = ["dns-client.mirage", "conduit-mirage", "mirage-stack"]
    return build(OWN_CLIENT, platform, name="own client", packages=packages, nets=["service"])


def test_the_resolver_that_is_given_goes_first_for_a_client_of_the_programs_own(platform):
    image, nets = own_client(platform), {"service": user(internet=True)}
    assert run(image, "--resolver=10.0.2.77", nets=nets) == (["10.0.2.77"], 0)
    assert run(image, nets=nets) == (["10.0.2.3"], 0)


@pytest.mark.parametrize("port", ["0", "-1", "65536", "dns"])
def test_a_port_that_cannot_be(platform, port):
    output, status = run(own_client(platform), "--resolver=10.0.2.77", f"--resolver-port={port}")
    assert status == USAGE
    assert any("It is a port, from 1 to 65535." in line for line in output)
