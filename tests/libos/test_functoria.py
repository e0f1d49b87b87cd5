"""The language of config.ml as a library: what programs over it find."""

import subprocess

import pytest
from support import TESTS
from support.ocaml.config_programs import TIME_LIMIT_S, compiled
from support.ocaml.programs import sources


@pytest.mark.parametrize("source", sources(TESTS / "libos/functoria"), ids=lambda path: path.stem)
def test_library(source, tmp_path):
    compilation = compiled(source.read_text(), tmp_path, source.stem)
    assert compilation.returncode == 0, compilation.stderr
    done = subprocess.run(
        [tmp_path / source.stem], capture_output=True, text=True, timeout=TIME_LIMIT_S
    )
    assert done.returncode == 0, done.stdout + done.stderr
