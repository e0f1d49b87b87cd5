(** One network device of the platform (unikernel.h), acquired. *)

type offers = {
  checksum : bool;
  segmentation_v4 : bool;
  segmentation_v6 : bool;
  coalescing : bool;  (** frames received may be of 64 KiB *)
}

type t = private {
  handle : int;  (** its bit in [unikernel_ready_t] *)
  mac : Macaddr.t;
  mtu : int;  (** bytes, without the Ethernet header *)
  offers : offers;
  send_slots : int;  (** frames that can be on their way *)
}

val acquire : string -> t
(** @raise Failure when there is no such device or it is in use. *)

(** {1 Receiving}

    Handles are those of acquired devices. *)

external fill :
  (int[@untagged]) -> (int[@untagged]) -> (int[@untagged]) -> (int[@untagged]) -> unit
  = "unikernel_bytecode_unsupported" "unikernel_netif_rx_fill"
[@@noalloc]
(** [fill handle small large count] lets the pool of buffers of 2 KiB grow by
    [small] and that of 64 KiB by [large], and gives [count] buffers to the
    device. Pools are shared by all devices. *)

external spare : (int[@untagged]) -> (int[@untagged])
  = "unikernel_bytecode_unsupported" "unikernel_netif_rx_spare"
[@@noalloc]
(** How many frames {!take} can hand over without a copy until the collector
    finds buffers that nothing holds any more. *)

external receive : (int[@untagged]) -> (int[@untagged])
  = "unikernel_bytecode_unsupported" "unikernel_netif_rx_next"
[@@noalloc]
(** The length of the next frame, 0 when there is none. After each that is not
    0 comes one {!take}. *)

external take : (int[@untagged]) -> Cstruct.buffer
  = "unikernel_bytecode_unsupported" "unikernel_netif_rx_take"
(** The buffer of that frame, which stands behind an unmarked headroom with the
    device's header. It is the buffer that the device received into, except
    that short frames in long buffers are copied out of them, as are all when
    nothing can replace it. *)

(** {1 Sending} *)

external send :
  (int[@untagged]) ->
  Cstruct.buffer ->
  (int[@untagged]) ->
  (int[@untagged]) ->
  (int[@untagged]) = "unikernel_bytecode_unsupported" "unikernel_netif_tx_post"
[@@noalloc]
(** [send handle buffer length slot] queues the frame of [length] bytes behind
    the headroom of [buffer]; 0 when the queue is full. The caller keeps
    [buffer] alive and untouched until {!sent} has returned [slot]. *)

external sent : (int[@untagged]) -> (int[@untagged])
  = "unikernel_bytecode_unsupported" "unikernel_netif_tx_reclaim"
[@@noalloc]
(** The slot of a frame that left, -1 when there is none. *)

external await_sent : (int[@untagged]) -> unit
  = "unikernel_bytecode_unsupported" "unikernel_netif_tx_notify"
[@@noalloc]
(** Makes the handle [handle + sent_handle] ready once frames have left, until
    {!sent} returns one of them: whoever still waits then asks anew. *)

val sent_handle : int
