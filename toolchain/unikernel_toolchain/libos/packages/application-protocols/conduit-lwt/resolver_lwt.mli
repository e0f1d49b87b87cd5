(** Resolution of URIs with Lwt (conduit 2.2). *)

module IO : Conduit.IO with type 'a t = 'a Lwt.t

module type S = Resolver.S with type svc = Resolver.service and type 'a io = 'a Lwt.t

include S
