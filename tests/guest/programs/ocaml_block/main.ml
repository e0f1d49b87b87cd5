(* Two block devices, the first writable and of zeros, the second read-only: what may be
   asked of them and what not, many requests at once, and what is left after disconnect. *)

open Lwt.Infix

let check what holds = print_endline ((if holds then "ok: " else "WRONG: ") ^ what)

let check_that what promise = promise >|= fun holds -> check what holds

let pattern ~sector length =
  let byte i = Char.chr ((i + (i / 512 * 7) + (sector * 13)) land 255) in
  Cstruct.of_string (String.init length byte)

let is_refused pp = function
  | Ok () -> false
  | Error e -> Fmt.to_to_string pp e = "buffers are not of whole sectors, or lie outside the block device"

let is_disconnected = function Error `Disconnected -> true | _ -> false
let is_read_only = function Error `Is_read_only -> true | _ -> false

(* Each at a place of its own, all begun before one is waited for. *)
let many disk ~size ~count =
  let place i = Int64.of_int (64 + (i * 37 mod count * size / 512)) in
  let data i = pattern ~sector:i size in
  let write i = Block.write disk (place i) [ data i ] >|= fun result -> result = Ok () in
  let read i =
    let buffer = Cstruct.create size in
    Block.read disk (place i) [ buffer ] >|= fun result ->
    result = Ok () && Cstruct.equal buffer (data i)
  in
  let all each = Lwt.all (List.init count each) >|= List.for_all Fun.id in
  check_that "many written" (all write) >>= fun () -> check_that "many read" (all read)

(* More bytes and more buffers than a device takes at once, some of them empty. *)
let long disk =
  let data = List.init 700 (fun i -> pattern ~sector:i (512 * (i mod 3))) in
  let big = pattern ~sector:9 (9 lsl 20) in
  let buffers = List.map (fun d -> Cstruct.create (Cstruct.length d)) data in
  let copy = Cstruct.create (Cstruct.length big) in
  check_that "long written" (Block.write disk 5L (data @ [ big ]) >|= ( = ) (Ok ())) >>= fun () ->
  check_that "long read" (Block.read disk 5L (buffers @ [ copy ]) >|= ( = ) (Ok ())) >|= fun () ->
  check "buffer by buffer" (List.for_all2 Cstruct.equal data buffers && Cstruct.equal big copy)

let wrong disk (info : Mirage_block.info) =
  let one = Cstruct.create 512 and size = info.size_sectors in
  let refused sector buffers = Block.read disk sector buffers >|= is_refused Block.pp_error in
  check_that "behind the end" (refused size [ one ]) >>= fun () ->
  check_that "across the end" (refused (Int64.pred size) [ one; one ]) >>= fun () ->
  check_that "before the beginning" (refused (-1L) [ one ]) >>= fun () ->
  check_that "far away" (refused Int64.max_int [ one ]) >>= fun () ->
  check_that "part of a sector" (refused 0L [ Cstruct.create 511 ]) >>= fun () ->
  check_that "nothing" (Block.read disk 0L [] >|= ( = ) (Ok ()))

let ended disk =
  let write = Block.write disk 0L [ Cstruct.create 512 ] in
  Block.disconnect disk >>= fun () ->
  check "disconnect waits" (Lwt.state write = Lwt.Return (Ok ()));
  check_that "no reads" (Block.read disk 0L [] >|= is_disconnected) >>= fun () ->
  check_that "no writes" (Block.write disk 0L [] >|= is_disconnected) >>= fun () ->
  check_that "no flush" (Block.flush disk >|= is_disconnected) >>= fun () ->
  Block.connect "a" >>= fun disk ->
  check_that "connected again" (Block.read disk 0L [ Cstruct.create 512 ] >|= ( = ) (Ok ()))

let read_only disk =
  let one = Cstruct.create 512 in
  check_that "read" (Block.read disk 0L [ one ] >|= ( = ) (Ok ())) >>= fun () ->
  check_that "not written" (Block.write disk 0L [ one ] >|= is_read_only) >>= fun () ->
  check_that "not discarded" (Block.discard disk 0L 1L >|= is_read_only) >>= fun () ->
  check_that "flushed" (Block.flush disk >|= ( = ) (Ok ()))

let describe name disk =
  Block.get_info disk >|= fun (info : Mirage_block.info) ->
  print_endline
    (String.concat " "
       [
         name;
         Int64.to_string info.size_sectors;
         string_of_int info.sector_size;
         string_of_bool info.read_write;
       ]);
  info

let start (a : Block.t) (b : Block.t) =
  describe "a" a >>= fun info ->
  describe "b" b >>= fun _ ->
  many a ~size:512 ~count:300 >>= fun () ->
  many a ~size:4096 ~count:64 >>= fun () ->
  long a >>= fun () ->
  wrong a info >>= fun () ->
  check_that "flushed" (Block.flush a >|= ( = ) (Ok ())) >>= fun () ->
  check_that "discarded" (Block.discard a 8L 100L >|= ( = ) (Ok ())) >>= fun () ->
  read_only b >>= fun () ->
  Lwt.catch
    (fun () -> Block.connect "c" >|= fun _ -> check "no third" false)
    (fun e ->
       check "no third" (match e with Failure _ -> true | _ -> false);
       Lwt.return_unit)
  >>= fun () ->
  ended a >|= fun () -> print_endline "done"
