"""OCaml's sources, as the npm registry has them for esy's users."""

import shutil
from pathlib import Path

from unikernel_toolchain.errors import ToolchainError
from unikernel_toolchain.tools.run import output_of, run

LIMIT_S = 300


class Unavailable(Exception):
    """The sources cannot be had here; the text says why."""


def fetch(package: str, folder: Path) -> Path:
    """Return the tree of a package like ocaml@4.14.1000, unpacked below `folder`."""
    npm = shutil.which("npm")
    if not npm:
        raise Unavailable("npm is not installed")
    command = (npm, "pack", "--silent", "--cache", folder / "npm", package)
    try:
        done = run(command, folder=folder, time_limit_s=LIMIT_S)
    except ToolchainError as why:
        raise Unavailable(str(why)) from why
    archives = sorted(folder.glob("*.tgz"))
    if done.returncode or not archives:
        raise Unavailable(f"npm pack {package}: {output_of(done).strip()[-300:]}")
    unpacked = run(("tar", "-xzf", archives[0].name), folder=folder)
    assert unpacked.returncode == 0, output_of(unpacked)
    return folder / "package"
