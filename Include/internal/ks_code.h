/* SPDX-License-Identifier: MIT */
/* Code objects: what the compiler, marshal and the verifier share with the type. */
#ifndef KS_CODE_H
#define KS_CODE_H

#include "Python.h"
#include "pycore_code.h"

#include "ks_base.h"

/* One entry of a location table. Missing lines are 0 with has_line clear, missing columns -1. */
typedef struct KsLocationEntry {
    int units;      /* instructions and cache words it covers */
    int has_line;
    int line_delta; /* to the line before */
    int end_delta;  /* end line - line */
    int column, end_column;
} KsLocationEntry;

/* Reads the entry at *cursor and moves behind it; 0 when the table ends or is cut off. */
int ks_location_read(const uint8_t **cursor, const uint8_t *limit, KsLocationEntry *entry);
/* A copy of a table (bytes) that tells lines only. */
KS_NEW PyObject *ks_location_drop_columns(PyObject *table);

/* ---- methods of code objects that live in code_lines.c ---- */
KS_NEW PyObject *ks_code_lines(PyObject *self, PyObject *unused);
KS_NEW PyObject *ks_code_positions(PyObject *self, PyObject *unused);
KS_NEW PyObject *ks_code_lnotab(PyObject *self, void *unused);

/* ---- Python/verify.c ---- */

/* 1 if running the code cannot leave its stack, tables or variables; 0 with ValueError. Constants
 * that are code objects are checked when they are built, not again here. */
int ks_code_verify(PyCodeObject *code);

/* In place of a count towards quickening: only the code's start was verified. */
#define KS_WARMUP_UNVERIFIED (-1000)
#define KS_CODE_IS_UNVERIFIED(code) ((code)->co_warmup == KS_WARMUP_UNVERIFIED)
/* ks_code_verify() for code that was just made: what lies behind its first RESUME is left for
 * ks_code_verify_rest(), if nothing can look at it before. */
int ks_code_verify_start(PyCodeObject *code);
/* Before the first run of code that is marked: 1 and the mark is gone, or 0 with ValueError. */
int ks_code_verify_rest(PyCodeObject *code);

/* ---- Python/opcode_meta.c ---- */

/* What an instruction's operand means; see opcode_meta.c. */
enum {
    KS_OPARG_NONE,
    KS_OPARG_NUMBER,
    KS_OPARG_CONST,
    KS_OPARG_NAME,
    KS_OPARG_LOCAL, /* any of locals, cells and free variables */
    KS_OPARG_JUMP,  /* relative forwards */
    KS_OPARG_JUMP_BACK,
    KS_OPARG_INVALID,
};
extern const uint8_t ks_opcode_operand[256];

/* ---- Python/marshal_read.c ---- */

/* The code object of a .pyc body, checked by ks_code_verify_start; other objects are a TypeError. */
KS_NEW PyObject *ks_marshal_load_verified(const char *data, Py_ssize_t size);

#endif
