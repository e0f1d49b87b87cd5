open Lwt.Infix
module Reporter = Mirage_logs.Make (Pclock)

let disk = Logs.Src.create "disk"
let block = Logs.Tag.def "block" Format.pp_print_int

let start () =
  Logs.set_level (Some Logs.Info);
  let reporter = Reporter.create ~ch:stdout () in
  Reporter.run reporter (fun () ->
      Logs.info ~src:disk (fun m -> m "%d blocks read" 3);
      Logs.debug ~src:disk (fun m -> m "FAILED: below the level");
      let tags = Logs.Tag.(add block 7 empty) in
      Logs.err ~src:disk (fun m -> m ~header:"write" ~tags "failed");
      Lwt.return_unit)
  >>= fun () ->
  let quiet = Reporter.create ~ch:stdout ~ring_size:2 ~console_threshold:(fun _ -> Logs.Error) () in
  let fails () =
    for i = 1 to 3 do Logs.info ~src:disk (fun m -> m "FAILED: %d is older than the ring" i) done;
    Logs.info ~src:disk (fun m -> m "nearly");
    Logs.info ~src:disk (fun m -> m "kept");
    print_endline "run again: failed";
    Lwt.fail Exit
  in
  Lwt.catch (fun () -> Reporter.run quiet fails) (fun _ -> Lwt.return_unit)
