#ifndef ANSWERS_H
#define ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum { ANSWER = 65536 }; /* bytes that any answer fits into */

/* Every accepted request becomes a line of this file; false if it cannot be written. */
bool open_journal(const char *path);
void flush_journal(void);
bool close_journal(void);

/* The whole HTTP answer to a request whose head is terminated by a blank line; its length. */
size_t answer_to(char *out, char *head, const char *form, size_t form_length);

int64_t microseconds(clockid_t clock);

#endif
