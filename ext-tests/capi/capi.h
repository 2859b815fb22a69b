/* SPDX-License-Identifier: MIT */
/* What every suite of the C-API tests uses: a test's form, checks that name the expected value as
 * Python's repr, and the checks for a call that has to fail.
 *
 * The tests see Python.h alone, so the same sources judge any libpython3.11. */
#ifndef KS_CAPI_H
#define KS_CAPI_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <CUnit/CUnit.h>

#define TEST(name) static void test_##name(void)

typedef PyObject *Reference;

/* Local references, one or several, that are dropped at the end of their block. */
#define OWN __attribute__((cleanup(ks_drop))) Reference

/* The expression gives a new reference to an object whose repr is the text. */
#define GIVES(expression, text) CU_ASSERT(ks_gives((expression), (text)))
/* The same for an object that is only looked at. */
#define READS(object, text) CU_ASSERT(ks_reads((object), (text)))
/* The call returns NULL or -1 and leaves exactly this exception; a NULL text accepts any. */
#define NULL_WITH(call, type, text) CU_ASSERT(ks_null_with((call), (type), (text)))
#define MINUS_WITH(call, type, text) CU_ASSERT(ks_minus_with((long long)(call), (type), (text)))

void ks_drop(PyObject **reference);
int ks_gives(PyObject *stolen, const char *text);
int ks_reads(PyObject *object, const char *text);
int ks_took_exception(PyObject *type);
int ks_took_message(PyObject *type, const char *text);
int ks_null_with(PyObject *result, PyObject *type, const char *text);
int ks_minus_with(long long result, PyObject *type, const char *text);

/* A new reference to an expression's value; the test ends if there is none. */
PyObject *ks_eval(const char *expression);
/* A new reference to the namespace that statements leave; the test ends if they raise. */
PyObject *ks_exec(const char *statements);
/* A borrowed reference to a name in such a namespace; the test ends if it is missing. */
PyObject *ks_name(PyObject *space, const char *name);

/* fail_alloc.c: requests for memory fail from the n-th (counted from 0) until the stop. */
void ks_fail_after(long count);
void ks_fail_stop(void);
/* Runs make with the first, the second, ... request failing until it succeeds. The number of
 * failures, or -1 if one of them left another exception than MemoryError or a result as well. */
int ks_fail_sweep(PyObject *(*make)(void));

#endif
