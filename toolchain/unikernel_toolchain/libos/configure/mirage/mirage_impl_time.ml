open Functoria
open Mirage_impl_misc

type time = TIME

let time = Type TIME
let default_time = unit_device ~packages:[ package "mirage-unikernel" ] "time" "OS.Time" time

type pclock = PCLOCK

let pclock = Type PCLOCK
let clocks = [ package "mirage-clock-freestanding" ]
let default_posix_clock = unit_device ~packages:clocks "pclock" "Pclock" pclock

type mclock = MCLOCK

let mclock = Type MCLOCK
let default_monotonic_clock = unit_device ~packages:clocks "mclock" "Mclock" mclock

type random = RANDOM

let random = Type RANDOM

let fortuna =
  let connect _ modname _ =
    Fmt.str "%s.initialize (module Mirage_crypto_rng.Fortuna)" modname
  in
  device "random" (time @-> mclock @-> random) ~module_name:Mirage_random_module.name
    ~packages:[ package "mirage-crypto-rng"; package "mirage-crypto-rng-mirage" ]
    ~connect

let default_random = fortuna $ default_time $ default_monotonic_clock
