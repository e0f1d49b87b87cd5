"""A stand-in for QEMU that misbehaves in one way, named by $FAKE_QEMU."""

import json
import os
import re
import signal
import socket
import sys
import time
from pathlib import Path

GREETING = {"QMP": {"version": {"qemu": {"major": 9, "minor": 9, "micro": 9}}, "capabilities": []}}


def install(folder):
    """Make this file a program in `folder`, run by this very interpreter."""
    program = Path(folder) / "fake-qemu"
    source = Path(__file__).read_text(encoding="utf-8")
    program.write_text(f"#!{sys.executable}\n{source}", encoding="utf-8")
    program.chmod(0o755)
    return program


def qmp_socket():
    descriptor = re.search(r"socket,id=qmp,fd=(\d+)", " ".join(sys.argv))[1]
    return socket.socket(fileno=int(descriptor))


def requests(channel):
    """Yield requests; the client sends JSON without line ends."""
    text = ""
    while piece := channel.recv(4096).decode():
        text += piece
        while text:
            request, end = json.JSONDecoder().raw_decode(text)
            text = text[end:].lstrip()
            yield request


def answer_to(command):
    if command == "query-status":
        return {"return": {"status": "running"}}
    if command == "query-commands":
        return {"return": [{"name": "query-status"}, {"name": "quit"}]}
    if command in {"qmp_capabilities", "quit"}:
        return {"return": {}}
    return {"error": {"class": "CommandNotFound", "desc": "no such command"}}


def serve(ignored=()):
    channel = qmp_socket()
    channel.sendall(json.dumps(GREETING).encode() + b"\n")
    for request in requests(channel):
        command = request["execute"]
        if command in ignored:
            continue
        mark = {key: request[key] for key in request if key == "id"}
        channel.sendall(json.dumps(answer_to(command) | mark).encode() + b"\n")
        if command == "quit":
            return


def refuse():
    print("qemu: -M microvm: unsupported machine type", file=sys.stderr)
    sys.exit(1)


def crash():
    os.kill(os.getpid(), signal.SIGSEGV)


def hang():
    while True:
        time.sleep(60)


def garble():
    qmp_socket().sendall(b"this is no JSON\n")
    hang()


def main():
    if "--version" in sys.argv:
        print("QEMU emulator version 9.9.9 (fake)")
        return
    ways = {
        "refuse": refuse,
        "crash": crash,
        "hang": hang,
        "garble": garble,
        "deaf": lambda: serve(ignored={"quit"}),
        "polite": serve,
    }
    ways[os.environ["FAKE_QEMU"]]()


if __name__ == "__main__":
    main()
