(* packages: fat-filesystem memory-block fat-simulation virtual-network *)

(* An image that a killed guest has left: fsck.fat finds nothing worse than a kill explains, and
   nothing at all when it was connected. *)

module Fs = Fat.FS (Memory_block)

let contents path =
  let channel = open_in_bin path in
  Fun.protect
    ~finally:(fun () -> close_in channel)
    (fun () -> really_input_string channel (in_channel_length channel))

let () =
  let image = contents Sys.argv.(1) in
  Fat_check.harmless "killed" image;
  let device = Memory_block.of_content image in
  ignore (Memory_block.run (Fs.connect device));
  Fat_check.sound "connected" (Memory_block.content device)
