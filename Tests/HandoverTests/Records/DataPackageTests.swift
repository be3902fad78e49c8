import Testing

@testable import Handover

@Suite("datapackage.json") struct DataPackageTests {
  @Test("What is written is read again, and written so again")
  func roundTrip() throws {
    let written = try package(of: "\"Two\" \\ Rivers/Hills\u{1}\n\r\t é🎉").encoded()
    let read = try DataPackage(decoding: written)
    #expect(try read.encoded() == written)
    #expect(read.organisation == "\"Two\" \\ Rivers/Hills\u{1}\n\r\t é🎉")
    #expect(read.rows == 3_000_000_000)
    #expect(read.resources[0].schema == TableSchema(of: .deals))
  }

  @Test("It is UTF-8, indented, with slashes and letters as they are, and a line feed at the end")
  func text() throws {
    let text = String(decoding: try package(of: "Café/Bar").encoded(), as: UTF8.self)
    #expect(text.hasPrefix("{\n  \"$schema\" : \"https://datapackage.org/profiles/2.0/datapackage.json\",\n"))
    #expect(text.contains("  \"organisation\" : \"Café/Bar\",\n"))
    #expect(text.hasSuffix("}\n"))
  }

  @Test("Members that say nothing are left out")
  func missingMembers() throws {
    let text = String(decoding: try package(of: "A").encoded(), as: UTF8.self)
    #expect(!text.contains("null") && !text.contains("\"constraints\" : {\n\n"))
    #expect(text.contains("  \"scope\" : {\n    \"type\" : \"organisation\"\n  },\n"))
  }

  @Test("A schema tells what differs from another, but for the descriptions")
  func differences() throws {
    let schema = TableSchema(of: .deals)
    var other = schema
    #expect(other.difference(from: schema) == nil)
    other = TableSchema(
      fields: schema.fields.map {
        var field = $0
        field.description = "Better words."
        return field
      }, primaryKey: schema.primaryKey, foreignKeys: schema.foreignKeys)
    #expect(other.difference(from: schema) == nil)
    other.missingValues = ["-"]
    #expect(other.difference(from: schema) == "the missing values are not those of an export")
    #expect(
      TableSchema(of: .notes).difference(from: schema) == "the fields are not the columns of an export")
    #expect(
      TableSchema(fields: schema.fields, primaryKey: [], foreignKeys: schema.foreignKeys)
        .difference(from: schema) == "the primary key is not that of an export")
    #expect(
      TableSchema(fields: schema.fields, primaryKey: schema.primaryKey, foreignKeys: [])
        .difference(from: schema) == "the foreign keys are not those of an export")
  }

  @Test(
    "What can't be read is told",
    arguments: [
      ("{}", "$schema is missing"), ("[]", "there is a value of a wrong type"),
    ])
  func faults(text: String, message: String) {
    #expect(throws: FileProblem(file: "datapackage.json", message)) {
      try DataPackage(decoding: Array(text.utf8))
    }
  }

  @Test("A CRC has eight digits")
  func crcDigits() {
    #expect(ArchivedFile(name: "", rows: 0, bytes: 0, crc32: 0).checksum == "00000000")
    #expect(ArchivedFile(name: "", rows: 0, bytes: 0, crc32: 0xDEAD_BEEF).checksum == "deadbeef")
  }

  private func package(of name: String) -> DataPackage {
    DataPackage(
      of: Organisation(id: OrganisationID(rawValue: 1), name: name, timeZone: "UTC"), in: .organisation,
      "the entire organisation", at: UnixTime(rawValue: 0),
      [
        DataPackage.Resource(
          .deals, ArchivedFile(name: "Deals.csv", rows: 3_000_000_000, bytes: 1, crc32: 1), in: .organisation)
      ])
  }
}
