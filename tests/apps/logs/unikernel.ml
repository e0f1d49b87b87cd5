let disk = Logs.Src.create "disk" ~doc:"What the disk does"
let net = Logs.Src.create "net" ~doc:"What the network does"

module Disk = (val Logs.src_log disk : Logs.LOG)
module Net = (val Logs.src_log net : Logs.LOG)

module Main (Clock : Mirage_clock.PCLOCK) = struct
  let start _clock =
    Disk.debug (fun m -> m "disk debugs");
    Disk.info (fun m -> m "disk informs");
    Disk.warn (fun m -> m "disk warns");
    Net.debug (fun m -> m "net debugs");
    Net.err (fun m -> m ~header:"eth0" "net fails");
    Logs.app (fun m -> m "for the user");
    Logs.info (fun m -> m "root informs");
    Lwt.return_unit
end
