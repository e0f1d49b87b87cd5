"""Commands inside a tree: in namespaces of their own, which end with whoever began them.

The first process of the PID namespace waits for the command, and for the end of its standard input,
a pipe that the caller holds: a caller that ends, however it does, closes it. With the first process
the kernel ends all others of the namespace, and with the last of these the mounts are gone, which
nobody else has ever seen: pid_namespaces(7), mount_namespaces(7).
"""

import faulthandler
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from support import ROOT
from support.distributions.trees import NAMESPACES, as_root, path, root_prefix

CHECKOUT = "home/jupyter-unikernel"  # below a tree
END_LIMIT_S = 60
DONE_LIMIT_S = 3600
SHOWN_CHARACTERS = 6000
# How this machine reaches others, where that is not as everybody's does: proxies, and who vouches
# for them.
PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
CERTIFICATES_INSIDE = "usr/local/share/outer-certificates.crt"
CERTIFICATE_VARIABLES = ("PIP_CERT", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE")
# What is kept of the checkout of an earlier run is what git ignores.
LAY_OUT = r"""
set -eu
place=$1/$2 archive=$3
mkdir -p "$place"
find "$place" -mindepth 1 -maxdepth 1 ! -name .venv ! -name .cache -exec rm -rf {} +
tar --extract --no-same-owner --directory "$place" --file "$archive"
git -C "$place" init --quiet
git -C "$place" add --all
"""
FIRST_PROCESS = r"""
set -eu
tree=$1
shift
mount --bind "$tree" "$tree"
mount -t proc proc "$tree/proc"
mount --rbind /sys "$tree/sys"
mount --rbind /dev "$tree/dev"
mount -t tmpfs tmpfs "$tree/run"
mount -t tmpfs tmpfs "$tree/tmp"
trap 'exit 143' TERM
exec 3<&0
{ cat <&3 >/dev/null; kill -TERM $$; } &
chroot "$tree" env -i "$@" </dev/null 3<&- &
wait $!
"""


def lay_out_checkout(tree: Path, folder: Path) -> None:
    """Leave in the tree what git knows of the checkout, as a repository of its own.

    `folder` is for what that takes.
    """
    archive = folder / "checkout.tar"
    listed = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True, timeout=60).stdout
    there = b"\0".join(
        name for name in names.split(b"\0") if name and (ROOT / os.fsdecode(name)).exists()
    )
    pack = ("tar", "--create", "--file", archive, "--null", "--files-from=-")
    subprocess.run(pack, cwd=ROOT, input=there, check=True, timeout=60)
    as_root("sh", "-c", LAY_OUT, "lay-out", tree, CHECKOUT, archive)
    connect(tree)


def connect(tree: Path) -> None:
    """Have the tree reach the network as this machine does."""
    as_root("cp", "-L", "/etc/resolv.conf", "/etc/hosts", tree / "etc")
    if CERTIFICATES.exists():
        as_root("cp", "-L", CERTIFICATES, tree / CERTIFICATES_INSIDE)


def environment(tree: Path) -> list[str]:
    """Return the environment of a login on that machine, as words of env."""
    words = {
        "HOME": "/root",
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    }
    words |= {name: os.environ[name] for name in PROXIES if name in os.environ}
    if (tree / CERTIFICATES_INSIDE).exists():
        words |= dict.fromkeys(CERTIFICATE_VARIABLES, f"/{CERTIFICATES_INSIDE}")
    return [f"{name}={value}" for name, value in words.items()]


class Inside:
    """A shell's command in a folder of a tree; as a context, ended at the latest with it."""

    def __init__(
        self, tree: Path, command: str, output: Path, folder: str = f"/{CHECKOUT}"
    ) -> None:
        first = (*NAMESPACES, "sh", "-c", FIRST_PROCESS, "init")
        inner = ("sh", "-c", f"cd {folder} && {command}")
        with output.open("wb") as log:
            self.process = subprocess.Popen(
                (*root_prefix(), *first, tree, *environment(tree), *inner),
                env={**os.environ, "PATH": path()},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End the command, and wait until nothing of it is left."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(timeout=END_LIMIT_S)


@contextmanager
def running(
    tree: Path, command: str, folder: str, output: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Give the process of a command, which takes minutes at most, in a folder of a tree."""
    faulthandler.cancel_dump_traceback_later()  # minutes are right here
    with Inside(tree, command, output, folder) as it:
        yield it.process


def said_by(process: subprocess.Popen[bytes], output: Path) -> str:
    """Return what a command said in the end.

    Raises AssertionError, with the end of that, when it fails.
    """
    status = process.wait(timeout=DONE_LIMIT_S)
    said = output.read_text(errors="replace")
    assert status == 0, said[-SHOWN_CHARACTERS:]
    return said


def done(tree: Path, command: str, folder: str, output: Path) -> str:
    """Do a command in a folder of a tree; return what it said. Raises AssertionError."""
    with running(tree, command, folder, output) as process:
        return said_by(process, output)
