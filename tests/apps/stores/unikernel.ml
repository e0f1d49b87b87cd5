open Lwt.Infix
module Key = Mirage_kv.Key

module Main (Kv : Mirage_kv.RW) (_ : Mirage_clock.PCLOCK) (Other : Mirage_kv.RW) = struct
  let fail pp e = Lwt.fail_with (Fmt.to_to_string pp e)
  let written = function Ok () -> Lwt.return_unit | Error e -> fail Kv.pp_write_error e

  let start kv _clock (_ : Other.t) =
    let key = Key.(v "a" / "b") in
    Kv.set kv key "first" >>= written >>= fun () ->
    Kv.set kv key "second" >>= written >>= fun () ->
    Kv.set kv (Key.v "c") "third" >>= written >>= fun () ->
    Kv.get kv key >>= (function
        | Ok text -> Lwt.return (print_endline ("get " ^ text))
        | Error e -> fail Kv.pp_error e)
    >>= fun () ->
    Kv.last_modified kv key >>= (function
        | Ok (days, _) -> Lwt.return (Printf.printf "modified lately: %b\n" (days > 18_262))
        | Error e -> fail Kv.pp_error e)
    >>= fun () ->
    Kv.batch kv (fun kv -> Kv.remove kv key >>= written) >>= fun () ->
    Kv.exists kv key >>= function
    | Ok None -> Lwt.return (print_endline "removed")
    | Ok (Some _) -> Lwt.return (print_endline "FAILED: it is still there")
    | Error e -> fail Kv.pp_error e
end
