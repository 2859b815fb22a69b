/* SPDX-License-Identifier: MIT */
/* The _sha1 module: sha1 without the choice of a provider that hashlib offers. */
#include "hash_parts.h"

typedef struct HashState {
    PyTypeObject *sha1_type;
} HashState;

static const KsHashKind sha1_kind = {"sha1", 64, 20, 0, 0};

static PyObject *
sha1_call(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    KsHashArgs in = {NULL, 1};
    HashState *state = PyModule_GetState(module);
    if (!ks_args_parse("sha1", ks_hash_params, args, nargs, kwnames, &in))
        return NULL;
    return ks_hash_new(state->sha1_type, &sha1_kind, in.string);
}

static PyMethodDef hash_functions[] = {
    METHOD("sha1", sha1_call, METH_FASTCALL | METH_KEYWORDS, "($module, /, string=b'', *, usedforsecurity=True)",
           "A new SHA1 hash, fed with string."),
    {NULL},
};

static int
hash_exec(PyObject *module)
{
    HashState *state = PyModule_GetState(module);
    state->sha1_type = ks_hash_type(module, "_sha1.sha1", &sha1_kind, NULL);
    if (state->sha1_type == NULL || PyModule_AddObjectRef(module, "SHA1Type", (PyObject *)state->sha1_type) < 0)
        return -1;
    return 0;
}

static int
hash_traverse(PyObject *module, visitproc visit, void *arg)
{
    HashState *state = PyModule_GetState(module);
    Py_VISIT(state->sha1_type);
    return 0;
}

static int
hash_clear(PyObject *module)
{
    HashState *state = PyModule_GetState(module);
    Py_CLEAR(state->sha1_type);
    return 0;
}

static PyModuleDef_Slot hash_slots[] = {{Py_mod_exec, hash_exec}, {0, NULL}};

static struct PyModuleDef hash_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_sha1",
    .m_size = sizeof(HashState),
    .m_methods = hash_functions,
    .m_slots = hash_slots,
    .m_traverse = hash_traverse,
    .m_clear = hash_clear,
};

PyMODINIT_FUNC
PyInit__sha1(void)
{
    return PyModuleDef_Init(&hash_module);
}
