/* SPDX-License-Identifier: MIT */
/* All static types of the runtime, in one list: each part of the tree keeps its share in a
 * static_types_*.def. They are made ready when the interpreter starts, object and type first, and
 * emptied in the opposite order when it ends. */
#include "Python.h"
#include "pycore_interp.h"
#include "pycore_object.h"
#include "pycore_pystate.h"
#include "pycore_typeobject.h"
#include "ks_type.h"

#define KS_STATIC_TYPE(name) extern PyTypeObject name;
#include "static_types_list.h"
#undef KS_STATIC_TYPE

#define KS_STATIC_TYPE(name) &name,
static PyTypeObject *const static_types[] = {
#include "static_types_list.h"
};
#undef KS_STATIC_TYPE

PyStatus
_PyTypes_InitState(PyInterpreterState *interp)
{
    _PyType_InitCache(interp);
    return PyStatus_Ok();
}

/* Static types belong to the process: only the main interpreter makes and unmakes them. */
PyStatus
_PyTypes_InitTypes(PyInterpreterState *interp)
{
    if (!_Py_IsMainInterpreter(interp))
        return PyStatus_Ok();
    if (ks_type_intern_slot_names() < 0)
        return PyStatus_NoMemory();
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(static_types); i++) {
        if (PyType_Ready(static_types[i]) < 0)
            return PyStatus_Error("Can't initialize types");
    }
    return PyStatus_Ok();
}

/* Drops what PyType_Ready made. A type that still has subclasses is left alone. */
void
_PyStaticType_Dealloc(PyTypeObject *type)
{
    if (type->tp_subclasses != NULL)
        return;
    ks_type_subclass_remove_all(type, type->tp_bases);
    if (Py_REFCNT(type) == 0) /* the function accepts dying objects only */
        PyObject_ClearWeakRefs((PyObject *)type);
    PyType_Modified(type);
    type->tp_flags &= ~(Py_TPFLAGS_READY | Py_TPFLAGS_VALID_VERSION_TAG);
    type->tp_version_tag = 0;
    Py_CLEAR(type->tp_dict);
    Py_CLEAR(type->tp_bases);
    Py_CLEAR(type->tp_mro);
    Py_CLEAR(type->tp_cache);
}

void
_PyTypes_FiniTypes(PyInterpreterState *interp)
{
    if (!_Py_IsMainInterpreter(interp))
        return;
    for (Py_ssize_t i = KS_COUNT_OF(static_types); --i >= 0;)
        _PyStaticType_Dealloc(static_types[i]);
}
