module V6 = Ipaddr.V6

type t = {
  ips : V6.t list Boot_keys.key;
  netmasks : V6.Prefix.t list Boot_keys.key;
  gateways : V6.t list Boot_keys.key;
}

let read_list read sentence text =
  let add list word =
    Result.bind list (fun list -> Result.map (fun value -> value :: list) (read word))
  in
  let words = if text = "" then [] else String.split_on_char ',' text in
  List.fold_left add (Ok []) words
  |> Result.map List.rev
  |> Result.map_error (fun (`Msg _) -> sentence)

let read_addresses =
  read_list V6.of_string "It is addresses with commas between, as in fd00::2."

let read_networks =
  read_list V6.Prefix.of_string "It is networks with commas between, as in fd00::/64."

let declare ?group network =
  let list name read what =
    Boot_keys.key (Boot_keys.in_group group name) read ~docv:"LIST" ~default:[]
      ~doc:(Printf.sprintf "IPv6 %s %s, besides what its routers announce." what network)
  in
  {
    ips = list "ips" read_addresses "addresses on";
    netmasks = list "netmasks" read_networks "networks on";
    gateways = list "gateways" read_addresses "routers of";
  }

let ips t = Boot_keys.get t.ips
let netmasks t = Boot_keys.get t.netmasks
let gateways t = Boot_keys.get t.gateways
