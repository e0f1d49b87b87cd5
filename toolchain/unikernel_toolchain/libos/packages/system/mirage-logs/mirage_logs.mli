(** Reporters for Logs (MirageOS 3.9, mirage-logs 1.2). A line is
    [TIME: LEVEL \[source\] text], or [\[source:header\]]; TIME is
    {!Log_time.to_string}'s, LEVEL is one of APP, ERR, WRN, INF, DBG; tags follow the
    text as [: name=value]. *)

type threshold_config = Logs.src -> Logs.level
(** The least urgent level that is printed of a source. *)

module Make (_ : Mirage_clock.PCLOCK) : sig
  type t

  val create :
    ?ch:out_channel ->
    ?ring_size:int ->
    ?console_threshold:threshold_config ->
    unit ->
    t
  (** A reporter that prints to [ch] (default: stderr). With [ring_size], which
      must be positive, the last messages are kept, those of any level. *)

  val reporter : t -> Logs.reporter
  val set_reporter : t -> unit

  val unset_reporter : t -> unit
  (** Back to the reporter that drops everything. *)

  val dump_ring : t -> out_channel -> unit
  (** Prints the messages kept, the oldest first, and forgets them. *)

  val run : t -> (unit -> 'a Lwt.t) -> 'a Lwt.t
  (** [run t f] reports through [t] while [f ()] runs. The ring is dumped when
      [f ()] fails and at exceptions of [Lwt.async]. *)
end
