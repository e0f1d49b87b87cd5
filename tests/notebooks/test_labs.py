"""Every lab, done by a student: untouched, with right answers, with wrong ones.

It is done for each target that it names. What a check says of work that is not right does not
differ from target to target: it is looked at where guests start soonest.
"""

import re

import headless
import nbformat
import pytest
from support.frontends.kernel import Kernel

from course.answers import answers
from course.assignments import assignment
from unikernel.course import labs
from unikernel.course.exercises import exercises

pytestmark = pytest.mark.notebook

EXERCISE = re.compile(r"ex-\w+-(\d+)[a-z]?")


def quickest(lab):
    return "unix" if "unix" in lab.targets else lab.targets[0]


def cases():
    for lab in labs():
        for target in lab.targets:
            yield pytest.param(lab, target, id=f"{lab.path.stem}-{target}")


class Student:
    """A student with a notebook, who runs cells."""

    def __init__(self, lab, target, folder):
        self.lab = lab
        self.cells = headless.code_cells(nbformat.read(lab.path, as_version=4))
        self.kernel = Kernel(folder)
        self.kernel.run(f"%config UnikernelMagics.target = {target!r}")

    def run(self, source):
        """Run a cell; return what it says, and the name of the error it ends with, or ""."""
        outputs = self.kernel.outputs(self.kernel.submit(source))
        said, error = [], ""
        for kind, content in outputs:
            if kind == "error":
                error = content["ename"]
                said += content["traceback"]
            elif kind == "stream":
                said.append(content["text"])
            elif kind in {"display_data", "execute_result"}:
                said.append(content["data"].get("text/plain", ""))
        return headless.plain("\n".join(said)), error

    def work_through(self, sources):
        """Run all cells but the check, those of `sources` as they are there; return the errors."""
        cells = [(cell, sources.get(cell.id, cell.source)) for cell in self.cells[:-1]]
        ran = [(cell.id, *self.run(source)) for cell, source in cells]
        return {name: said for name, said, error in ran if error}

    def try_answer(self, cell_id, source):
        """Run an exercise's cell and what the check needs of the cells after it."""
        self.run(source)
        (place,) = [at for at, cell in enumerate(self.cells) if cell.id == cell_id]
        for cell in self.cells[place + 1 :]:
            if "exercise" in cell.metadata.get("tags", ()):
                return
            if "needed" in cell.metadata.get("tags", ()):
                self.run(cell.source)

    def check(self, exercise=None):
        return self.run(f"uk.course.check({self.lab.name!r}, {exercise})")


@pytest.fixture
def student(lab, target, tmp_path, own_runtime_folder):
    student = Student(lab, target, tmp_path)
    yield student
    student.kernel.close()


@pytest.mark.parametrize(("lab", "target"), list(cases()))
def test_a_lab_takes_right_answers_and_no_others(lab, target, student):
    solved = answers(lab.name)
    if target == quickest(lab):
        refuses_what_is_untouched(student)
    right = {name: answer.right for name, answer in solved.items()}
    assert student.work_through(right) == {}
    said, error = student.run(student.cells[-1].source)
    assert error == "", said
    if target == quickest(lab):
        for name, answer in solved.items():
            refuses_wrong_answers(student, name, answer)


def refuses_what_is_untouched(student):
    for said in student.work_through({}).values():
        assert "Traceback" not in said
    said, error = student.run(student.cells[-1].source)
    assert error == "NotYet", said
    assert said.count("✗") == len(exercises(student.lab.name)), said
    assert "Traceback" not in said


def refuses_wrong_answers(student, name, answer):
    assert answer.wrong, name
    for source, words in answer.wrong.items():
        assert source != answer.right
        student.try_answer(name, source)
        said, error = student.check(int(EXERCISE.fullmatch(name)[1]))
        assert error == "NotYet", said
        assert re.search(words, " ".join(said.split())), said
    student.try_answer(name, answer.right)


@pytest.mark.parametrize("lab", labs(), ids=lambda lab: lab.name)
def test_a_lab_is_whole(lab):
    notebook = nbformat.read(lab.path, as_version=4)
    cells = headless.code_cells(notebook)
    marked = [cell for cell in cells if "exercise" in cell.metadata.get("tags", ())]
    assert [cell.id for cell in marked] == list(answers(lab.name))
    numbers = {int(EXERCISE.fullmatch(cell.id)[1]) for cell in marked}
    assert numbers == {one.number for one in exercises(lab.name)}
    assert cells[-1].source == f'uk.course.check("{lab.name}")'
    assert f'uk.course.begin("{lab.name}")' in cells[0].source
    assert not any(cell.outputs or cell.execution_count for cell in cells), "unexecuted"
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert text.count("<details>") == text.count("</details>") >= len(numbers)
    assert text.startswith(f"# Lab {lab.number}. {lab.title}\n")


@pytest.mark.parametrize("lab", labs(), ids=lambda lab: lab.name)
def test_a_lab_is_an_assignment_for_nbgrader(lab):
    notebook = assignment(lab)
    nbformat.validate(notebook)
    facts = {cell.id: cell.metadata.get("nbgrader", {}) for cell in notebook.cells}
    named = [fact["grade_id"] for fact in facts.values() if fact]
    assert len(named) == len(set(named))
    assert {name for name, fact in facts.items() if fact.get("solution")} == set(answers(lab.name))
    graded = [fact for fact in facts.values() if fact.get("grade")]
    assert [fact["points"] for fact in graded] == [one.points for one in exercises(lab.name)]
    assert all(fact["locked"] for fact in graded)
    for cell in notebook.cells:
        if facts[cell.id].get("solution"):
            magic = answers(lab.name)[cell.id].right.startswith("%%")
            assert "BEGIN SOLUTION" in cell.source.splitlines()[magic]
