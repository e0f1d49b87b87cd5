"""What is wrong with a config.ml is said at its line, in words that say what to do."""

from dataclasses import replace

import pytest

from unikernel import api, applications
from unikernel_toolchain import build
from unikernel_toolchain.errors import CompileError, PackageError, ToolchainError

UNIKERNEL = "module Main (Time : Mirage_time.S) = struct let start _ = Lwt.return_unit end"
HEAD = "open Mirage\n"
USES_URI = 'let start = ignore (Uri.of_string "x"); Lwt.return_unit\n'
MAIN = 'let main = foreign "Unikernel.Main" (time @-> job)\n'
END = 'let () = register "hello" [ main $ default_time ]\n'


def error_of(config, *words, error=CompileError):
    """Build an application with this config.ml, whose first line is 2, as below a magic."""
    application = applications.of_text(config, words=words, first_line=2)
    with pytest.raises(error) as caught:
        build(applications.request(application, "hello", UNIKERNEL))
    return caught.value


@pytest.mark.parametrize(
    ("config", "line", "words"),
    [
        pytest.param(
            f'{HEAD}{MAIN}let () = register "hello" [ main $ default_tiem ]',
            4,
            ["default_tiem", "default_time"],
            id="an unknown device",
        ),
        pytest.param(
            HEAD + 'let key = Key.create "n" Key.Arg.(opt int "three" (info ["n"]))\n' + MAIN + END,
            3,
            ["string", "int"],
            id="a key whose default is of another type",
        ),
        pytest.param(
            f'{HEAD}{MAIN}let () = register "hello" [ main ]',
            4,
            ["time", "job", "parameters given"],
            id="a functor without its argument",
        ),
        pytest.param(f"{HEAD}{MAIN}let () = register hello [ main", 4, ["["], id="a syntax error"),
        pytest.param(
            f'{HEAD}{MAIN}let () = failwith "no such thing"\n{END}',
            4,
            ["no such thing"],
            id="an exception",
        ),
        pytest.param(
            f"{HEAD}{MAIN}let rec deep n = 1 + deep (n + 1)\nlet () = ignore (deep 0)\n{END}",
            4,
            ["calls itself"],
            id="endless recursion",
        ),
    ],
)
def test_a_wrong_config_ml_is_said_at_its_line(config, line, words):
    error = error_of(config)
    text = str(error)
    assert f"line {line}" in error.what
    assert f"{line} | {config.splitlines()[line - 2]}" in error.detail
    for word in words:
        assert word in text


def test_an_endless_loop_is_stopped():
    error = error_of(f"{HEAD}let () = while true do () done\n{MAIN}{END}")
    assert "did not come to an end" in error.what
    assert "loop" in error.hint


def test_a_package_that_is_missing_is_said_at_its_line():
    config = HEAD + 'let main = foreign ~packages:[ package "nonesuch" ] "Unikernel.Main" job\n'
    error = error_of(config + 'let () = register "hello" [ main ]', error=PackageError)
    assert error.what.startswith("config.ml, line 3: Package nonesuch is not installed")
    assert '"nonesuch"' in error.detail


def test_a_package_that_is_too_old_is_said_at_its_line():
    config = HEAD + 'let packages = [ package ~min:"99.0" "lwt" ]\n'
    config += 'let main = foreign ~packages "Unikernel.Main" (time @-> job)\n' + END
    error = error_of(config, error=PackageError)
    assert error.what.startswith("config.ml, line 3: Package lwt is wanted from version 99.0 on")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--count=many"], "many"),
        (["--count"], "count"),
        (["--nothing", "x"], "--nothing"),
    ],
)
def test_a_wrong_flag_is_said_by_its_key(words, said):
    key = 'let count = Key.create "count" Key.Arg.(opt int 3 (info ~doc:"How many." ["count"]))\n'
    main = 'let main = foreign ~keys:[ Key.abstract count ] "Unikernel.Main" (time @-> job)\n'
    error = error_of(HEAD + key + main + END, *words, error=ToolchainError)
    assert said in str(error)


@pytest.mark.parametrize(
    ("kind", "names", "typed", "told"),
    [
        ("flag", '"chatty"', "--chatty", "-- --chatty"),
        ("flag", '"c"; "chatty"', "-c", "-- -c"),
        ("opt int 3", '"count"', "--count=3", "-- --count=…"),
        ("required int", '"c"', "-c3", "-- -c …"),
    ],
)
def test_a_key_that_is_read_at_boot_is_told_as_it_is_written_there(kind, names, typed, told):
    made, _, rest = kind.partition(" ")
    key = f'let key = Key.create "key" Key.Arg.({made} ~stage:`Run {rest} (info [{names}]))\n'
    main = 'let main = foreign ~keys:[ Key.abstract key ] "Unikernel.Main" (time @-> job)\n'
    error = error_of(HEAD + key + main + END, typed, error=ToolchainError)
    assert error.hint == f"It is read at boot: give it to run, behind --: {told}"


def test_an_error_of_config_ml_is_not_said_to_be_an_unknown_flag():
    error = error_of(f"{HEAD}let main = nonsense\n{END}", "--hello=x")
    assert "hello=x" not in str(error)
    assert "line 3" in error.what


def test_an_application_without_the_module_that_is_started_is_said():
    config = HEAD + 'let main = foreign "Application.Main" (time @-> job)\n' + END
    request = applications.of_text(config).request("hello")
    with pytest.raises(CompileError) as caught:
        build(replace(request, sources={"unikernel.ml": UNIKERNEL}))
    assert caught.value.what == "config.ml starts Application.Main, and there is no application.ml."


def test_a_functor_with_other_parameters_is_said_at_config_mls_line():
    config = HEAD + 'let main = foreign "Unikernel.Main" (console @-> job)\n'
    config += 'let () = register "hello" [ main $ default_console ]\n'
    error = error_of(config)
    assert error.what.startswith("config.ml, line 3 and the application do not fit")
    assert "in their order" in error.hint


@pytest.mark.parametrize("logs", ["", 'Logs.info (fun f -> f "x"); '])
def test_a_start_that_is_no_promise_is_said_at_config_mls_line(logs):
    config = HEAD + 'let () = register "hello" [ foreign "Unikernel.A" job ]\n'
    application = applications.of_text(config, first_line=2)
    source = f"module A = struct let start () = {logs}Lwt.return_unit end"
    with pytest.raises(CompileError) as caught:
        build(applications.request(application, "hello", source))
    assert caught.value.what.startswith("config.ml, line 3 and the application do not fit")
    assert "Unikernel.A is a promise" in caught.value.hint


def test_a_module_without_its_package_is_said_as_config_ml_asks_for_it():
    config = HEAD + 'let () = register "hello" [ foreign "Unikernel" job ]\n'
    application = applications.of_text(config)
    with pytest.raises(CompileError) as caught:
        build(applications.request(application, "hello", USES_URI))
    assert '~packages:[ package "uri" ]' in caught.value.hint


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ('package ~sublibs:["nope"] "logs"', 5),
        ('package\n  ~ocamlfind:["logs"; "logs.nope"]\n "logs"', 6),
        ('package "logs"\n  ~sublibs:[\n"nope"]', 7),
    ],
)
def test_a_part_that_a_package_has_not_is_said_at_its_line(asked, line):
    """Not at that of a remark, or of another package with such a part."""
    config = (
        f'{HEAD}(* "logs" and "nope" *)\nlet one = package ~build:true ~sublibs:["nope"] "other"\n'
        f"let packages = [ one; {asked} ]\n"
        'let () = register ~packages "hello" [ foreign "Unikernel" job ]\n'
    )
    error = error_of(config, error=PackageError)
    assert error.what == f"config.ml, line {line}: Package logs has no library nope."
    assert "logs.lwt" in error.hint
    assert '"nope"' in error.detail or '"logs.nope"' in error.detail


@pytest.mark.parametrize(
    ("packages", "hint"),
    [
        ("[]", 'In config.ml: ~packages:[ package ~sublibs:["lwt"] "logs" ]'),
        ('[\n package "logs" ]', 'In config.ml, line 3: package ~sublibs:["lwt"] "logs"'),
    ],
)
def test_a_module_of_a_part_of_a_package_is_said_as_config_ml_asks_for_it(packages, hint):
    config = f'{HEAD}let () = register ~packages:{packages} "hello" [ foreign "Unikernel" job ]\n'
    application = applications.of_text(config)
    source = 'let start = Logs_lwt.info (fun m -> m "here")\n'
    with pytest.raises(ToolchainError) as caught:
        build(applications.request(application, "hello", source))
    assert caught.value.hint == f"Package logs.lwt brings it. {hint}"


def test_what_a_config_ml_prints_is_shown():
    configured = api.configure(
        f'{HEAD}let () = print_endline "here"; prerr_endline "there"\n{MAIN}{END}'
    )
    assert configured.notes[-2:] == ("config.ml prints: here", "config.ml prints: there")


def test_a_config_ml_that_ends_by_itself_is_said():
    assert "status 3 and registered nothing" in error_of("let () = exit 3").what
    assert "registers no application" in error_of(f"let () = exit 3\n{HEAD}{MAIN}{END}").detail
    assert "cannot be evaluated" in error_of('let () = Sys.remove "/none"').what


def test_a_config_ml_that_registers_nothing_is_said():
    assert "register" in str(error_of(f"{HEAD}{MAIN}"))


def test_a_folder_without_data_is_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = HEAD + 'let main = foreign "Unikernel.Main" (kv_ro @-> job)\n'
    config += 'let () = register "hello" [ main $ crunch "data" ]\n'
    with pytest.raises(ToolchainError, match="data"):
        build(applications.request(applications.of_text(config), "hello", UNIKERNEL))


def test_what_a_config_ml_describes_is_told_in_python():
    configured = api.configure(HEAD + MAIN + END)
    assert (configured.name, configured.target) == ("hello", "virtio")
    assert configured.mains == ("Unikernel.Main",)
    assert "Unikernel.Main" in configured.main
    assert "let backtrace" in configured.key_gen


KEY = 'let net = Key.(create "n" Arg.(opt string "x" (info ["n"])))\n'
NEWCOMERS = {
    "an abstract key": (
        f'{KEY}let main = foreign ~keys:[net] "Unikernel.Main" (time @-> job)\n{END}',
        "Key.abstract net",
    ),
    "a name that Key has": (
        f'{KEY}let main = foreign ~keys:Key.[abstract net] "Unikernel.Main" (time @-> job)\n{END}',
        "net is Key's own: call yours otherwise",
    ),
    "a package as a text": (
        f'let main = foreign ~packages:["lwt"] "Unikernel.Main" (time @-> job)\n{END}',
        'package "lwt"',
    ),
    "one job": (f'{MAIN}let () = register "a" (main $ default_time)\n', "takes a list of jobs"),
    "a key of MirageOS 4": (f"{KEY}let keys = [ Key.v net ]\n{MAIN}{END}", "Key.abstract"),
    "a stack of MirageOS 4": (f"{MAIN}let stack = generic_stackv4v6 default_network\n", "stackv4"),
    "a label of MirageOS 2": (f'{MAIN}let () = register "a" ~libraries:[] []\n', "~packages"),
    "no module's name": (MAIN.replace(".", " ") + END, "no module's name"),
    "a small letter": (MAIN.replace("Uni", "uni") + END, "no module's name"),
}


@pytest.mark.parametrize("what", NEWCOMERS)
def test_what_newcomers_write_is_answered(what):
    config, said = NEWCOMERS[what]
    assert said in str(error_of(HEAD + config))


MISFITS = {
    "no promise": ("(T : Mirage_time.S) = struct let start _ = () end", "gives unit, where a prom"),
    "a parameter too many": (
        "(T : Mirage_time.S) (C : Mirage_console.S) = struct let start _ _ = Lwt.return_unit end",
        "takes more modules than config.ml gives it",
    ),
    "a value too many": (
        "(T : Mirage_time.S) = struct let start _ _ = Lwt.return_unit end",
        "takes more values than it is given",
    ),
    "a value too few": (
        "(T : Mirage_time.S) = struct let start = Lwt.return_unit end",
        "start",
    ),
    "a key that is not there": (
        "(T : Mirage_time.S) = struct let start _ = Lwt.return (Key_gen.helo ()) end",
        "Did you mean Key_gen.hello? config.ml gives the application no key helo",
    ),
}


@pytest.mark.parametrize("what", MISFITS)
def test_an_application_that_does_not_fit_is_told_what_to_do(what):
    source, said = MISFITS[what]
    key = 'let hello = Key.(create "hello" Arg.(opt string "x" (info ["hello"])))\n'
    main = 'let main = foreign ~keys:[Key.abstract hello] "Unikernel.Main" (time @-> job)\n'
    application = applications.of_text(HEAD + key + main + END)
    with pytest.raises(CompileError) as caught:
        build(applications.request(application, "hello", f"module Main {source}"))
    assert said in caught.value.hint
