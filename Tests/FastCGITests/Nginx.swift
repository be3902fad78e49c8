import Foundation
import TestSupport

/// nginx with a folder and a port of its own, in front of a socket; stopped at the end.
final class Nginx: Sendable {
  let port: UInt16
  private let process: ChildProcess

  init(in folder: String, socket: String) throws {
    port = freePort()
    let configuration = """
      daemon off; \(geteuid() == 0 ? "user root;" : "") worker_processes 1; pid \(folder)/pid; error_log \(folder)/error crit;
      events { worker_connections 512; }
      http {
        access_log off; client_body_temp_path \(folder)/b; fastcgi_temp_path \(folder)/f; proxy_temp_path \(folder)/p;
        uwsgi_temp_path \(folder)/u; scgi_temp_path \(folder)/s; client_max_body_size 2m;
        server {
          listen 127.0.0.1:\(port);
          location /files/ { internal; alias \(folder)/; }
          location / {
            fastcgi_pass unix:\(socket);
            fastcgi_param REQUEST_METHOD $request_method; fastcgi_param REQUEST_URI $request_uri;
            fastcgi_param CONTENT_TYPE $content_type; fastcgi_param CONTENT_LENGTH $content_length;
            fastcgi_param REMOTE_ADDR $remote_addr; fastcgi_param HTTP_PROXY "";
          }
        }
      }
      """
    try configuration.write(toFile: folder + "/nginx.conf", atomically: true, encoding: .utf8)
    let log = URL(filePath: folder + "/error")
    process = try ChildProcess(
      "nginx", ["-p", folder, "-c", folder + "/nginx.conf", "-e", log.path], output: log, error: log)
    while ClientConnection(port: port) == nil, process.isRunning { usleep(5000) }
  }

  deinit {
    _ = try? process.stop()
  }

  /// The whole answer to `head` (request line and fields without the last empty line) and body.
  func ask(_ head: String, body: [UInt8] = []) -> (head: String, body: [UInt8])? {
    guard let connection = ClientConnection(port: port) else { return nil }
    let length = body.isEmpty ? "" : "Content-Length: \(body.count)\r\n"
    connection.send(
      Array("\(head)\r\nHost: localhost\r\n\(length)Connection: close\r\n\r\n".utf8) + body)
    let answer = connection.receive()
    guard let end = answer.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
    return (String(decoding: answer[..<end.lowerBound], as: UTF8.self), Array(answer[end.upperBound...]))
  }
}
