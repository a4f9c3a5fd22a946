// Runs a command and writes `nanoseconds peak-RSS-in-KiB wait-status start processor-time` to a file: the start by the monotonic clock, the
// processor time (user and system, with all that was waited for) in nanoseconds. It is small itself, because a child's peak
// memory as the kernel counts it begins with that of the process that spawned it.
//
//   timed RESULT-FILE OUTPUT-FILE COMMAND [ARGUMENT...]
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int main(int count, char **arguments) {
  if (count < 4) {
    fprintf(stderr, "usage: timed RESULT-FILE OUTPUT-FILE COMMAND [ARGUMENT...]\n");
    return 2;
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, arguments[2], O_WRONLY | O_CREAT | O_TRUNC, 0666);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  long long start = now();
  pid_t child;
  int error = posix_spawn(&child, arguments[3], &actions, NULL, arguments + 3, environ);
  if (error) {
    fprintf(stderr, "timed: %s: %s\n", arguments[3], strerror(error));
    return 3;
  }
  int status;
  struct rusage usage;
  wait4(child, &status, 0, &usage);
  long long end = now();
  FILE *result = fopen(arguments[1], "w");
  if (!result) return 3;
  long long processor = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000LL;
  processor += (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000LL;
  fprintf(result, "%lld %ld %d %lld %lld\n", end - start, usage.ru_maxrss, status, start, processor);
  return fclose(result) == 0 ? 0 : 3;
}
