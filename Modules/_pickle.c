/* SPDX-License-Identifier: MIT */
/* Module _pickle: Pickler, Unpickler and their four functions. This file makes the module: its
 * exceptions, and what it takes from other modules. Writing is in pickle_pickler.c, pickle_save*.c,
 * pickle_output.c and pickle_memo.c; reading in pickle_unpickler.c, pickle_load*.c and
 * pickle_input.c. PickleBuffer is a type of the core. */
#include "pickle_parts.h"

static struct PyModuleDef pickle_module;

PickleState *
ks_pickle_state(void)
{
    PyObject *module = PyState_FindModule(&pickle_module);
    if (module == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "module _pickle is not there any more");
        return NULL;
    }
    return PyModule_GetState(module);
}

/* ---- what other modules provide ---- */

enum Wanted { WANT_ANY, WANT_DICT, WANT_CALLABLE };

typedef struct Source {
    const char *module, *name;
    size_t offset; /* in PickleState */
    enum Wanted wanted;
} Source;

#define SOURCE(module, name, field, wanted) {module, name, offsetof(PickleState, field), wanted}

static const Source sources[] = {
    SOURCE("copyreg", "dispatch_table", dispatch_table, WANT_DICT),
    SOURCE("copyreg", "_extension_registry", extension_registry, WANT_DICT),
    SOURCE("copyreg", "_inverted_registry", inverted_registry, WANT_DICT),
    SOURCE("copyreg", "_extension_cache", extension_cache, WANT_DICT),
    SOURCE("_compat_pickle", "NAME_MAPPING", name_mapping_2to3, WANT_DICT),
    SOURCE("_compat_pickle", "IMPORT_MAPPING", import_mapping_2to3, WANT_DICT),
    SOURCE("_compat_pickle", "REVERSE_NAME_MAPPING", name_mapping_3to2, WANT_DICT),
    SOURCE("_compat_pickle", "REVERSE_IMPORT_MAPPING", import_mapping_3to2, WANT_DICT),
    SOURCE("codecs", "encode", codecs_encode, WANT_CALLABLE),
    SOURCE("functools", "partial", partial, WANT_ANY),
    SOURCE("builtins", "getattr", getattr, WANT_CALLABLE),
};

static int
source_fetch(PickleState *state, const Source *source)
{
    PyObject **field = (PyObject **)((char *)state + source->offset);
    KS_OWNED PyObject *module = PyImport_ImportModule(source->module);
    KS_OWNED PyObject *found =
        module == NULL ? NULL : PyObject_GetAttrString(module, source->name);
    if (found == NULL)
        return -1;
    if (source->wanted == WANT_DICT && !PyDict_CheckExact(found)) {
        PyErr_Format(PyExc_RuntimeError, "%s.%s should be a dict, not %.200s", source->module,
                     source->name, Py_TYPE(found)->tp_name);
        return -1;
    }
    if (source->wanted == WANT_CALLABLE && !PyCallable_Check(found)) {
        PyErr_Format(PyExc_RuntimeError, "%s.%s should be a callable, not %.200s", source->module,
                     source->name, Py_TYPE(found)->tp_name);
        return -1;
    }
    Py_XSETREF(*field, ks_give(&found));
    return 0;
}

/* ---- the module ---- */

#define EXCEPTION(field, name, base)                                      \
    ((state->field = PyErr_NewException("_pickle." name, base, NULL)) == NULL || \
     PyModule_AddObjectRef(module, name, state->field) < 0)

static int
module_fill(PyObject *module)
{
    PickleState *state = PyModule_GetState(module);
    PyTypeObject *types[] = {&PyPickleBuffer_Type, &ks_pickler_type, &ks_unpickler_type};
    if (PyType_Ready(&ks_pickler_memo_type) < 0 || PyType_Ready(&ks_unpickler_memo_type) < 0)
        return -1;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(types); i++) {
        if (PyModule_AddType(module, types[i]) < 0)
            return -1;
    }
    if (EXCEPTION(error, "PickleError", NULL) ||
        EXCEPTION(pickling_error, "PicklingError", state->error) ||
        EXCEPTION(unpickling_error, "UnpicklingError", state->error))
        return -1;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(sources); i++) {
        if (source_fetch(state, &sources[i]) < 0)
            return -1;
    }
    return 0;
}

static int
pickle_traverse(PyObject *module, visitproc visit, void *arg)
{
    PickleState *state = PyModule_GetState(module);
#define FIELD(name) Py_VISIT(state->name);
    PICKLE_STATE_FIELDS(FIELD)
#undef FIELD
    return 0;
}

static int
pickle_clear(PyObject *module)
{
    PickleState *state = PyModule_GetState(module);
#define FIELD(name) Py_CLEAR(state->name);
    PICKLE_STATE_FIELDS(FIELD)
#undef FIELD
    return 0;
}

static void
pickle_free(void *module)
{
    pickle_clear(module);
}

static PyMethodDef pickle_methods[] = {
    METHOD("dump", ks_pickle_dump, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, obj, file, protocol=None, *, fix_imports=True,\n"
           "     buffer_callback=None)",
           "Write the pickle of obj to a file: Pickler(file, ...).dump(obj)."),
    METHOD("dumps", ks_pickle_dumps, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, obj, protocol=None, *, fix_imports=True,\n"
           "      buffer_callback=None)",
           "The pickle of obj as bytes."),
    METHOD("load", ks_pickle_load, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, file, *, fix_imports=True, encoding=\'ASCII\',\n"
           "     errors=\'strict\', buffers=())",
           "Read one pickle from a file: Unpickler(file, ...).load()."),
    METHOD("loads", ks_pickle_loads, METH_FASTCALL | METH_KEYWORDS,
           "($module, data, /, *, fix_imports=True, encoding=\'ASCII\',\n"
           "      errors=\'strict\', buffers=())",
           "The object that a pickle, given as bytes, stands for."),
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef pickle_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_pickle",
    .m_doc = "Pickling and unpickling, as the pickle module documents them.",
    .m_size = sizeof(PickleState),
    .m_methods = pickle_methods,
    .m_traverse = pickle_traverse,
    .m_clear = pickle_clear,
    .m_free = pickle_free,
};

/* The module is made once for an interpreter: another import gives the same one, so that the
 * exceptions stay what they are. */
PyMODINIT_FUNC
PyInit__pickle(void)
{
    PyObject *known = PyState_FindModule(&pickle_module);
    if (known != NULL)
        return Py_NewRef(known);
    KS_OWNED PyObject *module = PyModule_Create(&pickle_module);
    if (module == NULL || module_fill(module) < 0)
        return NULL;
    return ks_give(&module);
}
