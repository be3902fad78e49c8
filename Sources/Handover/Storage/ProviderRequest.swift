import System

extension Curl {
  /// Asks a provider.
  ///
  /// - Parameter isStopping: asked every few milliseconds; from the first yes on the request has two seconds.
  /// - Throws: `StorageProblem` where there is no answer.
  func answer(
    to request: WebRequest, of provider: StorageProvider, isStopping: () -> Bool = { false }
  ) throws(StorageProblem) -> WebAnswer {
    do throws(CurlFailure) { return try answer(to: request, isStopping: isStopping) } catch {
      switch error {
      case .missing:
        throw StorageProblem(
          .server, "The server lacks a program: whoever runs it has to install curl.",
          detail: "no curl in PATH")
      case .unstartable(let error):
        throw StorageProblem(.server, "The server couldn’t run curl.", detail: "\(error)")
      case .unreachable(let reason):
        throw StorageProblem(.unreachable, "\(provider.name) couldn’t be reached.", detail: reason)
      }
    }
  }
}
