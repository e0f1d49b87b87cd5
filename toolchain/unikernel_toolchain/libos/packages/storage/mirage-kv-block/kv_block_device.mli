(** The block device beneath a store. Its errors are exceptions of promises in
    here; {!Mirage_kv_block} makes results of them. *)

exception Storage_error of string
(** The device has not done what it was asked for; a sentence that says why. *)

exception Damaged of string
(** What was read is not what a store has written; a sentence that says where. *)

val damaged : string list -> 'a
(** @raise Damaged with the concatenation. *)

type t = {
  sector_size : int;  (** bytes *)
  sectors : int;
  read_write : bool;
  read : int -> Cstruct.t -> unit Lwt.t;  (** from this sector on, whole sectors *)
  write : int -> Cstruct.t list -> unit Lwt.t;  (** the same *)
  flush : unit -> unit Lwt.t;
  (** Resolves when all that was written before outlives a power cut. *)
}

(** A block device with a cache that can be flushed. *)
module type BLOCK = sig
  include Mirage_block.S

  val flush : t -> (unit, write_error) result Lwt.t
  (** Resolves when all that was written before outlives a power cut. *)
end

module Of (B : BLOCK) : sig
  val device : B.t -> t Lwt.t
end
