/* SPDX-License-Identifier: MIT */
/* Module _weakref: what weakref.py builds on.
 *
 * The reference types live in Objects/weakref.c and weakref_proxy.c; here are only the functions
 * that look at an object's list of references. An object's references form a doubly linked list
 * that starts in the object; those without callback come first. */
#include "Python.h"
#include "pycore_object.h"
#include "ks_base.h"
#include "ks_args.h"

/* The first reference to object; NULL if there is none or its type does not allow any. */
static KS_BORROWED PyWeakReference *
weakref_first(PyObject *object)
{
    if (!PyType_SUPPORTS_WEAKREFS(Py_TYPE(object)))
        return NULL;
    return *(PyWeakReference **)_PyObject_GET_WEAKREFS_LISTPTR(object);
}

static PyObject *
weakref_count(PyObject *module, PyObject *object)
{
    return PyLong_FromSsize_t(_PyWeakref_GetWeakrefCount(weakref_first(object)));
}

static PyObject *
weakref_list(PyObject *module, PyObject *object)
{
    KS_OWNED PyObject *list = PyList_New(0);
    if (list == NULL)
        return NULL;
    /* Appending to a list starts no collection, so nothing unlinks a reference meanwhile. */
    for (PyWeakReference *ref = weakref_first(object); ref != NULL; ref = ref->wr_next)
        if (PyList_Append(list, (PyObject *)ref) < 0)
            return NULL;
    return ks_give(&list);
}

static int
weakref_is_dead(PyObject *value)
{
    if (!PyWeakref_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "not a weakref");
        return -1;
    }
    return PyWeakref_GET_OBJECT(value) == Py_None;
}

static PyObject *
weakref_remove_dead(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("_remove_dead_weakref", nargs, 2, 2))
        return NULL;
    if (!PyDict_Check(args[0])) {
        PyErr_Format(PyExc_TypeError, "_remove_dead_weakref() argument 1 must be dict, not %.50s",
                     args[0] == Py_None ? "None" : Py_TYPE(args[0])->tp_name);
        return NULL;
    }
    if (_PyDict_DelItemIf(args[0], args[1], weakref_is_dead) < 0) {
        /* Somebody else removed it: what was wanted. */
        if (!PyErr_ExceptionMatches(PyExc_KeyError))
            return NULL;
        PyErr_Clear();
    }
    Py_RETURN_NONE;
}

static PyObject *
weakref_proxy(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("proxy", nargs, 1, 2))
        return NULL;
    return PyWeakref_NewProxy(args[0], nargs == 2 ? args[1] : NULL);
}

static PyMethodDef weakref_methods[] = {
    METHOD("getweakrefcount", weakref_count, METH_O, "($module, object, /)",
           "How many weak references there are to object."),
    METHOD("getweakrefs", weakref_list, METH_O, "($module, object, /)",
           "A list of the weak references to object."),
    METHOD("_remove_dead_weakref", weakref_remove_dead, METH_FASTCALL, "($module, dct, key, /)",
           "Delete dct[key] if it is a weak reference whose object is gone."),
    METHOD("proxy", weakref_proxy, METH_FASTCALL, "($module, object, callback=None, /)",
           "An object that forwards to object without keeping it alive."),
    {NULL, NULL, 0, NULL},
};

static int
weakref_exec(PyObject *module)
{
    static const struct {
        const char *name;
        PyTypeObject *type;
    } types[] = {
        {"ref", &_PyWeakref_RefType},
        {"ReferenceType", &_PyWeakref_RefType},
        {"ProxyType", &_PyWeakref_ProxyType},
        {"CallableProxyType", &_PyWeakref_CallableProxyType},
    };
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(types); i++)
        if (PyModule_AddObjectRef(module, types[i].name, (PyObject *)types[i].type) < 0)
            return -1;
    return 0;
}

static PyModuleDef_Slot weakref_slots[] = {
    {Py_mod_exec, weakref_exec},
    {0, NULL},
};

static struct PyModuleDef weakref_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_weakref",
    .m_doc = "Weak-reference support module.",
    .m_methods = weakref_methods,
    .m_slots = weakref_slots,
};

PyMODINIT_FUNC
PyInit__weakref(void)
{
    return PyModuleDef_Init(&weakref_module);
}
