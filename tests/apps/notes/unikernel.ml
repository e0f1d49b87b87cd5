open Lwt.Infix
module Key = Mirage_kv.Key

module Main (Kv : Mirage_kv.RW) = struct
  let start kv =
    Kv.get kv (Key.v "old") >>= function
    | Error e -> Lwt.fail_with (Fmt.to_to_string Kv.pp_error e)
    | Ok text -> (
        Kv.set kv Key.(v "copies" / "new") (String.uppercase_ascii text) >>= function
        | Error e -> Lwt.fail_with (Fmt.to_to_string Kv.pp_write_error e)
        | Ok () -> Lwt.return (print_endline "copied"))
end
