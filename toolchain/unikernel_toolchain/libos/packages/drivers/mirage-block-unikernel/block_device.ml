(* Requests and their slots. A slot is a place among those under way; it keeps the buffers
   alive, and is the token that the device hands back. One task watches the device as long
   as anything is under way.

   What a device has done by the time that it was asked, as a process has read what is in
   memory, is done without the main loop; but only so many times in a row, for other tasks
   have their turn there. *)

type operation = Read | Write | Flush | Discard of int

type request = {
  operation : operation;
  sector : int;
  buffers : Cstruct.t list;
  wakener : bool Lwt.u;
}

type t = {
  handle : int;
  mutable info : Mirage_block.info;
  request_bytes : int;
  request_parts : int;
  discard_sectors : int;
  under_way : request option array;  (** by slot *)
  free_slots : int array;  (** a stack *)
  mutable free_slot_count : int;
  waiting : request Queue.t;
  mutable is_watched : bool;
  mutable at_once : int;  (** requests that may still be done without the main loop *)
  idle : unit Lwt_condition.t;
}

type raw = {
  raw_handle : int;
  sectors : int;
  sector_size : int;
  read_only : bool;
  raw_request_sectors : int;
  raw_request_parts : int;
  raw_discard_sectors : int;
  slots : int;
}

external acquire_raw : string -> raw = "unikernel_block_ocaml_acquire"

(* handle, what, sector, count of sectors (of a discard), buffers, slot: 0 when the queue
   is full *)
external post :
  (int[@untagged]) ->
  (int[@untagged]) ->
  (int[@untagged]) ->
  (int[@untagged]) ->
  Cstruct.t list ->
  (int[@untagged]) ->
  (int[@untagged]) = "unikernel_bytecode_unsupported" "unikernel_block_ocaml_post"
[@@noalloc]

(* The slot of a request that is done, doubled, and one more when it failed; -1 when there
   is none. *)
external take : (int[@untagged]) -> (int[@untagged])
  = "unikernel_bytecode_unsupported" "unikernel_block_ocaml_take"
[@@noalloc]

external sectors : (int[@untagged]) -> (int[@untagged])
  = "unikernel_bytecode_unsupported" "unikernel_block_ocaml_sectors"
[@@noalloc]

external was_away_raw : (int[@untagged]) -> (int[@untagged])
  = "unikernel_bytecode_unsupported" "unikernel_block_ocaml_was_away"
[@@noalloc]

let at_once_max = 32

let acquire name =
  let raw = acquire_raw name in
  {
    handle = raw.raw_handle;
    info =
      {
        read_write = not raw.read_only;
        sector_size = raw.sector_size;
        size_sectors = Int64.of_int raw.sectors;
      };
    request_bytes = raw.raw_request_sectors * raw.sector_size;
    request_parts = raw.raw_request_parts;
    discard_sectors = raw.raw_discard_sectors;
    under_way = Array.make raw.slots None;
    free_slots = Array.init raw.slots Fun.id;
    free_slot_count = raw.slots;
    waiting = Queue.create ();
    is_watched = false;
    at_once = at_once_max;
    idle = Lwt_condition.create ();
  }

let info t = t.info

let look t =
  t.info <- { t.info with size_sectors = Int64.of_int (sectors t.handle) };
  t.info

let was_away t = was_away_raw t.handle <> 0
let request_bytes t = t.request_bytes
let request_parts t = t.request_parts
let discard_sectors t = t.discard_sectors
let slots t = Array.length t.under_way
let is_idle t = t.free_slot_count = slots t && Queue.is_empty t.waiting

let post_request t slot { operation; sector; buffers; _ } =
  let code, sectors =
    match operation with
    | Read -> (0, 0)
    | Write -> (1, 0)
    | Flush -> (2, 0)
    | Discard sectors -> (3, sectors)
  in
  post t.handle code sector sectors buffers slot <> 0

(* Whether there was room for it. *)
let start t request =
  t.free_slot_count > 0
  &&
  let slot = t.free_slots.(t.free_slot_count - 1) in
  post_request t slot request
  && (
    t.free_slot_count <- t.free_slot_count - 1;
    t.under_way.(slot) <- Some request;
    true)

let rec start_waiting t =
  match Queue.peek_opt t.waiting with
  | Some request when start t request ->
      ignore (Queue.pop t.waiting);
      start_waiting t
  | _ -> ()

let finish t slot ~ok =
  let request = t.under_way.(slot) in
  t.under_way.(slot) <- None;
  t.free_slots.(t.free_slot_count) <- slot;
  t.free_slot_count <- t.free_slot_count + 1;
  Option.iter (fun { wakener; _ } -> Lwt.wakeup_later wakener ok) request

let rec collect t =
  let taken = take t.handle in
  if taken >= 0 then (
    finish t (taken / 2) ~ok:(taken land 1 = 0);
    collect t)

let handle t = Int64.of_int t.handle

(* Only the device makes room: nothing waits while nothing is under way. *)
let rec watch t =
  Lwt.bind
    (Os_main.wait_for_work_on_handle (handle t))
    (fun () ->
       t.at_once <- at_once_max;
       collect t;
       start_waiting t;
       if is_idle t then (
         t.is_watched <- false;
         Lwt_condition.broadcast t.idle ();
         Lwt.return_unit)
       else watch t)

let begin_watching t =
  if not t.is_watched then (
    t.is_watched <- true;
    Lwt.async (fun () -> watch t))

let collect_at_once t =
  if t.at_once > 0 then (
    t.at_once <- t.at_once - 1;
    collect t)

let submit t operation sector buffers =
  let promise, wakener = Lwt.wait () in
  let request = { operation; sector; buffers; wakener } in
  if Queue.is_empty t.waiting && start t request then collect_at_once t
  else Queue.add request t.waiting;
  if not (is_idle t) then begin_watching t;
  promise

let idle t = if is_idle t then Lwt.return_unit else Lwt_condition.wait t.idle
