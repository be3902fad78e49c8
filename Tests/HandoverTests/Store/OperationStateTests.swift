import Foundation
import TestSupport
import Testing

@testable import Handover

@Suite("How the last backup and the last drill have ended") struct OperationStateTests {
  private let folder: TemporaryFolder
  private let data: DataFolder

  init() throws {
    folder = try TemporaryFolder(inMemory: true)
    data = DataFolder(path: folder.path)
  }

  @Test(
    "What was written is read, one file each, in the form that others rely on",
    arguments: OperationState.Kind.allCases)
  func roundTrip(kind: OperationState.Kind) throws {
    #expect(try OperationState.read(kind, in: data) == nil)
    let state = OperationState(
      ended: UnixTime(rawValue: 1_795_741_200), seconds: 12.3, isOK: false, reason: "the disk is full",
      file: nil,
      succeeded: UnixTime(rawValue: 1_795_654_800))
    try state.write(kind, in: data)
    #expect(try OperationState.read(kind, in: data) == state)
    #expect(
      try String(contentsOfFile: data.operationState(kind), encoding: .utf8)
        == """
        {"ended":"2026-11-27T01:00:00Z","ok":false,"reason":"the disk is full","seconds":12.3,\
        "succeeded":"2026-11-26T01:00:00Z"}\n
        """)
    #expect(try FileManager.default.contentsOfDirectory(atPath: data.operation) == ["\(kind).json"])
    let mode = try FileManager.default.attributesOfItem(atPath: data.operation)[.posixPermissions] as? Int
    #expect(mode == 0o700)
  }

  @Test(
    "A file that holds something else is no state, and the message names it",
    arguments: ["", "{}", "{\"ended\":7}", "[1]"])
  func others(text: String) throws {
    try FileManager.default.createDirectory(atPath: data.operation, withIntermediateDirectories: true)
    try text.write(toFile: data.operationState(.drill), atomically: false, encoding: .utf8)
    let error = #expect(throws: HandoverError.self) { try OperationState.read(.drill, in: data) }
    #expect("\(String(describing: error))".contains("operation/drill.json"))
  }
}
