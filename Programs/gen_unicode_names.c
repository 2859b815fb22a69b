/* SPDX-License-Identifier: MIT */
/* The part of unicode_tables.h that holds names: characters', aliases, named sequences.
 *
 * A name is a row of words, a word a number in a table of texts. Numbers below 0x80 take a byte
 * (the most frequent words get those), others two or three with the high bits first; 0 ends a
 * name. Code points that have a name are listed in the order of their names, for searching. */
#include "gen_unicode.h"

typedef struct Word {
    char *text;
    unsigned uses, number;
} Word;

static Word *words;
static unsigned word_count, word_room;
static unsigned *slots; /* hash table of word index + 1 */
#define SLOTS 65536

static Word *
word_find(const char *text, size_t length)
{
    unsigned hash = 5381;
    for (size_t i = 0; i < length; i++)
        hash = hash * 33 + (unsigned char)text[i];
    for (unsigned at = hash % SLOTS;; at = (at + 1) % SLOTS) {
        if (slots[at] == 0) {
            if (word_count == word_room) {
                word_room = word_room ? word_room * 2 : 1024;
                words = realloc(words, word_room * sizeof(Word));
                if (words == NULL)
                    gen_fail("out of memory");
            }
            words[word_count] = (Word){strndup(text, length), 0, 0};
            slots[at] = ++word_count;
            return &words[word_count - 1];
        }
        Word *word = &words[slots[at] - 1];
        if (strlen(word->text) == length && memcmp(word->text, text, length) == 0)
            return word;
    }
}

static void
each_word(const char *name, void (*visit)(Word *word, void *arg), void *arg)
{
    while (*name) {
        size_t length = strcspn(name, " ");
        visit(word_find(name, length), arg);
        name += length + (name[length] == ' ');
    }
}

static void
count_use(Word *word, void *arg)
{
    (void)arg;
    word->uses++;
}

typedef struct Name {
    const char *text;
    unsigned code, at;
} Name;

static Name names[65536];
static unsigned name_count;
static char *aliases[2048];
static unsigned alias_codes[2048], alias_count;

/* Aliases that came after Unicode 14.0. */
static int
is_later_alias(const char *name)
{
    static const char *const later[] = {
        "EM", "ARABIC SMALL HIGH LIGATURE ALEF WITH YEH BARREE", "SUNDANESE LETTER ARCHAIC I",
    };
    for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++)
        if (strcmp(name, later[i]) == 0)
            return 1;
    return 0;
}

static void
visit_alias(char **fields, int count)
{
    unsigned code = (unsigned)strtoul(fields[0], NULL, 16);
    if (count < 2 || code >= GEN_LIMIT || !gen_chars[code].assigned ||
        is_later_alias(fields[1]))
        return;
    if (alias_count == 2048)
        gen_fail("too many aliases");
    aliases[alias_count] = strdup(fields[1]);
    alias_codes[alias_count++] = code;
}

static FILE *sequences_out;
static unsigned sequence_count;

static void
visit_sequence(char **fields, int count)
{
    unsigned codes[4];
    if (count < 2)
        return;
    int n = gen_codes(fields[1], codes, 4);
    fprintf(sequences_out, "    {\"%s\", %d, {", fields[0], n);
    for (int i = 0; i < n; i++)
        fprintf(sequences_out, "%u,", codes[i]);
    fprintf(sequences_out, "}},\n");
    sequence_count++;
}

static int
by_uses(const void *a, const void *b)
{
    const Word *x = *(Word *const *)a, *y = *(Word *const *)b;
    return x->uses != y->uses ? (x->uses < y->uses ? 1 : -1) : strcmp(x->text, y->text);
}

static int
by_text(const void *a, const void *b)
{
    return strcmp(((const Name *)a)->text, ((const Name *)b)->text);
}

static unsigned written;

static void
put_byte(FILE *out, unsigned byte)
{
    fprintf(out, "%s%u,", written % 24 ? "" : "\n    ", byte);
    written++;
}

static void
put_word(Word *word, void *arg)
{
    unsigned number = word->number + 1;
    if (number < 0x80)
        put_byte(arg, number);
    else if (number < 0x4000) {
        put_byte(arg, 0x80 | number >> 8);
        put_byte(arg, number & 0xff);
    }
    else {
        put_byte(arg, 0xc0 | number >> 16);
        put_byte(arg, number >> 8 & 0xff);
        put_byte(arg, number & 0xff);
    }
}

static void
write_words(FILE *out)
{
    Word **order = gen_alloc((word_count + 1) * sizeof(Word *));
    for (unsigned i = 0; i < word_count; i++)
        order[i] = &words[i];
    qsort(order, word_count, sizeof(Word *), by_uses);
    unsigned at = 0;
    fprintf(out, "static const char name_words[] =");
    for (unsigned i = 0; i < word_count; i++) {
        order[i]->number = i;
        fprintf(out, "%s\"%s\"", i % 8 ? " " : "\n    ", order[i]->text);
    }
    fprintf(out, ";\nstatic const uint32_t name_word_at[%u] = {", word_count + 1);
    for (unsigned i = 0; i < word_count; i++) {
        fprintf(out, "%s%u,", i % 16 ? "" : "\n    ", at);
        at += (unsigned)strlen(order[i]->text);
    }
    fprintf(out, "%u};\n", at);
    free(order);
}

static void
write_names(FILE *out)
{
    unsigned *values = gen_alloc(GEN_LIMIT * sizeof(unsigned));
    fprintf(out, "static const uint8_t name_rows[] = {");
    put_byte(out, 0);
    for (unsigned i = 0; i < name_count; i++) {
        values[names[i].code] = written;
        each_word(names[i].text, put_word, out);
        put_byte(out, 0);
    }
    fprintf(out, "\n};\n");
    gen_write_index(out, "name", values);
    free(values);
    qsort(names, name_count, sizeof(Name), by_text);
    fprintf(out, "static const uint32_t name_order[%u] = {", name_count);
    for (unsigned i = 0; i < name_count; i++)
        fprintf(out, "%s%u,", i % 16 ? "" : "\n    ", names[i].code);
    fprintf(out, "\n};\n");
}

void
gen_write_names(FILE *out)
{
    slots = gen_alloc(SLOTS * sizeof(unsigned));
    for (unsigned code = 0; code < GEN_LIMIT; code++)
        if (gen_chars[code].name != NULL) {
            if (name_count == 65536)
                gen_fail("too many names");
            names[name_count++] = (Name){gen_chars[code].name, code, 0};
            each_word(gen_chars[code].name, count_use, NULL);
        }
    fprintf(out, "#ifdef KS_UNICODE_NAMES\n");
    write_words(out);
    write_names(out);
    gen_each_line("NameAliases.txt", visit_alias);
    fprintf(out, "static const struct {\n    const char *name;\n    uint32_t code;\n} "
                 "name_aliases[] = {\n");
    for (unsigned i = 0; i < alias_count; i++)
        fprintf(out, "    {\"%s\", %u},\n", aliases[i], alias_codes[i]);
    fprintf(out, "};\nstatic const struct {\n    const char *name;\n    uint8_t count;\n"
                 "    uint16_t codes[4];\n} name_sequences[] = {\n");
    sequences_out = out;
    gen_each_line("NamedSequences.txt", visit_sequence);
    /* Ideographs are named after their code points. */
    fprintf(out, "};\nstatic const struct {\n    uint32_t first, last;\n} name_ideographs[] = {\n");
    for (unsigned code = 0; code < GEN_LIMIT; code++) {
        unsigned last = code;
        if (!gen_chars[code].is_ideograph)
            continue;
        while (last + 1 < GEN_LIMIT && gen_chars[last + 1].is_ideograph)
            last++;
        fprintf(out, "    {0x%x, 0x%x},\n", code, last);
        code = last;
    }
    fprintf(out, "};\n#endif\n");
}
