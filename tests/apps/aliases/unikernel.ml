open Lwt.Infix

(* Names for the interfaces, as larger applications have them: an alias, and a signature that
   includes one. *)
module type RANDOM = Mirage_random.S

module type OUTPUT = sig
  include Mirage_console.S
end

module Make (Random : RANDOM) (Output : OUTPUT) = struct
  module Text = struct
    let length buffer = Cstruct.len buffer
    let of_random n = Cstruct.to_string (Random.generate n)
  end

  let ( >>|= ) promise f = promise >|= Result.map f

  let start _random output =
    let buffer = Cstruct.of_string "twelve bytes" in
    let text = Printf.sprintf "length %d, random %d" (Text.length buffer) (String.length (Text.of_random 5)) in
    (Output.write output (Cstruct.of_string (text ^ "\n")) >>|= fun () -> "written") >>= function
    | Ok word -> Output.log output word
    | Error e -> Lwt.fail_with (Format.asprintf "%a" Output.pp_write_error e)
end
