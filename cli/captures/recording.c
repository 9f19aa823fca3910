#include "recording.h"
#include "command.h"
#include "key_log_text.h"
#include "memory.h"
#include "pcapng.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK_LEN = 256 * 1024 };

struct recording {
    const char *name;
    struct key_log *log;
    const char *origin; /* what messages call the secrets inside */
    bool is_pcapng;
    struct pcapng pcapng;
    bool has_secrets; /* from --key-log or inside */
    struct tshark tshark;
    bool is_read_to_end;

    /* The file that tshark reads through a pipe, and the bytes of it that are on the way: */
    int fd;
    char *chunk; /* chunk[start .. end) is still to be written */
    size_t capacity, start, end;
};

static void take_key_log(void *owner, const char *text, size_t len)
{
    struct recording *recording = owner;

    recording->has_secrets = true;
    key_log_read_text(recording->log, recording->origin, text, len);
}

/* Takes the next bytes of a pcapng file, for the secrets in them. A message says once what is wrong with its
 * blocks. */
static void take_bytes(struct recording *recording, const char *bytes, size_t len)
{
    const bool was_right = !recording->pcapng.wrong;

    if (!recording->is_pcapng) {
        return;
    }
    pcapng_take(&recording->pcapng, bytes, len);
    if (was_right && recording->pcapng.wrong) {
        command_message("%s: malformed pcapng, %s: secrets behind its first %llu bytes are not read",
            recording->name, recording->pcapng.wrong, (unsigned long long)recording->pcapng.block_start);
    }
}

/* Reads the next chunk of the file. Returns false at the file's end, or if a read fails, which a message
 * says. */
static bool read_chunk(struct recording *recording)
{
    ssize_t n;

    do {
        n = read(recording->fd, recording->chunk, recording->capacity);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        command_message("%s: %s", recording->name, strerror(errno));
    }
    recording->start = 0;
    recording->end = n > 0 ? (size_t)n : 0;
    return n > 0;
}

/* Tells whether tshark can read the file by its name after this command has read it. */
static bool is_regular(const char *name, int fd)
{
    struct stat by_name, by_fd;

    return fstat(fd, &by_fd) == 0 && S_ISREG(by_fd.st_mode) && stat(name, &by_name) == 0 &&
           by_name.st_dev == by_fd.st_dev && by_name.st_ino == by_fd.st_ino;
}

/* Reads all of a file that tshark reads by name, since its secrets may be at its end. */
static void read_secrets(struct recording *recording)
{
    while (recording->is_pcapng && !recording->pcapng.wrong && read_chunk(recording)) {
        take_bytes(recording, recording->chunk, recording->end);
    }
    recording->start = recording->end = 0;
}

static bool start_tshark(struct recording *recording, bool by_name, const struct tshark_options *options)
{
    const int error = tshark_start(&recording->tshark, by_name ? recording->name : NULL, options);

    if (error == ENOENT) {
        command_message(
            "%s: captures are read by tshark, which is not installed: its package is tshark on Debian, "
            "Ubuntu and Alpine, wireshark-cli on Fedora and Arch, wireshark elsewhere",
            recording->name);
    } else if (error != 0) {
        command_message("%s: tshark cannot be started: %s", recording->name, strerror(error));
    }
    return error == 0;
}

static void free_recording(struct recording *recording)
{
    close(recording->fd);
    pcapng_close(&recording->pcapng);
    memory_give_back(recording->chunk);
    memory_give_back(recording);
}

/* The first bytes, which were read already, may be more than a chunk has; its room then is as much. */
static struct recording *new_recording(
    const char *name, int fd, const char *start, size_t len, struct key_log *log)
{
    struct recording *recording = memory_take(sizeof(*recording));
    struct text_buffer origin = {0};

    recording->capacity = len > CHUNK_LEN ? len : CHUNK_LEN;
    recording->chunk = memory_take(recording->capacity);
    memcpy(recording->chunk, start, len);
    recording->end = len;
    text_buffer_format(&origin, "secrets in %s", name);
    recording->name = name;
    recording->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    recording->log = log;
    recording->origin = key_log_keep(log, origin.text);
    text_buffer_free(&origin);
    recording->is_pcapng = file_format_find(start, len) == FORMAT_PCAPNG;
    pcapng_open(&recording->pcapng, take_key_log, recording);
    return recording;
}

/* Checks that there are secrets. A pcapng that comes through a pipe passes, because its secrets may still
 * come. */
static bool check_secrets(const struct recording *recording, bool by_name)
{
    if (recording->has_secrets || (recording->is_pcapng && !by_name)) {
        return true;
    }
    command_message("%s: the file is a capture%s: give its key log, too (--key-log LOG)", recording->name,
        recording->is_pcapng ? " without secrets inside" : "");
    return false;
}

struct recording *recording_open(const char *name, int fd, const char *start, size_t len, struct key_log *log,
    const struct tshark_options *options)
{
    const bool by_name = is_regular(name, fd);
    struct recording *recording = new_recording(name, fd, start, len, log);

    recording->has_secrets = options->key_log != NULL;
    take_bytes(recording, start, len);
    if (by_name) {
        read_secrets(recording);
    }
    if (!check_secrets(recording, by_name) || !start_tshark(recording, by_name, options)) {
        free_recording(recording);
        return NULL;
    }
    return recording;
}

int recording_fd(const struct recording *recording)
{
    return recording->tshark.out;
}

/* Writes to tshark what was read. A tshark that takes no more has failed, and tshark_end() will tell why. */
static void feed(struct recording *recording)
{
    const ssize_t n =
        write(recording->tshark.in, recording->chunk + recording->start, recording->end - recording->start);

    if (n >= 0) {
        recording->start += (size_t)n;
    } else if (errno != EINTR && errno != EAGAIN) {
        tshark_end_input(&recording->tshark);
    }
}

static void refill(struct recording *recording)
{
    if (read_chunk(recording)) {
        take_bytes(recording, recording->chunk, recording->end);
    } else {
        tshark_end_input(&recording->tshark);
    }
}

/* Waits for tshark or for the file, and moves what can be moved. Returns whether tshark has lines, or has
 * ended. */
static bool wait_and_feed(struct recording *recording)
{
    const bool is_fed = recording->tshark.in >= 0, is_empty = recording->start == recording->end;
    struct pollfd polled[] = {{.fd = recording->tshark.out, .events = POLLIN},
        {.fd = recording->tshark.error, .events = POLLIN},
        {.fd = is_fed && !is_empty ? recording->tshark.in : -1, .events = POLLOUT},
        {.fd = is_fed && is_empty ? recording->fd : -1, .events = POLLIN}};

    if (poll(polled, 4, -1) < 0) {
        return errno != EINTR;
    }
    if (polled[1].revents != 0) {
        tshark_listen(&recording->tshark);
    }
    if (polled[2].revents != 0) {
        feed(recording);
    }
    if (polled[3].revents != 0) {
        refill(recording);
    }
    return polled[0].revents != 0;
}

ssize_t recording_read(void *owner, char *to, size_t n)
{
    struct recording *recording = owner;
    ssize_t n_read;

    while (!wait_and_feed(recording)) {
    }
    n_read = read(recording->tshark.out, to, n);
    recording->is_read_to_end = n_read == 0;
    return n_read;
}

bool recording_close(struct recording *recording)
{
    const char *wrong;
    bool is_whole;

    if (!recording) {
        return true;
    }
    wrong = tshark_end(&recording->tshark, recording->is_read_to_end);
    if (wrong) {
        command_message("%s: tshark failed: %s", recording->name, wrong);
    }
    is_whole = !wrong && !recording->pcapng.wrong;
    free_recording(recording);
    return is_whole;
}
