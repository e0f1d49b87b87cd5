module Reporter = Mirage_logs.Make (Pclock)

let start ?(default = Logs.Info) () =
  Logs.set_level (Some default);
  Reporter.set_reporter (Reporter.create ());
  let doc =
    "Log levels: LEVEL, *:LEVEL or SOURCE:LEVEL, several with commas between; info if not \
     given."
  in
  let levels = Boot_converters.list Log_converters.level in
  let info =
    Boot_keys.info ~docs:"UNIKERNEL PARAMETERS" ~docv:"LEVELS" ~doc ~env:"MIRAGE_LOGS"
      [ "l"; "logs" ]
  in
  let key = Boot_keys.opt levels [] info in
  Boot_keys.check (fun () -> Ok (Log_levels.set (Boot_keys.get key)))
