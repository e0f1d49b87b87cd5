"""Sources of another release that cannot be had: what needs them is skipped, and says why."""

import pytest
from support.ocaml_release.sources import Unavailable, fetch


def test_without_npm(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="npm is not installed"):
        fetch("ocaml@4.14.1000", tmp_path)


def test_what_npm_says_is_the_reason(tmp_path, monkeypatch):
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho 'npm error network: no such host' >&2\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(Unavailable, match="no such host"):
        fetch("ocaml@4.14.1000", tmp_path)
