(** A converter at boot, as text: config.ml names Cmdliner's, an image links the same one without
    Cmdliner and Format where there is one. *)

val of_runtime : string -> string
(** The expression over [Boot_converters] that converts as this expression over Cmdliner does; one
    that is the application's own is wrapped, and links Cmdliner. *)

val libraries : string -> string list
(** The sub-libraries of [unikernel-keys] that text over such expressions names. *)
