module type S = sig
  val say : string -> unit
end

module Loud = struct
  let start = Lwt.return_unit
  let say text = print_endline (String.uppercase_ascii text)
end

module Quiet = struct
  let start = Lwt.return_unit
  let say text = print_endline ("(" ^ text ^ ")")
end
