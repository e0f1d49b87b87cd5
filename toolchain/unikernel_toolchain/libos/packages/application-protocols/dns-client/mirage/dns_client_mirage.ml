(* Transport of questions over a stack. Over UDP each goes from a port of its own at
   random, with an identifier at random (RFC 5452, section 9.2): who has not seen the
   question must guess both. An answer waits in the port's mailbox. *)

open Lwt.Infix

let max_ports = 1024
let max_questions = 256
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
  val octets : ipaddr -> string
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

    (* Where messages from the server wait for who asked, until he is gone. *)
    type mailbox = {
      server : io_addr;
      until : int64;
      mutable id : int;  (** of the question *)
      messages : (Cstruct.t, string) result Queue.t;
      arrived : unit Lwt_condition.t;
    }

    type t = {
      stack : stack;
      fixed : ns_addr option;
      unresponsive : ns_addr Dns_servers.t;
      timeout : int64;
      ports : (int, mailbox option ref) Hashtbl.t;  (** bound; who waits there *)
      in_progress : (string, unit Lwt.t) Hashtbl.t;  (** until they are answered *)
    }

    type link =
      | Udp of { port : int; mailbox : mailbox; errors : Ip_errors.subscription }
      | Tcp of S.TCP.flow

    type context = { client : t; link : link; until : int64 }

    let port = 53
    let default = (`TCP, (S.default, port))
    let bind = Lwt.bind
    let lift = Lwt.return
    let rng n = R.generate n
    let clock = C.elapsed_ns

    (* {2 ICMP errors} *)

    let post mailbox message =
      if Queue.length mailbox.messages < max_waiting_messages then (
        Queue.add message mailbox.messages;
        Lwt_condition.signal mailbox.arrived ())

    (* Believed of a question that is being asked, from the port it was asked from. *)
    let is_about ~port mailbox (report : Ip_errors.t) =
      Cstruct.length report.transport >= 4
      && Cstruct.BE.get_uint16 report.transport 0 = port
      && Cstruct.BE.get_uint16 report.transport 2 = snd mailbox.server
      && S.octets (fst mailbox.server) = report.destination

    let subscribe ~port mailbox =
      Ip_errors.subscribe ~protocol:17 (fun report ->
          match report.reason with
          | Unreachable why when is_about ~port mailbox report ->
              post mailbox (Error ("the name server cannot be reached: " ^ why))
          | Unreachable _ | Soft_error _ | Too_big _ -> ())

    let create ?nameserver:fixed ~timeout stack =
      let unresponsive = Dns_servers.create () and in_progress = Hashtbl.create 7 in
      { stack; fixed; unresponsive; timeout; ports = Hashtbl.create 7; in_progress }

    (* {2 Servers} *)

    let reachable_server t ip = Option.map (fun ip -> (`UDP, (ip, port))) (S.reachable t.stack ip)

    (* The networks' word of this moment: a lease may have been renewed, or have ended. *)
    (* Asked anew for each question: none is remembered longer than its source says. *)
    let nameservers t =
      match t.fixed with
      | Some server -> [ server ]
      | None -> (
          match List.filter_map (reachable_server t) (Name_servers.known ~now:(clock ())) with
          | [] -> [ default ]
          | servers -> Dns_servers.order t.unresponsive servers)

    let nameserver t = List.hd (nameservers t)
    let note_answer t = Dns_servers.note_answer t.unresponsive

    let timed_out = Error (`Msg "the name server does not answer")

    let in_time ~until work =
      let left = Int64.sub until (C.elapsed_ns ()) in
      if left <= 0L then Lwt.return timed_out
      else Lwt.pick [ work (); (T.sleep_ns left >|= fun () -> timed_out) ]

    (* {2 UDP} *)

    let same_server (ip, port) ip' port' = S.compare ip ip' = 0 && port = port'

    (* What nobody can have sent who has seen the question takes no place from
       what he sends. *)
    let may_answer mailbox message =
      Cstruct.length message >= Dns_wire.sizeof_header && Dns_wire.get_id message = mailbox.id

    let deliver waiting ~src ~dst:_ ~src_port message =
      (match !waiting with
       | Some mailbox
         when same_server mailbox.server src src_port && may_answer mailbox message ->
           post mailbox (Ok message)
       | _ -> ());
      Lwt.return_unit

    let is_idle waiting =
      match !waiting with Some (mailbox : mailbox) -> mailbox.until <= clock () | None -> true

    (* A port stays bound, as a stack has no way to free it: so they are
       few, and used again. *)
    let rec free_port t ~tries =
      let random = Cstruct.BE.get_uint16 (rng 2) 0 in
      let port = first_port + (random land 0x3fff) in
      match Hashtbl.find_opt t.ports port with
      | Some waiting when is_idle waiting -> Some port
      | None when Hashtbl.length t.ports < max_ports -> Some port
      | Some _ | None -> if tries > 0 then free_port t ~tries:(tries - 1) else any_idle t random

    and any_idle t random =
      let add port waiting idle = if is_idle waiting then port :: idle else idle in
      match Hashtbl.fold add t.ports [] with
      | [] -> None
      | idle -> Some (List.nth idle (random mod List.length idle))

    let open_udp t server ~until =
      match free_port t ~tries:8 with
      | None -> Error (`Msg "too many questions at once")
      | Some port ->
          let messages = Queue.create () and arrived = Lwt_condition.create () in
          let mailbox = { server; until; id = -1; messages; arrived } in
          (match Hashtbl.find_opt t.ports port with
           | Some waiting -> waiting := Some mailbox
           | None ->
               let waiting = ref (Some mailbox) in
               Hashtbl.add t.ports port waiting;
               S.listen_udp t.stack ~port (deliver waiting));
          Ok (Udp { port; mailbox; errors = subscribe ~port mailbox })

    let rec next_message mailbox =
      match Queue.take_opt mailbox.messages with
      | Some (Ok message) -> Lwt.return (Ok message)
      | Some (Error why) -> Lwt.return (Error (`Msg why))
      | None -> Lwt_condition.wait mailbox.arrived >>= fun () -> next_message mailbox

    let send_udp t ~port (dst, dst_port) message =
      S.UDP.write ~src_port:port ~dst ~dst_port (S.udp t.stack) message >|= function
      | Ok () -> Ok ()
      | Error e -> Error (`Msg (Fmt.str "%a" S.UDP.pp_error e))

    (* {2 TCP} *)

    (* It waits for the peer's end, and nobody needs that. *)
    let close_tcp flow = Lwt.async (fun () -> S.TCP.close flow)

    (* One that opens when nobody waits for it any more is closed. *)
    let open_tcp t server ~until =
      let opening = S.TCP.create_connection (S.tcp t.stack) server in
      in_time ~until (fun () ->
          Lwt.protected opening >|= function
          | Ok flow -> Ok (Tcp flow)
          | Error e -> Error (`Msg (Fmt.str "name server: %a" S.TCP.pp_error e)))
      >|= fun opened ->
      if Result.is_error opened then
        Lwt.on_any opening (function Ok flow -> close_tcp flow | Error _ -> ()) ignore;
      opened

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

    (* 1, 2 and 4 of 7 parts, over UDP and behind it over TCP. *)
    let attempt_timeout t kind number =
      let part number = Int64.div (Int64.mul t.timeout (Int64.of_int (1 lsl number))) 7L in
      match kind with
      | `TCP when number = 0 -> t.timeout
      | `TCP -> part (number - 1)
      | `UDP -> part number

    let attempt t (kind, server) number =
      let until = Int64.add (C.elapsed_ns ()) (attempt_timeout t kind number) in
      let opened =
        match kind with
        | `UDP -> Lwt.return (open_udp t server ~until)
        | `TCP -> open_tcp t server ~until
      in
      opened >|= function
      | Ok link -> Ok { client = t; link; until }
      | Error (`Msg why) -> Error (`Msg why)

    let connect ?nameserver:given t =
      let server = match given with Some server -> server | None -> nameserver t in
      attempt t server 1

    let widen = function Ok v -> Ok v | Error (`Msg why) -> Error (`Msg why)

    let send c message =
      in_time ~until:c.until (fun () ->
          match c.link with
          | Udp { port; mailbox; _ } ->
              mailbox.id <- Dns_wire.get_id message;
              send_udp c.client ~port mailbox.server message
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
          close_tcp flow;
          Lwt.return_unit
      | Udp { port; errors; _ } ->
          Ip_errors.cancel errors;
          Option.iter (fun waiting -> waiting := None) (Hashtbl.find_opt c.client.ports port);
          Lwt.return_unit

    (* {2 Equal questions} *)

    (* The question goes on when who asked has gone away: others wait for it. *)
    let rec coalesce t name ask =
      match Hashtbl.find_opt t.in_progress name with
      | Some answered -> Lwt.protected answered >>= fun () -> coalesce t name ask
      | None when Hashtbl.length t.in_progress >= max_questions ->
          Lwt.return (Error (`Msg "too many questions at once"))
      | None ->
          let answered, answer = Lwt.wait () in
          Hashtbl.replace t.in_progress name answered;
          let is_answered () =
            Hashtbl.remove t.in_progress name;
            Lwt.wakeup_later answer ();
            Lwt.return_unit
          in
          Lwt.no_cancel (Lwt.finalize ask is_answered)
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
  let octets = Ipaddr.V4.to_octets
  let reachable _ = Ipaddr.to_v4
  let default = default
end

module Make
    (R : Mirage_random.S)
    (T : Mirage_time.S)
    (C : Mirage_clock.MCLOCK)
    (S : Mirage_stack.V4) =
  Make_over (R) (T) (C) (Over_v4 (S))
