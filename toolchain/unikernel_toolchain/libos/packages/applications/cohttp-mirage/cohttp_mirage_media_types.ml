let by_extension =
  [
    ("aac", "audio/aac"); ("atom", "application/atom+xml"); ("avif", "image/avif");
    ("bin", "application/octet-stream"); ("bmp", "image/bmp"); ("bz2", "application/x-bzip2");
    ("c", "text/x-c"); ("css", "text/css"); ("csv", "text/csv"); ("epub", "application/epub+zip");
    ("gif", "image/gif"); ("gz", "application/gzip"); ("h", "text/x-c"); ("htm", "text/html");
    ("html", "text/html"); ("ico", "image/vnd.microsoft.icon"); ("ics", "text/calendar");
    ("jpeg", "image/jpeg"); ("jpg", "image/jpeg"); ("js", "text/javascript");
    ("json", "application/json"); ("log", "text/plain"); ("m4a", "audio/mp4");
    ("map", "application/json"); ("md", "text/markdown"); ("mjs", "text/javascript");
    ("ml", "text/plain"); ("mli", "text/plain"); ("mp3", "audio/mpeg"); ("mp4", "video/mp4");
    ("mpeg", "video/mpeg"); ("oga", "audio/ogg"); ("ogg", "audio/ogg"); ("ogv", "video/ogg");
    ("otf", "font/otf"); ("pdf", "application/pdf"); ("pem", "application/x-pem-file");
    ("png", "image/png"); ("ps", "application/postscript"); ("py", "text/x-python");
    ("rss", "application/rss+xml"); ("rtf", "application/rtf"); ("sh", "application/x-sh");
    ("svg", "image/svg+xml"); ("tar", "application/x-tar"); ("tex", "application/x-tex");
    ("tif", "image/tiff"); ("tiff", "image/tiff"); ("ttf", "font/ttf"); ("txt", "text/plain");
    ("wasm", "application/wasm"); ("wav", "audio/wav"); ("webm", "video/webm");
    ("webmanifest", "application/manifest+json"); ("webp", "image/webp"); ("woff", "font/woff");
    ("woff2", "font/woff2"); ("xhtml", "application/xhtml+xml"); ("xml", "application/xml");
    ("xz", "application/x-xz"); ("yaml", "application/yaml"); ("yml", "application/yaml");
    ("zip", "application/zip"); ("zst", "application/zstd");
  ]

let of_path path =
  let extension = Filename.extension path in
  let known =
    if extension = "" then None
    else
      let name = String.sub extension 1 (String.length extension - 1) in
      List.assoc_opt (String.lowercase_ascii name) by_extension
  in
  Option.value known ~default:"application/octet-stream"
