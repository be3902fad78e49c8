/// The 64-bit numbers of a record whose own fields for them have 32 bits (APPNOTE 4.5.3).
struct WideFields {
  private let extra: ArraySlice<UInt8>
  private var zip64: ByteFields?

  /// - Parameter extra: the record's extra fields.
  init(_ extra: ArraySlice<UInt8>) { self.extra = extra }

  /// The number itself, or where it is all ones the next one of the ZIP64 field. To be asked in the order of
  /// that field. Other extra fields are not looked at: some programs write nonsense there.
  mutating func value(_ narrow: UInt32) throws(ZIPError) -> Int {
    guard narrow == .max else { return Int(narrow) }
    var field: ByteFields
    if let zip64 { field = zip64 } else { field = try find() }
    let value = try field.count64()
    zip64 = field
    return value
  }

  private func find() throws(ZIPError) -> ByteFields {
    var fields = ByteFields(extra)
    while fields.remaining >= 4 {
      let id = try fields.uint16()
      let content = try fields.slice(Int(try fields.uint16()))
      if id == ExtraField.zip64 { return ByteFields(content) }
    }
    throw ZIPError(.malformed, "A size or offset should stand in a ZIP64 field, and there is none")
  }
}
