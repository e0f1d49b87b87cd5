(** From a URI to an endpoint (conduit 2.2). *)

type service = { name : string; port : int; tls : bool }

val sexp_of_service : service -> Sexplib0.Sexp.t
val service_of_sexp : Sexplib0.Sexp.t -> service

module type S = sig
  type +'a io
  type t
  type svc

  val sexp_of_t : t -> Sexplib0.Sexp.t
  val t_of_sexp : Sexplib0.Sexp.t -> t
  val sexp_of_svc : svc -> Sexplib0.Sexp.t
  val svc_of_sexp : Sexplib0.Sexp.t -> svc

  type rewrite_fn = svc -> Uri.t -> Conduit.endp io
  (** Gives the endpoint for a service of the URI's host. *)

  type service_fn = string -> svc option io
  (** Gives the service for a URI's scheme. *)

  val ( ++ ) : service_fn -> service_fn -> service_fn
  (** Asks the second where the first has no answer. *)

  val init : ?service:service_fn -> ?rewrites:(string * rewrite_fn) list -> unit -> t
  (** Services are by default the well-known ones; https, imaps and their like are
      on TLS. *)

  val add_rewrite : host:string -> f:rewrite_fn -> t -> unit
  (** For hosts whose name ends in [host], by whole labels; [""] is for all. The
      longest such [host] counts. *)

  val set_service : f:service_fn -> t -> unit
  val service : t -> service_fn

  val resolve_uri :
    ?rewrites:(string * rewrite_fn) list -> uri:Uri.t -> t -> Conduit.endp io
    (** [`Unknown] with a sentence where there is no service or nobody knows the
        host. [rewrites] count before those of the resolver. *)
end

module Make (IO : Conduit.IO) : S with type svc = service and type 'a io = 'a IO.t
