/* What a carrier says to a request: Twilio's answers, and a plain one for other gateways. */
#define _GNU_SOURCE
#include "answers.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

enum { KEPT = 1 << 16, LISTED = 20 };

struct kept { /* a message for the listing, which knows the newest ones only */
    char to[24], from[40], body[1700], sid[36], date[40];
};

static struct kept *kept;
static uint64_t accepted;
static char sid_prefix[17];
static FILE *journal;
static int64_t flushed_at;

bool open_journal(const char *path) {
    uint64_t noise = 0;
    journal = fopen(path, "w");
    kept = calloc(KEPT, sizeof *kept);
    if (!journal || !kept || getrandom(&noise, sizeof noise, 0) != sizeof noise) return false;
    snprintf(sid_prefix, sizeof sid_prefix, "%016llx", (unsigned long long)noise);
    setvbuf(journal, NULL, _IOFBF, 1 << 16);
    return true;
}

void flush_journal(void) { fflush(journal); }

bool close_journal(void) { return fclose(journal) == 0; }

int64_t microseconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int digit(char c) { return c <= '9' ? c - '0' : (c | 32) - 'a' + 10; }

/* The decoded value of a form's field, or "" ; names are compared without case. */
static void field(const char *form, size_t length, const char *name, char *out, size_t size) {
    const char *end = form + length;
    size_t named = strlen(name), used = 0;
    for (const char *at = form; at < end;) {
        const char *stop = memchr(at, '&', end - at);
        if (!stop) stop = end;
        if ((size_t)(stop - at) > named && at[named] == '=' && !strncasecmp(at, name, named)) {
            for (at += named + 1; at < stop && used + 1 < size; at++) {
                if (*at == '%' && stop - at > 2 && isxdigit(at[1]) && isxdigit(at[2])) {
                    out[used++] = (char)(digit(at[1]) * 16 + digit(at[2]));
                    at += 2;
                } else {
                    out[used++] = *at == '+' ? ' ' : *at;
                }
            }
            break;
        }
        at = stop + 1;
    }
    out[used] = 0;
}

/* Text as a JSON string's inside; what does not fit is left out. */
static void escape(const char *text, char *out, size_t size) {
    size_t used = 0;
    for (; *text && used + 7 < size; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            out[used++] = '\\';
            out[used++] = (char)c;
        } else if (c < 32) {
            used += (size_t)sprintf(out + used, "\\u%04x", c);
        } else {
            out[used++] = (char)c;
        }
    }
    out[used] = 0;
}

static const char *date(void) {
    static char text[40];
    static time_t shown;
    time_t now = time(NULL);
    if (now != shown) strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", gmtime(&now));
    shown = now;
    return text;
}

static size_t resource(char *out, size_t size, const struct kept *one, const char *account) {
    char body[3600];
    escape(one->body, body, sizeof body);
    return (size_t)snprintf(
        out, size,
        "{\"account_sid\": \"%s\", \"api_version\": \"2010-04-01\", \"body\": \"%s\", "
        "\"date_created\": \"%s\", \"date_sent\": null, \"date_updated\": \"%s\", "
        "\"direction\": \"outbound-api\", \"error_code\": null, \"error_message\": null, "
        "\"from\": \"%s\", \"messaging_service_sid\": null, \"num_media\": \"0\", "
        "\"num_segments\": \"1\", \"price\": null, \"price_unit\": null, \"sid\": \"%s\", "
        "\"status\": \"queued\", \"subresource_uris\": {\"media\": "
        "\"/2010-04-01/Accounts/%s/Messages/%s/Media.json\"}, \"to\": \"%s\", "
        "\"uri\": \"/2010-04-01/Accounts/%s/Messages/%s.json\"}",
        account, body, one->date, one->date, one->from, one->sid, account, one->sid, one->to,
        account, one->sid);
}

static size_t framed(char *out, const char *status, const char *type, char *body, size_t length) {
    int head = sprintf(out,
                       "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
                       "Connection: keep-alive\r\n\r\n",
                       status, type, length);
    memcpy(out + head, body, length);
    return (size_t)head + length;
}

static struct kept *accept_message(const char *form, size_t length) {
    struct kept *one = &kept[accepted % KEPT];
    char callback[512], delivery[128];
    field(form, length, "to", one->to, sizeof one->to);
    field(form, length, "from", one->from, sizeof one->from);
    field(form, length, "body", one->body, sizeof one->body);
    field(form, length, "statuscallback", callback, sizeof callback);
    callback[strcspn(callback, "#")] = 0; /* words for the carrier itself; it does not send them */
    const char *query = strchr(callback, '?');
    field(query ? query + 1 : "", query ? strlen(query + 1) : 0, "delivery", delivery,
          sizeof delivery);
    snprintf(one->sid, sizeof one->sid, "SM%s%016llx", sid_prefix, (unsigned long long)++accepted);
    snprintf(one->date, sizeof one->date, "%s", date());
    int64_t now = microseconds(CLOCK_REALTIME);
    fprintf(journal, "%lld %s %s %s\n", (long long)now, *one->to ? one->to : "-",
            *delivery ? delivery : "-", one->sid);
    if (now - flushed_at > 100000) {
        fflush(journal);
        flushed_at = now;
    }
    return one;
}

static size_t listing(char *out, const char *query, size_t length, const char *account) {
    static char body[ANSWER / 2];
    char to[24];
    size_t used = (size_t)sprintf(body, "{\"messages\": [");
    field(query, length, "to", to, sizeof to);
    uint64_t oldest = accepted > KEPT ? accepted - KEPT : 0;
    int listed = 0;
    for (uint64_t i = accepted; i > oldest && listed < LISTED; i--) {
        const struct kept *one = &kept[(i - 1) % KEPT];
        if (*to && strcmp(one->to, to)) continue;
        if (used + 5000 > sizeof body) break;
        if (listed++) body[used++] = ',';
        used += resource(body + used, sizeof body - used, one, account);
    }
    used += (size_t)sprintf(body + used, "], \"next_page_uri\": null, \"page\": 0, "
                                         "\"page_size\": %d, \"uri\": null}", LISTED);
    return framed(out, "200 OK", "application/json", body, used);
}

size_t answer_to(char *out, char *head, const char *form, size_t form_length) {
    static char body[ANSWER / 8];
    char account[40] = "";
    char *target = strchr(head, ' ') + 1;
    size_t target_length = strcspn(target, " \r\n");
    char *query = memchr(target, '?', target_length);
    size_t query_length = query ? target_length - (size_t)(++query - target) : 0;
    const char *named = memmem(target, target_length, "/Accounts/", 10);
    if (named) snprintf(account, sizeof account, "%.*s", (int)strcspn(named + 10, "/ ?"), named + 10);
    bool is_twilio = memmem(target, target_length, "/Messages.json", 14) != NULL;
    bool is_post = !strncmp(head, "POST ", 5);
    if (is_twilio && !is_post) return listing(out, query ? query : "", query_length, account);
    if (!is_post && !query) return framed(out, "200 OK", "text/plain", "ready\n", 6);
    bool in_query = !is_post || !form_length;
    const struct kept *one = in_query ? accept_message(query ? query : "", query_length)
                                      : accept_message(form, form_length);
    if (is_twilio)
        return framed(out, "201 Created", "application/json", body,
                      resource(body, sizeof body, one, account));
    int length = snprintf(body, sizeof body, "Accepted: %s\n", one->sid);
    return framed(out, "200 OK", "text/plain", body, (size_t)length);
}
