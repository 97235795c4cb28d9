#define _GNU_SOURCE
#include <unistd.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <netinet/in.h>
#include <arpa/inet.h>
/* A process whose calls are known to the last one: rounds of a fixed mix, with a pause between rounds.
   It waits for a byte on stdin before and after them. Usage: known ROUNDS PAUSE_MS */
int main(int c, char **v) {
  int rounds = atoi(v[1]), pause = atoi(v[2]);
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(1), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  char go;
  sbrk(0);
  if (read(0, &go, 1) < 0) return 1;
  for (int i = 0; i < rounds; i++) {
    for (int k = 0; k < 1000; k++) syscall(SYS_getppid);
    int f = open("/dev/null", O_RDONLY);
    int d = dup(f);
    close(f); close(d);
    open("/proc/self/nonexistent", O_RDONLY);
    open("/dev/null", O_RDONLY); /* stays open */
    close(9999);
    int p[2]; if (pipe(p)) return 1; close(p[0]); close(p[1]);
    fcntl(1, F_GETFD); f = fcntl(1, F_DUPFD_CLOEXEC, 10); close(f);
    int s = socket(AF_INET, SOCK_STREAM, 0); connect(s, (void *)&a, sizeof a); close(s);
    char *m = mmap(0, 100000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    m = mremap(m, 100000, 200000, MREMAP_MAYMOVE);
    mmap(m, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    munmap(m + 8192, 200704 - 8192);
    mmap(0, 1UL << 60, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); /* fails */
    sbrk(8192); sbrk(-4096);
    usleep(pause * 1000);
  }
  if (read(0, &go, 1) < 0) return 1;
  return 0;
}
