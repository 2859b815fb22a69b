/* SPDX-License-Identifier: MIT */
/* MemoryError: instances must be had when memory is not.
 *
 * A few instances are kept ready per interpreter, chained through their dict field; a dead instance
 * of exactly this class goes back to them instead of to the allocator. */
#include "Python.h"

#include "pycore_exceptions.h"
#include "pycore_initconfig.h"
#include "pycore_interp.h"
#include "pycore_object.h"
#include "pycore_pystate.h"

#include "ks_exception.h"

#define MEMORY_ERRORS_KEPT 16

static PyObject *
memory_error_take(void)
{
    struct _Py_exc_state *state = &_PyInterpreterState_GET()->exc_state;
    PyBaseExceptionObject *self = state->memerrors_freelist;
    if (self == NULL)
        return ks_exception_new(&_PyExc_MemoryError, NULL, NULL);
    self->args = PyTuple_New(0);
    if (self->args == NULL)
        return NULL;
    state->memerrors_freelist = (PyBaseExceptionObject *)self->dict;
    state->memerrors_numfree--;
    self->dict = NULL;
    _Py_NewReference((PyObject *)self);
    _PyObject_GC_TRACK(self);
    return (PyObject *)self;
}

static PyObject *
memory_error_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (type != &_PyExc_MemoryError)
        return ks_exception_new(type, args, kwargs);
    PyObject *self = memory_error_take();
    if (self != NULL && args != NULL)
        ks_exception_set_args(self, args);
    return self;
}

static void
memory_error_dealloc(PyObject *object)
{
    PyObject_GC_UnTrack(object);
    PyBaseExceptionObject *self = (PyBaseExceptionObject *)object;
    ks_exception_clear(object);
    struct _Py_exc_state *state = &_PyInterpreterState_GET()->exc_state;
    if (!Py_IS_TYPE(object, &_PyExc_MemoryError) ||
        state->memerrors_numfree >= MEMORY_ERRORS_KEPT) {
        Py_TYPE(object)->tp_free(object);
        return;
    }
    self->suppress_context = 0;
    self->dict = (PyObject *)state->memerrors_freelist;
    state->memerrors_freelist = self;
    state->memerrors_numfree++;
}

PyTypeObject _PyExc_MemoryError = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "MemoryError",
    .tp_basicsize = sizeof(PyBaseExceptionObject),
    .tp_dealloc = memory_error_dealloc,
    .tp_flags = KS_EXCEPTION_FLAGS,
    .tp_doc = PyDoc_STR("Out of memory."),
    .tp_traverse = ks_exception_traverse,
    .tp_clear = ks_exception_clear,
    .tp_base = &_PyExc_Exception,
    .tp_dictoffset = offsetof(PyBaseExceptionObject, dict),
    .tp_init = ks_exception_init,
    .tp_new = memory_error_new,
};

PyStatus
_PyExc_InitGlobalObjects(PyInterpreterState *interp)
{
    PyObject *made[MEMORY_ERRORS_KEPT];
    PyStatus status = _PyStatus_OK();
    int count = 0;
    for (; count < MEMORY_ERRORS_KEPT; count++) {
        made[count] = ks_exception_new(&_PyExc_MemoryError, NULL, NULL);
        if (made[count] == NULL) {
            status = _PyStatus_NO_MEMORY();
            break;
        }
    }
    while (count > 0)
        Py_DECREF(made[--count]);
    return status;
}

void
_PyExc_Fini(PyInterpreterState *interp)
{
    struct _Py_exc_state *state = &interp->exc_state;
    while (state->memerrors_freelist != NULL) {
        PyBaseExceptionObject *self = state->memerrors_freelist;
        state->memerrors_freelist = (PyBaseExceptionObject *)self->dict;
        Py_TYPE(self)->tp_free((PyObject *)self);
    }
    state->memerrors_numfree = 0;
    Py_CLEAR(state->errnomap);
}
