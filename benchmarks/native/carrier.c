/* A carrier on loopback that is faster than anything that talks to it.
 *
 * usage: carrier PORT LATENCY_MS LOG
 *
 * POST …/Messages.json         Twilio's answer to a new message: 201 and its JSON.
 * GET  …/Messages.json?To=…    the newest messages to a number, as Twilio lists them.
 * anything else with "to"      the sends of other gateways (Kannel's generic HTTP): 200 and an id.
 *
 * Every accepted request is a line of LOG: microseconds since the epoch, To, the value of
 * "delivery" in the StatusCallback (or "-"), the sid. Lines are there 100 ms later at the latest,
 * and all of them once the process has ended (SIGTERM). One thread, one epoll; each answer waits
 * LATENCY_MS in a queue, whatever their number.
 */
#define _GNU_SOURCE
#include "answers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST = 16384, CONNECTIONS = 16384 };

struct connection {
    char *in;
    size_t length;
    bool waits; /* an answer is in the queue */
    unsigned life;
};
struct late { /* an answer that waits for its time */
    int64_t due;
    int fd;
    unsigned life;
    size_t length;
    char *answer;
};

static struct connection connections[CONNECTIONS];
static struct late *queue;
static size_t queue_size, queue_head, queue_count;
static int64_t latency;
static int poller, timer;
static volatile sig_atomic_t is_over;

static void hang_up(int fd) {
    close(fd);
    connections[fd].life++;
    connections[fd].length = 0;
    connections[fd].waits = false;
}

static void deliver(int fd, const char *answer, size_t length) {
    if (send(fd, answer, length, MSG_NOSIGNAL) != (ssize_t)length) hang_up(fd);
}

static void arm(void) {
    struct itimerspec when = {0};
    int64_t left = queue_count ? queue[queue_head].due - microseconds(CLOCK_MONOTONIC) : 0;
    if (queue_count && left < 1) left = 1;
    when.it_value.tv_sec = left / 1000000;
    when.it_value.tv_nsec = left % 1000000 * 1000;
    timerfd_settime(timer, 0, &when, NULL);
}

static void put_off(int fd, const char *answer, size_t length) {
    if (queue_count == queue_size) {
        fprintf(stderr, "carrier: too many answers wait\n");
        exit(1);
    }
    struct late *one = &queue[(queue_head + queue_count++) % queue_size];
    one->due = microseconds(CLOCK_MONOTONIC) + latency;
    one->fd = fd;
    one->life = connections[fd].life;
    one->length = length;
    one->answer = malloc(length);
    memcpy(one->answer, answer, length);
    connections[fd].waits = true;
    if (queue_count == 1) arm();
}

/* Answer the requests that a connection has sent whole. */
static void serve(int fd) {
    static char out[ANSWER];
    struct connection *c = &connections[fd];
    while (!c->waits && c->length) {
        c->in[c->length] = 0;
        char *end = memmem(c->in, c->length, "\r\n\r\n", 4);
        if (!end) {
            if (c->length >= REQUEST) hang_up(fd);
            return;
        }
        size_t head = (size_t)(end - c->in) + 4, body = 0;
        end[2] = 0; /* the headers end here for strcasestr */
        char *declared = strcasestr(c->in, "\r\ncontent-length:");
        bool is_chunked = strcasestr(c->in, "\r\ntransfer-encoding:") != NULL;
        end[2] = '\r';
        if (declared) body = strtoul(declared + 17, NULL, 10);
        if (head + body > REQUEST || is_chunked || !memchr(c->in, ' ', head)) {
            fprintf(stderr, "carrier: a request that this carrier cannot read\n");
            hang_up(fd);
            return;
        }
        if (c->length < head + body) return;
        size_t length = answer_to(out, c->in, c->in + head, body);
        c->length -= head + body;
        memmove(c->in, c->in + head + body, c->length);
        if (latency) put_off(fd, out, length);
        else deliver(fd, out, length);
    }
}

static void hear(int fd) {
    struct connection *c = &connections[fd];
    ssize_t got = recv(fd, c->in + c->length, REQUEST - c->length, 0);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) hang_up(fd);
    if (got <= 0) return;
    c->length += (size_t)got;
    serve(fd);
}

static void deliver_due(void) {
    uint64_t ticks;
    if (read(timer, &ticks, sizeof ticks) < 0) return;
    int64_t now = microseconds(CLOCK_MONOTONIC);
    while (queue_count && queue[queue_head].due <= now) {
        struct late one = queue[queue_head];
        queue_head = (queue_head + 1) % queue_size;
        queue_count--;
        if (connections[one.fd].life == one.life) {
            connections[one.fd].waits = false;
            deliver(one.fd, one.answer, one.length);
            if (connections[one.fd].life == one.life) serve(one.fd);
        }
        free(one.answer);
    }
    arm();
}

static void watch(int fd) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
}

static void welcome(int door) {
    int fd, yes = 1;
    while ((fd = accept4(door, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        if (fd >= CONNECTIONS) {
            close(fd);
            continue;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        if (!connections[fd].in) connections[fd].in = malloc(REQUEST + 1);
        watch(fd);
    }
}

static void stop(int number) {
    (void)number;
    is_over = 1;
}

int main(int count, char **given) {
    if (count != 4 || !open_journal(given[3])) {
        fprintf(stderr, "usage: carrier PORT LATENCY_MS LOG\n");
        return 2;
    }
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(given[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    latency = atoll(given[2]) * 1000;
    int door = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), yes = 1;
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(door, (struct sockaddr *)&address, sizeof address) || listen(door, 4096)) {
        perror("carrier");
        return 1;
    }
    queue_size = CONNECTIONS;
    queue = calloc(queue_size, sizeof *queue);
    struct sigaction end = {.sa_handler = stop};
    sigaction(SIGTERM, &end, NULL);
    sigaction(SIGINT, &end, NULL);
    poller = epoll_create1(0);
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    watch(door);
    watch(timer);
    while (!is_over) {
        struct epoll_event events[256];
        int ready = epoll_wait(poller, events, 256, 100);
        if (ready == 0) flush_journal();
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            if (fd == door) welcome(door);
            else if (fd == timer) deliver_due();
            else hear(fd);
        }
    }
    return close_journal() ? 0 : 1;
}
