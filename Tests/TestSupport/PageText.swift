extension [UInt8] {
  /// A page as text, with addresses in one piece, without the places where they may break.
  public var pageText: String {
    let text = String(decoding: self, as: UTF8.self)
    guard text.contains("<wbr>") else { return text }
    return text.replacing("<wbr>", with: "").replacing(/<span class="address">([^<]*)<\/span>/) { $0.1 }
  }
}
