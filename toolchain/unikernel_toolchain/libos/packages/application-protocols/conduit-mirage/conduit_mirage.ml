(* conduit of MirageOS 3.9 over one transport, TCP. Endpoints of other kinds parse and
   print, as configurations may hold them, and are refused with a reason when used. *)

open Lwt.Infix
open Sexplib0.Sexp_conv
module Sexp = Sexplib0.Sexp
module Flow = Conduit_flow

type callback = Flow.flow -> unit Lwt.t

module type Handler = sig
  type t
  type client
  type server

  val sexp_of_client : client -> Sexp.t
  val client_of_sexp : Sexp.t -> client
  val sexp_of_server : server -> Sexp.t
  val server_of_sexp : Sexp.t -> server
  val connect : t -> client -> Flow.flow Lwt.t
  val listen : t -> server -> callback -> unit Lwt.t
end

type tcp_client = [ `TCP of Ipaddr.t * int ]
type tcp_server = [ `TCP of int ]
type 'a stackv4 = (module Mirage_stack.V4 with type t = 'a)

let stackv4 stack = stack

type client = tcp_client
type server = tcp_server

let sexp_of_client client = Conduit.sexp_of_endp (client :> Conduit.endp)

let client_of_sexp sexp =
  match Conduit.endp_of_sexp sexp with
  | `TCP _ as client -> client
  | _ -> of_sexp_error "client_of_sexp: no TCP endpoint" sexp

let sexp_of_server (`TCP port) = Sexp.List [ Atom "TCP"; sexp_of_int port ]

let server_of_sexp = function
  | Sexp.List [ Atom "TCP"; port ] -> `TCP (int_of_sexp port)
  | sexp -> of_sexp_error "server_of_sexp: no TCP port" sexp

let fail format = Printf.ksprintf Lwt.fail_with format

let fail_unsupported (endp : Conduit.endp) =
  match endp with
  | `Unknown why -> fail "there is no endpoint: %s" why
  | `TLS (name, _) -> fail "TLS to %s: this conduit has no TLS" name
  | `TCP _ | `Unix_domain_socket _ | `Vchan_direct _ | `Vchan_domain_socket _ ->
      fail "this conduit cannot reach %s" (Sexp.to_string (Conduit.sexp_of_endp endp))

let client (endp : Conduit.endp) =
  match endp with `TCP _ as client -> Lwt.return client | _ -> fail_unsupported endp

let server (endp : Conduit.endp) =
  match endp with `TCP (_, port) -> Lwt.return (`TCP port) | _ -> fail_unsupported endp

type tcp = {
  connect : Ipaddr.t * int -> Flow.flow Lwt.t;
  listen : int -> callback -> unit;
}

type conduit = { tcp : tcp option }

module type S = sig
  type t = conduit

  val empty : t

  module With_tcp (S : Mirage_stack.V4) : sig
    val connect : S.t -> t -> t Lwt.t
  end

  val with_tcp : t -> 'a stackv4 -> 'a -> t Lwt.t
  val with_tls : t -> t Lwt.t
  val connect : t -> client -> Flow.flow Lwt.t
  val listen : t -> server -> callback -> unit Lwt.t
end

type t = conduit

let empty = { tcp = None }
let of_tcp ~connect ~listen = { tcp = Some { connect; listen } }

module With_tcp (S : Mirage_stack.V4) = struct
  let flow = Flow.create (module S.TCPV4)

  let connect_v4 stack ((address, port) as peer) =
    S.TCPV4.create_connection (S.tcpv4 stack) peer >>= function
    | Ok connected -> Lwt.return (flow connected)
    | Error error ->
        fail "no connection to %s, port %d: %s" (Ipaddr.V4.to_string address) port
          (Fmt.str "%a" S.TCPV4.pp_error error)

  let connect_tcp stack = function
    | Ipaddr.V4 address, port -> connect_v4 stack (address, port)
    | V6 _, _ -> fail "this conduit cannot reach IPv6 addresses"

  let connect stack (_ : t) =
    let listen port callback =
      S.listen_tcpv4 stack ~port (fun accepted -> callback (flow accepted))
    in
    Lwt.return (of_tcp ~connect:(connect_tcp stack) ~listen)
end

(* The functor's twin for a stack that is a first-class module. *)
let with_tcp (type a) t (module S : Mirage_stack.V4 with type t = a) (stack : a) =
  let module Tcp = With_tcp (S) in
  Tcp.connect stack t

let with_tls (_ : t) = fail "TLS: this conduit has none; connect without it, or with_tcp alone"

let tcp t =
  match t.tcp with
  | Some tcp -> Lwt.return tcp
  | None -> fail "this conduit has no TCP: put a stack in with Conduit_mirage.With_tcp"

let connect t (`TCP peer : client) = tcp t >>= fun tcp -> tcp.connect peer

(* The stack listens by itself; MirageOS's promise lasts as long as the listener. *)
let listen t (`TCP port : server) callback =
  tcp t >>= fun tcp ->
  tcp.listen port callback;
  fst (Lwt.wait ())

module Context
    (Random : Mirage_random.S)
    (Time : Mirage_time.S)
    (Clock : Mirage_clock.MCLOCK)
    (S : Mirage_stack.V4) =
struct
  type t = Resolver_lwt.t * conduit

  module Tcp = With_tcp (S)
  module Names = Resolver_mirage.Make_with_stack (Random) (Time) (Clock) (S)

  let create ?(tls = false) stack =
    Tcp.connect stack empty >>= fun conduit ->
    (if tls then with_tls conduit else Lwt.return conduit) >|= fun conduit -> (Names.R.init ~stack (), conduit)
end
