/* SPDX-License-Identifier: MIT */
/* Cross-interpreter data: what can be handed from one interpreter to another.
 *
 * A registered class has a function that turns an object into plain data plus the function that
 * makes an object of it elsewhere. The registry is the runtime's and guarded by its own lock; it
 * starts with None, int, bytes and str. Data are freed in the interpreter they came from. */
#include "Python.h"
#include "pycore_ceval.h"
#include "pycore_interp.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"
#include "ks_base.h"

typedef struct _xidregitem XidEntry;

/* ---- the four classes that are always there ---- */

typedef struct SharedBytes {
    char *bytes;
    Py_ssize_t length;
} SharedBytes;

typedef struct SharedText {
    int kind;
    const void *buffer;
    Py_ssize_t length;
} SharedText;

static PyObject *
bytes_make(_PyCrossInterpreterData *data)
{
    SharedBytes *shared = data->data;
    return PyBytes_FromStringAndSize(shared->bytes, shared->length);
}

static int
bytes_share(PyObject *obj, _PyCrossInterpreterData *data)
{
    SharedBytes *shared = PyMem_New(SharedBytes, 1);
    if (shared == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    shared->bytes = PyBytes_AS_STRING(obj);
    shared->length = PyBytes_GET_SIZE(obj);
    data->data = shared;
    data->obj = Py_NewRef(obj); /* keeps the buffer that shared points into */
    data->new_object = bytes_make;
    data->free = PyMem_Free;
    return 0;
}

static PyObject *
text_make(_PyCrossInterpreterData *data)
{
    SharedText *shared = data->data;
    return PyUnicode_FromKindAndData(shared->kind, shared->buffer, shared->length);
}

static int
text_share(PyObject *obj, _PyCrossInterpreterData *data)
{
    SharedText *shared = PyMem_New(SharedText, 1);
    if (shared == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    shared->kind = PyUnicode_KIND(obj);
    shared->buffer = PyUnicode_DATA(obj);
    shared->length = PyUnicode_GET_LENGTH(obj);
    data->data = shared;
    data->obj = Py_NewRef(obj);
    data->new_object = text_make;
    data->free = PyMem_Free;
    return 0;
}

static PyObject *
int_make(_PyCrossInterpreterData *data)
{
    return PyLong_FromSsize_t((Py_ssize_t)data->data);
}

static int
int_share(PyObject *obj, _PyCrossInterpreterData *data)
{
    Py_ssize_t value = PyLong_AsSsize_t(obj);
    if (value == -1 && PyErr_Occurred()) {
        if (PyErr_ExceptionMatches(PyExc_OverflowError))
            PyErr_SetString(PyExc_OverflowError, "try sending as bytes");
        return -1;
    }
    data->data = (void *)value;
    data->obj = NULL;
    data->new_object = int_make;
    data->free = NULL;
    return 0;
}

static PyObject *
none_make(_PyCrossInterpreterData *data)
{
    Py_RETURN_NONE;
}

static int
none_share(PyObject *obj, _PyCrossInterpreterData *data)
{
    data->data = NULL;
    data->obj = NULL;
    data->new_object = none_make;
    data->free = NULL;
    return 0;
}

/* ---- the registry ---- */

static int
registry_add(struct _xidregistry *registry, PyTypeObject *cls, crossinterpdatafunc getdata)
{
    XidEntry *entry = PyMem_RawMalloc(sizeof(*entry));
    if (entry == NULL)
        return -1;
    *entry = (XidEntry){.cls = cls, .getdata = getdata, .next = registry->head};
    registry->head = entry;
    return 0;
}

static void
registry_fill(struct _xidregistry *registry)
{
    if (registry->head == NULL
        && (registry_add(registry, Py_TYPE(Py_None), none_share) < 0
            || registry_add(registry, &PyLong_Type, int_share) < 0
            || registry_add(registry, &PyBytes_Type, bytes_share) < 0
            || registry_add(registry, &PyUnicode_Type, text_share) < 0))
        Py_FatalError("could not register the basic classes for cross-interpreter sharing");
}

int
_PyCrossInterpreterData_RegisterClass(PyTypeObject *cls, crossinterpdatafunc getdata)
{
    if (!PyType_Check(cls)) {
        PyErr_Format(PyExc_ValueError, "only classes may be registered");
        return -1;
    }
    if (getdata == NULL) {
        PyErr_Format(PyExc_ValueError, "missing 'getdata' func");
        return -1;
    }
    Py_INCREF((PyObject *)cls); /* for ever: nothing takes a class off the registry */
    struct _xidregistry *registry = &_PyRuntime.xidregistry;
    PyThread_acquire_lock(registry->mutex, WAIT_LOCK);
    registry_fill(registry);
    int result = registry_add(registry, cls, getdata);
    PyThread_release_lock(registry->mutex);
    return result;
}

crossinterpdatafunc
_PyCrossInterpreterData_Lookup(PyObject *obj)
{
    struct _xidregistry *registry = &_PyRuntime.xidregistry;
    PyTypeObject *cls = Py_TYPE(obj);
    PyThread_acquire_lock(registry->mutex, WAIT_LOCK);
    registry_fill(registry);
    XidEntry *entry = registry->head;
    while (entry != NULL && entry->cls != cls)
        entry = entry->next;
    PyThread_release_lock(registry->mutex);
    return entry == NULL ? NULL : entry->getdata;
}

/* ---- use ---- */

int
_PyObject_CheckCrossInterpreterData(PyObject *obj)
{
    if (_PyCrossInterpreterData_Lookup(obj) != NULL)
        return 0;
    if (!PyErr_Occurred())
        PyErr_Format(PyExc_ValueError, "%S does not support cross-interpreter data", obj);
    return -1;
}

int
_PyObject_GetCrossInterpreterData(PyObject *obj, _PyCrossInterpreterData *data)
{
    PyInterpreterState *interp = _PyInterpreterState_GET();
    *data = (_PyCrossInterpreterData){0};
    KS_OWNED PyObject *kept = Py_NewRef(obj);
    if (_PyObject_CheckCrossInterpreterData(kept) < 0
        || _PyCrossInterpreterData_Lookup(kept)(kept, data) != 0)
        return -1;
    data->interp = interp->id;
    if (data->new_object == NULL) {
        _PyCrossInterpreterData_Release(data);
        PyErr_SetString(PyExc_SystemError, "missing new_object func");
        return -1;
    }
    return 0;
}

PyObject *
_PyCrossInterpreterData_NewObject(_PyCrossInterpreterData *data)
{
    return data->new_object(data);
}

static int
data_drop(void *arg)
{
    _PyCrossInterpreterData *data = arg;
    if (data->free != NULL)
        data->free(data->data);
    data->data = NULL;
    Py_CLEAR(data->obj);
    return 0;
}

void
_PyCrossInterpreterData_Release(_PyCrossInterpreterData *data)
{
    if (data->data == NULL && data->obj == NULL)
        return;
    PyInterpreterState *owner = _PyInterpreterState_LookUpID(data->interp);
    if (owner == NULL) {
        /* Its memory went with the interpreter. */
        PyErr_Clear();
        return;
    }
    PyInterpreterState *current = _PyInterpreterState_GET();
    if (owner == current) {
        data_drop(data);
        return;
    }
    PyThreadState *thread = PyInterpreterState_ThreadHead(owner);
    PyThreadState *saved = PyThreadState_Swap(thread);
    data_drop(data);
    PyThreadState_Swap(saved);
}
