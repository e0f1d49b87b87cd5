"""What a config.ml answers: devices once each, packages together, keys with their values."""

import pytest
from support.ocaml.config_programs import TARGET, answered, evaluated, run

# A language without MirageOS's devices: the same for any application.
OWN = """open Functoria
module Key = Functoria_key
module App = Functoria_app.Make (struct
    let prelude = "open Lwt.Infix\\nlet return = Lwt.return\\nlet run = Lwt_main.run\\n"
    let name = "own"
    let version = "1"
    let ignore_dirs = []
    let packages = [package "lwt"]
    let create jobs = impl (object
        inherit base_configurable
        method ty = job
        method name = "all"
        method module_name = "Stdlib"
        method! deps = List.map abstract jobs
      end)
  end)
type store = Store
let store = Type Store
let device ?(keys = []) ?(deps = []) ?(packages = Key.pure []) name = impl (object
    inherit base_configurable
    method ty = store
    method name = name
    method module_name = String.capitalize_ascii name
    method! keys = keys
    method! deps = deps
    method! packages = packages
    method! connect _ m args = String.concat " " ((m ^ ".connect") :: args @ ["()"])
  end)
let flag ?(stage = `Both) name =
  let module Arg = Key.Arg in
  Key.create name (Arg.flag ~stage (Arg.info [name]))
let main ?packages ?keys ?deps n ty = foreign ?packages ?keys ?deps n ty
"""


def own(text, folder, *words, **how):
    return answered(OWN + text, folder, *words, **how)


def modules(answer):
    return [node["module"] for node in answer["graph"]["nodes"]]


def test_equal_devices_are_one_node(tmp_path):
    answer = own(
        """let () = App.register "app" [
          main "A" (store @-> store @-> job) $ device "one" $ device "one";
          main "B" (store @-> job) $ device "two" ~deps:[abstract (device "one")]]""",
        tmp_path,
    )
    assert modules(answer) == ["One", "A", "Two", "B", "Stdlib"]
    one, a, two, b, root = answer["graph"]["nodes"]
    assert a["inputs"] == [one["id"], one["id"]]
    assert (two["inputs"], two["deps"]) == ([], [one["id"]])
    assert b["inputs"] == [two["id"]]
    assert root["deps"] == [a["id"], b["id"]]
    assert answer["graph"]["root"] == root["id"]
    assert answer["main"].count("= lazy (") == 5
    assert answer["main"].count("One.connect ()") == 1
    assert answer["mains"] == ["A", "B"]


def test_a_functor_is_applied_once_for_each_device(tmp_path):
    answer = own(
        """let over d = main "Over.Make" (store @-> store) $ d
        let one = over (device "one") and two = over (device "two")
        let () = App.register "app" [main "U.Main" (store @-> store @-> store @-> job)
          $ one $ two $ over (device "one")]""",
        tmp_path,
    )
    assert "module Over1 = Over.Make (One)\nmodule Over2 = Over.Make (Two)\n" in answer["main"]
    assert "module U1 = U.Main (Over1) (Over2) (Over1)\n" in answer["main"]
    kinds = {node["module"]: node["kind"] for node in answer["graph"]["nodes"]}
    assert (kinds["One"], kinds["Over.Make"], kinds["U.Main"]) == ("device", "functor-app", "job")


def test_generated_modules_take_no_name_of_the_applications(tmp_path):
    answer = own(
        """let () = App.register "app" [
          main "U.Main" (store @-> job) $ device "one"; main "U1.Main" job]""",
        tmp_path,
    )
    assert "module U2 = U.Main (One)" in answer["main"]
    assert "U1.Main.start" in answer["main"]


CHOICE = """
let fast = flag ~stage:`Configure "fast" and cached = flag ~stage:`Configure "cached"
let size = Key.(create "size" Arg.(opt int 1 (info ["size"])))
let inner = if_impl (Key.value cached)
  (device "cache" ~keys:[Key.abstract size]) (device "plain")
let () = App.register "app" [main "U.Main" (store @-> job)
  $ if_impl (Key.value fast) inner (device "slow")]
"""


@pytest.mark.parametrize(
    ("words", "device"),
    [((), "Slow"), (("--fast",), "Plain"), (("--cached", "--fast", "--size=2"), "Cache")],
)
def test_a_choice_is_made_by_keys(words, device, tmp_path):
    answer = own(CHOICE, tmp_path, *words)
    assert modules(answer) == [device, "U.Main", "Stdlib"]


def test_keys_of_what_is_not_chosen_are_none(tmp_path):
    slow = own(CHOICE, tmp_path)
    assert [key["name"] for key in slow["keys"]] == ["fast"]
    assert run(tmp_path, "--size", "3").answer["unknown"] == "--size"
    names = [key["name"] for key in run(tmp_path, "--fast", "--cached").answer["keys"]]
    assert names == ["cached", "fast", "size"]


@pytest.mark.parametrize(("text", "device"), [("one", "A"), ("two", "B"), ("three", "C")])
def test_cases_are_tried_in_order(text, device, tmp_path):
    answer = own(
        """let which = Key.(create "which" Arg.(opt ~stage:`Configure string "" (info ["which"])))
        let chosen = match_impl (Key.value which) ~default:(device "c")
          ["one", device "a"; "two", device "b"; "one", device "d"]
        let () = App.register "app" [main "U" (store @-> job) $ chosen]""",
        tmp_path,
        "--which",
        text,
    )
    assert modules(answer)[0] == device


def test_packages_come_together(tmp_path):
    answer = own(
        """let more = flag ~stage:`Configure "more"
        let depending = Key.if_ (Key.value more) [package "extra"] []
        let () = App.register "app" ~packages:[package "p" ~min:"1.0"; package "built" ~build:true]
          [main "U" (store @-> job) ~packages:[package "p" ~sublibs:["x"] ~max:"2.0"]
           $ device "d" ~packages:depending;
           main "V" job ~packages:[package "pinned" ~pin:"git://here"]]""",
        tmp_path,
        "--more",
    )
    packages = {it.pop("name"): it for it in answer["packages"]}
    assert set(packages) == {"built", "extra", "lwt", "p", "pinned", "unikernel-keys"}
    assert packages["p"] == {
        "libraries": ["p", "p.x"],
        "min": ["1.0"],
        "max": ["2.0"],
        "build": False,
        "pin": None,
    }
    assert packages["built"]["build"] is True
    assert packages["pinned"]["pin"] == "git://here"
    assert any("pinned" in note and "not followed" in note for note in answer["notes"])


KEYS = """
module Arg = Key.Arg
let a = Key.create "with-dash" Arg.(opt string "x" (info ~doc:"Words." ["w"; "with-dash"]))
let b = Key.create "here" Arg.(opt ~stage:`Configure int 1 (info ~env:"HERE" ["here"]))
let c = Key.create "there" Arg.(required ~stage:`Run (some int) (info ["there"]))
let d = Key.create "loud" Arg.(flag (info ["loud"]))
let e = Key.create "known" Arg.(required int (info ["known"]))
let () = App.register "my-app" [main "U" job ~keys:Key.[abstract a; abstract b; abstract c]]
  ~keys:Key.[abstract d; abstract e]
"""


def test_keys_are_told_with_their_values(tmp_path):
    answer = own(KEYS, tmp_path, "-w", "y", "--known=7", env={"HERE": "5"})
    assert answer["name"] == "my_app"
    keys = {it.pop("name"): it for it in answer["keys"]}
    assert keys["with-dash"] == {
        "stage": "both",
        "value": "y",
        "doc": "Words.",
        "section": "APPLICATION OPTIONS",
        "flags": ["-w", "--with-dash"],
    }
    assert (keys["here"]["stage"], keys["here"]["value"]) == ("configure", "5")
    assert (keys["there"]["stage"], keys["there"]["value"]) == ("run", "")
    text = answer["key_gen"]
    assert "let here () = 5\n" in text
    assert 'let with_dash =\n  let key =\n    Boot_keys.opt Boot_converters.string ("y")' in text
    assert "Boot_keys.required Boot_converters.int ~default:(7)" in text
    assert "Boot_keys.required (Boot_converters.some Boot_converters.int)" in text
    assert "Boot_keys.flag (Boot_keys.info" in text
    assert "Cmdliner" not in text + answer["main"]
    assert "Printf" not in text + answer["main"]


def test_a_flag_that_is_configured_is_given_at_boot(tmp_path):
    text = own(KEYS, tmp_path, "--loud")["key_gen"]
    assert "fun () -> Boot_keys.get key || Stdlib.not (Boot_keys.is_given key)" in text


def test_a_run_key_is_no_option_of_configure(tmp_path):
    answer = evaluated(OWN + KEYS, tmp_path, "--there=1").answer
    assert answer["unknown"] == "--there"
    assert "--there" in answer["at_boot"]
    assert "--there" not in answer["options"]


def test_a_run_key_that_is_a_flag_is_told_as_one(tmp_path):
    key = 'let f = Key.create "f" Key.Arg.(flag ~stage:`Run (info ["f"; "chatty"]))\n'
    keys = KEYS.replace("abstract d", "abstract f; abstract d")
    answer = evaluated(OWN + key + keys, tmp_path, "--chatty").answer
    assert answer["unknown"] == "--chatty"
    assert {"-f", "--chatty", "--loud"} == set(answer["flags"])


def test_terms_are_there_when_they_are_asked_for(tmp_path):
    answer = own(KEYS, tmp_path, options=("--wants-terms",))
    assert "let with_dash_t = Cmdliner.Term.const ()" in answer["key_gen"]
    assert '  (with_dash_t, "with-dash");\n' in answer["key_gen"]
    assert "let here_t" not in answer["key_gen"]
    assert "cmdliner" in [it["name"] for it in answer["packages"]]


def test_help_prints_the_keys(tmp_path):
    result = evaluated(OWN + KEYS, tmp_path, action="help")
    assert (result.status, result.stderr, result.answer) == (0, "", None)
    assert "-w VAL, --with-dash=VAL (absent=x)" in result.stdout
    assert "HERE" in result.stdout
    assert "--there" not in result.stdout


HELPED = """
let doc = "Reads $(docv) by $(opt), else $(env); costs \\\\$1, $(b,bold)."
let () = App.register "app" ~keys:Key.[
    abstract (create "path" Arg.(opt string "a=b" (info ~docs:"FILES" ~doc ~docv:"FILE"
      ~env:"THE_FILE" ["p"; "path"])));
    abstract (create "level" Arg.(required ~stage:`Configure int (info ["level"])));
    abstract (create "none" Arg.(opt (some int) None (info ~env:"NONE" ["none"])));
    abstract (flag "loud")] []
"""


def test_help_says_of_each_key_what_is_taken_without_it(tmp_path):
    result = evaluated(
        OWN + HELPED, tmp_path, "--level", action="help", options=("--without-key", "loud")
    )
    assert result.status == 0, result.stderr
    files = result.stdout.split("FILES\n")[1]
    assert "-p FILE, --path=FILE (absent=a=b or THE_FILE env)" in files
    assert "Reads FILE by --path, else THE_FILE; costs $1, bold." in files
    own_keys = result.stdout.split("APPLICATION OPTIONS\n")[1].split("FILES\n")[0]
    assert "--level=VAL (required)" in own_keys
    assert "--none=VAL (absent NONE env)" in own_keys
    assert "--loud" not in result.stdout


HOOKS = """
let step name = Ok (print_endline name)
let custom = impl (object
    inherit base_configurable
    method ty = store
    method name = "custom"
    method module_name = "Custom"
    method! configure info = step ("configure " ^ Info.name info)
    method! build info = step ("build " ^ String.concat "," (Info.libraries info))
    method! clean _ = step "clean"
  end)
let () = App.register "app" [main "U" (store @-> job) $ custom]
"""


def test_devices_configure_and_build_and_clean(tmp_path):
    result = evaluated(OWN + HOOKS, tmp_path)
    assert result.stdout == "configure app\nbuild lwt\n"
    assert run(tmp_path, action="clean").stdout == "clean\n"


def test_a_device_can_be_left_out(tmp_path):
    text = """let k = flag "k"
    let () = App.register "app" [main "U" (store @-> job)
      $ device "left" ~keys:[Key.abstract k] ~deps:[abstract (device "behind")]]"""
    whole = own(text, tmp_path, options=("--idle", "Left"))
    assert modules(whole) == ["Behind", "Left", "U", "Stdlib"]
    (without,) = whole["without"]
    assert without["names"] == ["Left"]
    assert modules(without["answer"]) == ["Stdlib", "U", "Stdlib"]
    assert [key["name"] for key in without["answer"]["keys"]] == ["k"]


def test_devices_are_configured_once_whatever_may_be_left_out(tmp_path):
    result = evaluated(OWN + HOOKS, tmp_path, options=("--idle", "U", "--idle", "Custom"))
    assert result.stdout == "configure app\nbuild lwt\n"
    names = sorted(it["names"] for it in result.answer["without"])
    assert names == [["Custom"], ["Custom", "U"], ["U"]]


def test_the_answer_is_the_same_each_time(tmp_path):
    first = own(KEYS, tmp_path)
    assert run(tmp_path).answer == first


def test_the_graph_is_told_to_graphviz(tmp_path):
    dot = own(CHOICE, tmp_path)["dot"]
    assert dot.startswith("digraph {\n")
    assert '  1 [label="slow1\\nSlow"];\n' in dot
    assert "  2 -> 1;\n" in dot
    assert "  3 -> 2 [style=dashed];\n" in dot


def test_mirage_answers_devices_in_their_order(tmp_path):
    text = """open Mirage
let main = foreign "Unikernel.Main" (network @-> network @-> job)
let () = register "app" [main $ netif "b" $ netif ~group:"second" "a"]"""
    answer = answered(text, tmp_path, *TARGET)
    assert answer["target"] == "virtio"
    assert [it["name"] for it in answer["devices"]] == ["b", "a"]


def test_what_an_application_is_made_of_is_asked_for(tmp_path):
    text = """open Mirage
let () = register "app" [foreign "Unikernel.Main" (info @-> job) $ app_info]"""
    answer = answered(text, tmp_path, *TARGET)
    assert answer["info"] is True
    assert answer["info_modules"] == [{"module": "Info_gen", "record": "Mirage_info"}]
    assert "return Info_gen.info" in answer["main"]
