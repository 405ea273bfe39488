// Reading of the protocol's flat JSON objects: no nesting, no escapes.
#ifndef BARE_JSON_H
#define BARE_JSON_H

// json_text copies the string of key; it fails (plan.h) if there is none.
void json_text(const char *line, const char *key, char *to, int room);
// json_number returns the number of key, or otherwise.
double json_number(const char *line, const char *key, double otherwise);

#endif
