(** A load on a block device, and how fast it was: [unikernel measure block] drives it by
    boot keys and reads what it prints.

    {v
--jobs=KIND:BYTES:DEPTH,...   what to do, one after the other
--seconds=S                   how long each; 2 if not given

block-load KIND BYTES DEPTH ios=N ns=N p50=N p90=N p99=N p999=N max=N
block-load done
    v}

    KIND is [read], [write], which go on where they were from the start of the device,
    [randread] or [randwrite], which go anywhere; BYTES is the size of a request, DEPTH how
    many are under way at once. [ns] is how long the job took; the others are latencies in
    nanoseconds. [block-load failed: WHY] ends it before. Whatever is on the device is
    overwritten. *)

module Make (_ : Mirage_clock.MCLOCK) (B : Mirage_block.S) : sig
  val run : B.t -> unit Lwt.t
  (** Does the jobs of the boot keys. *)

  val job : B.t -> seconds:float -> Block_load_job.t -> string Lwt.t
  (** Does one, and returns its line. Fails with [Failure] when the device does. *)
end
