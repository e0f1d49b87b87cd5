(* Asks the resolver 10.9.0.1 for each word of a line that comes to port 53, and answers
   with a line each: the name's address, or why there is none. A word is a name, tcp/ and a
   name, or told/ and a name: that asks the servers that the network tells of. *)
open Lwt.Infix
module T = Stack.TCPV4
module Names = Dns_client_mirage.Make (Random_unikernel) (OS.Time) (Mclock) (Stack)

let resolver = Ipaddr.V4.of_string_exn "10.9.0.1"

let look_up names word =
  let nameserver =
    match Filename.dirname word with
    | "told" -> None
    | "tcp" -> Some (`TCP, (resolver, 53))
    | _ -> Some (`UDP, (resolver, 53))
  in
  let name = Domain_name.host_exn (Domain_name.of_string_exn (Filename.basename word)) in
  Names.gethostbyname names ?nameserver name >|= function
  | Ok address -> Ipaddr.V4.to_string address
  | Error (`Msg why) -> why

let answer names flow =
  T.read flow >>= function
  | Ok `Eof | Error _ -> T.close flow
  | Ok (`Data line) ->
      let words = String.split_on_char ' ' (String.trim (Cstruct.to_string line)) in
      Lwt_list.map_s (look_up names) words >>= fun answers ->
      T.write flow (Cstruct.of_string (String.concat "\n" answers)) >>= fun _ ->
      T.close flow

let start stack =
  let names = Names.create stack in
  Stack.listen_tcpv4 stack ~port:53 (answer names);
  print_endline "serving on 10.9.0.2";
  Stack.listen stack
