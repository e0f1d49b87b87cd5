open Lwt.Infix

module Main (C : Mirage_console.S) (D : Mirage_console.S) = struct
  (* Ends at the letter q. *)
  let rec copy c =
    C.read c >>= function
    | Ok `Eof -> Lwt.return_unit
    | Error e -> Lwt.fail_with (Fmt.to_to_string C.pp_error e)
    | Ok (`Data bytes) ->
        C.write c (Cstruct.append (Cstruct.of_string "echo ") bytes) >>= fun _ ->
        if String.contains (Cstruct.to_string bytes) 'q' then Lwt.return_unit else copy c

  let start c d =
    C.log c "one console" >>= fun () ->
    D.log d "and another" >>= fun () -> copy c
end
