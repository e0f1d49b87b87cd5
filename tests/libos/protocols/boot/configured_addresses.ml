(* packages: unikernel-keys.network tcpip.stack-socket tcpip.udpv4-socket tcpip.tcpv4-socket unix *)

(* Which address an application of config.ml has: the boot key's, the key's when configuring, the
   host's, config.ml's own, in this order; and which addresses sockets are bound to. *)

module V4 = Ipaddr.V4
module Prefix = V4.Prefix

(* {1 The situation: a host that tells of one network of two, and keys given at boot} *)

let () =
  Unix.putenv "UNIKERNEL_NET" "told,silent";
  Unix.putenv "UNIKERNEL_IPV4" "10.0.2.15/24,";
  Unix.putenv "UNIKERNEL_IPV4_GATEWAY" "10.0.2.2,";
  Unix.putenv "UNIKERNEL_RESOLVER" "10.0.2.3,"

let declare name =
  ignore (Boot_keys.string name ~docv:"TEXT" ~default:"" ~doc:"" : string Boot_keys.key)

let () =
  List.iter declare [ "given"; "not-given" ];
  Boot_keys.parse ~program:"test" [| ""; "--given=x" |]

let at_boot value = Configured_ipv4.choice ~configured:false "given" value
let when_configuring value = Configured_ipv4.choice ~configured:true "not-given" value
let by_config_ml value = Configured_ipv4.choice ~configured:false "not-given" value

(* {1 Addresses} *)

let shown network address gateway =
  match Configured_ipv4.v ~network ~address ~gateway with
  | cidr, router ->
      Prefix.to_string cidr ^ Option.fold router ~none:"" ~some:(fun ip -> " " ^ V4.to_string ip)
  | exception Failure _ -> "refused"

let prefix = Prefix.of_string_exn
let router text = Some (V4.of_string_exn text)
let own = prefix "10.0.0.2/24"
let own_router = router "10.0.0.1"

let check what ~expected found =
  if found <> expected then (
    Printf.printf "%s: %s, not %s\n" what found expected;
    exit 1)

let () =
  let address what ?(network = "told") address gateway expected =
    check what ~expected (shown network address gateway)
  in
  let own_address = by_config_ml own and own_gateway = by_config_ml own_router in
  address "the host's" own_address own_gateway "10.0.2.15/24 10.0.2.2";
  address "config.ml's, where the host is silent" ~network:"silent" own_address own_gateway
    "10.0.0.2/24 10.0.0.1";
  address "config.ml's, of a network that the host does not know" ~network:"other" own_address
    own_gateway "10.0.0.2/24 10.0.0.1";
  address "at boot, the host's router fits" (at_boot (prefix "10.0.2.99/24")) own_gateway
    "10.0.2.99/24 10.0.2.2";
  address "at boot, config.ml's router fits" (at_boot (prefix "10.0.0.9/24")) own_gateway
    "10.0.0.9/24 10.0.0.1";
  address "at boot, no router fits" (at_boot (prefix "192.168.1.9/24")) own_gateway
    "192.168.1.9/24";
  address "when configuring" (when_configuring (prefix "10.0.0.7/24")) own_gateway
    "10.0.0.7/24 10.0.0.1";
  address "the host's with a router chosen" own_address (at_boot (router "10.0.2.7"))
    "10.0.2.15/24 10.0.2.7";
  address "no router chosen" own_address (when_configuring None) "10.0.2.15/24";
  address "a router outside" own_address (at_boot (router "10.9.9.9")) "refused"

(* {1 Name servers} *)

let () =
  let server what choice expected =
    let found = Option.fold (Configured_resolver.v choice) ~none:"none" ~some:V4.to_string in
    check what ~expected found
  in
  let resolvers_own = V4.of_string_exn "91.239.100.100" and other = V4.of_string_exn "9.9.9.9" in
  server "the host's server is asked" (by_config_ml resolvers_own) "none";
  server "before config.ml's" (by_config_ml other) "none";
  server "but not before one that is chosen" (at_boot resolvers_own) "91.239.100.100";
  Name_servers.set (Boot "told") [];
  server "config.ml's, where nobody told of one" (by_config_ml other) "9.9.9.9";
  server "the resolver's own" (by_config_ml resolvers_own) "none"

(* {1 Sockets} *)

let () =
  let bound what addresses expected =
    let addresses = List.map V4.of_string_exn addresses in
    let ours = [ V4.of_string_exn "10.0.2.15" ] in
    let found = Bound_addresses.check ~ours addresses in
    check what ~expected (if Result.is_ok found then "bound" else "refused")
  in
  bound "all" [ "0.0.0.0" ] "bound";
  bound "none" [] "bound";
  bound "ours" [ "10.0.2.15" ] "bound";
  bound "another's" [ "10.0.2.15"; "10.0.2.16" ] "refused"

(* That the names are there, whatever the stack. *)
module On (S : Mirage_stack.V4) = struct
  module _ : Mirage_stack.V4 with type t = S.t = Tcpip_stack_socket.Make (S)
  module _ : Mirage_protocols.UDPV4 = Udpv4_socket.Make (S)
  module _ : Mirage_protocols.TCPV4 = Tcpv4_socket.Make (S)
end

let () = print_endline "addresses of configured networks: right"
