"""The course: labs whose last cell checks the student's work without showing the answer.

    uk.course.labs()           what there is
    uk.course.copy("my-labs")  copies to work on
    uk.course.begin("memory")  a lab's first cell: what its programs are built for here
    uk.course.check("memory")  a lab's last cell: right or not yet, exercise by exercise

A lab is `notebooks/labs/NN_name.ipynb`; what its exercises must do is in `checks/name.py`.
"""

from unikernel.errors import NotYet

from .beginning import begin
from .catalogue import Lab, copy, labs
from .checking import check
from .exercises import exercise
from .work import Run, Work

__all__ = ["Lab", "NotYet", "Run", "Work", "begin", "check", "copy", "exercise", "labs"]
