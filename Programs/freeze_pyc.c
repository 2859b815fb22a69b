/* SPDX-License-Identifier: MIT */
/* freeze's code from the library's .pyc files: needs neither Python nor our own core.
 *
 * In marshalled code the file name is written once and referred to by number afterwards, so that
 * one replacement changes it everywhere. */
#include "freeze.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_BYTES 16 /* of a .pyc: magic, flags, two words about the source */
#define TAG "cpython-311"

/* stdlib/importlib/__pycache__/util.cpython-311.pyc, or with ending "py" the source's own path. */
static void
module_path(char *out, size_t room, const char *stdlib, const char *source, int compiled)
{
    char parts[256];
    snprintf(parts, sizeof(parts), "%s", source);
    char *last = strrchr(parts, '.');
    const char *base = last == NULL ? parts : last + 1;
    if (last != NULL)
        *last = '\0';
    const char *folder = last == NULL ? "" : parts, *slash = last == NULL ? "" : "/";
    for (char *dot = parts; last != NULL && (dot = strchr(dot, '.')) != NULL;)
        *dot = '/';
    if (compiled)
        snprintf(out, room, "%s/%s%s__pycache__/%s." TAG ".pyc", stdlib, folder, slash, base);
    else
        snprintf(out, room, "%s/%s%s%s.py", stdlib, folder, slash, base);
}

static FreezeCode
read_code(const char *path)
{
    FreezeCode code = {NULL, 0};
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return code;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    if (size <= HEADER_BYTES)
        freeze_die("no compiled module", path);
    code.size = (size_t)size - HEADER_BYTES;
    code.bytes = malloc(code.size);
    fseek(file, HEADER_BYTES, SEEK_SET);
    if (code.bytes == NULL || fread(code.bytes, 1, code.size, file) != code.size)
        freeze_die("cannot read", path);
    fclose(file);
    return code;
}

/* The short string old (type, length, text) becomes name; both fit a length byte. */
static void
rename_code(FreezeCode *code, const char *old, const char *name)
{
    size_t old_length = strlen(old), length = strlen(name);
    for (size_t at = 2; at + old_length <= code->size; at++) {
        if (code->bytes[at - 1] != old_length || memcmp(code->bytes + at, old, old_length) != 0)
            continue;
        unsigned char *grown = malloc(code->size + length);
        if (grown == NULL)
            freeze_die("no memory for", name);
        memcpy(grown, code->bytes, at);
        grown[at - 1] = (unsigned char)length;
        memcpy(grown + at, name, length);
        memcpy(grown + at + length, code->bytes + at + old_length, code->size - at - old_length);
        free(code->bytes);
        code->bytes = grown;
        code->size = code->size - old_length + length;
        return;
    }
    freeze_die("file name not found in", name);
}

FreezeCode
freeze_load(const char *stdlib, const char *module, const char *shown)
{
    char compiled[1024], source[1024];
    module_path(compiled, sizeof(compiled), stdlib, module, 1);
    module_path(source, sizeof(source), stdlib, module, 0);
    FreezeCode code = read_code(compiled);
    if (code.bytes != NULL)
        rename_code(&code, source, shown);
    return code;
}
