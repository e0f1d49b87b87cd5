(* packages: randomconv io-page macaddr-cstruct macaddr-sexp parse-argv mirage-profile mirage-bootvar unikernel-cstruct mirage-types-lwt *)

(* Small packages that applications of MirageOS 3.9 name. *)

let checks = ref 0

let check what holds =
  incr checks;
  if not holds then (
    Printf.printf "%s does not hold\n" what;
    exit 1)

let raises what expected f =
  match f () with
  | _ -> check what false
  | exception exn -> check what (expected exn)

let is_invalid_argument = function Invalid_argument _ -> true | _ -> false

(* {1 Numbers} *)

let state = Random.State.make [| 7 |]
let random n = Cstruct.of_string (String.init n (fun _ -> Char.chr (Random.State.int state 256)))
let constant byte n = Cstruct.of_string (String.make n (Char.chr byte))

let is_even_over bound counts draws =
  let expected = draws / bound in
  Array.for_all (fun count -> abs (count - expected) < expected / 5) counts

(* Where the remainder of a byte were taken, the numbers below 76 would come one and a half
   times as often. *)
let numbers_are_even bound =
  let draws = bound * 2_000 in
  let counts = Array.make bound 0 in
  for _ = 1 to draws do
    let number = Randomconv.int ~bound random in
    counts.(number) <- counts.(number) + 1
  done;
  check "even numbers" (is_even_over bound counts draws)

let numbers () =
  List.iter numbers_are_even [ 1; 2; 3; 180; 256; 257 ];
  check "int8" (Randomconv.int8 (constant 0xff) = 255);
  check "int16" (Randomconv.int16 (constant 0xff) = 65535);
  check "int32" (Randomconv.int32 (constant 0xff) = -1l);
  check "int64" (Randomconv.int64 (constant 0x80) = 0x8080808080808080L);
  for _ = 1 to 1000 do
    let number = Randomconv.int random in
    check "int" (number >= 0 && number < max_int);
    let part = Randomconv.float ~bound:3. random in
    check "float" (part >= 0. && part < 3.)
  done;
  check "float below" (Randomconv.float (constant 0xff) < 1.);
  List.iter
    (fun bound ->
       raises "bound" is_invalid_argument (fun () -> Randomconv.int ~bound random))
    [ 0; -1; min_int ]

(* {1 Pages} *)

let is_aligned page = Nativeint.rem (Io_page.get_addr page) 4096n = 0n

let pages () =
  List.iter
    (fun count ->
       let page = Io_page.get count in
       check "aligned" (is_aligned page && Io_page.length page = count * 4096);
       check "by number"
         (Nativeint.mul (Io_page.get_page page) 4096n = Io_page.get_addr page))
    [ 1; 2; 7; 64 ];
  check "order" (Io_page.length (Io_page.get_order 3) = 8 * 4096);
  check "pages" (List.for_all is_aligned (Io_page.pages 5) && Io_page.pages 0 = []);
  check "pages of an order" (List.length (Io_page.pages_order 2) = 4);
  let two = Io_page.get 2 in
  Io_page.string_blit "abc" 1 two 4096 2;
  (match Io_page.to_pages two with
   | [ _; second ] -> check "the same memory" (String.sub (Io_page.to_string second) 0 2 = "bc")
   | _ -> check "two pages" false);
  let copy = Io_page.get 2 in
  Io_page.blit two copy;
  check "blit" (Io_page.to_string copy = Io_page.to_string two);
  let buffer = Io_page.to_cstruct two in
  check "there and back" (Io_page.get_addr (Io_page.of_cstruct_exn buffer) = Io_page.get_addr two);
  raises "aligned" (( = ) Io_page.Buffer_is_not_page_aligned) (fun () ->
      Io_page.of_cstruct_exn (Cstruct.shift buffer 1));
  raises "whole" (( = ) Io_page.Buffer_not_multiple_of_page_size) (fun () ->
      Io_page.of_cstruct_exn (Cstruct.sub buffer 0 5000));
  check "get_buf" (Cstruct.length (Io_page.get_buf ~n:3 ()) = 3 * 4096);
  check "rounded" (List.map Io_page.round_to_page_size [ 0; 1; 4096; 4097 ] = [ 0; 4096; 4096; 8192 ]);
  List.iter (fun n -> raises "get" is_invalid_argument (fun () -> Io_page.get n)) [ 0; -1; max_int ];
  raises "string_blit" is_invalid_argument (fun () -> Io_page.string_blit "abc" 0 two 8190 3)

(* {1 MAC addresses} *)

let addresses () =
  let mac = Macaddr.of_string_exn "02:00:00:00:00:2a" in
  let buffer = Cstruct.append (Macaddr_cstruct.to_cstruct mac) (Cstruct.of_string "rest") in
  check "first six bytes" (Macaddr_cstruct.of_cstruct buffer = Ok mac);
  check "too short"
    (match Macaddr_cstruct.of_cstruct (Cstruct.create 5) with Error (`Msg _) -> true | Ok _ -> false);
  let is_parse_error = function Macaddr.Parse_error _ -> true | _ -> false in
  raises "no room" is_parse_error (fun () ->
      Macaddr_cstruct.write_cstruct_exn mac (Cstruct.create 5));
  check "sexp" (Macaddr_sexp.(t_of_sexp (sexp_of_t mac)) = mac);
  let is_sexp_error = function Sexplib0.Sexp.Of_sexp_error _ -> true | _ -> false in
  raises "no address" is_sexp_error (fun () -> Macaddr_sexp.t_of_sexp (Atom "02:00"));
  raises "a list" is_sexp_error (fun () -> Macaddr_sexp.t_of_sexp (List []))

(* {1 Words} *)

let words () =
  let parses text words = check text (Parse_argv.parse text = Ok words) in
  parses "" [];
  parses "  a  b\tc\n" [ "a"; "b"; "c" ];
  parses {|a"b c"d 'e "f' "" g\ h|} [ "ab cd"; {|e "f|}; ""; "g h" ];
  parses {|"a\"b\\c" '\'|} [ {|a"b\c|}; {|\|} ];
  let fails text = check text (Result.is_error (Parse_argv.parse text)) in
  List.iter fails [ {|"a|}; "'a"; {|a\|}; {|"a\|} ];
  match Lwt.state (Bootvar.argv ()) with
  | Lwt.Return words -> check "argv" (words.(0) = "mirage" && Array.length words = Array.length Sys.argv)
  | _ -> check "argv" false

(* {1 Names that are gone} *)

(* Records and signatures of the older names are those of the newer. *)
module type SAME = sig
  val stats : Mirage_net_lwt.stats
  val network : (module Mirage_net_lwt.S)
  val config : Mirage_protocols_lwt.ipv4_config
  val keepalive : Mirage_protocols_lwt.Keepalive.t
end

module Is_same (M : SAME) : sig
  val stats : Mirage_net.stats
  val network : (module Mirage_net.S)
  val config : Mirage_protocols.ipv4_config
  val keepalive : Mirage_protocols.Keepalive.t
end =
  M

module Over_newer (T : Mirage_protocols.TCPV4) = struct
  type t = T.flow
end

module Over_older (T : Mirage_protocols_lwt.TCPV4) = Over_newer (T)

module Older (T : Mirage_types_lwt.TCPV4) (B : Mirage_types.BLOCK) (C : Mirage_types_lwt.CHANNEL) =
struct
  module Tcp = Over_newer (T)
  module Block : Mirage_block.S = B
  module Channel : Mirage_channel.S = C
end
[@@alert "-deprecated"]

let names () =
  let open Older_names in
  let buffer = Cstruct.of_string "abcdef" in
  check "len" (Cstruct.len buffer = 6);
  check "set_len" (Cstruct.to_string (Cstruct.set_len buffer 2) = "ab");
  check "add_len" (Cstruct.to_string (Cstruct.add_len (Cstruct.sub buffer 1 2) 2) = "bcde");
  raises "set_len" is_invalid_argument (fun () -> Cstruct.set_len buffer 7);
  let bytes = Bytes.make 4 '.' in
  Cstruct.blit_to_string buffer 1 bytes 1 2;
  check "blit_to_string" (Bytes.to_string bytes = ".bc.");
  let open MProf in
  Trace.label "here";
  Trace.note_hiatus Wait_for_work;
  let promise, resolver = Trace.named_wait "promise" in
  Lwt.wakeup resolver 3;
  check "named_wait" (Lwt.state promise = Return 3);
  let counter = Counter.create ~init:3 ~name:"counter" () in
  Counter.increase counter 4;
  check "counter" (Counter.value counter = 7 && Counter.(value (make ~name:"x")) = 0)

let () =
  numbers ();
  pages ();
  addresses ();
  words ();
  names ();
  Printf.printf "%d checks\n" !checks
