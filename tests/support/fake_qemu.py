"""A stand-in for QEMU that misbehaves in one way, named by $FAKE_QEMU.

Where $REAL_QEMU names a QEMU, guests under TCG are that one's, and probes pass under "KVM" unless
KVM is what misbehaves from the start.
"""

import json
import os
import re
import signal
import socket
import sys
import time
from collections.abc import Callable, Container, Iterator
from pathlib import Path
from typing import Any, NoReturn

GREETING = {"QMP": {"version": {"qemu": {"major": 9, "minor": 9, "micro": 9}}, "capabilities": []}}


def install(folder: Path) -> Path:
    """Make this file a program in `folder`, run by this very interpreter."""
    program = Path(folder) / "fake-qemu"
    source = Path(__file__).read_text(encoding="utf-8")
    program.write_text(f"#!{sys.executable}\n{source}", encoding="utf-8")
    program.chmod(0o755)
    return program


def inherited_socket(name: str) -> socket.socket:
    """Return the socket of the character device with this name in the command line."""
    found = re.search(rf"socket,id={name},fd=(\d+)", " ".join(sys.argv))
    assert found
    return socket.socket(fileno=int(found[1]))


def requests(channel: socket.socket) -> Iterator[dict[str, Any]]:
    """Yield requests; the client sends JSON without line ends."""
    text = ""
    while piece := channel.recv(4096).decode():
        text += piece
        while text:
            request, end = json.JSONDecoder().raw_decode(text)
            text = text[end:].lstrip()
            yield request


guest = {"status": "running"}


def answer_to(command: str) -> dict[str, Any]:
    if command == "query-status":
        return {"return": guest}
    if command == "query-commands":
        return {"return": [{"name": "query-status"}, {"name": "quit"}]}
    if command in {"qmp_capabilities", "quit"}:
        return {"return": {}}
    return {"error": {"class": "CommandNotFound", "desc": "no such command"}}


def serve(ignored: Container[str] = ()) -> None:
    channel = inherited_socket("qmp")
    channel.sendall(json.dumps(GREETING).encode() + b"\n")
    for request in requests(channel):
        command = request["execute"]
        if command in ignored:
            continue
        mark = {key: request[key] for key in request if key == "id"}
        channel.sendall(json.dumps(answer_to(command) | mark).encode() + b"\n")
        if command == "quit":
            return


def send_event(channel: socket.socket, event: str, **data: Any) -> None:
    stamp = {"seconds": 0, "microseconds": 0}
    message = {"event": event, "data": data, "timestamp": stamp}
    channel.sendall(json.dumps(message).encode() + b"\n")


def hold(
    state: str,
    *,
    console_output: bytes = b"",
    error_text: str = "",
    event: tuple[str, dict[str, str]] | None = None,
) -> None:
    """Answer once, then hold the guest in `state`, as QEMU does when it gives a guest up."""
    channel = inherited_socket("qmp")
    channel.sendall(json.dumps(GREETING).encode() + b"\n")
    for request in requests(channel):
        command = request["execute"]
        mark = {key: request[key] for key in request if key == "id"}
        channel.sendall(json.dumps(answer_to(command) | mark).encode() + b"\n")
        if command == "query-status" and guest["status"] == "running":
            guest["status"] = state
            inherited_socket("console").sendall(console_output)
            print(error_text, file=sys.stderr, flush=True)
            if event:
                send_event(channel, event[0], **event[1])
            send_event(channel, "STOP")


KVM_GAVE_UP = """KVM internal error. Suberror: 1
emulation failure
EAX=00000000 EBX=00000000 ECX=00000000 EDX=00000000
ESI=00000000 EDI=00000000 EBP=00000000 ESP=00000000"""


def give_up() -> None:
    """Fail as KVM does at an instruction it cannot carry out; without a monitor, stay silent."""
    guest["status"] = "internal-error"
    print(KVM_GAVE_UP, file=sys.stderr, flush=True)
    if "id=qmp" in " ".join(sys.argv):
        serve()
    hang()


def end_over_kvm(console_output: bytes = b"") -> None:
    """Answer once, say a line perhaps, complain of KVM and end."""
    channel = inherited_socket("qmp")
    channel.sendall(json.dumps(GREETING).encode() + b"\n")
    for request in requests(channel):
        mark = {key: request[key] for key in request if key == "id"}
        channel.sendall(json.dumps(answer_to(request["execute"]) | mark).encode() + b"\n")
        if request["execute"] == "query-status":
            inherited_socket("console").sendall(console_output)
            print(KVM_GAVE_UP, file=sys.stderr, flush=True)
            sys.exit(1)


def complain_and_hang() -> NoReturn:
    print(KVM_GAVE_UP, file=sys.stderr, flush=True)
    hang()


def no_kvm() -> NoReturn:
    print("qemu: error: failed to set MSR 0x10a to 0x69", file=sys.stderr)
    print(
        "qemu: kvm.c:3183: kvm_buf_set_msrs: Assertion `ret == nmsrs' failed.",
        file=sys.stderr,
        flush=True,
    )
    os.abort()


def refuse() -> NoReturn:
    print("qemu: -M microvm: unsupported machine type", file=sys.stderr)
    sys.exit(1)


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def hang() -> NoReturn:
    while True:
        time.sleep(60)


def garble() -> NoReturn:
    inherited_socket("qmp").sendall(b"this is no JSON\n")
    hang()


FAILS_PROBES = {"gives up", "no kvm", "hang"}  # those that fail already when KVM is tried


def main() -> None:
    if "--version" in sys.argv:
        print("QEMU emulator version 9.9.9 (fake)")
        return
    command_line = " ".join(sys.argv)
    way = os.environ["FAKE_QEMU"]
    probe_passes = "id=qmp" not in command_line and way not in FAILS_PROBES
    if "REAL_QEMU" in os.environ and ("-accel tcg" in command_line or probe_passes):
        real = os.environ["REAL_QEMU"]
        swap = {"kvm": "tcg", "host": "max"}
        os.execv(real, [real, *(swap.get(word, word) for word in sys.argv[1:])])
    ways: dict[str, Callable[[], None]] = {
        "refuse": refuse,
        "crash": crash,
        "hang": hang,
        "garble": garble,
        "deaf": lambda: serve(ignored={"quit"}),
        "polite": serve,
        "gives up": give_up,
        "gives up real guests": give_up,
        "no kvm": no_kvm,
        "no kvm for real guests": no_kvm,
        "gives up later": lambda: hold("internal-error", error_text=KVM_GAVE_UP),
        "gives up after a line": lambda: hold(
            "internal-error", console_output=b"a line\n", error_text=KVM_GAVE_UP
        ),
        "loses its disk": lambda: hold(
            "io-error", event=("BLOCK_IO_ERROR", {"reason": "No space left on device"})
        ),
        "watchdog": lambda: hold("watchdog", event=("WATCHDOG", {"action": "pause"})),
        "something new": lambda: hold("frozen"),
        "ends": end_over_kvm,
        "ends after a line": lambda: end_over_kvm(b"a line\n"),
        "does not answer": complain_and_hang,
        "saves": lambda: hold("save-vm"),
    }
    ways[way]()


if __name__ == "__main__":
    main()
