"""What an application of MirageOS 3.9 takes at boot: its keys, and OCaml's parameters."""

import pytest
from support.guests.guest_programs import ENDS_WITHIN_S
from support.platforms import ABOVE_DEVICES, choices, target_of

import unikernel
from unikernel_toolchain.tools.locate import version

pytestmark = pytest.mark.boot

CONFIG = """
open Mirage

let hello =
  let doc = "How to greet: $(docv), in $(b,one) word." in
  let info = Key.Arg.info ~doc ~docv:"TEXT" ~env:"GREETING" [ "hello"; "H" ] in
  Key.create "hello" (Key.Arg.opt Key.Arg.string "Hello" info)

let whom =
  Key.create "whom" (Key.Arg.required ~stage:`Run Key.Arg.string (Key.Arg.info [ "whom" ]))

let times =
  Key.create "times" (Key.Arg.opt (Key.Arg.list Key.Arg.int) [ 1 ] (Key.Arg.info [ "times" ]))

let loud = Key.create "loud" (Key.Arg.flag (Key.Arg.info ~env:"LOUD" [ "loud" ]))

let keys = [ Key.abstract hello; Key.abstract whom; Key.abstract times; Key.abstract loud ]
let packages = [ package "logs"; package "mirage-runtime" ]
let main = foreign ~keys ~packages ~deps:[ abstract app_info ] "Unikernel.Main" (time @-> job)
let () = register "greeter" [ main $ default_time ]
"""
UNIKERNEL = """
let source name = Logs.Src.create name
let mine = source "mine" and other = source "other"

let say name source =
  Logs.debug ~src:source (fun m -> m "%s low" name);
  Logs.info ~src:source (fun m -> m "%s middle" name);
  Logs.err ~src:source (fun m -> m "%s high" name)

let is_randomized () =
  let order table = Hashtbl.fold (fun key () keys -> key :: keys) table [] in
  let filled random =
    let table = Hashtbl.create ?random 16 in
    List.iter (fun key -> Hashtbl.replace table key ()) (List.init 64 string_of_int);
    order table
  in
  filled None <> filled (Some false)

module Main (_ : Mirage_time.S) = struct
  let start () { Mirage_info.name; libraries; packages } =
    let { Gc.minor_heap_size; allocation_policy; space_overhead; max_overhead; verbose; window_size;
          major_heap_increment; custom_major_ratio; custom_minor_ratio; custom_minor_max_size; _ } =
      Gc.get ()
    in
    Printf.printf "%s %s%s %s\\n%!" (Key_gen.hello ()) (Key_gen.whom ())
      (if Key_gen.loud () then "!" else "")
      (String.concat "+" (List.map string_of_int (Key_gen.times ())));
    Printf.printf "minor-heap-size %d\\nallocation-policy %d\\nspace-overhead %d\\n"
      minor_heap_size allocation_policy space_overhead;
    Printf.printf "max-space-overhead %d\\ngc-verbosity %d\\ngc-window-size %d\\n" max_overhead
      verbose window_size;
    Printf.printf "major-heap-increment %d\\ncustom-major-ratio %d\\n" major_heap_increment
      custom_major_ratio;
    Printf.printf "custom-minor-ratio %d\\ncustom-minor-max-size %d\\n" custom_minor_ratio
      custom_minor_max_size;
    Printf.printf "backtrace %b\\nrandomize-hashtables %b\\n" (Printexc.backtrace_status ())
      (is_randomized ());
    Printf.printf "made of %s: %b %b\\n" name (List.mem "mirage-runtime" libraries)
      (List.assoc "mirage-runtime" packages = "3.9.0");
    say "mine" mine;
    say "other" other;
    Lwt.return_unit
end
"""
# Keys over Cmdliner, as an application may write them; the command line was read before.
TERMS = """
let mine = Mirage_runtime.(Key.create (Arg.opt Cmdliner.Arg.int 7 (Cmdliner.Arg.info [ "mine" ])))

module Main (_ : Mirage_time.S) = struct
  let start () _ =
    let terms = Key_gen.loud_t :: List.map fst Key_gen.runtime_keys in
    Mirage_runtime.with_argv (Mirage_runtime.Key.term mine :: terms) "again" [| ""; "--nope" |];
    Mirage_runtime.at_exit (fun () -> Lwt.return (print_endline "left"));
    let names = List.map snd Key_gen.runtime_keys in
    Printf.printf "%s %b %b %b\\n" (Key_gen.whom ()) (List.mem "hello" names)
      (List.mem "logs" names) (Mirage_runtime.Key.default mine = Some 7);
    Lwt.return_unit
end
"""
USAGE, HELP = 64, 63
IS_OCAML_5 = int(version("ocamlopt").partition(".")[0]) >= 5
# What OCaml 5 has none of, and why.
MEANINGLESS = {
    "allocation-policy": "it has one allocation policy",
    "major-heap-increment": "its major heap grows by what it needs",
    "max-space-overhead": "it compacts when Gc.compact asks it to",
    "gc-window-size": "it smooths the major heap's slices by itself",
}


@pytest.fixture(scope="module", params=ABOVE_DEVICES)
def platform(request):
    return request.param


def build(folder, source, platform):
    (folder / "config.ml").write_text(CONFIG)
    (folder / "unikernel.ml").write_text(source)
    return unikernel.build(folder, name="greeter", target=target_of(platform))


@pytest.fixture(scope="module")
def image(platform, tmp_path_factory):
    return build(tmp_path_factory.mktemp("greeter"), UNIKERNEL, platform)


def run(image, *arguments, **spec):
    """Return what the guest said, line by line, and its exit status."""
    spec |= choices("unix" if image.target == "unix" else "microvm")
    with unikernel.boot(image, arguments=arguments, replace=True, wait="running", **spec) as vm:
        ended = vm.wait(timeout_s=ENDS_WITHIN_S)
        return vm.console.text.strip().splitlines(), ended.status


@pytest.mark.parametrize(
    ("arguments", "greeting"),
    [
        (("--whom=you",), "Hello you 1"),
        (("--whom", "you", "-HHi", "--times=1,2", "--loud"), "Hi you! 1+2"),
        (("--who=you", "-H", "Hi", "--tim", "3,"), "Hi you 3"),
        (("--hello=", "--whom=a b"), "a b 1"),
    ],
)
def test_the_applications_keys(image, arguments, greeting):
    output, status = run(image, *arguments)
    assert (output[0], status) == (greeting, 0)


def test_what_the_application_is_made_of(image):
    output, _ = run(image, "--whom=you")
    assert "made of greeter: true true" in output


def test_boot_variables(image):
    variables = {"GREETING": "Hallo", "LOUD": "yes", "MIRAGE_LOGS": "error"}
    output, status = run(image, "--whom=you", environment=variables)
    assert (output[0], status) == ("Hallo you! 1", 0)
    assert logged(output) == ["mine high", "other high"]
    output, _ = run(image, "--whom=you", "--hello=Hi", environment=variables)
    assert output[0] == "Hi you! 1"
    output, status = run(image, "--whom=you", environment={"LOUD": "maybe"})
    assert (output, status) == (["greeter: LOUD=maybe is refused. It is true or false."], USAGE)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "greeter: --whom has to be given: --whom=VAL."),
        (("--whom=you", "--nope"), "greeter: there is no boot key --nope. There are: "),
        (("--whom=you", "word"), "greeter: there are words that are no keys: word. "),
        (("--whom=you", "--", "--loud"), "greeter: there are words that are no keys: --loud. "),
        (("--whom=you", "--loud=true"), "greeter: --loud is a flag, it takes no value"),
        (("--whom=you", "--whom=me"), "greeter: --whom is given twice"),
        (("--whom=you", "--times=1,x"), "--times=1,x is refused. It is a whole number."),
        (("--whom=you", "--m=1"), "--m may be --major-heap-increment or "),
        (("--whom=you", "--logs=loud"), "--logs=loud is refused. It is LEVEL, *:LEVEL or "),
        (("--whom=you", "--allocation-policy=worst"), "It is next-fit, first-fit or best-fit."),
        (("--whom=you", "--backtrace"), "greeter: --backtrace needs a value: --backtrace=BOOL"),
        (("--whom=you", "--minor-heap-size=-1"), "--minor-heap-size=-1 is refused. It is a number"),
        (("--whom=you", "--minor-heap-size=99999999999"), "more than half of this guest's memory"),
    ],
)
def test_refusals(image, arguments, message):
    output, status = run(image, *arguments)
    assert status == USAGE
    assert message in output[0]
    assert len(output) == 1


@pytest.mark.parametrize("arguments", [("--help",), ("--nope", "--help=plain"), ("--help=groff",)])
def test_help(image, arguments):
    output, status = run(image, *arguments)
    assert status == HELP
    text = "\n".join(output)
    places = [text.index(f"\n{it}") for it in ("APPLICATION OPTIONS", "UNIKERNEL PARAM", "OCAML")]
    assert places == sorted(places)
    assert "-H, --hello=TEXT (absent=Hello or GREETING env)" in text
    assert "How to greet: TEXT, in one word." in text
    assert "--whom=VAL (required)" in text
    assert "--loud (absent LOUD env)" in text
    assert "--allocation-policy=ALLOCATION (absent=next-fit)" in text


def test_version(image):
    assert run(image, "--version") == (["greeter"], HELP)


def logged(output):
    return [line.rpartition("] ")[2] for line in output if " [mine] " in line or "[other] " in line]


@pytest.mark.parametrize(
    ("logs", "lines"),
    [
        ((), ["mine middle", "mine high", "other middle", "other high"]),
        (("--logs=error",), ["mine high", "other high"]),
        (("-l", "*:error,mine:debug"), ["mine low", "mine middle", "mine high", "other high"]),
        (("--logs=other:app",), ["mine middle", "mine high"]),
    ],
)
def test_levels_of_logs(image, logs, lines):
    output, status = run(image, "--whom=you", *logs)
    assert (logged(output), status) == (lines, 0)


def test_a_source_that_is_not_there(image):
    output, status = run(image, "--whom=you", "--logs=nobody:debug")
    assert any("there is no log source nobody" in line for line in output)
    assert status == 0


PARAMETERS = {
    "minor-heap-size": ("32768", "32768"),
    "allocation-policy": ("first-fit", "1"),
    "space-overhead": ("77", "77"),
    "max-space-overhead": ("600", "600"),
    "gc-verbosity": ("0x800", "2048"),
    "gc-window-size": ("5", "5"),
    "major-heap-increment": ("20", "20"),
    "custom-major-ratio": ("51", "51"),
    "custom-minor-ratio": ("61", "61"),
    "custom-minor-max-size": ("4000", "4000"),
    "backtrace": ("false", "false"),
    "randomize-hashtables": ("false", "false"),
}


def test_parameters_of_ocaml(image):
    given = [f"--{name}={text}" for name, (text, _) in PARAMETERS.items()]
    output, status = run(image, "--whom=you", *given)
    assert status == 0
    for name, (_, value) in PARAMETERS.items():
        if IS_OCAML_5 and name in MEANINGLESS:
            assert f"unikernel: --{name} is ignored by OCaml 5: {MEANINGLESS[name]}." in output
        else:
            assert f"{name} {value}" in output


def test_parameters_that_are_not_given(image):
    output, _ = run(image, "--whom=you")
    assert "backtrace true" in output
    assert "randomize-hashtables true" in output
    assert not any("is ignored" in line for line in output)


def test_keys_as_terms(platform, tmp_path):
    image = build(tmp_path, TERMS, platform)
    assert run(image, "--whom=you") == (["you true true true", "left"], 0)
