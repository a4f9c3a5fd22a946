// Starting a process: what must happen between vfork and exec, in C, because no Swift may run there.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "CHost.h"

// Shared with the child, which runs in our memory until it execs: what failed there.
struct failure {
  volatile int stage;
  volatile int error;
};

static void close_from(unsigned first) {
  if (syscall(SYS_close_range, first, ~0U, 0) == 0) return;
  // Kernels before 5.9. Ours are close-on-exec anyway; this is for what we inherited.
  struct rlimit limit;
  rlim_t end = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 65536 ? limit.rlim_cur : 65536;
  for (rlim_t next = first; next < end; next++) close((int)next);
}

static void fail(struct failure *failure, int stage) {
  failure->error = errno;
  failure->stage = stage;
  _exit(127);
}

static void child(const struct baji_spawn_request *request, struct failure *failure, pid_t parent, struct sigaction *defaults) {
  for (int number = 1; number < NSIG; number++) {
    struct sigaction now;
    if (sigaction(number, NULL, &now) == 0 && now.sa_handler != SIG_DFL) sigaction(number, defaults, NULL);
  }
  if (setpgid(0, 0) != 0) fail(failure, BAJI_SPAWN_GROUP);
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) fail(failure, BAJI_SPAWN_GROUP);
  if (getppid() != parent) _exit(127);  // died before the line above: nobody is left to be told
  if (request->terminal >= 0) tcsetpgrp(request->terminal, getpid());  // SIGTTOU is blocked still

  int wanted[3] = {request->input, request->output, request->error};
  for (int i = 0; i < 3; i++) {  // out of the way first: where we ourselves have no 0, 1 or 2, these may be they
    if (wanted[i] < 3 && wanted[i] != i) {
      wanted[i] = fcntl(wanted[i], F_DUPFD, 3);
      if (wanted[i] < 0) fail(failure, BAJI_SPAWN_DESCRIPTORS);
    }
  }
  for (int i = 0; i < 3; i++) {
    if (wanted[i] == i) {
      if (fcntl(i, F_SETFD, 0) != 0) fail(failure, BAJI_SPAWN_DESCRIPTORS);
    } else if (dup2(wanted[i], i) < 0) {
      fail(failure, BAJI_SPAWN_DESCRIPTORS);
    }
  }
  close_from(3);
  umask(022);
  if (request->directory && chdir(request->directory) != 0) fail(failure, BAJI_SPAWN_DIRECTORY);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  // A program written a moment ago may still be open for writing in a process that is about to exec (it inherited the descriptor
  // and closes it there): ETXTBSY then passes by itself. A fifth of a second at most.
  for (int attempt = 0; attempt < 50; attempt++) {
    execve(request->program, request->arguments, request->environment);
    if (errno != ETXTBSY) break;
    struct timespec pause = {0, 4000000};
    nanosleep(&pause, NULL);
    errno = ETXTBSY;
  }
  fail(failure, BAJI_SPAWN_PROGRAM);
}

int baji_spawn(const struct baji_spawn_request *request, int *process_descriptor, int *stage) {
  struct failure failure = {0, 0};
  struct sigaction defaults;
  memset(&defaults, 0, sizeof defaults);
  defaults.sa_handler = SIG_DFL;
  pid_t parent = getpid();

  // No handler of ours may run in the child, which shares our memory.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t pid = vfork();
  if (pid == 0) child(request, &failure, parent, &defaults);
  int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, NULL);

  if (pid < 0) {
    *stage = BAJI_SPAWN_FORK;
    return -error;
  }
  if (failure.stage != 0) {
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
    *stage = failure.stage;
    return -failure.error;
  }
  *process_descriptor = (int)syscall(SYS_pidfd_open, pid, 0);  // close-on-exec by itself
  if (*process_descriptor < 0) {
    error = errno;
    kill(-pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
    *stage = BAJI_SPAWN_FORK;
    return -error;
  }
  *stage = 0;
  return pid;
}

int baji_reap(int pid, int wait, struct baji_ending *ending) {
  int status;
  struct rusage usage;
  pid_t got;
  do {
    got = wait4(pid, &status, wait ? 0 : WNOHANG, &usage);
  } while (got < 0 && errno == EINTR);
  if (got <= 0) return got < 0 ? -errno : 0;
  memset(ending, 0, sizeof *ending);
  ending->exited = WIFEXITED(status);
  ending->status = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
  ending->user = (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6;
  ending->system = (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec / 1e6;
  ending->peak_memory = (int64_t)usage.ru_maxrss * 1024;
  return 1;
}

int baji_become_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1) == 0 ? 0 : errno; }

int baji_give_terminal(int descriptor, int group) {
  sigset_t block, before;
  sigemptyset(&block);
  sigaddset(&block, SIGTTOU);  // or we would be stopped for doing so from the background
  pthread_sigmask(SIG_BLOCK, &block, &before);
  int failure = tcsetpgrp(descriptor, group) == 0 ? 0 : errno;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return failure;
}

static volatile int signal_descriptor = -1;

static void note_signal(int number) {
  int before = errno;
  unsigned char byte = (unsigned char)number;
  if (signal_descriptor >= 0) (void)!write(signal_descriptor, &byte, 1);
  errno = before;
}

int baji_watch_signal(int number, int descriptor) {
  signal_descriptor = descriptor;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = note_signal;
  action.sa_flags = SA_RESTART;
  return sigaction(number, &action, NULL) == 0 ? 0 : errno;
}

int baji_ignore_signal(int number) { return signal(number, SIG_IGN) == SIG_ERR ? errno : 0; }

void baji_die_of(int number) {
  signal(number, SIG_DFL);
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, number);
  pthread_sigmask(SIG_UNBLOCK, &one, NULL);
  raise(number);
  _exit(128 + number);
}
