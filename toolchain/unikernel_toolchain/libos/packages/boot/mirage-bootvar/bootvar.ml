let program = "mirage"

let argv () =
  let words = match Array.to_list Sys.argv with [] -> [] | _ :: words -> words in
  Lwt.return (Array.of_list (program :: words))
