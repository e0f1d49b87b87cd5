(* packages: kv-fixture mirage-kv-block block-simulation virtual-network *)

(* The key-value store on a block device, used by many at once: readers, writers and batches. *)

open Lwt.Infix
open Case
open Kv_fixture

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

let () =
  scenario "readers among writers" readers_and_writers;
  scenario "writers share commits" shared_commits;
  scenario "batches" batches
