/* Sends prepared HTTP requests over kept-alive connections and measures the answers.
 *
 * usage: load PORT CONNECTIONS RATE SECONDS FILE
 *
 * FILE holds the requests: for each a 32-bit little-endian length and so many bytes. RATE 0 sends
 * the next one on a connection as soon as the last is answered (closed loop). With a rate they are
 * due at even distances, and a latency counts from the moment at which its request was due, so
 * that a queue in front of the server shows (open loop). After SECONDS no more are begun.
 * Prints one JSON object: sent, seconds, rate, errors, latencies in ms, and answers by status.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { HEAD = 16384, NOBODY = -1 };

struct line {
    int fd;
    int request; /* the one that is under way, or NOBODY */
    double due;  /* when its latency began, in seconds */
    char head[HEAD + 1];
    size_t length; /* of the head so far */
    long body;     /* bytes of the body that are still to come; -1 while in the head */
    int status;
    bool closes;
};

static struct line *lines;
static int *idle, idle_count, line_count;
static struct { const char *bytes; uint32_t length; } *requests;
static int request_count, next_request, finished, errors;
static float *latencies;
static int by_status[1000];
static int poller, port;

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void dial(struct line *one) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    one->fd = socket(AF_INET, SOCK_STREAM, 0);
    int yes = 1;
    if (connect(one->fd, (struct sockaddr *)&address, sizeof address)) {
        perror("load: connect");
        exit(1);
    }
    setsockopt(one->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    fcntl(one->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = one};
    epoll_ctl(poller, EPOLL_CTL_ADD, one->fd, &event);
}

static void send_request(struct line *one) {
    one->length = 0;
    one->body = -1;
    one->closes = false;
    uint32_t length = requests[one->request].length;
    if (send(one->fd, requests[one->request].bytes, length, MSG_NOSIGNAL) == (ssize_t)length) return;
    close(one->fd); /* the server had closed an idle connection: once more on a new one */
    dial(one);
    if (send(one->fd, requests[one->request].bytes, length, MSG_NOSIGNAL) != (ssize_t)length) {
        fprintf(stderr, "load: a request does not fit into the socket\n");
        exit(1);
    }
}

static void begin(struct line *one, double due) {
    one->request = next_request++;
    one->due = due;
    send_request(one);
}

static void release(struct line *one) {
    one->request = NOBODY;
    idle[idle_count++] = (int)(one - lines);
}

static void finish(struct line *one) {
    latencies[finished++] = (float)((seconds() - one->due) * 1000);
    by_status[one->status > 0 && one->status < 1000 ? one->status : 0]++;
    if (one->closes) {
        close(one->fd);
        dial(one);
    }
    release(one);
}

static void lost(struct line *one) {
    close(one->fd);
    dial(one);
    if (one->request == NOBODY) return;
    if (one->length == 0 && one->status != -1) {
        one->status = -1; /* an idle connection that ended while we wrote: try once more */
        send_request(one);
        return;
    }
    errors++;
    release(one);
}

static void read_head(struct line *one) {
    one->head[one->length] = 0;
    char *end = strstr(one->head, "\r\n\r\n");
    if (!end) {
        if (one->length == HEAD) lost(one);
        return;
    }
    end[2] = 0;
    one->status = one->length > 12 ? atoi(one->head + 9) : 0;
    char *declared = strcasestr(one->head, "\r\ncontent-length:");
    bool is_chunked = strcasestr(one->head, "\r\ntransfer-encoding: chunked") != NULL;
    one->closes = strcasestr(one->head, "\r\nconnection: close") != NULL;
    end[2] = '\r';
    if (is_chunked) { /* short answers only: the whole of it stays in the buffer */
        bool is_whole = !strcmp(one->head + one->length - 5, "0\r\n\r\n");
        one->body = is_whole ? 0 : -1;
        return;
    }
    long expected = declared ? atol(declared + 17) : 0;
    one->body = expected - (long)(one->length - (size_t)(end + 4 - one->head));
    if (one->body < 0) one->body = 0; /* more than was declared, which nobody asked for */
}

static void hear(struct line *one) {
    static char waste[1 << 16];
    for (;;) {
        bool in_head = one->body < 0;
        char *into = in_head ? one->head + one->length : waste;
        size_t room = in_head ? HEAD - one->length : sizeof waste;
        ssize_t got = recv(one->fd, into, room, 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (got <= 0) {
            lost(one);
            return;
        }
        if (one->request == NOBODY) continue;
        if (in_head) {
            one->length += (size_t)got;
            read_head(one);
        } else {
            one->body -= got;
        }
        if (one->request != NOBODY && one->body == 0) {
            finish(one);
            return;
        }
    }
}

static int ascending(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static float percentile(double share) {
    int at = (int)(share * finished);
    return finished ? latencies[at < finished ? at : finished - 1] : 0;
}

static void load_requests(const char *path) {
    int fd = open(path, O_RDONLY);
    struct stat facts;
    if (fd < 0 || fstat(fd, &facts) || facts.st_size == 0) {
        fprintf(stderr, "load: no requests\n");
        exit(2);
    }
    const char *at = mmap(NULL, (size_t)facts.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    const char *end = at + facts.st_size;
    int room = 0;
    while (at < end) {
        if (request_count == room) {
            room = room ? room * 2 : 1024;
            requests = realloc(requests, (size_t)room * sizeof *requests);
        }
        memcpy(&requests[request_count].length, at, 4);
        requests[request_count].bytes = at + 4;
        at += 4 + requests[request_count++].length;
    }
}

static void run(double rate, double limit) {
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(poller, EPOLL_CTL_ADD, timer, &event);
    double start = seconds(), last = start;
    for (;;) {
        double now = seconds();
        bool may_begin = next_request < request_count && now - start < limit;
        while (may_begin && idle_count && next_request < request_count) {
            double due = rate > 0 ? start + next_request / rate : seconds();
            if (due > now && rate > 0) {
                double left = due - now;
                struct itimerspec when = {.it_value = {(time_t)left, 0}};
                when.it_value.tv_nsec = (long)((left - (double)(time_t)left) * 1e9) + 1;
                timerfd_settime(timer, 0, &when, NULL);
                break;
            }
            begin(&lines[idle[--idle_count]], due);
        }
        if (!may_begin && (idle_count == line_count || now - last > 30)) break;
        struct epoll_event events[256];
        int ready = epoll_wait(poller, events, 256, 1000);
        for (int i = 0; i < ready; i++) {
            uint64_t ticks;
            if (events[i].data.ptr) hear(events[i].data.ptr);
            else if (read(timer, &ticks, sizeof ticks) < 0) continue;
        }
        if (ready > 0) last = seconds();
    }
    double took = last - start;
    qsort(latencies, (size_t)finished, sizeof *latencies, ascending);
    printf("{\"sent\": %d, \"seconds\": %.6f, \"rate\": %.1f, \"errors\": %d, \"p50\": %.3f, "
           "\"p95\": %.3f, \"p99\": %.3f, \"max\": %.3f, \"statuses\": {",
           finished, took, finished / (took > 0 ? took : 1), errors, percentile(0.50),
           percentile(0.95), percentile(0.99), percentile(1));
    bool is_first = true;
    for (int status = 0; status < 1000; status++)
        if (by_status[status]) {
            printf("%s\"%d\": %d", is_first ? "" : ", ", status, by_status[status]);
            is_first = false;
        }
    printf("}}\n");
}

int main(int count, char **given) {
    if (count != 6) {
        fprintf(stderr, "usage: load PORT CONNECTIONS RATE SECONDS FILE\n");
        return 2;
    }
    port = atoi(given[1]);
    line_count = atoi(given[2]);
    load_requests(given[5]);
    latencies = calloc((size_t)request_count, sizeof *latencies);
    lines = calloc((size_t)line_count, sizeof *lines);
    idle = calloc((size_t)line_count, sizeof *idle);
    poller = epoll_create1(0);
    for (int i = 0; i < line_count; i++) {
        dial(&lines[i]);
        release(&lines[i]);
    }
    run(atof(given[3]), atof(given[4]));
    return 0;
}
