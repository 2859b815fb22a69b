/* SPDX-License-Identifier: MIT */
/* Frozen modules: code that is part of the program.
 *
 * Three tables: what importlib needs to exist at all, the start-up's part of the standard library,
 * and the modules tests look for. PyImport_FrozenModules is a fourth, the embedder's, and is looked
 * at first. The configuration can switch off all but the first. */
#include "Python.h"
#include "marshal.h"
#include "pycore_import.h"
#include "pycore_initconfig.h"
#include "pycore_interp.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"
#include "ks_base.h"
#include "ks_import.h"
#include "ks_lifecycle.h"

const struct _frozen *_PyImport_FrozenBootstrap = ks_frozen_bootstrap;
const struct _frozen *_PyImport_FrozenStdlib = ks_frozen_stdlib;
const struct _frozen *_PyImport_FrozenTest = ks_frozen_test;
const struct _frozen *PyImport_FrozenModules = NULL;

static const struct _module_alias aliases[] = {
    {"_frozen_importlib", "importlib._bootstrap"},
    {"_frozen_importlib_external", "importlib._bootstrap_external"},
    {"os.path", "posixpath"},
    {"__hello_alias__", "__hello__"},
    {"__phello_alias__", "__hello__"},
    {"__phello_alias__.spam", "__hello__"},
    {"__phello__.__init__", "<__phello__"},
    {"__phello__.ham.__init__", "<__phello__.ham"},
    {"__hello_only__", NULL},
    {0, 0},
};
const struct _module_alias *_PyImport_FrozenAliases = aliases;

static int
is_allowed(void)
{
    PyInterpreterState *interp = _PyInterpreterState_GET();
    if (interp->override_frozen_modules != 0)
        return interp->override_frozen_modules > 0;
    return interp->config.use_frozen_modules;
}

static const struct _frozen *
table_find(const struct _frozen *table, PyObject *name)
{
    for (; table != NULL && table->name != NULL; table++) {
        if (_PyUnicode_EqualToASCIIString(name, table->name))
            return table;
    }
    return NULL;
}

static const struct _frozen *
find_row(PyObject *name, int *essential)
{
    *essential = 0;
    const struct _frozen *row = table_find(PyImport_FrozenModules, name);
    if (row == NULL && (row = table_find(_PyImport_FrozenBootstrap, name)) != NULL)
        *essential = 1;
    if (row == NULL)
        row = table_find(_PyImport_FrozenStdlib, name);
    if (row == NULL)
        row = table_find(_PyImport_FrozenTest, name);
    return row;
}

KsFrozenStatus
ks_frozen_find(PyObject *name, KsFrozenInfo *info)
{
    *info = (KsFrozenInfo){0};
    if (name == NULL || name == Py_None)
        return KS_FROZEN_BAD_NAME;
    int essential;
    const struct _frozen *row = find_row(name, &essential);
    if (row == NULL)
        return KS_FROZEN_NOT_FOUND;
    if (!essential && !is_allowed())
        return KS_FROZEN_DISABLED;
    info->name = name;
    info->data = (const char *)row->code;
    info->size = row->size < 0 ? -(Py_ssize_t)row->size : row->size;
    info->is_package = row->is_package;
    info->origname = row->name;
    for (const struct _module_alias *alias = _PyImport_FrozenAliases; alias->name != NULL; alias++) {
        if (strcmp(alias->name, row->name) == 0) {
            info->origname = alias->orig;
            info->is_alias = 1;
            break;
        }
    }
    if (row->code == NULL)
        return KS_FROZEN_EXCLUDED;
    if (row->code[0] == '\0' || row->size == 0)
        return KS_FROZEN_INVALID;
    return KS_FROZEN_OK;
}

void
ks_frozen_raise(KsFrozenStatus status, PyObject *name)
{
    const char *format;
    switch (status) {
    case KS_FROZEN_BAD_NAME:
    case KS_FROZEN_NOT_FOUND:
        format = "No such frozen object named %R";
        break;
    case KS_FROZEN_DISABLED:
        format = "Frozen modules are disabled and the frozen object named %R is not essential";
        break;
    case KS_FROZEN_EXCLUDED:
        format = "Excluded frozen object named %R";
        break;
    default:
        format = "Frozen object named %R is invalid";
        break;
    }
    KS_OWNED PyObject *message = PyUnicode_FromFormat(format, name);
    if (message == NULL)
        return;
    PyErr_SetImportError(message, name, NULL);
}

PyObject *
ks_frozen_code(const KsFrozenInfo *info)
{
    PyObject *code = PyMarshal_ReadObjectFromString(info->data, info->size);
    if (code == NULL) {
        ks_frozen_raise(KS_FROZEN_INVALID, info->name);
    } else if (!PyCode_Check(code)) {
        PyErr_Format(PyExc_TypeError, "frozen object %R is not a code object", info->name);
        Py_CLEAR(code);
    }
    return code;
}

PyObject *
ks_frozen_names(void)
{
    const struct _frozen *const tables[] = {PyImport_FrozenModules, _PyImport_FrozenBootstrap,
                                            _PyImport_FrozenStdlib, _PyImport_FrozenTest};
    KS_OWNED PyObject *names = PyList_New(0);
    if (names == NULL)
        return NULL;
    for (int i = 0; i < 4; i++) {
        /* Only what importlib would find: the optional tables may be switched off. */
        if (i > 1 && !is_allowed())
            continue;
        for (const struct _frozen *row = tables[i]; row != NULL && row->name != NULL; row++) {
            KS_OWNED PyObject *name = PyUnicode_FromString(row->name);
            int known = name == NULL ? -1 : PySequence_Contains(names, name);
            if (known < 0 || (!known && PyList_Append(names, name) < 0))
                return NULL;
        }
    }
    return ks_give(&names);
}

/* 1 if imported, 0 if there is no such frozen module, -1 with an exception. */
int
PyImport_ImportFrozenModuleObject(PyObject *name)
{
    PyThreadState *tstate = _PyThreadState_GET();
    KsFrozenInfo info;
    KsFrozenStatus status = ks_frozen_find(name, &info);
    if (status == KS_FROZEN_NOT_FOUND || status == KS_FROZEN_DISABLED || status == KS_FROZEN_BAD_NAME)
        return 0;
    if (status != KS_FROZEN_OK) {
        ks_frozen_raise(status, name);
        return -1;
    }
    KS_OWNED PyObject *code = ks_frozen_code(&info);
    KS_OWNED PyObject *origname =
        code == NULL ? NULL : info.origname == NULL ? Py_NewRef(Py_None) : PyUnicode_FromString(info.origname);
    if (origname == NULL)
        return -1;
    KS_OWNED PyObject *module = ks_import_exec_frozen(tstate, name, code, info.is_package, origname);
    return module == NULL ? -1 : 1;
}

int
PyImport_ImportFrozenModule(const char *name)
{
    KS_OWNED PyObject *text = PyUnicode_InternFromString(name);
    return text == NULL ? -1 : PyImport_ImportFrozenModuleObject(text);
}
