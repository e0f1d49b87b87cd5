(** A flow of any kind. *)

include
  Mirage_flow.S
  with type error = [ `Msg of string ]
   and type write_error = [ Mirage_flow.write_error | `Msg of string ]

val create : (module Mirage_flow.S with type flow = 'a) -> 'a -> flow
