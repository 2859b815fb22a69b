/* SPDX-License-Identifier: MIT */
/* Birth and death of objects: headers, reference counts as functions, finalisers, the trashcan
 * that keeps deallocation of deep structures off the C stack.
 *
 * An object in the trash has reference count 0, is untracked, and uses its collector header's
 * `prev` word as the link to the next one. */
#include "Python.h"
#include "pycore_object.h"
#include "pycore_pymem.h"
#include "pycore_pystate.h"
#include "pycore_pyerrors.h"
#include "ks_base.h"

/* Nested deallocations beyond this are put off. */
#define TRASH_NESTING_MAX 50

/* ---- reference counts ---- */

void
Py_IncRef(PyObject *object)
{
    Py_XINCREF(object);
}

void
Py_DecRef(PyObject *object)
{
    Py_XDECREF(object);
}

void
_Py_IncRef(PyObject *object)
{
    Py_INCREF(object);
}

void
_Py_DecRef(PyObject *object)
{
    Py_DECREF(object);
}

#undef Py_NewRef
#undef Py_XNewRef
#undef Py_Is
#undef Py_IsNone

PyObject *
Py_NewRef(PyObject *object)
{
    Py_INCREF(object);
    return object;
}

PyObject *
Py_XNewRef(PyObject *object)
{
    Py_XINCREF(object);
    return object;
}

int
Py_Is(PyObject *left, PyObject *right)
{
    return left == right;
}

int
Py_IsNone(PyObject *object)
{
    return object == Py_None;
}

void
_Py_NewReference(PyObject *object)
{
    if (KS_UNLIKELY(_Py_tracemalloc_config.tracing))
        _PyTraceMalloc_NewReference(object);
    object->ob_refcnt = 1;
}

void
_Py_Dealloc(PyObject *object)
{
    Py_TYPE(object)->tp_dealloc(object);
}

/* ---- headers ---- */

PyObject *
PyObject_Init(PyObject *object, PyTypeObject *type)
{
    if (object == NULL)
        return PyErr_NoMemory();
    _PyObject_Init(object, type);
    return object;
}

PyVarObject *
PyObject_InitVar(PyVarObject *object, PyTypeObject *type, Py_ssize_t size)
{
    if (object == NULL)
        return (PyVarObject *)PyErr_NoMemory();
    _PyObject_InitVar(object, type, size);
    return object;
}

PyObject *
_PyObject_New(PyTypeObject *type)
{
    PyObject *object = PyObject_Malloc(_PyObject_SIZE(type));
    if (object == NULL)
        return PyErr_NoMemory();
    _PyObject_Init(object, type);
    return object;
}

PyVarObject *
_PyObject_NewVar(PyTypeObject *type, Py_ssize_t count)
{
    PyVarObject *object = PyObject_Malloc((size_t)_PyObject_VAR_SIZE(type, count));
    if (object == NULL)
        return (PyVarObject *)PyErr_NoMemory();
    _PyObject_InitVar(object, type, count);
    return object;
}

int
PyType_SUPPORTS_WEAKREFS(PyTypeObject *type)
{
    return _PyType_SUPPORTS_WEAKREFS(type);
}

PyObject **
PyObject_GET_WEAKREFS_LISTPTR(PyObject *object)
{
    return _PyObject_GET_WEAKREFS_LISTPTR(object);
}

/* ---- finalisers ---- */

/* Runs tp_finalize, once in the life of an object the collector knows. */
void
PyObject_CallFinalizer(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    if (type->tp_finalize == NULL)
        return;
    if (_PyType_IS_GC(type) && _PyGC_FINALIZED(self))
        return;
    type->tp_finalize(self);
    if (_PyType_IS_GC(type))
        _PyGC_SET_FINALIZED(self);
}

/* The same from within tp_dealloc. -1 if the object came back to life and must be left alone. */
int
PyObject_CallFinalizerFromDealloc(PyObject *self)
{
    if (Py_REFCNT(self) != 0)
        _PyObject_ASSERT_FAILED_MSG(self, "PyObject_CallFinalizerFromDealloc called on object "
                                          "with a non-zero refcount");
    Py_SET_REFCNT(self, 1);
    PyObject_CallFinalizer(self);
    Py_ssize_t left = Py_REFCNT(self) - 1;
    Py_SET_REFCNT(self, left);
    return left == 0 ? 0 : -1;
}

/* ---- trashcan ---- */

/* 1 if op was put into the trash and must not be touched by the caller any more. */
int
_PyTrash_begin(PyThreadState *tstate, PyObject *op)
{
    if (tstate->trash_delete_nesting >= TRASH_NESTING_MAX) {
        _PyGCHead_SET_PREV(_Py_AS_GC(op), (PyGC_Head *)tstate->trash_delete_later);
        tstate->trash_delete_later = op;
        return 1;
    }
    tstate->trash_delete_nesting++;
    return 0;
}

/* Empties the trash. One level of nesting stays counted meanwhile, so that what is freed here
 * lengthens the list instead of emptying it in a second place. */
static void
trash_empty(PyThreadState *tstate)
{
    tstate->trash_delete_nesting++;
    while (tstate->trash_delete_later != NULL) {
        PyObject *op = tstate->trash_delete_later;
        tstate->trash_delete_later = (PyObject *)_PyGCHead_PREV(_Py_AS_GC(op));
        Py_TYPE(op)->tp_dealloc(op);
    }
    tstate->trash_delete_nesting--;
}

void
_PyTrash_end(PyThreadState *tstate)
{
    tstate->trash_delete_nesting--;
    if (tstate->trash_delete_later != NULL && tstate->trash_delete_nesting <= 0)
        trash_empty(tstate);
}

/* Only the outermost deallocator of an object may put it into the trash. */
int
_PyTrash_cond(PyObject *op, destructor dealloc)
{
    return Py_TYPE(op)->tp_dealloc == dealloc;
}

/* ---- inspection after an accident ---- */

/* 1 for an address that the debug allocator has marked as freed. */
int
_PyObject_IsFreed(PyObject *object)
{
    return _PyMem_IsPtrFreed(object) || _PyMem_IsPtrFreed(object->ob_type);
}

void
_PyObject_Dump(PyObject *object)
{
    if (object == NULL || _PyObject_IsFreed(object)) {
        fprintf(stderr, "<object at %p is freed>\n", (void *)object);
        fflush(stderr);
        return;
    }
    fprintf(stderr, "object address  : %p\n", (void *)object);
    fprintf(stderr, "object refcount : %zd\n", Py_REFCNT(object));
    fflush(stderr);
    PyTypeObject *type = Py_TYPE(object);
    fprintf(stderr, "object type     : %p\n", (void *)type);
    fprintf(stderr, "object type name: %s\n", type == NULL ? "NULL" : type->tp_name);
    fprintf(stderr, "object repr     : ");
    fflush(stderr);
    PyGILState_STATE gil = PyGILState_Ensure();
    PyObject *error_type, *error_value, *error_traceback;
    PyErr_Fetch(&error_type, &error_value, &error_traceback);
    (void)PyObject_Print(object, stderr, 0);
    fflush(stderr);
    PyErr_Restore(error_type, error_value, error_traceback);
    PyGILState_Release(gil);
    fprintf(stderr, "\n");
    fflush(stderr);
}

void
_PyObject_AssertFailed(PyObject *object, const char *expression, const char *message,
                       const char *file, int line, const char *function)
{
    fprintf(stderr, "%s:%d: ", file, line);
    if (function != NULL)
        fprintf(stderr, "%s: ", function);
    if (expression != NULL)
        fprintf(stderr, "Assertion \"%s\" failed", expression);
    else
        fprintf(stderr, "Assertion failed");
    if (message != NULL)
        fprintf(stderr, ": %s", message);
    fprintf(stderr, "\n");
    fflush(stderr);
    if (object == NULL || _PyObject_IsFreed(object))
        fprintf(stderr, "<object at %p is freed>\n", (void *)object);
    else
        _PyObject_Dump(object);
    fflush(stderr);
    Py_FatalError("_PyObject_AssertFailed");
}

/* Aborts on an object whose header cannot be right. Always 1, for use in assert(). */
int
_PyObject_CheckConsistency(PyObject *object, int check_content)
{
    const char *wrong = NULL;
    if (object == NULL || _PyObject_IsFreed(object))
        wrong = "object is freed";
    else if (Py_REFCNT(object) < 1)
        wrong = "reference count below 1";
    if (wrong != NULL)
        _PyObject_AssertFailed(object, NULL, wrong, __FILE__, __LINE__, __func__);
    if (PyType_Check(object))
        _PyType_CheckConsistency((PyTypeObject *)object);
    if (check_content && PyUnicode_Check(object))
        _PyUnicode_CheckConsistency(object, check_content);
    return 1;
}

/* A place to put a debugger's breakpoint on. */
KS_NOINLINE void
_Py_BreakPoint(void)
{
    __asm__ volatile("");
}
