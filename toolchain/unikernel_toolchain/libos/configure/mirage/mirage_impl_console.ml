open Functoria
open Mirage_impl_misc

type console = CONSOLE

let console = Type CONSOLE

(* Each target's module has a name of its own in MirageOS 3.9, and applications may use it. *)
let on library module_name text =
  let name = Functoria_app.Name.create (library ^ text) ~prefix:"console" in
  device name console ~module_name ~packages:[ package library ]
    ~connect:(fun _ modname _ -> Fmt.str "%s.connect %S" modname text)

let custom_console text =
  if_impl Mirage_key.is_unix
    (on "mirage-console-unix" "Console_unix" text)
    (if_impl Mirage_key.is_xen
       (on "mirage-console-xen" "Console_xen" text)
       (on "mirage-console-solo5" "Console_solo5" text))

let default_console = custom_console "0"
