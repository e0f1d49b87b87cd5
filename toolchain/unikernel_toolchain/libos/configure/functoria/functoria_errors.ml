module Misc = Functoria_misc
module Origin = Functoria_origin

let sentence = function
  | Failure said | Invalid_argument said | Sys_error said -> said
  | Stack_overflow -> "this calls itself without an end"
  | exn ->
      Printf.sprintf "this raised the exception %s, and nothing caught it"
        (Printexc.to_string exn)

let lines exn backtrace =
  let place, said =
    match exn with
    | Misc.Refused said -> (None, said)
    | Origin.Wrong (place, said) -> (place, "Error: " ^ said)
    | exn -> (Origin.of_backtrace backtrace, "Error: " ^ sentence exn)
  in
  Option.to_list place @ [ said ]

let is_asked () =
  match Functoria_command_line.of_arguments Sys.argv with
  | _ -> true
  | exception Misc.Refused _ -> false

let nothing = "config.ml registers no application: end it with register \"name\" [ main ]."

let watch ~is_registered =
  if is_asked () then (
    Printexc.record_backtrace true;
    Printexc.set_uncaught_exception_handler (fun exn backtrace ->
        Functoria_stage.forget ();
        List.iter prerr_endline (lines exn backtrace));
    at_exit (fun () -> if not (is_registered ()) then failwith nothing))
