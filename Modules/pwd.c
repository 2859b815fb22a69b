/* SPDX-License-Identifier: MIT */
/* The pwd module: entries of the user database. */
#include "Python.h"

#include <errno.h>
#include <pwd.h>
#include <unistd.h>
#include "entry_parts.h"
#include "ks_args.h"
#include "ks_posix.h"

static PyStructSequence_Field passwd_fields[] = {
    {"pw_name", "user name"},       {"pw_passwd", "password"},
    {"pw_uid", "user id"},          {"pw_gid", "group id"},
    {"pw_gecos", "real name"},      {"pw_dir", "home directory"},
    {"pw_shell", "shell program"},  {NULL, NULL},
};

static PyStructSequence_Desc passwd_desc = {
    "pwd.struct_passwd", "An entry of the user database.", passwd_fields, 7};

static PyObject *
entry_object(PyObject *module, const void *found)
{
    const struct passwd *entry = found;
    PyObject *result = ks_entry_new(module);
    if (result == NULL)
        return NULL;
    PyStructSequence_SET_ITEM(result, 0, ks_entry_text(entry->pw_name));
    PyStructSequence_SET_ITEM(result, 1, ks_entry_text(entry->pw_passwd));
    PyStructSequence_SET_ITEM(result, 2, _PyLong_FromUid(entry->pw_uid));
    PyStructSequence_SET_ITEM(result, 3, _PyLong_FromGid(entry->pw_gid));
    PyStructSequence_SET_ITEM(result, 4, ks_entry_text(entry->pw_gecos));
    PyStructSequence_SET_ITEM(result, 5, ks_entry_text(entry->pw_dir));
    PyStructSequence_SET_ITEM(result, 6, ks_entry_text(entry->pw_shell));
    if (PyErr_Occurred())
        Py_CLEAR(result);
    return result;
}

typedef struct UserQuery {
    EntryQuery base;
    struct passwd entry;
} UserQuery;

static int
user_read(EntryQuery *query, char *buffer, size_t room, void **found)
{
    struct passwd *entry = &((UserQuery *)query)->entry, *result = NULL;
    int error = query->name != NULL ? getpwnam_r(query->name, entry, buffer, room, &result)
                                    : getpwuid_r(query->id, entry, buffer, room, &result);
    *found = result;
    return error;
}

/* Looks up by name, or by uid when name is NULL. As ks_entry_find(). */
static int
look_up(PyObject *module, const char *name, uid_t uid, PyObject **result)
{
    UserQuery query = {{user_read, entry_object, sysconf(_SC_GETPW_R_SIZE_MAX), name, uid}, {0}};
    return ks_entry_find(module, &query.base, result);
}

static PyObject *
pwd_getpwuid(PyObject *module, PyObject *arg)
{
    uid_t uid;
    if (!_Py_Uid_Converter(arg, &uid)) {
        if (PyErr_ExceptionMatches(PyExc_OverflowError))
            PyErr_Format(PyExc_KeyError, "getpwuid(): uid not found");
        return NULL;
    }
    PyObject *result;
    if (look_up(module, NULL, uid, &result))
        return result;
    KS_OWNED PyObject *number = _PyLong_FromUid(uid);
    if (number != NULL)
        PyErr_Format(PyExc_KeyError, "getpwuid(): uid not found: %S", number);
    return NULL;
}

static PyObject *
pwd_getpwnam(PyObject *module, PyObject *arg)
{
    if (!PyUnicode_Check(arg))
        return PyErr_Format(PyExc_TypeError, "getpwnam() argument must be str, not %.50s",
                            arg == Py_None ? "None" : Py_TYPE(arg)->tp_name);
    KS_OWNED PyObject *name = NULL;
    if (!PyUnicode_FSConverter(arg, &name))
        return NULL;
    PyObject *result;
    if (look_up(module, PyBytes_AS_STRING(name), 0, &result))
        return result;
    return PyErr_Format(PyExc_KeyError, "getpwnam(): name not found: %R", arg);
}

static void *
user_next(void)
{
    return getpwent();
}

static PyObject *
pwd_getpwall(PyObject *module, PyObject *unused)
{
    return ks_entry_all(module, setpwent, user_next, endpwent, entry_object);
}

static PyMethodDef pwd_methods[] = {
    METHOD("getpwuid", pwd_getpwuid, METH_O, "($module, uidobj, /)", "The entry of a user id."),
    METHOD("getpwnam", pwd_getpwnam, METH_O, "($module, name, /)", "The entry of a user name."),
    METHOD("getpwall", pwd_getpwall, METH_NOARGS, "($module, /)", "A list of all entries."),
    {NULL, NULL, 0, NULL},
};

static int
pwd_exec(PyObject *module)
{
    return ks_entry_start(module, &passwd_desc);
}

static PyModuleDef_Slot pwd_slots[] = {
    {Py_mod_exec, pwd_exec},
    {0, NULL},
};

static struct PyModuleDef pwd_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "pwd",
    .m_doc = "The user database.",
    .m_size = sizeof(EntryState),
    .m_methods = pwd_methods,
    .m_slots = pwd_slots,
    .m_traverse = ks_entry_traverse,
    .m_clear = ks_entry_clear,
    .m_free = ks_entry_free,
};

PyMODINIT_FUNC
PyInit_pwd(void)
{
    return PyModuleDef_Init(&pwd_module);
}
