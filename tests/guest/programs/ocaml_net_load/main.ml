(* The ceiling of Netif: "NAME send FRAME_BYTES SEGMENT_BYTES COUNT" sends TCP segments
   over IPv4 as fast as it can, each payload copied into its frame, cut by the device
   where SEGMENT_BYTES is not 0; "NAME receive COUNT" takes in frames, "NAME keep COUNT
   HELD" holds on to the last HELD of them. Says how long that took. *)
open Lwt.Infix

let ethernet = 14
let tcp_at = ethernet + 20
let payload_at = tcp_at + 20
let payload = Cstruct.create 65_536
let broadcast = Macaddr.to_octets Macaddr.broadcast

(* Host and guest are 10.9.0.1 and 10.9.0.2; the segment belongs to no connection. *)
let write_headers net frame =
  Cstruct.blit_from_string broadcast 0 frame 0 6;
  Cstruct.blit_from_string (Macaddr.to_octets (Netif.mac net)) 0 frame 6 6;
  Cstruct.BE.set_uint16 frame 12 0x0800;
  let ip = Cstruct.shift frame ethernet in
  Cstruct.memset (Cstruct.sub ip 0 40) 0;
  Cstruct.BE.set_uint16 ip 0 0x4500;
  Cstruct.BE.set_uint16 ip 2 (Cstruct.length ip);
  Cstruct.BE.set_uint16 ip 8 0x4006;
  Cstruct.BE.set_uint32 ip 12 0x0a090002l;
  Cstruct.BE.set_uint32 ip 16 0x0a090001l;
  let tcp = Cstruct.shift frame tcp_at in
  Cstruct.BE.set_uint32 tcp 0 0x13891389l;
  Cstruct.BE.set_uint16 tcp 12 0x5010;
  tcp

let fill net segment frame =
  let tcp = write_headers net frame in
  let length = Cstruct.length frame in
  Cstruct.blit payload 0 frame payload_at (length - payload_at);
  if segment > 0 && Mirage_net_headroom.leave_checksum tcp ~field:16 then
    Mirage_net_headroom.leave_segmentation tcp ~v6:false ~header_length:20
      ~mss:segment;
  length

let rec send net ~size ~segment count =
  if count = 0 then Lwt.return_unit
  else
    Netif.write net ~size (fill net segment) >>= function
    | Ok () -> send net ~size ~segment (count - 1)
    | Error e -> Lwt.fail_with (Fmt.str "write: %a" Netif.pp_error e)

let report frames bytes start =
  let took = Int64.sub (Mclock.elapsed_ns ()) start in
  Printf.printf "%d frames, %Ld bytes, %Ld ns\n%!" frames bytes took

let receive net ~held count =
  let kept = Array.make (max 1 held) Cstruct.empty in
  let left = ref count and start = ref 0L in
  let stats = Netif.get_stats_counters net in
  let input frame =
    if !left = count then start := Mclock.elapsed_ns ();
    decr left;
    if held > 0 then kept.(!left mod held) <- frame;
    if !left > 0 then Lwt.return_unit
    else (
      report count stats.rx_bytes !start;
      Netif.disconnect net)
  in
  print_endline "ready";
  Netif.listen net ~header_size:ethernet input >|= ignore

let start () =
  match Array.to_list Sys.argv with
  | [ _; name; "send"; size; segment; count ] ->
      let size = int_of_string size and segment = int_of_string segment in
      Netif.connect name >>= fun net ->
      let start = Mclock.elapsed_ns () and count = int_of_string count in
      send net ~size ~segment count >|= fun () ->
      report count (Netif.get_stats_counters net).tx_bytes start
  | [ _; name; "receive"; count ] ->
      Netif.connect name >>= fun net -> receive net ~held:0 (int_of_string count)
  | [ _; name; "keep"; count; held ] ->
      Netif.connect name >>= fun net ->
      receive net ~held:(int_of_string held) (int_of_string count)
  | _ -> Lwt.fail_invalid_arg "arguments: see the program"
