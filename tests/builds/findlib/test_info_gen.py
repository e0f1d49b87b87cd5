"""The generated module Info_gen, as OCaml reads it."""

import subprocess

from unikernel_toolchain.planning import info_gen
from unikernel_toolchain.tools.locate import require

NAMES = ('plain "quoted" \\ back', "é\n\t\x00 007")


def test_ocaml_reads_what_was_written(tmp_path):
    text = info_gen.source(NAMES[0], NAMES, {"b": "1.0~dev", "a": NAMES[1]}, record_module="Facts")
    facts = "type t = { name : string; libraries : string list; packages : (string * string) list }"
    shows = """
let () =
  let { Facts.name; libraries; packages } = Info_gen.info in
  let all = (name :: libraries) @ List.concat_map (fun (a, b) -> [ a; b ]) packages in
  List.iter (fun text -> Printf.printf "%d:%s" (String.length text) text) all
"""
    (tmp_path / "facts.ml").write_text(facts)
    (tmp_path / "info_gen.ml").write_text(text)
    (tmp_path / "shows.ml").write_text(shows)
    files = ("facts.ml", "info_gen.ml", "shows.ml")
    command = (require("ocamlopt"), "-w", "+a-70", "-warn-error", "+a", *files, "-o", "shows")
    subprocess.run(command, cwd=tmp_path, check=True, timeout=120)
    shown = subprocess.run(tmp_path / "shows", capture_output=True, check=True, timeout=60)
    told = (NAMES[0], *NAMES, "a", NAMES[1], "b", "1.0~dev")
    assert shown.stdout == b"".join(b"%d:%s" % (len(it.encode()), it.encode()) for it in told)


def test_the_same_facts_give_the_same_text():
    first = info_gen.source("app", ("lwt",), {"b": "2", "a": "1"})
    assert first == info_gen.source("app", ("lwt",), {"a": "1", "b": "2"})
