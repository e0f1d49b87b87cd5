(* 4 is unikernel.h's UK_MILESTONE_START. *)
let prelude =
  {|external milestone : int -> unit = "uk_ocaml_milestone" [@@noalloc]
let begins () = milestone 4
|}

let started call = Printf.sprintf "begins (); %s" call

let run (result : Shape.result) call =
  match result with
  | Direct -> Printf.sprintf "let () = %s\n" call
  | Lwt -> Printf.sprintf "let () = OS.Main.run (%s)\n" call

let argument index (device : Devices.t) =
  match device.value with Unit -> "()" | Connected _ -> Printf.sprintf "device%d" index

(* Devices are connected one after another, in the order of the parameters. *)
let with_connections devices call =
  let connect (index, rest) (device : Devices.t) =
    match device.value with
    | Unit -> (index - 1, rest)
    | Connected expression ->
        let name = argument index device in
        (index - 1, Printf.sprintf "Lwt.bind (%s) (fun %s -> %s)" expression name rest)
  in
  snd (List.fold_left connect (List.length devices - 1, call) (List.rev devices))

let is_connected (device : Devices.t) = device.value <> Unit

let functor_text path devices (result : Shape.result) =
  let modules = List.map (fun (d : Devices.t) -> Printf.sprintf " (%s)" d.implementation) in
  let arguments = String.concat " " (List.mapi argument devices) in
  let call = started (Printf.sprintf "Main.start %s" arguments) in
  let application =
    Printf.sprintf "module Main = %s%s\n" path (String.concat "" (modules devices))
  in
  if not (List.exists is_connected devices) then application ^ run result call
  else
    let promise =
      match result with
      | Lwt -> call
      | Direct -> Printf.sprintf "%s; Lwt.return_unit" call
    in
    application ^ run Lwt (with_connections devices promise)

let text (shape : Shape.t) =
  match shape with
  | Effects -> ""
  | Value path -> prelude ^ run Lwt (started path)
  | Plain (path, result) -> prelude ^ run result (started (path ^ " ()"))
  | Functor (path, devices, result) -> prelude ^ functor_text path devices result
