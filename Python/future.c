/* SPDX-License-Identifier: MIT */
/* Future statements: they may follow only the docstring and each other. */
#include "ks_compile.h"

static const struct {
    const char *name;
    int flag;
} features[] = {
    {FUTURE_NESTED_SCOPES, 0},   {FUTURE_GENERATORS, 0},       {FUTURE_DIVISION, 0},
    {FUTURE_ABSOLUTE_IMPORT, 0}, {FUTURE_WITH_STATEMENT, 0},   {FUTURE_PRINT_FUNCTION, 0},
    {FUTURE_UNICODE_LITERALS, 0},{FUTURE_BARRY_AS_BDFL, CO_FUTURE_BARRY_AS_BDFL},
    {FUTURE_GENERATOR_STOP, 0},  {FUTURE_ANNOTATIONS, CO_FUTURE_ANNOTATIONS},
};

static int
feature_error(PyObject *filename, KsStmt *s, int column)
{
    PyErr_SyntaxLocationObject(filename, s->lineno, column);
    return 0;
}

static int
take_features(KsStmt *s, PyObject *filename, PyFutureFeatures *future)
{
    KsAliasSeq *names = s->v.ImportFrom.names;
    for (Py_ssize_t i = 0, n = KS_LEN(names); i < n; i++) {
        const char *name = PyUnicode_AsUTF8(names->items[i]->name);
        if (name == NULL)
            return 0;
        int known = 0;
        for (Py_ssize_t j = 0; j < KS_COUNT_OF(features) && !known; j++) {
            known = strcmp(name, features[j].name) == 0;
            if (known)
                future->ff_features |= features[j].flag;
        }
        if (known)
            continue;
        if (strcmp(name, "braces") == 0)
            PyErr_SetString(PyExc_SyntaxError, "not a chance");
        else
            PyErr_Format(PyExc_SyntaxError, "future feature %.100s is not defined", name);
        return feature_error(filename, s, s->col_offset + 1);
    }
    future->ff_lineno = s->lineno;
    return 1;
}

int
ks_future_find(KsMod *mod, PyObject *filename, PyFutureFeatures *future)
{
    *future = (PyFutureFeatures){0, -1};
    if (mod->kind != KS_Module && mod->kind != KS_Interactive)
        return 1;
    KsStmtSeq *body = mod->kind == KS_Module ? mod->v.Module.body : mod->v.Interactive.body;
    int over = 0, line = 0;
    PyObject *module = KS_INTERN("__future__");
    for (Py_ssize_t i = ks_ast_docstring(body) != NULL, n = KS_LEN(body); i < n; i++) {
        KsStmt *s = body->items[i];
        if (over && s->lineno > line)
            return 1;
        line = s->lineno;
        if (s->kind != KS_ImportFrom || s->v.ImportFrom.module != module) {
            over = 1;
            continue;
        }
        if (over) {
            PyErr_SetString(PyExc_SyntaxError,
                            "from __future__ imports must occur at the beginning of the file");
            return feature_error(filename, s, s->col_offset);
        }
        if (!take_features(s, filename, future))
            return 0;
    }
    return 1;
}
