"""A guest whose machine is saved into a file, and goes on from it later, in another QEMU.

QEMU runs by itself here: those of the product may start no program that takes the file.
"""

import json
import select
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from unikernel.machines.qemu.command_line import command
from unikernel.model.spec import Spec
from unikernel_toolchain.model.image import Image

LATER = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	int (*real)(struct timeval *, void *) = dlsym(RTLD_NEXT, "gettimeofday");
	int result = real(now, zone);
	now->tv_sec += atol(getenv("SECONDS_LATER"));
	return result;
}
"""


def library_for_later(folder: Path) -> Path:
    """Compile what sets a host's clock ahead for one program; QEMU asks gettimeofday."""
    library = folder / "later.so"
    (folder / "later.c").write_text(LATER)
    subprocess.run(
        ["gcc", "-shared", "-fPIC", "-o", library, folder / "later.c", "-ldl"], check=True
    )
    return library


class SavedGuest:
    """A QEMU's console and monitor."""

    def __init__(self, process: subprocess.Popen[bytes], path: Path) -> None:
        assert process.stdin
        assert process.stdout
        self._stdin, self._stdout = process.stdin, process.stdout
        self._text = ""
        self._qmp = socket.socket(socket.AF_UNIX)
        self._qmp.connect(str(path))
        self._answers = self._qmp.makefile()
        self._answers.readline()
        self.execute("qmp_capabilities")

    def execute(self, name: str, **arguments: Any) -> Any:
        request = {"execute": name, "arguments": arguments}
        self._qmp.sendall(json.dumps(request).encode() + b"\n")
        while True:
            answer = json.loads(self._answers.readline())
            if "return" in answer or "error" in answer:
                assert "error" not in answer, answer
                return answer["return"]

    def wait_for(self, name: str, key: str, value: object) -> None:
        while self.execute(name).get(key) != value:
            select.select([], [], [], 0.01)

    def type(self, text: str) -> None:
        self._stdin.write(text.encode())
        self._stdin.flush()

    def line_with(self, text: str) -> str:
        """Return the next line of the console that holds `words`."""
        while True:
            assert select.select([self._stdout], [], [], 60)[0], self._text
            line = self._stdout.readline().decode()
            assert line, self._text
            self._text += line
            if text in line:
                return line

    def close(self) -> None:
        self._answers.close()
        self._qmp.close()


@contextmanager
def started(
    image: Image,
    machine: str,
    folder: Path,
    *more: str,
    environment: Mapping[str, str] | None = None,
) -> Iterator[SavedGuest]:
    """Start QEMU with the words `more`, and give its guest."""
    path = folder / "qmp"
    path.unlink(missing_ok=True)
    argv = command("qemu-system-x86_64", image.path, Spec(machine=machine), "tcg")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    process = subprocess.Popen(
        [
            *argv,
            *("-chardev", f"socket,id=qmp,fd={listener.fileno()},server=on,wait=off"),
            *("-mon", "chardev=qmp,mode=control", *more),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
        pass_fds=[listener.fileno()],
        env=environment,
    )
    with listener, process:
        guest = SavedGuest(process, path)
        try:
            yield guest
        finally:
            guest.close()
            process.kill()
