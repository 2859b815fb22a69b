/* SPDX-License-Identifier: MIT */
/* The _sha512 module: sha384 and sha512 without the choice of a provider that hashlib offers. */
#include "hash_parts.h"

typedef struct HashState {
    PyTypeObject *sha384_type;
    PyTypeObject *sha512_type;
} HashState;

static const KsHashKind sha384_kind = {"sha384", 128, 48, 0, 0};
static const KsHashKind sha512_kind = {"sha512", 128, 64, 0, 0};

static PyObject *
sha384_call(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    KsHashArgs in = {NULL, 1};
    HashState *state = PyModule_GetState(module);
    if (!ks_args_parse("sha384", ks_hash_params, args, nargs, kwnames, &in))
        return NULL;
    return ks_hash_new(state->sha384_type, &sha384_kind, in.string);
}

static PyObject *
sha512_call(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    KsHashArgs in = {NULL, 1};
    HashState *state = PyModule_GetState(module);
    if (!ks_args_parse("sha512", ks_hash_params, args, nargs, kwnames, &in))
        return NULL;
    return ks_hash_new(state->sha512_type, &sha512_kind, in.string);
}

static PyMethodDef hash_functions[] = {
    METHOD("sha384", sha384_call, METH_FASTCALL | METH_KEYWORDS, "($module, /, string=b'', *, usedforsecurity=True)",
           "A new SHA384 hash, fed with string."),
    METHOD("sha512", sha512_call, METH_FASTCALL | METH_KEYWORDS, "($module, /, string=b'', *, usedforsecurity=True)",
           "A new SHA512 hash, fed with string."),
    {NULL},
};

static int
hash_exec(PyObject *module)
{
    HashState *state = PyModule_GetState(module);
    state->sha384_type = ks_hash_type(module, "_sha512.sha384", &sha384_kind, NULL);
    if (state->sha384_type == NULL || PyModule_AddObjectRef(module, "SHA384Type", (PyObject *)state->sha384_type) < 0)
        return -1;
    /* Both types go by the one name, the later one stays: so it is in 3.11. */
    state->sha512_type = ks_hash_type(module, "_sha512.sha512", &sha512_kind, NULL);
    if (state->sha512_type == NULL || PyModule_AddObjectRef(module, "SHA384Type", (PyObject *)state->sha512_type) < 0)
        return -1;
    return 0;
}

static int
hash_traverse(PyObject *module, visitproc visit, void *arg)
{
    HashState *state = PyModule_GetState(module);
    Py_VISIT(state->sha384_type);
    Py_VISIT(state->sha512_type);
    return 0;
}

static int
hash_clear(PyObject *module)
{
    HashState *state = PyModule_GetState(module);
    Py_CLEAR(state->sha384_type);
    Py_CLEAR(state->sha512_type);
    return 0;
}

static PyModuleDef_Slot hash_slots[] = {{Py_mod_exec, hash_exec}, {0, NULL}};

static struct PyModuleDef hash_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_sha512",
    .m_size = sizeof(HashState),
    .m_methods = hash_functions,
    .m_slots = hash_slots,
    .m_traverse = hash_traverse,
    .m_clear = hash_clear,
};

PyMODINIT_FUNC
PyInit__sha512(void)
{
    return PyModuleDef_Init(&hash_module);
}
