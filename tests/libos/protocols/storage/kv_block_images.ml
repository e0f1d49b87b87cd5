(* packages: mirage-kv-block block-simulation virtual-network *)

(* Images of a key-value store that strangers have made: bytes are turned over in its nodes,
   superblocks and values, and in most of them the checksums are made right again. Opening,
   checking, reading and writing end, and end in the interface's errors. STACK_FUZZ says how
   many images; the device below raises when it is read or written outside. *)

open Lwt.Infix
open Case
module Key = Mirage_kv.Key

module Clock = struct
  let now_d_ps () = (20_000, 0L)
  let current_tz_offset_s () = None
  let period_d_ps () = None
end

module Store = Mirage_kv_block.Make (Cut_block) (Clock)

let block = 4096
let blocks = 40
let inputs = setting "STACK_FUZZ" 20_000
let below n = Random.State.full_int Seeded.state n
let ignored _ = ()

let sample ~keys ~long =
  let device = Cut_block.of_bytes ~sector_size:512 (Bytes.make (blocks * block) '\000') in
  Store.connect device >>= fun store ->
  let set key value = Store.set store (Key.v key) value >|= ignored in
  let rec all i =
    if i = keys then Lwt.return_unit
    else set (Printf.sprintf "d%d/%s%d" (i mod 3) (String.make (i mod 90) 'k') i) (String.make (i mod 150) 'v') >>= fun () -> all (i + 1)
  in
  all 0 >>= fun () ->
  set "long" (String.make long 'l') >>= fun () ->
  set "d1/longer" (String.make (long + 5000) 'm') >|= fun () -> Bytes.copy (Cut_block.contents device)

(* ---- Checksums made right: of a node, then in whatever points to it *)

let word disk at = Int32.to_int (Bytes.get_int32_le disk at) land 0xffffffff
let crc disk at length = Crc32c.of_cstruct (Cstruct.of_bytes ~off:at ~len:length disk)

(* [depth]: what was turned over may have made a ring of nodes. *)
let rec repair ?(depth = 0) disk number ~was =
  if depth > 5 then ()
  else if number < 2 then
    let at = number * block in
    Bytes.set_int32_le disk (at + 508) (Int32.of_int (crc disk at 508))
  else
    let is = crc disk (number * block) block in
    let found = ref None in
    for at = 0 to (blocks * block) - 16 do
      if !found = None && Bytes.get_int32_le disk at = Int32.of_int number then
        if word disk (at + 4) = was then found := Some (at, at + 4)
        else if at mod block = 32 && word disk (at + 8) = was then found := Some (at, at + 8)
    done;
    match !found with
    | None -> ()
    | Some (at, crc_at) ->
        let parent = at / block in
        let parent_was = crc disk (parent * block) block in
        Bytes.set_int32_le disk crc_at (Int32.of_int is);
        repair ~depth:(depth + 1) disk parent ~was:parent_was

let nodes disk =
  List.filter (fun n -> n < 2 || Bytes.sub_string disk (n * block) 4 = "KVNd") (List.init blocks Fun.id)

let turn disk at =
  match below 4 with
  | 0 -> Bytes.set_uint8 disk at (below 256)
  | 1 -> Bytes.set_uint8 disk at (Bytes.get_uint8 disk at lxor (1 lsl below 8))
  | 2 when at mod block < block - 4 ->
      Bytes.set_int32_le disk at (Int32.of_int [| 0; 1; 2; 3; 39; 40; 41; 255; 65536; -1; 0x7fffffff |].(below 11))
  | _ when at mod block < block - 8 ->
      let length = 1 + below (min 200 (block - 1 - (at mod block))) in
      let from = (below blocks * block) + below (block - length) in
      Bytes.blit disk from disk at length
  | _ -> Bytes.set_uint8 disk at 255

let mutate disk nodes =
  let number = if below 20 = 0 then below blocks else List.nth nodes (below (List.length nodes)) in
  let was = crc disk (number * block) block in
  let within = if number < 2 then 64 else if below 3 = 0 then 64 else block in
  for _ = 0 to below 3 do
    turn disk ((number * block) + below within)
  done;
  if below 8 > 0 then repair disk number ~was

(* ---- All operations, and what they may answer *)

let opened = ref 0
let refused = ref 0

(* Reads that an image makes: more would be a loop. *)
let operations_most = 50_000

let rec walk store key depth count =
  incr count;
  if !count > operations_most then failwith "an endless listing";
  Store.list store key >>= function
  | Error _ -> Lwt.return_unit
  | Ok entries ->
      Lwt_list.iter_s
        (fun (segment, kind) ->
           let key = Key.add key segment in
           match kind with
           | `Value -> Store.get store key >|= ignored
           | `Dictionary -> if depth < 5 then walk store key (depth + 1) count else Lwt.return_unit)
        entries

let failure_is_fine f = Lwt.catch f (function Failure _ -> Lwt.return_unit | other -> Lwt.fail other)

let use device =
  let reads = ref 0 in
  Cut_block.set_fails device (fun () ->
      incr reads;
      if !reads > operations_most then raise Exit;
      false);
  failure_is_fine (fun () -> Store.check device >|= ignored) >>= fun () ->
  failure_is_fine (fun () ->
      incr refused;
      Store.connect device >>= fun store ->
      incr opened;
      decr refused;
      walk store Key.empty 0 (ref 0) >>= fun () ->
      Store.digest store Key.empty >|= ignored >>= fun () ->
      Store.last_modified store Key.empty >|= ignored >>= fun () ->
      Store.set store (Key.v "d1/new") (String.make 9000 'n') >|= ignored >>= fun () ->
      Store.set store (Key.v "d2/new") "small" >|= ignored >>= fun () ->
      Store.remove store (Key.v "d0") >|= ignored >>= fun () ->
      Store.remove store (Key.v "long") >|= ignored >>= fun () ->
      Store.remove store Key.empty >|= ignored >>= fun () ->
      Store.set store (Key.v "again") "small" >|= ignored)

let images () =
  let make keys long = Virtual_time.run (fun () -> sample ~keys ~long) in
  let samples = [| make 0 0; make 5 3000; make 60 20_000; make 200 9000; make 12 60_000 |] in
  let samples = Array.map (fun disk -> (disk, nodes disk)) samples in
  for input = 1 to inputs do
    let disk, nodes = samples.(below (Array.length samples)) in
    let disk = Bytes.copy disk in
    for _ = 0 to below 2 do
      mutate disk nodes
    done;
    let device = Cut_block.of_bytes ~sector_size:512 disk in
    let failed why = failwith (Printf.sprintf "image %d: %s" input why) in
    (try Virtual_time.run (fun () -> use device) with e -> failed (Printexc.to_string e));
    Option.iter failed (Cut_block.misuse device)
  done

let () =
  case (Printf.sprintf "%d images" inputs) images;
  Printf.printf "        %d opened, %d refused\n" !opened !refused;
  case "some of either kind" (fun () -> check "both" (!opened > inputs / 50 && !refused > inputs / 50))
