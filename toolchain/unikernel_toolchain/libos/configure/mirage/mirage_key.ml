module Arg = struct
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
end

include (Functoria_key : Functoria.KEY with module Arg := Functoria_key.Arg)

(* {1 Making keys} *)

let mirage = "MIRAGE PARAMETERS"
let unikernel = "UNIKERNEL PARAMETERS"
let ocaml = "OCAML PARAMETERS"

(* A choice that is made when configuring: nothing reads it at boot. *)
let configured_choice ~serialize ?docs ?docv ?env ~doc choices default names name =
  let choice =
    Arg.conv ~conv:(Cmdliner.Arg.enum choices) ~serialize ~runtime_conv:"Cmdliner.Arg.string"
  in
  create name (Arg.opt ~stage:`Configure choice default (Arg.info ?docs ?docv ?env ~doc names))

let option ?stage ?(docs = unikernel) ?docv ~doc converter default name =
  create name (Arg.opt ?stage converter default (Arg.info ~docs ?docv ~doc [ name ]))

let in_group group name =
  match group with None | Some "" -> name | Some group -> group ^ "-" ^ name

(* Two keys of one name are refused, unless they are one: who asks twice for the same key,
   as two devices do that share a network, is given it twice. *)
let shared make =
  let known = Hashtbl.create 7 in
  fun ?group default ->
    match Hashtbl.find_opt known (group, default) with
    | Some key -> key
    | None ->
        let key = make (in_group group) default in
        Hashtbl.add known (group, default) key;
        key

(* {1 Targets} *)

type mode_unix = [ `Unix | `MacOSX ]
type mode_xen = [ `Xen | `Qubes ]
type mode_solo5 = [ `Hvt | `Spt | `Virtio | `Muen | `Genode ]
type mode = [ mode_unix | mode_xen | mode_solo5 ]

let targets =
  [
    ("unix", `Unix);
    ("macosx", `MacOSX);
    ("xen", `Xen);
    ("qubes", `Qubes);
    ("virtio", `Virtio);
    ("hvt", `Hvt);
    ("spt", `Spt);
    ("muen", `Muen);
    ("genode", `Genode);
  ]

let pp_target ppf target =
  Fmt.string ppf (fst (List.find (fun (_, mode) -> mode = target) targets))

let served : mode -> (mode, string) result = function
  | (`Unix | `Virtio) as mode -> Ok mode
  | `Hvt -> Error "virtio serves it: -t virtio, a virtual machine"
  | `Spt -> Error "unix serves it: -t unix, a sandboxed process"
  | `MacOSX -> Error "unix serves it on Linux: -t unix"
  | `Xen | `Qubes | `Muen | `Genode -> Error "there are unix and virtio"

let read_target text =
  let name = if text = "ukvm" then "hvt" else text in
  match List.assoc_opt name targets with
  | None -> Error (`Msg (Fmt.str "No target is %s; there are unix and virtio." text))
  | Some mode ->
      let refused why = `Msg (Fmt.str "%s is no target here; %s." text why) in
      Result.map_error refused (served mode)

let target =
  let serialize ppf mode =
    let constructors =
      [ (`Unix, "Unix"); (`MacOSX, "MacOSX"); (`Xen, "Xen"); (`Qubes, "Qubes");
        (`Virtio, "Virtio"); (`Hvt, "Hvt"); (`Spt, "Spt"); (`Muen, "Muen");
        (`Genode, "Genode") ]
    in
    Fmt.pf ppf "`%s" (List.assoc mode constructors)
  in
  let mode =
    Arg.conv ~conv:(Cmdliner.Arg.conv (read_target, pp_target)) ~serialize
      ~runtime_conv:"Cmdliner.Arg.string"
  in
  let doc = "Target platform to compile the unikernel for: unix or virtio." in
  let info = Arg.info ~docs:mirage ~docv:"TARGET" ~doc ~env:"MODE" [ "t"; "target" ] in
  create "target" (Arg.opt ~stage:`Configure mode `Unix info)

let target_is modes = map (fun mode -> List.mem mode modes) (value target)
let is_unix = target_is [ `Unix; `MacOSX ]
let is_xen = target_is [ `Xen; `Qubes ]
let is_solo5 = target_is [ `Hvt; `Spt; `Virtio; `Muen; `Genode ]

(* {1 Configuring} *)

let configure_flag name option ~doc =
  create name (Arg.flag ~stage:`Configure (Arg.info ~docs:mirage ~doc [ option ]))

let warn_error = configure_flag "warn_error" "warn-error" ~doc:"Have warnings be errors."

let target_debug =
  configure_flag "target_debug" "g" ~doc:"Build with the debugging support of the target."

let no_depext =
  configure_flag "no_depext" "no-depext" ~doc:"Leave out the packages of the distribution."

let tracing_size =
  let make _ default =
    let doc = "Size of the ring buffer of traces, in bytes." in
    let info = Arg.info ~docs:mirage ~docv:"BYTES" ~doc [ "tracing-size" ] in
    create "tracing_size" (Arg.opt ~stage:`Configure Arg.int default info)
  in
  shared make ?group:None

(* {1 OCaml's runtime} *)

let ocaml_boolean name default ~doc =
  option ~docs:ocaml ~docv:"BOOL" ~doc Arg.bool default name

let backtrace = ocaml_boolean "backtrace" true ~doc:"Have exceptions tell where they are from."

let randomize_hashtables =
  ocaml_boolean "randomize-hashtables" true ~doc:"Have hash tables differ at every boot."

let allocation_policy =
  let serialize ppf policy =
    Fmt.string ppf
      (match policy with
       | `Next_fit -> "`Next_fit"
       | `First_fit -> "`First_fit"
       | `Best_fit -> "`Best_fit")
  in
  let policy =
    Arg.conv ~conv:Mirage_runtime.Arg.allocation_policy ~serialize
      ~runtime_conv:(Arg.at_boot "allocation_policy")
  in
  option ~docs:ocaml ~docv:"ALLOCATION" policy `Next_fit "allocation-policy"
    ~doc:"How the major heap is allocated: next-fit, first-fit or best-fit."

let collector name ~docv ~doc = option ~docs:ocaml ~docv ~doc Arg.(some int) None name

let minor_heap_size =
  collector "minor-heap-size" ~docv:"WORDS" ~doc:"Size of the minor heap, in words."

let major_heap_increment =
  collector "major-heap-increment" ~docv:"WORDS"
    ~doc:"What the major heap grows by: up to 1,000 in percent, above in words."

let space_overhead =
  collector "space-overhead" ~docv:"PERCENT"
    ~doc:"Garbage that may wait for the major collection, in percent of what is alive."

let max_space_overhead =
  collector "max-space-overhead" ~docv:"PERCENT"
    ~doc:"Free memory of the heap, in percent, at which it is compacted."

let gc_verbosity =
  collector "gc-verbosity" ~docv:"MASK" ~doc:"What the collector reports, a sum of bits."

let gc_window_size =
  collector "gc-window-size" ~docv:"SLICES"
    ~doc:"Slices over which the major collection smooths its work, 1 to 50."

let custom_major_ratio =
  collector "custom-major-ratio" ~docv:"PERCENT"
    ~doc:"Memory outside the heap, in percent of the major heap, that speeds up collection."

let custom_minor_ratio =
  collector "custom-minor-ratio" ~docv:"PERCENT"
    ~doc:"The same of young values, in percent of the minor heap."

let custom_minor_max_size =
  collector "custom-minor-max-size" ~docv:"BYTES"
    ~doc:"Memory outside the heap up to which a value counts as young."

(* {1 Storage} *)

let kv_ro =
  let serialize ppf kind =
    Fmt.string ppf
      (match kind with
       | `Archive -> "`Archive"
       | `Crunch -> "`Crunch"
       | `Direct -> "`Direct"
       | `Fat -> "`Fat")
  in
  let choices =
    [ ("fat", `Fat); ("archive", `Archive); ("crunch", `Crunch); ("direct", `Direct) ]
  in
  let make in_group () =
    let name = in_group "kv_ro" in
    configured_choice ~serialize ~docs:unikernel ~docv:"KV_RO" choices `Crunch [ name ] name
      ~doc:"Where files are read from: fat, archive, crunch or direct."
  in
  shared make

let block =
  let serialize ppf kind =
    Fmt.string ppf
      (match kind with
       | `XenstoreId -> "`XenstoreId"
       | `BlockFile -> "`BlockFile"
       | `Ramdisk -> "`Ramdisk")
  in
  let choices = [ ("xenstore", `XenstoreId); ("file", `BlockFile); ("ramdisk", `Ramdisk) ] in
  let make in_group () =
    let name = in_group "block" in
    configured_choice ~serialize ~docs:unikernel ~docv:"BLOCK" choices `Ramdisk [ name ] name
      ~doc:"What a block device is: xenstore, file or ramdisk."
  in
  shared make

let prng =
  let serialize ppf kind =
    Fmt.string ppf (match kind with `Stdlib -> "`Stdlib" | `Nocrypto -> "`Nocrypto")
  in
  configured_choice ~serialize ~docs:unikernel ~docv:"PRNG"
    [ ("stdlib", `Stdlib); ("nocrypto", `Nocrypto); ("fortuna", `Nocrypto) ]
    `Stdlib [ "prng" ] "prng" ~doc:"Accepted, and without effect: Fortuna is always used."

(* {1 Networks} *)

let dhcp =
  let make in_group () =
    option ~stage:`Configure ~docv:"BOOL" ~doc:"Have a DHCP server give the IPv4 address."
      Arg.bool false (in_group "dhcp")
  in
  shared make

let net =
  let serialize ppf kind =
    Fmt.string ppf (match kind with `Direct -> "`Direct" | `Socket -> "`Socket")
  in
  let kind =
    Arg.conv
      ~conv:(Cmdliner.Arg.enum [ ("socket", `Socket); ("direct", `Direct) ])
      ~serialize ~runtime_conv:"Cmdliner.Arg.string"
  in
  let make in_group () =
    option ~stage:`Configure ~docv:"NET" ~doc:"Which network stack: socket or direct."
      (Arg.some kind) None (in_group "net")
  in
  shared make

let interface =
  let make in_group default =
    option ~docv:"INTERFACE" ~doc:"The network device to listen on." Arg.string default
      (in_group "interface")
  in
  shared make

module V4 = struct
  let network =
    let make in_group default =
      option ~docv:"IPV4" Arg.ipv4 default (in_group "ipv4")
        ~doc:"IPv4 address and the length of its network, as in 10.0.0.2/24."
    in
    shared make

  let gateway =
    let make in_group default =
      option ~docv:"IPV4" ~doc:"The router of the network." Arg.(some ipv4_address) default
        (in_group "ipv4-gateway")
    in
    shared make

  let socket =
    let make in_group default =
      option ~docv:"IPV4" ~doc:"The IPv4 address that sockets are bound to; all if not given."
        Arg.(some ipv4_address) default (in_group "socket")
    in
    shared make

  let ips =
    let make in_group default =
      option ~docv:"IPS" ~doc:"The IPv4 addresses that sockets are bound to; 0.0.0.0 is all."
        Arg.(list ipv4_address) default (in_group "ips")
    in
    shared make
end

module V6 = struct
  let list ~docv ~doc converter name =
    let make in_group default =
      option ~docv ~doc (Arg.list converter) default (in_group name)
    in
    shared make

  let ips = list ~docv:"IPS" ~doc:"IPv6 addresses." Arg.ipv6 "ips"
  let netmasks = list ~docv:"NETMASKS" ~doc:"IPv6 networks." Arg.ipv6_prefix "netmasks"
  let gateways = list ~docv:"GATEWAYS" ~doc:"IPv6 routers." Arg.ipv6 "gateways"
end

(* {1 Services} *)

let default_resolver = Ipaddr.V4.of_string_exn "91.239.100.100"

let resolver =
  let make _ default =
    option ~docv:"RESOLVER" ~doc:"The DNS server." Arg.ipv4_address default "resolver"
  in
  let find = shared make ?group:None in
  fun ?(default = default_resolver) () -> find default

let resolver_port =
  let make _ default =
    option ~docv:"PORT" ~doc:"The port of the DNS server." Arg.int default "resolver-port"
  in
  let find = shared make ?group:None in
  fun ?(default = 53) () -> find default

let syslog =
  let make _ default =
    option ~docv:"SYSLOG" ~doc:"The syslog server." Arg.(some ipv4_address) default "syslog"
  in
  shared make ?group:None

let syslog_port =
  let make _ default =
    option ~docv:"PORT" ~doc:"The port of the syslog server." Arg.(some int) default "syslog-port"
  in
  shared make ?group:None

let syslog_hostname =
  let make _ default =
    option ~docv:"NAME" ~doc:"What this host calls itself to the syslog server." Arg.string
      default "syslog-hostname"
  in
  shared make ?group:None

let logs =
  let serialize_source ppf = function
    | `All -> Fmt.string ppf "`All"
    | `Src name -> Fmt.pf ppf "`Src %S" name
  in
  let level = function
    | Logs.App -> "Logs.App"
    | Logs.Error -> "Logs.Error"
    | Logs.Warning -> "Logs.Warning"
    | Logs.Info -> "Logs.Info"
    | Logs.Debug -> "Logs.Debug"
  in
  let serialize ppf (source, threshold) =
    Fmt.pf ppf "(%a, %s)" serialize_source source (level threshold)
  in
  let threshold =
    Arg.conv ~conv:Mirage_runtime.Arg.log_threshold ~serialize
      ~runtime_conv:(Arg.at_boot "log_threshold")
  in
  let doc = "Log levels: LEVEL, *:LEVEL or SOURCE:LEVEL, several with commas between." in
  let info =
    Arg.info ~docs:unikernel ~docv:"LEVELS" ~doc ~env:"MIRAGE_LOGS" [ "l"; "logs" ]
  in
  create "logs" (Arg.opt (Arg.list threshold) [] info)
