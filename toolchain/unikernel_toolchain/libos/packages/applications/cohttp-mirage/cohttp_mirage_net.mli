(** How cohttp's client connects: by a resolver and a conduit. *)

module Channel : Cohttp_mirage_channel.S with type flow = Conduit_mirage.Flow.flow

type ctx = { resolver : Resolver_lwt.t; conduit : Conduit_mirage.t option }

include
  Cohttp_lwt.S.Net with module IO = Cohttp_mirage_io.Make(Channel) and type ctx := ctx
