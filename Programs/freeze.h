/* SPDX-License-Identifier: MIT */
/* What freeze's files share. */
#ifndef FREEZE_H
#define FREEZE_H

#include <stddef.h>

typedef struct FreezeCode {
    unsigned char *bytes; /* NULL if there is no such module */
    size_t size;
} FreezeCode;

/* The marshalled code of a module of the library under stdlib, with shown for its file name. */
FreezeCode freeze_load(const char *stdlib, const char *module, const char *shown);

/* Complains and ends the program. */
void freeze_die(const char *what, const char *name);

#endif
