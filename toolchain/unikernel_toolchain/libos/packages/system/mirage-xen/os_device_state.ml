type state =
  | Unknown
  | Initialising
  | InitWait
  | Initialised
  | Connected
  | Closing
  | Closed
  | Reconfiguring
  | Reconfigured

let states =
  [
    (Unknown, "0", "Unknown");
    (Initialising, "1", "Initialising");
    (InitWait, "2", "InitWait");
    (Initialised, "3", "Initialised");
    (Connected, "4", "Connected");
    (Closing, "5", "Closing");
    (Closed, "6", "Closed");
    (Reconfiguring, "7", "Reconfiguring");
    (Reconfigured, "8", "Reconfigured");
  ]

let of_string text =
  match List.find_opt (fun (_, number, _) -> number = text) states with
  | Some (state, _, _) -> state
  | None -> Unknown

let row state = List.find (fun (it, _, _) -> it = state) states

let to_string state =
  let _, number, _ = row state in
  number

let prettyprint state =
  let _, _, name = row state in
  name
