module Tree = Mirage_kv_tree
module Key = Mirage_kv.Key

type error = Mirage_kv.error

let pp_error = Mirage_kv.pp_error

type write_error = Mirage_kv.write_error

let pp_write_error = Mirage_kv.pp_write_error

module Pure = struct
  type key = Key.t

  (* Dictionaries are about when an entry of theirs came or went. *)
  type t = (Ptime.t, string * Ptime.t) Tree.t

  let empty now () : t = Tree.empty now
  let get t key = Result.map fst (Tree.value t key)

  let changed = function
    | Tree.Value (_, at) -> at
    | Tree.Dictionary d -> d.about

  let newest (d : t) =
    let later _ node newest = if Ptime.is_later (changed node) ~than:newest then changed node else newest in
    Tree.Entries.fold later d.entries d.about

  let last_modified t key =
    match Tree.find t key with
    | None -> Error (`Not_found key)
    | Some (Value (_, at)) -> Ok at
    | Some (Dictionary d) -> Ok (newest d)

  let remove t key now = Tree.remove t key now
  let list t key = Tree.list t key
  let set t key now value = Tree.set t key now (value, now)

  let rec equal (a : t) (b : t) =
    let same a b =
      match (a, b) with
      | Tree.Value (a, _), Tree.Value (b, _) -> String.equal a b
      | Dictionary a, Dictionary b -> equal a b
      | Value _, Dictionary _ | Dictionary _, Value _ -> false
    in
    Tree.Entries.equal same a.entries b.entries

  let pp ppf t =
    let rec below key (d : t) =
      Tree.Entries.iter (fun segment node -> one (Key.add key segment) node) d.entries
    and one key = function
      | Tree.Dictionary d -> below key d
      | Value (value, _) ->
          Format.fprintf ppf "%a: %d bytes@ " Key.pp key (String.length value)
    in
    Format.pp_open_vbox ppf 0;
    below Key.empty t;
    Format.pp_close_box ppf ()

  let digest t key = Tree.digest (fun (value, _) -> Mirage_kv_digest.value value) t key
end

(* A batch is a store of its own over the same tree: [seen] stays what it was, so that reads
   do not see what it writes, and [after] becomes what it leaves. It is applied when the tree
   beneath is still the one that it began with, the very same value; trees are persistent, so
   nothing else tells that somebody was there. *)
module Make (Clock : Mirage_clock.PCLOCK) = struct
  type nonrec error = error
  type nonrec write_error = write_error
  type key = Key.t

  type t = {
    mutable seen : Pure.t;
    mutable after : Pure.t;
    in_batch : bool;
  }

  let pp_error = pp_error
  let pp_write_error = pp_write_error
  let now () = Ptime.v (Clock.now_d_ps ())

  let connect () =
    let empty = Pure.empty (now ()) () in
    Lwt.return { seen = empty; after = empty; in_batch = false }

  let disconnect _ = Lwt.return_unit
  let exists t key = Lwt.return_ok (Tree.exists t.seen key)
  let get t key = Lwt.return (Pure.get t.seen key)
  let list t key = Lwt.return (Pure.list t.seen key)
  let digest t key = Lwt.return (Pure.digest t.seen key)

  let last_modified t key =
    Lwt.return (Result.map (fun at -> Ptime.(Span.to_d_ps (to_span at))) (Pure.last_modified t.seen key))

  let leave t after =
    t.after <- after;
    if not t.in_batch then t.seen <- after

  let set t key value = Lwt.return (Result.map (leave t) (Pure.set t.after key (now ()) value))
  let remove t key = Lwt.return (Result.map (leave t) (Pure.remove t.after key (now ())))

  let rec batch t ?(retries = 13) f =
    let before = t.after in
    let inner = { seen = t.seen; after = before; in_batch = true } in
    Lwt.bind (f inner) (fun answer ->
        if inner.after == before then Lwt.return answer
        else if t.after == before then begin
          leave t inner.after;
          Lwt.return answer
        end
        else if retries > 0 then batch t ~retries:(retries - 1) f
        else Lwt.fail_with "Mirage_kv_mem.batch: others changed the store each time it was tried")

  let pp ppf t = Pure.pp ppf t.seen
  let equal a b = Pure.equal a.seen b.seen
end
