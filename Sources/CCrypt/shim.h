#include <crypt.h>
#include <sys/random.h>
