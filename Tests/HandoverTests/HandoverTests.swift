import Testing

@testable import Handover
