/* SPDX-License-Identifier: MIT */
/* The _sha3 module: the four SHA-3 hashes and the two SHAKE functions, each made by its type. */
#include "hash_parts.h"

static const KsHashKind kinds[] = {
    {"sha3_224", 144, 28, 448, 0x06}, {"sha3_256", 136, 32, 512, 0x06},  {"sha3_384", 104, 48, 768, 0x06},
    {"sha3_512", 72, 64, 1024, 0x06}, {"shake_128", 168, 0, 256, 0x1f}, {"shake_256", 136, 0, 512, 0x1f},
};

static const KsParam sha3_params[] = {
    PARAM_POS(KsHashArgs, string, ARG_OBJECT, 0),
    PARAM_KWONLY(KsHashArgs, usedforsecurity, ARG_BOOL, 0),
    PARAM_END,
};

/* The types are final, so the name tells which one it is. */
static PyObject *
sha3_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    KsHashArgs in = {NULL, 1};
    const char *dot = strrchr(type->tp_name, '.');
    const char *name = dot == NULL ? type->tp_name : dot + 1;
    if (!ks_args_parse_tuple(name, sha3_params, args, kwargs, &in))
        return NULL;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(kinds); i++) {
        if (strcmp(kinds[i].name, name) == 0)
            return ks_hash_new(type, &kinds[i], in.string);
    }
    PyErr_BadInternalCall();
    return NULL;
}

static int
sha3_exec(PyObject *module)
{
    static const char *const names[] = {"_sha3.sha3_224", "_sha3.sha3_256",  "_sha3.sha3_384",
                                        "_sha3.sha3_512", "_sha3.shake_128", "_sha3.shake_256"};
    for (size_t i = 0; i < Py_ARRAY_LENGTH(kinds); i++) {
        KS_OWNED PyObject *type = (PyObject *)ks_hash_type(module, names[i], &kinds[i], sha3_new);
        if (type == NULL || PyModule_AddObjectRef(module, kinds[i].name, type) < 0)
            return -1;
    }
    return PyModule_AddIntConstant(module, "keccakopt", 0) < 0 ||
                   PyModule_AddStringConstant(module, "implementation", "tiny_sha3") < 0
               ? -1
               : 0;
}

static PyModuleDef_Slot sha3_slots[] = {{Py_mod_exec, sha3_exec}, {0, NULL}};

static struct PyModuleDef sha3_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_sha3",
    .m_slots = sha3_slots,
};

PyMODINIT_FUNC
PyInit__sha3(void)
{
    return PyModuleDef_Init(&sha3_module);
}
