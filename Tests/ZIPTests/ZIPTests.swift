import Testing

@testable import ZIP
