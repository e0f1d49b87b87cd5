(* What a domain of Xen's has besides, under mirage-xen's names: xenstore, event channels, grants. *)

open Lwt.Infix

let check what condition = if not condition then failwith what
let ms n = Int64.mul 1_000_000L (Int64.of_int n)

let said what promise =
  Lwt.catch
    (fun () -> promise () >|= fun _ -> "nothing")
    (fun problem -> Lwt.return (Printexc.to_string problem))
  >|= fun problem -> check (what ^ ": " ^ problem) (problem <> "nothing")

(* {1 Xenstore} *)

let fails_with problem access xs =
  Lwt.catch
    (fun () -> OS.Xs.immediate xs access >|= fun _ -> false)
    (fun raised -> Lwt.return (problem raised))

let missing = function Xs_protocol.Enoent _ -> true | _ -> false
let invalid = function Xs_protocol.Invalid -> true | _ -> false

let values xs =
  let binary = String.init 1000 (fun i -> Char.chr (i land 0xff)) in
  OS.Xs.(immediate xs (fun h -> write h "data/test/a" binary)) >>= fun () ->
  OS.Xs.(immediate xs (fun h -> read h "data/test/a")) >>= fun found ->
  check "binary" (found = binary);
  OS.Xs.(immediate xs (fun h -> mkdir h "data/test/b" >>= fun () -> read h "data/test/b"))
  >>= fun found ->
  check "made" (found = "");
  OS.Xs.(immediate xs (fun h -> directory h "data/test")) >>= fun names ->
  check "names" (List.sort compare names = [ "a"; "b" ]);
  OS.Xs.(immediate xs (fun h -> rm h "data/test/a")) >>= fun () ->
  fails_with missing (fun h -> OS.Xs.read h "data/test/a") xs >>= fun is ->
  check "removed" is;
  fails_with invalid (fun h -> OS.Xs.read h "data/\000") xs >>= fun is ->
  check "a NUL" is;
  fails_with invalid (fun h -> OS.Xs.read h "data//x") xs >>= fun is ->
  check "no path" is;
  let large = String.make 5000 'x' in
  said "large" (fun () -> OS.Xs.(immediate xs (fun h -> write h "data/test/a" large)))
  >>= fun () ->
  said "of a toolstack" (fun () -> OS.Xs.(immediate xs (fun h -> introduce h 1 1n 1)))

let permissions xs =
  OS.Xs.(immediate xs (fun h -> read h "domid")) >>= fun own ->
  let acl = { Xs_protocol.ACL.owner = int_of_string own; other = READ; acl = [ (0, RDWR) ] } in
  OS.Xs.(immediate xs (fun h -> setperms h "data/test" acl)) >>= fun () ->
  OS.Xs.(immediate xs (fun h -> getdomainpath h (int_of_string own))) >>= fun path ->
  OS.Xs.(immediate xs (fun h -> read h (path ^ "/domid"))) >|= fun again ->
  check "absolute" (again = own)

let transactions xs =
  let tries = ref 0 in
  let meddled h =
    incr tries;
    OS.Xs.read h "data/test/b" >>= fun before ->
    (if !tries = 1 then OS.Xs.(immediate xs (fun h -> write h "data/test/b" "other"))
     else Lwt.return ())
    >>= fun () ->
    OS.Xs.write h "data/test/b" (before ^ "+") >|= fun () -> before
  in
  OS.Xs.transaction xs meddled >>= fun before ->
  check "once more" (!tries = 2 && before = "other");
  said "failed" (fun () ->
      OS.Xs.(transaction xs (fun h -> write h "data/test/b" "no" >>= fun () -> Lwt.fail Exit)))
  >>= fun () ->
  OS.Xs.(immediate xs (fun h -> read h "data/test/b")) >|= fun now ->
  check "given up" (now = "other+")

let is value path h =
  Lwt.catch
    (fun () -> OS.Xs.read h path)
    (function Xs_protocol.Enoent _ -> Lwt.return "" | problem -> Lwt.fail problem)
  >>= fun now -> if now = value then Lwt.return now else Lwt.fail Xs_protocol.Eagain

let waits xs =
  let set path value after =
    OS.Time.sleep_ns (ms after) >>= fun () ->
    OS.Xs.(immediate xs (fun h -> write h path value))
  in
  let waiter path = OS.Xs.wait xs (is "3" path) in
  let paths = List.init 20 (fun i -> Printf.sprintf "data/test/wait%d" (i mod 4)) in
  Lwt.join
    [
      Lwt_list.iter_p (fun path -> waiter path >|= ignore) paths;
      Lwt_list.iter_s
        (fun path ->
           Lwt_list.iter_s (fun value -> set path value 20) [ "1"; "2"; "3" ])
        (List.sort_uniq compare paths);
    ]
  >>= fun () ->
  said "nothing to wait for" (fun () -> OS.Xs.wait xs (fun _ -> Lwt.fail Xs_protocol.Eagain))
  >>= fun () ->
  (* Watches are given back: more waits than there are watches. *)
  let again = List.init 200 (fun i -> i) in
  Lwt_list.iter_s (fun _ -> waiter "data/test/wait0" >|= ignore) again

(* {1 Event channels} *)

let events xs =
  OS.Xs.(immediate xs (fun h -> read h "domid")) >>= fun own ->
  let domain = int_of_string own and h = OS.Eventchn.init () in
  let here = OS.Eventchn.bind_unbound_port h domain in
  let there = OS.Eventchn.bind_interdomain h domain (OS.Eventchn.to_int here) in
  check "bound" (OS.Eventchn.is_valid here && OS.Eventchn.is_valid there);
  let rec heard count last =
    if count = 0 then Lwt.return ()
    else OS.Activations.after here last >>= fun event -> heard (count - 1) event
  in
  let rec told count =
    if count = 0 then Lwt.return ()
    else (
      OS.Eventchn.notify h there;
      OS.Time.sleep_ns (ms 5) >>= fun () -> told (count - 1))
  in
  Lwt.join [ heard 10 OS.Activations.program_start; told 12 ] >>= fun () ->
  OS.Eventchn.unbind h there;
  OS.Eventchn.unbind h here;
  check "unbound" (not (OS.Eventchn.is_valid here));
  said "unbound" (fun () -> OS.Activations.after here OS.Activations.program_start) >>= fun () ->
  (* Ports are given back: more than there are. *)
  for _ = 1 to 1000 do
    OS.Eventchn.unbind h (OS.Eventchn.bind_unbound_port h 0)
  done;
  said "no domain" (fun () -> Lwt.wrap (fun () -> OS.Eventchn.bind_unbound_port h 70_000))
  >>= fun () ->
  said "nobody's port" (fun () -> Lwt.wrap (fun () -> OS.Eventchn.bind_interdomain h 0 12345))

(* {1 Grants} *)

let grants () =
  for _ = 1 to 500 do
    let shared = OS.Xen.Export.share_pages_exn ~domid:0 ~count:4 ~writable:true in
    check "references" (List.length (OS.Xen.Export.refs shared) = 4);
    check "zeros" (Io_page.to_string (OS.Xen.Export.mapping shared) = String.make 16384 '\000');
    check "ended" (OS.Xen.Export.try_unshare ~release_refs:true shared = Ok ())
  done;
  check "a reference" (OS.Xen.Gntref.of_string "12x" = Error (`Msg "\"12x\" is no grant reference"));
  check "console" (OS.Xen.Gntref.to_int32 OS.Xen.console = 0l)

let start () =
  OS.Xs.make () >>= fun xs ->
  values xs >>= fun () ->
  permissions xs >>= fun () ->
  transactions xs >>= fun () ->
  print_endline "store passed";
  waits xs >>= fun () ->
  print_endline "waits passed";
  events xs >>= fun () ->
  print_endline "events passed";
  grants ();
  print_endline "grants passed";
  check "memory" ((OS.Memory.quick_stat ()).heap_words > 0);
  print_endline "all passed";
  OS.Time.sleep_ns (ms 500)
