import SQLite

/// Reads ids and times by their raw values and not through generic code, since a page reads hundreds.
extension Row {
  subscript(_ name: String) -> UnixTime { get throws { UnixTime(rawValue: try self[name]) } }

  subscript(_ name: String) -> UnixTime? {
    get throws {
      let value: Int64? = try self[name]
      return value.map(UnixTime.init(rawValue:))
    }
  }

  subscript(_ name: String) -> OrganisationID { get throws { OrganisationID(rawValue: try self[name]) } }

  subscript(_ name: String) -> UserID { get throws { UserID(rawValue: try self[name]) } }

  subscript(_ name: String) -> UserID? {
    get throws {
      let value: Int64? = try self[name]
      return value.map(UserID.init(rawValue:))
    }
  }

  subscript(_ name: String) -> ExportID { get throws { ExportID(rawValue: try self[name]) } }
}
