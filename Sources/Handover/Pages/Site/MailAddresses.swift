// Where mails lead: addresses of pages, with the host that is configured.

extension MailSite {
  init(_ configuration: Configuration) {
    let origin = configuration.url.origin
    self.init(
      host: configuration.url.host.name, home: origin + Route.home.path(),
      exportPage: origin + Route.exports.path(), supportURL: configuration.supportURL)
  }
}

extension AccountAddresses {
  init(_ configuration: Configuration) {
    let origin = configuration.url.origin
    self.init(reset: origin + Route.resetForm.path(), forgotten: origin + Route.forgottenForm.path())
  }
}
