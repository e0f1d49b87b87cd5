(** One block device of the platform (unikernel.h), and its requests. *)

type t

type operation =
  | Read
  | Write
  | Flush
  | Discard of int  (** so many sectors *)

val acquire : string -> t
(** @raise Failure when there is no such device. *)

val info : t -> Mirage_block.info
(** As it was when last looked at. *)

val look : t -> Mirage_block.info
(** As it is now: its disk may be taken away, put in or resized while the guest runs.
    Without a disk it has no sectors. *)

val was_away : t -> bool
(** Whether it was seen without a disk since this was asked last, or {!look}. *)

val request_bytes : t -> int
(** Most bytes of one read or write. *)

val request_parts : t -> int
(** Most buffers of one read or write. *)

val discard_sectors : t -> int
(** Most sectors of one discard; 0 when it cannot. *)

val submit : t -> operation -> int -> Cstruct.t list -> bool Lwt.t
(** [submit t operation sector buffers], within these limits and inside the device, none
    of the buffers empty: whether the device did it. Begun at once as long as there is
    room, else when its turn comes. *)

val idle : t -> unit Lwt.t
(** Once nothing that was submitted is under way. *)
