type kind = Net | Block | Kv
type device = { kind : kind; name : string; path : string }

type data =
  | Crunch of { module_name : string; folder : string }
  | Tar of { device : string; folder : string }
  | Fat of { device : string; folder : string; pattern : string }

type address_key = { option : string; configured : string }
type address = { network : string; address : address_key; gateway : address_key }
type info_module = { module_name : string; record : string }

(* Newest first. *)
let all_devices : device list ref = ref []
let all_data : data list ref = ref []
let all_notes : string list ref = ref []
let all_addresses : address list ref = ref []
let all_info_modules : info_module list ref = ref []
let add_once list item = if not (List.mem item !list) then list := item :: !list
let add_device ?(path = "") kind name = add_once all_devices { kind; name; path }
let add_data data = add_once all_data data
let add_address address = add_once all_addresses address
let add_note sentence = add_once all_notes sentence
let add_info_module module_name ~record = add_once all_info_modules { module_name; record }

let clear () =
  all_devices := [];
  all_data := [];
  all_notes := [];
  all_addresses := [];
  all_info_modules := []

let devices () = List.rev !all_devices
let data () = List.rev !all_data
let addresses () = List.rev !all_addresses
let notes () = List.rev !all_notes
let info_modules () = List.rev !all_info_modules
