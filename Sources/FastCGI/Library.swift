import CFastCGI
import Glibc

/// 0 once libfcgi has been initialised, which happens once a process.
///
/// It would catch SIGTERM, SIGUSR1 and SIGPIPE from then on, and give up requests in flight at the first:
/// what was set before is put back. A web server that goes away must show as a failed write, so SIGPIPE is
/// ignored.
let library: Int32 = {
  let kept = [SIGTERM, SIGUSR1].map { number in
    var action = sigaction()
    unsafe sigaction(number, nil, &action)
    return (number, action)
  }
  signal(SIGPIPE, SIG_IGN)
  let result = FCGX_Init()
  for (number, saved) in kept {
    var action = saved
    unsafe sigaction(number, &action, nil)
  }
  return result
}()
