open Lwt.Infix

module Reader (Kv : Mirage_kv.RO) = struct
  let fail e = Lwt.fail_with (Fmt.to_to_string Kv.pp_error e)
  let get kv path = Kv.get kv (Mirage_kv.Key.v path) >>= function Ok text -> Lwt.return text | Error e -> fail e

  let show name kv =
    get kv "greeting.txt" >>= fun greeting ->
    get kv "deep/note" >>= fun note ->
    Printf.printf "%s: %S %S\n" name greeting note;
    Kv.get kv (Mirage_kv.Key.v "absent") >>= (function
        | Error (`Not_found _) -> Lwt.return (Printf.printf "%s: absent is not found\n" name)
        | Error e -> fail e
        | Ok _ -> Lwt.return (Printf.printf "%s: FAILED\n" name))
    >>= fun () ->
    Kv.list kv Mirage_kv.Key.empty >>= function
    | Error e -> fail e
    | Ok entries ->
        let show (name, kind) = name ^ match kind with `Value -> "" | `Dictionary -> "/" in
        let names = List.sort compare (List.map show entries) in
        Lwt.return (Printf.printf "%s has %s\n" name (String.concat " " names))
end

module Main (A : Mirage_kv.RO) (B : Mirage_kv.RO) (C : Mirage_kv.RO) = struct
  module Crunched = Reader (A)
  module On_fat = Reader (B)
  module Any = Reader (C)

  let start a b c =
    Crunched.show "crunch" a >>= fun () ->
    On_fat.show "fat" b >>= fun () -> Any.show "any" c
end
