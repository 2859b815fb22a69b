/* SPDX-License-Identifier: MIT */
/* freeze: puts compiled modules into C arrays (build time only).
 *
 *     freeze STDLIB_DIR OUTPUT.c
 *
 * Takes the code from the library's .pyc files and gives it the file name "<frozen module>". In
 * marshalled code the name is written once and referred to by number afterwards, so that one
 * replacement changes it everywhere. Modules that the library lacks are left out, except those
 * without which there is no import. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_BYTES 16 /* of a .pyc: magic, flags, two words about the source */
#define TAG "cpython-311"

typedef struct Module {
    const char *name;   /* as imported */
    const char *source; /* whose code it is; names "<frozen source>" */
    char kind;          /* 'b' bootstrap, 's' start-up, 't' tests */
    char is_package;
} Module;

static const Module modules[] = {
    {"_frozen_importlib", "importlib._bootstrap", 'b', 0},
    {"_frozen_importlib_external", "importlib._bootstrap_external", 'b', 0},
    {"zipimport", "zipimport", 'b', 0},
    {"abc", "abc", 's', 0},
    {"codecs", "codecs", 's', 0},
    {"io", "io", 's', 0},
    {"_collections_abc", "_collections_abc", 's', 0},
    {"_sitebuiltins", "_sitebuiltins", 's', 0},
    {"genericpath", "genericpath", 's', 0},
    {"ntpath", "ntpath", 's', 0},
    {"posixpath", "posixpath", 's', 0},
    {"os.path", "posixpath", 's', 0},
    {"os", "os", 's', 0},
    {"site", "site", 's', 0},
    {"stat", "stat", 's', 0},
    {"importlib.util", "importlib.util", 's', 0},
    {"importlib.machinery", "importlib.machinery", 's', 0},
    {"runpy", "runpy", 's', 0},
    {"__hello__", "__hello__", 't', 0},
    {"__hello_alias__", "__hello__", 't', 0},
    {"__phello_alias__", "__hello__", 't', 1},
    {"__phello_alias__.spam", "__hello__", 't', 0},
    {"__phello__", "__phello__.__init__", 't', 1},
    {"__phello__.__init__", "__phello__.__init__", 't', 0},
    {"__phello__.spam", "__phello__.spam", 't', 0},
    {"__hello_only__", "__hello__", 't', 0},
};
#define MODULE_COUNT (sizeof(modules) / sizeof(modules[0]))

typedef struct Code {
    unsigned char *bytes;
    size_t size;
} Code;

static void
die(const char *what, const char *name)
{
    fprintf(stderr, "freeze: %s: %s\n", what, name);
    exit(1);
}

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

static Code
read_code(const char *path)
{
    Code code = {NULL, 0};
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return code;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    if (size <= HEADER_BYTES)
        die("no compiled module", path);
    code.size = (size_t)size - HEADER_BYTES;
    code.bytes = malloc(code.size);
    fseek(file, HEADER_BYTES, SEEK_SET);
    if (code.bytes == NULL || fread(code.bytes, 1, code.size, file) != code.size)
        die("cannot read", path);
    fclose(file);
    return code;
}

/* The short string old (type, length, text) becomes name; both fit a length byte. */
static void
rename_code(Code *code, const char *old, const char *name)
{
    size_t old_length = strlen(old), length = strlen(name);
    for (size_t at = 2; at + old_length <= code->size; at++) {
        if (code->bytes[at - 1] != old_length || memcmp(code->bytes + at, old, old_length) != 0)
            continue;
        unsigned char *grown = malloc(code->size + length);
        if (grown == NULL)
            die("no memory for", name);
        memcpy(grown, code->bytes, at);
        grown[at - 1] = (unsigned char)length;
        memcpy(grown + at, name, length);
        memcpy(grown + at + length, code->bytes + at + old_length, code->size - at - old_length);
        free(code->bytes);
        code->bytes = grown;
        code->size = code->size - old_length + length;
        return;
    }
    die("file name not found in", name);
}

static void
write_array(FILE *out, size_t number, const Code *code)
{
    fprintf(out, "static const unsigned char code_%zu[] = {", number);
    for (size_t i = 0; i < code->size; i++)
        fprintf(out, "%s%u,", i % 24 == 0 ? "\n" : "", code->bytes[i]);
    fputs("\n};\n", out);
}

/* The first module with the same code, whose array is shared. */
static size_t
array_number(size_t index)
{
    size_t first = 0;
    while (strcmp(modules[first].source, modules[index].source) != 0)
        first++;
    return first;
}

static void
write_table(FILE *out, const char *name, char kind, const Code *codes)
{
    fprintf(out, "\nconst struct _frozen %s[] = {\n", name);
    for (size_t i = 0; i < MODULE_COUNT; i++) {
        size_t array = array_number(i);
        if (modules[i].kind == kind && codes[array].bytes != NULL)
            fprintf(out, "    {\"%s\", code_%zu, %zu, %d, NULL},\n", modules[i].name, array,
                    codes[array].size, modules[i].is_package);
    }
    fputs("    {NULL, NULL, 0, 0, NULL},\n};\n", out);
}

int
main(int argc, char **argv)
{
    static Code codes[MODULE_COUNT];
    if (argc != 3)
        die("usage", "freeze STDLIB_DIR OUTPUT.c");
    FILE *out = fopen(argv[2], "w");
    if (out == NULL)
        die(strerror(errno), argv[2]);
    fputs("/* Made by Programs/freeze from the standard library. */\n#include \"Python.h\"\n", out);
    for (size_t i = 0; i < MODULE_COUNT; i++) {
        char compiled[1024], source[1024], name[300];
        if (array_number(i) != i)
            continue;
        module_path(compiled, sizeof(compiled), argv[1], modules[i].source, 1);
        module_path(source, sizeof(source), argv[1], modules[i].source, 0);
        codes[i] = read_code(compiled);
        if (codes[i].bytes == NULL) {
            if (modules[i].kind == 'b')
                die("missing", compiled);
            continue;
        }
        const char *shown = strcmp(modules[i].source, "__phello__.__init__") == 0 ? "__phello__"
                                                                                  : modules[i].source;
        snprintf(name, sizeof(name), "<frozen %s>", shown);
        rename_code(&codes[i], source, name);
        write_array(out, i, &codes[i]);
    }
    write_table(out, "ks_frozen_bootstrap", 'b', codes);
    write_table(out, "ks_frozen_stdlib", 's', codes);
    write_table(out, "ks_frozen_test", 't', codes);
    if (fclose(out) != 0)
        die(strerror(errno), argv[2]);
    return 0;
}
