"""Ports lead to where a guest's own keys put it."""

import pytest

from unikernel.model.network import User, lan, tap, user
from unikernel.model.static_addresses import follow
from unikernel_toolchain.model.address_keys import AddressKeys, of_plain
from unikernel_toolchain.model.device import Device

PORTS = ["8080:80"]
KEYS = AddressKeys("tap0", "ipv4", "ipv4-gateway")
CONFIGURED = AddressKeys("tap0", "ipv4", "ipv4-gateway", "10.0.5.9/24", "10.0.5.1")


def followed(network, *arguments, keys=KEYS):
    nets, sentences = follow({"tap0": network}, [keys], arguments)
    return nets["tap0"], sentences


@pytest.mark.parametrize(
    ("arguments", "guest", "gateway"),
    [
        ((), "10.0.2.15/24", "10.0.2.2"),
        (("--hello=you",), "10.0.2.15/24", "10.0.2.2"),
        (("--ipv4=10.0.2.77/24",), "10.0.2.77/24", "10.0.2.2"),
        (("--ipv4", "192.168.1.5/16"), "192.168.1.5/16", "192.168.0.2"),
        (("--ipv4=10.0.0.2/24", "--ipv4-gateway=10.0.0.1"), "10.0.0.2/24", "10.0.0.1"),
        (("--ipv4=10.0.0.2/24", "--ipv4-gateway", "10.9.9.9"), "10.0.0.2/24", "10.0.0.1"),
        (("--ipv4=10.0.0.2/24", "--ipv4-gateway=none"), "10.0.0.2/24", "10.0.0.1"),
        # What the guest itself refuses, or never reads.
        (("--ipv4=10.0.2.77",), "10.0.2.15/24", "10.0.2.2"),
        (("--ipv4=ten/24",), "10.0.2.15/24", "10.0.2.2"),
        (("--ipv4",), "10.0.2.15/24", "10.0.2.2"),
        (("--", "--ipv4=10.0.2.77/24"), "10.0.2.15/24", "10.0.2.2"),
        (("--other-ipv4=10.0.2.77/24",), "10.0.2.15/24", "10.0.2.2"),
    ],
)
def test_a_network_is_the_one_of_the_guests_address(arguments, guest, gateway):
    network, sentences = followed(user(PORTS), *arguments)
    assert (network.guest_address, network.gateway) == (guest, gateway)
    assert network.forwards == user(PORTS).forwards
    assert not sentences


def test_a_key_of_configuring_is_a_default_of_booting():
    network, _ = followed(user(PORTS), keys=CONFIGURED)
    assert network == User(ports=network.ports, guest="10.0.5.9/24", router="10.0.5.1")
    network, _ = followed(user(PORTS), "--ipv4=10.0.6.9/24", keys=CONFIGURED)
    assert network == User(ports=network.ports, guest="10.0.6.9/24")


def test_a_network_that_was_chosen_stays_where_it_is():
    network, sentences = followed(user(PORTS, guest="10.1.0.4/16"), "--ipv4=10.1.2.3/24")
    assert (network.guest_address, network.gateway, sentences) == ("10.1.2.3/16", "10.1.0.2", ())


@pytest.mark.parametrize(
    ("network", "address", "said"),
    [
        (user(PORTS, guest="10.1.0.4/16"), "10.0.2.77/24", "user,guest=10.0.2.77/24"),
        (user(PORTS), "10.0.2.77/30", "at most 28"),
        (user(PORTS), "10.0.2.255/24", "Hosts there are 10.0.2.1 to 10.0.2.254"),
        (user(PORTS, dns="10.0.2.9"), "10.0.3.1/24", "10.0.2.9 is no host's address"),
    ],
)
def test_ports_that_lead_nowhere_are_told(network, address, said):
    same, (sentence,) = followed(network, f"--ipv4={address}")
    assert same == network
    assert f"Nothing reaches {address}, the address that --ipv4 gives the guest on tap0" in sentence
    assert said in sentence


def test_where_nothing_leads_in_nothing_is_told():
    assert followed(user(), "--ipv4=10.0.2.77/30") == (user(), ())


@pytest.mark.parametrize("network", [tap(), lan("lab")])
def test_other_networks_are_their_hosts(network):
    assert followed(network, "--ipv4=10.0.2.77/24") == (network, ())


def test_the_first_address_of_a_device_that_was_given_counts():
    second = AddressKeys("tap0", "b-ipv4", "b-ipv4-gateway")
    nets, _ = follow({"tap0": user()}, [KEYS, second], ["--b-ipv4=10.0.7.7/24"])
    assert nets["tap0"].guest_address == "10.0.7.7/24"


def test_plain_programs_have_groups_where_they_have_several_networks():
    one, two = Device("net", "service"), Device("net", "second")
    packages = ["lwt", "unikernel-keys.network"]
    assert of_plain([one], packages) == (AddressKeys("service", "ipv4", "ipv4-gateway"),)
    assert [it.address for it in of_plain([one, two], packages)] == ["service-ipv4", "second-ipv4"]
    assert of_plain([one], ["lwt"]) == ()
