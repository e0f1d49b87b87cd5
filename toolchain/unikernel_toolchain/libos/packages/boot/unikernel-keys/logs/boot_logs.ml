module Reporter = Mirage_logs.Make (Pclock)

let what = "It is LEVEL, *:LEVEL or SOURCE:LEVEL, several with commas between; levels are \
            quiet, app, error, warning, info, debug."

let threshold item =
  let source, level =
    match String.rindex_opt item ':' with
    | None -> ("*", item)
    | Some index ->
        let rest = index + 1 in
        (String.sub item 0 index, String.sub item rest (String.length item - rest))
  in
  Result.map (fun level -> (source, level)) (Logs.level_of_string level)

let read text =
  let add thresholds item =
    match (thresholds, threshold item) with
    | Ok thresholds, Ok threshold -> Ok (threshold :: thresholds)
    | _, Error _ | Error _, _ -> Error what
  in
  Result.map List.rev (List.fold_left add (Ok []) (String.split_on_char ',' text))

let named name source = Logs.Src.name source = name

let set_source (name, level) =
  match List.filter (named name) (Logs.Src.list ()) with
  | [] -> Logs.warn (fun m -> m "there is no log source %s" name)
  | sources -> List.iter (fun source -> Logs.Src.set_level source level) sources

(* Levels of single sources come last, or the one for all would undo them. *)
let apply thresholds =
  let everywhere, by_source = List.partition (fun (name, _) -> name = "*") thresholds in
  List.iter (fun (_, level) -> Logs.set_level level) everywhere;
  List.iter set_source by_source

let start ?(default = Logs.Info) () =
  Logs.set_level (Some default);
  Reporter.set_reporter (Reporter.create ());
  let doc = "Log levels: LEVEL, *:LEVEL or SOURCE:LEVEL, several with commas between." in
  let key = Boot_keys.key ~letter:'l' "logs" read ~docv:"LEVELS" ~default:[] ~doc in
  Boot_keys.check (fun () -> Ok (apply (Boot_keys.get key)))
