(** A key-value store on a block device in memory, used in short words. What fails raises. *)

module Key = Mirage_kv.Key

val now : int64 ref
(** Picoseconds of the day that the store's clock tells. *)

module Clock : Mirage_clock.PCLOCK

module Store : sig
  include module type of struct
    include Mirage_kv_block.Make (Cut_block) (Clock)
  end
end

val kib : int

val device : ?read_write:bool -> ?sector_size:int -> int -> Cut_block.t
(** Of so many KiB, all zeros. *)

val reopened : ?read_write:bool -> Cut_block.t -> Cut_block.t
(** Another device with the same bytes, as after a boot. *)

val scenario : string -> (unit -> unit Lwt.t) -> unit
(** A case, in virtual time. *)

val k : string -> Key.t
val ok : string -> (Format.formatter -> 'e -> unit) -> ('a, 'e) result Lwt.t -> 'a Lwt.t
val set : Store.t -> string -> string -> unit Lwt.t
val remove : Store.t -> string -> unit Lwt.t
val get : Store.t -> string -> string Lwt.t
val list : Store.t -> string -> (string * [ `Value | `Dictionary ]) list Lwt.t

val text : string -> string -> string -> unit
(** [text what expected found]. *)

val fails_with : string -> string -> (unit -> 'a Lwt.t) -> unit Lwt.t
(** [fails_with what part promise]: it fails with a sentence that has this part. *)

val is_sound : string -> Cut_block.t -> Mirage_kv_block.report Lwt.t
(** The store's own check finds nothing. *)

val pattern : int -> string
(** So many bytes, which differ from those nearby. *)
