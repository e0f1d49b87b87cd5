open Dhcp_sexp_value

type host = {
  hostname : string;
  options : Dhcp_wire.dhcp_option list;
  fixed_addr : Ipaddr.V4.t option;
  hw_addr : Macaddr.t;
}

type t = {
  options : Dhcp_wire.dhcp_option list;
  hostname : string;
  default_lease_time : int32;
  max_lease_time : int32;
  ip_addr : Ipaddr.V4.t;
  mac_addr : Macaddr.t;
  network : Ipaddr.V4.Prefix.t;
  range : (Ipaddr.V4.t * Ipaddr.V4.t) option;
  hosts : host list;
}

(* {2 S-expressions} *)

let sexp_of_options = sexp_of_list Dhcp_wire.sexp_of_dhcp_option
let options_of_sexp = list_of_sexp Dhcp_wire.dhcp_option_of_sexp
let record fields = Sexp.List (List.map (fun (name, value) -> Sexp.List [ Atom name; value ]) fields)

let field sexp name read =
  let named = function Sexp.List [ Atom n; value ] when n = name -> Some value | _ -> None in
  match sexp with
  | Sexp.List fields when List.exists (fun f -> named f <> None) fields ->
      read (List.find_map named fields |> Option.get)
  | List _ | Atom _ -> of_sexp_error ("DHCP server's configuration: no field " ^ name) sexp

let sexp_of_host { hostname; options; fixed_addr; hw_addr } =
  record
    [
      ("hostname", Sexp.Atom hostname);
      ("options", sexp_of_options options);
      ("fixed_addr", sexp_of_option sexp_of_address fixed_addr);
      ("hw_addr", sexp_of_mac hw_addr);
    ]

let host_of_sexp sexp =
  {
    hostname = field sexp "hostname" string_of_sexp;
    options = field sexp "options" options_of_sexp;
    fixed_addr = field sexp "fixed_addr" (option_of_sexp address_of_sexp);
    hw_addr = field sexp "hw_addr" mac_of_sexp;
  }

let sexp_of_t t =
  record
    [
      ("options", sexp_of_options t.options);
      ("hostname", Sexp.Atom t.hostname);
      ("default_lease_time", sexp_of_int32 t.default_lease_time);
      ("max_lease_time", sexp_of_int32 t.max_lease_time);
      ("ip_addr", sexp_of_address t.ip_addr);
      ("mac_addr", sexp_of_mac t.mac_addr);
      ("network", sexp_of_prefix t.network);
      ("range", sexp_of_option (sexp_of_pair sexp_of_address sexp_of_address) t.range);
      ("hosts", sexp_of_list sexp_of_host t.hosts);
    ]

let t_of_sexp sexp =
  {
    options = field sexp "options" options_of_sexp;
    hostname = field sexp "hostname" string_of_sexp;
    default_lease_time = field sexp "default_lease_time" int32_of_sexp;
    max_lease_time = field sexp "max_lease_time" int32_of_sexp;
    ip_addr = field sexp "ip_addr" address_of_sexp;
    mac_addr = field sexp "mac_addr" mac_of_sexp;
    network = field sexp "network" prefix_of_sexp;
    range = field sexp "range" (option_of_sexp (pair_of_sexp address_of_sexp address_of_sexp));
    hosts = field sexp "hosts" (list_of_sexp host_of_sexp);
  }

(* {2 By hand} *)

let wrong format = Printf.ksprintf (fun why -> invalid_arg ("DHCP server: " ^ why)) format

let must_be_in network what address =
  if not (Ipaddr.V4.Prefix.mem address network) then
    wrong "%s %s is not in the network %s" what (Ipaddr.V4.to_string address)
      (Ipaddr.V4.Prefix.to_string network)

let check network (address, _) range (hosts : host list) =
  must_be_in network "the server's address" address;
  Option.iter
    (fun (first, last) ->
       must_be_in network "the range's first address" first;
       must_be_in network "the range's last address" last;
       if Ipaddr.V4.compare first last > 0 then
         wrong "the range ends before it begins: %s to %s" (Ipaddr.V4.to_string first)
           (Ipaddr.V4.to_string last))
    range;
  List.iter
    (fun { hostname; fixed_addr; _ } ->
       Option.iter (must_be_in network (Printf.sprintf "host %s's address" hostname)) fixed_addr)
    hosts

(* Times on the wire are 32 bits without sign; those here have one. *)
let seconds what s =
  if s <= 0 then wrong "the %s lease time is %d seconds" what s
  else Int32.of_int (Int.min s (Int32.to_int Int32.max_int))

(* MirageOS's type: who gives all arguments gives the optional ones too. *)
let[@warning "-unerasable-optional-argument"] make ?(hostname = "charrua-dhcp-server") ?(default_lease_time = 7200)
    ?(max_lease_time = 86_400) ?(hosts = []) ~addr_tuple ~network ~range ~options =
  check network addr_tuple range hosts;
  {
    options;
    hostname;
    default_lease_time = seconds "default" default_lease_time;
    max_lease_time = seconds "longest" max_lease_time;
    ip_addr = fst addr_tuple;
    mac_addr = snd addr_tuple;
    network;
    range;
    hosts;
  }

(* {2 From dhcpd.conf} *)

let host_of_file (host : Dhcpd_conf.host) =
  match host.hardware with
  | None -> failwith (Printf.sprintf "dhcpd.conf: host %s has no \"hardware ethernet\"" host.name)
  | Some hw_addr ->
      { hostname = host.name; options = host.options; fixed_addr = host.fixed_address; hw_addr }

let parse text ((address, _) as addr_tuple) =
  let file = Dhcpd_conf.parse text in
  let is_its (subnet : Dhcpd_conf.subnet) = Ipaddr.V4.Prefix.mem address subnet.network in
  let subnet = List.find is_its file.subnets in
  (* Hosts that are declared outside of subnets may be another one's. *)
  let may_be_here (host : Dhcpd_conf.host) =
    Option.fold host.fixed_address ~none:true ~some:(fun fixed ->
        Ipaddr.V4.Prefix.mem fixed subnet.network)
  in
  let or_outer inner outer = match inner with Some _ -> inner | None -> outer in
  make ?hostname:None
    ?default_lease_time:(or_outer subnet.times.default file.times.default)
    ?max_lease_time:(or_outer subnet.times.longest file.times.longest)
    ~hosts:(List.map host_of_file (subnet.hosts @ List.filter may_be_here file.hosts))
    ~addr_tuple ~network:subnet.network ~range:subnet.range
    ~options:(subnet.options @ file.options)
