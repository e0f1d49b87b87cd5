(* packages: mirage-kv-block block-simulation virtual-network *)

(* The key-value store on a block device: what each operation answers, a full device, one that
   fails, many who read and write at once. That it survives power cuts is
   models/kv_block_power_cuts.ml. *)

open Lwt.Infix
open Case
module Key = Mirage_kv.Key

let now = ref 0L

module Clock = struct
  let now_d_ps () = (20_000, !now)
  let current_tz_offset_s () = None
  let period_d_ps () = None
end

module Store = Mirage_kv_block.Make (Cut_block) (Clock)

let kib = 1024
let device ?read_write ?(sector_size = 512) size_kib =
  Cut_block.of_bytes ?read_write ~sector_size (Bytes.make (size_kib * kib) '\000')

let reopened ?read_write device =
  Cut_block.of_bytes ?read_write ~sector_size:512 (Bytes.copy (Cut_block.contents device))

let scenario name f = case name (fun () -> Virtual_time.run f)
let k = Key.v

let ok what pp promise =
  promise >|= function
  | Ok it -> it
  | Error e -> failwith (Format.asprintf "%s: %a" what pp e)

let set store key value = ok ("set " ^ key) Store.pp_write_error (Store.set store (k key) value)
let remove store key = ok ("remove " ^ key) Store.pp_write_error (Store.remove store (k key))
let get store key = ok ("get " ^ key) Store.pp_error (Store.get store (k key))
let list store key = ok ("list " ^ key) Store.pp_error (Store.list store (k key))
let text what expected found = equal (Printf.sprintf "%S") what expected found

let fails_with what part promise =
  Lwt.catch
    (fun () -> promise () >|= fun _ -> failwith (what ^ ": no failure"))
    (function
      | Failure why ->
          let n = String.length part in
          let rec within at =
            at + n <= String.length why && (String.sub why at n = part || within (at + 1))
          in
          check (what ^ ": " ^ why) (within 0);
          Lwt.return_unit
      | other -> Lwt.fail other)

let is_sound what device =
  Store.check device >|= fun report ->
  check (what ^ ": " ^ String.concat "; " report.problems) (report.problems = []);
  report

(* ---- Answers *)

let answers () =
  let device = device 256 in
  Store.connect device >>= fun store ->
  set store "a" "1" >>= fun () ->
  set store "d/b" "22" >>= fun () ->
  set store "d/c/x" "" >>= fun () ->
  get store "d/b" >>= fun b ->
  text "d/b" "22" b;
  get store "d/c/x" >>= fun x ->
  text "an empty value" "" x;
  list store "d" >>= fun entries ->
  check "list d" (entries = [ ("b", `Value); ("c", `Dictionary) ]);
  list store "" >>= fun entries ->
  check "list the root" (entries = [ ("a", `Value); ("d", `Dictionary) ]);
  let kind key expected =
    Store.exists store (k key) >|= fun found -> check ("exists " ^ key) (found = Ok expected)
  in
  kind "a" (Some `Value) >>= fun () ->
  kind "d/c" (Some `Dictionary) >>= fun () ->
  kind "" (Some `Dictionary) >>= fun () ->
  kind "d/c/y" None >>= fun () ->
  kind "a/b" None >>= fun () ->
  kind "d/" (Some `Dictionary) >>= fun () ->
  let refused what expected promise = promise >|= fun found -> check what (found = Error expected) in
  refused "get a dictionary" (`Value_expected (k "d")) (Store.get store (k "d")) >>= fun () ->
  refused "get the root" (`Value_expected Key.empty) (Store.get store Key.empty) >>= fun () ->
  refused "get nothing" (`Not_found (k "d/z")) (Store.get store (k "d/z")) >>= fun () ->
  refused "get below a value" (`Not_found (k "a/z")) (Store.get store (k "a/z")) >>= fun () ->
  refused "list a value" (`Dictionary_expected (k "a")) (Store.list store (k "a")) >>= fun () ->
  refused "list nothing" (`Not_found (k "n")) (Store.list store (k "n")) >>= fun () ->
  refused "set a dictionary" (`Value_expected (k "d")) (Store.set store (k "d") "") >>= fun () ->
  refused "set the root" (`Value_expected Key.empty) (Store.set store Key.empty "") >>= fun () ->
  refused "set below a value" (`Dictionary_expected (k "a/b/c")) (Store.set store (k "a/b/c") "")
  >>= fun () ->
  refused "remove nothing" (`Not_found (k "d/z")) (Store.remove store (k "d/z")) >>= fun () ->
  let long = Key.add Key.empty (String.make 1024 'x') in
  refused "a key too long" (`Key_too_long long) (Store.set store long "") >>= fun () ->
  let longest = Key.add Key.empty (String.make 1023 'x') in
  ok "the longest key" Store.pp_write_error (Store.set store longest (String.make 5000 'y')) >>= fun () ->
  remove store "d" >>= fun () ->
  kind "d/b" None >>= fun () ->
  kind "d" None >>= fun () ->
  remove store "" >>= fun () ->
  list store "" >>= fun entries ->
  check "all is removed" (entries = []);
  is_sound "answers" device >|= ignore

let order_and_bytes () =
  let device = device 256 in
  Store.connect device >>= fun store ->
  let segments = [ "\x00"; "\x00\x00\x00\x00"; "."; ".."; "0"; "A b"; "a"; "a\x00"; "a-"; "\xff\xff" ] in
  Lwt_list.iter_s
    (fun segment ->
       ok "set" Store.pp_write_error (Store.set store (Key.add (k "d") segment) (String.make 3000 segment.[0])))
    (List.rev segments)
  >>= fun () ->
  list store "d" >>= fun entries ->
  check "as many" (List.sort compare segments = List.sort compare (List.map fst entries));
  Lwt_list.iter_s
    (fun segment ->
       ok "get" Store.pp_error (Store.get store (Key.add (k "d") segment)) >|= fun value ->
       text "bytes" (String.make 3000 segment.[0]) value)
    segments

let times_and_digests () =
  let store_with order =
    Store.connect (device 256) >>= fun store ->
    Lwt_list.iter_s (fun (key, value) -> set store key value) order >|= fun () -> store
  in
  let content = [ ("a/x", "1"); ("a/y", "2"); ("a/z/w", String.make 9000 'w'); ("b", "3") ] in
  store_with content >>= fun one ->
  store_with (("a/y", "before") :: List.rev content) >>= fun other ->
  let digest store key = ok "digest" Store.pp_error (Store.digest store (k key)) in
  let same key =
    digest one key >>= fun a ->
    digest other key >|= fun b -> text ("digest of " ^ key) a b
  in
  Lwt_list.iter_s same [ ""; "a"; "a/z"; "a/z/w"; "b" ] >>= fun () ->
  digest one "a" >>= fun before ->
  set one "a/x" "9" >>= fun () ->
  digest one "a" >>= fun after ->
  check "a digest that changes" (before <> after);
  now := 5L;
  set one "a/z/w" "late" >>= fun () ->
  now := 3L;
  set one "a/x" "earlier" >>= fun () ->
  let modified key = ok "last_modified" Store.pp_error (Store.last_modified one (k key)) in
  modified "a/x" >>= fun x ->
  check "of a value" (x = (20_000, 3L));
  modified "a" >>= fun a ->
  check "of a dictionary" (a = (20_000, 5L));
  Store.last_modified one (k "n") >|= fun n -> check "of nothing" (n = Error (`Not_found (k "n")))

(* ---- Sizes *)

let pattern length = String.init length (fun i -> Char.chr ((i * 7 + (i lsr 9)) land 255))

let long_values () =
  let device = device 4096 in
  Store.connect device >>= fun store ->
  let long = pattern (3000 * kib) in
  set store "long" long >>= fun () ->
  Store.set store (k "second") long >>= fun refused ->
  check "no room for a second" (refused = Error `No_space);
  get store "long" >>= fun found ->
  check "it is whole" (String.equal long found);
  let part offset length =
    ok "get_partial" Store.pp_error (Store.get_partial store (k "long") ~offset ~length) >|= fun found ->
    let length = max 0 (min length (String.length long - offset)) in
    let expected = if length = 0 then "" else String.sub long offset length in
    check (Printf.sprintf "from %d" offset) (String.equal expected found)
  in
  Lwt_list.iter_s
    (fun (offset, length) -> part offset length)
    [ (0, 1); (4095, 2); (262_143, 300_000); (2_999 * kib, 5000); (3000 * kib, 1); (9_999_999, 1); (77, max_int) ]
  >>= fun () ->
  ok "size" Store.pp_error (Store.size store (k "long")) >>= fun size ->
  equal string_of_int "size" (3000 * kib) size;
  set store "long" "short" >>= fun () ->
  set store "second" long >>= fun () ->
  is_sound "long values" device >|= fun report ->
  check "bytes" (report.value_bytes = Int64.of_int ((3000 * kib) + 5))

let many_keys () =
  let device = device (16 * 1024) in
  Store.connect device >>= fun store ->
  let free = Store.free_bytes store in
  let count = 20_000 in
  let key i = Printf.sprintf "many/%d/%d" (i mod 10) i in
  let rec all i =
    if i = count then Lwt.return_unit
    else
      let together = List.init (min 100 (count - i)) (fun j -> set store (key (i + j)) (string_of_int (i + j))) in
      Lwt.join together >>= fun () -> all (i + 100)
  in
  all 0 >>= fun () ->
  list store "many/3" >>= fun entries ->
  equal string_of_int "entries" 2000 (List.length entries);
  get store (key 7777) >>= fun value ->
  text "one of them" "7777" value;
  is_sound "many keys" device >>= fun report ->
  check "all of them" (report.values = count);
  remove store "many/3" >>= fun () ->
  Store.exists store (k "many/3") >>= fun found ->
  check "a dictionary is gone" (found = Ok None);
  Store.connect (reopened device) >>= fun again ->
  list again "many" >>= fun left ->
  equal string_of_int "dictionaries" 9 (List.length left);
  remove store "many" >>= fun () ->
  check "all space is back" (Store.free_bytes store = free);
  is_sound "many keys removed" device >|= ignore

(* Values of all sizes until nothing fits, and everything out again, one by one. *)
let full size_kib () =
  let device = device size_kib in
  Store.connect device >>= fun store ->
  let empty = Store.free_bytes store in
  let value i = String.make (i * 997 mod 20_000) (Char.chr (97 + (i mod 26))) in
  let rec fill i refused =
    if refused = 20 then Lwt.return i
    else
      Store.set store (k (Printf.sprintf "d%d/v%d" (i mod 7) i)) (value i) >>= function
      | Ok () -> fill (i + 1) refused
      | Error `No_space -> fill (i + 1) (refused + 1)
      | Error e -> failwith (Format.asprintf "%a" Store.pp_write_error e)
  in
  let rec round n =
    fill 0 0 >>= fun count ->
    is_sound "full" device >>= fun _ ->
    let rec check_and_remove i held =
      if i = count then Lwt.return held
      else
        let key = Printf.sprintf "d%d/v%d" (i mod 7) i in
        Store.get store (k key) >>= function
        | Error (`Not_found _) -> check_and_remove (i + 1) held
        | Error e -> failwith (Format.asprintf "%a" Store.pp_error e)
        | Ok found ->
            check key (String.equal (value i) found);
            remove store key >>= fun () -> check_and_remove (i + 1) (held + String.length found)
    in
    check_and_remove 0 0 >>= fun held ->
    check "all space is back" (Store.free_bytes store = empty);
    check "more than half was used" (2 * held > size_kib * kib || size_kib < 200);
    if n = 0 then Lwt.return_unit else round (n - 1)
  in
  round 2

(* ---- Many at once *)

(* A reader is held between two pieces of a long value while others free and want its blocks. *)
let readers_and_writers () =
  let device = device 1024 in
  Store.connect device >>= fun store ->
  let value c = String.make (300 * kib) c in
  set store "a" (value '0') >>= fun () ->
  let reads = ref 0 and hold, release = Lwt.wait () in
  Cut_block.set_before device (fun kind ->
      if kind = `Read then incr reads;
      if kind = `Read && !reads = 2 then hold else Lwt.return_unit);
  let reader = get store "a" in
  set store "a" (value '1') >>= fun () ->
  set store "b" (value '2') >>= fun () ->
  (* what the reader holds is all that is left *)
  let waiting = set store "c" (value '3') in
  Lwt.pause () >>= fun () ->
  Lwt.pause () >>= fun () ->
  check "it waits for the reader" (Lwt.is_sleeping waiting && Lwt.is_sleeping reader);
  Lwt.wakeup_later release ();
  reader >>= fun found ->
  check "the old value, whole" (String.equal found (value '0'));
  waiting >>= fun () ->
  get store "a" >>= fun found ->
  check "the new one" (String.equal found (value '1'));
  is_sound "readers and writers" device >|= ignore

let shared_commits () =
  let device = device 1024 in
  Store.connect device >>= fun store ->
  let before = Cut_block.events device in
  Lwt.join (List.init 200 (fun i -> set store (string_of_int i) "v")) >>= fun () ->
  let report = Store.check device in
  report >|= fun report ->
  check "one commit or two" (report.generation <= 3);
  check "few sectors" (Cut_block.events device - before < 100)

(* ---- Batches *)

let batches () =
  let device = device 512 in
  Store.connect device >>= fun store ->
  set store "n" "0" >>= fun () ->
  let plus_one inner =
    get inner "n" >>= fun n ->
    Lwt.pause () >>= fun () -> set inner "n" (string_of_int (int_of_string n + 1))
  in
  Lwt.join (List.init 10 (fun _ -> Store.batch store ~retries:100 plus_one)) >>= fun () ->
  get store "n" >>= fun n ->
  text "each counted once" "10" n;
  Store.batch store (fun inner ->
      set inner "x/1" "one" >>= fun () ->
      Store.exists inner (k "x/1") >>= fun found ->
      check "reads see the state before" (found = Ok None);
      set inner "x/2" "two" >>= fun () ->
      remove inner "n" >|= fun () -> 42)
  >>= fun answer ->
  equal string_of_int "its answer" 42 answer;
  list store "" >>= fun entries ->
  check "all at once" (entries = [ ("x", `Dictionary) ]);
  fails_with "one that cannot be applied" "is not in the store" (fun () ->
      Store.batch store (fun inner -> set inner "y" "1" >>= fun () -> remove inner "nothing"))
  >>= fun () ->
  Store.exists store (k "y") >>= fun found ->
  check "nothing of it is there" (found = Ok None);
  fails_with "one that raises" "by itself" (fun () ->
      Store.batch store (fun inner -> set inner "y" "1" >>= fun () -> Lwt.fail_with "by itself"))
  >>= fun () ->
  Store.exists store (k "y") >>= fun found ->
  check "nothing of that either" (found = Ok None);
  let tries = ref 0 in
  fails_with "one that is always overtaken" "3" (fun () ->
      Store.batch store ~retries:3 (fun inner ->
          incr tries;
          list inner "x" >>= fun _ ->
          set store "x/3" (string_of_int !tries) >>= fun () -> set inner "y" "1"))
  >>= fun () ->
  equal string_of_int "tries" 4 !tries;
  Store.batch store (fun inner -> set store "elsewhere" "" >>= fun () -> set inner "y" "1") >>= fun () ->
  get store "y" >|= fun y -> text "others elsewhere do no harm" "1" y

(* ---- Devices *)

let devices () =
  Store.connect (device 64) >>= fun store ->
  set store "a" "1" >>= fun () ->
  fails_with "too small" "64 KiB" (fun () -> Store.connect (device 60)) >>= fun () ->
  fails_with "odd sectors" "power of two" (fun () -> Store.connect (device ~sector_size:3000 3000)) >>= fun () ->
  let other = Bytes.make (256 * kib) '\000' in
  Bytes.set other 200_000 'x';
  let used = Cut_block.of_bytes ~sector_size:512 other in
  fails_with "not blank" "not blank" (fun () -> Store.connect used) >>= fun () ->
  Store.format used >>= fun () ->
  Store.connect used >>= fun store ->
  set store "a" "1" >>= fun () ->
  Lwt_list.iter_s
    (fun sector_size ->
       let device = device ~sector_size 4096 in
       Store.connect device >>= fun store ->
       set store "a" (pattern 500_000) >>= fun () ->
       get store "a" >>= fun found ->
       check "any sector size" (String.equal found (pattern 500_000));
       is_sound "sectors" device >|= ignore)
    [ 512; 1024; 4096; 8192; 32768 ]
  >>= fun () ->
  let reader = reopened ~read_write:false used in
  Store.connect reader >>= fun store ->
  get store "a" >>= fun a ->
  text "read-only" "1" a;
  (Store.set store (k "b") "" >|= function
    | Error (`Read_only _) -> ()
    | _ -> failwith "written to a read-only device")
  >>= fun () ->
  Store.disconnect store >>= fun () ->
  Store.get store (k "a") >|= function
  | Error (`Storage_error _) -> ()
  | _ -> failwith "read when disconnected"

(* Before the superblock a failure has no consequence; from then on nobody knows. *)
let failing_device () =
  let tried = ref 0 in
  let rec from n reached =
    let device = device 256 in
    Store.connect device >>= fun store ->
    set store "a" "before" >>= fun () ->
    let left = ref n in
    Cut_block.set_fails device (fun () ->
        decr left;
        !left = -1);
    incr tried;
    Store.set store (k "a") (String.make 9000 'x') >>= fun answer ->
    Cut_block.set_fails device (fun () -> false);
    match answer with
    | Ok () -> Lwt.return reached
    | Error (`Storage_error _) -> (
        get store "a" >>= fun a ->
        text "as before" "before" a;
        Store.set store (k "b") "2" >>= fun again ->
        Store.connect (reopened device) >>= fun opened ->
        get opened "a" >>= fun a ->
        check "before or after" (a = "before" || a = String.make 9000 'x');
        match again with
        | Ok () -> from (n + 1) (fst reached + 1, snd reached)
        | Error (`Read_only _) -> from (n + 1) (fst reached, snd reached + 1)
        | Error e -> failwith (Format.asprintf "%a" Store.pp_write_error e))
    | Error e -> failwith (Format.asprintf "%a" Store.pp_write_error e)
  in
  from 0 (0, 0) >|= fun (harmless, read_only) ->
  check (Printf.sprintf "%d harmless, %d not" harmless read_only) (harmless >= 2 && read_only = 2)

let () =
  scenario "what operations answer" answers;
  scenario "any bytes in keys" order_and_bytes;
  scenario "times and digests" times_and_digests;
  scenario "values of most of the device" long_values;
  scenario "20,000 keys" many_keys;
  scenario "a full device of 64 KiB" (full 64);
  scenario "a full device of 2 MiB" (full 2048);
  scenario "readers among writers" readers_and_writers;
  scenario "writers share commits" shared_commits;
  scenario "batches" batches;
  scenario "devices that do not fit" devices;
  scenario "a device that fails" failing_device
