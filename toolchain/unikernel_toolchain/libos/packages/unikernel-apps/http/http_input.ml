open Lwt.Infix

let header_max = 16_384
let chunk_line_max = 1_024

module Make (Flow : Mirage_flow.S) = struct
  (* [text] is a copy of the beginning of [data], for the parser; [position] is
     where in both the next byte is. *)
  type t = {
    flow : Flow.flow;
    mutable data : Cstruct.t;
    mutable text : string;
    mutable position : int;
    mutable broken : bool;
  }

  let create flow =
    { flow; data = Cstruct.empty; text = ""; position = 0; broken = false }

  let is_broken t = t.broken
  let available t = Cstruct.length t.data - t.position

  let set t data =
    t.data <- data;
    t.text <- Cstruct.to_string ~len:(Int.min header_max (Cstruct.length data)) data;
    t.position <- 0

  let receive t =
    Flow.read t.flow >|= function
    | Ok (`Data data) ->
        if available t = 0 then set t data
        else set t (Cstruct.append (Cstruct.shift t.data t.position) data);
        true
    | Ok `Eof | Error _ -> false

  let more = receive
  let is_too_long t = available t >= header_max

  let parse t =
    match Http_request.parse t.text t.position with
    | Complete (_, finish) as complete ->
        t.position <- finish;
        complete
    | (Incomplete | Malformed _) as other -> other

  let request t =
    if t.position > String.length t.text then set t (Cstruct.shift t.data t.position);
    match parse t with
    | Incomplete when t.position > 0 && Cstruct.length t.data > String.length t.text ->
        set t (Cstruct.shift t.data t.position);
        parse t
    | progress -> progress

  (* {1 Bodies} *)

  let break t =
    t.broken <- true;
    Lwt.return_none

  let take t count =
    let part = Cstruct.sub t.data t.position count in
    t.position <- t.position + count;
    part

  (* Up to [left] bytes, at least one. *)
  let rec some t left =
    if available t > 0 then Lwt.return_some (take t (Int.min left (available t)))
    else
      Flow.read t.flow >>= function
      | Ok (`Data data) ->
          t.data <- data;
          t.text <- "";
          t.position <- 0;
          some t left
      | Ok `Eof | Error _ -> break t

  let sized t length =
    let left = ref length in
    fun () ->
      if !left = 0 then Lwt.return_none
      else
        some t !left >|= fun part ->
        Option.iter (fun part -> left := !left - Cstruct.length part) part;
        part

  let rec line t buffer =
    some t 1 >>= function
    | None -> Lwt.return_none
    | Some _ when Buffer.length buffer > chunk_line_max -> break t
    | Some byte -> (
        match Cstruct.get_char byte 0 with
        | '\n' -> Lwt.return_some (String.trim (Buffer.contents buffer))
        | character ->
            Buffer.add_char buffer character;
            line t buffer)

  let next_line t = line t (Buffer.create 16)

  let chunk_size text =
    let digits = List.hd (String.split_on_char ';' text) in
    match int_of_string_opt ("0x" ^ String.trim digits) with
    | Some size when size >= 0 -> Some size
    | Some _ | None -> None

  let rec trailers t =
    next_line t >>= function
    | None | Some "" -> Lwt.return_none
    | Some _ -> trailers t

  let chunked t =
    let left = ref 0 and first = ref true and over = ref false in
    let rec next () =
      if !over then Lwt.return_none
      else if !left > 0 then (
        some t !left >|= fun part ->
        Option.iter (fun part -> left := !left - Cstruct.length part) part;
        part)
      else between_chunks ()
    and between_chunks () =
      (if !first then Lwt.return_some "" else next_line t) >>= function
      | Some "" -> next_chunk ()
      | Some _ -> break t
      | None -> Lwt.return_none
    and next_chunk () =
      first := false;
      next_line t >>= fun line ->
      match Option.bind line chunk_size with
      | Some 0 ->
          over := true;
          trailers t
      | Some size ->
          left := size;
          next ()
      | None -> break t
    in
    next

  let body t (body : Http_request.body) =
    match body with Sized length -> sized t length | Chunked -> chunked t
end
