open Mirage

let start_at =
  let about = Key.Arg.info ~doc:"Where counting begins." [ "start-at" ] in
  Key.(create "start_at" Arg.(opt int 1 about))

(* A device of the application's own: a class with a module behind it, a key, a device that it
   is made from, and the text that connects it. *)
type counter = COUNTER

let counter = Type COUNTER

class counter_conf name =
  object
    inherit base_configurable
    method ty = time @-> counter
    method name = "counter_" ^ name
    method module_name = "Counter.Make"
    method! keys = [ Key.abstract start_at ]
    method! packages = Key.pure [ package "duration" ]

    method! connect info modname args =
      match args with
      | [ time ] ->
          Fmt.str "%s.connect ~name:%S ~application:%S ~from:%a %s >>= fun t -> return t" modname
            name (Info.name info) Key.serialize_call (Key.abstract start_at) time
      | _ -> failwith "a counter is made from time"

    method! configure info =
      if Info.name info = "" then Error (`Msg "an application has a name") else Ok ()
  end

let new_counter name = impl (new counter_conf name) $ default_time

(* A job by a class, without a module. *)
let announce =
  impl
    (object
      inherit base_configurable
      method ty = job
      method name = "announce"
      method module_name = "Announce"
      method! connect _ modname _ = modname ^ ".now ()"
    end)

let main =
  foreign
    ~deps:[ abstract (new_counter "b"); abstract announce; abstract (new_counter "a") ]
    "Unikernel.Main" (counter @-> job)

let () =
  let a = new_counter "a" in
  assert (equal a (new_counter "a"));
  assert (not (equal a (new_counter "b")));
  assert (hash a = hash (new_counter "a"));
  register "custom_device" [ main $ a ]
