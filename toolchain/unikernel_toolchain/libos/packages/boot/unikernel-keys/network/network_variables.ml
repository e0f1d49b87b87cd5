type 'a told = Untold | Absent | Told of 'a

let entries variable =
  Option.fold (Sys.getenv_opt variable) ~none:[] ~some:(String.split_on_char ',')

let rec entry names values ~(network : string) =
  match (names, values) with
  | name :: _, "" :: _ when name = network -> Absent
  | name :: _, value :: _ when name = network -> Told value
  | _ :: names, _ :: values -> entry names values ~network
  | _, _ -> Untold

let find variable ~network = entry (entries "UNIKERNEL_NET") (entries variable) ~network
