/* SPDX-License-Identifier: MIT */
/* The part of unicode_tables.h that the unicodedata module reads: categories and so on,
 * decompositions, compositions. */
#include "gen_unicode.h"

/* Texts numbered in the order of their first use. */
typedef struct Pool {
    const char *texts[4096];
    unsigned count;
} Pool;

static unsigned
pool_number(Pool *pool, const char *text)
{
    for (unsigned i = 0; i < pool->count; i++)
        if (strcmp(pool->texts[i], text) == 0)
            return i;
    if (pool->count == 4096)
        gen_fail("too many different texts");
    pool->texts[pool->count] = strdup(text);
    return pool->count++;
}

static void
pool_write(FILE *out, const char *name, const Pool *pool)
{
    fprintf(out, "static const char *const %s[] = {", name);
    for (unsigned i = 0; i < pool->count; i++)
        fprintf(out, "%s\"%s\",", i % 16 ? " " : "\n    ", pool->texts[i]);
    fprintf(out, "\n};\n");
}

static void
write_properties(FILE *out)
{
    static Pool categories, bidis, widths, records;
    unsigned *values = gen_alloc(GEN_LIMIT * sizeof(unsigned));
    unsigned *age_values = gen_alloc(GEN_LIMIT * sizeof(unsigned));
    pool_number(&categories, "Cn");
    pool_number(&bidis, "");
    /* What is unassigned counts as full width. */
    pool_number(&widths, "F");
    pool_number(&records, "{0, 0, 0, 0, 0, 0}");
    for (unsigned code = 0; code < GEN_LIMIT; code++) {
        const GenChar *ch = &gen_chars[code];
        char text[128];
        if (!ch->assigned)
            continue;
        snprintf(text, sizeof(text), "{%u, %u, %u, %u, %u, %u}",
                 pool_number(&categories, ch->category), pool_number(&bidis, ch->bidirectional),
                 pool_number(&widths, ch->width[0] ? ch->width : "N"), ch->combining,
                 ch->mirrored, ch->quick_check);
        values[code] = pool_number(&records, text);
        /* The frozen database of Unicode 3.2 knows only what was assigned by then. */
        age_values[code] = ch->age > 32;
    }
    pool_write(out, "ucd_categories", &categories);
    pool_write(out, "ucd_bidirectional", &bidis);
    pool_write(out, "ucd_widths", &widths);
    fprintf(out, "typedef struct UcdRecord {\n"
                 "    uint8_t category, bidirectional, width, combining, mirrored, quick_check;\n"
                 "} UcdRecord;\nstatic const UcdRecord ucd_records[] = {\n");
    for (unsigned i = 0; i < records.count; i++)
        fprintf(out, "    %s,\n", records.texts[i]);
    fprintf(out, "};\n");
    gen_write_index(out, "ucd", values);
    gen_write_index(out, "ucd_young", age_values);
    free(values);
    free(age_values);
}

/* ucd_decomposition holds, for each decomposition, tag | count << 8 and then its code points. */
static void
write_decompositions(FILE *out)
{
    static Pool tags;
    unsigned *values = gen_alloc(GEN_LIMIT * sizeof(unsigned)), at = 1;
    pool_number(&tags, "");
    fprintf(out, "static const uint32_t ucd_decomposition[] = {\n    0,\n");
    for (unsigned code = 0; code < GEN_LIMIT; code++) {
        const char *text = gen_chars[code].decomposition;
        if (text == NULL)
            continue;
        unsigned codes[32], tag = 0;
        if (*text == '<') {
            char name[32];
            const char *end = strchr(text, '>');
            snprintf(name, sizeof(name), "%.*s", (int)(end - text + 1), text);
            tag = pool_number(&tags, name);
            text = end + 2;
        }
        int count = gen_codes(text, codes, 32);
        values[code] = at;
        at += (unsigned)count + 1;
        fprintf(out, "    %u,", tag | (unsigned)count << 8);
        for (int i = 0; i < count; i++)
            fprintf(out, " %u,", codes[i]);
        fprintf(out, "\n");
    }
    fprintf(out, "};\n");
    pool_write(out, "ucd_decomposition_tags", &tags);
    gen_write_index(out, "ucd_decomposition_at", values);
    free(values);
}

typedef struct Pair {
    unsigned first, second, composed;
} Pair;

static int
compare_pairs(const void *a, const void *b)
{
    const Pair *x = a, *y = b;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return x->second < y->second ? -1 : x->second > y->second;
}

static void
write_compositions(FILE *out)
{
    static Pair pairs[4096];
    unsigned count = 0;
    for (unsigned code = 0; code < GEN_LIMIT; code++) {
        const GenChar *ch = &gen_chars[code];
        unsigned codes[32];
        if (ch->decomposition == NULL || *ch->decomposition == '<' || ch->composition_excluded ||
            gen_codes(ch->decomposition, codes, 32) != 2)
            continue;
        if (count == 4096)
            gen_fail("too many compositions");
        pairs[count++] = (Pair){codes[0], codes[1], code};
    }
    qsort(pairs, count, sizeof(Pair), compare_pairs);
    fprintf(out, "static const struct {\n    uint32_t first, second, composed;\n} "
                 "ucd_compositions[%u] = {\n",
            count);
    for (unsigned i = 0; i < count; i++)
        fprintf(out, "    {%u, %u, %u},\n", pairs[i].first, pairs[i].second, pairs[i].composed);
    fprintf(out, "};\n");
}

static FILE *corrections_out;

static void
visit_correction(char **fields, int count)
{
    int major, minor;
    if (count < 4 || sscanf(fields[3], "%d.%d", &major, &minor) != 2 || major * 10 + minor <= 32)
        return;
    fprintf(corrections_out, "    {0x%s, 0x%s},\n", fields[0], fields[1]);
}

void
gen_write_database(FILE *out)
{
    fprintf(out, "#ifdef KS_UNICODE_DATABASE\n");
    write_properties(out);
    write_decompositions(out);
    write_compositions(out);
    fprintf(out, "/* Decompositions that were other ones in Unicode 3.2. */\n"
                 "static const struct {\n    uint32_t code, original;\n} ucd_corrections[] = {\n");
    corrections_out = out;
    gen_each_line("NormalizationCorrections.txt", visit_correction);
    fprintf(out, "};\n#endif\n");
}
