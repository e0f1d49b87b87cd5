(* A row for each variable, its entries in the order of UNIKERNEL_NET's names. An empty
   entry says that the network has none; no row, that nothing is said. *)

type 'a variable = Unset | Absent | Value of 'a

let entries variable =
  Option.fold (Sys.getenv_opt variable) ~none:[] ~some:(String.split_on_char ',')

let rec entry names values ~(network : string) =
  match (names, values) with
  | name :: _, "" :: _ when name = network -> Absent
  | name :: _, value :: _ when name = network -> Value value
  | _ :: names, _ :: values -> entry names values ~network
  | _, _ -> Unset

let find variable ~network = entry (entries "UNIKERNEL_NET") (entries variable) ~network

let use_name_server ~network =
  let set ip = Name_servers.set (Boot network) [ (ip, None) ] in
  match find "UNIKERNEL_RESOLVER" ~network with
  | Value text -> Result.iter set (Ipaddr.of_string text)
  | Unset | Absent -> ()
