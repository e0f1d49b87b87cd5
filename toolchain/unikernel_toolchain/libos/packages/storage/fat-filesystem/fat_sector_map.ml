(* A chain is whole before anything leads to it: whenever the guest is killed, each copy of the
   table alone is a consistent one, in which there may be clusters that belong to nothing. Where a
   barrier is, what was written before it stays when power fails, whatever became of the rest. *)

let ( let* ) = Lwt_result.bind
let end_mark = 0x0fff_ffff

(* Chains whose latest place is remembered. *)
let most_places = 64

(* Clusters that are released in one go; a chain may be as long as the disk. *)
let released_at_once = 4096

module Make (B : Fat_device.S) = struct
  module Table = Fat_table.Make (B)

  type read_error = [ `Block_read of B.error ]
  type error = [ read_error | `Block_write of B.write_error | `No_space ]

  type t = {
    table : Table.t;
    places : (int, (int, int) Hashtbl.t) Hashtbl.t;  (* by chains' starts: clusters by index *)
    mutable from : int;  (* where to look for free ones *)
  }

  let end_mark = end_mark

  let connect cache boot =
    let* table = Table.connect cache boot in
    Lwt.return_ok { table; places = Hashtbl.create most_places; from = 2 }

  let table t = t.table
  let boot_sector t = Table.boot_sector t.table

  (* ---- Free clusters *)

  let choose t many =
    let clusters = (boot_sector t).clusters in
    (* [left] clusters have not been looked at: none is chosen twice. *)
    let rec from n left found missing =
      let free = Table.free_from t.table n in
      let left = left - (free - n) in
      if missing = 0 then begin
        t.from <- n;
        Lwt.return_ok (List.rev found)
      end
      else if left <= 0 then Lwt.return_error `No_space
      else if free >= clusters + 2 then from 2 left found missing
      else
        let* following = Table.entry t.table free in
        let is_free = following = 0 && Table.is_usable t.table free in
        from (free + 1) (left - 1)
          (if is_free then free :: found else found)
          (if is_free then missing - 1 else missing)
    in
    if many > Table.free t.table then Lwt.return_error `No_space
    else from t.from clusters [] many

  let link t ?behind clusters =
    let rec chained = function
      | [] -> []
      | [ last ] -> [ (last, end_mark) ]
      | n :: (following :: _ as others) -> (n, following) :: chained others
    in
    let changes = chained clusters in
    match (behind, clusters) with
    | Some last, first :: _ ->
        (* What lies in the sector of the link goes with it, the rest before. *)
        let sector_of = Table.sector_of t.table in
        let with_link, before = List.partition (fun (n, _) -> sector_of n = sector_of last) changes in
        let* () = Table.set t.table before in
        let* () = if before = [] then Lwt.return_ok () else Table.barrier t.table in
        Table.set t.table ((last, first) :: with_link)
    | _ -> Table.set t.table changes

  (* Of a chain in a circle every cluster is released once: a free one ends it, and so does one
     that is about to be. *)
  let rec release t ~start =
    Hashtbl.remove t.places start;
    let going = Hashtbl.create 16 in
    let rec some n =
      if Hashtbl.length going = released_at_once then Lwt.return_ok (Some n)
      else if Hashtbl.mem going n || not (Table.is_cluster t.table n) then Lwt.return_ok None
      else
        let* following = Table.entry t.table n in
        if following = 0 then Lwt.return_ok None
        else begin
          Hashtbl.replace going n ();
          some following
        end
    in
    let* rest = some start in
    let* () = Table.set t.table (Hashtbl.fold (fun n () all -> (n, 0) :: all) going []) in
    match rest with
    | Some start -> release t ~start
    | None -> Lwt.return_ok ()

  let rec free_lost ?(from = 2) t ~is_lost =
    if from >= (boot_sector t).clusters + 2 then Lwt.return_ok ()
    else
      let lost = ref [] in
      let look n said = if Table.is_taken t.table said && is_lost n then lost := (n, 0) :: !lost in
      let* from = Table.some t.table from look in
      let* () = Table.set t.table !lost in
      free_lost ~from t ~is_lost

  (* ---- Chains *)

  let places_of t start =
    match Hashtbl.find_opt t.places start with
    | Some places -> places
    | None ->
        if Hashtbl.length t.places >= most_places then Hashtbl.reset t.places;
        let places = Hashtbl.create 16 in
        Hashtbl.replace t.places start places;
        places

  (* Of a chain, the latest place (under -1) and some on the way are remembered, evenly, so that
     one gets there from close by, forwards and backwards. *)
  let stride t = max 64 ((boot_sector t).clusters / 512)

  let nearest t places ~start index =
    let stride = stride t in
    let latest =
      match (Hashtbl.find_opt places (-1), Hashtbl.find_opt places (-2)) with
      | Some at, Some n when at <= index -> (at, n)
      | _ -> (0, start)
    in
    let rec down multiple =
      if multiple <= fst latest then latest
      else
        match Hashtbl.find_opt places multiple with
        | Some n -> (multiple, n)
        | None -> down (multiple - stride)
    in
    down (index / stride * stride)

  let reach t ~start index =
    let index = min index ((boot_sector t).clusters - 1) and stride = stride t in
    let places = places_of t start in
    let rec walk at n =
      if at > 0 && at mod stride = 0 then Hashtbl.replace places at n;
      let* following = if at = index then Lwt.return_ok None else Table.next t.table n in
      match following with
      | Some following -> walk (at + 1) following
      | None ->
          Hashtbl.replace places (-1) at;
          Hashtbl.replace places (-2) n;
          Lwt.return_ok (Some (at, n))
    in
    if not (Table.is_cluster t.table start) then Lwt.return_ok None
    else
      let at, n = nearest t places ~start index in
      walk at n
end
