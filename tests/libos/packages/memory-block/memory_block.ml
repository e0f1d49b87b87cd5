(* A block device in memory that is strict where real ones are lenient: a request that breaks the
   contract of Mirage_block.S raises, so that a file system is caught at it. It can fail after so
   many requests, and records writes, newest first, to be applied again in part: a power cut. *)

type error = Mirage_block.error
type write_error = Mirage_block.write_error

let pp_error = Mirage_block.pp_error
let pp_write_error = Mirage_block.pp_write_error

type write = {
  sector : int;
  data : string;
}

type t = {
  bytes : Cstruct.t;
  info : Mirage_block.info;
  mutable left : int;
  mutable requests : int;
  mutable read_bytes : int;
  mutable recording : bool;
  mutable writes : write list;
}

let over bytes sector_size read_write =
  let size_sectors = Int64.of_int (Cstruct.length bytes / sector_size) in
  let info = { Mirage_block.read_write; sector_size; size_sectors } in
  { bytes; info; left = max_int; requests = 0; read_bytes = 0; recording = false; writes = [] }

let create ?(sector_size = 512) ?(read_write = true) size =
  over (Cstruct.create (size / sector_size * sector_size)) sector_size read_write

let of_content ?(sector_size = 512) ?read_write text =
  let sectors = (String.length text + sector_size - 1) / sector_size in
  let t = create ~sector_size ?read_write (sectors * sector_size) in
  Cstruct.blit_from_string text 0 t.bytes 0 (String.length text);
  t

let content t = Cstruct.to_string t.bytes
let copy t = over (Cstruct.of_string (content t)) t.info.sector_size t.info.read_write
let fail_after t n = t.left <- n
let requests t = t.requests
let read_bytes t = t.read_bytes
let record t = t.recording <- true
let recorded t = List.length t.writes
let writes t = Array.of_list (List.rev t.writes)
let get_info t = Lwt.return t.info
let disconnect t = Lwt.return (t.left <- 0)

(* The interface's contract is checked here: whole sectors, inside of the device. *)
let requested t sector buffers =
  t.requests <- t.requests + 1;
  t.left <- t.left - 1;
  let whole buffer = Cstruct.length buffer mod t.info.sector_size = 0 in
  if not (List.for_all whole buffers) then failwith "a buffer is not of whole sectors";
  let start = Int64.to_int sector * t.info.sector_size in
  if start < 0 || start + Cstruct.lenv buffers > Cstruct.length t.bytes then
    failwith "a request leads out of the device";
  start

let each buffers start f =
  let one at buffer =
    f at buffer;
    at + Cstruct.length buffer
  in
  ignore (List.fold_left one start buffers)

let read t sector buffers =
  let start = requested t sector buffers in
  if t.left < 0 then Lwt.return_error `Disconnected
  else begin
    t.read_bytes <- t.read_bytes + Cstruct.lenv buffers;
    each buffers start (fun at buffer -> Cstruct.blit t.bytes at buffer 0 (Cstruct.length buffer));
    Lwt.return_ok ()
  end

let write t sector buffers =
  let start = requested t sector buffers in
  if t.left < 0 then Lwt.return_error `Disconnected
  else if not t.info.read_write then Lwt.return_error `Is_read_only
  else begin
    if t.recording then
      t.writes <- { sector = Int64.to_int sector; data = Cstruct.copyv buffers } :: t.writes;
    each buffers start (fun at buffer -> Cstruct.blit buffer 0 t.bytes at (Cstruct.length buffer));
    Lwt.return_ok ()
  end

let apply t write ~only =
  let size = t.info.sector_size in
  for i = 0 to (String.length write.data / size) - 1 do
    if only i then Cstruct.blit_from_string write.data (i * size) t.bytes ((write.sector + i) * size) size
  done

let run promise =
  match Lwt.state promise with
  | Return value -> value
  | Fail exn -> raise exn
  | Sleep -> failwith "a promise waits for nobody"
