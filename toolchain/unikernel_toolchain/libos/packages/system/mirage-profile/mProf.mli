(** Notes for traces of Lwt's threads (mirage-profile 0.9), as a Lwt without tracing has them:
    they are taken down nowhere. *)

module Trace : sig
  type hiatus_reason = Wait_for_work | Suspend | Hibernate

  val note_hiatus : hiatus_reason -> unit
  val note_resume : unit -> unit
  val label : string -> unit
  val named_wait : string -> 'a Lwt.t * 'a Lwt.u
  val named_task : string -> 'a Lwt.t * 'a Lwt.u
  val named_condition : string -> 'a Lwt_condition.t
  val named_mvar : string -> 'a -> 'a Lwt_mvar.t
  val named_mvar_empty : string -> 'a Lwt_mvar.t
  val should_resolve : 'a Lwt.t -> unit
  val note_increase : string -> int -> unit
  val note_counter_value : string -> int -> unit
end

module Counter : sig
  type t
  (** A number with a name. *)

  val create : ?init:int -> name:string -> unit -> t
  (** At [init], 0 if not said. *)

  val make : name:string -> t
  val set_value : t -> int -> unit
  val increase : t -> int -> unit
  val value : t -> int
end
