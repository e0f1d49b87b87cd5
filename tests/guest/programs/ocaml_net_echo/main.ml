(* Sends every frame back where it came from, on all interfaces that the arguments
   name. A frame of type 88b6 ends it. *)
open Lwt.Infix

let header = 14
let frame_type frame = Cstruct.BE.get_uint16 frame 12

let tcp_at = header + 20

(* What the host joined, the device cuts again. *)
let leave_to_device frame reply =
  let mss = Mirage_net_headroom.coalesced_segment_size frame in
  if mss > 0 then
    let tcp = Cstruct.shift reply tcp_at in
    if Mirage_net_headroom.leave_checksum tcp ~field:16 then
      Mirage_net_headroom.leave_segmentation tcp ~v6:false ~header_length:20 ~mss

let turn_around frame reply =
  Cstruct.blit frame 6 reply 0 6;
  Cstruct.blit frame 0 reply 6 6;
  let rest = Cstruct.length frame - 12 in
  Cstruct.blit frame 12 reply 12 rest;
  leave_to_device frame reply;
  Cstruct.length frame

let echo net frame =
  let size = Cstruct.length frame in
  Netif.write net ~size (turn_around frame) >|= function
  | Ok () -> ()
  | Error e -> Fmt.pr "write: %a\n%!" Netif.pp_error e

let report net =
  let { Mirage_net.rx_pkts; rx_bytes; tx_pkts; tx_bytes } =
    Netif.get_stats_counters net
  in
  Printf.printf "received %ld frames, %Ld bytes; sent %ld frames, %Ld bytes\n"
    rx_pkts rx_bytes tx_pkts tx_bytes

let serve net =
  let input frame =
    if frame_type frame = 0x88b6 then Netif.disconnect net else echo net frame
  in
  Netif.listen net ~header_size:header input >|= function
  | Ok () -> report net
  | Error e -> Fmt.pr "listen: %a\n%!" Netif.pp_error e

let connect name =
  Netif.connect name >|= fun net ->
  Printf.printf "%s: %s mtu %d\n" name
    (Macaddr.to_string (Netif.mac net))
    (Netif.mtu net);
  net

let start () =
  let names = List.tl (Array.to_list Sys.argv) in
  Lwt_list.map_s connect names >>= fun nets ->
  print_endline "ready";
  Lwt_list.iter_p serve nets
