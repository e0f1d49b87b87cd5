"""findlib packages that a test writes."""

from pathlib import Path


def write_package(
    folder: Path, name: str, requires: str = "", version: str = "1", archive: str = "it.cmxa"
) -> Path:
    """Write the META of a package into a folder of its own in `folder`, and return that."""
    place = folder / name
    place.mkdir(exist_ok=True)
    (place / "META").write_text(
        f'version = "{version}"\nrequires = "{requires}"\narchive(native) = "{archive}"\n'
    )
    return place
