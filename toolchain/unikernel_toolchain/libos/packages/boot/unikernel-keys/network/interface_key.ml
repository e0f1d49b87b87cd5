type t = string Boot_keys.key

let declare ?group device =
  Boot_keys.string ~docv:"NAME" ~default:device
    ~doc:("The network device that " ^ device ^ " is.")
    (Boot_keys.in_group group "interface")

let name = Boot_keys.get
