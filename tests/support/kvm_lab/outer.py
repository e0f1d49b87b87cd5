"""The emulated machine that KVM runs in."""

import subprocess
from pathlib import Path

from support.kvm_lab.debian import Linux, Unavailable
from support.kvm_lab.initramfs import initramfs

LIMIT_S = 300


def run(linux: Linux, script: str, folder: Path) -> str:
    """Run a shell script inside; return the console's text, the script's output in it."""
    image = folder / "initramfs.gz"
    image.write_bytes(initramfs(linux, script))
    try:
        done = subprocess.run(
            command(linux.kernel, image),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LIMIT_S,
            check=False,
        )
    except FileNotFoundError as why:
        raise Unavailable("qemu-system-x86_64 is not installed") from why
    text = done.stdout.decode(errors="replace").replace("\r\n", "\n")
    assert done.returncode == 0, done.stderr.decode(errors="replace") + text
    return text


def command(kernel: Path, image: Path) -> list[str]:
    """Return QEMU's command line: TCG, an AMD processor with SVM, this machine's files."""
    files = "local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap"
    return [
        *("qemu-system-x86_64", "-accel", "tcg", "-M", "pc", "-cpu", "EPYC,-smap,-monitor"),
        *("-m", "1024", "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"),
        *("-serial", "stdio", "-virtfs", files, "-kernel", str(kernel), "-initrd", str(image)),
        *("-append", "console=ttyS0 quiet mitigations=off panic=-1"),
    ]
