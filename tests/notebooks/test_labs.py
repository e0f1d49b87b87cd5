"""Every lab, done by a student: untouched, with right answers, with wrong ones.

That is on the target where guests start soonest: what a check says of work that is not right does
not differ from one to the next. Right answers on the others are in test_labs_on_targets.py.
"""

import re

import headless
import nbformat
import pytest
from support.frontends.student import Student, quickest

from course.answers import answers
from course.assignments import assignment
from unikernel.course import labs
from unikernel.course.exercises import exercises

pytestmark = pytest.mark.notebook

EXERCISE = re.compile(r"ex-\w+-(\d+)[a-z]?")


@pytest.fixture
def student(lab, tmp_path, own_runtime_folder):
    student = Student(lab, quickest(lab), tmp_path)
    yield student
    student.kernel.close()


@pytest.mark.slow
@pytest.mark.parametrize("lab", labs(), ids=lambda lab: lab.name)
def test_a_lab_takes_right_answers_and_no_others(lab, student):
    refuses_what_is_untouched(student)
    solved = answers(lab.name)
    right = {name: answer.right for name, answer in solved.items()}
    # What a lab shows between its exercises is run on its other targets.
    done = student.work_through(right) if len(lab.targets) == 1 else student.answer(right)
    assert done == {}
    said, error = student.check()
    assert error == "", said
    for name, answer in solved.items():
        refuses_wrong_answers(student, name, answer)


def refuses_what_is_untouched(student):
    for said in student.work_through({}).values():
        assert "Traceback" not in said
    said, error = student.check()
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
