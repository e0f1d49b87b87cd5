open Ipaddr
include Functoria_runtime.Arg

let make of_string to_string =
  let read text = Result.map_error (fun (`Msg _ as message) -> message) (of_string text) in
  let print ppf value = Format.pp_print_string ppf (to_string value) in
  Cmdliner.Arg.conv (read, print)

module type S = sig
  type t

  val of_string : string -> (t, [ `Msg of string ]) result
  val to_string : t -> string
end

let of_module (type a) (module M : S with type t = a) = make M.of_string M.to_string
let ip = make of_string to_string
let ipv4_address = make V4.of_string V4.to_string
let ipv4 = make V4.Prefix.of_string V4.Prefix.to_string
let ipv6 = make V6.of_string V6.to_string
let ipv6_prefix = make V6.Prefix.of_string V6.Prefix.to_string

let log_threshold =
  let read text =
    match Log_levels.read text with
    | Ok (place, Some level) -> Ok (place, level)
    | Ok (_, None) -> Error (`Msg "quiet is no level here; app is the one that says least")
    | Error message -> Error (`Msg message)
  in
  make read (fun (place, level) -> Log_levels.print (place, Some level))

let allocation_policy =
  Cmdliner.Arg.enum
    [ ("next-fit", `Next_fit); ("first-fit", `First_fit); ("best-fit", `Best_fit) ]
