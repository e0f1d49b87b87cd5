"""The main module of an application, compiled for this machine and run: what starts when."""

import subprocess

from support.ocaml.config_programs import TIME_LIMIT_S, answered

CONFIG = """open Functoria
module App = Functoria_app.Make (struct
    let prelude = "open Lwt.Infix\\nlet return = Lwt.return\\nlet run = Loop.run\\n"
    let name = "order"
    let version = "1"
    let ignore_dirs = []
    let packages = []
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
let device ?(deps = []) name ty = impl (object
    inherit base_configurable
    method ty = ty
    method name = name
    method module_name = String.capitalize_ascii name
    method! deps = deps
    method! connect _ m args = String.concat " " ((m ^ ".connect") :: args @ ["()"])
  end)
let slow = device "slow" store and quick = device "quick" store
let over = device "over" (store @-> store) ~deps:[abstract quick] $ slow
let first = foreign "Unikernel.First" (store @-> store @-> job) ~deps:[abstract slow]
let second = foreign "Unikernel.Second" job ~deps:[abstract over]
let init name = device name job
let () = App.register "app" ~init:[init "init"; init "later"]
  [first $ over $ quick; second]
"""

# Devices that say when they begin, and when they are there, after as many turns of the loop.
DEVICES = """
module Loop = struct
  let rec run t =
    match Lwt.poll t with Some it -> it | None -> Lwt.wakeup_paused (); run t
end
let after turns name value =
  print_endline (name ^ " begins");
  let rec wait n =
    if n = 0 then Lwt.return_unit else Lwt.bind (Lwt.pause ()) (fun () -> wait (n - 1))
  in
  Lwt.map (fun () -> print_endline (name ^ " is there"); value) (wait turns)
module Slow = struct let connect () = after 9 "slow" "S" end
module Quick = struct let connect () = after 1 "quick" "Q" end
module Init = struct let connect () = after 3 "init" () end
module Later = struct let connect () = after 0 "later" () end
module Over (_ : sig end) = struct
  let connect below beside () = after 0 "over" ("O(" ^ below ^ "," ^ beside ^ ")")
end
module Boot_keys = struct let explain f = f () end
module Unikernel = struct
  module First (_ : sig end) (_ : sig end) = struct
    let start over quick slow =
      print_endline (String.concat " " ["first:"; over; quick; slow]);
      after 5 "first" 17
  end
  module Second = struct
    let start over = print_endline ("second: " ^ over); after 0 "second" "any result"
  end
end
"""


def test_each_device_starts_once_and_inputs_side_by_side(tmp_path):
    main = answered(CONFIG, tmp_path)["main"]
    stub = main.index("external milestone")
    end = main.index("\n", stub)
    text = DEVICES + main[:stub] + "let milestone _ = ()" + main[end:]
    (tmp_path / "app.ml").write_text(text)
    command = ("ocamlfind", "ocamlopt", "-package", "lwt", "-linkpkg", "app.ml", "-o", "app")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    ran = subprocess.run(
        [tmp_path / "app"], capture_output=True, text=True, timeout=TIME_LIMIT_S, check=True
    )
    lines = ran.stdout.splitlines()
    devices = [
        *("init begins", "init is there", "later begins", "later is there"),
        *("slow begins", "quick begins", "quick is there", "slow is there"),
        *("over begins", "over is there"),
    ]
    assert lines[: len(devices)] == devices
    # Jobs that wait for one device begin in an order that is Lwt's own.
    jobs = lines[len(devices) :]
    assert {"first: O(S,Q) Q S", "second: O(S,Q)"} <= set(jobs)
    assert jobs[-1] == "first is there"
    assert len(jobs) == 6
