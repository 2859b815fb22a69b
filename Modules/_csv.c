/* SPDX-License-Identifier: MIT */
/* Module _csv: reading and writing of comma-separated values. The functions and the registry of
 * dialects; the types are in csv_dialect.c, csv_reader.c and csv_writer.c. */
#include "csv_parts.h"
#include "ks_args.h"

static inline CsvState *
csv_state(PyObject *module)
{
    return PyModule_GetState(module);
}

static PyObject *
csv_reader(PyObject *module, PyObject *args, PyObject *kwargs)
{
    PyObject *lines, *dialect = NULL;
    if (!PyArg_UnpackTuple(args, "", 1, 2, &lines, &dialect))
        return NULL;
    KS_OWNED PyObject *iterator = PyObject_GetIter(lines);
    if (iterator == NULL)
        return NULL;
    PyObject *settings = ks_csv_dialect(csv_state(module), dialect, kwargs);
    return settings == NULL ? NULL : ks_csv_reader(csv_state(module), iterator, settings);
}

static PyObject *
csv_writer(PyObject *module, PyObject *args, PyObject *kwargs)
{
    PyObject *file, *dialect = NULL;
    if (!PyArg_UnpackTuple(args, "", 1, 2, &file, &dialect))
        return NULL;
    PyObject *settings = ks_csv_dialect(csv_state(module), dialect, kwargs);
    return settings == NULL ? NULL : ks_csv_writer(csv_state(module), file, settings);
}

static PyObject *
csv_list_dialects(PyObject *module, PyObject *ignored)
{
    return PyDict_Keys(csv_state(module)->dialects);
}

static PyObject *
csv_register_dialect(PyObject *module, PyObject *args, PyObject *kwargs)
{
    PyObject *name, *dialect = NULL;
    if (!PyArg_UnpackTuple(args, "", 1, 2, &name, &dialect))
        return NULL;
    if (!PyUnicode_Check(name)) {
        PyErr_SetString(PyExc_TypeError, "dialect name must be a string");
        return NULL;
    }
    KS_OWNED PyObject *settings = ks_csv_dialect(csv_state(module), dialect, kwargs);
    if (settings == NULL || PyDict_SetItem(csv_state(module)->dialects, name, settings) < 0)
        return NULL;
    Py_RETURN_NONE;
}

typedef struct NameArgs {
    PyObject *name;
    PyObject *new_limit;
} NameArgs;

static const KsParam name_params[] = {PARAM(NameArgs, name, ARG_OBJECT, 1), PARAM_END};
static const KsParam limit_params[] = {PARAM(NameArgs, new_limit, ARG_OBJECT, 0), PARAM_END};

static PyObject *
csv_unregister_dialect(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                       PyObject *kwnames)
{
    NameArgs in;
    if (!ks_args_parse("unregister_dialect", name_params, args, nargs, kwnames, &in))
        return NULL;
    if (PyDict_DelItem(csv_state(module)->dialects, in.name) < 0) {
        if (PyErr_ExceptionMatches(PyExc_KeyError))
            PyErr_SetString(csv_state(module)->error, "unknown dialect");
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
csv_get_dialect(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    NameArgs in;
    if (!ks_args_parse("get_dialect", name_params, args, nargs, kwnames, &in))
        return NULL;
    return ks_csv_registered(csv_state(module), in.name);
}

static PyObject *
csv_field_size_limit(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    NameArgs in = {NULL, NULL};
    if (!ks_args_parse("field_size_limit", limit_params, args, nargs, kwnames, &in))
        return NULL;
    long old = csv_state(module)->field_limit;
    if (in.new_limit != NULL) {
        if (!PyLong_CheckExact(in.new_limit)) {
            PyErr_SetString(PyExc_TypeError, "limit must be an integer");
            return NULL;
        }
        long limit = PyLong_AsLong(in.new_limit);
        if (limit == -1 && PyErr_Occurred())
            return NULL;
        csv_state(module)->field_limit = limit;
    }
    return PyLong_FromLong(old);
}

static PyMethodDef csv_methods[] = {
    METHOD_PLAIN("reader", csv_reader, METH_VARARGS | METH_KEYWORDS,
                 "reader(lines, dialect='excel', **settings)\n\n"
                 "An iterator over the records in an iterable of lines."),
    METHOD_PLAIN("writer", csv_writer, METH_VARARGS | METH_KEYWORDS,
                 "writer(file, dialect='excel', **settings)\n\n"
                 "An object that writes records to a file."),
    METHOD("list_dialects", csv_list_dialects, METH_NOARGS, "($module, /)",
           "The names of the registered dialects."),
    METHOD_PLAIN("register_dialect", csv_register_dialect, METH_VARARGS | METH_KEYWORDS,
                 "register_dialect(name, dialect='excel', **settings)\n\n"
                 "Give a dialect a name."),
    METHOD("unregister_dialect", csv_unregister_dialect, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, name)", "Forget a dialect's name."),
    METHOD("get_dialect", csv_get_dialect, METH_FASTCALL | METH_KEYWORDS, "($module, /, name)",
           "The dialect with a name."),
    METHOD("field_size_limit", csv_field_size_limit, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, new_limit=<unrepresentable>)",
           "The length that fields may have; changed if a new one is given."),
    {NULL, NULL, 0, NULL},
};

static int
csv_add_type(PyObject *module, PyTypeObject **slot, PyType_Spec *spec, const char *name)
{
    *slot = (PyTypeObject *)PyType_FromModuleAndSpec(module, spec, NULL);
    return *slot == NULL ? -1 : PyModule_AddObjectRef(module, name, (PyObject *)*slot);
}

static int
csv_exec(PyObject *module)
{
    CsvState *state = csv_state(module);
    state->field_limit = 128 * 1024;
    state->dialects = PyDict_New();
    state->error = PyErr_NewException("_csv.Error", NULL, NULL);
    if (state->dialects == NULL || state->error == NULL
        || PyModule_AddObjectRef(module, "_dialects", state->dialects) < 0
        || PyModule_AddObjectRef(module, "Error", state->error) < 0
        || csv_add_type(module, &state->dialect_type, &ks_csv_dialect_spec, "Dialect") < 0
        || csv_add_type(module, &state->reader_type, &ks_csv_reader_spec, "Reader") < 0
        || csv_add_type(module, &state->writer_type, &ks_csv_writer_spec, "Writer") < 0
        || PyModule_AddIntConstant(module, "QUOTE_MINIMAL", QUOTE_MINIMAL) < 0
        || PyModule_AddIntConstant(module, "QUOTE_ALL", QUOTE_ALL) < 0
        || PyModule_AddIntConstant(module, "QUOTE_NONNUMERIC", QUOTE_NONNUMERIC) < 0
        || PyModule_AddIntConstant(module, "QUOTE_NONE", QUOTE_NONE) < 0)
        return -1;
    return PyModule_AddStringConstant(module, "__version__", "1.0");
}

static int
csv_traverse(PyObject *module, visitproc visit, void *arg)
{
    CsvState *state = csv_state(module);
    Py_VISIT(state->error);
    Py_VISIT(state->dialects);
    Py_VISIT(state->dialect_type);
    Py_VISIT(state->reader_type);
    Py_VISIT(state->writer_type);
    return 0;
}

static int
csv_clear(PyObject *module)
{
    CsvState *state = csv_state(module);
    Py_CLEAR(state->error);
    Py_CLEAR(state->dialects);
    Py_CLEAR(state->dialect_type);
    Py_CLEAR(state->reader_type);
    Py_CLEAR(state->writer_type);
    return 0;
}

static void
csv_free(void *module)
{
    (void)csv_clear(module);
}

static PyModuleDef_Slot csv_slots[] = {
    {Py_mod_exec, csv_exec},
    {0, NULL},
};

struct PyModuleDef ks_csv_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_csv",
    .m_doc = "CSV parsing and writing.",
    .m_size = sizeof(CsvState),
    .m_methods = csv_methods,
    .m_slots = csv_slots,
    .m_traverse = csv_traverse,
    .m_clear = csv_clear,
    .m_free = csv_free,
};

PyMODINIT_FUNC
PyInit__csv(void)
{
    return PyModuleDef_Init(&ks_csv_module);
}
