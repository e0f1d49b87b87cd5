open Lwt.Syntax
module Key = Mirage_kv.Key
module Batch = Kv_block_batch
module Check = Kv_block_check
module Device = Kv_block_device
module Queue = Kv_block_queue
module Read = Kv_block_read
module Store = Kv_block_store
module Write = Kv_block_write

module type BLOCK = Device.BLOCK

module Without_flush (B : Mirage_block.S) = struct
  include B

  let flush _ = Lwt.return_ok ()
end

type report = {
  problems : string list;
  values : int;
  value_bytes : int64;
  nodes : int;
  free_bytes : int64;
  generation : int;
}

type error =
  [ Mirage_kv.error
  | `Storage_error of string
  | `Damaged of string ]

type write_error =
  [ error
  | Mirage_kv.write_error
  | `Key_too_long of Key.t
  | `Read_only of string ]

let pp_error ppf = function
  | #Mirage_kv.error as e -> Mirage_kv.pp_error ppf e
  | `Storage_error why -> Fmt.pf ppf "the block device: %s" why
  | `Damaged where -> Fmt.pf ppf "the store is damaged: %s" where

let pp_write_error ppf = function
  | #error as e -> pp_error ppf e
  | #Mirage_kv.write_error as e -> Mirage_kv.pp_write_error ppf e
  | `Key_too_long key ->
      Fmt.pf ppf "%s... is too long for a key: its segments have %d bytes at most, and one more each"
        (String.sub (Key.to_string key) 0 40)
        Kv_block_node.path_most
  | `Read_only why -> Fmt.pf ppf "the store cannot be written to: %s" why

module Make (B : BLOCK) (Clock : Mirage_clock.PCLOCK) = struct
  module Opened = Device.Of (B)

  type nonrec error = error
  type nonrec write_error = write_error
  type key = Key.t

  let pp_error = pp_error
  let pp_write_error = pp_write_error

  type open_store = {
    store : Store.t;
    queue : Queue.t;
    mutable batches : Batch.t list;
    mutable is_open : bool;
  }

  type t = {
    opened : open_store;
    batch : Batch.t option;
  }

  (* ---- Opening *)

  (* Of what has no error of its own, the promise fails with a sentence. *)
  let or_fail doing f =
    Lwt.catch f (function
        | Device.Storage_error why -> Lwt.fail_with ("mirage-kv-block: " ^ doing ^ ": " ^ why)
        | Device.Damaged where ->
            Lwt.fail_with ("mirage-kv-block: " ^ doing ^ ": the store is damaged: " ^ where)
        | other -> Lwt.fail other)

  let format block =
    or_fail "formatting" (fun () ->
        let* device = Opened.device block in
        Kv_block_open.format device)

  let connect block =
    or_fail "opening a store" (fun () ->
        let* device = Opened.device block in
        let* store = Kv_block_open.store device in
        let opened = { store; queue = Queue.v store; batches = []; is_open = true } in
        Lwt.return { opened; batch = None })

  let disconnect t =
    t.opened.is_open <- false;
    Queue.until_idle t.opened.queue

  let problems_most = 100

  let check block =
    or_fail "checking a store" (fun () ->
        let* device = Opened.device block in
        let* superblock = Kv_block_open.superblock device in
        let problems = ref [] and count = ref 0 in
        let problem text =
          incr count;
          if !count <= problems_most then problems := text :: !problems
        in
        let* space, counts = Check.walk device superblock ~problem ~reads_values:true in
        Lwt.return
          {
            problems = List.rev !problems;
            values = counts.values;
            value_bytes = Int64.of_int counts.bytes;
            nodes = counts.nodes;
            free_bytes = Int64.of_int (space.free * superblock.block_size);
            generation = superblock.generation;
          })

  (* ---- Reading *)

  let no_longer_open = `Storage_error "the store is disconnected"

  let reading t key f =
    let path = Kv_block_path.of_key key in
    Option.iter (fun batch -> Batch.touch batch path) t.batch;
    if not t.opened.is_open then Lwt.return_error no_longer_open
    else
      let { store; _ } = t.opened in
      Lwt.catch
        (fun () ->
           Store.reading store (fun root ->
               let view = { Read.pages = store.pages; root } in
               let* found = Read.find view path in
               f view path found))
        (function
          | Device.Storage_error why -> Lwt.return_error (`Storage_error why)
          | Device.Damaged where -> Lwt.return_error (`Damaged where)
          | other -> Lwt.fail other)

  let exists t key =
    reading t key (fun _ _ found ->
        Lwt.return_ok
          (match found with
           | `Value _ -> Some `Value
           | `Dictionary -> Some `Dictionary
           | `Nothing -> None))

  let value t key f =
    reading t key (fun view path found ->
        match found with
        | `Value entry -> Lwt.map Result.ok (f view path entry)
        | `Dictionary -> Lwt.return_error (`Value_expected key)
        | `Nothing -> Lwt.return_error (`Not_found key))

  let size t key = value t key (fun _ _ entry -> Lwt.return (Read.length entry))

  let get_partial t key ~offset ~length =
    if offset < 0 || length < 0 then invalid_arg "Mirage_kv_block.get_partial: less than nothing";
    value t key (fun view path entry ->
        Read.part view path entry ~offset ~length:(min length (max_int - offset)))

  let get t key = get_partial t key ~offset:0 ~length:max_int

  let list t key =
    reading t key (fun view path found ->
        match found with
        | `Dictionary -> Lwt.map Result.ok (Read.list view path)
        | `Value _ -> Lwt.return_error (`Dictionary_expected key)
        | `Nothing -> Lwt.return_error (`Not_found key))

  let of_either t key ~value ~dictionary =
    reading t key (fun view path found ->
        match found with
        | `Value entry -> Lwt.return_ok (value (Read.meta entry))
        | `Dictionary -> Lwt.map Result.ok (dictionary view path)
        | `Nothing -> Lwt.return_error (`Not_found key))

  let last_modified t key = of_either t key ~value:Read.time ~dictionary:Read.newest

  let digest t key =
    let value (meta : Kv_block_node.meta) = meta.digest in
    of_either t key ~value ~dictionary:Read.dictionary_digest

  (* ---- Writing *)

  let submit opened ~but ~is_valid operations =
    let others = List.filter (fun it -> it != but) in
    let applied operations =
      List.iter (fun it -> Batch.see_changes it operations) (others opened.batches)
    in
    Queue.submit opened.queue ~is_valid ~applied operations

  let write t key operation =
    let { opened; batch } = t in
    match batch with
    | _ when not opened.is_open -> Lwt.return_error no_longer_open
    | _ when not opened.store.pages.device.read_write ->
        Lwt.return_error (`Read_only "its device is read-only")
    | Some batch when batch.is_over -> Lwt.return_error (`Read_only "this batch has ended")
    | Some batch ->
        Batch.add batch operation (Kv_block_path.of_key key);
        Lwt.return_ok ()
    | None -> (
        let nobody = Batch.v () in
        let* result = submit opened ~but:nobody ~is_valid:(fun () -> true) [ operation ] in
        match result with
        | Error `Overtaken -> assert false
        | (Ok () | Error #write_error) as result -> Lwt.return result)

  let set t key value =
    let days, picoseconds = Clock.now_d_ps () in
    let meta = { Kv_block_node.days; picoseconds; digest = Mirage_kv_digest.value value } in
    write t key (Write.Set (key, meta, value))

  let remove t key = write t key (Write.Remove key)

  (* ---- Batches *)

  let not_applied error =
    Lwt.fail_with (Fmt.str "mirage-kv-block: a batch was not applied: %a" pp_write_error error)

  let rec try_batch t ~tried ~retries f =
    let { opened; _ } = t in
    let batch = Batch.v () in
    opened.batches <- batch :: opened.batches;
    let over () =
      Batch.close batch;
      opened.batches <- List.filter (fun it -> it != batch) opened.batches;
      Lwt.return_unit
    in
    let* answer, result =
      Lwt.finalize
        (fun () ->
           let* answer = f { t with batch = Some batch } in
           let operations = List.rev batch.operations in
           let is_valid () = not batch.is_overtaken in
           let* result =
             if operations = [] then Lwt.return_ok ()
             else submit opened ~but:batch ~is_valid operations
           in
           Lwt.return (answer, result))
        over
    in
    match result with
    | Ok () -> Lwt.return answer
    | Error `Overtaken when tried < retries -> try_batch t ~tried:(tried + 1) ~retries f
    | Error `Overtaken -> not_applied (`Too_many_retries retries)
    | Error (#write_error as error) -> not_applied error

  let batch t ?(retries = 13) f =
    match t.batch with
    | Some _ -> f t
    | None -> try_batch t ~tried:0 ~retries f

  (* ---- Figures *)

  let free_bytes t =
    let { store; _ } = t.opened in
    Int64.of_int (store.space.free * store.pages.block_size)

  let written_bytes t = Int64.of_int t.opened.store.written_bytes
end
