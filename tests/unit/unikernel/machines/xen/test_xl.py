"""What is written for xl, and what xl writes."""

import pytest

from unikernel.errors import UsageError
from unikernel.machines.xen import command_line
from unikernel.machines.xen.xl.config import DomainConfig, Vbd, Vif, domain_name
from unikernel.machines.xen.xl.listing import Status, status_of
from unikernel.machines.xen.xl.log import XlLog
from unikernel.model.block import parse
from unikernel.model.network import Tap, User
from unikernel.model.spec import Spec

HEADER = (
    b"Name                                        ID   Mem VCPUs\tState\tTime(s)"
    b"   UUID                            Reason-Code\tSecurity Label\n"
)
ROW = "%-40s %5d %5d %5d     %s  %8.1f 1ee0dbc6-2b87-4c9a-8b25-a6ee4aa7f8a4 %8s                -\n"


def row(name, number, state, reason="-"):
    return (ROW % (name, number, 32, 1, state, 0.4, reason)).encode()


def test_a_configuration_says_all_and_one_processor():
    config = DomainConfig(
        "web",
        "/run/unikernel/web-1.elf",
        "UNIKERNEL_NET=service hello",
        32,
        [Vif("net0", "52:54:00:00:00:01", 1400)],
        [Vbd("/dev/sda", read_only=False), Vbd("/dev/sdb", read_only=True)],
        ["xvda", "xvdb"],
    )
    assert config.text() == (
        'name = "web"\n'
        'type = "pvh"\n'
        'kernel = "/run/unikernel/web-1.elf"\n'
        'cmdline = "UNIKERNEL_NET=service hello"\n'
        "memory = 32\n"
        "vcpus = 1\n"
        'vif = [ "mac=52:54:00:00:00:01,bridge=net0,mtu=1400" ]\n'
        'disk = [ "format=raw, vdev=xvda, access=rw, backendtype=phy, target=/dev/sda", '
        '"format=raw, vdev=xvdb, access=ro, backendtype=phy, target=/dev/sdb" ]\n'
        'on_poweroff = "preserve"\n'
        'on_reboot = "preserve"\n'
        'on_crash = "preserve"\n'
        'on_watchdog = "preserve"\n'
    )


def test_a_linux_has_a_ramdisk_and_a_steady_counter_is_the_guests():
    lines = DomainConfig("a", "k", "", 8, ramdisk="/dev/sdb", native_tsc=True).text().splitlines()
    assert {'ramdisk = "/dev/sdb"', 'tsc_mode = "native"'} <= set(lines)


def test_what_xl_says_of_the_counter_is_no_complaint():
    log = XlLog(lambda _: None)
    log.feed(b'Parsing config from a.cfg\ngot a tsc mode string: "native"\n')
    assert log.complaints == []


def test_no_text_of_a_users_leaves_its_string():
    text = DomainConfig("a", "k", "x\"\n] on = 'é\\ $(ls)", 8).text()
    assert len(text.splitlines()) == 12
    assert 'cmdline = "x\\"\\n] on = \'é\\\\ $(ls)"\n' in text
    with pytest.raises(UsageError):
        DomainConfig("a", "k", "x\0", 8).text()


@pytest.mark.parametrize(
    ("machine", "domain"),
    [
        ("web", "web"),
        ("web server 2", "web-server-2"),
        ("5", "uk-5"),
        ("5 apples", "uk-5-apples"),
        ("żółw", "zow"),
        ("北京", "guest"),
        ("_x", "uk-_x"),
        ("a" * 64, "a" * 40),
        ("Domain-0", "Domain-0-2"),
    ],
)
def test_a_domain_is_named_like_its_machine(machine, domain):
    assert domain_name(machine, set()) == domain


def test_names_are_told_apart():
    assert domain_name("web", {"web", "web-2"}) == "web-3"


@pytest.mark.parametrize(
    ("listed", "status"),
    [
        (row("web", 3, "-b----"), Status(is_paused=False)),
        (row("web", 3, "--p---"), Status(is_paused=True)),
        (row("web", 3, "---s--", "0"), Status(is_paused=False, reason=0)),
        (row("web", 3, "---sc-", "3"), Status(is_paused=False, reason=3)),
        (row("web", 3, "---s-d", "0"), None),
        (row("web", 3, "-----d"), None),
        (row("(null)", 3, "r-----"), Status(is_paused=False)),
        (row("Domain-0", 0, "r-----") + row("x", 33, "---s--", "1"), None),
        (b"\xff\x00 3 3 3\n", None),
    ],
)
def test_the_state_of_one_domain_is_found(listed, status):
    assert status_of(HEADER + listed, 3) == status


def test_what_xl_says_tells_how_far_it_is():
    ended = []
    log = XlLog(ended.append)
    log.feed(b"libxl: debug: begins\ndomainbuilder: detail: xc_dom_al")
    assert not ended
    log.feed(b"locate: cmdline\n")
    log.feed(b"domainbuilder: detail: xc_dom_release: called\n")
    log.feed(b"domainbuilder: detail: xc_dom_release: called\n")
    assert ended == ["toolstack", "domain builder"]


def test_complaints_are_told_without_their_places_and_harmless():
    log = XlLog(lambda _: None)
    log.feed(
        b"libxl: error: libxl_dom.c:123:libxl__build_dom: Domain 3:xc_dom_foo failed\x1b[2J\n"
        b"libxl: debug: no error here\n"
        b"libxl: error: libxl_dom.c:123:libxl__build_dom: Domain 3:xc_dom_foo failed\x1b[2J\n"
        b"xc: error: panic: xg_dom.c:9: no loader\n"
    )
    assert log.complaints[0] == "xc_dom_foo failed^[[2J"
    assert len(log.complaints) == 2
    assert not log.lacks_memory


def test_a_command_stands_by_itself(tmp_path):
    spec = Spec(nets={"service": Tap(interface="br7", mac="52:54:00:00:00:02")}, arguments=("x",))
    argv = command_line.command(tmp_path / "i", "5", spec)
    assert argv[:4] == ["xl", "create", "-c", "/dev/null"]
    assert 'name = "uk-5"' in argv
    assert 'vif = [ "mac=52:54:00:00:00:02,bridge=br7" ]' in argv


@pytest.mark.parametrize(
    "spec",
    [
        Spec(blocks={"a": parse("none")}),
        Spec(blocks={f"d{number}": parse("1M") for number in range(9)}),
        Spec(nets={f"n{number}": User() for number in range(9)}),
    ],
)
def test_what_a_domain_cannot_have_is_refused(spec):
    with pytest.raises(UsageError):
        command_line.check(spec)
