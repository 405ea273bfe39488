//go:build ignore

#include "json.h"

#include "plan.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// after returns where the value of key starts, NULL without that key.
static const char *after(const char *line, const char *key) {
    char quoted[40];
    snprintf(quoted, sizeof quoted, "\"%s\"", key);
    for (const char *p = line; (p = strstr(p, quoted)); p++) {
        const char *v = p + strlen(quoted);
        while (isspace((unsigned char)*v)) v++;
        if (*v != ':') continue; // it was a value
        for (v++; isspace((unsigned char)*v);) v++;
        return v;
    }
    return NULL;
}

void json_text(const char *line, const char *key, char *to, int room) {
    const char *v = after(line, key), *end = v && *v == '"' ? strchr(v + 1, '"') : NULL;
    if (!end || end - v - 1 >= room) fail("no %s", key);
    memcpy(to, v + 1, end - v - 1);
    to[end - v - 1] = 0;
}

double json_number(const char *line, const char *key, double otherwise) {
    const char *v = after(line, key);
    char *end;
    double d = v ? strtod(v, &end) : 0;
    return v && end != v ? d : otherwise;
}
