(* packages: fat-filesystem memory-block fat-simulation virtual-network *)

(* Guests that are killed while they write to FAT. The device has written some requests whole and
   of the next any of its sectors; then it is connected anew. What was acknowledged must be
   there, as it was, and fsck.fat must find nothing worse than clusters that belong to nothing. *)

module Fs = Fat.FS (Memory_block)
module Steps = Fat_steps.Make (Fs)

let run = Memory_block.run

let killed base writes steps =
  let whole = Seeded_runs.below (Array.length writes + 1) in
  let device = Memory_block.copy base in
  Array.iteri (fun i write -> if i < whole then Memory_block.apply device write ~only:(fun _ -> true)) writes;
  if whole < Array.length writes then
    Memory_block.apply device writes.(whole) ~only:(fun _ -> Seeded_runs.chance 50);
  Fat_check.harmless "killed" (Memory_block.content device);
  let fs = run (Fs.connect device) in
  Steps.check fs steps ~moment:whole;
  Fat_check.sound "connected" (Memory_block.content device);
  Steps.afterwards fs;
  Steps.check fs steps ~moment:whole;
  Fat_check.sound "afterwards" (Memory_block.content device)

let kills_a_run = 8

let one () =
  let base = Memory_block.of_content (Seeded_runs.pick (Lazy.force Fat_check.fresh)) in
  let device = Memory_block.copy base in
  let fs = run (Fs.connect device) in
  Memory_block.record device;
  let written _ = Memory_block.recorded device in
  let steps = Steps.steps ~written fs (5 + Seeded_runs.below 30) in
  let writes = Memory_block.writes device in
  Fat_check.sound "not killed" (Memory_block.content device);
  for _ = 1 to kills_a_run do
    killed base writes steps
  done

let () =
  Seeded_runs.all ~default:25 "guests killed eight times" one;
  Seeded_runs.reached [ "clusters of nothing"; "tables that differ"; "a chain longer than its file" ]
