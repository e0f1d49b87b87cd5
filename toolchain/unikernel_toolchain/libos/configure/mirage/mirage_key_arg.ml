include Functoria_key.Arg

(* The boot-time converters have the same names in the guest. *)
let at_boot name = "Mirage_runtime.Arg." ^ name

let of_constructor constructor to_string ppf value =
  Fmt.pf ppf "(%s %S)" constructor (to_string value)

let ipv4_address =
  conv ~conv:Mirage_runtime.Arg.ipv4_address ~runtime_conv:(at_boot "ipv4_address")
    ~serialize:(of_constructor "Ipaddr.V4.of_string_exn" Ipaddr.V4.to_string)

let ipv4 =
  conv ~conv:Mirage_runtime.Arg.ipv4 ~runtime_conv:(at_boot "ipv4")
    ~serialize:(of_constructor "Ipaddr.V4.Prefix.of_string_exn" Ipaddr.V4.Prefix.to_string)

let ipv6 =
  conv ~conv:Mirage_runtime.Arg.ipv6 ~runtime_conv:(at_boot "ipv6")
    ~serialize:(of_constructor "Ipaddr.V6.of_string_exn" Ipaddr.V6.to_string)

let ipv6_prefix =
  conv ~conv:Mirage_runtime.Arg.ipv6_prefix ~runtime_conv:(at_boot "ipv6_prefix")
    ~serialize:(of_constructor "Ipaddr.V6.Prefix.of_string_exn" Ipaddr.V6.Prefix.to_string)

let variant ?(runtime_conv = "Cmdliner.Arg.string") choices =
  let texts = List.map (fun (text, _, value) -> (text, value)) choices in
  let serialize ppf value =
    let _, constructor, _ = List.find (fun (_, _, other) -> other = value) choices in
    Fmt.pf ppf "`%s" constructor
  in
  conv ~conv:(Cmdliner.Arg.enum texts) ~serialize ~runtime_conv

let log_threshold =
  let source ppf = function
    | `All -> Fmt.string ppf "`All"
    | `Src name -> Fmt.pf ppf "`Src %S" name
  in
  let level = function
    | Logs.App -> "App"
    | Logs.Error -> "Error"
    | Logs.Warning -> "Warning"
    | Logs.Info -> "Info"
    | Logs.Debug -> "Debug"
  in
  let serialize ppf (of_source, threshold) =
    Fmt.pf ppf "(%a, Logs.%s)" source of_source (level threshold)
  in
  conv ~conv:Mirage_runtime.Arg.log_threshold ~serialize ~runtime_conv:(at_boot "log_threshold")
