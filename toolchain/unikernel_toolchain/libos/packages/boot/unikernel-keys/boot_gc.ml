(* The runtime's functions behind [Gc.get] and [Gc.set], by names of our own: who names those
   is linked with Gc, and Printf with it. *)

external get : unit -> Gc.control = "caml_gc_get"
external set : Gc.control -> unit = "caml_gc_set"

external heap_bytes : unit -> (int[@untagged])
  = "unikernel_bytecode_unsupported" "unikernel_heap_size"
[@@noalloc]

let usage_status = 64
let word_bytes = Sys.word_size / 8

let refuse key number why =
  prerr_endline ("unikernel: --" ^ key ^ "=" ^ string_of_int number ^ " is refused. " ^ why);
  exit usage_status

(* What there is none of in OCaml 5, which would take the value without a word. *)
let meaningless =
  [
    ("allocation-policy", "it has one allocation policy");
    ("major-heap-increment", "its major heap grows by what it needs");
    ("max-space-overhead", "it compacts when Gc.compact asks it to");
    ("gc-window-size", "it smooths the major heap's slices by itself");
  ]

let tell_if_meaningless key =
  match List.assoc_opt key meaningless with
  | Some why when Sys.ocaml_version.[0] > '4' ->
      prerr_endline ("unikernel: --" ^ key ^ " is ignored by OCaml 5: " ^ why ^ ".")
  | Some _ | None -> ()

let value key given ~otherwise =
  match given with
  | None -> otherwise
  | Some number when number < 0 -> refuse key number "It is a number from 0 on."
  | Some number ->
      tell_if_meaningless key;
      number

(* More than half of the memory leaves none for what survives; the runtime would find out
   at the first collection, and in OCaml 5 end there. *)
let minor_words given ~otherwise =
  let words = value "minor-heap-size" given ~otherwise in
  let most = heap_bytes () / 2 / word_bytes in
  if given <> None && words > most then
    refuse "minor-heap-size" words
      ("The minor heap would take more than half of this guest's memory; " ^ string_of_int most
       ^ " words is the most.")
  else words

let policy_number policy =
  if policy <> `Next_fit then tell_if_meaningless "allocation-policy";
  match policy with `Next_fit -> 0 | `First_fit -> 1 | `Best_fit -> 2

let set ~allocation_policy ~minor_heap_size ~major_heap_increment ~space_overhead
    ~max_space_overhead ~verbosity ~window_size ~custom_major_ratio ~custom_minor_ratio
    ~custom_minor_max_size () =
  let now = get () in
  let wanted =
    {
      now with
      allocation_policy = policy_number allocation_policy;
      minor_heap_size = minor_words minor_heap_size ~otherwise:now.minor_heap_size;
      major_heap_increment =
        value "major-heap-increment" major_heap_increment ~otherwise:now.major_heap_increment;
      space_overhead = value "space-overhead" space_overhead ~otherwise:now.space_overhead;
      max_overhead = value "max-space-overhead" max_space_overhead ~otherwise:now.max_overhead;
      verbose = value "gc-verbosity" verbosity ~otherwise:now.verbose;
      window_size = value "gc-window-size" window_size ~otherwise:now.window_size;
      custom_major_ratio =
        value "custom-major-ratio" custom_major_ratio ~otherwise:now.custom_major_ratio;
      custom_minor_ratio =
        value "custom-minor-ratio" custom_minor_ratio ~otherwise:now.custom_minor_ratio;
      custom_minor_max_size =
        value "custom-minor-max-size" custom_minor_max_size ~otherwise:now.custom_minor_max_size;
    }
  in
  if wanted <> now then set wanted
