(** A key-value store on a block device that survives power cuts.

    What [set], [remove] and [batch] have answered with is on the device, whole,
    and stays there, whenever the power fails; what they have not yet answered
    is there whole or not at all. This holds when sectors that are being written
    come out old, new or as garbage, and when the device reorders what is
    written between two flushes; the device must keep what it has flushed. The
    format is written down in the heads of [kv_block_superblock.ml] and
    [kv_block_node.ml], the protocol in that of [kv_block_store.ml].

    Dictionaries are there while something is in them. The root always is.
    Fibers may share a store: those who write at the same time share the cost of
    one commit. A device is opened by one store at a time. *)

(** A block device with a cache that can be flushed. *)
module type BLOCK = Kv_block_device.BLOCK

(** For a device on which what is written is safe at once. On another one, the
    store survives the end of the program, and not a power cut. *)
module Without_flush (B : Mirage_block.S) : BLOCK with type t = B.t

type report = {
  problems : string list;  (** sentences, the first hundred; [[]] when all is well *)
  values : int;
  value_bytes : int64;
  nodes : int;  (** blocks of the tree *)
  free_bytes : int64;
  generation : int;  (** commits since the store was made *)
}

type error =
  [ Mirage_kv.error
  | `Storage_error of string  (** the device failed, or the store is disconnected *)
  | `Damaged of string  (** what was read is not what was written *) ]

type write_error =
  [ error
  | Mirage_kv.write_error
  | `Key_too_long of Mirage_kv.Key.t  (** more than 1,024 bytes, with one for each segment *)
  | `Read_only of string
    (** Why. A store becomes it when the device fails in the one moment in which
        nobody knows what it kept; opened anew it has the state before or after. *) ]

module Make (B : BLOCK) (_ : Mirage_clock.PCLOCK) : sig
  type nonrec error = error
  type nonrec write_error = write_error

  include Mirage_kv.RW with type error := error and type write_error := write_error

  val connect : B.t -> t Lwt.t
  (** Opens a store, which takes reading all its keys. A device whose first MiB
      is zeros is formatted first. Fails with a sentence ([Failure]) when there
      is no store, when it is damaged or when the device fails. *)

  val format : B.t -> unit Lwt.t
  (** Makes an empty store of 64 KiB to 1 TiB, whatever is on the device. Fails
      with a sentence. *)

  val check : B.t -> report Lwt.t
  (** Compares all that a store holds with its checksums and with each other, on
      a device that nobody writes to. Fails with a sentence when there is none. *)

  val size : t -> key -> (int, error) result Lwt.t
  (** Of a value, in bytes. *)

  val get_partial : t -> key -> offset:int -> length:int -> (string, error) result Lwt.t
  (** Bytes of a value from [offset] on, fewer where it ends. Takes memory for
      these and 256 KiB more, however long the value is.
      @raise Invalid_argument when one is negative. *)

  val batch : t -> ?retries:int -> (t -> 'a Lwt.t) -> 'a Lwt.t
  (** As {!Mirage_kv.RW.batch}; somebody else's change comes between when it is
      of something that was read or written in the batch, of what is below it or
      of what it is in. Fails with a sentence when nothing was applied. *)

  val free_bytes : t -> int64
  (** A value needs whole blocks of these when it is longer than about a third
      of one, and each change some more while it is made. *)

  val written_bytes : t -> int64
  (** To the device, since the store was opened: with the sizes of what was set,
      the write amplification. *)
end
