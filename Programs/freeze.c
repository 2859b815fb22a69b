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
    const char *source; /* whose code it is */
    char kind;          /* 'b' bootstrap, 's' start-up, 't' tests */
    char is_package;
    const char *shown;  /* names "<frozen shown>" where that is not source */
} Module;

/* A package of the library that says nothing, for test modules of which only the names matter. */
#define EMPTY "urllib.__init__"

static const Module modules[] = {
    {"_frozen_importlib", "importlib._bootstrap", 'b', 0, NULL},
    {"_frozen_importlib_external", "importlib._bootstrap_external", 'b', 0, NULL},
    {"zipimport", "zipimport", 'b', 0, NULL},
    {"abc", "abc", 's', 0, NULL},
    {"codecs", "codecs", 's', 0, NULL},
    {"io", "io", 's', 0, NULL},
    {"_collections_abc", "_collections_abc", 's', 0, NULL},
    {"_sitebuiltins", "_sitebuiltins", 's', 0, NULL},
    {"genericpath", "genericpath", 's', 0, NULL},
    {"ntpath", "ntpath", 's', 0, NULL},
    {"posixpath", "posixpath", 's', 0, NULL},
    {"os.path", "posixpath", 's', 0, NULL},
    {"os", "os", 's', 0, NULL},
    {"site", "site", 's', 0, NULL},
    {"stat", "stat", 's', 0, NULL},
    {"importlib.util", "importlib.util", 's', 0, NULL},
    {"importlib.machinery", "importlib.machinery", 's', 0, NULL},
    {"runpy", "runpy", 's', 0, NULL},
    {"__hello__", "__hello__", 't', 0, NULL},
    {"__hello_alias__", "__hello__", 't', 0, NULL},
    {"__phello_alias__", "__hello__", 't', 1, NULL},
    {"__phello_alias__.spam", "__hello__", 't', 0, NULL},
    {"__phello__", "__phello__.__init__", 't', 1, "__phello__"},
    {"__phello__.__init__", "__phello__.__init__", 't', 0, "__phello__"},
    {"__phello__.ham", EMPTY, 't', 1, "__phello__.ham"},
    {"__phello__.ham.__init__", EMPTY, 't', 0, "__phello__.ham"},
    {"__phello__.ham.eggs", EMPTY, 't', 0, "__phello__.ham.eggs"},
    {"__phello__.spam", "__phello__.spam", 't', 0, NULL},
    {"__hello_only__", "__hello__", 't', 0, NULL},
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

static const char *
shown_name(size_t index)
{
    return modules[index].shown != NULL ? modules[index].shown : modules[index].source;
}

/* The first module with the same code and file name, whose array is shared. */
static size_t
array_number(size_t index)
{
    size_t first = 0;
    while (strcmp(modules[first].source, modules[index].source) != 0
           || strcmp(shown_name(first), shown_name(index)) != 0)
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
        snprintf(shown, sizeof(shown), "<frozen %s>", shown_name(i));
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
