(* An HTTP server: "/" is a page, anything else answers with the body of the request. *)
module Http = Http_server.Make (Stack)

let echo (request : Http_request.t) body =
  let body =
    match request.body with
    | Sized bytes -> Http_response.Sized (bytes, body)
    | Chunked -> Http_response.Chunked body
  in
  Lwt.return { Http_response.status = 200; headers = []; body }

let start stack =
  print_endline "serving on 10.9.0.2";
  Http.serve stack ~handler:echo [ ("/", Http_response.page "<h1>Hello</h1>") ]
