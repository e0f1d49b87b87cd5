module V4 = Ipaddr.V4

type 'a choice = { value : 'a; is_chosen : bool }

let choice ~configured name value =
  { value; is_chosen = configured || Boot_keys.is_named_given name }

let told variable of_string ~network =
  match Network_variables.find variable ~network with
  | Value text -> Result.to_option (of_string text)
  | Unset | Absent -> None

let outside router cidr ~is_host's =
  let whose, advice =
    if is_host's then
      ( ", where the host has this guest.",
        " Give an address of its own network with it, by --ipv4, or no --ipv4-gateway." )
    else (" of the address.", " Give --ipv4-gateway one that is in it.")
  in
  failwith
    ("the router " ^ V4.to_string router ^ " is outside the network "
     ^ V4.Prefix.to_string (V4.Prefix.prefix cidr)
     ^ whose ^ advice)

let v ~network ~address ~gateway =
  Network_variables.use_name_server ~network;
  let host_address = told "UNIKERNEL_IPV4" V4.Prefix.of_string ~network in
  let host_gateway = told "UNIKERNEL_IPV4_GATEWAY" V4.of_string ~network in
  let cidr, gateways, is_host's =
    match host_address with
    | Some cidr when not address.is_chosen -> (cidr, [ host_gateway ], true)
    | Some _ | None -> (address.value, [ host_gateway; gateway.value ], false)
  in
  let fits router = V4.Prefix.mem router cidr in
  match gateway with
  | { value = Some router; is_chosen = true } ->
      if fits router then (cidr, Some router) else outside router cidr ~is_host's
  | { value = None; is_chosen = true } -> (cidr, None)
  | { is_chosen = false; _ } -> (cidr, List.find_opt fits (List.filter_map Fun.id gateways))
