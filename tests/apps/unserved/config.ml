open Mirage

(* What there is no counterpart to may stand in a config.ml, and is refused where it is chosen. *)
let what =
  let about = Key.Arg.info ~doc:"What is asked for." [ "what" ] in
  Key.(create "what" Arg.(opt ~stage:`Configure string "nothing" about))

let on typ device =
  let name = Functoria_app.Name.create (string_of_int (hash device)) ~prefix:"job" in
  impl
    (object
      inherit base_configurable
      method ty = typ @-> job
      method name = name
      method module_name = "Accepting.Make"
      method! connect _ _ _ = "return ()"
    end)
  $ device

let stack = static_ipv4_stack default_network

let jobs =
  [
    ("tls", on conduit (conduit_direct ~tls:true stack));
    ("syslog_tls", on syslog (syslog_tls stack (crunch "data")));
    ("httpaf", on http (httpaf_server (conduit_direct stack)));
    ("xenstore", on block (block_of_xenstore_id "51712"));
    ("qubesdb", on qubesdb default_qubesdb);
    ("qubes", on stackv4 (qubes_ipv4_stack default_network));
    ("trace", mprof_trace ~size:1000 ());
    ("folder", on kv_ro (crunch "no-such-folder"));
    ("written", on kv_rw (direct_kv_rw "data"));
    ("sockets", on stackv4 (socket_stackv4 [ Ipaddr.V4.any ]));
    ("system", on resolver resolver_unix_system);
  ]

let chosen = match_impl (Key.value what) jobs ~default:noop
let () = register "unserved" [ chosen ]
