#include <fastcgi.h>
#include <fcgiapp.h>
#include <sys/socket.h>

/* glibc shows it only with _GNU_SOURCE, which a module can't ask for. */
int accept4(int socket, struct sockaddr *address, socklen_t *length, int flags);
