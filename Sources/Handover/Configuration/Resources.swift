import Foundation

/// Where the templates and the static files lie: in the folder of the program, or the nearest one above it.
struct Resources: Sendable {
  let templates: String
  let publicFolder: String

  init() throws {
    let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    var folder = URL(fileURLWithPath: program).deletingLastPathComponent().standardizedFileURL
    while true {
      let templates = folder.appendingPathComponent("Templates").path
      let publicFolder = folder.appendingPathComponent("Public").path
      if FileManager.default.fileExists(atPath: templates + "/pages"),
        FileManager.default.fileExists(atPath: publicFolder)
      {
        self.templates = templates
        self.publicFolder = publicFolder
        return
      }
      if folder.path == "/" {
        throw HandoverError(
          "there is no Templates and Public in \(program)'s folder, or above it: put them beside it")
      }
      folder = folder.deletingLastPathComponent().standardizedFileURL
    }
  }
}
