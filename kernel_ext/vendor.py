"""`./lab vendor [PACKAGE@VERSION...]`: fetches the JavaScript libraries that are kept here.

They are committed as npm's registry has them: who uses or builds this needs neither Node nor a
network. `versions.json` beside them says from which package and release each file is, and its hash.
Words are packages to bring to another release; without any, all are fetched again as they are.
npm, which compares what it fetches with the registry's own hashes, is needed for this alone.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LIMIT_S = 300
TABLE = "versions.json"
FOLDERS = tuple(table.parent for table in ROOT.glob(f"[!.]*/**/vendored/{TABLE}"))


def sha256(data: bytes) -> str:
    """Return the SHA-256 of data in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def fetch(package: str, version: str) -> dict[str, bytes]:
    """Return the files of a release, by their paths in it."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ("npm", "pack", "--silent", "--pack-destination", folder, f"{package}@{version}"),
            stdout=subprocess.DEVNULL,
            timeout=LIMIT_S,
            check=True,
        )
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            return {
                member.name.partition("/")[2]: file.read()
                for member in archive
                if (file := archive.extractfile(member))
            }


def renew(folder: Path, wanted: dict[str, str]) -> None:
    """Fetch the files of a folder's table, and write both."""
    table: dict[str, Any] = json.loads((folder / TABLE).read_text(encoding="utf-8"))
    for name, library in table.items():
        library["version"] = wanted.get(library["package"], library["version"])
        released = fetch(library["package"], library["version"])
        library["licence"] = json.loads(released["package.json"])["license"]
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir()
        for file, about in library["files"].items():
            data = released[about["path"]]
            (folder / name / file).write_bytes(data)
            about["sha256"] = sha256(data)
        print(f"{folder.relative_to(ROOT)}/{name}: {library['package']}@{library['version']}")
    (folder / TABLE).write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Renew every folder of libraries."""
    if not shutil.which("npm"):
        sys.exit("npm is not installed, and it fetches the libraries: apt-get install npm")
    wanted = dict(word.rsplit("@", 1) for word in sys.argv[1:])
    for folder in FOLDERS:
        renew(folder, wanted)


if __name__ == "__main__":
    main()
