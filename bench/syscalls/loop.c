#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
/* Nanoseconds per call in the fastest tenth of REPEATS stretches of COUNT calls: `loop getppid|open COUNT REPEATS`. open: open and close are two calls. */
static int compare(const void *a, const void *b) { return *(double *)a < *(double *)b ? -1 : *(double *)a > *(double *)b; }
int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int opens = strcmp(argv[1], "open") == 0, repeats = atoi(argv[3]);
  long count = atol(argv[2]);
  double *took = malloc(sizeof(double) * repeats);
  for (int r = 0; r < repeats; r++) {
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    if (opens) for (long i = 0; i < count; i += 2) close(open("/dev/null", O_RDONLY));
    else for (long i = 0; i < count; i++) syscall(SYS_getppid);
    clock_gettime(CLOCK_MONOTONIC, &b);
    took[r] = ((b.tv_sec - a.tv_sec) * 1e9 + (b.tv_nsec - a.tv_nsec)) / count;
  }
  qsort(took, repeats, sizeof(double), compare);
  printf("%.1f\n", took[repeats / 10]);
  return 0;
}
