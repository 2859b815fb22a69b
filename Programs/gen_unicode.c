/* SPDX-License-Identifier: MIT */
/* Makes unicode_tables.h from the Unicode Character Database.
 *
 * gen_unicode DIRECTORY OUTPUT. Runs at build time, on the C library alone. The runtime's version
 * of Unicode is 14.0; code points that DerivedAge.txt dates later are left out, so a newer
 * database serves as well. The output has three parts, each behind a macro that its one user
 * defines: character classes and case (KS_UNICODE_CTYPE), the database (KS_UNICODE_DATABASE) and
 * names (KS_UNICODE_NAMES; written by gen_unicode_names.c). Tables indexed by code point have two
 * levels: pages of 128 entries, equal pages stored once. */
#include "gen_unicode.h"

#include <ctype.h>
#include <stdarg.h>

GenChar gen_chars[GEN_LIMIT];
const char *gen_directory;

void
gen_fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "gen_unicode: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    exit(1);
}

void *
gen_alloc(size_t bytes)
{
    void *memory = calloc(1, bytes);
    if (memory == NULL)
        gen_fail("out of memory");
    return memory;
}

/* --- reading --- */

static char *
trim(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    char *end = text + strlen(text);
    while (end > text && isspace((unsigned char)end[-1]))
        end--;
    *end = 0;
    return text;
}

/* Calls visit with the fields of each line of a file; comments and empty lines are left out. */
void
gen_each_line(const char *name, void (*visit)(char **fields, int count))
{
    char path[4096], line[8192];
    snprintf(path, sizeof(path), "%s/%s", gen_directory, name);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        gen_fail("cannot read %s", path);
    while (fgets(line, sizeof(line), file) != NULL) {
        char *fields[32], *comment = strchr(line, '#');
        if (comment != NULL)
            *comment = 0;
        char *rest = trim(line);
        if (*rest == 0)
            continue;
        int count = 0;
        while (rest != NULL && count < 32) {
            char *next = strchr(rest, ';');
            if (next != NULL)
                *next++ = 0;
            fields[count++] = trim(rest);
            rest = next;
        }
        visit(fields, count);
    }
    fclose(file);
}

/* "XXXX" or "XXXX..YYYY". */
void
gen_range(const char *text, unsigned *first, unsigned *last)
{
    char *end;
    *first = *last = (unsigned)strtoul(text, &end, 16);
    if (end[0] == '.' && end[1] == '.')
        *last = (unsigned)strtoul(end + 2, NULL, 16);
    if (*last >= GEN_LIMIT)
        gen_fail("bad code point in %s", text);
}

/* Hexadecimal numbers separated by blanks. */
int
gen_codes(const char *text, unsigned *codes, int max)
{
    int count = 0;
    while (*text) {
        char *end;
        unsigned long code = strtoul(text, &end, 16);
        if (end == text)
            break;
        if (count == max)
            gen_fail("too many code points");
        codes[count++] = (unsigned)code;
        text = end;
        while (*text == ' ')
            text++;
    }
    return count;
}

static unsigned char age[GEN_LIMIT]; /* major * 10 + minor, 0: unassigned */

static void
visit_age(char **fields, int count)
{
    unsigned first, last;
    int major, minor;
    if (count < 2 || sscanf(fields[1], "%d.%d", &major, &minor) != 2)
        return;
    gen_range(fields[0], &first, &last);
    for (; first <= last; first++)
        age[first] = (unsigned char)(major * 10 + minor);
}

static unsigned range_start;

static int
known(unsigned code)
{
    return age[code] != 0 && age[code] <= 140;
}

static void
visit_character(char **fields, int count)
{
    unsigned code = (unsigned)strtoul(fields[0], NULL, 16);
    if (count < 15 || code >= GEN_LIMIT)
        gen_fail("bad line in UnicodeData.txt");
    size_t length = strlen(fields[1]);
    if (length > 8 && strcmp(fields[1] + length - 8, ", First>") == 0) {
        range_start = code;
        return;
    }
    int is_range = length > 7 && strcmp(fields[1] + length - 7, ", Last>") == 0;
    for (unsigned at = is_range ? range_start : code; at <= code; at++) {
        if (!known(at))
            continue;
        GenChar *ch = &gen_chars[at];
        ch->assigned = 1;
        ch->age = age[at];
        strncpy(ch->category, fields[2], 2);
        ch->combining = (unsigned char)atoi(fields[3]);
        snprintf(ch->bidirectional, sizeof(ch->bidirectional), "%s", fields[4]);
        ch->mirrored = fields[9][0] == 'Y';
        if (fields[5][0])
            ch->decomposition = strdup(fields[5]);
        ch->decimal = fields[6][0] ? atoi(fields[6]) : -1;
        ch->digit = fields[7][0] ? atoi(fields[7]) : -1;
        if (fields[8][0])
            ch->numeric = strdup(fields[8]);
        ch->upper = fields[12][0] ? (unsigned)strtoul(fields[12], NULL, 16) : at;
        ch->lower = fields[13][0] ? (unsigned)strtoul(fields[13], NULL, 16) : at;
        ch->title = fields[14][0] ? (unsigned)strtoul(fields[14], NULL, 16) : ch->upper;
        if (is_range)
            ch->is_ideograph = strncmp(fields[1], "<CJK Ideograph", 14) == 0;
        else if (fields[1][0] != '<')
            ch->name = strdup(fields[1]);
    }
}

static void
visit_numeric(char **fields, int count)
{
    unsigned first, last;
    if (count < 4)
        return;
    gen_range(fields[0], &first, &last);
    for (; first <= last; first++)
        if (gen_chars[first].assigned && gen_chars[first].numeric == NULL)
            gen_chars[first].numeric = strdup(fields[3]);
}

static void
visit_derived(char **fields, int count)
{
    static const struct {
        const char *name;
        unsigned flag;
    } wanted[] = {
        {"Lowercase", GEN_LOWER},     {"Uppercase", GEN_UPPER},
        {"XID_Start", GEN_XID_START}, {"XID_Continue", GEN_XID_CONTINUE},
        {"Cased", GEN_CASED},         {"Case_Ignorable", GEN_CASE_IGNORABLE},
    };
    unsigned first, last;
    if (count < 2)
        return;
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        if (strcmp(fields[1], wanted[i].name) != 0)
            continue;
        gen_range(fields[0], &first, &last);
        for (; first <= last; first++)
            if (gen_chars[first].assigned)
                gen_chars[first].flags |= wanted[i].flag;
    }
}

static void
visit_linebreak(char **fields, int count)
{
    unsigned first, last;
    if (count < 2 || (strcmp(fields[1], "BK") != 0 && strcmp(fields[1], "CR") != 0 &&
                      strcmp(fields[1], "LF") != 0 && strcmp(fields[1], "NL") != 0))
        return;
    gen_range(fields[0], &first, &last);
    for (; first <= last; first++)
        gen_chars[first].flags |= GEN_LINEBREAK;
}

static void
visit_width(char **fields, int count)
{
    unsigned first, last;
    if (count < 2)
        return;
    gen_range(fields[0], &first, &last);
    for (; first <= last; first++)
        if (gen_chars[first].assigned)
            snprintf(gen_chars[first].width, sizeof(gen_chars[first].width), "%s", fields[1]);
}

static void
visit_special(char **fields, int count)
{
    /* A fifth field that is not empty is a condition: such mappings depend on context. */
    if (count > 5 || (count == 5 && fields[4][0]))
        return;
    unsigned code = (unsigned)strtoul(fields[0], NULL, 16);
    GenChar *ch = &gen_chars[code];
    if (!ch->assigned)
        return;
    ch->has_special = 1;
    ch->special_lower_count = gen_codes(fields[1], ch->special_lower, 3);
    ch->special_title_count = gen_codes(fields[2], ch->special_title, 3);
    ch->special_upper_count = gen_codes(fields[3], ch->special_upper, 3);
}

static void
visit_folding(char **fields, int count)
{
    if (count < 3 || (fields[1][0] != 'C' && fields[1][0] != 'F'))
        return;
    GenChar *ch = &gen_chars[strtoul(fields[0], NULL, 16)];
    if (ch->assigned)
        ch->fold_count = gen_codes(fields[2], ch->fold, 3);
}

static void
visit_normalization(char **fields, int count)
{
    static const char *const checks[] = {"NFD_QC", "NFKD_QC", "NFC_QC", "NFKC_QC"};
    unsigned first, last;
    if (count < 2)
        return;
    gen_range(fields[0], &first, &last);
    for (int i = 0; i < 4 && count > 2; i++)
        if (strcmp(fields[1], checks[i]) == 0)
            for (unsigned at = first; at <= last; at++)
                if (gen_chars[at].assigned)
                    gen_chars[at].quick_check |=
                        (unsigned char)((fields[2][0] == 'M' ? 1 : 2) << (i * 2));
    if (strcmp(fields[1], "Full_Composition_Exclusion") == 0)
        for (unsigned at = first; at <= last; at++)
            gen_chars[at].composition_excluded = 1;
}

static int
is_category(const GenChar *ch, const char *list)
{
    for (; *list; list += 2)
        if (ch->category[0] == list[0] && ch->category[1] == list[1])
            return 1;
    return 0;
}

/* Letters that Unicode 15.0 made lower case and 14.0 did not have so. */
static void
undo_later_changes(void)
{
    static const unsigned letters[] = {0x10fc, 0xa7f2, 0xa7f3, 0xa7f4, 0xab69};
    for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
        gen_chars[letters[i]].flags &= ~(unsigned)(GEN_LOWER | GEN_CASED);
}

static void
set_flags(void)
{
    for (unsigned code = 0; code < GEN_LIMIT; code++) {
        GenChar *ch = &gen_chars[code];
        if (!ch->assigned) {
            ch->decimal = ch->digit = -1;
            ch->upper = ch->lower = ch->title = code;
            continue;
        }
        const char *bidi = ch->bidirectional;
        if (is_category(ch, "LmLtLuLlLo"))
            ch->flags |= GEN_ALPHA;
        if (ch->decimal >= 0)
            ch->flags |= GEN_DECIMAL;
        if (ch->digit >= 0)
            ch->flags |= GEN_DIGIT;
        if (ch->numeric != NULL)
            ch->flags |= GEN_NUMERIC;
        if (is_category(ch, "Lt"))
            ch->flags |= GEN_TITLE;
        if (is_category(ch, "Zs") || strcmp(bidi, "WS") == 0 || strcmp(bidi, "B") == 0 ||
            strcmp(bidi, "S") == 0)
            ch->flags |= GEN_SPACE;
        if (strcmp(bidi, "B") == 0)
            ch->flags |= GEN_LINEBREAK;
        if (code == ' ' || !is_category(ch, "CcCfCsCoCnZlZpZs"))
            ch->flags |= GEN_PRINTABLE;
    }
}

/* --- writing --- */

/* Writes a two-level table: `NAME_page` by code >> 7, `NAME_entry` by page and code & 127. */
void
gen_write_index(FILE *out, const char *name, const unsigned *values)
{
    unsigned pages = GEN_LIMIT / GEN_PAGE, count = 0;
    unsigned *first = gen_alloc(pages * sizeof(unsigned));
    unsigned char *page = gen_alloc(pages * sizeof(unsigned char) * 2);
    unsigned short *page_number = (unsigned short *)(void *)page;
    unsigned greatest = 0;
    for (unsigned i = 0; i < GEN_LIMIT; i++)
        if (values[i] > greatest)
            greatest = values[i];
    for (unsigned i = 0; i < pages; i++) {
        unsigned j = 0;
        while (j < count && memcmp(values + first[j] * GEN_PAGE, values + i * GEN_PAGE,
                                   GEN_PAGE * sizeof(unsigned)) != 0)
            j++;
        if (j == count)
            first[count++] = i;
        page_number[i] = (unsigned short)j;
    }
    fprintf(out, "static const uint%d_t %s_page[%u] = {", count < 256 ? 8 : 16, name, pages);
    for (unsigned i = 0; i < pages; i++)
        fprintf(out, "%s%u,", i % 24 ? "" : "\n    ", page_number[i]);
    fprintf(out, "\n};\nstatic const uint%d_t %s_entry[%u] = {",
            greatest < 256 ? 8 : greatest < 65536 ? 16 : 32, name, count * GEN_PAGE);
    for (unsigned i = 0; i < count; i++)
        for (unsigned j = 0; j < GEN_PAGE; j++)
            fprintf(out, "%s%u,", j % 24 ? "" : "\n    ", values[first[i] * GEN_PAGE + j]);
    fprintf(out, "\n};\n");
    free(first);
    free(page);
}

/* One record of the class table as text; equal texts share an entry. */
typedef struct Records {
    char **texts;
    unsigned count, room;
} Records;

static unsigned
record_number(Records *records, const char *text)
{
    for (unsigned i = records->count; i-- > 0;)
        if (strcmp(records->texts[i], text) == 0)
            return i;
    if (records->count == records->room) {
        records->room = records->room ? records->room * 2 : 256;
        records->texts = realloc(records->texts, records->room * sizeof(char *));
        if (records->texts == NULL)
            gen_fail("out of memory");
    }
    records->texts[records->count] = strdup(text);
    return records->count++;
}

static unsigned special_cases[4096], special_count;

/* Appends a mapping; its place in the low bits, its length in bits 24 and up. */
static unsigned
add_special(const unsigned *codes, int count)
{
    unsigned at = special_count;
    for (int i = 0; i < count; i++) {
        if (special_count == 4096)
            gen_fail("too many special case mappings");
        special_cases[special_count++] = codes[i];
    }
    return at | (unsigned)count << 24;
}

static void
class_record(unsigned code, char *text, size_t room)
{
    GenChar *ch = &gen_chars[code];
    int decimal = ch->decimal >= 0 ? ch->decimal : 0, digit = ch->digit >= 0 ? ch->digit : 0;
    if (ch->fold_count == 0) {
        /* What CaseFolding.txt does not list folds to itself, lower case or not. */
        ch->fold[0] = code;
        ch->fold_count = 1;
    }
    int folds_apart = ch->fold_count != 1 || ch->fold[0] != ch->lower;
    if (!ch->has_special && !folds_apart) {
        snprintf(text, room, "{%d, %d, %d, 0, %d, %d, 0x%x}", (int)(ch->upper - code),
                 (int)(ch->lower - code), (int)(ch->title - code), decimal, digit, ch->flags);
        return;
    }
    if (!ch->has_special) {
        ch->special_upper[0] = ch->upper;
        ch->special_lower[0] = ch->lower;
        ch->special_title[0] = ch->title;
        ch->special_upper_count = ch->special_lower_count = ch->special_title_count = 1;
    }
    unsigned lower = add_special(ch->special_lower, ch->special_lower_count);
    unsigned fold = folds_apart ? add_special(ch->fold, ch->fold_count) : 0;
    unsigned upper = add_special(ch->special_upper, ch->special_upper_count);
    unsigned title = add_special(ch->special_title, ch->special_title_count);
    snprintf(text, room, "{0x%x, 0x%x, 0x%x, 0x%x, %d, %d, 0x%x}", upper, lower, title, fold,
             decimal, digit, ch->flags | GEN_SPECIAL);
}

static void
write_classes(FILE *out)
{
    Records records = {NULL, 0, 0};
    unsigned *values = gen_alloc(GEN_LIMIT * sizeof(unsigned));
    char text[256];
    static const char empty[] = "{0, 0, 0, 0, 0, 0, 0x0}";
    record_number(&records, empty);
    for (unsigned code = 0; code < GEN_LIMIT; code++)
        if (gen_chars[code].assigned) {
            class_record(code, text, sizeof(text));
            values[code] = record_number(&records, text);
        }
    fprintf(out, "#ifdef KS_UNICODE_CTYPE\n");
    for (int i = 0; i < GEN_FLAG_COUNT; i++)
        fprintf(out, "#define CTYPE_%s 0x%x\n", gen_flag_names[i], 1u << i);
    fprintf(out, "/* Case mappings are distances, or places in ctype_special if CTYPE_SPECIAL. */\n"
                 "typedef struct CtypeRecord {\n    int32_t upper, lower, title, fold;\n"
                 "    uint8_t decimal, digit;\n    uint16_t flags;\n} CtypeRecord;\n"
                 "static const CtypeRecord ctype_records[%u] = {\n",
            records.count);
    for (unsigned i = 0; i < records.count; i++)
        fprintf(out, "    %s,\n", records.texts[i]);
    fprintf(out, "};\nstatic const uint32_t ctype_special[%u] = {", special_count + 1);
    for (unsigned i = 0; i < special_count; i++)
        fprintf(out, "%s%u,", i % 16 ? "" : "\n    ", special_cases[i]);
    fprintf(out, "\n    0,\n};\n");
    gen_write_index(out, "ctype", values);
    free(values);
}

/* Code points with a numeric value, in order, each with its value as an exact C expression. */
static void
write_numeric(FILE *out)
{
    unsigned count = 0;
    for (unsigned code = 0; code < GEN_LIMIT; code++)
        count += gen_chars[code].numeric != NULL;
    fprintf(out, "static const struct {\n    uint32_t code;\n    double value;\n} "
                 "ctype_numeric[%u] = {\n",
            count);
    for (unsigned code = 0; code < GEN_LIMIT; code++) {
        const char *text = gen_chars[code].numeric;
        if (text == NULL)
            continue;
        const char *slash = strchr(text, '/');
        if (slash == NULL)
            fprintf(out, "    {%u, %s.0},\n", code, text);
        else
            fprintf(out, "    {%u, %.*s.0 / %s.0},\n", code, (int)(slash - text), text, slash + 1);
    }
    fprintf(out, "};\n#endif\n");
}

const char *const gen_flag_names[] = {
    "ALPHA",     "DECIMAL",   "DIGIT",     "LOWER",        "LINEBREAK", "SPACE",
    "TITLE",     "UPPER",     "XID_START", "XID_CONTINUE", "PRINTABLE", "NUMERIC",
    "CASE_IGNORABLE", "CASED", "SPECIAL",
};

int
main(int argc, char **argv)
{
    if (argc != 3)
        gen_fail("usage: gen_unicode DIRECTORY OUTPUT");
    gen_directory = argv[1];
    gen_each_line("DerivedAge.txt", visit_age);
    gen_each_line("UnicodeData.txt", visit_character);
    gen_each_line("extracted/DerivedNumericValues.txt", visit_numeric);
    gen_each_line("DerivedCoreProperties.txt", visit_derived);
    gen_each_line("LineBreak.txt", visit_linebreak);
    gen_each_line("EastAsianWidth.txt", visit_width);
    gen_each_line("SpecialCasing.txt", visit_special);
    gen_each_line("CaseFolding.txt", visit_folding);
    gen_each_line("DerivedNormalizationProps.txt", visit_normalization);
    undo_later_changes();
    set_flags();
    FILE *out = fopen(argv[2], "w");
    if (out == NULL)
        gen_fail("cannot write %s", argv[2]);
    fprintf(out, "/* Made by gen_unicode. */\n#include <stdint.h>\n");
    write_classes(out);
    write_numeric(out);
    gen_write_database(out);
    gen_write_names(out);
    if (fclose(out) != 0)
        gen_fail("cannot write %s", argv[2]);
    return 0;
}
