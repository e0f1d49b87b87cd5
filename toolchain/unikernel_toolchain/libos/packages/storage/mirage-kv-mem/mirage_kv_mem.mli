(** A key-value store in memory (MirageOS 3.9, mirage-kv-mem 3.0). Nothing
    bounds it but the memory there is. *)

type error = Mirage_kv.error

val pp_error : error Fmt.t

type write_error = Mirage_kv.write_error

val pp_write_error : write_error Fmt.t

(** The store as a value: what changes it gives another. *)
module Pure : sig
  type t
  type key = Mirage_kv.Key.t

  val empty : Ptime.t -> unit -> t
  val get : t -> key -> (string, error) result
  val last_modified : t -> key -> (Ptime.t, error) result

  val remove : t -> key -> Ptime.t -> (t, write_error) result
  (** [`Not_found] where there is nothing. Dictionaries that lose their last
      entry stay. *)

  val list : t -> key -> ((string * [ `Value | `Dictionary ]) list, error) result

  val set : t -> key -> Ptime.t -> string -> (t, write_error) result
  (** [`Value_expected] where a dictionary has the key, [`Dictionary_expected]
      where a value has the beginning of it. *)

  val equal : t -> t -> bool
  (** Whether the same keys have the same values, whenever they were set. *)

  val pp : t Fmt.t
  (** A line a value: its key and its length in bytes. *)
end

module Make (_ : Mirage_clock.PCLOCK) : sig
  type nonrec error = error
  type nonrec write_error = write_error

  include Mirage_kv.RW with type write_error := write_error and type error := error
  (** [batch] fails with [Failure] when others changed the store each time that
      it was tried, and with what its function raises; then nothing changes. *)

  val connect : unit -> t Lwt.t
  (** A store of its own, empty. *)

  val pp : t Fmt.t
  val equal : t -> t -> bool
end
