/* SPDX-License-Identifier: MIT */
/* The spwd module: entries of the shadow password database. Importing it warns. */
#include "Python.h"

#include <errno.h>
#include <shadow.h>
#include "entry_parts.h"
#include "ks_args.h"
#include "ks_base.h"

static PyStructSequence_Field spwd_fields[] = {
    {"sp_namp", "login name"},
    {"sp_pwdp", "encrypted password"},
    {"sp_lstchg", "date of last change"},
    {"sp_min", "min #days between changes"},
    {"sp_max", "max #days between changes"},
    {"sp_warn", "#days before pw expires to warn user about it"},
    {"sp_inact", "#days after pw expires until account is disabled"},
    {"sp_expire", "#days since 1970-01-01 when account expires"},
    {"sp_flag", "reserved"},
    {"sp_nam", "login name; deprecated"},
    {"sp_pwd", "encrypted password; deprecated"},
    {NULL, NULL},
};

static PyStructSequence_Desc spwd_desc = {
    "spwd.struct_spwd", "An entry of the shadow password database.", spwd_fields, 9};

static PyObject *
entry_object(PyObject *module, const void *found)
{
    const struct spwd *entry = found;
    PyObject *result = ks_entry_new(module);
    if (result == NULL)
        return NULL;
    const long numbers[] = {entry->sp_lstchg, entry->sp_min,    entry->sp_max,
                            entry->sp_warn,   entry->sp_inact,  entry->sp_expire,
                            (long)entry->sp_flag};
    PyStructSequence_SET_ITEM(result, 0, ks_entry_text(entry->sp_namp));
    PyStructSequence_SET_ITEM(result, 1, ks_entry_text(entry->sp_pwdp));
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(numbers); i++)
        PyStructSequence_SET_ITEM(result, 2 + i, PyLong_FromLong(numbers[i]));
    PyStructSequence_SET_ITEM(result, 9, ks_entry_text(entry->sp_namp));
    PyStructSequence_SET_ITEM(result, 10, ks_entry_text(entry->sp_pwdp));
    if (PyErr_Occurred())
        Py_CLEAR(result);
    return result;
}

static PyObject *
spwd_getspnam(PyObject *module, PyObject *arg)
{
    if (!PyUnicode_Check(arg))
        return PyErr_Format(PyExc_TypeError, "getspnam() argument must be str, not %.50s",
                            arg == Py_None ? "None" : Py_TYPE(arg)->tp_name);
    KS_OWNED PyObject *name = NULL;
    if (!PyUnicode_FSConverter(arg, &name))
        return NULL;
    errno = 0;
    const struct spwd *entry = getspnam(PyBytes_AS_STRING(name));
    if (entry != NULL)
        return entry_object(module, entry);
    if (errno != 0 && errno != ENOENT)
        return PyErr_SetFromErrno(PyExc_OSError);
    PyErr_SetString(PyExc_KeyError, "getspnam(): name not found");
    return NULL;
}

static void *
shadow_next(void)
{
    return getspent();
}

static PyObject *
spwd_getspall(PyObject *module, PyObject *unused)
{
    return ks_entry_all(module, setspent, shadow_next, endspent, entry_object);
}

static PyMethodDef spwd_methods[] = {
    METHOD("getspnam", spwd_getspnam, METH_O, "($module, arg, /)", "The entry of a user name."),
    METHOD("getspall", spwd_getspall, METH_NOARGS, "($module, /)", "A list of all entries."),
    {NULL, NULL, 0, NULL},
};

static int
spwd_exec(PyObject *module)
{
    return ks_entry_start(module, &spwd_desc);
}

static PyModuleDef_Slot spwd_slots[] = {
    {Py_mod_exec, spwd_exec},
    {0, NULL},
};

static struct PyModuleDef spwd_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "spwd",
    .m_doc = "The shadow password database.",
    .m_size = sizeof(EntryState),
    .m_methods = spwd_methods,
    .m_slots = spwd_slots,
    .m_traverse = ks_entry_traverse,
    .m_clear = ks_entry_clear,
    .m_free = ks_entry_free,
};

PyMODINIT_FUNC
PyInit_spwd(void)
{
    if (PyErr_WarnEx(PyExc_DeprecationWarning,
                     "'spwd' is deprecated and slated for removal in Python 3.13", 7))
        return NULL;
    return PyModuleDef_Init(&spwd_module);
}
