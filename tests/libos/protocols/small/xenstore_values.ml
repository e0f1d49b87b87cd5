(* packages: xenstore virtual-network *)

(* Permissions as xenstore writes them, and whatever else it may answer. *)

open Case
open Xs_protocol.ACL

let () =
  case "permissions" @@ fun () ->
  let acl = { owner = 0; other = NONE; acl = [ (5, READ); (65535, RDWR); (7, WRITE) ] } in
  equal String.escaped "written" "n0\000r5\000b65535\000w7" (to_string acl);
  check "read" (of_string (to_string acl) = Some acl);
  check "an owner alone" (of_string "b12" = Some { owner = 12; other = RDWR; acl = [] })

let () =
  case "what is none" @@ fun () ->
  List.iter
    (fun text -> check (String.escaped text) (of_string text = None))
    [
      ""; "\000"; "n"; "0"; "x0"; "n-1"; "n65536"; "n0x1"; "n1_0"; "n 1"; "n0\000"; "n0\000\000r1";
      "n99999999999999999999"; "n0,r5";
    ]

let () =
  case "letters" @@ fun () ->
  List.iter
    (fun perm -> check "letters" (perm_of_char (char_of_perm perm) = Some perm))
    [ NONE; READ; WRITE; RDWR ];
  check "no letter" (perm_of_char 'x' = None)

(* Nothing is raised, and what is read is written as it was. *)
let () =
  case "any text" @@ fun () ->
  let random = Random.State.make [| setting "STACK_SEED" 1 |] in
  let letters = "nrwb0123456789\000\000x-" in
  for _ = 1 to setting "STACK_FUZZ" 20_000 do
    let length = Random.State.int random 24 in
    let letter _ = letters.[Random.State.int random (String.length letters)] in
    let text = String.init length letter in
    match of_string text with
    | None -> ()
    | Some acl -> check (String.escaped text) (of_string (to_string acl) = Some acl)
  done

let () =
  case "tokens" @@ fun () ->
  let token = Xs_protocol.Token.of_string "a:b" in
  equal Fun.id "token" "a:b" (Xs_protocol.Token.to_string token)
