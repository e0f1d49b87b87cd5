include Log_level_text

(* It may be before there is a reporter that a log would reach. *)
let tell_of_none name =
  let names = List.sort_uniq compare (List.map Logs.Src.name (Logs.Src.list ())) in
  prerr_endline
    ("unikernel: there is no log source " ^ name ^ ". There are: " ^ String.concat ", " names
     ^ ".")

let set_source name level =
  match List.filter (fun source -> Logs.Src.name source = name) (Logs.Src.list ()) with
  | [] -> tell_of_none name
  | sources -> List.iter (fun source -> Logs.Src.set_level source level) sources

(* Levels of single sources come last, or the one for all would undo them. *)
let set levels =
  let everywhere, by_source = List.partition (fun (place, _) -> place = `All) levels in
  List.iter (fun (_, level) -> Logs.set_level level) everywhere;
  List.iter (function `Src name, level -> set_source name level | `All, _ -> ()) by_source

let set_with_default ~default levels =
  set (List.map (fun (place, level) -> (place, Some level)) ((`All, default) :: levels))

let () = Level_setter.use set_with_default
let be_linked () = ()
