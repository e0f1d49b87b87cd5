(** cohttp's input and output over a channel. *)

module Make (Channel : Cohttp_mirage_channel.S) :
  Cohttp_lwt.S.IO
  with type ic = Channel.t
   and type oc = Channel.t
   and type conn = Channel.flow
