import Glibc

/// How long the machine has run, sleep included (CLOCK_BOOTTIME): the same for all of its processes, and set by nobody.
package func timeSinceBoot() -> Duration {
  var time = timespec()
  unsafe clock_gettime(CLOCK_BOOTTIME, &time)
  return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}
