extension MailAddresses {
  /// The addresses of the site's pages, with the host that is configured.
  init(_ configuration: Configuration) {
    let origin = configuration.url.origin
    self.init(
      host: configuration.url.host.name, home: origin + Route.home.path(),
      exports: origin + Route.exports.path(), forgotten: origin + Route.forgottenForm.path(),
      reset: origin + Route.resetForm.path(), support: configuration.supportURL)
  }
}

extension DownloadAddress {
  init(_ configuration: Configuration) {
    self.init(origin: configuration.url.origin) { Route.download.path($0.rawValue) }
  }
}
