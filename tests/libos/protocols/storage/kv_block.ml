(* packages: kv-fixture mirage-kv-block block-simulation virtual-network *)

(* The key-value store on a block device: what each operation answers. A device that is full or
   fails is kv_block_devices.ml, many at once kv_block_many.ml; that it survives power cuts is
   models/kv_block_power_cuts.ml. *)

open Lwt.Infix
open Case
open Kv_fixture

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

let () =
  scenario "what operations answer" answers;
  scenario "any bytes in keys" order_and_bytes;
  scenario "times and digests" times_and_digests;
  scenario "values of most of the device" long_values;
  scenario "20,000 keys" many_keys
