"""C programs of several files: what is compiled, and what that includes."""

import pytest

from unikernel import programs
from unikernel_toolchain import build, plan
from unikernel_toolchain.errors import BadRequest, CompileError, LinkError
from unikernel_toolchain.sources.files import gather, language_of

MAIN = '#include <stdio.h>\n#include "answer.h"\nint main(void) { return answer(); }\n'
ANSWER = '#include "answer.h"\nint answer(void) { return ANSWER; }\n'
HEADER = "#define ANSWER 42\nint answer(void);\n"


@pytest.fixture
def folder(tmp_path):
    """Give `write(name, text)`, which returns the file's path below one folder."""

    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write


def asked(*paths, **choices):
    return programs.request(list(paths), name="several", **choices)


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("answer.h", "answer.c"),
        ("include/answer.h", "answer.c"),
        ("lib/inner/answer.h", "lib/answer.c"),
        ("answer.h", "lib/answer.c"),
    ],
)
@pytest.mark.parametrize("target", ["virtio", "unix"])
def test_headers_are_found_beside_and_below(header, unit, target, folder):
    folder(header, HEADER)
    config = asked(folder("main.c", MAIN), folder(unit, ANSWER), target=target)
    assert build(config).size_bytes > 0
    assert set(config.sources) == {"main.c", unit, header}
    assert config.units == ("main.c", unit)


def test_one_file_has_its_headers(folder):
    folder("answer.h", '#include "deeper.h"\n')
    folder("below/deeper.h", "#define ANSWER 3\n")
    path = folder("main.c", '#include "answer.h"\nint main(void) { return ANSWER; }\n')
    config = programs.request(path, name="one")
    assert set(config.sources) == {"main.c", "answer.h", "below/deeper.h"}
    assert build(config).size_bytes > 0


def test_files_may_have_hidden_names_and_blanks(folder):
    folder(".config/a b.h", "#define ANSWER 4\n")
    path = folder("my main.c", '#include ".config/a b.h"\nint main(void) { return ANSWER; }\n')
    config = programs.request([str(path)], name="odd")
    assert set(config.sources) == {"my main.c", ".config/a b.h"}
    assert build(config).size_bytes > 0


def test_a_file_above_is_found_by_its_path(folder):
    folder("bindings/lib.c", "static int three(void) { return 3; }\n")
    text = '#include "../../bindings/lib.c"\nint main(void) { return three(); }\n'
    config = asked(folder("tests/one/one.c", text))
    assert set(config.sources) == {"tests/one/one.c", "bindings/lib.c"}
    assert config.units == ("tests/one/one.c",)
    assert build(config).size_bytes > 0


def test_files_of_one_name_in_two_folders_are_two(folder):
    first = folder("a/part.c", "int first(void) { return 1; }\n")
    second = folder("b/part.c", "int second(void) { return 2; }\n")
    main = folder(
        "main.c", "int first(void), second(void);\nint main(void) { return first() + second(); }\n"
    )
    assert build(asked(main, first, second)).size_bytes > 0


def test_two_definitions_of_a_name_are_refused(folder):
    """Only a C library's names may be had by the program as well."""
    first = folder("a.c", "int same(void) { return 1; }\nint main(void) { return same(); }\n")
    second = folder("b.c", "int same(void) { return 2; }\nint puts(const char *t) { return !t; }\n")
    with pytest.raises(LinkError, match="defines more than once: same"):
        build(asked(first, second))
    second.write_text(
        "static int same(void) { return 2; }\nint puts(const char *t) { return !t + same(); }\n"
    )
    assert build(asked(first, second)).size_bytes > 0


def test_a_folder_stands_for_the_files_in_it_and_below(folder, tmp_path):
    folder("src/answer.h", HEADER)
    folder("src/main.c", MAIN)
    folder("src/more/answer.c", ANSWER)
    folder("src/.hidden/broken.c", "?")
    config = asked(tmp_path / "src")
    assert config.language == "c"
    assert config.units == ("main.c", "more/answer.c")
    assert build(config).size_bytes > 0


def test_what_is_included_is_part_of_the_plan(folder):
    header = folder("deep/answer.h", HEADER)
    files = folder("main.c", MAIN), folder("answer.c", ANSWER)
    before = plan(asked(*files)).digest()
    assert plan(asked(*files)).digest() == before
    header.write_text(HEADER.replace("42", "43"))
    assert plan(asked(*files)).digest() != before


def test_own_headers_come_before_the_c_librarys(folder):
    folder("string.h", "#define OWN 1\n")
    path = folder("main.c", "#include <string.h>\nint main(void) { return OWN; }\n")
    assert set(programs.request(path, name="own").sources) == {"main.c", "string.h"}
    assert build(programs.request(path, name="own")).size_bytes > 0


def test_a_header_that_is_nowhere_is_the_compilers_to_miss(folder):
    path = folder("main.c", '#include "nowhere.h"\nint main(void) { return 0; }\n')
    with pytest.raises(CompileError, match=r"nowhere\.h"):
        build(programs.request(path, name="missing"))


def test_an_error_in_a_header_names_the_header(folder):
    folder("answer.h", "\nint answer(void) int x;\n")
    with pytest.raises(CompileError) as refused:
        build(asked(folder("main.c", MAIN), folder("answer.c", ANSWER)))
    assert "answer.h:2" in refused.value.detail


def test_headers_may_include_each_other(folder):
    folder("a.h", '#pragma once\n#include "b.h"\n')
    folder("b.h", '#pragma once\n#include "a.h"\n')
    path = folder("main.c", '#include "a.h"\nint main(void) { return 0; }\n')
    assert build(programs.request(path, name="circle")).size_bytes > 0


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BadRequest, match=r"Cannot read .*none\.c: "):
        asked(tmp_path / "none.c")


def test_ocaml_files_keep_their_order(folder):
    config = asked(folder("b.ml", "let x = 1"), folder("sub/a.ml", "let () = print_int B.x"))
    assert list(config.sources) == ["b.ml", "a.ml"]
    assert build(config).size_bytes > 0


def test_ocaml_files_of_one_name_are_refused(folder):
    with pytest.raises(BadRequest, match=r"Two files are called a\.ml"):
        asked(folder("a.ml", "let x = 1"), folder("sub/a.ml", "let y = 2"))


def test_an_ocaml_folder_has_no_order(folder, tmp_path):
    folder("a.ml", "let x = 1")
    with pytest.raises(BadRequest, match="is a folder"):
        gather([tmp_path], language_of([tmp_path]))


@pytest.mark.parametrize(
    ("text", "freestanding"),
    [
        ("int main(void) { return 0; }", False),
        ("int main (int count, char **words) { return count; }", False),
        ("int solo5_app_main(const void *info) { return !info; }", True),
        ("int unikernel_main(const void *info) { return !info; }", True),
    ],
)
def test_a_program_without_main_is_freestanding(text, freestanding):
    command = plan(programs.request(text, name="c", language="c")).steps[0].command
    assert ("-ffreestanding" in command) is freestanding
    assert {"-fno-builtin", "-fstack-clash-protection"} <= set(command)
