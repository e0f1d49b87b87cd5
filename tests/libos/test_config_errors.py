"""What is wrong with a config.ml, or was typed wrong, is said so that it can be mended."""

import pytest
from support.ocaml.config_programs import TARGET, compiled, evaluated

PRELUDE = """open Mirage
let count = Key.(create "count" Arg.(opt int 3 (info ["c"; "count"])))
let sizes = Key.(create "sizes" Arg.(opt (list int) [] (info ~env:"SIZES" ["sizes"])))
"""
REGISTER = 'let () = register ~keys:Key.[abstract count; abstract sizes] "app" [noop]\n'

# Text behind PRELUDE: the line that the error is about, of that text, and what is said of it.
AT_A_LINE = {
    "an exception": ("let v = List.find (fun x -> x > 1) [1]", 1, "the exception Not_found"),
    "in a function": (
        """\
let f x = 1 + int_of_string x
let v = f "x"
""",
        1,
        "int_of_string",
    ),
    "a failure": ('\nlet () = failwith "no such luck"', 2, "Error: no such luck"),
    "after registering": (f'{REGISTER}let () = failwith "too late"', 2, "Error: too late"),
    "endless recursion": (
        """\
let rec f x = 1 + f (x + 1)
let v = f 1
""",
        1,
        "calls itself",
    ),
    "registered twice": (REGISTER + REGISTER, 2, "register is called twice"),
    "keys of one name": (
        """\
let other = Key.(create "count" Arg.(flag (info ["other"])))
let () = register ~keys:Key.[abstract count; abstract other] "app" [noop]
""",
        1,
        'Duplicate key name: "count"',
    ),
    "keys of one option": (
        """\
let other = Key.(create "other" Arg.(flag (info ["count"])))
let () = register ~keys:Key.[abstract count; abstract other] "app" [noop]
""",
        1,
        "count and other both have the option --count",
    ),
    "keys of one name in OCaml": (
        """\
let one = Key.(create "my-key" Arg.(flag (info ["one"])))
let two = Key.(create "my_key" Arg.(flag (info ["two"])))
let () = register ~keys:Key.[abstract two; abstract one] "app" [noop]
""",
        2,
        "my-key and my_key both have the value Key_gen.my_key",
    ),
    "a key called as another one's term": (
        """\
let term = Key.(create "count_t" Arg.(flag (info ["one"])))
let () = register ~keys:Key.[abstract count; abstract term] "app" [noop]
""",
        1,
        "count and count_t both have the value Key_gen.count_t",
    ),
    "a key called as one of MirageOS's": (
        """\
let level = Key.(create "logs" Arg.(flag (info ["log-level"])))
let () = register ~keys:[Key.abstract level] "app" [noop]
""",
        1,
        'Duplicate key name: "logs"',
    ),
    "a key with an option of MirageOS's": (
        """\
let level = Key.(create "level" Arg.(flag (info ["l"])))
let () = register ~keys:[Key.abstract level] "app" [noop]
""",
        1,
        "level and logs both have the option -l",
    ),
    "an option of configure": (
        """\
let verbose = Key.(create "verbose" Arg.(flag (info ["v"])))
let () = register ~keys:[Key.abstract verbose] "app" [noop]
""",
        1,
        "verbose has the option -v, which configure has for itself",
    ),
    "an option of all programs": (
        """\
let help = Key.(create "about" Arg.(flag (info ["help"])))
let () = register ~keys:[Key.abstract help] "app" [noop]
""",
        1,
        "about has the option --help",
    ),
    "two interfaces without groups": (
        """\
let main = foreign "Main" (network @-> network @-> job)
let () = register "app" [main $ netif "a" $ netif "b"]
""",
        2,
        'Duplicate key name: "interface"',
    ),
    "a device applied to too little": (
        """\
let other = foreign "Other.Make" (time @-> time @-> job)
let main = foreign ~deps:[abstract (other $ default_time)] "Main" job
let () = register "app" [main]
""",
        1,
        "Other.Make takes 2 devices and is applied to 1",
    ),
    "a device that cannot be": (
        """\
let broken = impl (object
  inherit base_configurable
  method ty = job
  method name = "broken"
  method module_name = "Broken"
  method! configure _ = Error (`Msg "there is no such thing") end)
let () = register "app" [broken]
""",
        1,
        "Error: there is no such thing",
    ),
    "two pins": (
        """\
let packages = [package ~pin:"git://a" "p"; package ~pin:"git://b" "p"]
let () = register ~packages "app" [noop]
""",
        2,
        "pinned to git://a and to git://b",
    ),
    "sublibs and ocamlfind": (
        'let p = package ~sublibs:["a"] ~ocamlfind:["p.b"] "p"',
        1,
        "both sublibs and ocamlfind",
    ),
    "a name that is none": ('let () = register "3d" [noop]', 1, "begins with a digit"),
}


# Names of keys, and what is said of them; options, and the same.
NO_VALUES = {
    "type": "the value type, which is a word of OCaml's own",
    "Port": "the value Port, and values begin with a small letter",
    "--": "the value __, which is no name",
    "runtime-keys": "the list of them all",
    "2nd": "begins with a digit",
    "é": "has nothing that a name in OCaml can have",
}
NO_OPTIONS = ("", "--port", "a=b")
VALUES = ("my-key", "_x", "not", "key", "lazy_one", "types", "a b", "string", "list")


@pytest.mark.parametrize("name", NO_VALUES)
def test_a_key_that_no_value_can_be_called_as_is_refused(name, tmp_path):
    text = f'open Mirage\n\nlet key = Key.(create "{name}" Arg.(flag (info ["x"])))\n'
    said = evaluated(text, tmp_path, *TARGET).stderr
    assert said.startswith('File "config.ml", line 3, characters ')
    assert NO_VALUES[name] in said


@pytest.mark.parametrize("name", NO_OPTIONS)
def test_an_option_that_no_word_can_be_is_refused(name, tmp_path):
    text = f'open Mirage\n\nlet key = Key.(create "x" Arg.(flag (info ["{name}"])))\n'
    said = evaluated(text, tmp_path, *TARGET).stderr
    assert said.startswith('File "config.ml", line 3, characters ')
    assert "names no option" in said


def test_keys_of_uncommon_names_are_values(tmp_path):
    """Whatever they are called, their definitions in Key_gen stand side by side."""
    keys = "".join(
        f'let k{n} = Key.(create "{name}" Arg.(flag (info ["{name}"])))\n'
        f'let l{n} = Key.(create "{name}1" Arg.(opt string "" (info ["{name}1"])))\n'
        for n, name in enumerate(VALUES)
    )
    all_of_them = "; ".join(f"Key.abstract k{n}; Key.abstract l{n}" for n in range(len(VALUES)))
    text = f'open Mirage\n{keys}let () = register ~keys:[{all_of_them}] "app" [noop]\n'
    words = [f"--{name}" for name in VALUES]
    result = evaluated(text, tmp_path, *TARGET, *words)
    assert result.status == 0, result.stderr
    for name in VALUES:
        assert f"let {name.replace('-', '_').replace(' ', '')} =" in result.answer["key_gen"]
    assert "|| Stdlib.not (" in result.answer["key_gen"]


def test_an_option_of_configure_may_be_one_of_boot(tmp_path):
    text = """open Mirage
let verbose = Key.(create "verbose" Arg.(flag ~stage:`Run (info ["v"; "verbose"])))
let () = register ~keys:[Key.abstract verbose] "app" [noop]"""
    assert evaluated(text, tmp_path, *TARGET).status == 0


@pytest.mark.parametrize("what", AT_A_LINE)
def test_an_error_of_config_ml_is_said_at_its_line(what, tmp_path):
    text, line, said = AT_A_LINE[what]
    result = evaluated(PRELUDE + text, tmp_path, *TARGET)
    assert result.status == 2
    assert result.answer is None
    place, *rest = result.stderr.splitlines()
    number = line + PRELUDE.count("\n")
    assert place.startswith(f'File "config.ml", line {number}, characters '), result.stderr
    assert rest[0].startswith("Error: ")
    assert said in result.stderr
    assert "unknown option" not in result.stderr


def test_the_place_is_called_as_its_line_directive_says(tmp_path):
    text = '# 12 "cell config"\nopen Mirage\nlet () = failwith "oh"\nlet () = register "a" [noop]'
    assert 'File "cell config", line 13, ' in evaluated(text, tmp_path, *TARGET).stderr


# Words behind the target, and what is said.
NOT_AT_A_LINE = {
    ("--count", "seven"): 'key count (-c, --count) cannot be "seven": it must be an integer',
    ("-c", "1.5"): 'cannot be "1.5"',
    ("--sizes", "1,two"): "(--sizes, the variable SIZES)",
    ("--count",): "needs an argument",
    ("--count", "1", "--count", "2"): "'--count'",
    ("stray",): "'stray'",
}


@pytest.mark.parametrize("words", NOT_AT_A_LINE, ids=" ".join)
def test_what_was_typed_wrong_is_said(words, tmp_path):
    result = evaluated(PRELUDE + REGISTER, tmp_path, *TARGET, *words)
    assert (result.status, result.answer) == (2, None)
    assert NOT_AT_A_LINE[words] in result.stderr
    assert "File" not in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("--conut", "1"), "--conut"),
        (("--conut=1", "--count", "x"), "--conut"),
        (("-x",), "-x"),
        (("-x3",), "-x"),
        (("--count", "-1"), "-1"),
    ],
)
def test_an_option_that_no_key_has_is_the_answer(words, option, tmp_path):
    result = evaluated(PRELUDE + REGISTER, tmp_path, *TARGET, *words)
    assert result.status == 0
    assert result.answer["unknown"] == option
    assert {"-c", "--count", "--sizes", "--target"} <= set(result.answer["options"])
    assert "--target" not in result.answer["at_boot"]


@pytest.mark.parametrize("words", [("-c3",), ("--cou=3",), ("--cou", "3"), ("-c", "3", "--size=1")])
def test_what_cmdliner_takes_is_no_unknown_option(words, tmp_path):
    result = evaluated(PRELUDE + REGISTER, tmp_path, *TARGET, *words)
    assert "let count" in result.answer["key_gen"]


def test_a_variable_that_is_wrong_is_said(tmp_path):
    result = evaluated(PRELUDE + REGISTER, tmp_path, *TARGET, env={"SIZES": "big"})
    assert result.status == 2
    assert 'sizes (--sizes, the variable SIZES) cannot be "big"' in result.stderr


def test_a_key_that_a_choice_asks_for_is_said(tmp_path):
    text = """open Mirage
let main = foreign "Main" (stackv4 @-> job)
let () = register "app" [main $ generic_stackv4 default_network]"""
    result = evaluated(text, tmp_path, *TARGET, "--dhcp", "maybe")
    assert result.status == 2
    assert 'dhcp (--dhcp) cannot be "maybe": it must be true or false' in result.stderr


def test_a_required_key_is_asked_for(tmp_path):
    text = """open Mirage
let level = Key.(create "level" Arg.(required ~stage:`Configure int (info ["level"])))
let () = register ~keys:[Key.abstract level] "app" [noop]"""
    result = evaluated(text, tmp_path, *TARGET)
    assert result.status == 2
    assert "The key level has no default, and it is not given: add --level VALUE." in result.stderr
    assert evaluated(text, tmp_path, *TARGET, "--level", "3").answer is not None


def test_nothing_registered_is_said(tmp_path):
    result = evaluated("open Mirage\nlet main = noop", tmp_path, *TARGET)
    assert (result.status, result.answer) == (2, None)
    assert "registers no application" in result.stderr


def test_too_few_arguments_are_an_error_of_the_compiler(tmp_path):
    text = """open Mirage
let main = foreign "Main" (console @-> time @-> job)
let () = register "app" [main $ default_console]"""
    said = compiled(text, tmp_path).stderr
    assert 'File "config.ml", line 3' in said
    assert "Mirage.time" in said


def test_what_is_printed_is_not_the_answer(tmp_path):
    text = 'open Mirage\nlet () = print_endline "looking around"\n' + 'let () = register "a" [noop]'
    result = evaluated(text, tmp_path, *TARGET)
    assert result.stdout == "looking around\n"
    assert result.answer["name"] == "a"
