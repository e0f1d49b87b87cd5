(* packages: cohttp-mirage conduit-mirage mirage-kv-mem virtual-network virtual-stacks *)

(* conduit's and cohttp's modules have the types of MirageOS 3.9, TLS and vchan left out: that
   this compiles is the test. *)

open Virtual_stacks
module Sexp = Sexplib0.Sexp

(* {2 conduit 2.2} *)

module type CONDUIT = sig
  type endp =
    [ `TCP of Ipaddr.t * int
    | `Unix_domain_socket of string
    | `Vchan_direct of int * string
    | `Vchan_domain_socket of string * string
    | `TLS of string * endp
    | `Unknown of string ]

  val sexp_of_endp : endp -> Sexp.t
  val endp_of_sexp : Sexp.t -> endp

  module type IO = sig
    type +'a t

    val ( >>= ) : 'a t -> ('a -> 'b t) -> 'b t
    val return : 'a -> 'a t
  end
end

module _ : CONDUIT = Conduit

module type RESOLVER_S = sig
  type +'a io
  type t
  type svc
  type rewrite_fn = svc -> Uri.t -> Conduit.endp io
  type service_fn = string -> svc option io

  val sexp_of_t : t -> Sexp.t
  val t_of_sexp : Sexp.t -> t
  val sexp_of_svc : svc -> Sexp.t
  val svc_of_sexp : Sexp.t -> svc
  val ( ++ ) : service_fn -> service_fn -> service_fn
  val init : ?service:service_fn -> ?rewrites:(string * rewrite_fn) list -> unit -> t
  val add_rewrite : host:string -> f:rewrite_fn -> t -> unit
  val set_service : f:service_fn -> t -> unit
  val service : t -> service_fn
  val resolve_uri : ?rewrites:(string * rewrite_fn) list -> uri:Uri.t -> t -> Conduit.endp io
end

module _ (R : Resolver.S) : RESOLVER_S = R
module _ (R : RESOLVER_S) : Resolver.S = R
module _ : RESOLVER_S with type 'a io = 'a Lwt.t and type svc = Resolver.service = Resolver_lwt
module _ : Resolver_lwt.S with type t = Resolver_lwt.t = Resolver_lwt
module _ : Conduit.IO with type 'a t = 'a Lwt.t = Resolver_lwt.IO
module _ (IO : Conduit.IO) : Resolver.S with type svc = Resolver.service and type 'a io = 'a IO.t = Resolver.Make (IO)

let _ : Resolver.service = { name = "http"; port = 80; tls = false }

module type CONDUIT_MIRAGE = sig
  module Flow : Mirage_flow.S

  type callback = Flow.flow -> unit Lwt.t
  type tcp_client = [ `TCP of Ipaddr.t * int ]
  and tcp_server = [ `TCP of int ]

  type 'a stackv4

  val stackv4 : (module Mirage_stack.V4 with type t = 'a) -> 'a stackv4

  type client
  type server

  val sexp_of_client : client -> Sexp.t
  val client_of_sexp : Sexp.t -> client
  val sexp_of_server : server -> Sexp.t
  val server_of_sexp : Sexp.t -> server
  val client : Conduit.endp -> client Lwt.t
  val server : Conduit.endp -> server Lwt.t

  type conduit
  type t = conduit

  val empty : t

  module With_tcp (S : Mirage_stack.V4) : sig
    val connect : S.t -> t -> t Lwt.t
  end

  val with_tcp : t -> 'a stackv4 -> 'a -> t Lwt.t
  val with_tls : t -> t Lwt.t
  val connect : t -> client -> Flow.flow Lwt.t
  val listen : t -> server -> callback -> unit Lwt.t

  module Context
      (_ : Mirage_random.S)
      (_ : Mirage_time.S)
      (_ : Mirage_clock.MCLOCK)
      (S : Mirage_stack.V4) : sig
    type t = Resolver_lwt.t * conduit

    val create : ?tls:bool -> S.t -> t Lwt.t
  end
end

module _ : CONDUIT_MIRAGE = Conduit_mirage
module _ : Conduit_mirage.S = Conduit_mirage

let _ : Conduit_mirage.client = `TCP (v4 1, 80)
let _ : Conduit_mirage.server = `TCP 80

module type RESOLVER_MIRAGE = sig
  val static : (string, port:int -> Conduit.endp) Hashtbl.t -> Resolver_lwt.t
  val localhost : Resolver_lwt.t

  module Make_with_stack
      (_ : Mirage_random.S)
      (_ : Mirage_time.S)
      (_ : Mirage_clock.MCLOCK)
      (S : Mirage_stack.V4) : sig
    include Resolver_lwt.S with type t = Resolver_lwt.t

    module R : sig
      val register : ?ns:Ipaddr.V4.t -> ?ns_port:int -> ?stack:S.t -> Resolver_lwt.t -> unit
      val init : ?ns:Ipaddr.V4.t -> ?ns_port:int -> ?stack:S.t -> unit -> t
    end
  end
end

module _ : RESOLVER_MIRAGE = Resolver_mirage

(* {2 cohttp-mirage 2.5} *)

module type COHTTP_MIRAGE = sig
  module Client : sig
    include Cohttp_lwt.S.Client

    val default_ctx : ctx
    val sexp_of_ctx : ctx -> Sexp.t
    val ctx : Resolver_lwt.t -> Conduit_mirage.t -> ctx
  end

  module Server (Flow : Mirage_flow.S) : sig
    include Cohttp_lwt.S.Server with type IO.conn = Flow.flow

    val listen : t -> IO.conn -> unit Lwt.t
  end

  module Server_with_conduit : sig
    include Cohttp_lwt.S.Server with type IO.conn = Conduit_mirage.Flow.flow

    val connect : Conduit_mirage.t -> (Conduit_mirage.server -> t -> unit Lwt.t) Lwt.t
  end

  module Static : sig
    module HTTP (FS : Mirage_kv.RO) (S : Cohttp_lwt.S.Server) : sig
      val start :
        http_port:int ->
        ?request_fn:(Uri.t -> Cohttp.Header.t -> Cohttp.Header.t) ->
        FS.t ->
        ([> `TCP of int ] -> S.t -> 'a) ->
        'a
    end
  end

  module IO (Channel : Mirage_channel.S) :
    Cohttp_lwt.S.IO
    with type ic = Channel.t
     and type oc = Channel.t
     and type conn = Channel.flow
end

module _ : COHTTP_MIRAGE = Cohttp_mirage

(* The applications' own ways to say it. *)
module _ (S : Mirage_stack.V4) (C : Cohttp_lwt.S.Client) (K : Mirage_kv.RO) (H : Cohttp_lwt.S.Server) = struct
  module T = Conduit_mirage.With_tcp (S)
  module Site = Cohttp_mirage.Static.HTTP (K) (H)

  let conduit stack = T.connect stack Conduit_mirage.empty
  let by_value stack = Conduit_mirage.(with_tcp empty (stackv4 (module S)) stack)
  let start kv http = Site.start ~http_port:80 kv http
end

let () = Case.case "the types are those of MirageOS 3.9" ignore
