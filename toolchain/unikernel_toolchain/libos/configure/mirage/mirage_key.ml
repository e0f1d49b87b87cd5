module Arg = struct
  include Functoria_key.Arg

  let ipv4_address = Mirage_key_arg.ipv4_address
  let ipv4 = Mirage_key_arg.ipv4
  let ipv6 = Mirage_key_arg.ipv6
  let ipv6_prefix = Mirage_key_arg.ipv6_prefix
end

include (Functoria_key : Functoria.KEY with module Arg := Functoria_key.Arg)

let variant = Mirage_key_arg.variant

(* {1 Making keys} *)

let mirage = "MIRAGE PARAMETERS"
let unikernel = "UNIKERNEL PARAMETERS"
let ocaml = "OCAML PARAMETERS"

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

(* The same of a key that has no group. *)
let only name converter ~docv ~doc =
  let make _ default = option ~docv ~doc converter default name in
  shared make ?group:None

(* {1 Targets} *)

type mode_unix = [ `Unix | `MacOSX ]
type mode_xen = [ `Xen | `Qubes ]
type mode_solo5 = [ `Hvt | `Spt | `Virtio | `Muen | `Genode ]
type mode = [ mode_unix | mode_xen | mode_solo5 ]

let targets =
  [
    ("unix", "Unix", `Unix);
    ("macosx", "MacOSX", `MacOSX);
    ("xen", "Xen", `Xen);
    ("qubes", "Qubes", `Qubes);
    ("virtio", "Virtio", `Virtio);
    ("hvt", "Hvt", `Hvt);
    ("spt", "Spt", `Spt);
    ("muen", "Muen", `Muen);
    ("genode", "Genode", `Genode);
  ]

let pp_target ppf target =
  let name, _, _ = List.find (fun (_, _, mode) -> mode = target) targets in
  Fmt.string ppf name

let read_target text : (mode, _) result =
  let refused why = Error (`Msg (Fmt.str "it is no target here; %s" why)) in
  match text with
  | "unix" -> Ok `Unix
  | "virtio" -> Ok `Virtio
  | "xen" -> Ok `Xen
  | "hvt" | "ukvm" -> refused "virtio serves it, a virtual machine: -t virtio"
  | "spt" -> refused "unix serves it, a sandboxed process: -t unix"
  | "macosx" -> refused "unix serves it, on Linux: -t unix"
  | "qubes" -> refused "of Xen there is xen, without the services of Qubes: -t xen"
  | _ -> refused "there are unix, virtio and xen"

let target =
  let serialize ppf target =
    let _, constructor, _ = List.find (fun (_, _, mode) -> mode = target) targets in
    Fmt.pf ppf "`%s" constructor
  in
  let mode =
    Arg.conv ~conv:(Cmdliner.Arg.conv (read_target, pp_target)) ~serialize
      ~runtime_conv:"Cmdliner.Arg.string"
  in
  let doc = "What the unikernel runs on: unix, virtio or xen." in
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
  configure_flag "target_debug" "g" ~doc:"Accepted, and without effect: what a debugger wants is always beside the image."

let no_depext =
  configure_flag "no_depext" "no-depext" ~doc:"Accepted, and without effect: packages of the distribution are not installed here."

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
  let policies =
    [
      ("next-fit", "Next_fit", `Next_fit);
      ("first-fit", "First_fit", `First_fit);
      ("best-fit", "Best_fit", `Best_fit);
    ]
  in
  let policy = variant policies ~runtime_conv:"Mirage_runtime.Arg.allocation_policy" in
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

let choice name converter default ~docv ~doc =
  shared (fun in_group () ->
      option ~stage:`Configure ~docv ~doc converter default (in_group name))

let kv_ro =
  let kinds =
    [
      ("fat", "Fat", `Fat);
      ("archive", "Archive", `Archive);
      ("crunch", "Crunch", `Crunch);
      ("direct", "Direct", `Direct);
    ]
  in
  choice "kv_ro" (variant kinds) `Crunch ~docv:"KV_RO"
    ~doc:"Where files are read from: fat, archive, crunch or direct."

let block =
  let kinds =
    [
      ("xenstore", "XenstoreId", `XenstoreId);
      ("file", "BlockFile", `BlockFile);
      ("ramdisk", "Ramdisk", `Ramdisk);
    ]
  in
  choice "block" (variant kinds) `Ramdisk ~docv:"BLOCK"
    ~doc:"What a block device is: xenstore, file or ramdisk."

let prng =
  let kinds =
    [
      ("stdlib", "Stdlib", `Stdlib);
      ("nocrypto", "Nocrypto", `Nocrypto);
      ("fortuna", "Nocrypto", `Nocrypto);
    ]
  in
  option ~stage:`Configure ~docv:"PRNG" (variant kinds) `Stdlib "prng"
    ~doc:"Accepted, and without effect: Fortuna is always used."

(* {1 Networks} *)

let dhcp =
  choice "dhcp" Arg.bool false ~docv:"BOOL" ~doc:"Have a DHCP server give the IPv4 address."

let net =
  let kinds = [ ("socket", "Socket", `Socket); ("direct", "Direct", `Direct) ] in
  choice "net"
    (Arg.some (variant kinds))
    None ~docv:"NET" ~doc:"Which network stack: socket or direct."

let grouped name converter ~docv ~doc =
  shared (fun in_group default -> option ~docv ~doc converter default (in_group name))

let interface =
  grouped "interface" Arg.string ~docv:"INTERFACE" ~doc:"The network device to listen on."

module V4 = struct
  let network =
    grouped "ipv4" Arg.ipv4 ~docv:"IPV4"
      ~doc:"IPv4 address and the length of its network, as in 10.0.0.2/24."

  let gateway =
    grouped "ipv4-gateway" Arg.(some ipv4_address) ~docv:"IPV4" ~doc:"The router of the network."

  let socket =
    grouped "socket" Arg.(some ipv4_address) ~docv:"IPV4"
      ~doc:"The IPv4 address that sockets are bound to; all if not given."

  let ips =
    grouped "ips" Arg.(list ipv4_address) ~docv:"IPS"
      ~doc:"The IPv4 addresses that sockets are bound to; 0.0.0.0 is all."
end

module V6 = struct
  let ips = grouped "ips" Arg.(list ipv6) ~docv:"IPS" ~doc:"IPv6 addresses."
  let netmasks = grouped "netmasks" Arg.(list ipv6_prefix) ~docv:"NETMASKS" ~doc:"IPv6 networks."
  let gateways = grouped "gateways" Arg.(list ipv6) ~docv:"GATEWAYS" ~doc:"IPv6 routers."
end

(* {1 Services} *)

let resolver =
  let find = only "resolver" Arg.ipv4_address ~docv:"RESOLVER" ~doc:"The DNS server." in
  fun ?(default = Ipaddr.V4.of_string_exn "91.239.100.100") () -> find default

let resolver_port =
  let find = only "resolver-port" Arg.int ~docv:"PORT" ~doc:"The port of the DNS server." in
  fun ?(default = 53) () -> find default

let syslog = only "syslog" Arg.(some ipv4_address) ~docv:"SYSLOG" ~doc:"The syslog server."

let syslog_port =
  only "syslog-port" Arg.(some int) ~docv:"PORT" ~doc:"The port of the syslog server."

let syslog_hostname =
  only "syslog-hostname" Arg.string ~docv:"NAME"
    ~doc:"What this host calls itself to the syslog server."

let logs =
  let doc = "Log levels: LEVEL, *:LEVEL or SOURCE:LEVEL, several with commas between." in
  let info =
    Arg.info ~docs:unikernel ~docv:"LEVELS" ~doc ~env:"MIRAGE_LOGS" [ "l"; "logs" ]
  in
  create "logs" (Arg.opt (Arg.list Mirage_key_arg.log_threshold) [] info)
