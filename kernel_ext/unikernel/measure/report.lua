-- wrk calls this at the end: one line of JSON, times in microseconds.
done = function(summary, latency)
	local errors = summary.errors
	io.write(string.format(
		'{"requests": %d, "duration_us": %d, "bytes": %d, "failed": %d, "refused": %d, ' ..
		'"p50_us": %d, "p90_us": %d, "p99_us": %d, "max_us": %d}\n',
		summary.requests, summary.duration, summary.bytes,
		errors.connect + errors.read + errors.write + errors.timeout, errors.status,
		latency:percentile(50), latency:percentile(90), latency:percentile(99), latency.max))
end
