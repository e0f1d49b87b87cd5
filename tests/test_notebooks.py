"""Every notebook runs from top to bottom, and its last cell, which checks the work, ran."""

from pathlib import Path

import headless
import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


@pytest.mark.notebook
@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path, tmp_path):
    executed = headless.execute(nbformat.read(path, as_version=4), tmp_path)
    cells = headless.code_cells(executed)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert [output for output in outputs if output.output_type == "error"] == []
    assert "assert" in cells[-1].source, "the last cell checks the work"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_committed_notebook_shows_its_outputs(path):
    cells = headless.code_cells(nbformat.read(path, as_version=4))
    assert all(cell.execution_count for cell in cells), "commit notebooks executed"
