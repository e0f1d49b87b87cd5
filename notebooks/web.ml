(* The web server of `./lab web`. Change it and run that again: it is built in a
   second. *)

module Http = Http_server.Make (Stack)

let asked = ref 0

let page () =
  let up_s = Int64.to_float (Mclock.elapsed_ns ()) /. 1e9 in
  let heap = (Gc.quick_stat ()).Gc.heap_words * (Sys.word_size / 8) in
  Printf.sprintf
    {|<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>A unikernel</title>
<style>
  body { max-width: 38em; margin: 3em auto; padding: 0 1em; font: 1.1em/1.5 sans-serif }
</style>
<h1>A unikernel answers</h1>
<p>This page comes from a machine that runs one program, <code>notebooks/web.ml</code>, and
  just the operating system code it needs: no Linux, no shell, no users.</p>
<ul>
  <li>It started %.1f seconds ago.</li>
  <li>Its heap is %d kB.</li>
  <li>You are request number %d.</li>
</ul>
<p>Ask again, and see. Then change the program and run <code>./lab web</code> once more, or
  open the notebooks with <code>./lab</code>.</p>
</html>
|}
    up_s (heap / 1000) !asked

let answer request body =
  let { Http_request.meth; path; _ } = request in
  if meth = "GET" then incr asked;
  Printf.printf "%s %S\n%!" meth (Lazy.force path);
  if Lazy.force path = "/" then Lwt.return (Http_response.text (page ()))
  else Http_server.not_found request body

let start stack =
  print_endline "listening on port 80";
  Http.serve stack [] ~handler:answer
