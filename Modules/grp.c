/* SPDX-License-Identifier: MIT */
/* The grp module: entries of the group database. */
#include "Python.h"

#include <errno.h>
#include <grp.h>
#include <unistd.h>
#include "entry_parts.h"
#include "ks_args.h"
#include "ks_posix.h"

static PyStructSequence_Field group_fields[] = {
    {"gr_name", "group name"},
    {"gr_passwd", "password"},
    {"gr_gid", "group id"},
    {"gr_mem", "group members"},
    {NULL, NULL},
};

static PyStructSequence_Desc group_desc = {
    "grp.struct_group", "An entry of the group database.", group_fields, 4};

typedef struct Call {
    PyObject *id, *name;
} Call;

static PyObject *
entry_object(PyObject *module, const void *found)
{
    const struct group *entry = found;
    KS_OWNED PyObject *members = PyList_New(0);
    if (members == NULL)
        return NULL;
    for (char **member = entry->gr_mem; member != NULL && *member != NULL; member++) {
        KS_OWNED PyObject *name = PyUnicode_DecodeFSDefault(*member);
        if (name == NULL || PyList_Append(members, name) < 0)
            return NULL;
    }
    PyObject *result = ks_entry_new(module);
    if (result == NULL)
        return NULL;
    PyStructSequence_SET_ITEM(result, 0, PyUnicode_DecodeFSDefault(entry->gr_name));
    PyStructSequence_SET_ITEM(result, 1, ks_entry_text(entry->gr_passwd));
    PyStructSequence_SET_ITEM(result, 2, _PyLong_FromGid(entry->gr_gid));
    PyStructSequence_SET_ITEM(result, 3, ks_give(&members));
    if (PyErr_Occurred())
        Py_CLEAR(result);
    return result;
}

typedef struct GroupQuery {
    EntryQuery base;
    struct group entry;
} GroupQuery;

static int
group_read(EntryQuery *query, char *buffer, size_t room, void **found)
{
    struct group *entry = &((GroupQuery *)query)->entry, *result = NULL;
    int error = query->name != NULL ? getgrnam_r(query->name, entry, buffer, room, &result)
                                    : getgrgid_r(query->id, entry, buffer, room, &result);
    *found = result;
    return error;
}

/* Looks up by name, or by gid when name is NULL. As ks_entry_find(). */
static int
look_up(PyObject *module, const char *name, gid_t gid, PyObject **result)
{
    GroupQuery query = {{group_read, entry_object, sysconf(_SC_GETGR_R_SIZE_MAX), name, gid}, {0}};
    return ks_entry_find(module, &query.base, result);
}

static PyObject *
grp_getgrgid(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(Call, id, ARG_OBJECT, 1), PARAM_END};
    Call call = {0};
    gid_t gid;
    if (!ks_args_parse("getgrgid", params, args, nargs, kwnames, &call) ||
        !_Py_Gid_Converter(call.id, &gid))
        return NULL;
    PyObject *result;
    if (look_up(module, NULL, gid, &result))
        return result;
    KS_OWNED PyObject *number = _PyLong_FromGid(gid);
    if (number != NULL)
        PyErr_Format(PyExc_KeyError, "getgrgid(): gid not found: %S", number);
    return NULL;
}

static PyObject *
grp_getgrnam(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(Call, name, ARG_STR, 1), PARAM_END};
    Call call = {0};
    KS_OWNED PyObject *name = NULL;
    if (!ks_args_parse("getgrnam", params, args, nargs, kwnames, &call) ||
        !PyUnicode_FSConverter(call.name, &name))
        return NULL;
    PyObject *result;
    if (look_up(module, PyBytes_AS_STRING(name), 0, &result))
        return result;
    return PyErr_Format(PyExc_KeyError, "getgrnam(): name not found: %R", call.name);
}

static void *
group_next(void)
{
    return getgrent();
}

static PyObject *
grp_getgrall(PyObject *module, PyObject *unused)
{
    return ks_entry_all(module, setgrent, group_next, endgrent, entry_object);
}

static PyMethodDef grp_methods[] = {
    METHOD("getgrgid", grp_getgrgid, METH_FASTCALL | METH_KEYWORDS, "($module, /, id)",
           "The entry of a group id."),
    METHOD("getgrnam", grp_getgrnam, METH_FASTCALL | METH_KEYWORDS, "($module, /, name)",
           "The entry of a group name."),
    METHOD("getgrall", grp_getgrall, METH_NOARGS, "($module, /)", "A list of all entries."),
    {NULL, NULL, 0, NULL},
};

static int
grp_exec(PyObject *module)
{
    return ks_entry_start(module, &group_desc);
}

static PyModuleDef_Slot grp_slots[] = {
    {Py_mod_exec, grp_exec},
    {0, NULL},
};

static struct PyModuleDef grp_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "grp",
    .m_doc = "The group database.",
    .m_size = sizeof(EntryState),
    .m_methods = grp_methods,
    .m_slots = grp_slots,
    .m_traverse = ks_entry_traverse,
    .m_clear = ks_entry_clear,
    .m_free = ks_entry_free,
};

PyMODINIT_FUNC
PyInit_grp(void)
{
    return PyModuleDef_Init(&grp_module);
}
