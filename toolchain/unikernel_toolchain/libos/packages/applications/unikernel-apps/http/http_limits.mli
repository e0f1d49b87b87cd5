(** How much of everything a server bears. Times are whole seconds, and run to
    the end of the second they end in. *)

type t = {
  header_bytes : int;
  (** of a request line with its fields, and of a trailer; half of it for the
      request line. Longer ones are refused with 431 and 414. *)
  body_bytes : int;  (** of a request's body; longer ones are refused with 413 *)
  drain_bytes : int;
  (** of a body that the answer did not wait for; beyond, the connection
      ends *)
  connections : int;
  (** at a time; beyond, the one that has been idle longest is closed for a
      new one, then the one that has been longest in sending its request *)
  idle_s : int;  (** a connection without a request *)
  header_s : int;  (** from a request's first byte to its last field: else 408 *)
  body_s : int;
  (** that a body may keep its reader waiting altogether, besides what
      [body_bytes_per_s] grants: else 408 *)
  body_bytes_per_s : int;
  write_s : int;  (** in which the peer must have room for the next 64 KiB *)
  close_s : int;  (** in which the peer must have taken the rest after the end *)
}

val default : unit -> t
(** 16 KiB of header (less below 32 MiB of memory), bodies of any length, as they
    are not kept, 256 KiB drained, as many connections as a quarter of the memory
    has room for headers of (256 with 32 MiB); 60 s idle, 20 s for a header, 20 s
    and 500 bytes a second for a body, 30 s for a write, 30 s for the close. *)
