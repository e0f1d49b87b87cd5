"""Flags and looks of networks: from a command line to what a machine shows."""

import pytest
from support.fake_machine import FakeMachine, fake_image

from unikernel import machines
from unikernel.errors import UsageError
from unikernel.frontends.commands import actions
from unikernel.frontends.commands.call import Call
from unikernel.frontends.commands.completion import complete
from unikernel.frontends.commands.parsers import parse, split
from unikernel.frontends.doctor import running
from unikernel.model.network import lan, tap, user
from unikernel.model.port_forward import Forward
from unikernel.model.spec import Spec
from unikernel.render import network_facts
from unikernel.render.display import machine_html, machine_text, machines_table
from unikernel_toolchain.model.device import network_devices


@pytest.fixture
def image(tmp_path, only_these):
    image = fake_image(tmp_path, devices=network_devices(("service",)))
    only_these([image], [])
    return image


def test_flags_become_a_spec(image, monkeypatch):
    booted = {}
    monkeypatch.setattr(machines, "boot", lambda _, **choices: booted.update(choices))
    line = "boot hello --net service=user -p 8080:80 -p 53:53/udp --pcap service=x.pcap --net tap"
    actions.run(Call(parse(split(line)), None))
    spec = Spec(**{name: booted[name] for name in ("nets", "ports", "captures")})
    assert spec.nets == {"service": user(), "": tap()}
    assert spec.ports == (Forward(8080, 80), Forward(53, 53, "udp"))
    assert spec.captures == {"service": "x.pcap"}


@pytest.mark.parametrize(
    "flags", ["--net service=tapp", "-p 80", "--port 1:99999", "--net lan", "--net tap,x=y"]
)
def test_wrong_flags_are_explained(flags):
    with pytest.raises(UsageError):
        parse(split(f"boot hello {flags}"))


def test_build_takes_the_names_of_devices():
    assert parse(split("build web --net service --net management")).net == ["service", "management"]


def test_kinds_are_completed():
    assert complete("%unikernel boot hello --net ").candidates == (
        "lan:",
        "tap",
        "user",
        "user,host",
        "user,internet",
    )


@pytest.fixture
def machine(image):
    ports = ["8080:80", "0.0.0.0:53:5353/udp"]
    nets = {"service": user(ports=ports), "b": tap("uk0"), "c": lan("lab", guest="10.0.5.1/24")}
    return FakeMachine(image, nets=nets, captures={"service": "/tmp/x.pcap"})


def test_a_host_port_that_leads_to_the_guest_already_is_told_so(machine):
    for host_port, protocol, guest_port in ((8080, "tcp", 80), (53, "udp", 5353)):
        with pytest.raises(UsageError, match=f"leads to port {guest_port} of the guest already"):
            machine.forward(host_port, 7, protocol)
    assert machine.commands == []


@pytest.mark.parametrize("port", [8080, "8080:80", None])
def test_only_forwards_are_ended(machine, port):
    with pytest.raises(UsageError, match="no port forward"):
        machine.unforward(port)


def test_a_machine_shows_its_networks(machine):
    first_line = machine_text(machine).splitlines()[0]
    assert first_line.endswith(
        "8080→80, 0.0.0.0:53→5353/udp, b on tap uk0 at 10.0.0.2, c on lan lab at 10.0.5.1, "
        "frames in /tmp/x.pcap"
    )


def test_a_tcp_port_is_a_link(machine):
    html = machine_html(machine)
    assert '<a href="http://hello.localhost:8080/" target="_blank" rel="noopener' in html
    assert 'referrerpolicy="no-referrer">8080→80</a>' in html
    assert html.count("<a ") == 1


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("My Web_server.2", "my-web-server-2"),
        ("λ", "guest"),
        ("-", "guest"),
        ("a" * 62 + " b", "a" * 62),
    ],
)
def test_a_guests_page_has_a_host_of_its_own(name, host):
    assert network_facts._host_name(name) == f"{host}.localhost"


def test_an_address_that_jupyter_may_be_at_is_no_link(tmp_path):
    nets = {"": user(ports=("192.0.2.1:8080:80", "0.0.0.0:8081:80"))}
    html = machine_html(FakeMachine(fake_image(tmp_path), nets=nets))
    assert "<a " not in html.partition("8080→80")[0]
    assert 'href="http://hello.localhost:8081/"' in html


def test_what_a_guest_reaches_is_shown(tmp_path):
    image = fake_image(tmp_path)
    closed = FakeMachine(image, nets={"": user()})
    opened = FakeMachine(image, nets={"a": user(internet=True), "b": user(host=True)})
    assert "reaches" not in machine_text(closed)
    assert "reaches the internet and the host" in machine_text(opened)
    assert "→internet and →host" in str(machines_table([opened]))


def test_behind_a_hub_the_link_goes_through_its_proxy(machine, monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/me/")
    html = machine_html(machine)
    assert '<a href="/user/me/proxy/8080/"' in html
    assert "login cookie" in html.partition("<a ")[0], "said before it is offered"


def test_the_list_of_machines_has_ports(machine):
    table = str(machines_table([machine]))
    assert "PORTS" in table
    assert "8080→80, 0.0.0.0:53→5353/udp" in table
    machine.end()
    assert "8080→80" not in str(machines_table([machine]))
    assert "8080" not in machine_text(machine) + machine_html(machine)


@pytest.mark.parametrize(("lacking", "status"), [("", "ok"), ("No taps here.", "warn")])
def test_doctor_tells_whether_taps_can_be_made(lacking, status, monkeypatch):
    monkeypatch.setattr(running, "why_not", lambda: lacking)
    finding = running._taps()
    assert finding.status == status
    assert finding.fact == (lacking or "can be made")
