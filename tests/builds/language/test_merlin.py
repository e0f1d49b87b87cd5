"""Merlin, played by a program: what it is asked, and what becomes of its answers."""

import json

import pytest

from unikernel import programs
from unikernel_toolchain.language.names import Description, Name, Place
from unikernel_toolchain.language.service import Service

TEXT = "let é = 1\nlet f = Foo.ba"
ENTRY = {"name": "bar", "kind": "Value", "desc": "int -> Foo.t", "info": "", "deprecated": False}
PLAYED = """#!/usr/bin/env python3
import json, pathlib, sys
here = pathlib.Path(__file__).parent
asked = {{"words": sys.argv[1:], "text": sys.stdin.read()}}
with (here / "asked").open("a") as file:
    file.write(json.dumps(asked) + "\\n")
answers = json.loads({answers!r})
print(answers.get(sys.argv[2], "no JSON"))
"""


@pytest.fixture
def merlin(tmp_path, monkeypatch):
    """A function: has Merlin answer questions so; returns what it is asked."""

    def play(**answers):
        texts = {name.replace("_", "-"): answer for name, answer in answers.items()}
        program = tmp_path / "ocamlmerlin"
        program.write_text(PLAYED.format(answers=json.dumps(texts)))
        program.chmod(0o755)
        monkeypatch.setenv("OCAMLMERLIN", str(program))
        return lambda: [json.loads(line) for line in (tmp_path / "asked").read_text().splitlines()]

    return play


@pytest.fixture
def service():
    service = Service()
    yield service
    service.close()


def returned(value):
    return json.dumps({"class": "return", "value": value, "notifications": []})


def request():
    return programs.request(TEXT, name="a", packages=["lwt"])


def test_completions_are_merlins(merlin, service):
    asked = merlin(complete_prefix=returned({"entries": [ENTRY], "context": None}))
    assert service.complete(request(), Place(TEXT, len(TEXT))) == (
        Name("bar", "value", "int -> Foo.t"),
    )
    (question,) = asked()
    words = question["words"]
    assert words[:2] == ["single", "complete-prefix"], "no server that outlives us"
    assert words[words.index("-position") + 1] == "2:14"
    assert words[words.index("-prefix") + 1] == "Foo.ba"
    assert question["text"] == TEXT


def test_a_description_is_merlins_type_and_document(merlin, service):
    place = {"line": 2, "col": 8}
    types = [{"start": place, "end": place, "type": "int -> Foo.t", "tail": "no"}]
    merlin(type_enclosing=returned(types), document=returned(" Makes a bar. "))
    assert service.describe(request(), Place(TEXT, len(TEXT) - 1)) == Description(
        "Foo.ba", "value", "val Foo.ba : int -> Foo.t", " Makes a bar. "
    )


def test_a_sentence_that_there_is_no_document_is_none(merlin, service):
    types = returned([{"type": "int"}])
    merlin(type_enclosing=types, document=returned("No documentation available"))
    found = service.describe(request(), Place(TEXT, len(TEXT)))
    assert found is not None
    assert found.comment == ""


def test_modules_and_types_are_declared_as_such(merlin, service):
    for type_, declaration in [
        ("(module List)", "module Foo.ba"),
        ("type t = int", "type t = int"),
    ]:
        merlin(type_enclosing=returned([{"type": type_}]), document=returned(""))
        found = service.describe(request(), Place(TEXT, len(TEXT)))
        assert found.declaration == declaration


def test_of_a_name_that_merlin_does_not_know_it_says_a_type_all_the_same(merlin, service):
    types = returned([{"type": "'a"}])
    merlin(type_enclosing=types, document=returned("Not in environment 'Foo'"))
    assert service.describe(request(), Place(TEXT, len(TEXT))) is None


@pytest.mark.parametrize(
    "answer",
    ["", "no JSON", "[]", '{"class": "failure", "value": "x"}', returned(None), returned([1])],
)
def test_where_merlin_fails_compiled_interfaces_answer(merlin, service, answers, answer):
    merlin(complete_prefix=answer, type_enclosing=answer)
    text = "let f = List.ma"
    found = service.complete(None, Place(text, len(text)))
    assert "map" in [it.name for it in found]
    described = service.describe(None, Place(f"{text}p", len(text)))
    assert described is not None
    assert described.name == "List.map"
