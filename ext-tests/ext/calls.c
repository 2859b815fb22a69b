/* SPDX-License-Identifier: MIT */
/* A callable type with the vectorcall protocol, and functions that call back. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    long base;
} Adder;

static PyObject *
adder_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names)
{
    long sum = ((Adder *)self)->base;
    Py_ssize_t count = PyVectorcall_NARGS(nargsf) + (names == NULL ? 0 : PyTuple_GET_SIZE(names));
    for (Py_ssize_t i = 0; i < count; i++) {
        long value = PyLong_AsLong(args[i]);
        if (value == -1 && PyErr_Occurred())
            return NULL;
        sum += value;
    }
    return PyLong_FromLong(sum);
}

static PyObject *
adder_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    long base = 0;
    if (!PyArg_ParseTuple(args, "|l:Adder", &base))
        return NULL;
    Adder *self = (Adder *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->call = adder_call;
        self->base = base;
    }
    return (PyObject *)self;
}

static PyTypeObject Adder_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "calls.Adder",
    .tp_basicsize = sizeof(Adder),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_BASETYPE,
    .tp_vectorcall_offset = offsetof(Adder, call),
    .tp_call = PyVectorcall_Call,
    .tp_new = adder_new,
};

static PyObject *
twice(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *names)
{
    if (nargs < 1) {
        PyErr_SetString(PyExc_TypeError, "twice() needs a callable");
        return NULL;
    }
    PyObject *first = PyObject_Vectorcall(args[0], args + 1, nargs - 1, names);
    if (first == NULL)
        return NULL;
    PyObject *second = PyObject_Vectorcall(args[0], args + 1, nargs - 1, names);
    if (second == NULL) {
        Py_DECREF(first);
        return NULL;
    }
    return Py_BuildValue("NN", first, second);
}

static PyObject *
upper_all(PyObject *module, PyObject *list)
{
    PyObject *result = PyList_New(0), *name = PyUnicode_InternFromString("upper");
    PyObject *iterator = PyObject_GetIter(list), *item;
    while (result != NULL && iterator != NULL && (item = PyIter_Next(iterator)) != NULL) {
        PyObject *changed = PyObject_CallMethodNoArgs(item, name);
        Py_DECREF(item);
        if (changed == NULL || PyList_Append(result, changed) < 0)
            Py_CLEAR(result);
        Py_XDECREF(changed);
    }
    Py_XDECREF(iterator);
    Py_XDECREF(name);
    if (PyErr_Occurred())
        Py_CLEAR(result);
    return result;
}

static PyMethodDef functions[] = {
    {"twice", (PyCFunction)(void (*)(void))twice, METH_FASTCALL | METH_KEYWORDS, NULL},
    {"upper_all", upper_all, METH_O, NULL},
    {NULL},
};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "calls", .m_size = -1,
                                    .m_methods = functions};

PyMODINIT_FUNC
PyInit_calls(void)
{
    if (PyType_Ready(&Adder_Type) < 0)
        return NULL;
    PyObject *made = PyModule_Create(&module);
    if (made != NULL && PyModule_AddType(made, &Adder_Type) < 0)
        Py_CLEAR(made);
    return made;
}
