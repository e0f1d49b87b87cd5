module V6 = Ipaddr.V6

type t = {
  ips : V6.t list Boot_keys.key;
  netmasks : V6.Prefix.t list Boot_keys.key;
  gateways : V6.t list Boot_keys.key;
}

let read_list read text =
  let add list item =
    Result.bind list (fun list -> Result.map (fun value -> value :: list) (read item))
  in
  let items = if text = "" then [] else String.split_on_char ',' text in
  Result.map List.rev (List.fold_left add (Ok []) items)

let read_addresses = read_list (Address_values.v6 ~example:"fd00::2,fd00::3")

let read_network text =
  V6.Prefix.of_string text
  |> Result.map_error (fun (`Msg _) -> "It is networks with commas between, as in fd00::/64.")

let read_networks = read_list read_network

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
