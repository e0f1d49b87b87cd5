"""Every notebook runs from top to bottom, and its last cell, which checks the work, ran.

It does so for each target, as after `%config UnikernelMagics.target = "unix"`. A cell with the tag
"virtio" is about QEMU itself, and left out of other targets' runs. A notebook whose cells name
their targets runs once, and builds for the one that it is about.
"""

import re

import headless
import nbformat
import pytest
from support import ROOT
from support.platforms import TARGETS

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
NAMES_ITS_TARGET = {
    "05_targets": "virtio",
    "08_xen": "xen",
    "09_looking_inside": "virtio",
    "10_exploring": "unix",
}
# Measured as short as it goes: whether a cell runs does not hang on for how long, or how often.
ENOUGH = {"seconds": 1, "repeat": 2}
ASKED_FOR = re.compile(r"\b(seconds|repeat)([ =])(\d+)")


def cases():
    for path in NOTEBOOKS:
        named = NAMES_ITS_TARGET.get(path.stem)
        for target in [named] if named else TARGETS:
            yield pytest.param(path, target, id=f"{path.stem}-{target}")


@pytest.mark.notebook
@pytest.mark.slow
@pytest.mark.parametrize(("path", "target"), list(cases()))
def test_notebook_runs(path, target, tmp_path):
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [shorter(cell) for cell in notebook.cells if concerns(cell, target)]
    cells = headless.code_cells(
        headless.execute(notebook, tmp_path, {"UnikernelMagics.target": target})
    )
    assert any(f"for {target}" in headless.text_of(out) for cell in cells for out in cell.outputs)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert [output for output in outputs if output.output_type == "error"] == []
    assert "assert" in cells[-1].source, "the last cell checks the work"


def shorter(cell):
    cell.source = ASKED_FOR.sub(
        lambda asked: f"{asked[1]}{asked[2]}{min(int(asked[3]), ENOUGH[asked[1]])}", cell.source
    )
    return cell


def concerns(cell, target):
    return target == "virtio" or "virtio" not in cell.metadata.get("tags", ())


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_committed_notebook_shows_its_outputs(path):
    cells = headless.code_cells(nbformat.read(path, as_version=4))
    assert all(cell.execution_count for cell in cells), "commit notebooks executed"
