(* The C side of a network interface. Handles are small integers that the platform gave;
   calls do not allocate, except [take], which makes the buffer of a received frame. *)

type offers = {
  checksum : bool;
  segmentation_v4 : bool;
  segmentation_v6 : bool;
  coalescing : bool;
}

type t = {
  handle : int;
  mac : Macaddr.t;
  mtu : int;
  offers : offers;
  send_slots : int;
}

external acquire_raw : string -> int * string * int * int * int
  = "unikernel_netif_acquire"

let offers_of_bits bits =
  let offered bit = bits land bit <> 0 in
  {
    checksum = offered 1;
    segmentation_v4 = offered 2;
    segmentation_v6 = offered 4;
    coalescing = offered 16;
  }

let acquire name =
  let handle, mac, mtu, offers, send_slots = acquire_raw name in
  {
    handle;
    mac = Macaddr.of_octets_exn mac;
    mtu;
    offers = offers_of_bits offers;
    send_slots;
  }

external fill :
  (int[@untagged]) -> (int[@untagged]) -> (int[@untagged]) -> (int[@untagged]) -> unit
  = "unikernel_bytecode_unsupported" "unikernel_netif_rx_fill"
[@@noalloc]

external spare : (int[@untagged]) -> (int[@untagged])
  = "unikernel_bytecode_unsupported" "unikernel_netif_rx_spare"
[@@noalloc]

external receive : (int[@untagged]) -> (int[@untagged])
  = "unikernel_bytecode_unsupported" "unikernel_netif_rx_next"
[@@noalloc]

external take : (int[@untagged]) -> Cstruct.buffer
  = "unikernel_bytecode_unsupported" "unikernel_netif_rx_take"

external send :
  (int[@untagged]) ->
  Cstruct.buffer ->
  (int[@untagged]) ->
  (int[@untagged]) ->
  (int[@untagged]) = "unikernel_bytecode_unsupported" "unikernel_netif_tx_post"
[@@noalloc]

external sent : (int[@untagged]) -> (int[@untagged])
  = "unikernel_bytecode_unsupported" "unikernel_netif_tx_reclaim"
[@@noalloc]

external await_sent : (int[@untagged]) -> unit
  = "unikernel_bytecode_unsupported" "unikernel_netif_tx_notify"
[@@noalloc]

(* The bit for "sent" stands so far above a device's own in the mask of the main loop. *)
let sent_handle = 16
