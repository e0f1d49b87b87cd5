(* All that the collector does, and all that it is asked: parts of it are linked only where a
   program can reach them, and this one reaches all. *)

let failures = ref 0

let check name passed =
  if not passed then (
    incr failures;
    Printf.printf "FAILED %s\n%!" name)

let filled size =
  let table = Hashtbl.create 16 in
  for i = 1 to size do Hashtbl.replace table (string_of_int i) (Some (i, float_of_int i)) done;
  table

let is_whole table size =
  let holds i = Hashtbl.find table (string_of_int i) = Some (i, float_of_int i) in
  Hashtbl.length table = size && List.for_all holds (List.init size succ)

(* Young and old values, large and small ones, while the heap is swept, compacted and resized. *)
let check_heap () =
  let table = filled 20_000 in
  Gc.full_major ();
  check "major" (is_whole table 20_000);
  for i = 1 to 20_000 do if i mod 3 > 0 then Hashtbl.remove table (string_of_int i) done;
  Gc.compact ();
  check "compacted" (Hashtbl.length table = 6_666 && Hashtbl.find table "9" = Some (9, 9.));
  let words = (Gc.get ()).minor_heap_size in
  let resized words =
    Gc.set { (Gc.get ()) with minor_heap_size = words };
    check "resized" (is_whole (filled 2_000) 2_000 && (Gc.get ()).minor_heap_size = words) in
  List.iter resized [ 4 * words; words / 2; words; 2 * words ];
  Gc.set { (Gc.get ()) with space_overhead = 40 };
  let large = Array.init 100 (fun i -> Array.make 5_000 (ref i)) in
  Gc.compact ();
  check "large" (Array.for_all (fun row -> row.(0) == row.(4_999)) large && !(large.(99).(0)) = 99)

module Names = Ephemeron.K1.Make (struct
    type t = int ref

    let equal = ( == )
    let hash key = !key
  end)

let check_weak () =
  let weak = Weak.create 1_000 in
  let kept = Array.init 1_000 (fun i -> ref i) in
  Array.iteri (fun i cell -> Weak.set weak i (Some (if i mod 2 = 0 then cell else ref i))) kept;
  let keys = Array.init 1_000 (fun i -> ref i) in
  let table = Names.create 16 in
  Array.iter (fun key -> Names.add table key (string_of_int !key)) keys;
  for i = 1_000 to 1_999 do Names.add table (ref i) "of nobody" done;
  Gc.full_major ();
  Gc.compact ();
  check "weak" (Weak.check weak 0 && Weak.check weak 998
                && not (Weak.check weak 1 || Weak.check weak 999));
  Names.clean table;
  check "ephemerons" (Names.length table = 1_000 && Names.find table keys.(7) = "7");
  ignore (Sys.opaque_identity (kept, keys))

let check_finalisers () =
  let first = ref 0 and last = ref 0 in
  for i = 1 to 500 do
    Gc.finalise (fun _ -> incr first) (ref i);
    Gc.finalise_last (fun () -> incr last) (ref i)
  done;
  Gc.full_major ();
  Gc.full_major ();
  check "finalisers" (!first = 500 && !last = 500);
  let alarms = ref 0 in
  let alarm = Gc.create_alarm (fun () -> incr alarms) in
  Gc.full_major ();
  Gc.delete_alarm alarm;
  check "alarm" (!alarms > 0)

let check_figures () =
  let minor, promoted, major = Gc.counters () in
  ignore (Sys.opaque_identity (filled 5_000));
  let minor', promoted', major' = Gc.counters () in
  check "counters" (minor' > minor && promoted' >= promoted && major' >= major);
  check "quick_stat" ((Gc.quick_stat ()).minor_collections > 0);
  let all = Gc.stat () in
  check "stat" (all.live_words > 0 && all.heap_words >= all.live_words);
  check "bytes" (Gc.allocated_bytes () > 1e6 && Gc.minor_words () > 1e5)

(* Read back by its own type alone, and as a polymorphic value. *)
let check_marshal () =
  let there_and_back value = Marshal.from_string (Marshal.to_string value []) 0 in
  let cells = Bigarray.(Array2.init float64 c_layout 7 9 (fun i j -> float_of_int (i * j))) in
  let bytes = Bigarray.(Array1.init char fortran_layout 300 (fun i -> Char.chr (i mod 256))) in
  check "bigarrays" (there_and_back (cells, bytes) = (cells, bytes));
  let numbers = (Int32.min_int, Int64.max_int, Nativeint.(add max_int 0n)) in
  check "boxed numbers" (there_and_back numbers = numbers);
  let shared = ref 1 in
  let one, other = there_and_back (shared, shared) in
  check "sharing" (one == other);
  let table = filled 5_000 in
  check "a table" (is_whole (there_and_back table) 5_000);
  let call f = Marshal.(from_string (to_string f [ Closures ]) 0) in
  let twice = Sys.opaque_identity 2 in
  check "a closure" ((call (fun x -> x * twice) : int -> int) 21 = 42);
  check "no closure" (match Marshal.to_string (fun x -> x * twice) [] with
      | exception Invalid_argument _ -> true
      | _ -> false);
  check "bigarrays, compared and hashed"
    (compare cells cells = 0 && Hashtbl.hash bytes = Hashtbl.hash (there_and_back bytes))

(* OCaml 5.0 to 5.2 have no profiler, and say so. *)
let check_profile () =
  let seen = ref 0 in
  let count _ = incr seen; None in
  let tracker = { Gc.Memprof.null_tracker with alloc_minor = count; alloc_major = count } in
  match ignore (Gc.Memprof.start ~sampling_rate:0.1 ~callstack_size:4 tracker) with
  | exception Failure _ -> ()
  | () ->
      let table = filled 5_000 in
      Gc.Memprof.stop ();
      check "profile" (!seen > 1_000 && is_whole table 5_000)

let start () =
  check_heap ();
  check_weak ();
  check_finalisers ();
  check_figures ();
  check_marshal ();
  check_profile ();
  if !failures = 0 then print_endline "all passed";
  at_exit (fun () -> print_endline "at_exit ran")
