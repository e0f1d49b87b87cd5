(** cohttp's HTTP in a unikernel (cohttp 2.5's names over the installed cohttp). *)

module IO (Channel : Mirage_channel.S) :
  Cohttp_lwt.S.IO
  with type ic = Channel.t
   and type oc = Channel.t
   and type conn = Channel.flow

module Client : sig
  include Cohttp_lwt.S.Client

  val default_ctx : ctx
  val sexp_of_ctx : ctx -> Sexplib0.Sexp.t

  val ctx : Resolver_lwt.t -> Conduit_mirage.t -> ctx
  (** What calls need. Without it they fail: there is no conduit by default. *)
end

module Static : module type of struct
  include Cohttp_mirage_static
end

module Server (Flow : Mirage_flow.S) : sig
  include Cohttp_lwt.S.Server with type IO.conn = Flow.flow

  val listen : t -> IO.conn -> unit Lwt.t
  (** Serves one connection, then closes it, or lets it go: see
      {!Cohttp_mirage_supervised.Make.serve}. *)
end

module Server_with_conduit : sig
  include Cohttp_lwt.S.Server with type IO.conn = Conduit_mirage.Flow.flow

  val connect : Conduit_mirage.t -> (Conduit_mirage.server -> t -> unit Lwt.t) Lwt.t
  (** What serves on an endpoint. *)
end
