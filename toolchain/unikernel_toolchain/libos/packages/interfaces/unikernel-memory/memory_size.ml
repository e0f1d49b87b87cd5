let told = ref (32 * 1024 * 1024)
let tell bytes = if bytes > 0 then told := bytes
let bytes () = !told
let part n = !told / n
