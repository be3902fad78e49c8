#include <fastcgi.h>
#include <fcgiapp.h>
#include <pthread.h>
#include <sys/socket.h>

/* glibc shows these only with _GNU_SOURCE, which a module can't ask for. */
int accept4(int socket, struct sockaddr *address, socklen_t *length, int flags);
int pthread_setname_np(pthread_t thread, const char *name);
