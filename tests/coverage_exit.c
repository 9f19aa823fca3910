/* tests/coverage.sh puts this in the place of _exit(), since exit() alone writes the counters of a process. A
 * child that sees another root cannot write them, and would make the folders of their path there. */
#include <unistd.h>

void __gcov_dump(void);
void __real__exit(int status);
void __wrap__exit(int status);

void __wrap__exit(int status)
{
    if (access(BUILD_FOLDER, W_OK) == 0) {
        __gcov_dump();
    }
    __real__exit(status);
}
