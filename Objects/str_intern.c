/* SPDX-License-Identifier: MIT */
/* str: the table of interned strings, static identifiers, set-up and tear-down.
 *
 * The table borrows: an interned string is found there as long as something else refers to it,
 * and its dealloc takes it out. Open addressing with linear probing; removal moves later members
 * of the cluster up, so there are no tombstones. The GIL is the lock. */
#include "Python.h"
#include "pycore_global_strings.h"
#include "pycore_initconfig.h"
#include "pycore_interp.h"
#include "pycore_object.h"
#include "pycore_pystate.h"
#include "pycore_runtime.h"
#include "pycore_unicodeobject.h"
#include "ks_base.h"
#include "ks_str.h"

#include <string.h>

static struct {
    PyObject **slots; /* borrowed */
    size_t mask;      /* capacity - 1, capacity a power of two */
    size_t used;
} interned;

static int
grow(void)
{
    size_t capacity = interned.slots == NULL ? 4096 : (interned.mask + 1) * 2;
    PyObject **slots = PyMem_RawCalloc(capacity, sizeof(PyObject *));
    if (slots == NULL)
        return -1;
    size_t mask = capacity - 1;
    for (size_t i = 0; interned.slots != NULL && i <= interned.mask; i++) {
        PyObject *str = interned.slots[i];
        if (str == NULL)
            continue;
        size_t at = (size_t)KS_ASCII(str)->hash & mask;
        while (slots[at] != NULL)
            at = (at + 1) & mask;
        slots[at] = str;
    }
    PyMem_RawFree(interned.slots);
    interned.slots = slots;
    interned.mask = mask;
    return 0;
}

/* The interned equal of str, which is str itself if there was none. Borrowed. NULL without an
 * exception when there is no memory. */
static PyObject *
intern(PyObject *str, Py_hash_t hash)
{
    if (interned.slots == NULL || interned.used * 3 > interned.mask * 2) {
        if (grow() < 0)
            return NULL;
    }
    size_t at = (size_t)hash & interned.mask;
    for (PyObject *other; (other = interned.slots[at]) != NULL; at = (at + 1) & interned.mask)
        if (KS_ASCII(other)->hash == hash && ks_str_equal(other, str))
            return other;
    interned.slots[at] = str;
    interned.used++;
    KS_ASCII(str)->state.interned = SSTATE_INTERNED_MORTAL;
    return str;
}

void
ks_str_forget_interned(PyObject *str)
{
    KS_ASCII(str)->state.interned = SSTATE_NOT_INTERNED;
    if (interned.slots == NULL)
        return;
    size_t mask = interned.mask, at = (size_t)KS_ASCII(str)->hash & mask;
    while (interned.slots[at] != str) {
        if (interned.slots[at] == NULL)
            return;
        at = (at + 1) & mask;
    }
    interned.used--;
    for (size_t next = (at + 1) & mask; interned.slots[next] != NULL; next = (next + 1) & mask) {
        size_t home = (size_t)KS_ASCII(interned.slots[next])->hash & mask;
        if (((next - home) & mask) >= ((next - at) & mask)) {
            interned.slots[at] = interned.slots[next];
            at = next;
        }
    }
    interned.slots[at] = NULL;
}

/* Replaces *p by its interned equal. Subclasses and non-strings stay as they are; no exception. */
void
PyUnicode_InternInPlace(PyObject **p)
{
    PyObject *str = *p;
    if (str == NULL || !PyUnicode_CheckExact(str) || KS_ASCII(str)->state.interned)
        return;
    if (PyUnicode_READY(str) < 0) {
        PyErr_Clear();
        return;
    }
    PyObject *found = intern(str, ks_str_hash(str));
    if (found != NULL && found != str) {
        *p = Py_NewRef(found);
        Py_DECREF(str);
    }
}

void
PyUnicode_InternImmortal(PyObject **p)
{
    if (PyErr_WarnEx(PyExc_DeprecationWarning,
                     "PyUnicode_InternImmortal() is deprecated; "
                     "use PyUnicode_InternInPlace() instead",
                     1) < 0)
        PyErr_WriteUnraisable(*p);
    PyUnicode_InternInPlace(p);
    if (KS_ASCII(*p)->state.interned == SSTATE_INTERNED_MORTAL) {
        KS_ASCII(*p)->state.interned = SSTATE_INTERNED_IMMORTAL;
        Py_INCREF(*p);
    }
}

PyObject *
PyUnicode_InternFromString(const char *u)
{
    PyObject *str = PyUnicode_FromString(u);
    if (str != NULL)
        PyUnicode_InternInPlace(&str);
    return str;
}

/* --- static identifiers --- */

/* Borrowed interned string of an identifier; one array an interpreter, index by first use. */
PyObject *
_PyUnicode_FromId(_Py_Identifier *id)
{
    struct _Py_unicode_ids *ids = &_PyInterpreterState_GET()->unicode.ids;
    Py_ssize_t index = id->index;
    if (index < 0)
        id->index = index = _PyRuntime.unicode_ids.next_index++;
    if (index < ids->size && ids->array[index] != NULL)
        return ids->array[index];
    PyObject *str = PyUnicode_InternFromString(id->string);
    if (str == NULL)
        return NULL;
    if (index >= ids->size) {
        Py_ssize_t size = Py_MAX(index * 2, 16);
        PyObject **array = PyMem_Realloc(ids->array, (size_t)size * sizeof(PyObject *));
        if (array == NULL) {
            Py_DECREF(str);
            return PyErr_NoMemory();
        }
        memset(array + ids->size, 0, (size_t)(size - ids->size) * sizeof(PyObject *));
        ids->array = array;
        ids->size = size;
    }
    ids->array[index] = str;
    return str;
}

/* --- set-up and tear-down --- */

void
_PyUnicode_InitState(PyInterpreterState *interp)
{
    interp->unicode.ids.size = 0;
    interp->unicode.ids.array = NULL;
}

/* Calls visit for each string object in a block of adjacent string structs. Each is header,
 * characters and zero, padded to the header's alignment. */
static int
each_static(char *block, size_t bytes, int (*visit)(PyObject *))
{
    for (size_t at = 0; at < bytes;) {
        PyObject *str = (PyObject *)(void *)(block + at);
        if (visit(str) < 0)
            return -1;
        size_t size = (KS_STR_IS_ASCII(str) ? sizeof(PyASCIIObject)
                                            : sizeof(PyCompactUnicodeObject)) +
                      (size_t)KS_STR_LENGTH(str) + 1;
        at += (size + 7) & ~(size_t)7;
    }
    return 0;
}

static int
intern_static(PyObject *str)
{
    return intern(str, ks_str_hash(str)) == NULL ? -1 : 0;
}

static int
drop_static(PyObject *str)
{
    _PyStaticUnicode_Dealloc(str);
    return 0;
}

/* Identifiers and the empty string are interned from the start; other literals and single
 * characters only when they are first used as a name, which marshal data show. */
static int
intern_singletons(void)
{
    struct _Py_global_strings *strings = &_Py_SINGLETON(strings);
    if (each_static((char *)&strings->identifiers, sizeof(strings->identifiers), intern_static) < 0)
        return -1;
    return intern_static(&_Py_STR(empty));
}

static void
drop_singletons(void)
{
    struct _Py_global_strings *strings = &_Py_SINGLETON(strings);
    each_static((char *)&strings->identifiers, sizeof(strings->identifiers), drop_static);
    each_static((char *)&strings->literals, sizeof(strings->literals), drop_static);
    each_static((char *)&strings->ascii, sizeof(strings->ascii), drop_static);
    each_static((char *)&strings->latin1, sizeof(strings->latin1), drop_static);
}

/* The entries of all KS_INTERN()s; the linker defines the two ends. */
extern KsInternedLiteral __start_ks_interned[] __attribute__((visibility("hidden")));
extern KsInternedLiteral __stop_ks_interned[] __attribute__((visibility("hidden")));

/* Gives each KS_INTERN() its string. They live as long as the process: after a finalisation they
 * are there, and only have to enter the new table. -1 without an exception: no memory. */
static int
intern_literals(void)
{
    for (KsInternedLiteral *entry = __start_ks_interned; entry < __stop_ks_interned; entry++) {
        if (entry->string == NULL && (entry->string = PyUnicode_FromString(entry->text)) == NULL)
            return -1;
        PyObject *found = intern(entry->string, ks_str_hash(entry->string));
        if (found == NULL)
            return -1;
        if (found != entry->string)
            Py_SETREF(entry->string, Py_NewRef(found));
    }
    return 0;
}

PyStatus
_PyUnicode_InitGlobalObjects(PyInterpreterState *interp)
{
    if (_Py_IsMainInterpreter(interp) &&
        (intern_singletons() < 0 || intern_literals() < 0))
        return _PyStatus_NO_MEMORY();
    return _PyStatus_OK();
}

PyStatus
_PyUnicode_InitTypes(PyInterpreterState *interp)
{
    if (!_Py_IsMainInterpreter(interp))
        return _PyStatus_OK();
    if (PyType_Ready(&ks_EncodingMap_Type) < 0 || PyType_Ready(&ks_FieldNameIter_Type) < 0 ||
        PyType_Ready(&ks_FormatterIter_Type) < 0)
        return _PyStatus_ERR("can't initialize the types of str");
    return _PyStatus_OK();
}

void
_PyUnicode_FiniTypes(PyInterpreterState *interp)
{
    (void)interp;
}

/* The table forgets all strings: those still alive become ordinary ones. */
void
_PyUnicode_ClearInterned(PyInterpreterState *interp)
{
    if (!_Py_IsMainInterpreter(interp) || interned.slots == NULL)
        return;
    for (size_t i = 0; i <= interned.mask; i++)
        if (interned.slots[i] != NULL)
            KS_ASCII(interned.slots[i])->state.interned = SSTATE_NOT_INTERNED;
    PyMem_RawFree(interned.slots);
    memset(&interned, 0, sizeof(interned));
}

void
_PyUnicode_Fini(PyInterpreterState *interp)
{
    struct _Py_unicode_state *state = &interp->unicode;
    for (Py_ssize_t i = 0; i < state->ids.size; i++)
        Py_XDECREF(state->ids.array[i]);
    PyMem_Free(state->ids.array);
    state->ids.array = NULL;
    state->ids.size = 0;
    if (_Py_IsMainInterpreter(interp))
        drop_singletons();
    PyMem_RawFree(state->fs_codec.encoding);
    state->fs_codec.encoding = NULL;
    PyMem_RawFree(state->fs_codec.errors);
    state->fs_codec.errors = NULL;
    state->fs_codec.error_handler = _Py_ERROR_UNKNOWN;
}
