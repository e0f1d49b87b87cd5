(** Checksum and segmentation offload between an interface and the transport
    protocols, carried in front of each frame.

    An interface that offloads places every frame, sent or received, in a
    buffer that begins with {!size} bytes of headroom. The layers between see
    an ordinary [Cstruct.t]; a transport protocol finds the headroom through
    the buffer under its view. Views of buffers without headroom answer
    "nothing is offloaded", so that any other interface works as before.

    Layout: 8 bytes of mark, 4 bytes of capabilities (little-endian), 8 bytes
    reserved, then [struct virtio_net_hdr_v1] (virtio 1.1, section 5.1.6)
    immediately before the frame, so that one descriptor covers both. *)

val size : int
(** Bytes from the start of the buffer to the first byte of the frame: 32. *)

val device_header : int
(** Offset of [struct virtio_net_hdr_v1] in the buffer: 20. *)

type capabilities = {
  checksum : bool;  (** completes a partial TCP or UDP checksum *)
  segmentation_v4 : bool;  (** cuts a long TCP segment over IPv4 *)
  segmentation_v6 : bool;  (** cuts a long TCP segment over IPv6 *)
}

val nothing : capabilities

(** {1 For interfaces} *)

val create : capabilities -> int -> Cstruct.t
(** [create capabilities n] is a zeroed frame of [n] bytes with its
    headroom. *)

val mark : capabilities -> Cstruct.buffer -> unit
(** Makes the first {!size} bytes of a buffer a fresh headroom.
    @raise Invalid_argument when the buffer is shorter. *)

val mark_received : capabilities -> Cstruct.buffer -> unit
(** [mark] for a buffer that the device received into: its header stays.
    @raise Invalid_argument when the buffer is shorter. *)

val is_segmented : Cstruct.t -> bool
(** Whether the sender left this frame for the device to cut. Only then may a
    frame be longer than the MTU plus the Ethernet header. *)

(** {1 For senders}

    The view given is the one that begins at the transport header. *)

val capabilities : Cstruct.t -> capabilities
(** What the interface does for this buffer; {!nothing} without headroom. *)

val leave_checksum : Cstruct.t -> field:int -> bool
(** [leave_checksum transport ~field] asks the device to sum from the start
    of [transport] to the end of the frame and to store the result at byte
    [field] of it. When true, the caller stores the (uncomplemented)
    pseudo-header sum there; when false it computes the checksum itself. *)

val leave_segmentation :
  Cstruct.t -> v6:bool -> header_length:int -> mss:int -> unit
(** Asks the device to cut the TCP segment that begins at this view, with a
    header of [header_length] bytes, into segments of at most [mss] bytes of
    payload. Needs the capability, and a preceding {!leave_checksum}. *)

(** {1 For receivers} *)

val checksum_verified : Cstruct.t -> bool
(** Whether the device vouches for the transport checksum of the frame this
    view lies in. *)

val coalesced_segment_size : Cstruct.t -> int
(** Payload bytes of the segments that the device joined to this frame, 0
    when it joined none. *)
