import Glibc
import Secrets

extension Bucket {
  /// Where a sign-in counts that fails.
  static func signIn(_ email: String, from address: String) -> [Bucket] {
    let account = hashed(email)
    let network = network(of: address)
    return [
      Bucket(name: "sign-in account \(account) network \(network)", closesAt: 6),
      Bucket(name: "sign-in account \(account)", closesAt: 30),
      Bucket(name: "sign-in network \(network)", closesAt: 100),
    ]
  }

  /// Where a wrong password counts that somebody gives who is signed in. It keeps nobody from signing in, and a
  /// flood at the sign-in doesn't keep anybody from this.
  static func confirmation(by user: User) -> [Bucket] {
    [Bucket(name: "confirmation \(user.organisation.rawValue) \(user.id)", closesAt: 6)]
  }

  /// Where a mail counts that was asked for with an address.
  static func forgotten(_ email: String) -> [Bucket] {
    [Bucket(name: "forgotten account \(hashed(email))", closesAt: 3)]
  }

  /// Where one counts who asks for such mails.
  static func forgotten(from address: String) -> [Bucket] {
    [Bucket(name: "forgotten network \(network(of: address))", closesAt: 30)]
  }

  /// People type passwords where the address belongs: it isn't kept as it is.
  private static func hashed(_ email: String) -> String {
    hex(Array(TokenHash(of: email.lowercased()).bytes.prefix(16)))
  }
}

/// The part of a network address that one party holds: all of an IPv4 address, the first 64 bits of an IPv6 one.
func network(of address: String) -> String {
  var parsed = in6_addr()
  guard unsafe inet_pton(AF_INET6, address, &parsed) == 1 else { return address }
  let bytes = unsafe withUnsafeBytes(of: &parsed) { unsafe Array($0) }
  let isIPv4 = bytes.starts(with: Array(repeating: 0, count: 10) + [0xFF, 0xFF])
  if isIPv4 { return bytes.suffix(4).map(String.init).joined(separator: ".") }
  return hex(Array(bytes.prefix(8))) + "/64"
}
