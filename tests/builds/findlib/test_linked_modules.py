"""Programs are linked with the modules that they name, and with no more of a package."""

import pytest

from unikernel_toolchain import Config, build

HOOKS = """
let start () =
  Mirage_runtime.at_exit (fun () -> print_endline "left"; Lwt.return_unit);
  Mirage_runtime.at_enter_iter ignore;
  Mirage_runtime.at_leave_iter ignore;
  Lwt.return_unit
"""
LEVELS = """
let start () =
  Mirage_runtime.set_level ~default:Logs.Info [ (`Src "arp", Logs.Debug) ];
  Lwt.return_unit
"""
CONVERTERS = """
let start () =
  match Cmdliner.Arg.conv_parser Mirage_runtime.Arg.ipv4 "10.0.0.2/24" with
  | Ok _ -> Lwt.return_unit
  | Error (`Msg message) -> Lwt.fail_with message
"""
OBJECTS = {
    "Format": "(stdlib__Format.o)",
    "Logs": "logs.a(logs.o)",
    "Cmdliner": "cmdliner.a(cmdliner.o)",
}


@pytest.mark.parametrize(
    ("source", "linked"),
    [(HOOKS, set()), (LEVELS, {"Format", "Logs"}), (CONVERTERS, set(OBJECTS))],
    ids=["hooks", "levels", "converters"],
)
def test_of_mirage_runtime(source, linked):
    packages = ("lwt", "mirage-runtime")
    image = build(Config("linked", {"cell.ml": source}, target="unix", packages=packages))
    there = image.map_path.read_text(encoding="utf-8")
    assert {name for name, file in OBJECTS.items() if file in there} == linked
