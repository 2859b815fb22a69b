/* SPDX-License-Identifier: MIT */
/* The body of an extension for the limited API; limited37.c and limited311.c choose the version. */
#include <Python.h>

#define JOIN_(left, right) left##right
#define JOIN(left, right) JOIN_(left, right)
#define TEXT_(name) #name
#define TEXT(name) TEXT_(name)

static PyObject *
box_repr(PyObject *self)
{
    PyObject *items = PyObject_GetAttrString(self, "items"), *text = NULL;
    if (items != NULL)
        text = PyUnicode_FromFormat("<%s of %R>", TEXT(MODULE), items);
    Py_XDECREF(items);
    return text;
}

static int
box_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *items = PySequence_List(args);
    int done = items == NULL ? -1 : PyObject_SetAttrString(self, "items", items);
    Py_XDECREF(items);
    return done;
}

static Py_ssize_t
box_length(PyObject *self)
{
    PyObject *items = PyObject_GetAttrString(self, "items");
    Py_ssize_t size = items == NULL ? -1 : PyList_Size(items);
    Py_XDECREF(items);
    return size;
}

static PyType_Slot box_slots[] = {
    {Py_tp_repr, box_repr}, {Py_tp_init, box_init}, {Py_mp_length, box_length}, {0, NULL},
};
static PyType_Spec box_spec = {TEXT(MODULE) ".Base", 0, 0,
                               Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, box_slots};

static PyObject *
limited_summary(PyObject *module, PyObject *args)
{
    PyObject *mapping, *key, *value, *result = PyList_New(0);
    Py_ssize_t position = 0;
    if (result == NULL || !PyArg_ParseTuple(args, "O!:summary", &PyDict_Type, &mapping)) {
        Py_XDECREF(result);
        return NULL;
    }
    while (PyDict_Next(mapping, &position, &key, &value)) {
        PyObject *pair = PyTuple_Pack(2, value, key);
        if (pair == NULL || PyList_Append(result, pair) < 0)
            Py_CLEAR(result);
        Py_XDECREF(pair);
        if (result == NULL)
            return NULL;
    }
    if (PyList_Sort(result) < 0)
        Py_CLEAR(result);
    return result;
}

#ifdef WITH_BUFFERS
static PyObject *
limited_size(PyObject *module, PyObject *object)
{
    Py_buffer view;
    if (PyObject_GetBuffer(object, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    Py_ssize_t size = view.len;
    PyBuffer_Release(&view);
    return PyLong_FromSsize_t(size);
}
#endif

static PyMethodDef functions[] = {
    {"summary", limited_summary, METH_VARARGS, "summary(mapping, /)\n--\n\nSorted pairs."},
#ifdef WITH_BUFFERS
    {"size", limited_size, METH_O, NULL},
#endif
    {NULL, NULL, 0, NULL},
};

static int
limited_exec(PyObject *module)
{
    PyObject *type = PyType_FromSpec(&box_spec);
    if (type == NULL)
        return -1;
    if (PyModule_AddObject(module, "Base", type) < 0) {
        Py_DECREF(type);
        return -1;
    }
    return PyModule_AddIntConstant(module, "LIMIT", Py_LIMITED_API);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, limited_exec}, {0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, TEXT(MODULE), NULL, 0, functions, slots,
                                    NULL, NULL, NULL};

PyMODINIT_FUNC
JOIN(PyInit_, MODULE)(void)
{
    return PyModuleDef_Init(&module);
}
