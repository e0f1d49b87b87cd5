open Lwt.Infix

module Make_with_stack
    (Random : Mirage_random.S)
    (Time : Mirage_time.S)
    (Clock : Mirage_clock.MCLOCK)
    (S : Mirage_stack.V4V6) =
struct
  module Names = Happy_eyeballs_names.Make (Random) (Time) (Clock) (S)
  module Eyeballs = Happy_eyeballs_mirage.Make (Time) (Clock) (S)
  include Resolver_lwt

  module R = struct
    (* The first that there is: of IPv6, unless IPv4 answers long before. *)
    let first_address ~aaaa ~a =
      let result, resolver = Lwt.wait () in
      let answer address =
        if Lwt.is_sleeping result then Lwt.wakeup_later resolver address
      in
      let v4_or_nothing = function Ok (ip :: _) -> answer (Some ip) | Ok [] | Error _ -> answer None in
      let after_delay ip =
        let delay = Time.sleep_ns Happy_eyeballs.default.resolution_delay_ns in
        Lwt.on_success delay (fun () -> answer (Some ip))
      in
      Lwt.on_success aaaa (function
          | Ok (ip :: _) -> answer (Some ip)
          | Ok [] | Error _ -> Lwt.on_success a v4_or_nothing);
      Lwt.on_success a (function Ok (ip :: _) -> after_delay ip | Ok [] | Error _ -> ());
      result

    let why_not ~aaaa ~a =
      Lwt.both aaaa a >|= fun answers ->
      match answers with
      | Error v6, Error v4 when v6 = v4 -> v4
      | Error v6, Error v4 -> v6 ^ "; " ^ v4
      | (Ok _ | Error _), (Ok _ | Error _) -> "it has no address"

    (* Both are asked at once, and may still be answered when the connection begins. *)
    let resolve eyeballs name =
      let failed e = Lwt.return_error (Printexc.to_string e) in
      let ask family =
        Lwt.catch (fun () -> Eyeballs.addresses eyeballs name family) failed
      in
      let aaaa = ask V6 and a = ask V4 in
      first_address ~aaaa ~a >>= function
      | None -> why_not ~aaaa ~a >|= Result.error
      | Some ip ->
          let addresses = function
            | Happy_eyeballs.V6 -> Lwt.protected aaaa
            | V4 -> Lwt.protected a
          in
          let host = { Conduit_host.name = Domain_name.to_string name; addresses } in
          Lwt.return_ok (Conduit_host.register ip host)

    (* In a URI, an IPv6 address stands in brackets (RFC 3986, section 3.2.2). *)
    let literal host =
      let length = String.length host in
      let is_bracketed = length > 2 && host.[0] = '[' && host.[length - 1] = ']' in
      Ipaddr.of_string (if is_bracketed then String.sub host 1 (length - 2) else host)

    let address eyeballs host =
      match literal host with
      | Ok address -> Lwt.return_ok address
      | Error _ when host = "" -> Lwt.return_error "there is none in the URI"
      | Error _ -> (
          match Result.bind (Domain_name.of_string host) Domain_name.host with
          | Ok name -> resolve eyeballs name
          | Error (`Msg why) -> Lwt.return_error why)

    let rewrite_by_name eyeballs (service : Resolver.service) uri =
      let host = Uri.host_with_default ~default:"localhost" uri in
      address eyeballs host >|= function
      | Ok address -> Resolver_mirage.with_tls service uri (`TCP (address, service.port))
      | Error why -> `Unknown (Printf.sprintf "the host %s is not known: %s" host why)

    let register ?ns ?(ns_port = Resolver_mirage.default_port) ?stack resolver =
      add_rewrite ~host:"localhost" ~f:Resolver_mirage.rewrite_local resolver;
      let with_stack stack =
        let nameserver = Option.map (fun ns -> (`TCP, (ns, ns_port))) ns in
        let getaddrinfo = Names.getaddrinfo (Names.create ?nameserver stack) in
        let eyeballs = Eyeballs.create ~getaddrinfo stack in
        add_rewrite ~host:"" ~f:(rewrite_by_name eyeballs) resolver
      in
      Option.iter with_stack stack

    let init ?ns ?ns_port ?stack () =
      let resolver = Resolver_lwt.init () in
      register ?ns ?ns_port ?stack resolver;
      resolver
  end
end
