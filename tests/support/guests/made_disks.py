"""Disk images made of folders by the programs that people have: GNU tar, mkfs.fat and mtools."""

import subprocess
from pathlib import Path

FAT_BYTES = 8 << 20


def made(what: str, application: Path, image: Path) -> Path:
    """Make an image of "tar:FOLDER" or "fat:FOLDER" of the application's, and return it."""
    kind, _, folder = what.partition(":")
    source = application / folder
    if kind == "tar":
        _run("tar", "-C", source, "-cf", image, *(file.name for file in sorted(source.iterdir())))
    else:
        with image.open("wb") as file:
            file.truncate(FAT_BYTES)
        _run("/usr/sbin/mkfs.fat", image)
        _run("mcopy", "-s", "-i", image, *sorted(source.iterdir()), "::/")
    return image


def text_on(image: Path, path: str) -> str:
    """Return a file of a FAT image. Fails unless fsck.fat finds nothing wrong with the image."""
    _run("/usr/sbin/fsck.fat", "-n", image)
    return _run("mtype", "-i", image, f"::/{path}")


def _run(*command: str | Path) -> str:
    answer = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout
