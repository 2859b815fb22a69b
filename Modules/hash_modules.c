/* SPDX-License-Identifier: MIT */
/* The modules _md5, _sha1, _sha256 and _sha512: algorithms without the choice of a provider that
 * hashlib offers. An algorithm is one row: its module, its name, the name that the module gives its
 * type, and the bytes of a block and of a digest. */
#include "hash_parts.h"

/* In 3.11 both types of _sha512 go by one name: the later one stays. */
#define ALGORITHMS(ROW)                         \
    ROW(_md5, md5, "MD5Type", 64, 16)           \
    ROW(_sha1, sha1, "SHA1Type", 64, 20)        \
    ROW(_sha256, sha224, "SHA224Type", 64, 28)  \
    ROW(_sha256, sha256, "SHA256Type", 64, 32)  \
    ROW(_sha512, sha384, "SHA384Type", 128, 48) \
    ROW(_sha512, sha512, "SHA384Type", 128, 64)

#define KIND_NUMBER(module, name, ...) KIND_##name,
enum { ALGORITHMS(KIND_NUMBER) KIND_COUNT };

typedef struct Algorithm {
    KsHashKind kind;
    const char *module, *type_name, *attribute;
} Algorithm;

#define ALGORITHM(module, name, attribute, block, digest) \
    {{#name, block, digest, 0, 0}, #module, #module "." #name, attribute},
static const Algorithm algorithms[KIND_COUNT] = {ALGORITHMS(ALGORITHM)};

/* A module's types; those of the other modules are NULL. */
typedef struct HashState {
    PyTypeObject *types[KIND_COUNT];
} HashState;

static KS_NEW PyObject *
hash_make(int which, PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    KsHashArgs in = {NULL, 1};
    HashState *state = PyModule_GetState(module);
    const KsHashKind *kind = &algorithms[which].kind;
    if (!ks_args_parse(kind->name, ks_hash_params, args, nargs, kwnames, &in))
        return NULL;
    return ks_hash_new(state->types[which], kind, in.string);
}

#define FUNCTION(module_name, name, ...)                                                             \
    static PyObject *name##_call(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) \
    {                                                                                                \
        return hash_make(KIND_##name, module, args, nargs, kwnames);                                 \
    }
ALGORITHMS(FUNCTION)

static int
hash_exec(PyObject *module)
{
    HashState *state = PyModule_GetState(module);
    const char *name = PyModule_GetDef(module)->m_name;
    for (int i = 0; i < KIND_COUNT; i++) {
        const Algorithm *row = &algorithms[i];
        if (strcmp(row->module, name) != 0)
            continue;
        state->types[i] = ks_hash_type(module, row->type_name, &row->kind, NULL);
        if (state->types[i] == NULL || PyModule_AddObjectRef(module, row->attribute, (PyObject *)state->types[i]) < 0)
            return -1;
    }
    return 0;
}

static int
hash_traverse(PyObject *module, visitproc visit, void *arg)
{
    HashState *state = PyModule_GetState(module);
    for (int i = 0; i < KIND_COUNT; i++)
        Py_VISIT(state->types[i]);
    return 0;
}

static int
hash_clear(PyObject *module)
{
    HashState *state = PyModule_GetState(module);
    for (int i = 0; i < KIND_COUNT; i++)
        Py_CLEAR(state->types[i]);
    return 0;
}

static void
hash_free(void *module)
{
    hash_clear(module);
}

static PyModuleDef_Slot hash_slots[] = {{Py_mod_exec, hash_exec}, {0, NULL}};

#define METHOD_ROW(name, capitals)                                     \
    METHOD(#name, name##_call, METH_FASTCALL | METH_KEYWORDS,          \
           "($module, /, string=b'', *, usedforsecurity=True)", "A new " capitals " hash, fed with string.")
#define HASH_MODULE(name, ...)                                         \
    static PyMethodDef name##_functions[] = {__VA_ARGS__, {NULL}};     \
    static struct PyModuleDef name##_module = {                        \
        PyModuleDef_HEAD_INIT,                                         \
        .m_name = #name,                                               \
        .m_size = sizeof(HashState),                                   \
        .m_methods = name##_functions,                                 \
        .m_slots = hash_slots,                                         \
        .m_traverse = hash_traverse,                                   \
        .m_clear = hash_clear,                                         \
        .m_free = hash_free,                                           \
    };                                                                 \
    PyMODINIT_FUNC PyInit_##name(void)                                 \
    {                                                                  \
        return PyModuleDef_Init(&name##_module);                       \
    }
HASH_MODULE(_md5, METHOD_ROW(md5, "MD5"))
HASH_MODULE(_sha1, METHOD_ROW(sha1, "SHA1"))
HASH_MODULE(_sha256, METHOD_ROW(sha224, "SHA224"), METHOD_ROW(sha256, "SHA256"))
HASH_MODULE(_sha512, METHOD_ROW(sha384, "SHA384"), METHOD_ROW(sha512, "SHA512"))
