(* packages: kv-fixture mirage-kv-block block-simulation virtual-network *)

(* The key-value store on block devices that are full, do not fit, or fail. *)

open Lwt.Infix
open Case
open Kv_fixture

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
  scenario "a full device of 64 KiB" (full 64);
  scenario "a full device of 2 MiB" (full 2048);
  scenario "devices that do not fit" devices;
  scenario "a device that fails" failing_device
