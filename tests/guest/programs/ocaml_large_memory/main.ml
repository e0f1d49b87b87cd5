(* The memory figures cover all regions of RAM. Nothing is written to the blocks: the host
   need not have as much. *)
let mib = 1 lsl 20
let bytes words = words * (Sys.word_size / 8)

let block _ = Bigarray.Array1.create Bigarray.char Bigarray.c_layout (128 * mib)

let start () =
  let heap = bytes (OS.Memory.quick_stat ()).heap_words in
  Printf.printf "heap of %d MiB\n" (heap / mib);
  if abs (Memory_size.bytes () - heap) < 8 then print_endline "protocols are told of as much";
  let blocks = List.init 40 block in
  let { OS.Memory.live_words; heap_words; free_words; _ } = OS.Memory.quick_stat () in
  let live = bytes live_words in
  if live >= List.length blocks * 128 * mib && live_words <= heap_words && free_words >= 0 then
    print_endline "5 GiB in blocks are within the heap"
