open Mirage

let main = foreign ~deps:[ abstract app_info ] "Unikernel" job
let () = register "runtime" ~packages:[ package "fmt" ~min:"0.8" ] [ main ]
