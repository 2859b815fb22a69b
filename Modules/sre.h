/* SPDX-License-Identifier: MIT */
/* The regular expression engine: what its files share.
 *
 * Lib/re compiles a pattern to a list of 32 bit words; _sre.compile checks that list once
 * (sre_validate.c) and keeps it, with what can be known about it beforehand: bitmaps of its
 * character sets and of the characters a match can start with (sre_analyse.c). sre_engine.c runs
 * it; the rest are the Python types on top. */
#ifndef KS_SRE_H
#define KS_SRE_H

#include "Python.h"
#include "ks_base.h"

typedef uint32_t SreCode;

#define SRE_MAGIC 20220615
#define SRE_MAXREPEAT (~(SreCode)0)
#define SRE_MAXGROUPS (INT32_MAX / 2)

/* The numbers are those of Lib/re/_constants.py. */
enum SreOp {
    OP_FAILURE, OP_SUCCESS, OP_ANY, OP_ANY_ALL, OP_ASSERT, OP_ASSERT_NOT, OP_AT, OP_BRANCH,
    OP_CATEGORY, OP_CHARSET, OP_BIGCHARSET, OP_GROUPREF, OP_GROUPREF_EXISTS, OP_IN, OP_INFO,
    OP_JUMP, OP_LITERAL, OP_MARK, OP_MAX_UNTIL, OP_MIN_UNTIL, OP_NOT_LITERAL, OP_NEGATE, OP_RANGE,
    OP_REPEAT, OP_REPEAT_ONE, OP_SUBPATTERN, OP_MIN_REPEAT_ONE, OP_ATOMIC_GROUP,
    OP_POSSESSIVE_REPEAT, OP_POSSESSIVE_REPEAT_ONE,
    OP_GROUPREF_IGNORE, OP_IN_IGNORE, OP_LITERAL_IGNORE, OP_NOT_LITERAL_IGNORE,
    OP_GROUPREF_LOC_IGNORE, OP_IN_LOC_IGNORE, OP_LITERAL_LOC_IGNORE, OP_NOT_LITERAL_LOC_IGNORE,
    OP_GROUPREF_UNI_IGNORE, OP_IN_UNI_IGNORE, OP_LITERAL_UNI_IGNORE, OP_NOT_LITERAL_UNI_IGNORE,
    OP_RANGE_UNI_IGNORE,
};

enum SreAt {
    AT_BEGINNING, AT_BEGINNING_LINE, AT_BEGINNING_STRING, AT_BOUNDARY, AT_NON_BOUNDARY, AT_END,
    AT_END_LINE, AT_END_STRING, AT_LOC_BOUNDARY, AT_LOC_NON_BOUNDARY, AT_UNI_BOUNDARY,
    AT_UNI_NON_BOUNDARY, AT_COUNT,
};

enum SreCategory {
    CATEGORY_DIGIT, CATEGORY_NOT_DIGIT, CATEGORY_SPACE, CATEGORY_NOT_SPACE, CATEGORY_WORD,
    CATEGORY_NOT_WORD, CATEGORY_LINEBREAK, CATEGORY_NOT_LINEBREAK, CATEGORY_LOC_WORD,
    CATEGORY_LOC_NOT_WORD, CATEGORY_UNI_DIGIT, CATEGORY_UNI_NOT_DIGIT, CATEGORY_UNI_SPACE,
    CATEGORY_UNI_NOT_SPACE, CATEGORY_UNI_WORD, CATEGORY_UNI_NOT_WORD, CATEGORY_UNI_LINEBREAK,
    CATEGORY_UNI_NOT_LINEBREAK, CATEGORY_COUNT,
};

enum SreFlag {
    FLAG_TEMPLATE = 1, FLAG_IGNORECASE = 2, FLAG_LOCALE = 4, FLAG_MULTILINE = 8, FLAG_DOTALL = 16,
    FLAG_UNICODE = 32, FLAG_VERBOSE = 64, FLAG_DEBUG = 128, FLAG_ASCII = 256,
};

enum SreInfo { INFO_PREFIX = 1, INFO_LITERAL = 2, INFO_CHARSET = 4 };

/* Which of the characters below 256 are in a set. */
typedef struct SreBitmap {
    uint32_t bits[8];
} SreBitmap;

#define SRE_BIT(map, ch) ((map)->bits[(ch) >> 5] >> ((ch) & 31) & 1)

typedef struct SrePattern {
    PyObject_VAR_HEAD
    Py_ssize_t groups;
    PyObject *groupindex; /* dict of names; NULL if there are none */
    PyObject *indexgroup; /* tuple of names or None by number; NULL likewise */
    PyObject *pattern;    /* the source, or None */
    int flags;
    int isbytes;          /* -1: unknown, fits both */
    PyObject *weakrefs;
    /* What the analysis found. maps[0] is no set; aux[i] is the index of the bitmap for the set
     * whose instruction is at code[i], or 0. Both NULL if the pattern has no sets. */
    SreBitmap *maps;
    uint32_t *aux;
    SreBitmap first;      /* where a match can start, by its first character */
    int has_first;        /* the bitmap tells something, and a match is never empty */
    int wide_first;       /* characters from 256 on may start a match */
    int anchored;         /* a match starts at the text's beginning only */
    SreCode min_width;
    SreCode prefix_length; /* 0: none */
    int is_literal;       /* the prefix is all there is */
    const SreCode *prefix;
    Py_UCS1 *needle1;     /* the prefix in narrower characters; NULL if it does not fit */
    Py_UCS2 *needle2;
    const SreCode *body;  /* behind the information block */
    SreCode code[];
} SrePattern;

/* One entry of the backtracking stack; which fields mean what is said in sre_match.h. */
typedef struct SreEntry {
    const SreCode *code;
    const void *ptr;
    const void *last;
    uint32_t kind;
    uint32_t count;
    Py_ssize_t rep;
} SreEntry;

#define SRE_SMALL_STACK 24
#define SRE_SMALL_MARKS 16

/* One text that is being searched. */
typedef struct SreState {
    PyObject *string;
    Py_buffer buffer;
    int charsize;
    int isbytes;
    const char *beginning; /* of the text */
    const char *start;     /* where the next search starts; where the last match started */
    const char *end;       /* where the text ends for us */
    const char *ptr;       /* where the last match ended */
    Py_ssize_t pos, endpos;
    int match_all;
    int must_advance;
    int dirty;             /* some mark is set */
    Py_ssize_t lastindex;
    const void **marks;
    Py_ssize_t mark_count;
    SreEntry *stack;
    size_t stack_size;
    unsigned int ticks;
    const void *small_marks[SRE_SMALL_MARKS];
    SreEntry small_stack[SRE_SMALL_STACK];
} SreState;

typedef struct SreMatch {
    PyObject_VAR_HEAD
    PyObject *string;
    PyObject *regs; /* made when asked for */
    SrePattern *pattern;
    Py_ssize_t pos, endpos;
    Py_ssize_t lastindex;
    Py_ssize_t groups; /* with group 0 */
    Py_ssize_t mark[];
} SreMatch;

typedef struct SreScanner {
    PyObject_HEAD
    SrePattern *pattern;
    int executing;
    SreState state;
} SreScanner;

typedef struct SreModule {
    PyTypeObject *pattern_type;
    PyTypeObject *match_type;
    PyTypeObject *scanner_type;
} SreModule;

/* sre_validate.c: 0, or -1 with RuntimeError. */
int ks_sre_validate(SrePattern *pattern);

/* sre_analyse.c: fills in what can be known beforehand; 0, or -1 with MemoryError. */
int ks_sre_analyse(SrePattern *pattern);

/* sre_engine.c. All return 1, 0 or -1 with an exception; match starts at state->start. */
int ks_sre_match(SreState *state, const SrePattern *pattern);
int ks_sre_search(SreState *state, const SrePattern *pattern);
int ks_sre_in_set(const SreCode *set, Py_UCS4 ch);
Py_UCS4 ks_sre_lower_ascii(Py_UCS4 ch);
Py_UCS4 ks_sre_lower_locale(Py_UCS4 ch);
Py_UCS4 ks_sre_upper_locale(Py_UCS4 ch);
/* Does a character satisfy an instruction for one character (LITERAL, IN, ... of any case rule)? */
int ks_sre_accepts(const SreCode *code, Py_UCS4 ch);

/* sre_state.c. ks_sre_begin returns 0, or -1 with an exception and nothing to end. */
int ks_sre_text(PyObject *string, const void **data, Py_ssize_t *length, int *isbytes,
                int *charsize, Py_buffer *buffer);
int ks_sre_begin(SreState *state, const SrePattern *pattern, PyObject *string, Py_ssize_t pos,
                 Py_ssize_t endpos);
void ks_sre_end(SreState *state);
/* Makes ready to go on behind the last match. */
void ks_sre_advance(SreState *state);
/* A part of a text: an exact str, or bytes. */
KS_NEW PyObject *ks_sre_slice(int isbytes, const void *data, PyObject *string, Py_ssize_t start,
                              Py_ssize_t end);
KS_NEW PyObject *ks_sre_state_slice(SreState *state, const char *start, const char *end);
/* Text of a group in the last match; empty or None if it took no part. */
KS_NEW PyObject *ks_sre_state_group(SreState *state, Py_ssize_t group, int empty);

/* sre_match_object.c: a match object for the last match. */
KS_NEW PyObject *ks_sre_new_match(SreModule *module, SrePattern *pattern, SreState *state);
/* Text of groups by a parsed template as re._parser.parse_template makes it; sre_expand.c. */
int ks_sre_template_check(PyObject *filter, PyObject **groups, PyObject **literals);
KS_NEW PyObject *ks_sre_template_expand(SreState *state, PyObject *groups, PyObject *literals);

/* sre_scanner.c */
KS_NEW PyObject *ks_sre_new_scanner(SreModule *module, SrePattern *pattern, PyObject *string,
                                    Py_ssize_t pos, Py_ssize_t endpos);

extern PyType_Spec ks_sre_pattern_spec, ks_sre_match_spec, ks_sre_scanner_spec;

#endif
