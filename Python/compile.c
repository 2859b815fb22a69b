/* SPDX-License-Identifier: MIT */
/* The compiler's entrances: the order of the phases, and the unit of a whole module. */
#include "ks_codegen.h"

#include "pycore_initconfig.h"
#include "pycore_runtime.h"

static PyCodeObject *
compile_module(KsCompiler *c, KsMod *mod)
{
    int add_none = 1;
    if (!ks_gen_enter(c, &_Py_STR(anon_module), KS_UNIT_MODULE, mod, 1))
        return NULL;
    switch (mod->kind) {
        case KS_Module:
            if (!ks_gen_body(c, mod->v.Module.body))
                return NULL;
            break;
        case KS_Interactive:
            c->interactive = 1;
            if (!ks_gen_setup_annotations(c, mod->v.Interactive.body)
                || !ks_gen_stmts(c, mod->v.Interactive.body))
                return NULL;
            break;
        case KS_Expression:
            add_none = 0;
            if (!ks_gen_expr(c, mod->v.Expression.body))
                return NULL;
            break;
        default:
            PyErr_Format(PyExc_SystemError, "module kind %d should not be possible", mod->kind);
            return NULL;
    }
    return ks_assemble(c, c->unit, add_none);
}

/* Future statements of the module and flags of the caller become one. */
static int
merge_features(KsMod *mod, PyObject *filename, PyCompilerFlags *flags, PyFutureFeatures *future)
{
    if (!ks_future_find(mod, filename, future))
        return 0;
    if (flags != NULL) {
        future->ff_features |= flags->cf_flags;
        flags->cf_flags = future->ff_features;
    }
    return 1;
}

PyCodeObject *
ks_compile_ast(KsMod *mod, PyObject *filename, PyCompilerFlags *flags, int optimize, KsArena *arena)
{
    PyFutureFeatures future;
    if (!merge_features(mod, filename, flags, &future))
        return NULL;
    KsCompiler c = {
        .arena = arena,
        .filename = filename,
        .flags = future.ff_features,
        .optimize = optimize == -1 ? _Py_GetConfig()->optimization_level : optimize,
    };
    if (!ks_ast_optimize(mod, arena, c.optimize, future.ff_features))
        return NULL;
    c.st = ks_symtable_build(mod, filename, &future, arena);
    return c.st == NULL ? NULL : compile_module(&c, mod);
}

KsSymtable *
ks_compile_symtable(KsMod *mod, PyObject *filename, PyCompilerFlags *flags, KsArena *arena)
{
    PyFutureFeatures future;
    if (!ks_future_find(mod, filename, &future))
        return NULL;
    if (flags != NULL)
        future.ff_features |= flags->cf_flags;
    return ks_symtable_build(mod, filename, &future, arena);
}

/* The name under which the entry is exported. */
PyCodeObject *
_PyAST_Compile(struct _mod *mod, PyObject *filename, PyCompilerFlags *flags, int optimize,
               struct _arena *arena)
{
    return ks_compile_ast((KsMod *)mod, filename, flags, optimize, arena);
}
