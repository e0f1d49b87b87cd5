(* Devices are objects, which have numbers. *)

exception Wrong of string option * string

(* The file may be called otherwise, by a line directive: what is compiled is config.ml. *)
let is_in_config slot =
  match Option.map (String.split_on_char '.') (Printexc.Slot.name slot) with
  | Some ("Config" :: _) -> true
  | _ -> false

let text { Printexc.filename; line_number; start_char; end_char } =
  Printf.sprintf "File %S, line %d, characters %d-%d:" filename line_number start_char end_char

let of_backtrace backtrace =
  let slots = Option.value (Printexc.backtrace_slots backtrace) ~default:[||] in
  let place slot =
    if is_in_config slot then Option.map text (Printexc.Slot.location slot) else None
  in
  List.find_map place (Array.to_list slots)

let frames = 100
let places : (int, string) Hashtbl.t = Hashtbl.create 17
let own : (int, unit) Hashtbl.t = Hashtbl.create 17

let here () = of_backtrace (Printexc.get_callstack frames)
let remember device = Option.iter (Hashtbl.replace places (Oo.id device)) (here ())

let of_device device = Hashtbl.find_opt places (Oo.id device)
let remember_own device = Hashtbl.replace own (Oo.id device) ()
let is_own device = Hashtbl.mem own (Oo.id device)
