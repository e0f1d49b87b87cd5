module type S = sig
  val text : string
end

module English = struct
  let start = Lwt.return_unit
  let text = "hello"
end

module French = struct
  let start = Lwt.return_unit
  let text = "bonjour"
end

module German = struct
  let start = Lwt.return_unit
  let text = "guten tag"
end
