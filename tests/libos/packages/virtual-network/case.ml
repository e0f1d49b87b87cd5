let failed = ref 0

let case name run =
  match run () with
  | () -> Printf.printf "ok      %s\n%!" name
  | exception e ->
      incr failed;
      Printf.printf "FAILED  %s: %s\n%s%!" name (Printexc.to_string e)
        (Printexc.get_backtrace ())

let () =
  Printexc.record_backtrace true;
  at_exit (fun () -> if !failed > 0 then exit 1)

let check what condition = if not condition then failwith what

let equal show what expected found =
  if expected <> found then
    failwith
      (Printf.sprintf "%s: expected %s, found %s" what (show expected) (show found))

let hex text = Cstruct.of_hex text

let equal_bytes what expected found =
  equal Fun.id what (Format.asprintf "%a" Cstruct.hexdump_pp expected)
    (Format.asprintf "%a" Cstruct.hexdump_pp found)

let setting name default =
  match Sys.getenv_opt name with Some n -> int_of_string n | None -> default
