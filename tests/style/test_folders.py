"""No folder is crowded: a list that can be read is a map."""

import subprocess
from collections import defaultdict
from pathlib import PurePath

from support import ROOT

MOST = 16  # modules side by side
# Files of one name are one module: a header and its source, an interface and its code.
SUFFIXES = {".py", ".c", ".h", ".S", ".ml", ".mli", ".js", ".sh", ".lua"}


def modules():
    """Return the names of modules by folder, of the files that git knows or would take."""
    command = ("git", "ls-files", "--cached", "--others", "--exclude-standard")
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found = defaultdict(set)
    for path in map(PurePath, listed.stdout.splitlines()):
        if path.suffix in SUFFIXES and path.name != "__init__.py" and (ROOT / path).exists():
            found[str(path.parent)].add(path.stem)
    return found


def test_no_folder_is_crowded():
    crowded = {folder: len(names) for folder, names in modules().items() if len(names) > MOST}
    assert not crowded
