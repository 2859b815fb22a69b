/* SPDX-License-Identifier: MIT */
/* The _ast module: the node classes and compile()'s flags, for ast.py. */
#include "ks_ast_types.h"

static int
ast_exec(PyObject *module)
{
    static const struct {
        const char *name;
        short slot;
    } rows[] = {
        {"AST", KS_SLOT_AST},
#define ENUM_BEGIN(name, type) {#name, KS_SLOT_##name},
#define ENUM_VALUE(name, type, value) {#value, KS_SLOT_##value},
#define SUM_BEGIN(name, type, attrs) {#name, KS_SLOT_##name},
#define NODE_BEGIN(name, type, node) {#node, KS_SLOT_##node},
#define PRODUCT_BEGIN(name, type, attrs) {#name, KS_SLOT_##name},
#include "../Parser/ast.def"
    };
    if (ks_ast_types_init() < 0)
        return -1;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(rows); i++) {
        if (PyModule_AddObjectRef(module, rows[i].name, ks_ast_slots[rows[i].slot]) < 0)
            return -1;
    }
    if (PyModule_AddIntMacro(module, PyCF_ALLOW_TOP_LEVEL_AWAIT) < 0 ||
        PyModule_AddIntMacro(module, PyCF_ONLY_AST) < 0 ||
        PyModule_AddIntMacro(module, PyCF_TYPE_COMMENTS) < 0)
        return -1;
    return 0;
}

static PyModuleDef_Slot ast_module_slots[] = {
    {Py_mod_exec, ast_exec},
    {0, NULL},
};

static struct PyModuleDef ast_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_ast",
    .m_slots = ast_module_slots,
};

PyMODINIT_FUNC
PyInit__ast(void)
{
    return PyModuleDef_Init(&ast_module);
}
