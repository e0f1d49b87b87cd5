(** A key-value store of an archive on a block device (MirageOS 3.9, tar-mirage
    1.1). *)

module Make_KV_RO (BLOCK : Mirage_block.S) : sig
  include
    Mirage_kv.RO
    with type error =
           [ Mirage_kv.error
           | `Block of BLOCK.error
           | `Unsupported of Mirage_kv.key * string
           ]
  (** Keys are members' names, without ["."] and empty segments; of several
      members with a name the last counts. Links lead to files of the archive;
      what leads elsewhere, and files with holes, exist and cannot be read:
      [`Unsupported], with what they are. *)

  val connect : BLOCK.t -> t Lwt.t
  (** Reads the headers, once.
      @raise Failure with a sentence when there is no archive, or a damaged one. *)
end
