"""Completion and Shift-Tab in cells, over Jupyter's protocol."""

import time

import pytest
from support.frontends.kernel import Kernel

LIMIT_S = 60  # a library may have to be built first


@pytest.fixture(scope="module")
def kernel():
    kernel = Kernel()
    yield kernel
    kernel.close()


def marked(code):
    """Return a cell without the mark, and how many characters stand before it."""
    return code.replace("|", "", 1), code.index("|")


def until(ask, is_answer):
    """Ask until what is built in the background is there; return the answer."""
    deadline = time.monotonic() + LIMIT_S
    while not is_answer(answer := ask()):
        assert time.monotonic() < deadline, answer
        time.sleep(0.05)
    return answer


def completions(kernel, code):
    """Return what is offered at the mark: types by names."""
    code, offset = marked(code)
    reply = kernel.ask(kernel.client.complete(code, offset))
    typed = reply["metadata"]["_jupyter_types_experimental"]
    return {it["text"]: it["type"].replace("\xa0", " ") for it in typed}


def inspected(kernel, code):
    """Return what Shift-Tab shows at the mark, "" for nothing."""
    code, offset = marked(code)
    reply = kernel.ask(kernel.client.inspect(code, offset))
    return reply["data"].get("text/plain", "") if reply["found"] else ""


STACK = "%%unikernel build a --net service -p mirage-stack-unikernel\nlet start stack =\n"


@pytest.mark.parametrize(
    ("code", "name", "shown"),
    [
        ("%%unikernel build a\n\nlet f = List.ma|", "map", "val ('a -> 'b) -> 'a list -> 'b list"),
        ("%%unikernel build a\nlet twice x = 2 * x\nlet y = tw|\n", "twice", "int -> int"),
        ("%%unikernel build a\nlet f width = print_int (width + 1); wi|", "width", "int"),
        ("%%unikernel build a -t unix -p lwt\nlet p = Lwt.retu|", "return", "'a -> 'a Lwt.t"),
        (f"{STACK}  Stack.TC|", "TCPV4", "module"),
        ("%%unikernel config a\nlet stack = Mirage.generic_stackv4| ", "generic_stackv4", "…"),
        ("%%unikernel build a --lang c\nint answer;\nint main() { answ|", "answer", "text"),
    ],
)
def test_completion_offers_names_with_types(kernel, code, name, shown):
    found = until(lambda: completions(kernel, code), lambda found: name in found)
    assert shown in found[name] or shown == "…"


def test_completion_is_quick_once_all_is_there(kernel):
    code = f"{STACK}  Stack.TC|"
    until(lambda: completions(kernel, code), lambda found: "TCPV4" in found)
    code, offset = marked(code)
    taken = []
    for _ in range(5):
        begun = time.monotonic()
        kernel.ask(kernel.client.complete(code, offset))
        taken.append(time.monotonic() - begun)
    assert min(taken) < 5, taken  # a hang; how quick it is, the docs say


def test_completion_replaces_the_last_part_of_a_name(kernel):
    code, offset = marked("%%unikernel build é\nlet ü = List.ma|")
    ask = lambda: kernel.ask(kernel.client.complete(code, offset))  # noqa: E731
    reply = until(ask, lambda reply: "map" in reply["matches"])
    assert code[reply["cursor_start"] : reply["cursor_end"]] == "ma"


def test_python_is_not_asked_about_ocaml(kernel):
    assert list(completions(kernel, "%%unikernel build a\nlet x = impor|")) == []
    assert list(completions(kernel, "%unikernel core nobody |")) == []
    assert "import" in completions(kernel, "impor|")


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("%%unikernel build a\nlet f = List.ma|p", ("val map :", "applies function")),
        ("%%unikernel build a\nlet tw|ice x = 2 * x", ("val twice : int -> int",)),
        ("%%unikernel build a -p lwt\nlet p = Lwt.bin|d", ("'b Lwt.t", "promise")),
        ("%%unikernel build a --pack|age lwt\nlet x = 1", ("--package", "findlib package")),
        ("%%unikernel bu|ild a\nlet x = 1", ("build an image", "--without-pass")),
        ("%unikernel boot a --mem|ory 32", ("RAM of the guest",)),
        ("%unikernel boot a --memory 3|2", ("RAM of the guest",)),
        ("%unik|ernel ps", ("Build, boot", "doctor")),
        ("%%unikernel config a\nlet x = Mirage.forei|gn", ("val foreign", "application's own")),
    ],
)
def test_an_inspection_shows_type_and_documentation(kernel, code, parts):
    shown = until(lambda: inspected(kernel, code), lambda shown: shown)
    for part in parts:
        assert part.lower() in shown.lower()


def test_an_inspection_of_nothing_finds_nothing(kernel):
    inspected_before = until(
        lambda: inspected(kernel, "%%unikernel build a\nList.ma|p"), lambda shown: shown
    )
    assert inspected_before
    assert inspected(kernel, "%%unikernel build a\nlet x = No_such.on|e") == ""


def test_other_cells_are_pythons_and_so_is_a_shell_without_us(kernel):
    assert "Signature:" in inspected(kernel, "pri|nt")
    kernel.run("%unload_ext unikernel")
    try:
        assert "List.map" not in inspected(kernel, "%%unikernel build a\nList.ma|p")
        assert kernel.text("get_ipython().kernel.do_inspect.__module__") == "'ipykernel.ipkernel'"
    finally:
        kernel.run("%load_ext unikernel")
    shown = until(lambda: inspected(kernel, "%%unikernel build a\nList.ma|p"), lambda shown: shown)
    assert "val map" in shown


MIME = "application/vnd.unikernel.diagnostics+json"


def marked_in(kernel, cell):
    """Return the outputs of a cell that carry marks for its editor."""
    outputs = kernel.outputs(kernel.submit(cell))
    return [content["data"] for _, content in outputs if MIME in content.get("data", {})]


def test_what_a_compiler_says_is_in_the_outputs_for_the_editor(kernel):
    wrong = "%%unikernel build wrong -t unix\nlet start () =\n  print_endline 42"
    (data,) = marked_in(kernel, wrong)
    assert data["text/plain"] == "", "other front ends show the error alone"
    (error,) = data[MIME]
    place = [error[name] for name in ("line", "column", "end_line", "end_column")]
    assert (error["severity"], place) == ("error", [3, 16, 3, 18])
    assert error["text"] == "  print_endline 42"
    assert error["message"].startswith("Error: This expression has type int")


def test_warnings_are_in_the_outputs_too_and_what_is_right_has_none(kernel):
    head = "%%unikernel build doubtful -t unix\n"
    doubtful = f"{head}let f = function Some x -> x\nlet start () = print_int (f (Some 3))"
    (data,) = marked_in(kernel, doubtful)
    assert [(it["severity"], it["line"]) for it in data[MIME]] == [("warning", 2)]
    assert marked_in(kernel, f"{head}let start () = print_int 3") == []


@pytest.mark.parametrize(
    ("cell", "word", "line"),
    [
        ("%%unikernel build no-package -p no-package.x\nlet x = 1", "no-package.x", 1),
        ("%%unikernel build no-start -t unix\nlet start x y z = 3", "start", 2),
    ],
)
def test_what_no_compiler_says_is_marked_too(kernel, cell, word, line):
    (data,) = marked_in(kernel, cell)
    (error,) = data[MIME]
    assert (error["severity"], error["line"]) == ("error", line)
    assert error["text"][error["column"] : error["end_column"]] == word


def test_a_wrong_config_is_marked_too(kernel):
    (data,) = marked_in(kernel, "%%unikernel config wrong\nopen Mirage\nlet () = registers 3")
    (error,) = data[MIME]
    assert (error["line"], error["column"], error["end_column"]) == (3, 9, 18)
    assert "register" in error["message"], "with the hint"
