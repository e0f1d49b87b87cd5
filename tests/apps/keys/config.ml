open Mirage

let key name arg = Key.create name arg
let about ?docs ?docv ?env name = Key.Arg.info ?docs ?docv ?env ~doc:("The key " ^ name ^ ".") [ name ]

(* Every converter. *)
let text = key "text" Key.Arg.(opt string "plain" (about "text"))
let truth = key "truth" Key.Arg.(opt bool false (about "truth"))
let number = key "number" Key.Arg.(opt int 7 (about ~docv:"N" "number"))
let numbers = key "numbers" Key.Arg.(opt (list int) [ 1; 2 ] (about "numbers"))
let perhaps = key "perhaps" Key.Arg.(opt (some string) None (about "perhaps"))
let host = key "host" Key.Arg.(opt ipv4_address Ipaddr.V4.localhost (about "host"))

let network4 =
  key "network4" Key.Arg.(opt ipv4 (Ipaddr.V4.Prefix.of_string_exn "10.1.2.3/16") (about "network4"))

let host6 = key "host6" Key.Arg.(opt ipv6 Ipaddr.V6.localhost (about "host6"))

let network6 =
  key "network6"
    Key.Arg.(opt ipv6_prefix (Ipaddr.V6.Prefix.of_string_exn "fd00::/64") (about "network6"))

let on = key "on" Key.Arg.(flag (about "on"))
let must = key "must" Key.Arg.(required string (about "must"))

(* A converter of its own, which boot knows by an expression of Cmdliner's. *)
let colour =
  let choices = [ ("red", `Red); ("blue", `Blue) ] in
  let serialize ppf c = Fmt.string ppf (match c with `Red -> "`Red" | `Blue -> "`Blue") in
  let runtime_conv = {|(Cmdliner.Arg.enum [ ("red", `Red); ("blue", `Blue) ])|} in
  Key.Arg.conv ~conv:(Cmdliner.Arg.enum choices) ~serialize ~runtime_conv

let paint = key "paint" Key.Arg.(opt colour `Red (about "paint"))

(* Every stage. *)
let fixed = key "fixed" Key.Arg.(opt ~stage:`Configure string "unset" (about "fixed"))
let late = key "late-one" Key.Arg.(opt ~stage:`Run int 1 (about ~docs:"LATE" "late-one"))
let from_env = key "from_env" Key.Arg.(opt string "nothing" (about ~env:"FROM_ENV" "from-env"))

(* A short name, a long one, and an alias that sets two keys. *)
let short = key "short" Key.Arg.(opt int 0 (Key.Arg.info ~doc:"Short." [ "s"; "short" ]))

let loud =
  let about = Key.Arg.info ~doc:"Loud." [ "loud" ] in
  Key.alias "loud"
    Key.Alias.(
      flag about
      |> add fixed (fun it -> if it then Some "LOUD" else None)
      |> add truth (fun it -> if it then Some true else None))

let keys =
  Key.
    [
      abstract text; abstract truth; abstract number; abstract numbers; abstract perhaps;
      abstract host; abstract network4; abstract host6; abstract network6; abstract on;
      abstract must; abstract paint; abstract fixed; abstract late; abstract from_env;
      abstract short; abstract loud;
    ]

let main = foreign ~keys ~packages:[ package "ipaddr" ] "Unikernel.Main" (time @-> job)
let () = register "keys" [ main $ default_time ]
