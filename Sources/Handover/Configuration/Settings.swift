import Foundation
import System

/// The variables that this process goes by: those of its environment or, where that doesn't name the data folder, those of
/// the file of an installed machine. Where both name one, the environment's counts.
struct Settings: Sendable {
  let values: [String: String]
  let file: SettingsFile?

  init(environment: [String: String], installed path: String = SettingsFile.installed) {
    let isComplete = environment[Variable.data.name].map { !$0.isEmpty } ?? false
    file = isComplete ? nil : SettingsFile(path: path)
    values = (file?.values ?? [:]).merging(environment) { $1.isEmpty ? $0 : $1 }
  }

  /// The variables for what this process starts: what systemd says to it is for it alone.
  var passedOn: [String: String] { values.filter { !ServiceManager.variables.contains($0.key) } }

  /// What is wrong with the file, a sentence each.
  var problems: [String] {
    guard let file else { return [] }
    let lacks = values[Variable.data.name].map(\.isEmpty) ?? true
    return file.problems
      + (lacks && file.problems.isEmpty
        ? ["\(file.path) doesn't say where the data is: \(Variable.data.name)=FOLDER"] : [])
  }

  /// Where a variable that is wrong is set, if it is in the file.
  func place(of variable: Variable) -> String {
    guard let file, file.values[variable.name] == values[variable.name] else { return "" }
    return file.place(of: variable.name)
  }
}

extension Configuration {
  /// Sets this process up, and reads its settings. Where root runs it, it becomes the owner of the data folder before it
  /// touches anything.
  ///
  /// - Returns: also the variables, for what this process starts.
  /// - Throws: `HandoverError`, with all that is wrong with the settings.
  static func ofThisProcess(_ environment: [String: String]) throws -> (Configuration, [String: String]) {
    ThisProcess.setUp()
    let settings = Settings(environment: environment)
    let workingDirectory = FileManager.default.currentDirectoryPath
    let home = try ThisProcess.becomeOwner(of: DataFolder(settings, in: workingDirectory).path)
    let configuration = try Configuration(
      settings, workingDirectory: workingDirectory, cores: ProcessInfo.processInfo.activeProcessorCount)
    return (configuration, settings.passedOn.merging(home.map { ["HOME": $0] } ?? [:]) { $1 })
  }
}
