(* S-expressions as ppx_sexp_conv would derive them: configurations are written so. *)

open Sexplib0.Sexp_conv
module Sexp = Sexplib0.Sexp

type endp =
  [ `TCP of Ipaddr.t * int
  | `Unix_domain_socket of string
  | `Vchan_direct of int * string
  | `Vchan_domain_socket of string * string
  | `TLS of string * endp
  | `Unknown of string ]

let tagged tag values = Sexp.List (Sexp.Atom tag :: values)
let pair first second = Sexp.List [ first; second ]

let rec sexp_of_endp : endp -> Sexp.t = function
  | `TCP (address, port) ->
      tagged "TCP" [ pair (Atom (Ipaddr.to_string address)) (sexp_of_int port) ]
  | `Unix_domain_socket path -> tagged "Unix_domain_socket" [ Atom path ]
  | `Vchan_direct (domain, port) ->
      tagged "Vchan_direct" [ pair (sexp_of_int domain) (Atom port) ]
  | `Vchan_domain_socket (domain, port) ->
      tagged "Vchan_domain_socket" [ pair (Atom domain) (Atom port) ]
  | `TLS (name, below) -> tagged "TLS" [ pair (Atom name) (sexp_of_endp below) ]
  | `Unknown why -> tagged "Unknown" [ Atom why ]

let rec endp_of_sexp sexp : endp =
  match sexp with
  | Sexp.List [ Atom "TCP"; List [ Atom address; port ] ] ->
      `TCP (Ipaddr.of_string_exn address, int_of_sexp port)
  | List [ Atom "Unix_domain_socket"; Atom path ] -> `Unix_domain_socket path
  | List [ Atom "Vchan_direct"; List [ domain; Atom port ] ] ->
      `Vchan_direct (int_of_sexp domain, port)
  | List [ Atom "Vchan_domain_socket"; List [ Atom domain; Atom port ] ] ->
      `Vchan_domain_socket (domain, port)
  | List [ Atom "TLS"; List [ Atom name; below ] ] -> `TLS (name, endp_of_sexp below)
  | List [ Atom "Unknown"; Atom why ] -> `Unknown why
  | Atom _ | List _ -> of_sexp_error "endp_of_sexp: no endpoint" sexp

module type IO = sig
  type +'a t

  val ( >>= ) : 'a t -> ('a -> 'b t) -> 'b t
  val return : 'a -> 'a t
end
