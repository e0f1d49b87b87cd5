"""A process's console: what is typed, what it writes, and where both end."""

import contextlib
import os
import subprocess
import time

import pytest
from support.guests.unix_program import cpu_time_s, guest, line, program, run

from unikernel import build


def test_typed_text_comes_in():
    done = run(guest("c_echo"), typed="a quick fox\n\x04 and more")
    assert (done.stdout, done.returncode) == ("type\nA QUICK FOX\n", 0)


READERS = {
    "lines": (
        """let rec copy () = match input_line stdin with
  | line -> print_endline ("line " ^ line); copy ()
  | exception End_of_file -> print_endline "end"
let start () = copy ()""",
        (),
    ),
    "flow": (
        """open Lwt.Infix
module Main (C : Mirage_console.S) = struct
  let rec copy c seen = C.read c >>= function
    | Ok (`Data bytes) -> copy c (seen ^ Cstruct.to_string bytes)
    | Ok `Eof | Error _ ->
        let say line = if line <> "" then print_endline ("line " ^ line) in
        List.iter say (String.split_on_char '\n' seen);
        print_endline "end"; Lwt.return_unit
  let start c = copy c ""
end""",
        ("lwt", "cstruct", "mirage-console"),
    ),
}


def output_of(image, **standard_input):
    return subprocess.run(
        [image.path], stdout=subprocess.PIPE, timeout=30, check=True, **standard_input
    ).stdout.decode()


@pytest.mark.parametrize("name", READERS)
def test_input_ends(name, tmp_path):
    source, packages = READERS[name]
    image = build(source, name=name, target="unix", packages=packages)
    assert output_of(image, input=b"") == "end\n"
    assert output_of(image, input=b"one\ntwo") == "line one\nline two\nend\n"
    assert output_of(image, stdin=subprocess.DEVNULL) == "end\n"
    file = tmp_path / "input"
    file.write_bytes(b"line\n" * 1000)
    with file.open("rb") as opened:
        assert output_of(image, stdin=opened) == "line line\n" * 1000 + "end\n"


@pytest.mark.parametrize("source", ["/dev/null", "empty file", "closed", "pipe"])
def test_the_end_of_input_does_not_spin(source, tmp_path):
    (tmp_path / "empty").write_text("")
    close = f"exec {guest('c_echo').path} <&-"
    with contextlib.ExitStack() as stack:
        command = ["sh", "-c", close] if source == "closed" else [guest("c_echo").path]
        empty = stack.enter_context((tmp_path / "empty").open())
        stdin = {"/dev/null": subprocess.DEVNULL, "empty file": empty}.get(source, subprocess.PIPE)
        process = stack.enter_context(
            subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, text=True)
        )
        stack.callback(process.kill)
        assert line(process) == "type"
        if process.stdin:
            process.stdin.close()
        time.sleep(0.3)
        assert process.poll() is None
        assert cpu_time_s(process.pid) <= 0.05


def test_a_closed_output_does_not_matter():
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([guest("c_hello").path], stdout=writer, stdin=subprocess.DEVNULL)
    os.close(writer)
    assert done.returncode == 0


def test_output_that_cannot_wait_is_whole():
    """A pipe that somebody made non-blocking, and a reader who takes his time."""
    image = program(
        "#include <stdio.h>\nint main(void)\n{\n\tfor (int i = 0; i < 50000; i++)\n"
        '\t\tprintf("%d\\n", i);\n\treturn 0;\n}',
        "chatty",
    )
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with subprocess.Popen([image.path], stdin=subprocess.DEVNULL, stdout=writer) as process:
        os.close(writer)
        time.sleep(0.2)
        with os.fdopen(reader) as text:
            assert text.read() == "".join(f"{i}\n" for i in range(50000))
    assert process.returncode == 0
