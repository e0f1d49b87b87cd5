module Response = Cohttp.Response

(* A body in chunks ends with a chunk even where there are none. *)
let unframed response =
  let headers = Cohttp.Header.remove (Response.headers response) "transfer-encoding" in
  Response.make ~version:(Response.version response) ~status:(Response.status response)
    ~flush:(Response.flush response) ~encoding:Cohttp.Transfer.Unknown ~headers ()

let answer request (response, body) =
  match (Cohttp.Request.meth request, Response.encoding response) with
  | `HEAD, Cohttp.Transfer.Chunked -> (unframed response, `Empty)
  | `HEAD, (Fixed _ | Unknown) -> (response, `Empty)
  | _ -> (response, body)
