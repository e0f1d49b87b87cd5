"""A class of three does the first lab under nbgrader, from its release to the feedback they get."""

import csv
import json
import os
import re
import subprocess
import sys

import nbformat
import pytest
from support import ROOT, TESTS

from course.__main__ import write
from course.answers import answers
from unikernel.course import labs
from unikernel.course.exercises import exercises

LIMIT_S = 300
(LAB,) = (lab for lab in labs() if lab.name == "first")
NAME = LAB.path.stem
ANSWERS = answers("first")
COURSE = "unikernels"
MISTAKEN = {"ex-first-2": 1, "ex-first-5": 0}  # cells of the wrong one, and which wrong content

pytestmark = [pytest.mark.notebook, pytest.mark.slow]


def right(term):
    """Return what a teacher's notebook has, with marks around it that are comments."""
    solutions = {cell.id: cell.source for cell in cells(term.notebook("teacher", "source"))}
    assert {name for name, text in solutions.items() if "BEGIN SOLUTION" in text} == ANSWERS.keys()
    return solutions


def wrong(term):
    mistakes = {name: list(ANSWERS[name].wrong)[which] for name, which in MISTAKEN.items()}
    return right(term) | mistakes


def empty(_):
    return {}


CLASS = {student.__name__: student for student in (right, wrong, empty)}


class Term:
    """A teacher's folder, the students', and what is between them."""

    def __init__(self, base):
        self.base, self.teacher, self.exchange = base, base / "teacher", base / "exchange"
        self.exchange.mkdir()
        self.exchange.chmod(0o777)  # nbgrader's: everybody hands in there
        homes = {"HOME": str(base), "JUPYTER_DATA_DIR": str(base / "data"), "IPYTHONDIR": str(base)}
        self.environment = {**os.environ, **homes, "PYTHONPATH": os.pathsep.join(map(str, PATHS))}

    def python(self, *words, **options):
        done = subprocess.run(
            [sys.executable, *map(str, words)],
            **options,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT_S,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def nbgrader(self, *commands):
        """Do commands of nbgrader's, each in a folder."""
        there = f"--Exchange.root={self.exchange}"
        lines = [[str(folder), *words, there] for folder, *words in commands]
        return self.python("-m", "support.nbgrader_runner", input=json.dumps(lines))

    def notebook(self, *place):
        return self.base.joinpath(*place, NAME, f"{NAME}.ipynb")


PATHS = (TESTS, ROOT)


@pytest.fixture(scope="module")
def term(tmp_path_factory):
    """The term after the first lab: released, done, handed in, graded, and given back."""
    term = Term(tmp_path_factory.mktemp("term"))
    term.python("-m", "course", term.teacher)
    here = [term.base / name for name in CLASS]
    for folder in here:
        folder.mkdir()
    fetched = [(folder, "fetch_assignment", NAME, f"--course={COURSE}") for folder in here]
    teacher = [(term.teacher, f"{verb}_assignment", NAME) for verb in ("generate", "release")]
    term.nbgrader(*teacher, *fetched)
    for name, student in CLASS.items():
        do(term.notebook(name), student(term))
    handed_in = [
        (folder, "submit", NAME, f"--course={COURSE}", f"--student={folder.name}")
        for folder in here
    ]
    verbs = ("collect", "autograde", "generate_feedback", "release_feedback")
    graded = [(term.teacher, verb, NAME) for verb in verbs]
    said = term.nbgrader(*handed_in, *graded, (term.teacher, "export"))
    assert "cannot be converted" not in said, "a cell that is graded shows nothing"
    return term


def do(path, sources):
    """Fill in cells of a student's notebook."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.source = sources.get(cell.id, cell.source)
    nbformat.write(notebook, path)


def scores(term):
    with (term.teacher / "grades.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["student_id"]: (float(row["score"]), float(row["max_score"])) for row in rows}


def test_each_gets_the_points_of_what_is_right(term):
    most = sum(one.points for one in exercises("first"))
    lost = sum(one.points for one in exercises("first") if f"ex-first-{one.number}" in MISTAKEN)
    assert scores(term) == {
        "right": (most, most),
        "wrong": (most - lost, most),
        "empty": (0, most),
    }


def test_what_is_released_has_the_labs_starting_points_and_no_solution(term):
    released = {cell.id: cell for cell in cells(term.notebook("teacher", "release"))}
    for cell in cells(LAB.path)[:-1]:
        assert released[cell.id].source == cell.source
        assert "unikernel" not in released[cell.id].metadata
    assert "SOLUTION" not in term.notebook("teacher", "release").read_text()


def cells(path):
    return [one for one in nbformat.read(path, as_version=4).cells if one.cell_type == "code"]


def test_feedback_says_what_is_missing_and_not_how_it_is_done(term):
    feedback = {name: page(term, name) for name in CLASS}
    assert feedback["empty"].count("is not done yet") == len(exercises("first"))
    assert "2. Say how it went: not yet." in feedback["wrong"]
    assert re.search(r"census has [\d,]+ bytes", feedback["wrong"])
    assert "is not done yet" not in feedback["right"]
    assert "int_of_string words" not in feedback["empty"]


def page(term, student):
    (path,) = (term.teacher / "feedback" / student / NAME).glob("*.html")
    return path.read_text()


def test_a_course_that_is_there_stays_as_it_is(term):
    source = term.notebook("teacher", "source")
    before = source.read_bytes()
    written, kept = write(term.teacher)
    assert (written, source in kept) == ([], True)
    assert source.read_bytes() == before
