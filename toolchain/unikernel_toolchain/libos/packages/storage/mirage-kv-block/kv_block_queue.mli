(** Those who write to a store, in the order in which they came. *)

type t

val v : Kv_block_store.t -> t

val submit :
  t ->
  is_valid:(unit -> bool) ->
  applied:(Kv_block_write.operation list -> unit) ->
  Kv_block_write.operation list ->
  (unit, Kv_block_write.error) result Lwt.t
(** Applies operations, all or none of them. [is_valid] is asked right before;
    [`Overtaken] when it says no. [applied] is called right after, which those
    behind then build on. Resolves when it outlives a power cut. *)

val until_idle : t -> unit Lwt.t
(** Resolves when nobody waits. *)
