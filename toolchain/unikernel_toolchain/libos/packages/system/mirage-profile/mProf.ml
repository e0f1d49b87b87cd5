module Trace = struct
  type hiatus_reason = Wait_for_work | Suspend | Hibernate

  let note_hiatus _ = ()
  let note_resume () = ()
  let label _ = ()
  let named_wait _ = Lwt.wait ()
  let named_task _ = Lwt.task ()
  let named_condition _ = Lwt_condition.create ()
  let named_mvar _ value = Lwt_mvar.create value
  let named_mvar_empty _ = Lwt_mvar.create_empty ()
  let should_resolve _ = ()
  let note_increase _ _ = ()
  let note_counter_value _ _ = ()
end

module Counter = struct
  type t = { mutable value : int }

  let create ?(init = 0) ~name:_ () = { value = init }
  let make ~name = create ~name ()
  let set_value t value = t.value <- value
  let increase t by = t.value <- t.value + by
  let value t = t.value
end
