/* SPDX-License-Identifier: MIT */
/* A text that is being searched: getting at its characters, marks and stack, and cutting it. */
#include "sre.h"

/* Finds the characters of a str or a bytes-like object. *buffer is to be released if its buf is
 * set afterwards. 0, or -1 with TypeError. */
int
ks_sre_text(PyObject *string, const void **data, Py_ssize_t *length, int *isbytes, int *charsize,
            Py_buffer *buffer)
{
    buffer->buf = NULL;
    if (PyUnicode_Check(string)) {
        if (PyUnicode_READY(string) < 0)
            return -1;
        *data = PyUnicode_DATA(string);
        *length = PyUnicode_GET_LENGTH(string);
        *charsize = PyUnicode_KIND(string);
        *isbytes = 0;
        return 0;
    }
    if (PyObject_GetBuffer(string, buffer, PyBUF_SIMPLE) < 0) {
        PyErr_Format(PyExc_TypeError, "expected string or bytes-like object, got '%.200s'",
                     Py_TYPE(string)->tp_name);
        return -1;
    }
    *data = buffer->buf;
    *length = buffer->len;
    *charsize = 1;
    *isbytes = 1;
    if (buffer->buf == NULL) {
        PyErr_SetString(PyExc_ValueError, "Buffer is NULL");
        PyBuffer_Release(buffer);
        return -1;
    }
    return 0;
}

int
ks_sre_begin(SreState *state, const SrePattern *pattern, PyObject *string, Py_ssize_t pos,
             Py_ssize_t endpos)
{
    const void *data;
    Py_ssize_t length;
    memset(state, 0, offsetof(SreState, small_marks));
    if (ks_sre_text(string, &data, &length, &state->isbytes, &state->charsize, &state->buffer) < 0)
        return -1;
    if (pattern->isbytes >= 0 && pattern->isbytes != state->isbytes) {
        PyErr_SetString(PyExc_TypeError,
                        state->isbytes ? "cannot use a string pattern on a bytes-like object"
                                       : "cannot use a bytes pattern on a string-like object");
        goto failed;
    }
    state->mark_count = 2 * pattern->groups;
    state->marks = state->small_marks;
    if (state->mark_count > SRE_SMALL_MARKS) {
        state->marks = PyMem_Malloc((size_t)state->mark_count * sizeof(void *));
        if (state->marks == NULL) {
            PyErr_NoMemory();
            goto failed;
        }
    }
    memset(state->marks, 0, (size_t)state->mark_count * sizeof(void *));
    state->stack = state->small_stack;
    state->stack_size = SRE_SMALL_STACK;
    state->lastindex = -1;
    pos = pos < 0 ? 0 : Py_MIN(pos, length);
    endpos = endpos < 0 ? 0 : Py_MIN(endpos, length);
    state->beginning = data;
    state->start = state->beginning + pos * state->charsize;
    state->end = state->beginning + endpos * state->charsize;
    state->pos = pos;
    state->endpos = endpos;
    state->string = Py_NewRef(string);
    return 0;

failed:
    if (state->buffer.buf != NULL)
        PyBuffer_Release(&state->buffer);
    return -1;
}

void
ks_sre_end(SreState *state)
{
    if (state->buffer.buf != NULL)
        PyBuffer_Release(&state->buffer);
    if (state->marks != state->small_marks)
        PyMem_Free(state->marks);
    if (state->stack != state->small_stack)
        PyMem_Free(state->stack);
    Py_CLEAR(state->string);
}

void
ks_sre_advance(SreState *state)
{
    state->must_advance = state->ptr == state->start;
    state->start = state->ptr;
}

PyObject *
ks_sre_slice(int isbytes, const void *data, PyObject *string, Py_ssize_t start, Py_ssize_t end)
{
    if (!isbytes)
        return PyUnicode_Substring(string, start, end);
    if (PyBytes_CheckExact(string) && start == 0 && end == PyBytes_GET_SIZE(string))
        return Py_NewRef(string);
    return PyBytes_FromStringAndSize((const char *)data + start, end - start);
}

PyObject *
ks_sre_state_slice(SreState *state, const char *start, const char *end)
{
    return ks_sre_slice(state->isbytes, state->beginning, state->string,
                        (start - state->beginning) / state->charsize,
                        (end - state->beginning) / state->charsize);
}

PyObject *
ks_sre_state_group(SreState *state, Py_ssize_t group, int empty)
{
    if (group == 0)
        return ks_sre_state_slice(state, state->start, state->ptr);
    const char *from = state->marks[2 * (group - 1)], *to = state->marks[2 * (group - 1) + 1];
    if (from == NULL || to == NULL) {
        if (!empty)
            Py_RETURN_NONE;
        from = to = state->beginning;
    }
    if (to < from)
        to = from;
    return ks_sre_state_slice(state, from, to);
}
