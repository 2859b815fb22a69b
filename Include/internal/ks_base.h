/* SPDX-License-Identifier: MIT */
/* Marks and small helpers that every source of the runtime uses.
 *
 * Ownership marks stand in prototypes so that grep and the compiler see who owns what. KS_OWNED
 * variables drop their reference when their scope ends; they are initialised where declared and
 * never used in instruction bodies, where a computed goto would skip the cleanup. */
#ifndef KS_BASE_H
#define KS_BASE_H

#include "Python.h"
#include <stddef.h>

#define KS_NEW __attribute__((warn_unused_result)) /* the caller owns the result */
#define KS_BORROWED                                /* lives as long as its container */
#define KS_STEALS                                  /* taken over, on failure as well */

#define KS_LIKELY(x) __builtin_expect(!!(x), 1)
#define KS_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define KS_INLINE static inline __attribute__((always_inline))
#define KS_NOINLINE __attribute__((noinline))
#define KS_COLD __attribute__((cold, noinline))
#define KS_COUNT_OF(array) ((Py_ssize_t)(sizeof(array) / sizeof((array)[0])))

static inline void
ks_owned_drop(void *slot)
{
    PyObject **owned = (PyObject **)slot;
    Py_XDECREF(*owned);
}
#define KS_OWNED __attribute__((cleanup(ks_owned_drop)))

/* Hands the reference in *owned over to the caller; the variable is NULL afterwards. */
static inline PyObject *
ks_give(PyObject **owned)
{
    PyObject *object = *owned;
    *owned = NULL;
    return object;
}

/* A borrowed, interned string for a literal. Every place of use has an entry in a section of its own,
 * which start-up fills as a whole (Objects/str_intern.c): the use itself cannot fail. */
typedef struct {
    PyObject *string;
    const char *text;
} KsInternedLiteral;
#define KS_INTERN(literal)                                                                        \
    (__extension__({                                                                              \
        static KsInternedLiteral ks_entry_                                                        \
            __attribute__((section("ks_interned"), used, aligned(16))) = {NULL, literal};         \
        ks_entry_.string;                                                                         \
    }))

/* One row of a method table: name, C function, METH_ flags, text signature, doc text. */
#define METHOD(name, function, flags, signature, doc) \
    {name, (PyCFunction)(void (*)(void))(function), flags, name signature "\n--\n\n" doc}
/* The same for methods whose signature inspect cannot express. */
#define METHOD_PLAIN(name, function, flags, doc) \
    {name, (PyCFunction)(void (*)(void))(function), flags, doc}

#endif
