(** What a client of xenstore offers, over Lwt. *)

exception Malformed_watch_event
exception Unexpected_rid of int32
exception Dispatcher_failed

module type S = sig
  type client

  val make : unit -> client Lwt.t
  val suspend : client -> unit Lwt.t
  val resume : client -> unit Lwt.t

  type handle

  val immediate : client -> (handle -> 'a Lwt.t) -> 'a Lwt.t
  (** Each access by itself. *)

  val transaction : client -> (handle -> 'a Lwt.t) -> 'a Lwt.t
  (** All accesses at once, or none if it fails; once more from the beginning when others changed
      what was read. *)

  val wait : client -> (handle -> 'a Lwt.t) -> 'a Lwt.t
  (** Again and again, whenever a path changes that was accessed, for as long as it fails with
      {!Xs_protocol.Eagain}. *)

  val directory : handle -> string -> string list Lwt.t
  (** These fail with {!Xs_protocol.Enoent} when there is no such path. *)

  val read : handle -> string -> string Lwt.t
  val write : handle -> string -> string -> unit Lwt.t
  val rm : handle -> string -> unit Lwt.t
  val mkdir : handle -> string -> unit Lwt.t
  val setperms : handle -> string -> Xs_protocol.ACL.t -> unit Lwt.t
  val debug : handle -> string list -> string list Lwt.t
  val restrict : handle -> int -> unit Lwt.t

  val getdomainpath : handle -> int -> string Lwt.t
  (** The path that paths of a domain are below. *)

  val watch : handle -> string -> Xs_protocol.Token.t -> unit Lwt.t
  val unwatch : handle -> string -> Xs_protocol.Token.t -> unit Lwt.t
  val introduce : handle -> int -> nativeint -> int -> unit Lwt.t
  val set_target : handle -> int -> int -> unit Lwt.t
end
