(** Changes that become a store's next state, all of them or none. *)

type error =
  [ Mirage_kv.write_error
  | `Key_too_long of Mirage_kv.Key.t
  | `Read_only of string  (** why *)
  | `Storage_error of string
  | `Damaged of string
  | `Overtaken  (** by somebody else's change; see {!Kv_block_queue} *) ]

type operation =
  | Set of Mirage_kv.Key.t * Kv_block_node.meta * string
  | Remove of Mirage_kv.Key.t

type t

val v : Kv_block_store.t -> t
(** Begins with the current state; one at a time. *)

val apply : t -> operation list -> (unit, error) result Lwt.t
(** All in their order, each on what those before it left; after an error none
    of them. *)

val commit : t -> (unit, error) result Lwt.t
(** When the promise resolves to [Ok], what was applied outlives a power cut. *)
