(** Time, clocks and random numbers. *)

open Functoria

type time

val time : time typ
val default_time : time impl

type pclock

val pclock : pclock typ
val default_posix_clock : pclock impl

type mclock

val mclock : mclock typ
val default_monotonic_clock : mclock impl

type random

val random : random typ

val default_random : random impl
(** Fortuna, seeded from the platform's entropy. *)
