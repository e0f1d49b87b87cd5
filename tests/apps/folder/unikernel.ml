open Lwt.Infix

module Main (Kv : Mirage_kv.RO) = struct
  let start kv =
    Kv.get kv (Mirage_kv.Key.v "page.html") >>= function
    | Ok text -> Lwt.return (print_string text)
    | Error e -> Lwt.fail_with (Fmt.to_to_string Kv.pp_error e)
end
