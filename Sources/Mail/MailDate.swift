import Glibc

/// A moment, in Unix seconds, as `Fri, 02 May 2026 09:30:00 +0000` (RFC 5322, 3.3).
func mailDate(_ moment: Int64) -> String {
  var seconds = time_t(moment)
  var time = unsafe tm()
  unsafe gmtime_r(&seconds, &time)
  var text = [CChar](repeating: 0, count: 64)
  // The names are English: nothing in this process calls setlocale(3), so it has the C locale.
  let count = unsafe strftime(&text, text.count, "%a, %d %b %Y %H:%M:%S +0000", &time)
  return String(decoding: text.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
}
