/* SPDX-License-Identifier: MIT */
/* freeze: puts compiled modules into C arrays (build time only).
 *
 *     freeze STDLIB_DIR OUTPUT.c
 *
 * Where the code comes from is another file's business: freeze_pyc.c takes the library's .pyc
 * files, freeze_source.c has our own compiler. Modules that the library lacks are left out, except
 * those without which there is no import. */
#include "freeze.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

void
freeze_die(const char *what, const char *name)
{
    fprintf(stderr, "freeze: %s: %s\n", what, name);
    exit(1);
}

static void
write_array(FILE *out, size_t number, const FreezeCode *code)
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
write_table(FILE *out, const char *name, char kind, const FreezeCode *codes)
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
    static FreezeCode codes[MODULE_COUNT];
    if (argc != 3)
        freeze_die("usage", "freeze STDLIB_DIR OUTPUT.c");
    FILE *out = fopen(argv[2], "w");
    if (out == NULL)
        freeze_die(strerror(errno), argv[2]);
    fputs("/* Made by Programs/freeze from the standard library. */\n#include \"Python.h\"\n", out);
    for (size_t i = 0; i < MODULE_COUNT; i++) {
        char shown[300];
        if (array_number(i) != i)
            continue;
        /* A package's code is its __init__'s; it shows the package's name. */
        snprintf(shown, sizeof(shown), "<frozen %s>",
                 strcmp(modules[i].source, "__phello__.__init__") == 0 ? "__phello__" : modules[i].source);
        codes[i] = freeze_load(argv[1], modules[i].source, shown);
        if (codes[i].bytes == NULL) {
            if (modules[i].kind == 'b')
                freeze_die("missing", modules[i].source);
            continue;
        }
        write_array(out, i, &codes[i]);
    }
    write_table(out, "ks_frozen_bootstrap", 'b', codes);
    write_table(out, "ks_frozen_stdlib", 's', codes);
    write_table(out, "ks_frozen_test", 't', codes);
    if (fclose(out) != 0)
        freeze_die(strerror(errno), argv[2]);
    return 0;
}
