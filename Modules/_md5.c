/* SPDX-License-Identifier: MIT */
/* The _md5 module: md5 without the choice of a provider that hashlib offers. */
#include "hash_parts.h"

typedef struct HashState {
    PyTypeObject *md5_type;
} HashState;

static const KsHashKind md5_kind = {"md5", 64, 16, 0, 0};

static PyObject *
md5_call(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    KsHashArgs in = {NULL, 1};
    HashState *state = PyModule_GetState(module);
    if (!ks_args_parse("md5", ks_hash_params, args, nargs, kwnames, &in))
        return NULL;
    return ks_hash_new(state->md5_type, &md5_kind, in.string);
}

static PyMethodDef hash_functions[] = {
    METHOD("md5", md5_call, METH_FASTCALL | METH_KEYWORDS, "($module, /, string=b'', *, usedforsecurity=True)",
           "A new MD5 hash, fed with string."),
    {NULL},
};

static int
hash_exec(PyObject *module)
{
    HashState *state = PyModule_GetState(module);
    state->md5_type = ks_hash_type(module, "_md5.md5", &md5_kind, NULL);
    if (state->md5_type == NULL || PyModule_AddObjectRef(module, "MD5Type", (PyObject *)state->md5_type) < 0)
        return -1;
    return 0;
}

static int
hash_traverse(PyObject *module, visitproc visit, void *arg)
{
    HashState *state = PyModule_GetState(module);
    Py_VISIT(state->md5_type);
    return 0;
}

static int
hash_clear(PyObject *module)
{
    HashState *state = PyModule_GetState(module);
    Py_CLEAR(state->md5_type);
    return 0;
}

static PyModuleDef_Slot hash_slots[] = {{Py_mod_exec, hash_exec}, {0, NULL}};

static struct PyModuleDef hash_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_md5",
    .m_size = sizeof(HashState),
    .m_methods = hash_functions,
    .m_slots = hash_slots,
    .m_traverse = hash_traverse,
    .m_clear = hash_clear,
};

PyMODINIT_FUNC
PyInit__md5(void)
{
    return PyModuleDef_Init(&hash_module);
}
