(* packages: fat-filesystem block-simulation fat-simulation virtual-network *)

(* Cuts of the power while a guest writes to FAT over a device that can be flushed. Of what was
   written since the last flush each sector is as it was, or as some write had it, in no order;
   then the file system is connected anew, and in some runs the power is cut while what was left
   behind is put in order. What was acknowledged must be there, as it was, and fsck.fat must find
   nothing worse than after a kill. *)

module Fs = Fat.Durable_FS (Cut_block)
module Steps = Fat_steps.Make (Fs)

let run = Memory_block.run
let sector_size = 512
let text device = Bytes.to_string (Cut_block.contents device)

(* Some moments of all that a device has gone through. At some the program alone is killed, and
   the device goes on to have in its cache what was not flushed. *)
let some_cuts device many f =
  let events = Cut_block.events device in
  let chosen = List.init many (fun _ -> Seeded_runs.below (events + 1)) in
  Cut_block.images device (fun moment image ->
      if List.mem moment chosen then
        let cut how image = Cut_block.cut ~sector_size ~below:Seeded_runs.below how image in
        match Seeded_runs.below 5 with
        | 0 -> f moment (image ())
        | 1 -> f moment (cut Nothing_kept (image ()))
        | 2 -> f moment (cut All_kept (image ()))
        | _ -> f moment (cut Any (image ())))

let rec cut ~again steps moment image =
  let device () = Cut_block.of_image ~sector_size image in
  let first = device () in
  Fat_check.harmless "cut" (text first);
  let fs = run (Fs.connect first) in
  Steps.check fs steps ~moment;
  Fat_check.sound "connected" (text first);
  Steps.afterwards fs;
  Steps.check fs steps ~moment;
  Fat_check.sound "afterwards" (text first);
  if again && Seeded_runs.chance 30 then begin
    Seeded_runs.reach "a cut after a cut";
    let second = device () in
    ignore (run (Fs.connect second));
    some_cuts second 1 (fun _ image -> cut ~again:false steps moment image)
  end

let cuts_a_run = 8

let one () =
  let base = Seeded_runs.pick (Lazy.force Fat_check.fresh) in
  let device = Cut_block.of_bytes ~sector_size (Bytes.of_string base) in
  let sync = Seeded_runs.chance 60 in
  let fs = run (Fs.connect ~sync device) in
  (* What has failed was not flushed, and is no longer checked when the next change is. *)
  let written succeeded =
    if not (sync && succeeded) then assert (run (Fs.sync fs) = Ok ());
    Cut_block.events device
  in
  let steps = Steps.steps ~written fs (5 + Seeded_runs.below 30) in
  Fat_check.sound "not cut" (text device);
  some_cuts device cuts_a_run (cut ~again:true steps);
  Case.check "what a block device is asked" (Cut_block.misuse device = None)

let () =
  Seeded_runs.all ~default:25 "guests whose power is cut eight times" one;
  Seeded_runs.reached
    [ "clusters of nothing"; "tables that differ"; "a chain longer than its file"; "a cut after a cut" ]
