let any_v4 ip = Ipaddr.V4.compare ip Ipaddr.V4.any = 0
let any_v6 ip = Ipaddr.V6.compare ip Ipaddr.V6.unspecified = 0
let is_link_local ip = Ipaddr.V6.Prefix.(mem ip link)

let from ~src dst =
  match ((src : Ipaddr.t), (dst : Ipaddr.t)) with
  | V4 src, V4 _ -> not (any_v4 src)
  | V6 src, V6 dst -> not (any_v6 src) && (is_link_local dst || not (is_link_local src))
  | V4 _, V6 _ | V6 _, V4 _ -> false
