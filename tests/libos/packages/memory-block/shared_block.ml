type error = Mirage_block.error
type write_error = Mirage_block.write_error

let pp_error = Mirage_block.pp_error
let pp_write_error = Mirage_block.pp_write_error

type t = {
  base : Cstruct.t;
  own : (int, Cstruct.t) Hashtbl.t;  (* pages, by number *)
  info : Mirage_block.info;
  most_requests : int;
  mutable requests : int;
}

let page_bytes = 512

let create ?(read_write = true) ~sector_size ~most_requests base =
  let size_sectors = Int64.of_int (Cstruct.length base / sector_size) in
  let info = { Mirage_block.read_write; sector_size; size_sectors } in
  { base; own = Hashtbl.create 16; info; most_requests; requests = 0 }

let copy t =
  let own = Hashtbl.create 16 in
  Hashtbl.iter (fun n page -> Hashtbl.replace own n (Cstruct.append page Cstruct.empty)) t.own;
  { t with own; requests = 0 }

let size t = Int64.to_int t.info.size_sectors * t.info.sector_size

let seen t n =
  match Hashtbl.find_opt t.own n with
  | Some page -> page
  | None -> Cstruct.sub t.base (n * page_bytes) (min page_bytes (Cstruct.length t.base - (n * page_bytes)))

let owned t n =
  match Hashtbl.find_opt t.own n with
  | Some page -> page
  | None ->
      let page = Cstruct.append (seen t n) Cstruct.empty in
      Hashtbl.replace t.own n page;
      page

let byte t at = if at < size t then Cstruct.get_uint8 (seen t (at / page_bytes)) (at mod page_bytes) else 0

let patch t at bytes =
  String.iteri
    (fun i c ->
       let at = at + i in
       if at < size t then Cstruct.set_char (owned t (at / page_bytes)) (at mod page_bytes) c)
    bytes

let get_info t = Lwt.return t.info
let disconnect _ = Lwt.return_unit

(* Calls [f] for each page that buffers cover. *)
let each t sector buffers f =
  t.requests <- t.requests + 1;
  if t.requests > t.most_requests then failwith "a loop: too many requests";
  let whole buffer = Cstruct.length buffer mod t.info.sector_size = 0 in
  if not (List.for_all whole buffers) then failwith "a buffer is not of whole sectors";
  let start = Int64.to_int sector * t.info.sector_size in
  if Int64.compare sector 0L < 0 || start + Cstruct.lenv buffers > size t then
    failwith "a request leads out of the device";
  let one at buffer =
    for i = 0 to (Cstruct.length buffer / page_bytes) - 1 do
      f ((at / page_bytes) + i) (Cstruct.sub buffer (i * page_bytes) page_bytes)
    done;
    at + Cstruct.length buffer
  in
  ignore (List.fold_left one start buffers)

let read t sector buffers =
  each t sector buffers (fun n buffer -> Cstruct.blit (seen t n) 0 buffer 0 page_bytes);
  Lwt.return_ok ()

let write t sector buffers =
  if not t.info.read_write then Lwt.return_error `Is_read_only
  else begin
    each t sector buffers (fun n buffer -> Cstruct.blit buffer 0 (owned t n) 0 page_bytes);
    Lwt.return_ok ()
  end
