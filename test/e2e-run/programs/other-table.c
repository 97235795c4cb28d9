/*
 * Waits for a byte, then makes calls whose numbers are of other tables, under a name that is text of JSON, and ends at the end of
 * its input. x86-64 only.
 */
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
  char byte;
  if (read(0, &byte, 1) != 1) return 1;
  prctl(PR_SET_NAME, "\": 1}, \"\n\x1b\\");
  for (int i = 0; i < 7; i++) {
    long result;
    /* 20 is getpid of the 32-bit table and writev of the 64-bit one. */
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory");
  }
  for (int i = 0; i < 50; i++) syscall(5000 + i);
  syscall(-1);
  while (read(0, &byte, 1) == 1) {
  }
  return 0;
}
