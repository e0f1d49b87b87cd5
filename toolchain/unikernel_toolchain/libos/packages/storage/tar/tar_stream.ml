type 'a t = 'a Stream.t

let iter = Stream.iter
