open Lwt.Infix

let max_ports = 256
let max_waiting_messages = 8
let first_port = 0xc000

module type STACK = sig
  type t
  type ipaddr

  module UDP : Mirage_protocols.UDP with type ipaddr = ipaddr
  module TCP : Mirage_protocols.TCP with type ipaddr = ipaddr

  val udp : t -> UDP.t
  val tcp : t -> TCP.t
  val listen_udp : t -> port:int -> UDP.callback -> unit
  val compare : ipaddr -> ipaddr -> int
  val reachable : t -> Ipaddr.t -> ipaddr option
  val default : ipaddr
end

module Make_over
    (R : Mirage_random.S)
    (T : Mirage_time.S)
    (C : Mirage_clock.MCLOCK)
    (S : STACK) =
struct
  module Transport = struct
    type 'a io = 'a Lwt.t
    type io_addr = S.ipaddr * int
    type ns_addr = [ `TCP | `UDP ] * io_addr
    type stack = S.t

    (* Where messages from the server wait for who asked. *)
    type mailbox = {
      server : io_addr;
      messages : Cstruct.t Queue.t;
      arrived : unit Lwt_condition.t;
    }

    type t = {
      stack : stack;
      fixed : ns_addr option;
      silent : ns_addr Dns_servers.t;
      timeout : int64;
      ports : (int, mailbox option ref) Hashtbl.t;  (** bound; who waits there *)
    }

    type link = Udp of { port : int; mailbox : mailbox } | Tcp of S.TCP.flow
    type context = { client : t; link : link; until : int64 }

    let port = 53
    let default = (`TCP, (S.default, port))
    let bind = Lwt.bind
    let lift = Lwt.return
    let rng n = R.generate n
    let clock = C.elapsed_ns

    let create ?nameserver:fixed ~timeout stack =
      { stack; fixed; silent = Dns_servers.create (); timeout; ports = Hashtbl.create 7 }

    let told t ip = Option.map (fun ip -> (`UDP, (ip, port))) (S.reachable t.stack ip)

    (* The networks' word of this moment: a lease may have been renewed, or have ended. *)
    let nameservers t =
      match t.fixed with
      | Some server -> [ server ]
      | None -> (
          match List.filter_map (told t) (Name_servers.known ~now:(clock ())) with
          | [] -> [ default ]
          | told -> Dns_servers.order t.silent told)

    let nameserver t = List.hd (nameservers t)
    let heard t = Dns_servers.heard t.silent

    let timed_out = Error (`Msg "the name server does not answer")

    let in_time ~until work =
      let left = Int64.sub until (C.elapsed_ns ()) in
      if left <= 0L then Lwt.return timed_out
      else Lwt.pick [ work (); (T.sleep_ns left >|= fun () -> timed_out) ]

    (* {2 UDP} *)

    let same_server (ip, port) ip' port' = S.compare ip ip' = 0 && port = port'

    let deliver waiting ~src ~dst:_ ~src_port message =
      (match !waiting with
      | Some m
        when same_server m.server src src_port
             && Queue.length m.messages < max_waiting_messages ->
          Queue.add message m.messages;
          Lwt_condition.signal m.arrived ()
      | _ -> ());
      Lwt.return_unit

    (* A port stays bound, as a stack has no way to free it: so they are
       few, and used again. *)
    let rec free_port t =
      let port = first_port + (Cstruct.BE.get_uint16 (rng 2) 0 land 0x3fff) in
      let idle =
        Hashtbl.fold (fun p w idle -> if Option.is_none !w then p :: idle else idle) t.ports []
      in
      if Hashtbl.length t.ports < max_ports then
        if Hashtbl.mem t.ports port then free_port t else Some port
      else
        match idle with
        | [] -> None
        | _ -> Some (List.nth idle (port mod List.length idle))

    let open_udp t server =
      match free_port t with
      | None -> Error (`Msg "too many questions at once")
      | Some port ->
          let messages = Queue.create () and arrived = Lwt_condition.create () in
          let mailbox = { server; messages; arrived } in
          (match Hashtbl.find_opt t.ports port with
          | Some waiting -> waiting := Some mailbox
          | None ->
              let waiting = ref (Some mailbox) in
              Hashtbl.add t.ports port waiting;
              S.listen_udp t.stack ~port (deliver waiting));
          Ok (Udp { port; mailbox })

    let rec next_message mailbox =
      match Queue.take_opt mailbox.messages with
      | Some message -> Lwt.return (Ok message)
      | None -> Lwt_condition.wait mailbox.arrived >>= fun () -> next_message mailbox

    let send_udp t ~port (dst, dst_port) message =
      S.UDP.write ~src_port:port ~dst ~dst_port (S.udp t.stack) message >|= function
      | Ok () -> Ok ()
      | Error e -> Error (`Msg (Fmt.str "%a" S.UDP.pp_error e))

    (* {2 TCP} *)

    let open_tcp t server =
      S.TCP.create_connection (S.tcp t.stack) server >|= function
      | Ok flow -> Ok (Tcp flow)
      | Error e -> Error (`Msg (Fmt.str "name server: %a" S.TCP.pp_error e))

    let read flow =
      S.TCP.read flow >|= function
      | Ok (`Data data) -> Ok data
      | Ok `Eof -> Error (`Msg "the name server closed the connection")
      | Error e -> Error (`Msg (Fmt.str "%a" S.TCP.pp_error e))

    let write flow message =
      S.TCP.write flow message >|= function
      | Ok () -> Ok ()
      | Error e -> Error (`Msg (Fmt.str "%a" S.TCP.pp_write_error e))

    (* {2 Both} *)

    let share t = function
      | `UDP -> Int64.div t.timeout (Int64.of_int Dns_client.udp_attempts)
      | `TCP -> t.timeout

    let connect ?nameserver:given t =
      let kind, server = match given with Some server -> server | None -> nameserver t in
      let until = Int64.add (C.elapsed_ns ()) (share t kind) in
      let opened =
        match kind with
        | `UDP -> Lwt.return (open_udp t server)
        | `TCP -> in_time ~until (fun () -> open_tcp t server)
      in
      opened >|= function
      | Ok link -> Ok { client = t; link; until }
      | Error (`Msg why) -> Error (`Msg why)

    let widen = function Ok v -> Ok v | Error (`Msg why) -> Error (`Msg why)

    let send c message =
      in_time ~until:c.until (fun () ->
          match c.link with
          | Udp { port; mailbox } -> send_udp c.client ~port mailbox.server message
          | Tcp flow -> write flow message)
      >|= widen

    let recv c =
      in_time ~until:c.until (fun () ->
          match c.link with
          | Udp { mailbox; _ } -> next_message mailbox
          | Tcp flow -> read flow)
      >|= widen

    let close c =
      match c.link with
      | Tcp flow ->
          (* It waits for the peer's end, and nobody needs that. *)
          Lwt.async (fun () -> S.TCP.close flow);
          Lwt.return_unit
      | Udp { port; _ } ->
          Option.iter (fun waiting -> waiting := None) (Hashtbl.find_opt c.client.ports port);
          Lwt.return_unit
  end

  include Dns_client.Make_over (Transport)
end

let default = Ipaddr.V4.of_string_exn Dns_client.default_resolver

module Over_v4 (S : Mirage_stack.V4) = struct
  type t = S.t
  type ipaddr = Ipaddr.V4.t

  module UDP = S.UDPV4
  module TCP = S.TCPV4

  let udp = S.udpv4
  let tcp = S.tcpv4
  let listen_udp = S.listen_udpv4
  let compare = Ipaddr.V4.compare
  let reachable _ = Ipaddr.to_v4
  let default = default
end

module Make
    (R : Mirage_random.S)
    (T : Mirage_time.S)
    (C : Mirage_clock.MCLOCK)
    (S : Mirage_stack.V4) =
  Make_over (R) (T) (C) (Over_v4 (S))
