(** Endpoints of connections (conduit 2.2). *)

type endp =
  [ `TCP of Ipaddr.t * int  (** address and port *)
  | `Unix_domain_socket of string
  | `Vchan_direct of int * string  (** domain and port *)
  | `Vchan_domain_socket of string * string
  | `TLS of string * endp  (** the peer's name, and what is underneath *)
  | `Unknown of string  (** why nobody can connect to it *) ]

val sexp_of_endp : endp -> Sexplib0.Sexp.t
val endp_of_sexp : Sexplib0.Sexp.t -> endp

module type IO = sig
  type +'a t

  val ( >>= ) : 'a t -> ('a -> 'b t) -> 'b t
  val return : 'a -> 'a t
end
