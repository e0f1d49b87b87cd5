"""Examples in docstrings do what they show."""

import doctest
import textwrap
from importlib import import_module

import pytest
from support import ROOT
from support.pages import blocks

import unikernel

FOLDERS = (ROOT / "kernel_ext", ROOT / "toolchain")
PROMPT = ">>> "


def modules_with_prompts():
    """Return the names of the modules that show what an expression gives."""
    for folder in FOLDERS:
        for path in sorted(folder.rglob("*.py")):
            if PROMPT in path.read_text(encoding="utf-8"):
                yield ".".join(path.relative_to(folder).with_suffix("").parts)


def wrong(module):
    """Return how many examples of a module give something else than they show."""
    finder, runner = doctest.DocTestFinder(), doctest.DocTestRunner(verbose=False)
    return sum(runner.run(example).failed for example in finder.find(module))


def test_examples_that_show_what_they_give_do(capsys):
    found = {name: wrong(import_module(name)) for name in modules_with_prompts()}
    assert not any(found.values()), capsys.readouterr().out


def test_an_example_that_is_wrong_is_found(capsys):
    module = type(pytest)("example", f"One and one.\n\n{PROMPT}1 + 1\n3\n")
    assert wrong(module) == 1


def test_the_example_of_the_package_is_run_on_the_first_page():
    example, _, _ = textwrap.dedent(unikernel.__doc__.partition("\n\n")[2]).partition("\n\nNames")
    (shown,) = (
        block.text
        for block in blocks(ROOT / "docs/index.md")
        if block.kind == "cell" and block.text.startswith("import")
    )
    assert textwrap.dedent(example).strip() == shown.strip()
