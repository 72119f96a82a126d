// SPDX-License-Identifier: Apache-2.0
// execs FOLDER: children that exec in every way there is, one after the other. The folder has job (a program), script.sh,
// nested.sh (whose interpreter is a script), link -> job, sub/inner (a program) and sub/tool.sh.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MANY = 200, KINDS = 19 };

static char *environment[] = {0};
static char absolute[4096];
static int sub, job, memory, script;

static void execve_(const char *path, char **arguments) { syscall(SYS_execve, path, arguments, environment); }
static void execveat_(int fd, const char *path, char **arguments, int flags) {
  syscall(SYS_execveat, fd, path, arguments, environment, flags);
}
#define ARGUMENTS(...) ((char *[]){__VA_ARGS__, 0})

static void *exec_in_thread(void *unused) {
  execve_("./job", ARGUMENTS("of a thread"));
  return unused;
}

static void exec_kind(int kind) {
  char *many[MANY + 1];
  pthread_t thread;
  switch (kind) {
    case 0: return execve_("./job", ARGUMENTS("./job", "one"));
    case 1: return execve_("missing", ARGUMENTS("missing"));
    case 2: return execve_("sub/../job", ARGUMENTS("renamed", "two words", ""));
    case 3: return execve_("script.sh", ARGUMENTS("as called", "x"));
    case 4: return execve_("./nested.sh", ARGUMENTS("nested"));
    case 5: return execveat_(AT_FDCWD, "job", ARGUMENTS("at"), 0);
    case 6: return execveat_(sub, "inner", ARGUMENTS("inner", "y"), 0);
    case 7: return execveat_(sub, "missing", ARGUMENTS("missing"), 0);
    case 8: return execveat_(sub, absolute, ARGUMENTS("absolute"), 0);
    case 9: return execveat_(job, "", ARGUMENTS("empty path"), AT_EMPTY_PATH);
    case 10: return execveat_(memory, "", ARGUMENTS("memory"), AT_EMPTY_PATH);
    case 11: return execveat_(script, "", ARGUMENTS("script", "z"), AT_EMPTY_PATH);
    case 12: return execveat_(sub, "tool.sh", ARGUMENTS("tool"), 0);
    case 13: return execveat_(job, "", ARGUMENTS("no flag"), 0);
    case 14: return execveat_(AT_FDCWD, "link", ARGUMENTS("link"), AT_SYMLINK_NOFOLLOW);
    case 15:
      for (int i = 0; i < MANY; ++i) many[i] = "an argument of many";
      many[MANY] = 0;
      return execve_("./job", many);
    case 16: return execve_("./job", 0);
    case 17: return execve_("./script.sh", ARGUMENTS(absolute, absolute, absolute));
    default:
      pthread_create(&thread, 0, exec_in_thread, 0);
      pthread_join(thread, 0);
  }
}

int main(int count, char **arguments) {
  struct stat size;
  if (count != 2 || chdir(arguments[1])) return 1;
  snprintf(absolute, sizeof absolute, "%s/sub/../job", arguments[1]);
  sub = open("sub", O_PATH | O_DIRECTORY);
  job = open("job", O_RDONLY | O_CLOEXEC);
  script = open("script.sh", O_RDONLY);
  memory = memfd_create("prog", 0);
  if (sub < 0 || job < 0 || script < 0 || memory < 0 || fstat(job, &size)) return 1;
  if (sendfile(memory, job, 0, (size_t)size.st_size) != size.st_size) return 1;
  for (int kind = 0; kind < KINDS; ++kind) {
    if (!fork()) {
      exec_kind(kind);
      _exit(9);
    }
    wait(0);
  }
  return 0;
}
