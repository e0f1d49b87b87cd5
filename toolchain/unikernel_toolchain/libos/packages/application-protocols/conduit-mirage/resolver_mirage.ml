(* Names from a table, or from DNS over a stack. A URI of a TLS service gives an endpoint
   that says so, whether or not anything here can connect to it. *)

open Lwt.Infix

let default_port = 53
let host uri = Uri.host_with_default ~default:"localhost" uri
let unknown format = Printf.ksprintf (fun why -> `Unknown why) format

let with_tls (service : Resolver.service) uri endp =
  if service.tls then `TLS (host uri, endp) else endp

let static table =
  let rewrite (service : Resolver.service) uri =
    Lwt.return
      (match Hashtbl.find_opt table (host uri) with
       | Some endp -> with_tls service uri (endp ~port:service.port)
       | None -> unknown "the host %s is not in the table" (host uri))
  in
  Resolver_lwt.init ~rewrites:[ ("", rewrite) ] ()

let local ~port : Conduit.endp = `TCP (V4 Ipaddr.V4.localhost, port)

let localhost =
  let table = Hashtbl.create 1 in
  Hashtbl.add table "localhost" local;
  static table

let rewrite_local (service : Resolver.service) uri =
  Lwt.return (with_tls service uri (local ~port:service.port))

module Make_with_stack
    (Random : Mirage_random.S)
    (Time : Mirage_time.S)
    (Clock : Mirage_clock.MCLOCK)
    (S : Mirage_stack.V4) =
struct
  module Dns = Dns_client_mirage.Make (Random) (Time) (Clock) (S)
  include Resolver_lwt

  module R = struct
    let ask client name =
      match Result.bind (Domain_name.of_string name) Domain_name.host with
      | Error (`Msg why) -> Lwt.return (Error (`Msg why))
      | Ok domain -> Dns.gethostbyname client domain

    let address client name =
      match Ipaddr.of_string name with
      | Ok address -> Lwt.return_ok address
      | Error _ -> ask client name >|= Result.map (fun address -> Ipaddr.V4 address)

    let rewrite_by_name client (service : Resolver.service) uri =
      address client (host uri) >|= function
      | Ok address -> with_tls service uri (`TCP (address, service.port))
      | Error (`Msg why) -> unknown "the host %s is not known: %s" (host uri) why

    let register ?ns ?(ns_port = default_port) ?stack resolver =
      add_rewrite ~host:"localhost" ~f:rewrite_local resolver;
      let with_stack stack =
        let nameserver = Option.map (fun ns -> (`TCP, (ns, ns_port))) ns in
        let client = Dns.create ?nameserver stack in
        add_rewrite ~host:"" ~f:(rewrite_by_name client) resolver
      in
      Option.iter with_stack stack

    let init ?ns ?ns_port ?stack () =
      let resolver = Resolver_lwt.init () in
      register ?ns ?ns_port ?stack resolver;
      resolver
  end
end
