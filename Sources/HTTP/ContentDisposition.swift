/// The Content-Disposition field (RFC 6266).
package enum ContentDisposition {
  /// `attachment` with the name twice: in ASCII for old clients, and exact in UTF-8 (RFC 8187).
  ///
  /// In both, `_` replaces whatever could lead out of the folder, hide the true ending, or end the quotes:
  /// controls, quotes, separators of paths and drives, Windows' wildcards, direction marks, leading dots. An
  /// empty name becomes `download`.
  package static func attachment(_ filename: String) -> String {
    let name = harmless(filename)
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
