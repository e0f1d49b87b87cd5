open Lwt.Infix
module Channel = Cohttp_mirage_responses
module IO = Cohttp_mirage_io.Make (Channel)

type ctx = { resolver : Resolver_lwt.t; conduit : Conduit_mirage.t option }

let sexp_of_ctx ctx = Resolver_lwt.sexp_of_t ctx.resolver
let default_ctx = { resolver = Resolver_mirage.localhost; conduit = None }

let connect_uri ~ctx uri =
  match ctx.conduit with
  | None -> Lwt.fail_with "this HTTP client has no conduit: give it one with Client.ctx"
  | Some conduit ->
      Resolver_lwt.resolve_uri ~uri ctx.resolver >>= Conduit_mirage.client
      >>= Conduit_mirage.connect conduit
      >|= fun flow ->
      let channel = Channel.create flow in
      (flow, channel, channel)

let close_channel channel = Lwt.async (fun () -> Channel.close channel >|= ignore)

(* Input and output are one channel, which closes with the output. *)
let close_in _ = ()
let close_out = close_channel
let close _ channel = close_channel channel
