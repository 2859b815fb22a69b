/* SPDX-License-Identifier: MIT */
/* The pwd module: entries of the user database. */
#include "Python.h"

#include <errno.h>
#include <pwd.h>
#include <unistd.h>
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

typedef struct PwdState {
    PyTypeObject *struct_passwd;
} PwdState;

static PyObject *
text_or_none(const char *text)
{
    return text != NULL ? PyUnicode_DecodeFSDefault(text) : Py_NewRef(Py_None);
}

static PyObject *
entry_object(PyObject *module, const struct passwd *entry)
{
    PyObject *result = PyStructSequence_New(((PwdState *)PyModule_GetState(module))->struct_passwd);
    if (result == NULL)
        return NULL;
    PyStructSequence_SET_ITEM(result, 0, text_or_none(entry->pw_name));
    PyStructSequence_SET_ITEM(result, 1, text_or_none(entry->pw_passwd));
    PyStructSequence_SET_ITEM(result, 2, _PyLong_FromUid(entry->pw_uid));
    PyStructSequence_SET_ITEM(result, 3, _PyLong_FromGid(entry->pw_gid));
    PyStructSequence_SET_ITEM(result, 4, text_or_none(entry->pw_gecos));
    PyStructSequence_SET_ITEM(result, 5, text_or_none(entry->pw_dir));
    PyStructSequence_SET_ITEM(result, 6, text_or_none(entry->pw_shell));
    if (PyErr_Occurred())
        Py_CLEAR(result);
    return result;
}

/* Looks up by name, or by uid when name is NULL. 1 with the entry's object in *result (NULL with an
 * exception), 0 when there is none. */
static int
look_up(PyObject *module, const char *name, uid_t uid, PyObject **result)
{
    struct passwd entry, *found = NULL;
    long wanted = sysconf(_SC_GETPW_R_SIZE_MAX);
    size_t room = wanted > 0 ? (size_t)wanted : 1024;
    char *buffer = NULL;
    int error = ERANGE;
    *result = NULL;
    while (error == ERANGE) {
        char *bigger = room < ((size_t)1 << 30) ? PyMem_RawRealloc(buffer, room) : NULL;
        if (bigger == NULL) {
            error = ENOMEM;
            break;
        }
        buffer = bigger;
        Py_BEGIN_ALLOW_THREADS
        error = name != NULL ? getpwnam_r(name, &entry, buffer, room, &found)
                             : getpwuid_r(uid, &entry, buffer, room, &found);
        Py_END_ALLOW_THREADS
        room *= 2;
    }
    int is_known = 1;
    if (error == ENOMEM && found == NULL)
        PyErr_NoMemory();
    else if (error != 0 || found == NULL)
        is_known = 0;
    else
        *result = entry_object(module, found);
    PyMem_RawFree(buffer);
    return is_known;
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

static PyObject *
pwd_getpwall(PyObject *module, PyObject *unused)
{
    KS_OWNED PyObject *list = PyList_New(0);
    struct passwd *entry;
    setpwent();
    while (list != NULL && (entry = getpwent()) != NULL) {
        KS_OWNED PyObject *object = entry_object(module, entry);
        if (object == NULL || PyList_Append(list, object) < 0)
            Py_CLEAR(list);
    }
    endpwent();
    return ks_give(&list);
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
    PwdState *state = PyModule_GetState(module);
    state->struct_passwd = PyStructSequence_NewType(&passwd_desc);
    if (state->struct_passwd == NULL)
        return -1;
    return PyModule_AddObjectRef(module, "struct_passwd", (PyObject *)state->struct_passwd);
}

static int
pwd_traverse(PyObject *module, visitproc visit, void *arg)
{
    Py_VISIT(((PwdState *)PyModule_GetState(module))->struct_passwd);
    return 0;
}

static int
pwd_clear(PyObject *module)
{
    Py_CLEAR(((PwdState *)PyModule_GetState(module))->struct_passwd);
    return 0;
}

static void
pwd_free(void *module)
{
    pwd_clear((PyObject *)module);
}

static PyModuleDef_Slot pwd_slots[] = {
    {Py_mod_exec, pwd_exec},
    {0, NULL},
};

static struct PyModuleDef pwd_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "pwd",
    .m_doc = "The user database.",
    .m_size = sizeof(PwdState),
    .m_methods = pwd_methods,
    .m_slots = pwd_slots,
    .m_traverse = pwd_traverse,
    .m_clear = pwd_clear,
    .m_free = pwd_free,
};

PyMODINIT_FUNC
PyInit_pwd(void)
{
    return PyModuleDef_Init(&pwd_module);
}
