"""A guest that serves HTTP: its packets in words, its functions under load, as perf has them."""

import bisect
import contextlib
import http.client
import shutil
import subprocess
import threading
from collections import Counter

import pytest

import unikernel as uk
from unikernel import plots
from unikernel.debugging import profile
from unikernel.errors import UsageError
from unikernel.frontends.commands import actions, parsers
from unikernel.frontends.commands.call import Call
from unikernel.model.debugging.packets import PacketFilter

SERVER = """
module Http = Http_server.Make (Stack)
let text = String.init 20_000 (fun i -> Char.chr (32 + (i * 7919 mod 90)))
let words () = List.sort compare (String.split_on_char 'a' text)
let answer _ _ =
  let digest = Digest.string (String.concat "" (words ())) in
  Lwt.return (Http_response.text (Digest.to_hex digest))
let start stack =
  print_endline "serving";
  Http.serve stack ~handler:answer [ ("/", Http_response.page "<h1>Hello</h1>") ]
"""
PACKAGES = ["mirage-stack-unikernel", "unikernel-apps.http"]
LOOK_S = 1.0
LOOKS = 15


@pytest.fixture(scope="module", params=["unix", "virtio"])
def server(request, tmp_path_factory):
    """A guest that serves, and the file of its frames."""
    image = uk.build(SERVER, name="server", packages=PACKAGES, target=request.param)
    capture = tmp_path_factory.mktemp("frames") / "a.pcap"
    (device,) = image.nets
    wiring = {"ports": ["0:80"], "captures": {device: str(capture)}}
    with uk.boot(image, **wiring) as machine:
        machine.console.expect("serving", timeout_s=30)
        yield machine, capture


def port(machine):
    return machine.ports[0].host_port


@contextlib.contextmanager
def load(machine):
    """Ask all the while, over two connections that are kept."""
    over = threading.Event()

    def ask():
        connection = http.client.HTTPConnection("127.0.0.1", port(machine), timeout=20)
        while not over.is_set():
            connection.request("GET", "/work")
            assert len(connection.getresponse().read()) == 32
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def test_packets_are_read_while_the_guest_runs(server):
    machine, capture = server
    connection = http.client.HTTPConnection("127.0.0.1", port(machine), timeout=20)
    connection.request("GET", "/")
    assert connection.getresponse().read()
    connection.close()
    lines = [packet.info for packet in uk.packets(capture, PacketFilter(["http"], [80]))]
    assert "GET / HTTP/1.1" in lines
    assert "HTTP/1.1 200 OK" in lines
    assert any("who has" in packet.info for packet in uk.packets(capture, PacketFilter(["arp"])))


def command(line):
    return actions.run(Call(parsers.parse(parsers.split(line))))


@pytest.mark.usefixtures("server")
def test_the_command_finds_a_machine_s_capture(tmp_path):
    assert "GET / HTTP/1.1" in str(command("packets server --http"))
    file = tmp_path / "chart.svg"
    assert "Wrote" in str(command(f"packets server --tcp --port 80 -o {file}"))
    assert file.read_text().startswith("<svg")
    assert "None of" in str(command("packets server --host 1.2.3.4"))
    both = str(command("packets server --tcp --arp"))
    assert "who has" in both
    assert "[SYN]" in both
    with pytest.raises(UsageError, match="no capture of 'other'"):
        command("packets server:other")
    with pytest.raises(UsageError, match="no machine and no file"):
        command("packets nobody")


def test_a_flame_graph_under_load_names_the_server(server):
    """It is looked at until it was seen at what it does: the host decides how often it works."""
    machine, _ = server
    names = set()
    with load(machine):
        for _ in range(LOOKS):
            seen = profile(machine, LOOK_S)
            names |= {one.name for one in seen.functions}
            if {"caml_main", "Stdlib.List.sort", "Cell.answer"} <= names:
                break
    assert {"caml_main", "Stdlib.List.sort", "Cell.answer"} <= names
    figure = plots.flame(seen)
    assert {bar["name"] for bar in figure.spec["data"][0]["values"]} & names


def perf_names(machine, folder):
    """Return how often perf finds each function; its names are nm's of the file with symbols."""
    file = folder / "perf.data"
    record = ["perf", "record", "-q", "-e", "cpu-clock:u", "-F", "400", "-o", str(file)]
    done = subprocess.run(
        [*record, "-p", str(machine.pid), "--", "sleep", str(3 * LOOK_S)],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        pytest.skip(f"perf may not look here: {done.stderr.strip()[-200:]}")
    script = ["perf", "script", "-i", str(file), "-F", "ip"]
    places = subprocess.run(script, capture_output=True, text=True, check=True).stdout.split()
    table = subprocess.run(
        ["nm", "-n", str(machine.image.debug_path)], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    symbols = [
        (int(line.split()[0], 16), line.split()[2]) for line in table if " t " in line.lower()
    ]
    begins = [address for address, _ in symbols]
    found = (bisect.bisect_right(begins, int(place, 16)) for place in places)
    return Counter(symbols[at - 1][1] for at in found if 0 < at < len(symbols))


def plain(name):
    """Return what is left of a name however it is written: Tcp.input of camlTcp__input_123."""
    stem = name.removeprefix("caml") if name[4:5].isupper() else name
    stem = stem.rpartition("_")[0] if stem.rpartition("_")[2].isdecimal() else stem
    return stem.replace("__", ".").removeprefix("unikernel.")


@pytest.mark.parametrize("server", ["unix"], indirect=True)  # of a QEMU, perf sees QEMU itself
def test_a_profile_agrees_with_perf(server, tmp_path):
    machine, _ = server
    if not shutil.which("perf"):
        pytest.skip("perf is not installed")
    ours = set()
    with load(machine):
        by_perf = perf_names(machine, tmp_path)
        if sum(by_perf.values()) < 50:
            pytest.skip(f"perf saw the guest at work {sum(by_perf.values())} times only")
        often = max(3, sum(by_perf.values()) / 20)  # what is seen less is chance
        busiest = {plain(name) for name, count in by_perf.items() if count >= often}
        for _ in range(LOOKS):  # it looks a quarter as often as perf, on a busy host still less
            ours |= {plain(one.name) for one in profile(machine, LOOK_S).functions}
            if busiest <= ours:
                break
    assert len(busiest - ours) <= 1, busiest - ours
