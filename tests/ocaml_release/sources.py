"""OCaml's sources, as the npm registry has them for esy's users."""

import shutil
import subprocess
from pathlib import Path

LIMIT_S = 300


class Unavailable(Exception):
    """The sources cannot be had here; the text says why."""


def fetch(package: str, folder: Path) -> Path:
    """Return the tree of a package like ocaml@4.14.1000, unpacked below `folder`."""
    npm = shutil.which("npm")
    if not npm:
        raise Unavailable("npm is not installed")
    command = [npm, "pack", "--silent", "--cache", str(folder / "npm"), package]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
        )
    except subprocess.TimeoutExpired as why:
        raise Unavailable(f"npm did not bring {package} within {LIMIT_S} s") from why
    archives = sorted(folder.glob("*.tgz"))
    if done.returncode or not archives:
        raise Unavailable(f"npm pack {package}: {(done.stderr + done.stdout).strip()[-300:]}")
    subprocess.run(("tar", "-xzf", archives[0].name), cwd=folder, check=True, timeout=LIMIT_S)
    return folder / "package"
