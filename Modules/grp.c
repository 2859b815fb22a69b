/* SPDX-License-Identifier: MIT */
/* The grp module: entries of the group database. */
#include "Python.h"

#include <errno.h>
#include <grp.h>
#include <unistd.h>
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

typedef struct GrpState {
    PyTypeObject *struct_group;
} GrpState;

typedef struct Call {
    PyObject *id, *name;
} Call;

static PyObject *
entry_object(PyObject *module, const struct group *entry)
{
    KS_OWNED PyObject *members = PyList_New(0);
    if (members == NULL)
        return NULL;
    for (char **member = entry->gr_mem; member != NULL && *member != NULL; member++) {
        KS_OWNED PyObject *name = PyUnicode_DecodeFSDefault(*member);
        if (name == NULL || PyList_Append(members, name) < 0)
            return NULL;
    }
    PyObject *result = PyStructSequence_New(((GrpState *)PyModule_GetState(module))->struct_group);
    if (result == NULL)
        return NULL;
    PyStructSequence_SET_ITEM(result, 0, PyUnicode_DecodeFSDefault(entry->gr_name));
    PyStructSequence_SET_ITEM(result, 1,
                              entry->gr_passwd != NULL ? PyUnicode_DecodeFSDefault(entry->gr_passwd)
                                                       : Py_NewRef(Py_None));
    PyStructSequence_SET_ITEM(result, 2, _PyLong_FromGid(entry->gr_gid));
    PyStructSequence_SET_ITEM(result, 3, ks_give(&members));
    if (PyErr_Occurred())
        Py_CLEAR(result);
    return result;
}

/* Looks up by name, or by gid when name is NULL. 1 with the entry's object in *result (NULL with an
 * exception), 0 when there is none. */
static int
look_up(PyObject *module, const char *name, gid_t gid, PyObject **result)
{
    struct group entry, *found = NULL;
    long wanted = sysconf(_SC_GETGR_R_SIZE_MAX);
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
        error = name != NULL ? getgrnam_r(name, &entry, buffer, room, &found)
                             : getgrgid_r(gid, &entry, buffer, room, &found);
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

static PyObject *
grp_getgrall(PyObject *module, PyObject *unused)
{
    KS_OWNED PyObject *list = PyList_New(0);
    struct group *entry;
    setgrent();
    while (list != NULL && (entry = getgrent()) != NULL) {
        KS_OWNED PyObject *object = entry_object(module, entry);
        if (object == NULL || PyList_Append(list, object) < 0)
            Py_CLEAR(list);
    }
    endgrent();
    return ks_give(&list);
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
    GrpState *state = PyModule_GetState(module);
    state->struct_group = PyStructSequence_NewType(&group_desc);
    if (state->struct_group == NULL)
        return -1;
    return PyModule_AddObjectRef(module, "struct_group", (PyObject *)state->struct_group);
}

static int
grp_traverse(PyObject *module, visitproc visit, void *arg)
{
    Py_VISIT(((GrpState *)PyModule_GetState(module))->struct_group);
    return 0;
}

static int
grp_clear(PyObject *module)
{
    Py_CLEAR(((GrpState *)PyModule_GetState(module))->struct_group);
    return 0;
}

static void
grp_free(void *module)
{
    grp_clear((PyObject *)module);
}

static PyModuleDef_Slot grp_slots[] = {
    {Py_mod_exec, grp_exec},
    {0, NULL},
};

static struct PyModuleDef grp_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "grp",
    .m_doc = "The group database.",
    .m_size = sizeof(GrpState),
    .m_methods = grp_methods,
    .m_slots = grp_slots,
    .m_traverse = grp_traverse,
    .m_clear = grp_clear,
    .m_free = grp_free,
};

PyMODINIT_FUNC
PyInit_grp(void)
{
    return PyModuleDef_Init(&grp_module);
}
