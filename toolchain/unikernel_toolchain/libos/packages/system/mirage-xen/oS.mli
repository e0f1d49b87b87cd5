(** The platform as applications of MirageOS 3.9 see it on Xen (mirage-xen 6.0). *)

module Main = Os_main
module Time = Os_time
module Memory = Os_memory
module Lifecycle = Os_lifecycle
module Xs = Os_xs
module Eventchn = Os_eventchn
module Activations = Os_activations
module Device_state = Os_device_state
module Xen = Os_xen
