open Lwt.Syntax
module Store = Kv_block_store
module Write = Kv_block_write

(* Those who write wait in a queue, and one fiber at a time commits for all: whoever comes
   while a commit is under way shares the next one, and its two flushes. *)

type request = {
  operations : Write.operation list;
  is_valid : unit -> bool;
  applied : Write.operation list -> unit;
  waker : (unit, Write.error) result Lwt.u;
}

type t = {
  store : Store.t;
  requests : request Queue.t;
  idle : unit Lwt_condition.t;
  mutable is_busy : bool;
}

let v store =
  { store; requests = Queue.create (); idle = Lwt_condition.create (); is_busy = false }

(* A commit holds the changed nodes of so many in memory. *)
let shared_most = 256

(* Applies requests until there are enough; those that fail have their answer at once. One
   that finds no room behind others stays for the next commit, when what they freed is free. *)
let rec gather t change accepted count =
  match if count = shared_most then None else Queue.peek_opt t.requests with
  | None -> Lwt.return accepted
  | Some request ->
      let answer it = Lwt.wakeup_later request.waker it in
      let* result =
        if request.is_valid () then Write.apply change request.operations
        else Lwt.return_error `Overtaken
      in
      if result = Error `No_space && accepted <> [] then Lwt.return accepted
      else begin
        ignore (Queue.pop t.requests);
        match result with
        | Ok () ->
            request.applied request.operations;
            gather t change (request :: accepted) (count + 1)
        | Error _ as error ->
            answer error;
            gather t change accepted count
      end

let one_commit t =
  let change = Write.v t.store in
  let* accepted = gather t change [] 0 in
  if accepted = [] then Lwt.return_unit
  else
    let* result = Write.commit change in
    List.iter (fun request -> Lwt.wakeup_later request.waker result) (List.rev accepted);
    Lwt.return_unit

let refuse_all t error =
  Queue.iter (fun request -> Lwt.wakeup_later request.waker (Error error)) t.requests;
  Queue.clear t.requests

let rec work t =
  match (t.store.out_of_order, Queue.is_empty t.requests) with
  | _, true ->
      t.is_busy <- false;
      Lwt_condition.broadcast t.idle ();
      Lwt.return_unit
  | Some why, false ->
      refuse_all t (`Read_only why);
      work t
  | None, false ->
      (* who runs at the same time gets to join *)
      let* () = Lwt.pause () in
      let* () = one_commit t in
      work t

let submit t ~is_valid ~applied operations =
  let answer, waker = Lwt.wait () in
  Queue.add { operations; is_valid; applied; waker } t.requests;
  if not t.is_busy then begin
    t.is_busy <- true;
    Lwt.async (fun () -> work t)
  end;
  answer

let rec until_idle t =
  if not t.is_busy then Lwt.return_unit
  else
    let* () = Lwt_condition.wait t.idle in
    until_idle t
