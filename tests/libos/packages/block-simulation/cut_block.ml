type error = Mirage_block.error
type write_error = Mirage_block.write_error

let pp_error = Mirage_block.pp_error
let pp_write_error = Mirage_block.pp_write_error

(* [log] has every sector that was written and every flush, the last one first. *)
type event =
  | Write of int * string
  | Flush

type t = {
  info : Mirage_block.info;
  start : Bytes.t;  (** what outlives a power cut at the beginning *)
  seen : Bytes.t;  (** what is read *)
  mutable log : event list;
  mutable length : int;
  mutable fails : unit -> bool;
  mutable before : [ `Read | `Write | `Flush ] -> unit Lwt.t;
  mutable misuse : string option;
}

type image = {
  durable : Bytes.t;
  pending : (int * string) list;  (** the last one first *)
}

let log t event =
  t.log <- event :: t.log;
  t.length <- t.length + 1

let put size disk (sector, bytes) = Bytes.blit_string bytes 0 disk (sector * size) size

let of_image ?(read_write = true) ~sector_size { durable; pending } =
  let size_sectors = Int64.of_int (Bytes.length durable / sector_size) in
  let seen = Bytes.copy durable in
  List.iter (put sector_size seen) (List.rev pending);
  let info = { Mirage_block.read_write; sector_size; size_sectors } in
  let t =
    {
      info;
      start = durable;
      seen;
      log = [];
      length = 0;
      fails = (fun () -> false);
      before = (fun _ -> Lwt.return_unit);
      misuse = None;
    }
  in
  List.iter (fun (sector, bytes) -> log t (Write (sector, bytes))) (List.rev pending);
  t

let of_bytes ?read_write ~sector_size durable =
  of_image ?read_write ~sector_size { durable; pending = [] }

let set_fails t f = t.fails <- f
let set_before t f = t.before <- f
let misuse t = t.misuse
let events t = t.length
let contents t = t.seen
let get_info t = Lwt.return t.info
let disconnect _ = Lwt.return_unit
let bind = Lwt.bind

let check t sector buffers =
  let size = t.info.sector_size in
  let whole c = Cstruct.length c > 0 && Cstruct.length c mod size = 0 in
  let bytes = Cstruct.lenv buffers in
  let misused text =
    t.misuse <- Some text;
    invalid_arg ("Cut_block: " ^ text)
  in
  if not (List.for_all whole buffers) then misused "a buffer that is not whole sectors";
  let last = Int64.add sector (Int64.of_int (bytes / size)) in
  if sector < 0L || last > t.info.size_sectors then
    misused (Printf.sprintf "sectors up to %Ld of %Ld" last t.info.size_sectors)

let read t sector buffers =
  check t sector buffers;
  bind (t.before `Read) @@ fun () ->
  if t.fails () then Lwt.return_error `Unimplemented
  else begin
    let at = ref (Int64.to_int sector * t.info.sector_size) in
    let fill c =
      Cstruct.blit_from_bytes t.seen !at c 0 (Cstruct.length c);
      at := !at + Cstruct.length c
    in
    List.iter fill buffers;
    Lwt.return_ok ()
  end

(* One that fails may have written a part. *)
let write t sector buffers =
  check t sector buffers;
  bind (t.before `Write) @@ fun () ->
  if not t.info.read_write then Lwt.return_error `Is_read_only
  else begin
    let size = t.info.sector_size in
    let all = Cstruct.to_string (Cstruct.concat buffers) in
    let count = String.length all / size in
    let has_failed = t.fails () in
    for i = 0 to (if has_failed then count / 2 else count) - 1 do
      let one = (Int64.to_int sector + i, String.sub all (i * size) size) in
      put size t.seen one;
      log t (Write (fst one, snd one))
    done;
    if has_failed then Lwt.return_error `Disconnected else Lwt.return_ok ()
  end

let flush t =
  bind (t.before `Flush) @@ fun () ->
  if t.fails () then Lwt.return_error `Disconnected
  else begin
    log t Flush;
    Lwt.return_ok ()
  end

(* ---- Cuts *)

let images t each =
  let size = t.info.sector_size in
  let durable = Bytes.copy t.start in
  let pending = ref [] in
  let event index it =
    (match it with
     | Write (sector, bytes) -> pending := (sector, bytes) :: !pending
     | Flush ->
         List.iter (put size durable) (List.rev !pending);
         pending := []);
    each (index + 1) (fun () -> { durable = Bytes.copy durable; pending = !pending })
  in
  each 0 (fun () -> { durable = Bytes.copy durable; pending = [] });
  List.iteri event (List.rev t.log)

(* By sector, what was written there since the last flush, in any order. *)
let versions image =
  let table = Hashtbl.create 64 in
  List.iter (fun (sector, bytes) -> Hashtbl.add table sector bytes) (List.rev image.pending);
  List.sort_uniq compare (List.map fst image.pending)
  |> List.map (fun sector -> (sector, Array.of_list (Hashtbl.find_all table sector)))

type cut = Nothing_kept | All_kept | Any | Some_torn

let garbage ~below size = String.init size (fun _ -> Char.chr (below 256))

let cut ~sector_size ~below how image =
  let durable = Bytes.copy image.durable in
  let garbage () = garbage ~below sector_size in
  let one (sector, versions) =
    let choice = below (Array.length versions + 2) in
    let any () = if choice < Array.length versions then Some versions.(choice) else None in
    let written =
      match how with
      | Nothing_kept -> None
      | All_kept -> Some versions.(0)
      | Some_torn -> if below 3 = 0 then Some (garbage ()) else any ()
      | Any -> any ()
    in
    Option.iter (fun bytes -> put sector_size durable (sector, bytes)) written
  in
  List.iter one (versions image);
  { durable; pending = [] }
