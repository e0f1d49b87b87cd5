(* packages: fat-filesystem memory-block virtual-network *)

(* FAT over a device that can be flushed: when it is. *)

open Case

let run = Memory_block.run

module Flushed = struct
  include Memory_block

  let flushes = ref 0

  let flush t =
    incr flushes;
    Lwt_result.map_error (fun _ -> `Disconnected) (Memory_block.read t 0L [])
end

module Durable = Fat.Durable_FS (Flushed)

(* Each change ends in a flush with [sync], and nothing is flushed twice. *)
let flushes () =
  let size = 4 lsl 20 in
  let device = Memory_block.create size in
  let counted what least most f =
    let before = !Flushed.flushes in
    (match run (f ()) with
     | Ok _ -> ()
     | Error e -> failwith (Format.asprintf "%s: %a" what Durable.pp_write_error e));
    let many = !Flushed.flushes - before in
    if many < least || many > most then failwith (Printf.sprintf "%s: %d flushes" what many)
  in
  counted "format" 2 6 (fun () -> Durable.format device (Int64.of_int size));
  let fs = run (Durable.connect device) in
  let bytes n = Cstruct.create n in
  counted "create" 1 1 (fun () -> Durable.create fs "a");
  counted "a first write" 2 2 (fun () -> Durable.write fs "a" 0 (bytes 5000));
  counted "an overwriting one" 1 1 (fun () -> Durable.write fs "a" 0 (bytes 5000));
  counted "reading" 0 0 (fun () -> Lwt_result.map_error (fun e -> (e :> Durable.write_error)) (Durable.read fs "a" 0 9));
  counted "mkdir" 2 2 (fun () -> Durable.mkdir fs "d");
  counted "removal" 2 2 (fun () -> Durable.destroy fs "a");
  counted "nothing to do" 0 0 (fun () -> Durable.sync fs);
  let fs = run (Durable.connect ~sync:false device) in
  counted "create, later" 0 0 (fun () -> Durable.create fs "a");
  counted "overwriting, later" 0 1 (fun () -> Durable.write fs "a" 0 (bytes 10));
  counted "sync" 1 1 (fun () -> Durable.sync fs);
  counted "create, once more" 0 0 (fun () -> Durable.create fs "b");
  Memory_block.fail_after device 0;
  (match run (Durable.sync fs) with
   | Error (`Block_write `Disconnected) -> ()
   | _ -> failwith "a flush that failed");
  let read_only = Memory_block.of_content ~read_write:false (Memory_block.content device) in
  counted "a read-only device" 0 0 (fun () -> Lwt.map Result.ok (Durable.connect read_only))

let () = case "flushes" flushes
