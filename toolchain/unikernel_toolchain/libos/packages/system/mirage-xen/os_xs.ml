type client = unit

(* [watched] are the watches of a wait, by path: what it accesses is watched first, so that no
   change goes unseen. *)
type handle = { transaction : int; watched : (string, Os_xenstore.watch) Hashtbl.t option }

let make () = Lwt.return_unit
let suspend () = Lwt.return_unit
let resume () = Lwt.return_unit
let immediate () access = access { transaction = 0; watched = None }

let give_up transaction =
  try Os_xenstore.finish transaction ~commit:false with
  | Xs_protocol.Error _ | Xs_protocol.Enoent _ | Xs_protocol.Eagain | Xs_protocol.Invalid -> ()

let rec transaction () access =
  let number = Os_xenstore.start () in
  Lwt.try_bind
    (fun () -> access { transaction = number; watched = None })
    (fun result ->
       match Os_xenstore.finish number ~commit:true with
       | () -> Lwt.return result
       | exception Xs_protocol.Eagain -> Lwt.bind (Lwt.pause ()) (fun () -> transaction () access))
    (fun problem ->
       give_up number;
       Lwt.fail problem)

let rec until_it_is_so access watched =
  Lwt.catch
    (fun () -> access { transaction = 0; watched = Some watched })
    (function
      | Xs_protocol.Eagain ->
          let watches = Hashtbl.fold (fun _ watch found -> watch :: found) watched [] in
          if watches = [] then
            Lwt.fail (Xs_protocol.Error "OS.Xs.wait: nothing was read, so nothing can change")
          else
            Lwt.bind (Os_xenstore.await_any watches) (fun () -> until_it_is_so access watched)
      | problem -> Lwt.fail problem)

let wait () access =
  let watched = Hashtbl.create 7 in
  Lwt.finalize
    (fun () -> until_it_is_so access watched)
    (fun () ->
       Hashtbl.iter (fun _ watch -> Os_xenstore.unwatch watch) watched;
       Lwt.return_unit)

let note handle path =
  match handle.watched with
  | Some watched when not (Hashtbl.mem watched path) ->
      Hashtbl.replace watched path (Os_xenstore.watch path)
  | Some _ | None -> ()

let ask ?value handle operation path =
  Lwt.wrap (fun () ->
      note handle path;
      Os_xenstore.ask ~transaction:handle.transaction ?value operation path)

let ignored promise = Lwt.map (fun (_ : string) -> ()) promise
let directory handle path = Lwt.map Os_xenstore.names (ask handle Os_xenstore.List path)
let read handle path = ask handle Os_xenstore.Read path
let write handle path value = ignored (ask ~value handle Os_xenstore.Write path)
let rm handle path = ignored (ask handle Os_xenstore.Remove path)
let mkdir handle path = ignored (ask handle Os_xenstore.Make path)

let setperms handle path acl =
  let value = Xs_protocol.ACL.to_string acl ^ "\000" in
  ignored (ask ~value handle Os_xenstore.Set_permissions path)

(* docs/misc/xenstore.txt, GET_DOMAIN_PATH: that is what the store answers. *)
let getdomainpath _ domain = Lwt.return (Printf.sprintf "/local/domain/%d" domain)
let watch _ _ _ = Lwt.return_unit
let unwatch _ _ _ = Lwt.return_unit

let of_toolstack what =
  Lwt.fail (Xs_protocol.Error (Printf.sprintf "OS.Xs.%s is for a toolstack, in dom0" what))

let debug _ _ = of_toolstack "debug"
let restrict _ _ = of_toolstack "restrict"
let introduce _ _ _ _ = of_toolstack "introduce"
let set_target _ _ _ = of_toolstack "set_target"
