"""The wheel and the sdist: what is in them, and that the wheel is enough."""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path, PurePath

import pytest
from support import ROOT, own_cache
from support.distributions import first_steps, release

FOLDERS = {  # of the checkout, and where they are in the wheel
    "kernel_ext/unikernel": "unikernel",
    "toolchain/unikernel_toolchain": "unikernel_toolchain",
    "notebooks/labs": "unikernel/course/labs",
    "kernel_ext/labextension": "DATA/share/jupyter/labextensions/jupyter-unikernel",
}
OF_WHEELS = {"INFO/METADATA", "INFO/RECORD", "INFO/WHEEL", "INFO/entry_points.txt"}
NOT_IN_SDIST = (".ci/", ".github/", ".git")  # how names begin
OF_SDISTS = {"PKG-INFO", ".gitignore"}
SYSTEM_PYTHON = Path("/usr/bin/python3")  # which everybody may run, unlike one below /root
NOBODY = 65534
LIMIT_S = 300


def in_checkout():
    """The files that git knows or would take."""
    command = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=60)
    names = filter(None, listed.stdout.decode().split("\0"))
    return {name: ROOT / name for name in names if (ROOT / name).is_file()}


def digest(content):
    return hashlib.sha256(content).hexdigest()


def of_wheel(path):
    """Files of a wheel and their digests, with INFO and DATA for folders named by the version."""
    with zipfile.ZipFile(path) as wheel:
        files = {name: digest(wheel.read(name)) for name in wheel.namelist()}
    prefix = "-".join(path.name.split("-")[:2])
    places = {f"{prefix}.dist-info/": "INFO/", f"{prefix}.data/data/": "DATA/"}
    for place, short in places.items():
        files = {name.replace(place, short, 1): found for name, found in files.items()}
    return files


def test_the_wheel_has_what_the_checkout_has_and_nothing_else(built):
    expected = {}
    for name, path in in_checkout().items():
        folder = next((folder for folder in FOLDERS if name.startswith(f"{folder}/")), None)
        if folder:
            inner = PurePath(name).relative_to(folder)
            expected[f"{FOLDERS[folder]}/{inner}"] = digest(path.read_bytes())
    found = of_wheel(built.wheel)
    licences = {name for name in found if name.startswith("INFO/licenses/")}
    assert {name: found[name] for name in found.keys() - OF_WHEELS - licences} == expected
    vendored = {path for path in in_checkout() if path.startswith("kernel_ext/")}
    named = {path for path in vendored if PurePath(path).name == "LICENSE"} | {"LICENSE"}
    assert licences == {f"INFO/licenses/{name}" for name in named}


def test_the_sdist_has_what_the_checkout_has(built):
    with tarfile.open(built.sdist) as archive:
        names = {member.name.partition("/")[2] for member in archive if member.isfile()}
    expected = {name for name in in_checkout() if not name.startswith(NOT_IN_SDIST)}
    assert names - OF_SDISTS == expected


def test_the_sdist_makes_the_same_wheel(built, tmp_path):
    (tmp_path / "source").mkdir()
    unpack = ("tar", "-xf", built.sdist, "-C", tmp_path / "source")
    subprocess.run(unpack, check=True, timeout=60)
    (source,) = (tmp_path / "source").iterdir()
    release.hatchling(source, tmp_path, "--target", "wheel")
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name == built.wheel.name
    assert of_wheel(wheel) == of_wheel(built.wheel)


@pytest.fixture
def somebody():
    """A folder of a user without rights, if there is another one; how commands become theirs."""
    place = Path(tempfile.mkdtemp(prefix="unikernel-wheel-"))
    try:
        place.chmod(0o755)
        as_user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if is_root() else {}
        yield place, as_user
    finally:
        shutil.rmtree(place)


def is_root():
    return os.geteuid() == 0


def install(wheel, environment):
    """Install it with pip, and what runs notebooks, into an empty environment."""
    python = SYSTEM_PYTHON if SYSTEM_PYTHON.exists() else sys.executable
    subprocess.run((python, "-m", "venv", "--without-pip", environment), check=True, timeout=60)
    pip = (sys.executable, "-m", "pip", "--python", environment / "bin/python", "install")
    words = ("--quiet", "--no-compile", wheel, "ipykernel", "nbclient")
    subprocess.run((*pip, *words), check=True, capture_output=True, timeout=LIMIT_S)


@pytest.mark.boot
@pytest.mark.slow
def test_the_wheel_is_enough_for_a_user_without_rights_and_checkout(built, somebody):
    home, as_user = somebody
    install(built.wheel, home / "environment")
    own_cache.copy_library_os(home / "cache")
    for folder in ("cache", "work", "run"):
        (home / folder).mkdir(exist_ok=True)
        give(home / folder)
    done = subprocess.run(
        (home / "environment/bin/python", shutil.copy(first_steps.__file__, home)),
        cwd=home / "work",
        env={
            "PATH": f"{home}/environment/bin:/usr/bin:/bin",
            "HOME": str(home / "work"),
            "TMPDIR": str(home / "run"),
            "UNIKERNEL_CACHE": str(home / "cache"),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT_S,
        **as_user,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    extension = home / "environment/share/jupyter/labextensions/jupyter-unikernel/package.json"
    assert extension.exists()


def give(folder):
    """Make everything in a folder the user's."""
    if is_root():
        for path in (folder, *folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
