open Lwt.Infix

module Main (C : Mirage_console.S) (D : Mirage_console.S) = struct
  (* A line may come in several pieces. Ends with one that has the letter q. *)
  let rec copy c before =
    C.read c >>= function
    | Ok `Eof -> Lwt.return_unit
    | Error e -> Lwt.fail_with (Fmt.to_to_string C.pp_error e)
    | Ok (`Data bytes) -> lines c (before ^ Cstruct.to_string bytes)

  and lines c text =
    match String.index_opt text '\n' with
    | None -> copy c text
    | Some index ->
        let line = String.sub text 0 index in
        let rest = String.sub text (index + 1) (String.length text - index - 1) in
        C.write c (Cstruct.of_string ("echo " ^ line ^ "\n")) >>= fun _ ->
        if String.contains line 'q' then Lwt.return_unit else lines c rest

  let start c d =
    C.log c "one console" >>= fun () ->
    D.log d "and another" >>= fun () -> copy c ""
end
