#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>
/* What goes through its sockets is known to the last byte, by what its own calls return. Waits for a byte on stdin before and after.
   Usage: sockets ROUNDS; prints SENT RECEIVED CONNECTS CONNECTED FAILED. */
static long sent, received, connects, connected, failed;
static char buffer[1 << 16];
static struct sockaddr_in address(int port) {
  return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}
static int port(int s) {
  struct sockaddr_in a;
  socklen_t l = sizeof a;
  getsockname(s, (void *)&a, &l);
  return ntohs(a.sin_port);
}
static int listener(int backlog) {
  int s = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in a = address(0);
  if (bind(s, (void *)&a, sizeof a) || listen(s, backlog)) exit(1);
  return s;
}
static int dial(int to, int flags) {
  int s = socket(AF_INET, SOCK_STREAM | flags, 0);
  struct sockaddr_in a = address(to);
  connects++;
  connect(s, (void *)&a, sizeof a);
  return s;
}
static void take(int s, long bytes) {
  while (bytes > 0) {
    long n = recv(s, buffer, bytes < (long)sizeof buffer ? (size_t)bytes : sizeof buffer, 0);
    if (n <= 0) exit(1);
    received += n;
    bytes -= n;
  }
}
int main(int c, char **v) {
  int rounds = c > 1 ? atoi(v[1]) : 1;
  char go;
  int server = listener(8), closed = listener(1), free_port = port(closed);
  close(closed); /* nobody listens there now */
  int full = listener(0);
  int file = open("/proc/self/exe", O_RDONLY);
  if (read(0, &go, 1) < 0) return 1;
  for (int i = 0; i < rounds; i++) {
    int s = dial(port(server), 0), a = accept(server, 0, 0);
    connected++;
    long n = write(s, buffer, 1000);
    n += send(s, buffer, 20000, 0);
    struct iovec v2[2] = {{buffer, 300}, {buffer, 7}};
    n += writev(s, v2, 2);
    struct msghdr m = {.msg_iov = v2, .msg_iovlen = 2};
    n += sendmsg(s, &m, 0);
    n += sendfile(s, file, &(off_t){0}, 5000);
    sent += n;
    if (recv(a, buffer, 10, MSG_PEEK) != 10) return 1; /* only looked at */
    long r = read(a, buffer, 500);
    received += r;
    take(a, n - r);
    close(a);
    if (recv(s, buffer, 1, 0) != 0) return 1; /* the end */
    close(s);
    /* datagrams, of IPv6 too where there is one */
    int u = socket(AF_INET, SOCK_DGRAM, 0), w = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in ua = address(0);
    if (bind(w, (void *)&ua, sizeof ua)) return 1;
    ua = address(port(w));
    sent += sendto(u, buffer, 1200, 0, (void *)&ua, sizeof ua);
    received += recv(w, buffer, sizeof buffer, 0);
    close(u);
    close(w);
    int six = socket(AF_INET6, SOCK_DGRAM, 0);
    struct sockaddr_in6 a6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    socklen_t l6 = sizeof a6;
    if (six >= 0 && !bind(six, (void *)&a6, l6) && !getsockname(six, (void *)&a6, &l6)) {
      sent += sendto(six, buffer, 77, 0, (void *)&a6, sizeof a6);
      received += recv(six, buffer, sizeof buffer, 0);
    }
    if (six >= 0) close(six);
    /* not the network */
    int p[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, p) || write(p[0], buffer, 900) != 900 || read(p[1], buffer, 900) != 900) return 1;
    close(p[0]);
    close(p[1]);
    /* refused at once, refused later, and one that has no address */
    close(dial(free_port, 0));
    close(dial(free_port, SOCK_NONBLOCK));
    failed += 2;
    int x = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un nobody = {.sun_family = AF_UNIX, .sun_path = "/nonexistent/socket"};
    connects++;
    failed++;
    connect(x, (void *)&nobody, sizeof nobody);
    close(x);
  }
  /* The second waits in the queue, and those that follow are not answered: given up. */
  int waiting[4];
  for (int i = 0; i < 4; i++) waiting[i] = dial(port(full), SOCK_NONBLOCK);
  usleep(20000);
  for (int i = 0; i < 4; i++) {
    struct sockaddr_in peer;
    socklen_t l = sizeof peer;
    if (getpeername(waiting[i], (void *)&peer, &l) == 0) connected++;
    else failed++;
    close(waiting[i]);
  }
  printf("%ld %ld %ld %ld %ld\n", sent, received, connects, connected, failed);
  fflush(stdout);
  if (read(0, &go, 1) < 0) return 1;
  return 0;
}
