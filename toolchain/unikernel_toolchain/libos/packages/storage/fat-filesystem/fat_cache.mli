(** A block device in bytes: what describes files goes through a cache of some
    hundred kilobytes, what is in them past it. *)

module Make (B : Fat_device.S) : sig
  type t

  val connect : B.t -> t Lwt.t
  val device : t -> B.t
  val read_write : t -> bool

  val sector_bytes : t -> int
  (** What the device writes whole or not at all. *)

  val size_bytes : t -> int

  val barrier : t -> (unit, [> `Block_write of B.write_error ]) result Lwt.t
  (** Flushes the device unless nothing was written since the last time, so that what
      was written before outlives a power cut that hits what comes later. The first
      one always flushes: others may have written before. *)

  (** {1 Cached} *)

  val block : t -> int -> (Cstruct.t * int, [> `Block_read of B.error ]) result Lwt.t
  (** The cached block around this offset in bytes, a multiple of 4,096 bytes
      long, and the offset in it. Not to be written to. *)

  val read : t -> offset:int -> length:int -> (Cstruct.t, [> `Block_read of B.error ]) result Lwt.t
  (** A copy. *)

  val write :
    t ->
    offset:int ->
    Cstruct.t ->
    (unit, [> `Block_read of B.error | `Block_write of B.write_error ]) result Lwt.t
  (** To the device and the cache. *)

  (** {1 Past the cache} *)

  val read_data :
    t -> offset:int -> length:int -> (Cstruct.t, [> `Block_read of B.error ]) result Lwt.t

  val write_data :
    t ->
    offset:int ->
    Cstruct.t ->
    (unit, [> `Block_read of B.error | `Block_write of B.write_error ]) result Lwt.t
    (** In one request. What else is in the first and the last sector stays. *)
end
