module Key = Mirage_key
include Functoria

(* ip alone is no name of config.ml's language. *)
include Mirage_impl_time
include Mirage_impl_console
include Mirage_impl_block
include Mirage_impl_kv
include Mirage_impl_network
include Mirage_impl_ip
include Mirage_impl_transport
include Mirage_impl_stackv4
include Mirage_impl_services
include Mirage_impl_reporter

let stdlib_random = default_random
let nocrypto_random = default_random
let http_server = cohttp_server
let noop = Functoria_app.noop
let nocrypto = noop

type info = Functoria_app.info

let info = Functoria_app.info
let app_info = Functoria_app.app_info ~type_modname:"Mirage_info" ()

(* {1 Starting} *)

let device = Mirage_impl_misc.device
let library = Mirage_impl_misc.package

let default_argv =
  device "argv" Functoria_app.argv ~module_name:"Bootvar"
    ~packages:[ library "mirage-bootvar" ]
    ~connect:(fun _ modname _ -> Fmt.str "%s.argv ()" modname)

let no_argv =
  device "no_argv" Functoria_app.argv ~connect:(fun _ _ _ -> {|return [| "" |]|})

let job_of_key name key text =
  device name job
    ~keys:[ Key.abstract key ]
    ~connect:(fun _ _ _ -> Fmt.str "return (%s)" (text (Mirage_impl_misc.key_call key)))

let backtrace =
  job_of_key "backtrace" Key.backtrace (Fmt.str "Printexc.record_backtrace %s")

let randomize_hashtables =
  job_of_key "randomize_hashtables" Key.randomize_hashtables
    (Fmt.str "if %s then Hashtbl.randomize ()")

(* Each of the collector's parameters has the name of its field. *)
let collector_keys =
  Key.
    [
      ("minor_heap_size", minor_heap_size);
      ("major_heap_increment", major_heap_increment);
      ("space_overhead", space_overhead);
      ("max_space_overhead", max_space_overhead);
      ("verbosity", gc_verbosity);
      ("window_size", gc_window_size);
      ("custom_major_ratio", custom_major_ratio);
      ("custom_minor_ratio", custom_minor_ratio);
      ("custom_minor_max_size", custom_minor_max_size);
    ]

let gc_control =
  let call = Mirage_impl_misc.key_call in
  let argument (name, key) = Fmt.str "~%s:%s" name (call key) in
  let text =
    Fmt.str "Boot_gc.set ~allocation_policy:%s %s ()"
      (call Key.allocation_policy)
      (String.concat " " (List.map argument collector_keys))
  in
  device "gc_control" job
    ~keys:
      (Key.abstract Key.allocation_policy
       :: List.map (fun (_, key) -> Key.abstract key) collector_keys)
    ~connect:(fun _ _ _ -> Fmt.str "return (%s)" text)

(* Applications name modules whose packages they do not ask for: with its interfaces, 3.9 brings
   what its own packages stand on. What is not used is not linked. *)
let interfaces =
  List.map (( ^ ) "mirage-")
    [
      "block"; "channel"; "clock"; "console"; "device"; "flow"; "fs"; "kv"; "net"; "protocols";
      "random"; "stack"; "time";
    ]

let beneath = [ "mirage-logs"; "mirage-types"; "mirage-types-lwt"; "parse-argv"; "ptime" ]

module Application = Functoria_app.Make (struct
    let prelude =
      "open Lwt.Infix\nlet return = Lwt.return\nlet run t = OS.Main.run t; exit 0\n"

    let name = "mirage"
    let version = "3.9.0"
    let ignore_dirs = []

    let packages =
      List.map
        (fun name -> library name)
        ([ "lwt"; "mirage-unikernel"; "mirage-runtime"; "unikernel-keys" ] @ interfaces @ beneath)

    (* The jobs are its inputs: all are begun before any is awaited. *)
    let create jobs =
      device "mirage" job ~deps:(List.map abstract jobs) ~connect:(fun _ _ _ -> "return ()")
  end)

let run = Application.run

(* The target is asked for by all; these are accepted everywhere, whatever is built. *)
let configure_keys =
  Key.[ abstract target; abstract warn_error; abstract target_debug; abstract no_depext ]

let register ?(argv = default_argv) ?tracing ?(reporter = default_reporter ()) ?(keys = [])
    ?packages name jobs =
  let init =
    [ Functoria_app.keys argv; backtrace; randomize_hashtables; gc_control; reporter ]
    @ Option.to_list tracing
  in
  Application.register ?packages ~keys:(configure_keys @ keys) ~init name jobs
