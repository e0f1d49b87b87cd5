module V4 = Ipaddr.V4

type 'a choice = { value : 'a; is_chosen : bool }

let choice ~configured name value =
  { value; is_chosen = configured || Boot_keys.is_named_given name }

let told variable of_string ~network =
  match Network_variables.find variable ~network with
  | Value text -> Result.to_option (of_string text)
  | Unset | Absent -> None

let outside router cidr =
  failwith
    ("the router " ^ V4.to_string router ^ " is outside the network "
     ^ V4.Prefix.to_string (V4.Prefix.prefix cidr)
     ^ " of the address. Give --ipv4-gateway one that is in it.")

let v ~network ~address ~gateway =
  Network_variables.use_name_server ~network;
  let host_address = told "UNIKERNEL_IPV4" V4.Prefix.of_string ~network in
  let host_gateway = told "UNIKERNEL_IPV4_GATEWAY" V4.of_string ~network in
  let cidr, gateways =
    match host_address with
    | Some cidr when not address.is_chosen -> (cidr, [ host_gateway ])
    | Some _ | None -> (address.value, [ host_gateway; gateway.value ])
  in
  let fits router = V4.Prefix.mem router cidr in
  match gateway with
  | { value = Some router; is_chosen = true } ->
      if fits router then (cidr, Some router) else outside router cidr
  | { value = None; is_chosen = true } -> (cidr, None)
  | { is_chosen = false; _ } -> (cidr, List.find_opt fits (List.filter_map Fun.id gateways))
