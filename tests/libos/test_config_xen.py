"""What a config.ml answers for the target xen: what MirageOS 3.9 takes there for each device."""

import pytest
from support.ocaml.config_programs import answered, evaluated

XEN = ("-t", "xen")
APP = """open Mirage
let main = foreign "Unikernel.Main" ({types} @-> job)
let () = register "app" [main $ {device}]
"""


def app(types, device):
    return APP.format(types=types, device=device)


def devices(answer):
    return [(it["kind"], it["name"]) for it in answer["devices"]]


def modules(answer):
    return {node["module"] for node in answer["graph"]["nodes"]}


@pytest.mark.parametrize("number", ["51712", "xvda", "/dev/xvda"])
def test_a_disk_of_xenstore_is_a_device_called_as_the_disk(number, tmp_path):
    answer = answered(app("block", f'block_of_xenstore_id "{number}"'), tmp_path, *XEN)
    assert devices(answer) == [("block", "xvda")]
    assert 'Block.connect "xvda"' in answer["main"]
    assert bool(answer["notes"]) is (number != "xvda")


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("51713", "xvda1"),
        ("51952", "xvdp"),
        (str(1 << 28 | 16 << 8), "xvdq"),
        (str(1 << 28 | 26 << 8 | 3), "xvdaa3"),
    ],
)
def test_numbers_of_disks_are_read_as_xen_counts_them(number, name, tmp_path):
    answer = answered(app("block", f'block_of_xenstore_id "{number}"'), tmp_path, *XEN)
    assert devices(answer) == [("block", name)]


@pytest.mark.parametrize(
    "number", ["", "768", "sda", "xvd", "xvdA", "xvda-1", "99999999999999999999"]
)
def test_what_is_no_disk_of_xen_is_said(number, tmp_path):
    result = evaluated(app("block", f'block_of_xenstore_id "{number}"'), tmp_path, *XEN)
    assert result.status != 0
    assert f'block_of_xenstore_id "{number}": ' in result.stderr
    assert "51712" in result.stderr


def test_a_block_key_chooses_a_disk_of_xenstore(tmp_path):
    text = app("block", 'generic_block "51728"')
    answer = answered(text, tmp_path, *XEN, "--block=xenstore")
    assert devices(answer) == [("block", "xvdb")]


@pytest.mark.parametrize(
    ("target", "name", "console"),
    [
        ("xen", "0", "Console_xen"),
        ("unix", "tap0", "Console_unix"),
        ("virtio", "service", "Console_solo5"),
    ],
)
def test_each_target_has_its_first_network_and_its_console(target, name, console, tmp_path):
    text = app("network @-> console", "default_network $ default_console")
    answer = answered(text, tmp_path, "-t", target)
    assert devices(answer) == [("net", name)]
    assert console in modules(answer)


def test_what_a_config_asks_of_the_target_is_answered(tmp_path):
    told = 'if_impl Key.{} (netif "{}") (netif "other")'
    for key, name in (("is_xen", "yes"), ("is_unix", "other"), ("is_solo5", "other")):
        answer = answered(app("network", told.format(key, "yes")), tmp_path, *XEN)
        assert devices(answer) == [("net", name)], key


def test_a_stack_is_a_direct_one(tmp_path):
    answer = answered(app("stackv4", "generic_stackv4 default_network"), tmp_path, *XEN)
    assert "Tcpip_stack_direct.Make" in modules(answer)
    refused = evaluated(app("stackv4", "socket_stackv4 [Ipaddr.V4.any]"), tmp_path, *XEN)
    assert "-t unix" in refused.stderr


def test_qubes_is_told_what_there_is(tmp_path):
    result = evaluated(app("network", "default_network"), tmp_path, "-t", "qubes")
    assert result.status != 0
    assert "-t xen" in result.stderr
