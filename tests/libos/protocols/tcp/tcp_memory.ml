(* packages: tcp-simulation virtual-network *)
(* What connections may take: memory as it really is, and work, counted in what it
   allocates or looks at. *)

open Case
open Tcp_script

let int = equal string_of_int
let second = 1_000_000_000
let mib n = n * 1024 * 1024
let take verdict = check "taken" (verdict = Tcp_input.Done)
let frame_bytes = 2048

(* As it arrives: within the buffer of a frame. *)
let frame length = Cstruct.sub (Cstruct.create_unsafe frame_bytes) 66 length

let deliver ?(mss = 1448) (c : Tcp_tcb.t) ~at payload =
  let segment =
    {
      Tcp_segment.source_port = 80;
      destination_port = 4000;
      sequence = Tcp_sequence.(add theirs (of_int at));
      acknowledgement = Some (Tcp_sequence.of_int c.nxt);
      control = Plain;
      push = false;
      window = 0xffff;
      options = Tcp_segment.no_options;
    }
  in
  take (Tcp_input.segment c ~now:second ~unit_size:(min mss (Cstruct.length payload)) segment payload)

let own_bytes t = Held_memory.bytes t.tcb
let empty_bytes = own_bytes (established ())

(* {2 Receiving} *)

let () =
  case "single bytes, each in a frame, take a byte each" (fun () ->
      let t = established () in
      let count = 60_000 in
      for i = 1 to count do
        deliver t.tcb ~at:i (frame 1)
      done;
      let held = own_bytes t - empty_bytes in
      Printf.printf "        %d bytes for %d, charged %d\n" held count
        (Tcp_receive.cost t.tcb.receive);
      check "they take more" (held < 5 * count);
      check "less is charged" (Tcp_receive.cost t.tcb.receive > count);
      int "read" count (String.length (read t));
      int "nothing is charged" 0 (Tcp_receive.cost t.tcb.receive));
  case "single bytes out of order are charged what they take" (fun () ->
      let t = established () in
      for i = 1 to 3000 do
        deliver t.tcb ~at:(1 + (2 * i)) (frame 1)
      done;
      let held = own_bytes t - empty_bytes in
      let charged = Tcp_receive.cost t.tcb.receive in
      Printf.printf "        %d bytes, charged %d\n" held charged;
      check "they take more" (held <= charged);
      deliver t.tcb ~at:1 (frame 1);
      deliver t.tcb ~at:2 (frame 1);
      check "what comes in order is read" (String.length (read t) >= 3));
  case "a segment takes the place of the pieces it covers" (fun () ->
      let pieces = Tcp_reassembly.create () in
      let byte = Cstruct.create 1 and whole = Cstruct.create 1460 in
      for i = 0 to 700 do
        ignore (Tcp_reassembly.insert pieces (2 * i) byte : bool)
      done;
      let before = Gc.minor_words () in
      for _ = 1 to 1000 do
        ignore (Tcp_reassembly.insert pieces 0 whole : bool)
      done;
      let words = int_of_float (Gc.minor_words () -. before) in
      Printf.printf "        %d words for 1,000 repetitions\n" words;
      int "pieces, with that at its start" 2 (Tcp_reassembly.count pieces);
      check "each repetition walks them all" (words < 200_000));
  case "pieces in any order are put together" (fun () ->
      for _ = 1 to 300 do
        let text = Seeded.bytes 200 and pieces = Tcp_reassembly.create () in
        for _ = 1 to 60 do
          let start = Random.State.int Seeded.state 200 in
          let length = 1 + Random.State.int Seeded.state (200 - start) in
          let data = Cstruct.sub text start length in
          ignore (Tcp_reassembly.insert pieces start data : bool)
        done;
        ignore (Tcp_reassembly.insert pieces 0 text : bool);
        let rec all at =
          match Tcp_reassembly.take pieces at with
          | None -> at
          | Some data ->
              equal_bytes "bytes" (Cstruct.sub text at (Cstruct.length data)) data;
              all (at + Cstruct.length data)
        in
        int "all" 200 (all 0);
        int "charged" 0 (Tcp_reassembly.cost pieces)
      done)

(* {2 Sending} *)

let sack_singly t ~from count =
  for i = 0 to count - 1 do
    let block j =
      let left = from + (8 * i) + (2 * j) in
      our_block left (left + 1)
    in
    let timestamps = Some { Tcp_segment.value = 0; echo = 10 } in
    let options = { Tcp_segment.no_options with timestamps; sack = List.init 4 block } in
    take (peer t ~ack:1 ~options "");
    ignore (flush t : sent list)
  done

let () =
  case "single bytes that are acknowledged make no chunks without end" (fun () ->
      let t = established ~options:modern () in
      write t (String.make 60_000 'x');
      ignore (flush t : sent list);
      sack_singly t ~from:1 1000;
      let chunks = Tcp_scoreboard.chunks t.tcb.scoreboard in
      let segments = (sent_until t / t.tcb.mss) + 1 in
      Printf.printf "        %d chunks for %d segments\n" chunks segments;
      check "too many" (chunks <= 66 + (2 * segments));
      Tcp_invariants.check t.tcb);
  case "single bytes that are written are not sent without end" (fun () ->
      let t = established ~options:modern () in
      t.tcb.congestion <- Tcp_congestion.create Tcp_config.Cubic ~mss:60_000;
      for _ = 1 to 10_000 do
        write t "x";
        Tcp_connection.send_promptly t.tcb;
        ignore (flush t : sent list)
      done;
      int "chunks" Tcp_tcb.chunks_max (Tcp_scoreboard.chunks t.tcb.scoreboard);
      take (peer t ~ack:(sent_until t) "");
      check "then it goes on" (flush t <> []));
  case "writers share what there is" (fun () ->
      let config = Tcp_config.of_memory (mib 4) in
      let budgets = Tcp_tcb.budgets config in
      let writer _ =
        let c = Tcp_script.established_with config budgets in
        while Tcp_connection.room (tcb c) > 0 do
          write c (String.make 4000 'x')
        done;
        Tcp_send_queue.cost (tcb c).queue
      in
      let costs = List.init 60 writer in
      let total = List.fold_left ( + ) 0 costs in
      Printf.printf "        %d of %d bytes by 60 writers, from %d to %d\n" total
        config.send_total (List.hd costs)
        (List.fold_left min max_int costs);
      check "more than there is" (total <= config.send_total + (60 * 4200)))

(* {2 Limits} *)

let () =
  case "limits follow the memory" (fun () ->
      let sum n =
        let c = Tcp_config.of_memory (mib n) in
        Printf.printf "        %5d MiB: %d connections, %d KiB each way, %d KiB in one\n" n
          c.connections_max (c.receive_total / 1024) (c.receive_buffer_max / 1024);
        c.receive_total + c.send_total + (c.connections_max * 3072)
        + (c.time_wait_max * 512) + (c.backlog * 4096)
      in
      List.iter
        (fun n -> check "more than half of it" (sum n <= mib n / 2))
        [ 8; 16; 32; 64; 128; 1024 ];
      let c = Tcp_config.of_memory (mib 128) in
      int "a window of 4 MiB" (mib 4) c.receive_buffer_max;
      int "a buffer of 4 MiB" (mib 4) c.send_buffer_max)
