"""Right answers to every lab are right on all targets that it names, the quickest aside.

On that they are tried in test_labs.py.
"""

import pytest
from support.frontends.student import Student, quickest

from course.answers import answers
from unikernel.course import labs

pytestmark = [pytest.mark.notebook, pytest.mark.slow]


def cases():
    for lab in labs():
        for target in lab.targets:
            if target != quickest(lab):
                yield pytest.param(lab, target, id=f"{lab.name}-{target}")


@pytest.fixture
def student(lab, target, tmp_path, own_runtime_folder):
    student = Student(lab, target, tmp_path)
    yield student
    student.kernel.close()


@pytest.mark.parametrize(("lab", "target"), list(cases()))
def test_right_answers_are_right(lab, target, student):
    solved = answers(lab.name)
    assert student.work_through({name: answer.right for name, answer in solved.items()}) == {}
    said, error = student.check()
    assert error == "", said
