// Stands in for a tool whose own work is not what is measured: says a version when asked, else ends at once and well.
// The name it was started by says which tool it stands in for.
#include <stdio.h>
#include <string.h>

static const char *const versions[][2] = {
    {"bash", "GNU bash, version 5.2.15(1)-release"},
    {"sh", "sh 5.2.15"},
    {"shellcheck", "ShellCheck - shell script analysis tool\nversion: 9.9.0"},
    {"shfmt", "3.6.0"},
};

int main(int count, char **arguments) {
  const char *slash = strrchr(arguments[0], '/');
  const char *name = slash ? slash + 1 : arguments[0];
  if (count < 2 || (strcmp(arguments[1], "--version") != 0 && strcmp(arguments[1], "-version") != 0)) return 0;
  for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
    if (strcmp(versions[i][0], name) == 0) puts(versions[i][1]);
  }
  return 0;
}
