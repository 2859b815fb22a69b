/* SPDX-License-Identifier: MIT */
/* Attributes of instances: values in front of the object, shared keys in the class.
 *
 * An object of a class with a managed dict has two words in front of its collector head: a pointer
 * to values and a pointer to a dict. At most one is set. It starts with values laid out by the
 * class's shared keys; the dict is made, and takes the values over, when somebody asks for
 * __dict__, or when the shared keys have no place for a new name. */
#include "Python.h"

#include "ks_dict.h"
#include "pycore_gc.h"
#include "pycore_object.h"

static int
has_managed_dict(PyObject *object)
{
    return _PyType_HasFeature(Py_TYPE(object), Py_TPFLAGS_MANAGED_DICT);
}

static PyDictKeysObject *
cached_keys(PyTypeObject *type)
{
    return _PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) ? KS_CACHED_KEYS(type) : NULL;
}

/* Gives a new object the place its attributes need; 0, or -1 with MemoryError. */
int
_PyObject_InitializeDict(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    if (type->tp_dictoffset == 0)
        return 0;
    PyDictKeysObject *keys = cached_keys(type);
    if (_PyType_HasFeature(type, Py_TPFLAGS_MANAGED_DICT)) {
        /* Names are added by the first instances. Each instance gives up one unused place, so that
         * later ones are only as big as they have to be. */
        if (keys->dk_usable > 1)
            keys->dk_usable--;
        PyDictValues *values = ks_values_new(ks_keys_shared_room(keys));
        if (values == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        *_PyObject_ValuesPointer(object) = values;
        return 0;
    }
    PyObject *dict = keys != NULL ? ks_dict_new_shared(keys) : PyDict_New();
    if (dict == NULL)
        return -1;
    *_PyObject_DictPointer(object) = dict;
    return 0;
}

/* A dict that takes the values over; the caller stores it and forgets the values. */
static PyObject *
dict_from_values(PyDictKeysObject *keys, PyDictValues *values)
{
    int track = 0;
    for (Py_ssize_t i = 0; i < ks_values_count(values) && !track; i++) {
        PyObject *value = values->values[ks_values_nth(values, i)];
        track = ks_may_be_tracked(value);
    }
    keys->dk_refcnt++;
    PyObject *dict = ks_dict_over(keys, values, ks_values_count(values), 0);
    if (dict != NULL && track)
        _PyObject_GC_TRACK(dict);
    return dict;
}

PyObject *
_PyObject_MakeDictFromInstanceAttributes(PyObject *object, PyDictValues *values)
{
    return dict_from_values(KS_CACHED_KEYS(Py_TYPE(object)), values);
}

/* Sets (or with NULL deletes) an attribute in the object's values; 0, or -1 with an exception. */
int
_PyObject_StoreInstanceAttribute(PyObject *object, PyDictValues *values, PyObject *name,
                                 PyObject *value)
{
    PyDictKeysObject *keys = KS_CACHED_KEYS(Py_TYPE(object));
    Py_ssize_t index = PyUnicode_CheckExact(name) ? ks_keys_share_str(keys, name) : DKIX_EMPTY;
    if (index == DKIX_EMPTY) {
        PyObject *dict = dict_from_values(keys, values);
        if (dict == NULL)
            return -1;
        *_PyObject_ValuesPointer(object) = NULL;
        *_PyObject_ManagedDictPointer(object) = dict;
        return value == NULL ? PyDict_DelItem(dict, name) : PyDict_SetItem(dict, name, value);
    }
    PyObject *old = values->values[index];
    if (old == NULL && value == NULL) {
        PyErr_Format(PyExc_AttributeError, "'%.100s' object has no attribute '%U'",
                     Py_TYPE(object)->tp_name, name);
        return -1;
    }
    values->values[index] = Py_XNewRef(value);
    if (old == NULL)
        _PyDictValues_AddToInsertionOrder(values, index);
    else if (value == NULL)
        ks_values_forget(values, index);
    Py_XDECREF(old);
    return 0;
}

/* A new reference; NULL without an exception if the attribute is not set. */
PyObject *
_PyObject_GetInstanceAttribute(PyObject *object, PyDictValues *values, PyObject *name)
{
    Py_ssize_t index = _PyDictKeys_StringLookup(KS_CACHED_KEYS(Py_TYPE(object)), name);
    return index < 0 ? NULL : Py_XNewRef(values->values[index]);
}

int
_PyObject_IsInstanceDictEmpty(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject *dict;
    if (type->tp_dictoffset == 0)
        return 1;
    if (has_managed_dict(object)) {
        PyDictValues *values = *_PyObject_ValuesPointer(object);
        if (values != NULL)
            return ks_values_count(values) == 0;
        dict = *_PyObject_ManagedDictPointer(object);
    }
    else
        dict = *_PyObject_DictPointer(object);
    return dict == NULL || ((PyDictObject *)dict)->ma_used == 0;
}

int
_PyObject_VisitInstanceAttributes(PyObject *self, visitproc visit, void *arg)
{
    PyDictValues *values = *_PyObject_ValuesPointer(self);
    if (values == NULL)
        return 0;
    for (Py_ssize_t i = 0; i < ks_values_count(values); i++)
        Py_VISIT(values->values[ks_values_nth(values, i)]);
    return 0;
}

/* Drops the attributes; the place for them stays. */
void
_PyObject_ClearInstanceAttributes(PyObject *self)
{
    PyDictValues *values = *_PyObject_ValuesPointer(self);
    if (values == NULL)
        return;
    /* The values may be replaced by a dict while something is dropped. */
    while (*_PyObject_ValuesPointer(self) == values && ks_values_count(values) > 0) {
        Py_ssize_t index = ks_values_nth(values, ks_values_count(values) - 1);
        PyObject *value = values->values[index];
        values->values[index] = NULL;
        ((uint8_t *)values)[-2]--;
        Py_XDECREF(value);
    }
}

/* The same for an object that goes away. */
void
_PyObject_FreeInstanceAttributes(PyObject *self)
{
    PyDictValues *values = *_PyObject_ValuesPointer(self);
    if (values == NULL)
        return;
    *_PyObject_ValuesPointer(self) = NULL;
    for (int i = 0, count = ks_values_count(values); i < count; i++)
        Py_XDECREF(values->values[ks_values_nth(values, i)]);
    ks_values_free(values);
}

/* The getter of __dict__: a new reference, the dict is made if there is none. */
PyObject *
PyObject_GenericGetDict(PyObject *object, void *context)
{
    PyTypeObject *type = Py_TYPE(object);
    PyDictKeysObject *keys = cached_keys(type);
    PyObject **place;
    if (has_managed_dict(object)) {
        PyDictValues **values = _PyObject_ValuesPointer(object);
        place = _PyObject_ManagedDictPointer(object);
        if (*values != NULL) {
            *place = dict_from_values(keys, *values);
            if (*place != NULL)
                *values = NULL;
            return Py_XNewRef(*place);
        }
    }
    else
        place = _PyObject_DictPointer(object);
    if (place == NULL) {
        PyErr_SetString(PyExc_AttributeError, "This object has no __dict__");
        return NULL;
    }
    if (*place == NULL)
        *place = keys != NULL ? ks_dict_new_shared(keys) : PyDict_New();
    return Py_XNewRef(*place);
}

/* Sets (or with NULL deletes) a name in the dict at *place, made if there is none. */
int
_PyObjectDict_SetItem(PyTypeObject *type, PyObject **place, PyObject *name, PyObject *value)
{
    PyDictKeysObject *keys = cached_keys(type);
    if (*place == NULL) {
        *place = keys != NULL ? ks_dict_new_shared(keys) : PyDict_New();
        if (*place == NULL)
            return -1;
    }
    /* Held: what is dropped may replace the object's dict. */
    KS_OWNED PyObject *dict = Py_NewRef(*place);
    return value == NULL ? PyDict_DelItem(dict, name) : PyDict_SetItem(dict, name, value);
}
