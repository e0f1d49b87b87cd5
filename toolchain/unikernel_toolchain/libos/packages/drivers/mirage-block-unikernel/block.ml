(* Requests looked over, cut into pieces that the device takes, and put together again. *)

module Device = Block_device
module Request = Mirage_block_request

type error = [ Mirage_block.error | `Invalid_argument | `Unspecified_error ]
type write_error = [ error | `Is_read_only ]

let pp_write_error ppf = function
  | #Mirage_block.write_error as e -> Mirage_block.pp_write_error ppf e
  | `Invalid_argument ->
      Format.pp_print_string ppf
        "buffers are not of whole sectors, or lie outside the block device"
  | `Unspecified_error -> Format.pp_print_string ppf "the block device failed"

let pp_error ppf (e : error) = pp_write_error ppf (e :> write_error)

type t = { device : Device.t; mutable is_open : bool }

(* A device is acquired once, however often it is connected to. *)
let acquired : (string, Device.t) Hashtbl.t = Hashtbl.create 4

let device name =
  match Hashtbl.find_opt acquired name with
  | Some device -> device
  | None ->
      let device = Device.acquire name in
      Hashtbl.add acquired name device;
      device

let connect name =
  match device name with
  | device -> Lwt.return { device; is_open = true }
  | exception Failure why ->
      Lwt.fail_with ("Block.connect \"" ^ String.escaped name ^ "\": " ^ why ^ ".")

let disconnect t =
  t.is_open <- false;
  Device.idle t.device

let get_info t = Lwt.return (Device.look t.device)

(* {1 Pieces} *)

let fits t buffers =
  Cstruct.lenv buffers <= Device.request_bytes t.device
  && List.compare_length_with buffers (Device.request_parts t.device) <= 0

(* Takes buffers until a limit of the device is reached, the last cut where it exceeds it;
   what is left follows in the next piece. All are of whole sectors, as is the limit. *)
let rec piece taken bytes parts = function
  | buffer :: rest when bytes > 0 && parts > 0 ->
      let length = Cstruct.length buffer in
      if length <= bytes then piece (buffer :: taken) (bytes - length) (parts - 1) rest
      else
        let head, tail = Cstruct.split buffer bytes in
        (List.rev (head :: taken), tail :: rest)
  | rest -> (List.rev taken, rest)

let rec pieces t sector buffers =
  if buffers = [] then []
  else
    let bytes = Device.request_bytes t.device and parts = Device.request_parts t.device in
    let head, rest = piece [] bytes parts buffers in
    let next = sector + (Cstruct.lenv head / (Device.info t.device).sector_size) in
    (sector, head) :: pieces t next rest

let all promises = Lwt.map (List.for_all Fun.id) (Lwt.all promises)

let transfer t operation sector buffers =
  let submit (sector, buffers) = Device.submit t.device operation sector buffers in
  if fits t buffers then submit (sector, buffers)
  else all (List.map submit (pieces t sector buffers))

(* {1 The interface} *)

(* A device whose disk was taken away is disconnected until another is in. What was
   connected before goes on with that one, but never without having been told once: who
   knows of a file system there knows of another disk's. *)

let has_disk (info : Mirage_block.info) = info.size_sectors > 0L

(* Why a request that has this problem, or none, is not begun. The size may be another than
   when it was last looked at. *)
let refusal t problem =
  let fits info = has_disk info && problem info = None in
  if (not t.is_open) || Device.was_away t.device then Some `Disconnected
  else if fits (Device.info t.device) then None
  else
    let info = Device.look t.device in
    if not (has_disk info) then Some `Disconnected
    else if fits info then None
    else Some `Invalid_argument

let outcome t done_ =
  if done_ then Ok ()
  else if has_disk (Device.look t.device) then Error `Unspecified_error
  else Error `Disconnected

let is_empty buffer = Cstruct.length buffer = 0

let request t operation sector buffers =
  match refusal t (fun info -> Request.problem info sector buffers) with
  | Some error -> Lwt.return_error error
  | None ->
      let buffers =
        if List.exists is_empty buffers then
          List.filter (fun buffer -> not (is_empty buffer)) buffers
        else buffers
      in
      if buffers = [] then Lwt.return_ok ()
      else Lwt.map (outcome t) (transfer t operation (Int64.to_int sector) buffers)

let read t sector buffers = request t Device.Read sector buffers
let is_read_only t = not (Device.info t.device).read_write

let write t sector buffers =
  if t.is_open && is_read_only t then Lwt.return_error `Is_read_only
  else request t Device.Write sector buffers

let flush t =
  match refusal t (fun _ -> None) with
  | Some error -> Lwt.return_error error
  | None -> Lwt.map (outcome t) (Device.submit t.device Device.Flush 0 [])

(* One after the other: a device may take few sectors at once. *)
let rec discard_all device sector left =
  if left = 0 then Lwt.return_true
  else
    let sectors = Int.min left (Device.discard_sectors device) in
    Lwt.bind (Device.submit device (Device.Discard sectors) sector []) (fun done_ ->
        if done_ then discard_all device (sector + sectors) (left - sectors)
        else Lwt.return_false)

let discard t sector sectors =
  if t.is_open && is_read_only t then Lwt.return_error `Is_read_only
  else if t.is_open && Device.discard_sectors t.device = 0 then
    Lwt.return_error `Unimplemented
  else
    match refusal t (fun info -> Request.range_problem info sector sectors) with
    | Some error -> Lwt.return_error error
    | None ->
        let first = Int64.to_int sector and count = Int64.to_int sectors in
        Lwt.map (outcome t) (discard_all t.device first count)

let seek t sector found =
  match refusal t (fun info -> Request.range_problem info sector 0L) with
  | Some error -> Lwt.return_error error
  | None -> Lwt.return_ok found

let seek_mapped t sector = seek t sector sector
let seek_unmapped t sector = seek t sector (Device.info t.device).size_sectors
