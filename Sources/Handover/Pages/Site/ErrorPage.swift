import HTTP
import Mustache

/// The page of an answer that is an error; its words stand in the template, by status.
enum ErrorPage {
  static func render(
    _ status: Status, detail: String? = nil, wait: String? = nil, errorID: String? = nil, on site: Site
  ) throws -> Response {
    var view: Object = [
      "code": .text(String(status.code)),
      "detail": Value(detail),
      "wait": Value(wait),
      "error_id": Value(errorID),
      "back": ["address": .text(Route.home.path()), "name": "Back to Settings"],
      "flash": .null,
      "csrf_token": .null,
    ]
    for code in [400, 403, 404, 405, 409, 410, 413, 415, 421, 422, 429, 500, 503] {
      view["e\(code)"] = .bool(code == status.code)
    }
    site.shared.add(to: &view)
    return Response.html(try site.render("pages/error", view), status)
  }
}
