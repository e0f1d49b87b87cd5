(* packages: mirage-runtime functoria-runtime unikernel-keys *)

(* Functoria_runtime and Mirage_runtime as applications of MirageOS 3.9 write for them. *)

let checks = ref 0

let check what holds =
  incr checks;
  if not holds then (
    Printf.printf "%s does not hold\n" what;
    exit 1)

(* {1 Converters} *)

let read converter text = Cmdliner.Arg.conv_parser converter text
let print converter value = Format.asprintf "%a" (Cmdliner.Arg.conv_printer converter) value

let both_ways what converter texts =
  let same text =
    match read converter text with Ok value -> print converter value = text | Error _ -> false
  in
  List.iter (fun text -> check (what ^ " " ^ text) (same text)) texts

let refuses what converter texts =
  List.iter (fun text -> check (what ^ " " ^ text) (Result.is_error (read converter text))) texts

module Colour = struct
  type t = Red | Green

  let of_string = function
    | "red" -> Ok Red
    | "green" -> Ok Green
    | text -> Error (`Msg (text ^ " is no colour"))

  let to_string = function Red -> "red" | Green -> "green"
end

let converters () =
  let open Mirage_runtime.Arg in
  both_ways "ip" ip [ "10.0.0.2"; "fd00::2" ];
  both_ways "ipv4_address" ipv4_address [ "10.0.0.2" ];
  both_ways "ipv4" ipv4 [ "10.0.0.2/24"; "10.0.0.0/8" ];
  both_ways "ipv6" ipv6 [ "fd00::2" ];
  both_ways "ipv6_prefix" ipv6_prefix [ "fd00::2/64" ];
  both_ways "log_threshold" log_threshold [ "debug"; "tcp:info" ];
  both_ways "allocation_policy" allocation_policy [ "next-fit"; "first-fit"; "best-fit" ];
  let colour = of_module (module Colour) in
  both_ways "colour" colour [ "red"; "green" ];
  refuses "ipv4" ipv4 [ "10.0.0.2"; "10.0.0.2/33"; "fd00::2/64" ];
  refuses "log_threshold" log_threshold [ "loud"; "tcp:"; "quiet"; "tcp:quiet" ];
  refuses "allocation_policy" allocation_policy [ "worst-fit"; "" ];
  check "all" (read log_threshold "*:error" = Ok (`All, Logs.Error));
  check "reason" (read colour "blue" = Error (`Msg "blue is no colour"))

(* {1 Levels} *)

let source name = Logs.Src.create name

let levels () =
  let a = source "a" and b = source "b" and b2 = source "b" and other = source "other" in
  Mirage_runtime.set_level ~default:Logs.Info [ (`Src "b", Logs.Debug); (`Src "no", Logs.App) ];
  check "default" (Logs.level () = Some Info && Logs.Src.level a = Some Info);
  check "source" (Logs.Src.level b = Some Debug && Logs.Src.level b2 = Some Debug);
  Mirage_runtime.set_level ~default:Logs.Info [ (`Src "a", Logs.App); (`All, Logs.Error) ];
  check "all" (Logs.level () = Some Error && Logs.Src.level other = Some Error);
  check "all, but for one" (Logs.Src.level a = Some App)

(* {1 Keys} *)

let raises_early key =
  match Functoria_runtime.Key.get key with
  | _ -> false
  | exception Invalid_argument _ -> true

let keys () =
  let open Mirage_runtime in
  let info = Cmdliner.Arg.info in
  let hello = Key.create (Arg.opt Cmdliner.Arg.string "Hello" (info [ "hello" ])) in
  let port = Key.create (Arg.required Cmdliner.Arg.int (info [ "port" ])) in
  let host = Key.create (Arg.key ~default:"there" Cmdliner.Arg.string (info [ "host" ])) in
  let loud = Key.create (Arg.flag (info [ "loud"; "l" ])) in
  check "defaults" (Key.default hello = Some "Hello" && Key.default port = None);
  check "default of a flag" (Key.default loud = Some false);
  check "early" (raises_early hello && raises_early loud);
  let terms = [ Key.term hello; Key.term port; Key.term host; Key.term loud ] in
  with_argv terms "keys" [| "mirage"; "--port=7"; "-l"; "--hell"; "you" |];
  check "values" (Key.get hello = "you" && Key.get port = 7);
  check "more values" (Key.get host = "there" && Key.get loud);
  with_argv terms "keys" [| "mirage"; "--port=8"; "--nope" |];
  check "the second call" (Key.get port = 7)

let () =
  let info = { Mirage_info.name = "x"; libraries = []; packages = [ ("a", "1") ] } in
  check "info" ((info : Functoria_info.info).name = "x");
  converters ();
  levels ();
  keys ();
  Printf.printf "%d checks\n" !checks
