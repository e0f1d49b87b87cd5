"""Sources that stand in for others since a version."""

from pathlib import Path

import pytest

from unikernel_toolchain.sources import since

FILES = [
    *("a.ml", "a.mli", "b.c"),
    *("since/ocaml-5.2/a.ml", "since/ocaml-5.10/a.ml", "since/mirage-crypto-rng-1.0/b.c"),
]


def holding(**versions):
    named = {name.replace("_", "-"): version for name, version in versions.items()}
    return sorted(str(file) for file in since.holding(map(Path, FILES), named))


def test_the_oldest_hold_where_nothing_is_known():
    assert holding() == ["a.ml", "a.mli", "b.c"]


@pytest.mark.parametrize(
    ("version", "file"),
    [
        *[(version, "a.ml") for version in ("4.13.1", "5.1.1")],
        *[(version, "since/ocaml-5.2/a.ml") for version in ("5.2", "5.2.0", "5.9", "v5.3.0~rc1")],
        *[(version, "since/ocaml-5.10/a.ml") for version in ("5.10.0+dev1", "6", "dev", "n/a", "")],
    ],
)
def test_the_newest_that_is_not_newer_than_what_is_installed(version, file):
    assert holding(ocaml=version) == sorted(["a.mli", "b.c", file])


def test_names_may_have_hyphens():
    assert "since/mirage-crypto-rng-1.0/b.c" in holding(mirage_crypto_rng="2.0.0")
    assert "b.c" in holding(mirage_crypto_rng="0.11.3")
    assert "b.c" in holding(mirage_crypto="2.0.0")
