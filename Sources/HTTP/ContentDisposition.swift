/// The Content-Disposition field (RFC 6266).
package enum ContentDisposition {
  /// `attachment` with the name twice: in ASCII for old clients, and exact in UTF-8 (RFC 8187).
  ///
  /// In both, `_` replaces whatever could lead out of the folder, hide the true ending, or end the quotes:
  /// controls, quotes, separators of paths and drives, Windows' wildcards, direction marks, leading dots. An
  /// empty name becomes `download`, and one that is longer than a file's name can be loses the end of what is
  /// before its ending.
  package static func attachment(_ filename: String) -> String {
    let name = shortened(harmless(filename))
    let exact = PercentEncoding.encode(name.utf8, keeping: .attribute)
    return "attachment; filename=\"\(ascii(name))\"; filename*=UTF-8''\(exact)"
  }
}

private func harmless(_ filename: String) -> String {
  var name = String.UnicodeScalarView()
  for scalar in filename.unicodeScalars {
    name.append(isHarmful(scalar) || scalar == "." && name.allSatisfy({ $0 == "_" }) ? "_" : scalar)
  }
  return name.isEmpty ? "download" : String(name)
}

/// At most 255 bytes, as file systems have it.
private func shortened(_ name: String) -> String {
  let name = name.unicodeScalars
  let dot = name.lastIndex(of: ".").flatMap { name[$0...].count <= 16 ? $0 : nil } ?? name.endIndex
  var room = 255 - String(name[dot...]).utf8.count
  let kept = name[..<dot].prefix {
    room -= UTF8.width($0)
    return room >= 0
  }
  return String(kept) + String(name[dot...])
}

private func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  case .control, .lineSeparator, .paragraphSeparator: true
  default: scalar.properties.isBidiControl || "\"\\/:*?<>|".unicodeScalars.contains(scalar)
  }
}

/// Replaces `%` too, since some clients decode it in a quoted name (RFC 6266, appendix D).
private func ascii(_ name: String) -> String {
  String(String.UnicodeScalarView(name.unicodeScalars.map { $0.isASCII && $0 != "%" ? $0 : "_" }))
}
