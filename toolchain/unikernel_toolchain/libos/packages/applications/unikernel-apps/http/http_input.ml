open Lwt.Infix

(* [text] is a copy of the beginning of [data], for the parser; [position] is
   where in both the next byte is. *)
type t = {
  receive : unit -> Cstruct.t option Lwt.t;
  header_bytes : int;
  mutable data : Cstruct.t;
  mutable text : string;
  mutable position : int;
  mutable may_be_complete : bool;
}

let create ~header_bytes receive =
  let data = Cstruct.empty in
  { receive; header_bytes; data; text = ""; position = 0; may_be_complete = true }

let available t = Cstruct.length t.data - t.position
let is_empty t = available t = 0

let set t data =
  t.data <- data;
  t.text <- Cstruct.to_string ~len:(Int.min t.header_bytes (Cstruct.length data)) data;
  t.position <- 0

let drop t =
  t.data <- Cstruct.empty;
  t.text <- "";
  t.position <- 0

(* {1 Headers} *)

let has_line_feed data =
  let rec from place =
    place < Cstruct.length data
    && (Cstruct.get_char data place = '\n' || from (place + 1))
  in
  from 0

(* A header that comes in small pieces is read again only when a line more is there. *)
let more t =
  if is_empty t then drop t;
  t.receive () >|= function
  | None -> false
  | Some data when is_empty t ->
      set t data;
      t.may_be_complete <- true;
      true
  | Some data ->
      t.may_be_complete <- t.may_be_complete || has_line_feed data;
      set t (Cstruct.append (Cstruct.shift t.data t.position) data);
      true

let parse t =
  match Http_request.parse t.text t.position with
  | Complete (_, finish) as complete ->
      t.position <- finish;
      complete
  | (Incomplete | Malformed _) as other -> other

let rest_is_longer_than_text t = Cstruct.length t.data > String.length t.text

(* The copy for the parser holds only the beginning: it is made anew where the next
   request may reach beyond it. *)
let parse_anew t =
  if t.position > String.length t.text then set t (Cstruct.shift t.data t.position);
  match parse t with
  | Incomplete when t.position > 0 && rest_is_longer_than_text t ->
      set t (Cstruct.shift t.data t.position);
      parse t
  | progress -> progress

let request t =
  if is_empty t || not t.may_be_complete then Http_request.Incomplete
  else
    let progress = parse_anew t in
    if progress = Incomplete then t.may_be_complete <- false;
    progress

let too_long t =
  let refusal status why = Some { Http_request.status; why } in
  let line_max = t.header_bytes / 2 in
  if available t < line_max then None
  else if not (has_line_feed (Cstruct.sub t.data t.position line_max)) then
    refusal 414 (Printf.sprintf "more than %d bytes of request line" line_max)
  else if available t >= t.header_bytes then
    refusal 431 (Printf.sprintf "more than %d bytes of headers" t.header_bytes)
  else None

(* {1 Bodies} *)

let take t count =
  let part = Cstruct.sub t.data t.position count in
  t.position <- t.position + count;
  t.may_be_complete <- true;
  part

let rec some t left =
  if not (is_empty t) then Lwt.return_some (take t (Int.min left (available t)))
  else (
    drop t;
    t.receive () >>= function
    | None -> Lwt.return_none
    | Some data ->
        t.data <- data;
        some t left)

(* Byte by byte: only chunk sizes and trailers are read so. *)
let line t ~max_bytes =
  let buffer = Buffer.create 16 in
  let rec next () =
    some t 1 >>= function
    | None -> Lwt.return_none
    | Some byte ->
        let character = Cstruct.get_char byte 0 in
        Buffer.add_char buffer character;
        if character = '\n' then Lwt.return_some (Buffer.contents buffer)
        else if Buffer.length buffer >= max_bytes then Lwt.return_none
        else next ()
  in
  next ()
