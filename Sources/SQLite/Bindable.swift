/// A value that can take the place of a `?` in a statement.
///
/// Other types conform by their raw value: `struct UserID: RawRepresentable, Bindable, ColumnValue`, or
/// `enum Role: String, Bindable, ColumnValue`.
package protocol Bindable {
  var boundValue: BoundValue { get }
}

/// A value as SQLite takes it. NULL is nil.
package enum BoundValue {
  case integer(Int64)
  case real(Double)
  case text(String)
  case blob([UInt8])
}

extension Int: Bindable {
  package var boundValue: BoundValue { .integer(Int64(self)) }
}

extension Int64: Bindable {
  package var boundValue: BoundValue { .integer(self) }
}

/// 1 and 0.
extension Bool: Bindable {
  package var boundValue: BoundValue { .integer(self ? 1 : 0) }
}

extension Double: Bindable {
  package var boundValue: BoundValue { .real(self) }
}

extension String: Bindable {
  package var boundValue: BoundValue { .text(self) }
}

/// A blob.
extension Array: Bindable where Element == UInt8 {
  package var boundValue: BoundValue { .blob(self) }
}

extension Bindable where Self: RawRepresentable, RawValue: Bindable {
  package var boundValue: BoundValue { rawValue.boundValue }
}
