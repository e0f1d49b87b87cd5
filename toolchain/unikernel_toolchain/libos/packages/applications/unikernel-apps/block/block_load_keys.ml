let rec each read = function
  | [] -> Ok []
  | text :: rest ->
      Result.bind (read text) (fun value ->
          Result.map (fun values -> value :: values) (each read rest))

let jobs =
  Boot_keys.key "jobs"
    (fun text -> each Block_load_job.read (String.split_on_char ',' text))
    ~docv:"KIND:BYTES:DEPTH,..."
    ~default:[ { kind = Random_read; bytes = 4096; depth = 32 } ]
    ~doc:
      "What to do to the block device, which overwrites it: read, write, randread or randwrite; \
       the bytes of a request; how many are under way at once. randread:4096:32 if not given."

let positive text =
  match float_of_string_opt text with
  | Some number when number > 0. -> Ok number
  | Some _ | None -> Error "It is a number of seconds above 0."

let seconds =
  Boot_keys.key "seconds" positive ~docv:"SECONDS" ~default:2.
    ~doc:"How long each job takes; 2 if not given."
