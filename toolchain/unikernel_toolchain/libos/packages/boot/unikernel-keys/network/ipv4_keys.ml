module V4 = Ipaddr.V4

type t = {
  network : string;
  name : string -> string;
  address : V4.Prefix.t option Boot_keys.key;
  gateway : V4.t option Boot_keys.key;
  dhcp : bool Boot_keys.key;
  is_needed : unit -> bool;
}

(* {1 Values} *)

let user_address = V4.Prefix.make 24 (V4.make 10 0 2 15)
let user_gateway = V4.make 10 0 2 2
let example = "10.0.2.15/24"

let read_address text =
  Result.map Option.some (Address_values.v4_in_network ~example text)

let read_gateway text = Result.map Option.some (Address_values.v4 ~example:"10.0.2.2" text)

let default_from variable of_string ~unset network =
  match Network_variables.find variable ~network with
  | Unset -> Some unset
  | Absent -> None
  | Value text -> Result.to_option (of_string text)

let default_address = default_from "UNIKERNEL_IPV4" V4.Prefix.of_string ~unset:user_address
let default_gateway = default_from "UNIKERNEL_IPV4_GATEWAY" V4.of_string ~unset:user_gateway

(* {1 A network's} *)

let dhcp t = Boot_keys.get t.dhcp
let is_static t = Boot_keys.(is_given t.address || is_given t.gateway)

(* A gateway that is only a default must fit the address that was given. *)
let gateway t prefix =
  match Boot_keys.get t.gateway with
  | Some address when Boot_keys.is_given t.gateway || V4.Prefix.mem address prefix ->
      Some address
  | Some _ | None -> None

let static t =
  let prefix = Option.get (Boot_keys.get t.address) in
  {
    Mirage_protocols.address = V4.Prefix.address prefix;
    network = V4.Prefix.prefix prefix;
    gateway = gateway t prefix;
  }

let check_gateway t { Mirage_protocols.address; network; gateway } =
  let refused ip why =
    Error
      (Printf.sprintf "--%s=%s is refused. It is %s --%s." (t.name "ipv4-gateway")
         (V4.to_string ip) why (t.name "ipv4"))
  in
  match gateway with
  | Some ip when not (V4.Prefix.mem ip network) ->
      refused ip (Printf.sprintf "outside the network %s of" (V4.Prefix.to_string network))
  | Some ip when V4.compare ip address = 0 -> refused ip "the address of"
  | Some _ | None -> Ok ()

(* Half a configuration would be ignored without a word. *)
let check t () =
  match (dhcp t, Boot_keys.get t.address) with
  | true, _ when is_static t ->
      Error (Printf.sprintf "--%s and --%s exclude each other." (t.name "dhcp") (t.name "ipv4"))
  | true, _ -> Ok ()
  | false, Some _ -> check_gateway t (static t)
  | false, None when not (t.is_needed ()) -> Ok ()
  | false, None ->
      Error
        (Printf.sprintf "the network %s has no address. Give it one, --%s=10.0.2.15/24, or \
                         boot with --%s where a server gives them."
           t.network (t.name "ipv4") (t.name "dhcp"))

let declare_if ~is_needed ?group network =
  let name = Boot_keys.in_group group in
  let address =
    Boot_keys.key (name "ipv4") read_address ~docv:"ADDRESS/LENGTH"
      ~default:(default_address network)
      ~doc:
        (Printf.sprintf "IPv4 address on %s and the length of its network, as in %s." network
           example)
  and gateway =
    Boot_keys.key (name "ipv4-gateway") read_gateway ~docv:"ADDRESS"
      ~default:(default_gateway network)
      ~doc:("Router on " ^ network ^ ".")
  and dhcp =
    Boot_keys.switch (name "dhcp")
      ~doc:("Ask a DHCP server on " ^ network ^ " for the address.")
  in
  let t = { network; name; address; gateway; dhcp; is_needed } in
  Boot_keys.check (check t);
  t

let declare = declare_if ~is_needed:(fun () -> true)
let has_address t = dhcp t || Option.is_some (Boot_keys.get t.address)
let is_given t = dhcp t || is_static t

let set_resolver t = Network_variables.use_name_server ~network:t.network
