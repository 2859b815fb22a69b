/* SPDX-License-Identifier: MIT */
/* The Unpickler: a machine with a stack, marks on it and a memo, fed from a window on the input.
 * Only the pickle sources that read include this.
 *
 * The window reaches from cursor to limit. For loads() it is the whole pickle. For a file it lies in
 * input, which is either what read() gave, or what peek() showed: then peeked is where the bytes
 * begin that the file still has to be told to skip. A file is never read beyond the STOP.
 *
 * fence is the height of the topmost mark: nothing below it may be popped. */
#ifndef KS_PICKLE_INPUT_H
#define KS_PICKLE_INPUT_H

#include "pickle_parts.h"

typedef struct Unpickler {
    PyObject_HEAD
    const char *cursor, *limit;
    const char *peeked; /* NULL when the window was read and not only peeked at */
    PyObject *input;    /* bytes that the window lies in; NULL for loads() */
    PyObject **stack;
    Py_ssize_t height, room, fence;
    Py_ssize_t *marks;
    Py_ssize_t mark_count, mark_room;
    PyObject **memo; /* by number, NULL for those not known */
    Py_ssize_t memo_room, memo_used;
    PyObject *read, *readline; /* NULL for loads() */
    PyObject *readinto, *peek; /* NULL when the file has none */
    PickleHook persistent_load;
    PyObject *buffers; /* iterator over out-of-band buffers, or NULL */
    char *encoding, *errors;
    char *line; /* the last line read, with a NUL after it */
    Py_ssize_t line_room;
    PickleState *state; /* during a load */
    int protocol;
    int fix_imports;
    int running;
    void *unused[4]; /* up to the size that CPython's has */
} Unpickler;

/* ---- failures: set UnpicklingError and return -1 ---- */

int ks_unpickle_fails(Unpickler *u, const char *message);
/* The stack holds fewer objects than needed above its last mark. */
int ks_unpickle_underflow(Unpickler *u);
int ks_unpickle_truncated(Unpickler *u);

/* ---- pickle_input.c ---- */

/* Brings the next count bytes, which the window does not hold, from the file. The bytes, valid
 * until the next call; NULL with an exception. */
const char *ks_unpickle_refill(Unpickler *u, Py_ssize_t count);
/* The next opcode, which the window does not hold; -1 with EOFError when there is none. */
int ks_unpickle_refill_op(Unpickler *u);
/* Copies count bytes, those that the window does not hold straight from the file. */
int ks_unpickle_copy(Unpickler *u, char *to, Py_ssize_t count);
/* A line in u->line, newline included, of at least this length; its length, or -1. */
Py_ssize_t ks_unpickle_line(Unpickler *u, Py_ssize_t at_least);
/* Tells the file what was taken of the bytes it only showed, and forgets the others. */
int ks_unpickle_settle(Unpickler *u);
/* Makes sure that a frame of this length follows. */
int ks_unpickle_frame(Unpickler *u);

/* The next count bytes, valid until input is asked for again; NULL with an exception. */
KS_INLINE const unsigned char *
ks_unpickle_take(Unpickler *u, Py_ssize_t count)
{
    const char *data = u->cursor;
    if (KS_UNLIKELY(u->limit - data < count))
        return (const unsigned char *)ks_unpickle_refill(u, count);
    u->cursor = data + count;
    return (const unsigned char *)data;
}

KS_INLINE size_t
ks_unpickle_little_endian(const unsigned char *data, int count)
{
    size_t value = 0;
    for (int i = 0; i < count; i++)
        value |= (size_t)data[i] << (8 * i);
    return value;
}

/* A little-endian number of count bytes. */
KS_INLINE int
ks_unpickle_number(Unpickler *u, int count, size_t *value)
{
    const unsigned char *data = ks_unpickle_take(u, count);
    if (data == NULL)
        return -1;
    *value = ks_unpickle_little_endian(data, count);
    return 0;
}

/* The same for a length; OverflowError, which names the opcode, if no object can be that long. */
int ks_unpickle_length(Unpickler *u, int count, const char *opcode, Py_ssize_t *length);

/* ---- stack and memo: pickle_stack.c ---- */

int ks_unpickle_push_slow(Unpickler *u, KS_STEALS PyObject *object);
/* Drops what lies at height and above. */
void ks_unpickle_cut(Unpickler *u, Py_ssize_t height);
int ks_unpickle_mark(Unpickler *u);
/* Removes the topmost mark; its height, or -1 with an exception. */
Py_ssize_t ks_unpickle_unmark(Unpickler *u);
/* What lies above height as a tuple, or a list; the stack loses it. */
KS_NEW PyObject *ks_unpickle_pop_tuple(Unpickler *u, Py_ssize_t height);
KS_NEW PyObject *ks_unpickle_pop_list(Unpickler *u, Py_ssize_t height);
/* Makes room for a number in the memo. */
int ks_unpickle_memo_widen(Unpickler *u, size_t index);
/* Enters an object in the memo. */
int ks_unpickle_memo_set(Unpickler *u, size_t index, PyObject *object);
int ks_unpickle_memo_missing(Unpickler *u, Py_ssize_t index);
void ks_unpickle_memo_clear(Unpickler *u);

/* Puts an object on the stack; NULL, with the exception of who failed to make it, is -1. */
KS_INLINE int
ks_unpickle_push(Unpickler *u, KS_STEALS PyObject *object)
{
    if (KS_UNLIKELY(object == NULL || u->height == u->room))
        return ks_unpickle_push_slow(u, object);
    u->stack[u->height++] = object;
    return 0;
}

/* Whether count objects lie above the topmost mark; if not, UnpicklingError is set. */
KS_INLINE int
ks_unpickle_has(Unpickler *u, Py_ssize_t count)
{
    if (KS_LIKELY(u->height - u->fence >= count))
        return 1;
    ks_unpickle_underflow(u);
    return 0;
}

/* The topmost object; NULL with an exception. */
KS_INLINE KS_NEW PyObject *
ks_unpickle_pop(Unpickler *u)
{
    return ks_unpickle_has(u, 1) ? u->stack[--u->height] : NULL;
}

KS_INLINE int
ks_unpickle_memo_get(Unpickler *u, size_t index)
{
    if (KS_UNLIKELY(index >= (size_t)u->memo_room || u->memo[index] == NULL))
        return ks_unpickle_memo_missing(u, (Py_ssize_t)index);
    return ks_unpickle_push(u, Py_NewRef(u->memo[index]));
}

/* ---- what opcodes do: 0, or -1 with an exception ---- */

/* pickle_load.c: runs until STOP; the object, NULL with an exception. */
KS_NEW PyObject *ks_unpickle_run(Unpickler *u);

/* pickle_load_text.c: numbers, strings, bytes, buffers. size: bytes of the length that follows. */
int ks_unpickle_int_text(Unpickler *u);
int ks_unpickle_long_text(Unpickler *u);
int ks_unpickle_float_text(Unpickler *u);
int ks_unpickle_string_text(Unpickler *u);
int ks_unpickle_unicode_text(Unpickler *u);
int ks_unpickle_get_text(Unpickler *u);
int ks_unpickle_put_text(Unpickler *u);
int ks_unpickle_long(Unpickler *u, int size);
int ks_unpickle_string(Unpickler *u, int size);
int ks_unpickle_bytes(Unpickler *u, int size);
int ks_unpickle_bytearray(Unpickler *u);
int ks_unpickle_next_buffer(Unpickler *u);
int ks_unpickle_readonly_buffer(Unpickler *u);

/* pickle_load_object.c: names, calls, state. */
int ks_unpickle_protocol(Unpickler *u);
int ks_unpickle_persistent_text(Unpickler *u);
int ks_unpickle_persistent(Unpickler *u);
int ks_unpickle_global(Unpickler *u);
int ks_unpickle_stack_global(Unpickler *u);
int ks_unpickle_extension(Unpickler *u, int size);
int ks_unpickle_inst(Unpickler *u);
int ks_unpickle_obj(Unpickler *u);
int ks_unpickle_reduce(Unpickler *u);
int ks_unpickle_newobj(Unpickler *u);
int ks_unpickle_newobj_ex(Unpickler *u);
int ks_unpickle_build(Unpickler *u);
/* The method find_class: the attribute of a module, old names translated. */
KS_NEW PyObject *ks_unpickle_find_class(Unpickler *u, PyObject *module_name, PyObject *name);

#endif
