(** What iperf3's two ends say to each other, as values (iperf 3.12's protocol).

    They share a control connection. The client sends a cookie, which marks its
    streams, too; the server then leads through the {!state}s; parameters and
    results are JSON behind a length of four bytes. *)

val port : int
(** 5201, of control connection and streams alike. *)

val cookie_size : int
(** Bytes, the NUL at the end included. *)

type state =
  | Test_start
  | Test_running
  | Test_end
  | Param_exchange
  | Create_streams
  | Server_terminate
  | Client_terminate
  | Exchange_results
  | Display_results
  | Iperf_done
  | Access_denied
  | Server_error

val byte_of_state : state -> int
val state_of_byte : int -> state option

type transport = Tcp | Udp

type direction =
  | Forward  (** the client sends *)
  | Reverse  (** the server sends *)
  | Both

type parameters = {
  transport : transport;
  direction : direction;
  parallel : int;  (** streams each way, 1 to 128 *)
  time_s : float;
  omit_s : float;  (** left out of the results, at the beginning *)
  length : int;  (** bytes of a write or a datagram *)
  bits_per_second : int;  (** of a stream; 0 is without a limit *)
  wide_counters : bool;  (** datagrams are counted in 64 bits *)
}

val default : parameters
(** TCP from the client, one stream for ten seconds. *)

val default_udp : parameters
(** As iperf3's: 1 Mbit/s in datagrams of 1,460 bytes. *)

val json_of_parameters : parameters -> Iperf3_json.t
(** Flags are there only where they are set. *)

val parameters_of_json : Iperf3_json.t -> (parameters, string) result
(** Refuses what cannot be run: no streams or too many, impossible lengths. *)

type stream_result = {
  id : int;
  bytes : int;
  jitter_s : float;
  errors : int;  (** datagrams that were lost *)
  packets : int;  (** datagrams sent, as the end that says so knows *)
  duration_s : float;
}

val stream_id : int -> int
(** The identity of the n-th stream, from 0: 1, 3, 4, 5 … *)

val json_of_results : sends:bool -> stream_result list -> Iperf3_json.t
val results_of_json : Iperf3_json.t -> stream_result list
