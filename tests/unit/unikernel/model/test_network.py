import pytest

from unikernel.errors import UsageError
from unikernel.model.devices import assign, mac_address
from unikernel.model.network import Lan, Tap, User, lan, tap, user
from unikernel.model.network_options import assignment, parse
from unikernel.model.port_forward import Forward, forwards
from unikernel.model.port_forward import parse as forward
from unikernel.model.spec import Spec


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8080:80", Forward(8080, 80)),
        ("8053:53/udp", Forward(8053, 53, "udp")),
        ("0.0.0.0:80:8080/tcp", Forward(80, 8080, host_address="0.0.0.0")),
        ("0:80", Forward(0, 80)),
    ],
)
def test_forwards_have_a_text_form(text, expected):
    assert forward(text) == expected
    assert forward(str(expected)) == expected


@pytest.mark.parametrize(
    "text", ["80", "80:", "80:0", "70000:80", "80:80/sctp", "localhost:80:80", "a:b", "1.2.3:1:1"]
)
def test_what_is_no_forward_is_refused(text):
    with pytest.raises(UsageError):
        forward(text)


def test_ports_are_a_mapping_or_words():
    assert forwards({8080: 80}) == (Forward(8080, 80),)
    assert forwards("8080:80") == (Forward(8080, 80),)
    assert forwards([Forward(1, 2), "3:4"]) == (Forward(1, 2), Forward(3, 4))


@pytest.mark.parametrize(
    "numbers", [("0", 7), (7, "80"), (None, 7), (1.0, 7), (8080, 80.5), (True, 7), ([1], {2})]
)
def test_ports_that_are_no_numbers_are_refused(numbers):
    with pytest.raises(UsageError, match="Ports are numbers"):
        Forward(*numbers)
    with pytest.raises(UsageError):
        forwards([numbers])


@pytest.mark.parametrize(
    "wrong",
    [{"protocol": None}, {"protocol": ["tcp"]}, {"host_address": None}, {"host_address": 5}],
)
def test_other_fields_of_the_wrong_kind_are_refused(wrong):
    with pytest.raises(UsageError):
        Forward(8080, 80, **wrong)


@pytest.mark.parametrize("ports", [8080, [8080], [(8080, 80)], [None], object(), {"8080": 80}])
def test_what_cannot_be_ports_is_refused(ports):
    with pytest.raises(UsageError, match="no port forward"):
        forwards(ports)


@pytest.mark.parametrize("ports", [["1:2", "1:3"], ["1:2", "0.0.0.0:1:3"]])
def test_a_host_port_is_forwarded_once(ports):
    with pytest.raises(UsageError, match="twice"):
        forwards(ports)


@pytest.mark.parametrize("ports", [["1:2", "1:2/udp"], ["1:2", "127.0.0.2:1:2"], ["0:1", "0:2"]])
def test_ports_that_only_look_alike(ports):
    assert len(forwards(ports)) == 2


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("user", user()),
        ("user,port=8080:80,port=53:53/udp", user(ports=["8080:80", "53:53/udp"])),
        (
            "user,guest=192.168.9.5/24,dns=192.168.9.1",
            user(guest="192.168.9.5/24", dns="192.168.9.1"),
        ),
        ("tap", tap()),
        (
            "tap:tap0,address=10.1.0.1/24,guest=10.1.0.9/24",
            tap("tap0", address="10.1.0.1/24", guest="10.1.0.9/24"),
        ),
        (
            "lan:lab,mac=52:54:00:00:00:01,mtu=9000,offload=off",
            lan("lab", mac="52:54:00:00:00:01", mtu=9000, offload=False),
        ),
    ],
)
def test_networks_have_a_text_form(text, network):
    assert parse(text) == network
    assert parse(str(network)) == network


def test_addresses_by_default():
    assert (User().guest_address, User().gateway) == ("10.0.2.15/24", "10.0.2.2")
    assert (Tap().host_address, Tap().guest_address, Tap().gateway) == (
        "10.0.0.1/24",
        "10.0.0.2/24",
        "10.0.0.1",
    )
    assert (Lan().guest_address, Lan().gateway) == (None, None)


@pytest.mark.parametrize(
    ("options", "gateway", "name_server"),
    [
        ("guest=10.0.0.2/24", "10.0.0.1", "10.0.0.3"),
        ("guest=10.0.0.3/24", "10.0.0.2", "10.0.0.4"),
        ("guest=10.0.0.2/24,dns=10.0.0.1", "10.0.0.4", "10.0.0.1"),
        ("guest=10.0.0.9/24,router=10.0.0.3", "10.0.0.3", "10.0.0.4"),
        ("guest=10.0.0.4/24,router=10.0.0.3", "10.0.0.3", "10.0.0.1"),
    ],
)
def test_nobody_has_anothers_address_by_default(options, gateway, name_server):
    network = parse(f"user,{options}")
    assert (network.gateway, network.name_server) == (gateway, name_server)
    assert parse(str(network)) == network


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("usr", "Did you mean 'user'"),
        ("user:x", "has no name"),
        ("tap:", "ends where a name"),
        ("tap:a/b", "interface's name"),
        ("tap:sixteen-letters-", "interface's name"),
        ("lan", "Write lan:lab"),
        ("lan:-x", "cannot name a segment"),
        ("lan:a b", "cannot name a segment"),
        ("lan:" + "x" * 33, "cannot name a segment"),
        ("tap,adress=10.0.0.1/24", "Did you mean 'address'"),
        ("tap,address=10.0.0.1/33", "prefix length"),
        ("tap,address=ten", "no IPv4 address"),
        (
            "tap,address=10.1.0.1/24,guest=10.0.0.2/24",
            "no host's address in the subnet 10.1.0.0/24",
        ),
        ("tap,guest=10.0.0.255/24", "no host's address"),
        ("tap,address=10.1.0.1/32,guest=10.0.0.2/24", "Hosts there are 10.1.0.1 to 10.1.0.1"),
        ("tap,address=239.1.1.1/24", "a multicast, a loopback or a reserved one"),
        ("user,guest=224.0.0.1/24", "a multicast"),
        ("user,guest=127.0.0.1/8", "a loopback"),
        ("user,guest=240.0.0.1/8", "a reserved one"),
        ("user,guest=0.1.2.3/8", "no host's address"),
        ("lan:lab,guest=10.0.5.0/24", "no host's address in the subnet 10.0.5.0/24"),
        ("lan:lab,guest=10.0.5.255/24", "Hosts there are 10.0.5.1 to 10.0.5.254"),
        ("tap,guest=10.0.0.1/24", "both have 10.0.0.1"),
        ("user,dns=10.9.9.9", "no host's address in the subnet 10.0.2.0/24"),
        ("user,router=10.9.9.9", "no host's address in the subnet 10.0.2.0/24"),
        ("user,router=10.0.2.15", "an address each: guest=10.0.2.15, router=10.0.2.15"),
        ("user,guest=10.0.2.14/30", "no room"),
        ("user,mac=53:54:00:00:00:01", "MAC address"),
        ("user,mtu=100", "576 to 65535"),
        ("user,mtu=big", "number of bytes"),
        ("user,offload=maybe", "on or off"),
    ],
)
def test_mistakes_are_explained(text, message):
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert message in f"{caught.value.what} {caught.value.hint}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("service=lan:lab", ("service", lan("lab"))),
        ("tap", ("", tap())),
        ("tap:t0,mtu=9000", ("", tap("t0", mtu=9000))),
        ("user,mtu=900", ("", user(mtu=900))),
    ],
)
def test_a_network_is_assigned_to_a_device(text, expected):
    assert assignment(text) == expected


def test_every_declared_device_is_wired_in_order():
    wired = assign(("service", "management"), {"management": lan("lab")}, (Forward(1, 2),), "web")
    assert list(wired) == ["service", "management"]
    assert wired["service"].forwards == (Forward(1, 2),)
    assert isinstance(wired["management"], Lan)
    assert wired["service"].mac == mac_address("web", "service") != wired["management"].mac


def test_addresses_of_devices_are_lasting_local_and_individual():
    assert mac_address("web", "service") == mac_address("web", "service")
    first = int(mac_address("web", "service")[:2], 16)
    assert first & 0b11 == 0b10
    assert (
        assign(("a",), {"a": user(mac="52:54:00:00:00:09")}, (), "x")["a"].mac
        == "52:54:00:00:00:09"
    )


def test_a_nameless_network_is_the_first_devices():
    assert isinstance(assign(("a", "b"), {"": tap()}, (), "x")["a"], Tap)


@pytest.mark.parametrize(
    ("declared", "nets", "ports", "message"),
    [
        (("service",), {"servce": user()}, (), "Did you mean 'service'"),
        ((), {"service": user()}, (), "--net service"),
        ((), {"": user()}, (), "--net service"),
        ((), {}, (Forward(1, 2),), "--net service"),
        (("a",), {"a": tap()}, (Forward(1, 2),), "user networks only"),
        (("a", "b"), {"b": user(ports={1: 3})}, (Forward(1, 2),), "twice"),
    ],
)
def test_wrong_wishes_are_explained(declared, nets, ports, message):
    with pytest.raises(UsageError) as caught:
        assign(declared, nets, ports, "web")
    assert message in f"{caught.value.what} {caught.value.hint}"


def test_a_spec_takes_texts():
    spec = Spec(nets={"service": "tap:t0"}, ports={8080: 80})
    assert spec.nets["service"] == tap("t0")
    assert spec.ports == (Forward(8080, 80),)


def test_a_udp_port_of_a_guest_has_one_port_of_the_host():
    with pytest.raises(UsageError, match="UDP port 7"):
        user(ports=("5000:7/udp", "5001:7/udp"))
    assert len(user(ports=("5000:7/udp", "5001:8/udp", "5002:7", "5003:7")).ports) == 4
