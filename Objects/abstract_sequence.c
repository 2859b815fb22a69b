/* SPDX-License-Identifier: MIT */
/* The sequence protocol: PySequence_*. Negative indices are resolved here, by the length, before
 * the slots see them. */
#include "Python.h"
#include "pycore_abstract.h"
#include "pycore_list.h"
#include "pycore_object.h"
#include "ks_abstract.h"

int
PySequence_Check(PyObject *object)
{
    if (PyDict_Check(object))
        return 0;
    return Py_TYPE(object)->tp_as_sequence != NULL &&
           Py_TYPE(object)->tp_as_sequence->sq_item != NULL;
}

KS_INLINE int
has_mapping_slot(PyObject *object, size_t slot)
{
    PyMappingMethods *mapping = Py_TYPE(object)->tp_as_mapping;
    return mapping != NULL && *(void **)((char *)mapping + slot) != NULL;
}

Py_ssize_t
PySequence_Size(PyObject *object)
{
    if (object == NULL) {
        ks_refuse_null();
        return -1;
    }
    PySequenceMethods *sequence = Py_TYPE(object)->tp_as_sequence;
    if (sequence != NULL && sequence->sq_length != NULL)
        return sequence->sq_length(object);
    return ks_refuse_type_int(has_mapping_slot(object, offsetof(PyMappingMethods, mp_length))
                                  ? "%.200s is not a sequence"
                                  : "object of type '%.200s' has no len()", object);
}

#undef PySequence_Length
Py_ssize_t
PySequence_Length(PyObject *object)
{
    return PySequence_Size(object);
}

/* --- Joining and repeating ------------------------------------------------------------------------ */

/* The number slot, for sequences that are written in Python. */
static PyObject *
by_number_slot(PyObject *left, PyObject *right, size_t slot, const char *refusal)
{
    PyObject *result = ks_number_binary(left, right, slot);
    if (result != Py_NotImplemented)
        return result;
    Py_DECREF(result);
    return ks_refuse_type(refusal, left);
}

#define NO_CONCAT "'%.200s' object can't be concatenated"
#define NO_REPEAT "'%.200s' object can't be repeated"

PyObject *
PySequence_Concat(PyObject *left, PyObject *right)
{
    if (left == NULL || right == NULL)
        return ks_refuse_null();
    PySequenceMethods *sequence = Py_TYPE(left)->tp_as_sequence;
    if (sequence != NULL && sequence->sq_concat != NULL)
        return sequence->sq_concat(left, right);
    if (PySequence_Check(left) && PySequence_Check(right))
        return by_number_slot(left, right, offsetof(PyNumberMethods, nb_add), NO_CONCAT);
    return ks_refuse_type(NO_CONCAT, left);
}

/* A slot of the in-place kind first, then the plain one. */
static PyObject *
inplace_by_number_slot(PyObject *left, PyObject *right, size_t inplace, size_t slot,
                       const char *refusal)
{
    PyNumberMethods *methods = Py_TYPE(left)->tp_as_number;
    binaryfunc own = methods ? *(binaryfunc *)((char *)methods + inplace) : NULL;
    if (own != NULL) {
        PyObject *result = own(left, right);
        if (result != Py_NotImplemented)
            return result;
        Py_DECREF(result);
    }
    return by_number_slot(left, right, slot, refusal);
}

PyObject *
PySequence_InPlaceConcat(PyObject *left, PyObject *right)
{
    if (left == NULL || right == NULL)
        return ks_refuse_null();
    PySequenceMethods *sequence = Py_TYPE(left)->tp_as_sequence;
    if (sequence != NULL && sequence->sq_inplace_concat != NULL)
        return sequence->sq_inplace_concat(left, right);
    if (sequence != NULL && sequence->sq_concat != NULL)
        return sequence->sq_concat(left, right);
    if (PySequence_Check(left) && PySequence_Check(right)) {
        return inplace_by_number_slot(left, right, offsetof(PyNumberMethods, nb_inplace_add),
                                      offsetof(PyNumberMethods, nb_add), NO_CONCAT);
    }
    return ks_refuse_type(NO_CONCAT, left);
}

PyObject *
PySequence_Repeat(PyObject *object, Py_ssize_t count)
{
    if (object == NULL)
        return ks_refuse_null();
    PySequenceMethods *sequence = Py_TYPE(object)->tp_as_sequence;
    if (sequence != NULL && sequence->sq_repeat != NULL)
        return sequence->sq_repeat(object, count);
    if (PySequence_Check(object)) {
        KS_OWNED PyObject *times = PyLong_FromSsize_t(count);
        if (times == NULL)
            return NULL;
        return by_number_slot(object, times, offsetof(PyNumberMethods, nb_multiply), NO_REPEAT);
    }
    return ks_refuse_type(NO_REPEAT, object);
}

PyObject *
PySequence_InPlaceRepeat(PyObject *object, Py_ssize_t count)
{
    if (object == NULL)
        return ks_refuse_null();
    PySequenceMethods *sequence = Py_TYPE(object)->tp_as_sequence;
    if (sequence != NULL && sequence->sq_inplace_repeat != NULL)
        return sequence->sq_inplace_repeat(object, count);
    if (sequence != NULL && sequence->sq_repeat != NULL)
        return sequence->sq_repeat(object, count);
    if (PySequence_Check(object)) {
        KS_OWNED PyObject *times = PyLong_FromSsize_t(count);
        if (times == NULL)
            return NULL;
        return inplace_by_number_slot(object, times,
                                      offsetof(PyNumberMethods, nb_inplace_multiply),
                                      offsetof(PyNumberMethods, nb_multiply), NO_REPEAT);
    }
    return ks_refuse_type(NO_REPEAT, object);
}

/* --- Items ------------------------------------------------------------------------------------------- */

/* Adds the length to a negative index, if the type has one. -1 with an exception. */
KS_INLINE int
resolve_index(PyObject *object, PySequenceMethods *sequence, Py_ssize_t *index)
{
    if (KS_LIKELY(*index >= 0) || sequence->sq_length == NULL)
        return 0;
    Py_ssize_t length = sequence->sq_length(object);
    if (length < 0)
        return -1;
    *index += length;
    return 0;
}

PyObject *
PySequence_GetItem(PyObject *object, Py_ssize_t index)
{
    if (object == NULL)
        return ks_refuse_null();
    PySequenceMethods *sequence = Py_TYPE(object)->tp_as_sequence;
    if (KS_LIKELY(sequence != NULL && sequence->sq_item != NULL)) {
        if (resolve_index(object, sequence, &index) < 0)
            return NULL;
        return sequence->sq_item(object, index);
    }
    return ks_refuse_type(has_mapping_slot(object, offsetof(PyMappingMethods, mp_subscript))
                              ? "%.200s is not a sequence"
                              : "'%.200s' object does not support indexing", object);
}

static int
item_change(PyObject *object, Py_ssize_t index, PyObject *value, const char *refusal)
{
    if (object == NULL) {
        ks_refuse_null();
        return -1;
    }
    PySequenceMethods *sequence = Py_TYPE(object)->tp_as_sequence;
    if (sequence != NULL && sequence->sq_ass_item != NULL) {
        if (resolve_index(object, sequence, &index) < 0)
            return -1;
        return sequence->sq_ass_item(object, index, value);
    }
    int is_mapping = has_mapping_slot(object, offsetof(PyMappingMethods, mp_ass_subscript));
    return ks_refuse_type_int(is_mapping ? "%.200s is not a sequence" : refusal, object);
}

int
PySequence_SetItem(PyObject *object, Py_ssize_t index, PyObject *value)
{
    return item_change(object, index, value, "'%.200s' object does not support item assignment");
}

int
PySequence_DelItem(PyObject *object, Py_ssize_t index)
{
    return item_change(object, index, NULL, "'%.200s' object doesn't support item deletion");
}

/* --- Slices ------------------------------------------------------------------------------------------ */

static PyObject *
slice_of(Py_ssize_t low, Py_ssize_t high)
{
    KS_OWNED PyObject *start = PyLong_FromSsize_t(low);
    KS_OWNED PyObject *stop = PyLong_FromSsize_t(high);
    return start == NULL || stop == NULL ? NULL : PySlice_New(start, stop, NULL);
}

PyObject *
PySequence_GetSlice(PyObject *object, Py_ssize_t low, Py_ssize_t high)
{
    if (object == NULL)
        return ks_refuse_null();
    PyMappingMethods *mapping = Py_TYPE(object)->tp_as_mapping;
    if (mapping == NULL || mapping->mp_subscript == NULL)
        return ks_refuse_type("'%.200s' object is unsliceable", object);
    KS_OWNED PyObject *slice = slice_of(low, high);
    return slice == NULL ? NULL : mapping->mp_subscript(object, slice);
}

static int
slice_change(PyObject *object, Py_ssize_t low, Py_ssize_t high, PyObject *value,
             const char *refusal)
{
    if (object == NULL) {
        ks_refuse_null();
        return -1;
    }
    PyMappingMethods *mapping = Py_TYPE(object)->tp_as_mapping;
    if (mapping == NULL || mapping->mp_ass_subscript == NULL)
        return ks_refuse_type_int(refusal, object);
    KS_OWNED PyObject *slice = slice_of(low, high);
    return slice == NULL ? -1 : mapping->mp_ass_subscript(object, slice, value);
}

int
PySequence_SetSlice(PyObject *object, Py_ssize_t low, Py_ssize_t high, PyObject *value)
{
    return slice_change(object, low, high, value,
                        "'%.200s' object doesn't support slice assignment");
}

int
PySequence_DelSlice(PyObject *object, Py_ssize_t low, Py_ssize_t high)
{
    return slice_change(object, low, high, NULL,
                        "'%.200s' object doesn't support slice deletion");
}

/* --- Copies ------------------------------------------------------------------------------------------ */

PyObject *
PySequence_List(PyObject *object)
{
    if (object == NULL)
        return ks_refuse_null();
    PyObject *list = PyList_New(0);
    if (list == NULL)
        return NULL;
    PyObject *none = _PyList_Extend((PyListObject *)list, object);
    if (none == NULL)
        Py_CLEAR(list);
    Py_XDECREF(none);
    return list;
}

PyObject *
PySequence_Tuple(PyObject *object)
{
    if (object == NULL)
        return ks_refuse_null();
    if (PyTuple_CheckExact(object))
        return Py_NewRef(object);
    if (PyList_CheckExact(object))
        return PyList_AsTuple(object);
    KS_OWNED PyObject *list = PySequence_List(object);
    return list == NULL ? NULL : PyList_AsTuple(list);
}

/* A list or tuple with object's items; message replaces the TypeError of what is no iterable. */
PyObject *
PySequence_Fast(PyObject *object, const char *message)
{
    if (object == NULL)
        return ks_refuse_null();
    if (PyList_CheckExact(object) || PyTuple_CheckExact(object))
        return Py_NewRef(object);
    KS_OWNED PyObject *iterator = PyObject_GetIter(object);
    if (iterator == NULL) {
        if (PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_SetString(PyExc_TypeError, message);
        return NULL;
    }
    return PySequence_List(iterator);
}

/* --- Searching --------------------------------------------------------------------------------------- */

static KS_COLD Py_ssize_t
refuse_search(PyObject *exception, const char *message)
{
    PyErr_SetString(exception, message);
    return -1;
}

/* Counts equal items, finds the first, or tells whether there is one. -1 with an exception. */
Py_ssize_t
_PySequence_IterSearch(PyObject *sequence, PyObject *wanted, int operation)
{
    if (sequence == NULL || wanted == NULL) {
        ks_refuse_null();
        return -1;
    }
    KS_OWNED PyObject *iterator = PyObject_GetIter(sequence);
    if (iterator == NULL) {
        if (PyErr_ExceptionMatches(PyExc_TypeError))
            ks_refuse_type("argument of type '%.200s' is not iterable", sequence);
        return -1;
    }
    uint64_t passed = 0, matches = 0;
    for (;;) {
        KS_OWNED PyObject *item = PyIter_Next(iterator);
        if (item == NULL)
            break;
        int equal = PyObject_RichCompareBool(item, wanted, Py_EQ);
        if (equal < 0)
            return -1;
        if (equal) {
            if (operation == PY_ITERSEARCH_CONTAINS)
                return 1;
            if (operation == PY_ITERSEARCH_INDEX)
                return passed > PY_SSIZE_T_MAX ? refuse_search(PyExc_OverflowError,
                                                               "index exceeds C integer size")
                                               : (Py_ssize_t)passed;
            if (++matches > PY_SSIZE_T_MAX)
                return refuse_search(PyExc_OverflowError, "count exceeds C integer size");
        }
        passed++;
    }
    if (PyErr_Occurred())
        return -1;
    if (operation == PY_ITERSEARCH_INDEX)
        return refuse_search(PyExc_ValueError, "sequence.index(x): x not in sequence");
    return (Py_ssize_t)matches;
}

Py_ssize_t
PySequence_Count(PyObject *sequence, PyObject *wanted)
{
    return _PySequence_IterSearch(sequence, wanted, PY_ITERSEARCH_COUNT);
}

Py_ssize_t
PySequence_Index(PyObject *sequence, PyObject *wanted)
{
    return _PySequence_IterSearch(sequence, wanted, PY_ITERSEARCH_INDEX);
}

int
PySequence_Contains(PyObject *sequence, PyObject *wanted)
{
    PySequenceMethods *methods = Py_TYPE(sequence)->tp_as_sequence;
    if (KS_LIKELY(methods != NULL && methods->sq_contains != NULL))
        return methods->sq_contains(sequence, wanted);
    return (int)_PySequence_IterSearch(sequence, wanted, PY_ITERSEARCH_CONTAINS);
}

#undef PySequence_In
int
PySequence_In(PyObject *sequence, PyObject *wanted)
{
    return PySequence_Contains(sequence, wanted);
}

/* --- Argument vectors for exec() --------------------------------------------------------------------- */

void
_Py_FreeCharPArray(char *const array[])
{
    for (Py_ssize_t i = 0; array[i] != NULL; i++)
        PyMem_Free(array[i]);
    PyMem_Free((void *)array);
}

/* Copies of a sequence's bytes, ended by NULL; for _Py_FreeCharPArray(). */
char *const *
_PySequence_BytesToCharpArray(PyObject *sequence)
{
    Py_ssize_t count = PySequence_Size(sequence);
    if (count < 0)
        return NULL;
    char **array = PyMem_New(char *, count + 1);
    if (array == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        char *text;
        Py_ssize_t length;
        array[i] = NULL;
        KS_OWNED PyObject *item = PySequence_GetItem(sequence, i);
        if (item == NULL || PyBytes_AsStringAndSize(item, &text, &length) < 0)
            goto failed;
        array[i] = PyMem_Malloc((size_t)length + 1);
        if (array[i] == NULL) {
            PyErr_NoMemory();
            goto failed;
        }
        memcpy(array[i], text, (size_t)length + 1);
    }
    array[count] = NULL;
    return array;
failed:
    _Py_FreeCharPArray(array);
    return NULL;
}
