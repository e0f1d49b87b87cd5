"""Xen's toolstack on a host without Xen: a guest is a process of Python with a terminal.

Installed as programs of a folder that goes first on PATH; what they know is in $FAKE_XEN. A guest
says its command line, then echoes what is typed, until it is asked to power off.
"""

import os
import pty
import re
import signal
import sys
import time
import tty
from pathlib import Path

PROGRAMS = ("xl", "xenstore-read", "xenstore-write", "xenstore-watch")
STATE = Path(os.environ.get("FAKE_XEN", "/nonexistent"))
UUID = "00000000-0000-4000-8000-000000000001"


def install(folder: Path) -> None:
    """Make this file the programs in `folder`, run by this very interpreter."""
    source = Path(__file__).read_text(encoding="utf-8")
    for name in PROGRAMS:
        program = folder / name
        program.write_text(f"#!{sys.executable}\n{source}", encoding="utf-8")
        program.chmod(0o755)


def path_of(key: str) -> Path:
    return STATE / key.strip("/").replace("/", "%")


def create(config: str) -> None:
    text = Path(config).read_text(encoding="utf-8")
    (STATE / "config").write_text(text, encoding="utf-8")
    command_line = re.search(r'cmdline = "(.*)"', text)
    name = re.search(r'^name = "(.*)"', text, re.MULTILINE)
    assert command_line
    assert name
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    terminal = os.ttyname(theirs)
    guest = os.fork()
    if not guest:
        os.setsid()
        for descriptor in (0, 1, 2):
            os.dup2(os.open(os.devnull, os.O_RDWR), descriptor)
        os.write(ours, f"told: {command_line[1]}\n".encode())
        while data := os.read(ours, 4096):
            os.write(ours, data.upper())
    path_of("pid").write_text(str(guest))
    path_of("/local/domain/1/console/tty").write_text(terminal)
    path_of("/local/domain/1/name").write_text(name[1])
    print("domainbuilder: detail: xc_dom_set_gnttab_entry: d1 gnt[0] -> d0 0xfefff", flush=True)


def is_alive() -> bool:
    found = path_of("pid")
    return found.exists() and Path("/proc", found.read_text()).exists()


def xl(words: list[str]) -> int:
    match [word for word in words if not word.startswith("-")]:
        case ["info"]:
            print("host                   : here\nxen_version            : 4.99.1\nfree_memory : 9")
        case ["create", config]:
            create(config)
        case ["list", "1"]:
            if not is_alive():
                return 1
            print(f"web  1  32  1  -b----  0.1  {UUID}  -  -")
        case ["destroy", *_]:
            if is_alive():
                os.kill(int(path_of("pid").read_text()), signal.SIGKILL)
            path_of("pid").unlink(missing_ok=True)
        case _:
            return 1
    return 0


def main() -> int:
    program, words = Path(sys.argv[0]).name, sys.argv[1:]
    match program, words:
        case "xl", _:
            return xl(words)
        case "xenstore-read", [key]:
            if not path_of(key).exists():
                return 1
            print(path_of(key).read_text())
        case "xenstore-write", [key, value]:
            path_of(key).write_text(value)
        case "xenstore-watch", keys:
            print(*keys, sep="\n", flush=True)
            while is_alive():
                time.sleep(0.05)
            print("@releaseDomain", flush=True)
            time.sleep(60)
    return 0


if __name__ == "__main__":
    sys.exit(main())
