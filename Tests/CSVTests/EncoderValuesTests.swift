import Testing

@testable import CSV

@Suite("Encoder: values")
struct EncoderValuesTests {
  @Test(
    "Integers are written in decimal",
    arguments: [
      0, 1, -1, 9, 10, 99, 100, 1_234_567_890, 999_999_999_999_999_999, 1_000_000_000_000_000_000, .max, .min,
    ] as [Int64])
  func integer(value: Int64) {
    #expect(cell { $0.integer(value) } == String(value))
  }

  @Test("Integers at every power of ten are written in decimal")
  func powersOfTen() {
    var power: Int64 = 1
    for _ in 0...18 {
      for value in [power - 1, power, power + 1, -power] {
        #expect(cell { $0.integer(value) } == String(value))
      }
      power = power.multipliedReportingOverflow(by: 10).partialValue
    }
  }

  @Test(
    "Money in cents has exactly two decimals",
    arguments: [
      (0, "0.00"), (5, "0.05"), (-5, "-0.05"), (50, "0.50"), (100, "1.00"), (123_450, "1234.50"),
      (-123_456, "-1234.56"), (.max, "92233720368547758.07"), (.min, "-92233720368547758.08"),
    ] as [(Int64, String)])
  func money(cents: Int64, text: String) {
    #expect(cell { $0.decimal(cents, scale: 2, minimumFraction: 2) } == text)
  }

  @Test(
    "Rates in ten-thousandths have at most four decimals and no zeros at the end",
    arguments: [
      (0, "0"), (58_900, "5.89"), (60_000, "6"), (51_234, "5.1234"), (1, "0.0001"), (100_000, "10"),
      (-2_500, "-0.25"), (50_010, "5.001"),
    ] as [(Int64, String)])
  func rates(value: Int64, text: String) {
    #expect(cell { $0.decimal(value, scale: 4, minimumFraction: 0) } == text)
  }

  @Test("A number without decimals and one with eighteen")
  func scales() {
    #expect(cell { $0.decimal(42, scale: 0, minimumFraction: 0) } == "42")
    #expect(cell { $0.decimal(1, scale: 18, minimumFraction: 0) } == "0.000000000000000001")
    #expect(cell { $0.decimal(.min, scale: 18, minimumFraction: 0) } == "-9.223372036854775808")
    #expect(cell { $0.decimal(1_500, scale: 3, minimumFraction: 2) } == "1.50")
  }

  @Test("Identifiers are a letter and a number, alone and as a list")
  func identifiers() {
    let numbers: [Int64] = [7, 12, .max]
    #expect(cell { $0.identifier(prefix: UInt8(ascii: "U"), 3) } == "U-3")
    #expect(
      cell { $0.identifiers(prefix: UInt8(ascii: "C"), numbers.span) } == "C-7; C-12; C-9223372036854775807")
    #expect(cell { $0.identifiers(prefix: UInt8(ascii: "C"), [Int64]().span) } == "")
  }

  @Test("Booleans are true and false")
  func booleans() {
    #expect(cell { $0.boolean(true) } == "true")
    #expect(cell { $0.boolean(false) } == "false")
  }

  @Test("Values after values get their commas, also where the buffer grows between them")
  func manyValues() {
    var encoder = Encoder(capacity: 64)
    for value in 0..<1_000 { encoder.decimal(Int64(value), scale: 2, minimumFraction: 2) }
    let expected = (0..<1_000).map { "\($0 / 100).\($0 % 100 / 10)\($0 % 10)" }.joined(separator: ",")
    #expect(string(encoder.bytes) == expected)
  }

  /// What one cell is written as.
  private func cell(_ write: (inout Encoder) -> Void) -> String {
    var encoder = Encoder()
    write(&encoder)
    return string(encoder.bytes)
  }
}
