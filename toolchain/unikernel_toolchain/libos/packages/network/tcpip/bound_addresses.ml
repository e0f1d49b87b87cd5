module V4 = Ipaddr.V4

let is_any address = V4.compare address V4.any = 0
let listed addresses = String.concat ", " (List.map V4.to_string addresses)

let check ~ours addresses =
  let is_ours address = List.exists (fun own -> V4.compare own address = 0) ours in
  match List.filter (fun address -> not (is_any address || is_ours address)) addresses with
  | [] -> Ok ()
  | others ->
      Error
        ("sockets cannot be bound to " ^ listed others ^ ". Addresses here are: 0.0.0.0, for all, "
         ^ listed ours ^ ".")
