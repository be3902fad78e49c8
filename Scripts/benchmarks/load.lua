-- For wrk: one line with requests a second, p50, p95, p99 in milliseconds, the number of requests and of failed ones.
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    "%f %f %f %f %d %d\n", summary.requests / summary.duration * 1e6, latency:percentile(50) / 1e3,
    latency:percentile(95) / 1e3, latency:percentile(99) / 1e3,
    summary.requests,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
