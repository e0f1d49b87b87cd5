import pytest

from unikernel.machines.qemu.netdev import devices
from unikernel.model.boot_parameters import network_variables
from unikernel.model.network import lan, tap, user
from unikernel.model.spec import Spec


def pairs(spec, backends=None):
    argv = devices(spec, backends)
    return list(zip(argv[::2], argv[1::2], strict=True))


def test_no_device_no_words():
    assert devices(Spec(), None) == ()
    assert network_variables({}) == {}


def test_mmio_devices_have_fixed_places():
    spec = Spec(nets={"a": user(mac="52:54:00:00:00:01"), "b": lan("lab")})
    assert pairs(spec) == [
        ("-netdev", "user,net=10.0.2.0/24,dhcpstart=10.0.2.15,restrict=on,id=net0"),
        ("-device", "virtio-net-device,bus=virtio-mmio-bus.0,netdev=net0,mac=52:54:00:00:00:01"),
        ("-netdev", "hubport,hubid=0,id=net1"),
        ("-device", "virtio-net-device,bus=virtio-mmio-bus.1,netdev=net1"),
    ]


@pytest.mark.parametrize("machine", ["q35", "pc"])
def test_pci_devices_have_fixed_slots(machine):
    argv = dict(pairs(Spec(machine=machine, nets={"a": tap("t0", mtu=9000)})))
    assert argv["-netdev"] == "tap,ifname=t0,script=no,downscript=no,id=net0"
    assert argv["-device"] == "virtio-net-pci,addr=0x10,romfile=,netdev=net0,host_mtu=9000"


def test_a_started_machine_has_its_own_backends():
    argv = dict(pairs(Spec(nets={"a": tap()}), {"a": "tap,fd=7"}))
    assert argv["-netdev"] == "tap,fd=7,id=net0"


def test_ports_are_forwarded():
    network = user(ports=["8080:80", "0.0.0.0:53:5353/udp"], guest="10.9.0.4/16", dns="10.9.0.8")
    argv = dict(pairs(Spec(nets={"a": network})))
    assert argv["-netdev"] == (
        "user,net=10.9.0.0/16,dhcpstart=10.9.0.4,dns=10.9.0.8"
        ",hostfwd=tcp:127.0.0.1:8080-10.9.0.4:80,hostfwd=udp:0.0.0.0:53-10.9.0.4:5353,id=net0"
    )


def test_a_guest_may_have_the_address_that_is_the_gateways_by_default():
    network = user(["8080:80"], guest="10.0.0.2/24", router="10.0.0.1")
    argv = dict(pairs(Spec(nets={"a": network})))
    assert argv["-netdev"].startswith("user,net=10.0.0.0/24,dhcpstart=10.0.0.2,host=10.0.0.1,host")


def test_offloads_can_be_left_out():
    argv = dict(pairs(Spec(nets={"a": tap(offload=False)})))
    assert ",csum=off," in argv["-device"]
    assert "guest_tso4=off" in argv["-device"]


def test_frames_are_captured_into_a_file():
    argv = dict(pairs(Spec(nets={"a": user()}, captures={"a": "x,y.pcap"})))
    assert argv["-object"] == "filter-dump,id=dump0,netdev=net0,maxlen=131072,file=x,,y.pcap"


def test_the_guest_is_told_devices_and_addresses_in_order():
    assert network_variables({"service": user(), "lab": lan("x"), "fast": tap()}) == {
        "UNIKERNEL_NET": "service,lab,fast",
        "UNIKERNEL_IPV4": "10.0.2.15/24,,10.0.0.2/24",
        "UNIKERNEL_IPV4_GATEWAY": "10.0.2.2,,10.0.0.1",
    }


def test_a_guest_that_may_reach_the_internet_is_told_its_resolver():
    nets = {"service": user(internet=True), "lab": lan("x")}
    assert network_variables(nets)["UNIKERNEL_RESOLVER"] == "10.0.2.3,"
    moved = user(internet=True, guest="10.9.0.4/16", dns="10.9.0.8")
    assert network_variables({"service": moved})["UNIKERNEL_RESOLVER"] == "10.9.0.8"
    assert "UNIKERNEL_RESOLVER" not in network_variables(
        {"service": user(host=True), "fast": tap()}
    )
