open Lwt.Infix
module Key = Mirage_kv.Key

module HTTP (FS : Mirage_kv.RO) (S : Cohttp_lwt.S.Server) = struct
  let index key = Key.(key / "index.html")

  (* None for a path that leads out of the store. *)
  let key_of uri =
    let key = Key.v (Uri.pct_decode (Uri.path uri)) in
    let leads_out segment = segment = ".." || segment = "." || String.contains segment '\000' in
    if List.exists leads_out (Key.segments key) then None else Some key

  let value_key fs key =
    FS.exists fs key >>= function
    | Ok (Some `Dictionary) -> FS.exists fs (index key) >|= Result.map (fun found -> (index key, found))
    | (Ok (Some `Value) | Ok None | Error _) as found -> Lwt.return (Result.map (fun f -> (key, f)) found)

  let failed error =
    S.respond_error ~body:(Fmt.str "%a" FS.pp_error error) ()

  let found fs uri request_fn key =
    FS.get fs key >>= function
    | Error error -> failed error
    | Ok body ->
        let content = Cohttp_mirage_media_types.of_path (Key.basename key) in
        let headers = request_fn uri (Cohttp.Header.init_with "content-type" content) in
        S.respond_string ~headers ~status:`OK ~body ()

  let serve fs request_fn uri =
    match key_of uri with
    | None -> S.respond_not_found ~uri ()
    | Some key -> (
        value_key fs key >>= function
        | Ok (key, Some `Value) -> found fs uri request_fn key
        | Ok (_, (Some `Dictionary | None)) -> S.respond_not_found ~uri ()
        | Error error -> failed error)

  let refuse () =
    let headers = Cohttp.Header.init_with "allow" "GET, HEAD" in
    S.respond_string ~headers ~status:`Method_not_allowed ~body:"GET and HEAD are served here" ()

  let start ~http_port ?(request_fn = fun _ headers -> headers) fs http =
    let callback _ request _ =
      match Cohttp.Request.meth request with
      | `GET | `HEAD ->
          serve fs request_fn (Cohttp.Request.uri request)
          >|= Cohttp_mirage_head.answer request
      | _ -> refuse ()
    in
    http (`TCP http_port) (S.make ~callback ())
end
