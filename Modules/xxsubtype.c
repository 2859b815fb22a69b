/* SPDX-License-Identifier: MIT */
/* xxsubtype: a list and a dict with one int more, the example of subtyping builtin types in C.
 *
 * Both types are static and made ready when the module is; their instances are those of the base
 * with `state` behind. */
#include "Python.h"
#include "structmember.h"

#include <time.h>

#include "ks_base.h"

typedef struct {
    PyListObject list;
    int state;
} SpamList;

typedef struct {
    PyDictObject dict;
    int state;
} SpamDict;

/* ---- what both types share ---- */

static PyObject *
state_get(int state, PyObject *args)
{
    return PyArg_ParseTuple(args, ":getstate") ? PyLong_FromLong(state) : NULL;
}

static PyObject *
state_set(int *state, PyObject *args)
{
    int value;
    if (!PyArg_ParseTuple(args, "i:setstate", &value))
        return NULL;
    *state = value;
    Py_RETURN_NONE;
}

/* ---- spamlist ---- */

static PyObject *
spamlist_getstate(PyObject *self, PyObject *args)
{
    return state_get(((SpamList *)self)->state, args);
}

static PyObject *
spamlist_setstate(PyObject *self, PyObject *args)
{
    return state_set(&((SpamList *)self)->state, args);
}

/* The three arguments as they came, None for those that did not. */
static PyObject *
spamlist_special_method(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return PyTuple_Pack(3, self != NULL ? self : Py_None, args != NULL ? args : Py_None,
                        kwargs != NULL ? kwargs : Py_None);
}

static PyMethodDef spamlist_methods[] = {
    {"getstate", spamlist_getstate, METH_VARARGS, "getstate() -> the state"},
    {"setstate", spamlist_setstate, METH_VARARGS, "setstate(state): change the state"},
    {"classmeth", (PyCFunction)(void (*)(void))spamlist_special_method,
     METH_VARARGS | METH_KEYWORDS | METH_CLASS, "classmeth(*args, **kw) -> (class, args, kw)"},
    {"staticmeth", (PyCFunction)(void (*)(void))spamlist_special_method,
     METH_VARARGS | METH_KEYWORDS | METH_STATIC, "staticmeth(*args, **kw) -> (None, args, kw)"},
    {NULL, NULL, 0, NULL},
};

static PyObject *
spamlist_state(PyObject *self, void *closure)
{
    return PyLong_FromLong(((SpamList *)self)->state);
}

static PyGetSetDef spamlist_getsets[] = {
    {"state", spamlist_state, NULL, "The int behind the items.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static int
spamlist_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    if (PyList_Type.tp_init(self, args, kwargs) < 0)
        return -1;
    ((SpamList *)self)->state = 0;
    return 0;
}

static PyTypeObject spamlist_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "xxsubtype.spamlist",
    .tp_basicsize = sizeof(SpamList),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_methods = spamlist_methods,
    .tp_getset = spamlist_getsets,
    .tp_init = spamlist_init,
};

/* ---- spamdict ---- */

static PyObject *
spamdict_getstate(PyObject *self, PyObject *args)
{
    return state_get(((SpamDict *)self)->state, args);
}

static PyObject *
spamdict_setstate(PyObject *self, PyObject *args)
{
    return state_set(&((SpamDict *)self)->state, args);
}

static PyMethodDef spamdict_methods[] = {
    {"getstate", spamdict_getstate, METH_VARARGS, "getstate() -> the state"},
    {"setstate", spamdict_setstate, METH_VARARGS, "setstate(state): change the state"},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef spamdict_members[] = {
    {"state", T_INT, offsetof(SpamDict, state), READONLY, "The int behind the entries."},
    {NULL, 0, 0, 0, NULL},
};

static int
spamdict_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    if (PyDict_Type.tp_init(self, args, kwargs) < 0)
        return -1;
    ((SpamDict *)self)->state = 0;
    return 0;
}

static PyTypeObject spamdict_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "xxsubtype.spamdict",
    .tp_basicsize = sizeof(SpamDict),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_methods = spamdict_methods,
    .tp_members = spamdict_members,
    .tp_init = spamdict_init,
};

/* ---- module ---- */

/* bench(object, name, times=1000): processor seconds that reading the attribute takes. */
static PyObject *
spam_bench(PyObject *module, PyObject *args)
{
    PyObject *object, *name;
    int times = 1000;
    if (!PyArg_ParseTuple(args, "OU|i", &object, &name, &times))
        return NULL;
    clock_t start = clock();
    while (times-- > 0) {
        KS_OWNED PyObject *value = PyObject_GetAttr(object, name);
        if (value == NULL)
            return NULL;
    }
    return PyFloat_FromDouble((double)(clock() - start) / CLOCKS_PER_SEC);
}

static PyMethodDef spam_functions[] = {
    {"bench", spam_bench, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static int
spam_exec(PyObject *module)
{
    spamlist_type.tp_base = &PyList_Type;
    spamdict_type.tp_base = &PyDict_Type;
    if (PyModule_AddType(module, &spamlist_type) < 0)
        return -1;
    return PyModule_AddType(module, &spamdict_type);
}

static PyModuleDef_Slot spam_slots[] = {
    {Py_mod_exec, spam_exec},
    {0, NULL},
};

static struct PyModuleDef spam_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "xxsubtype",
    .m_doc = "An example of subtyping builtin types in C.",
    .m_size = 0,
    .m_methods = spam_functions,
    .m_slots = spam_slots,
};

PyMODINIT_FUNC
PyInit_xxsubtype(void)
{
    return PyModuleDef_Init(&spam_module);
}
