(* A body by its framing: a length, or chunks (RFC 9112, sections 6 and 7.1):

     Sized:    Data --all of it--> Complete
     Chunked:  Chunk_size --n--> Data --n bytes--> Chunk_end --CRLF--> Chunk_size
                   | 0
                   v
               trailer fields, empty line --> Complete

   A body that breaks the grammar stays Invalid: nothing behind it can be a request. *)

open Lwt.Infix

type stage = Data | Chunk_end | Chunk_size | Complete | Invalid of Http_request.refusal

type t = {
  limits : Http_limits.t;
  input : Http_input.t;
  is_chunked : bool;
  mutable stage : stage;
  mutable left : int;  (** of the body, or of this chunk *)
  mutable bytes : int;  (** so far *)
  mutable overhead : int;  (** bytes of extensions and trailers so far *)
}

let is_over t = t.stage = Complete
let is_broken t = match t.stage with Invalid _ -> true | _ -> false
let known_left t = match t.stage with Data -> t.left | _ -> 0

let fail t status why =
  let refusal = { Http_request.status; why } in
  t.stage <- Invalid refusal;
  Lwt.fail (Http_request.Bad_body refusal)

let cut_off t = fail t 400 "a body that ends before its time"
let too_large t = fail t 413 "the body is longer than is taken here"

let create limits input (body : Http_request.body) =
  let is_chunked, left, stage =
    match body with
    | Sized 0 -> (false, 0, Complete)
    | Sized length -> (false, length, Data)
    | Chunked -> (true, 0, Chunk_size)
  in
  { limits; input; is_chunked; stage; left; bytes = 0; overhead = 0 }

(* {1 Chunks (RFC 9112, section 7.1)} *)

let line_max = 1024

(* Sizes of up to 15 digits fit an integer. *)
let digits_max = 15

(* Extensions mean nothing here, and are passed over. *)
let read_size line =
  let open Http_syntax in
  let digits = skip hexadecimal line 0 in
  if digits = 0 || digits > digits_max then bad "a chunk without a size";
  let behind = if line.[digits] = ';' then skip value line digits else digits in
  if line_break line behind <> String.length line then bad "a chunk's size with more behind it";
  int_of_string ("0x" ^ String.sub line 0 digits)

let checked t read line =
  match read line with
  | value -> Lwt.return value
  | exception Http_syntax.Bad (status, why) -> fail t status why
  | exception Http_syntax.Cut -> fail t 400 "a line that is none"

(* A peer pays for the bytes of a body with the time it gets; what comes beside
   them is bounded, or it would be a body that no limit sees. *)
let line t read ~besides =
  Http_input.line t.input ~max_bytes:line_max >>= function
  | None -> fail t 400 "a body whose chunks are cut off, or their lines too long"
  | Some line ->
      t.overhead <- t.overhead + Int.max 0 (String.length line - besides);
      if t.overhead > t.limits.header_bytes then fail t 400 "too much beside a body"
      else checked t read line

(* The fields of a trailer are held against the grammar, and not used. *)
let rec trailer t ~left =
  let is_end text = text = "\r\n" || (ignore (Http_request.field text 0 : int); false) in
  line t is_end ~besides:0 >>= fun is_end ->
  if is_end then (
    t.stage <- Complete;
    Lwt.return_none)
  else if left = 0 then fail t 400 "too many fields behind a body"
  else trailer t ~left:(left - 1)

let longest_plain_line = digits_max + 2

(* {1 Parts} *)

let rec next t =
  match t.stage with
  | Complete -> Lwt.return_none
  | Invalid refusal -> Lwt.fail (Http_request.Bad_body refusal)
  | Data when t.bytes + t.left > t.limits.body_bytes -> too_large t
  | Data -> part t
  | Chunk_end ->
      let empty text = if text <> "\r\n" then Http_syntax.bad "a chunk longer than it says" in
      line t empty ~besides:2 >>= fun () ->
      t.stage <- Chunk_size;
      next t
  | Chunk_size -> (
      line t read_size ~besides:longest_plain_line >>= function
      | 0 -> trailer t ~left:Http_request.fields_max
      | size ->
          t.left <- size;
          t.stage <- Data;
          next t)

and part t =
  Http_input.some t.input t.left >>= function
  | None -> cut_off t
  | Some part ->
      t.left <- t.left - Cstruct.length part;
      t.bytes <- t.bytes + Cstruct.length part;
      if t.left = 0 then t.stage <- (if t.is_chunked then Chunk_end else Complete);
      Lwt.return_some part
