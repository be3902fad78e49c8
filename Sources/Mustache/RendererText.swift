/// Text of templates, and the indentation of its lines.
extension Renderer {
  mutating func write(_ text: Span<UInt8>, _ range: Range<Int>, startsLine: Bool) {
    if startsLine {
      if !isInsideLine { output += indent }
      isInsideLine = false
    }
    guard !indent.isEmpty else {
      output.append(text.extracting(range))
      return
    }
    var start = range.lowerBound
    while start < range.upperBound {
      if start > range.lowerBound { output += indent }
      let end = lineEnd(text, start..<range.upperBound)
      output.append(text.extracting(start..<end))
      start = end
    }
  }
}

/// Behind the first line feed of a range, or the range's end.
private func lineEnd(_ text: Span<UInt8>, _ range: Range<Int>) -> Int {
  for index in range where text[index] == UInt8(ascii: "\n") { return index + 1 }
  return range.upperBound
}
