(* Pages of a few sectors, by number; a page that is not there is all zero. *)

module Request = Mirage_block_request

type error = [ Mirage_block.error | `Invalid_argument ]
type write_error = [ Mirage_block.write_error | `Invalid_argument ]

let pp_write_error ppf = function
  | #Mirage_block.write_error as e -> Mirage_block.pp_write_error ppf e
  | `Invalid_argument ->
      Format.pp_print_string ppf
        "buffers are not of whole sectors, or lie outside the block device"

let pp_error ppf (e : error) = pp_write_error ppf (e :> write_error)

type store = {
  sector_size : int;
  page_sectors : int;
  pages : (int, Cstruct.t) Hashtbl.t;
  mutable size_sectors : int64;
}

(* What one user has of it. *)
type t = { store : store; mutable is_open : bool }

let invalid = `Invalid_argument

let sector_size_default = 512
let size_sectors_default = 32768L
let page_aim = 16384

let opened store = { store; is_open = true }

let create ~sector_size ~size_sectors =
  opened
    {
      sector_size;
      page_sectors = Int.max 1 (page_aim / sector_size);
      pages = Hashtbl.create 16;
      size_sectors;
    }

let stores : (string, store) Hashtbl.t = Hashtbl.create 4
let remove name = Hashtbl.remove stores name

let replace name t =
  Hashtbl.replace stores name t.store;
  t

let named name =
  match Hashtbl.find_opt stores name with
  | Some store -> opened store
  | None ->
      replace name
        (create ~sector_size:sector_size_default ~size_sectors:size_sectors_default)

let info { store = t; _ } : Mirage_block.info =
  { read_write = true; sector_size = t.sector_size; size_sectors = t.size_sectors }

let get_info t = Lwt.return (info t)

let disconnect t =
  t.is_open <- false;
  Lwt.return_unit

let page_bytes t = t.page_sectors * t.sector_size

(* Calls [visit] with number and offset of the page, offset in the buffer and length of
   each part of the buffer that lies in one page. *)
let each_part t sector buffer visit =
  let length = Cstruct.length buffer in
  let rec go sector at =
    if at < length then (
      let page = sector / t.page_sectors in
      let offset = sector mod t.page_sectors * t.sector_size in
      let part = Int.min (page_bytes t - offset) (length - at) in
      visit ~page ~offset ~at part;
      go (sector + (part / t.sector_size)) (at + part))
  in
  go sector 0

let read_buffer t sector buffer =
  each_part t sector buffer (fun ~page ~offset ~at part ->
      match Hashtbl.find_opt t.pages page with
      | Some stored -> Cstruct.blit stored offset buffer at part
      | None -> Cstruct.memset (Cstruct.sub buffer at part) 0)

let page_to_write t page =
  match Hashtbl.find_opt t.pages page with
  | Some stored -> stored
  | None ->
      let fresh = Cstruct.create (page_bytes t) in
      Hashtbl.add t.pages page fresh;
      fresh

let write_buffer t sector buffer =
  each_part t sector buffer (fun ~page ~offset ~at part ->
      Cstruct.blit buffer at (page_to_write t page) offset part)

let rec transfer t operation sector = function
  | [] -> ()
  | buffer :: rest ->
      operation t sector buffer;
      transfer t operation (sector + (Cstruct.length buffer / t.sector_size)) rest

let request t operation sector buffers =
  if not t.is_open then Lwt.return_error `Disconnected
  else if Request.problem (info t) sector buffers <> None then
    Lwt.return_error `Invalid_argument
  else Lwt.return_ok (transfer t.store operation (Int64.to_int sector) buffers)

let read t sector buffers = request t read_buffer sector buffers
let write t sector buffers = request t write_buffer sector buffers
let flush t = if t.is_open then Lwt.return_ok () else Lwt.return_error `Disconnected

(* {1 Sizes} *)

(* What is cut off must be zero should the device grow again. *)
let cut t sectors =
  let last = sectors / t.page_sectors and kept = sectors mod t.page_sectors * t.sector_size in
  Hashtbl.filter_map_inplace
    (fun page stored -> if page > last || (page = last && kept = 0) then None else Some stored)
    t.pages;
  Option.iter
    (fun stored -> Cstruct.memset (Cstruct.shift stored kept) 0)
    (Hashtbl.find_opt t.pages last)

let resize t sectors =
  if not t.is_open then Lwt.return_error `Disconnected
  else if Int64.compare sectors 0L < 0 then Lwt.return_error `Invalid_argument
  else (
    if Int64.compare sectors t.store.size_sectors < 0 then
      cut t.store (Int64.to_int sectors);
    t.store.size_sectors <- sectors;
    Lwt.return_ok ())

(* {1 What is stored} *)

let is_mapped t sector = Hashtbl.mem t.pages (Int64.to_int sector / t.page_sectors)

let next_page t sector =
  let pages = Int64.of_int t.page_sectors in
  Int64.mul (Int64.succ (Int64.div sector pages)) pages

let rec seek_hole t sector =
  if Int64.compare sector t.size_sectors >= 0 then t.size_sectors
  else if not (is_mapped t sector) then sector
  else seek_hole t (next_page t sector)

(* The pages are looked through: there may be few, and the holes large. *)
let seek_page t sector =
  let first = Int64.to_int sector / t.page_sectors in
  let nearer page _ best = if page >= first && page < best then page else best in
  let page = Hashtbl.fold nearer t.pages max_int in
  if page = max_int then t.size_sectors
  else Int64.max sector (Int64.of_int (page * t.page_sectors))

let seeking t sector found =
  if not t.is_open then Lwt.return_error `Disconnected
  else if Request.range_problem (info t) sector 0L <> None then
    Lwt.return_error `Invalid_argument
  else Lwt.return_ok (found ())

let seek_mapped t sector = seeking t sector (fun () -> seek_page t.store sector)
let seek_unmapped t sector = seeking t sector (fun () -> seek_hole t.store sector)
