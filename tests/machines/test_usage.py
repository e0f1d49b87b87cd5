"""What guests use, as counted while they serve and write; and captures of what they send."""

import struct
import time
import urllib.request

import pytest

import unikernel as uk
from unikernel.machines import attach

pytestmark = [pytest.mark.boot, pytest.mark.usefixtures("own_runtime_folder")]

PATIENCE_S = 20
PAGE = "x" * 4000
WEB = f"""module Http = Http_server.Make (Stack)
let start stack = Http.serve stack [ ("/", Http_response.page "{PAGE}") ]
"""
WRITER = """open Lwt.Infix
let rec write block n =
  let data = Cstruct.create 4096 in
  Block.write block 8L [ data ] >>= fun _ ->
  if n = 1 then print_endline "written";
  OS.Time.sleep_ns 20_000_000L >>= fun () -> write block (n - 1)
let start block = write block 1
"""
REQUESTS = 5


@pytest.fixture(scope="module", params=["virtio", "unix"])
def web(request):
    target = request.param
    packages = ["unikernel-apps.http"]
    return uk.build(WEB, name=f"web {target}", target=target, packages=packages, nets=["service"])


@pytest.fixture
def served(web):
    with uk.boot(web, ports=["0:80"], timeout_s=PATIENCE_S) as machine:
        yield machine


def fetch(machine, times=REQUESTS):
    (port,) = machine.ports
    deadline = time.monotonic() + PATIENCE_S
    while times and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port.host_port}/", timeout=10) as page:
                assert PAGE in page.read().decode()
            times -= 1
        except ConnectionError:
            continue  # the guest is about to listen
    assert not times


def test_what_it_serves_is_counted(served):
    fetch(served, 1)
    before = served.usage()
    fetch(served)
    after = served.usage()
    assert after.cpu_s is not None
    assert after.memory_bytes > 100_000
    assert after.unknown["disk"] == "it has no disk"
    if served.image.target == "unix":
        sent, received = after.sent_bytes - before.sent_bytes, after.received_bytes
        assert len(PAGE) * REQUESTS < sent < 2 * len(PAGE) * REQUESTS
        assert received > before.received_bytes
    else:
        assert "counts no bytes" in after.unknown["network"]
        assert after.sent_bytes is None
        rates = after.since(before)
        assert rates.sent_frames_per_s > 0
        assert after.sent_frames - before.sent_frames >= 3 * REQUESTS  # of 1,460 bytes at most
        assert after.received_frames - before.received_frames >= 3 * REQUESTS


def test_on_a_segment_bytes_are_counted_by_its_switch(web):
    nets = {"service": "lan:counted,guest=10.0.7.2/24"}
    with uk.boot(web, nets=nets, timeout_s=PATIENCE_S) as machine:
        assert machine.usage().received_bytes == 0  # nobody else is there
        assert machine.usage().received_frames is None


def test_a_capture_begins_and_ends_while_it_serves(served, tmp_path):
    fetch(served)
    file = served.start_capture(tmp_path / "frames.pcap")
    fetch(served)
    assert served.stop_capture() == file
    data = file.read_bytes()
    assert data.count(PAGE[:1000].encode()) >= REQUESTS
    assert struct.unpack_from("<I", data) == (0xA1B2C3D4,)
    fetch(served)
    assert file.read_bytes() == data, "it has ended"
    served.start_capture(file)
    served.stop_capture()
    assert file.stat().st_size < len(data), "it has begun anew"


def test_another_process_asks_the_owner(web, tmp_path):
    detached = uk.machines.detach(web, name="served", ports=["0:80"], timeout_s=PATIENCE_S)
    try:
        file = detached.start_capture(tmp_path / "frames.pcap")
        before = detached.usage()
        fetch(detached)
        rates = detached.usage().since(before)
        assert (rates.sent_bytes_per_s or rates.sent_frames_per_s) > 0
        assert detached.stop_capture() == file
        assert PAGE[:1000].encode() in file.read_bytes()
    finally:
        detached.stop()
        detached.forget()
    assert attach.machines() == ()


@pytest.mark.parametrize("target", ["virtio", "unix"])
def test_what_it_writes_to_a_disk_is_counted(target):
    image = uk.build(
        WRITER,
        name=f"writer {target}",
        target=target,
        packages=["mirage-block-unikernel", "mirage-unikernel"],
        blocks=["storage"],
    )
    with uk.boot(image, blocks={"storage": "1M"}, timeout_s=PATIENCE_S) as machine:
        machine.console.expect("written", timeout_s=PATIENCE_S)
        assert machine.usage().written_bytes >= 4096
        assert machine.usage().unknown["network"] == "it has no network device"
