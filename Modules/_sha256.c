/* SPDX-License-Identifier: MIT */
/* The _sha256 module: sha224 and sha256 without the choice of a provider that hashlib offers. */
#include "hash_parts.h"

typedef struct HashState {
    PyTypeObject *sha224_type;
    PyTypeObject *sha256_type;
} HashState;

static const KsHashKind sha224_kind = {"sha224", 64, 28, 0, 0};
static const KsHashKind sha256_kind = {"sha256", 64, 32, 0, 0};

static PyObject *
sha224_call(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    KsHashArgs in = {NULL, 1};
    HashState *state = PyModule_GetState(module);
    if (!ks_args_parse("sha224", ks_hash_params, args, nargs, kwnames, &in))
        return NULL;
    return ks_hash_new(state->sha224_type, &sha224_kind, in.string);
}

static PyObject *
sha256_call(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    KsHashArgs in = {NULL, 1};
    HashState *state = PyModule_GetState(module);
    if (!ks_args_parse("sha256", ks_hash_params, args, nargs, kwnames, &in))
        return NULL;
    return ks_hash_new(state->sha256_type, &sha256_kind, in.string);
}

static PyMethodDef hash_functions[] = {
    METHOD("sha224", sha224_call, METH_FASTCALL | METH_KEYWORDS, "($module, /, string=b'', *, usedforsecurity=True)",
           "A new SHA224 hash, fed with string."),
    METHOD("sha256", sha256_call, METH_FASTCALL | METH_KEYWORDS, "($module, /, string=b'', *, usedforsecurity=True)",
           "A new SHA256 hash, fed with string."),
    {NULL},
};

static int
hash_exec(PyObject *module)
{
    HashState *state = PyModule_GetState(module);
    state->sha224_type = ks_hash_type(module, "_sha256.sha224", &sha224_kind, NULL);
    if (state->sha224_type == NULL || PyModule_AddObjectRef(module, "SHA224Type", (PyObject *)state->sha224_type) < 0)
        return -1;
    state->sha256_type = ks_hash_type(module, "_sha256.sha256", &sha256_kind, NULL);
    if (state->sha256_type == NULL || PyModule_AddObjectRef(module, "SHA256Type", (PyObject *)state->sha256_type) < 0)
        return -1;
    return 0;
}

static int
hash_traverse(PyObject *module, visitproc visit, void *arg)
{
    HashState *state = PyModule_GetState(module);
    Py_VISIT(state->sha224_type);
    Py_VISIT(state->sha256_type);
    return 0;
}

static int
hash_clear(PyObject *module)
{
    HashState *state = PyModule_GetState(module);
    Py_CLEAR(state->sha224_type);
    Py_CLEAR(state->sha256_type);
    return 0;
}

static PyModuleDef_Slot hash_slots[] = {{Py_mod_exec, hash_exec}, {0, NULL}};

static struct PyModuleDef hash_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_sha256",
    .m_size = sizeof(HashState),
    .m_methods = hash_functions,
    .m_slots = hash_slots,
    .m_traverse = hash_traverse,
    .m_clear = hash_clear,
};

PyMODINIT_FUNC
PyInit__sha256(void)
{
    return PyModuleDef_Init(&hash_module);
}
