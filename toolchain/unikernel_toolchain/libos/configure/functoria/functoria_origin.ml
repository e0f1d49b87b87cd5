(* Devices are objects, which have numbers. *)

let rec word_after option = function
  | name :: word :: _ when name = option -> Some word
  | _ :: rest -> word_after option rest
  | [] -> None

let source =
  lazy (Option.value (word_after "--source" (Array.to_list Sys.argv)) ~default:"config.ml")

let is_source file =
  let source = Lazy.force source in
  String.equal file source || String.equal (Filename.basename file) source

let text { Printexc.filename; line_number; start_char; end_char } =
  if is_source filename then
    Some
      (Printf.sprintf "File %S, line %d, characters %d-%d:" (Lazy.force source) line_number
         start_char end_char)
  else None

let of_backtrace backtrace =
  let slots = Option.value (Printexc.backtrace_slots backtrace) ~default:[||] in
  let place slot = Option.bind (Printexc.Slot.location slot) text in
  List.find_map place (Array.to_list slots)

let frames = 100
let places : (int, string) Hashtbl.t = Hashtbl.create 17
let names : (int, unit) Hashtbl.t = Hashtbl.create 17

(* Newest first. *)
let modules = ref []

let remember device =
  let place = of_backtrace (Printexc.get_callstack frames) in
  Option.iter (Hashtbl.replace places (Oo.id device)) place

let of_device device = Hashtbl.find_opt places (Oo.id device)

let remember_own device name =
  Hashtbl.replace names (Oo.id device) ();
  if not (List.mem name !modules) then modules := name :: !modules

let is_own device = Hashtbl.mem names (Oo.id device)
let own_modules () = List.rev !modules
