open Sexplib0

type t = Macaddr.t

let sexp_of_t address = Sexp.Atom (Macaddr.to_string address)

let t_of_sexp = function
  | Sexp.List _ as sexp -> Sexp_conv.of_sexp_error "Macaddr_sexp.t_of_sexp: an atom is needed" sexp
  | Sexp.Atom text as sexp -> (
      match Macaddr.of_string text with
      | Ok address -> address
      | Error (`Msg reason) -> Sexp_conv.of_sexp_error ("Macaddr_sexp.t_of_sexp: " ^ reason) sexp)

let compare = Macaddr.compare
