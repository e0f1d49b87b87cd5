(** Archives (MirageOS 3.9, tar 1.1). *)

module Header : module type of struct
  include Tar_header
end

module type ASYNC = sig
  type 'a t

  val ( >>= ) : 'a t -> ('a -> 'b t) -> 'b t
  val return : 'a -> 'a t
end

module type READER = sig
  type in_channel
  type 'a t

  val really_read : in_channel -> Cstruct.t -> unit t
  val skip : in_channel -> int -> unit t
end

module type WRITER = sig
  type out_channel
  type 'a t

  val really_write : out_channel -> Cstruct.t -> unit t
end

module HeaderReader (Async : ASYNC) (Reader : READER with type 'a t = 'a Async.t) : sig
  val read :
    ?level:Header.compatibility ->
    Reader.in_channel ->
    (Header.t, [ `Eof ]) result Async.t
    (** The next member's header; its data is next in the channel, as many bytes as
        its [file_size] says, padded to whole blocks. Long names and pax headers
        before it are taken in, and a global header counts for all members to come
        of this channel, told by physical equality, until another replaces it or
        the archive ends.
        @raise Tar_header.Checksum_mismatch when there is no header.
        @raise Failure with a sentence when one is damaged. *)
end

module HeaderWriter (Async : ASYNC) (Writer : WRITER with type 'a t = 'a Async.t) : sig
  val write : ?level:Header.compatibility -> Header.t -> Writer.out_channel -> unit Async.t
  (** What has no room in a header goes before it: as GNU does it at the levels
      GNU and OldGNU, and as a pax header at the others. *)
end

module type IO = sig
  type in_channel
  type out_channel

  val really_input : in_channel -> bytes -> int -> int -> unit
  val input : in_channel -> bytes -> int -> int -> int
  val output : out_channel -> bytes -> int -> int -> unit
  val close_out : out_channel -> unit
end

module Make (IO : IO) : sig
  val really_read : IO.in_channel -> Cstruct.t -> unit
  val really_write : IO.out_channel -> Cstruct.t -> unit

  module Header : sig
    include module type of struct
      include Header
    end

    val get_next_header : ?level:compatibility -> IO.in_channel -> t
    (** @raise End_of_stream behind the last member. *)
  end

  val write_block :
    ?level:Header.compatibility -> Header.t -> (IO.out_channel -> unit) -> IO.out_channel -> unit
  (** A member: its header, what the function writes, and zeros to the block's
      end. *)

  val write_end : IO.out_channel -> unit

  module Archive : sig
    val with_next_file : IO.in_channel -> (IO.in_channel -> Header.t -> 'a) -> 'a
    (** The function reads the member's data, all of it. *)

    val list : ?level:Header.compatibility -> IO.in_channel -> Header.t list
    val extract_gen : (Header.t -> IO.out_channel) -> IO.in_channel -> unit

    val create_gen :
      ?level:Header.compatibility ->
      (Header.t * (IO.out_channel -> unit)) Tar_stream.t ->
      IO.out_channel ->
      unit

    val copy_n : IO.in_channel -> IO.out_channel -> int64 -> unit
    val skip : IO.in_channel -> int -> unit
  end
end
