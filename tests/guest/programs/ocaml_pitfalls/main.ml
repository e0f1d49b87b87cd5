(* What goes wrong first when OCaml's runtime has no operating system. *)

let failures = ref 0

let check name passed =
  if not passed then (
    incr failures;
    Printf.printf "FAILED %s\n%!" name)

let raises exn f = match f () with exception e -> e = exn | _ -> false
let opaque = Sys.opaque_identity

let check_floats () =
  check "%g" (Printf.sprintf "%g %.17g %e %h" 3.14 0.1 1e300 1.5
              = "3.14 0.10000000000000001 1.000000e+300 0x1.8p+0");
  check "specials" (Printf.sprintf "%f %f %f" nan infinity neg_infinity = "nan inf -inf");
  check "of_string" (float_of_string "2.5e-3" = 0.0025 && float_of_string "0x1p-2" = 0.25);
  check "round trip" (float_of_string (Printf.sprintf "%.17g" Float.pi) = Float.pi);
  check "libm" (Float.abs (sin 1.0 -. 0.8414709848078965) < 1e-15 && 2.0 ** 0.5 = sqrt 2.0);
  check "scanf" (Scanf.sscanf "12 0x1f 2.5 word" "%d %i %f %s" (fun a b c d ->
      (a, b, c, d) = (12, 31, 2.5, "word")))

let check_exceptions () =
  check "bounds" (raises (Invalid_argument "index out of bounds")
                    (fun () -> [| 1 |].(opaque 1)));
  check "division" (raises Division_by_zero (fun () -> 1 / opaque 0));
  check "no file" (match open_in "nowhere" with
      | exception Sys_error text -> text = "nowhere: No such file or directory"
      | _ -> false);
  check "no variable" (Sys.getenv_opt "NOWHERE" = None)

let rec depth n = if n = 0 then 0 else 1 + depth (n - 1)
let rec endless n = 1 + endless (n + 1)
let rec endless_allocating n = n :: endless_allocating (n + 1)

let check_stack () =
  check "depth" (depth 50_000 = 50_000);
  for _ = 1 to 3 do
    check "overflow" (raises Stack_overflow (fun () -> endless 0));
    check "overflow, allocating"
      (raises Stack_overflow (fun () -> List.length (endless_allocating 0)))
  done

let exhaust () =
  let rec grow blocks = grow (Bytes.create 100_000 :: blocks) in
  grow []

let check_memory () =
  for _ = 1 to 3 do
    check "exhausted" (raises Out_of_memory exhaust);
    Gc.full_major ()
  done;
  let lists = Array.init 100 (fun n -> List.init 1000 (fun i -> string_of_int (n + i))) in
  Gc.compact ();
  check "compaction" (List.nth lists.(99) 999 = "1098")

let check_collector () =
  let weak = Weak.create 1 in
  Weak.set weak 0 (Some (ref 1));
  Gc.full_major ();
  check "weak" (not (Weak.check weak 0));
  let finalised = ref false in
  Gc.finalise (fun _ -> finalised := true) (ref 0);
  Gc.full_major ();
  check "finaliser" !finalised

let check_libraries () =
  let table = Hashtbl.create 10 in
  for i = 1 to 10_000 do Hashtbl.replace table (string_of_int i) i done;
  check "hashtbl" (Hashtbl.find table "9999" = 9999 && Hashtbl.length table = 10_000);
  check "md5" (Digest.to_hex (Digest.string "abc") = "900150983cd24fb0d6963f7d28e17f72");
  let value = ([ 1; 2; 3 ], "text", 1.5, Some (Int64.max_int)) in
  check "marshal" (Marshal.from_string (Marshal.to_string value []) 0 = value);
  let call f = Marshal.(from_string (to_string f [ Closures ]) 0) in
  check "closure" ((call (fun x -> x + 1) : int -> int) 1 = 2);
  let cells = Bigarray.(Array1.create float64 c_layout 1000) in
  Bigarray.Array1.fill cells 2.0;
  check "bigarray" (cells.{999} = 2.0)

let check_surroundings () =
  check "executable" (Sys.executable_name = "unikernel" && Sys.argv.(0) = "unikernel");
  check "no directory" (match Sys.readdir "/" with exception Sys_error _ -> true | _ -> false);
  check "no command" (match Sys.command "true" with exception Sys_error _ -> true | _ -> false);
  let before = Sys.time () in
  check "time" (depth 10_000 = 10_000 && Sys.time () >= before)

let start () =
  check_floats ();
  check_exceptions ();
  check_stack ();
  check_memory ();
  check_collector ();
  check_libraries ();
  check_surroundings ();
  if !failures = 0 then print_endline "all passed";
  at_exit (fun () -> print_string "unflushed\n");
  at_exit (fun () -> print_string "at_exit ran, in reverse\n")
