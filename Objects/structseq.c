/* SPDX-License-Identifier: MIT */
/* Struct sequences: tuples whose items have names, such as time.struct_time. A type may have more
 * fields than its instances have items; the surplus is reachable by name only. So an instance is
 * allocated for all fields, and its tuple size tells the visible ones alone.
 *
 * The three counts are entries of the type's dict. Fields called PyStructSequence_UnnamedField
 * have an item and no name; the type's member table leaves them out. */
#include "Python.h"
#include "structmember.h"
#include "pycore_global_strings.h"
#include "pycore_object.h"
#include "pycore_structseq.h"
#include "pycore_tuple.h"
#include "pycore_typeobject.h"
#include "ks_args.h"

const char *const PyStructSequence_UnnamedField = "unnamed field";

/* ---- counts ---- */

/* -1 with an exception if the type is no struct sequence. */
static Py_ssize_t
type_count(PyTypeObject *type, PyObject *name)
{
    PyObject *number = PyDict_GetItemWithError(type->tp_dict, name);
    if (number == NULL) {
        if (!PyErr_Occurred())
            PyErr_Format(PyExc_TypeError, "Missed attribute '%U' of type %s", name, type->tp_name);
        return -1;
    }
    return PyLong_AsSsize_t(number);
}

#define VISIBLE_COUNT(type) type_count(type, &_Py_ID(n_sequence_fields))
#define FIELD_COUNT(type) type_count(type, &_Py_ID(n_fields))
#define UNNAMED_COUNT(type) type_count(type, &_Py_ID(n_unnamed_fields))

/* ---- life ---- */

/* All fields NULL. */
PyObject *
PyStructSequence_New(PyTypeObject *type)
{
    Py_ssize_t count = FIELD_COUNT(type), visible = VISIBLE_COUNT(type);
    if (count < 0 || visible < 0)
        return NULL;
    PyStructSequence *self = PyObject_GC_NewVar(PyStructSequence, type, count);
    if (self == NULL)
        return NULL;
    Py_SET_SIZE(self, visible);
    for (Py_ssize_t i = 0; i < count; i++)
        self->ob_item[i] = NULL;
    return (PyObject *)self;
}

void
PyStructSequence_SetItem(PyObject *self, Py_ssize_t index, KS_STEALS PyObject *value)
{
    PyStructSequence_SET_ITEM(self, index, value);
}

PyObject *
PyStructSequence_GetItem(PyObject *self, Py_ssize_t index)
{
    return PyStructSequence_GET_ITEM(self, index);
}

static int
structseq_traverse(PyObject *self, visitproc visit, void *arg)
{
    PyTypeObject *type = Py_TYPE(self);
    if (type->tp_flags & Py_TPFLAGS_HEAPTYPE)
        Py_VISIT(type);
    Py_ssize_t count = FIELD_COUNT(type);
    for (Py_ssize_t i = 0; i < count; i++)
        Py_VISIT(((PyStructSequence *)self)->ob_item[i]);
    return 0;
}

static void
structseq_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_ssize_t count = FIELD_COUNT(type);
    for (Py_ssize_t i = 0; i < count; i++)
        Py_XDECREF(((PyStructSequence *)self)->ob_item[i]);
    PyObject_GC_Del(self);
    if (type->tp_flags & Py_TPFLAGS_HEAPTYPE)
        Py_DECREF(type);
}

typedef struct StructSeqArgs {
    PyObject *sequence, *dict;
} StructSeqArgs;

static const KsParam structseq_params[] = {
    PARAM(StructSeqArgs, sequence, ARG_OBJECT, 1),
    PARAM(StructSeqArgs, dict, ARG_OBJECT, 0),
    PARAM_END,
};

static int
length_check(PyTypeObject *type, Py_ssize_t given, Py_ssize_t least, Py_ssize_t most)
{
    if (given >= least && given <= most)
        return 1;
    if (least == most)
        PyErr_Format(PyExc_TypeError, "%.500s() takes a %zd-sequence (%zd-sequence given)",
                     type->tp_name, least, given);
    else if (given < least)
        PyErr_Format(PyExc_TypeError,
                     "%.500s() takes an at least %zd-sequence (%zd-sequence given)",
                     type->tp_name, least, given);
    else
        PyErr_Format(PyExc_TypeError,
                     "%.500s() takes an at most %zd-sequence (%zd-sequence given)", type->tp_name,
                     most, given);
    return 0;
}

/* The visible items from a sequence, hidden fields from its rest, a dict, or None. */
static PyObject *
structseq_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    StructSeqArgs given = {NULL, NULL};
    if (!ks_args_parse_tuple("structseq", structseq_params, args, kwargs, &given))
        return NULL;
    Py_ssize_t least = VISIBLE_COUNT(type), most = FIELD_COUNT(type);
    Py_ssize_t unnamed = UNNAMED_COUNT(type);
    if (least < 0 || most < 0 || unnamed < 0)
        return NULL;
    KS_OWNED PyObject *items = PySequence_Fast(given.sequence, "constructor requires a sequence");
    if (items == NULL)
        return NULL;
    if (given.dict != NULL && !PyDict_Check(given.dict)) {
        PyErr_Format(PyExc_TypeError, "%.500s() takes a dict as second arg, if any",
                     type->tp_name);
        return NULL;
    }
    Py_ssize_t length = PySequence_Fast_GET_SIZE(items);
    if (!length_check(type, length, least, most))
        return NULL;
    KS_OWNED PyObject *self = PyStructSequence_New(type);
    if (self == NULL)
        return NULL;
    PyObject **fields = ((PyStructSequence *)self)->ob_item;
    for (Py_ssize_t i = 0; i < length; i++)
        fields[i] = Py_NewRef(PySequence_Fast_GET_ITEM(items, i));
    for (Py_ssize_t i = length; i < most; i++) {
        PyObject *value = NULL;
        if (given.dict != NULL) {
            value = _PyDict_GetItemStringWithError(given.dict, type->tp_members[i - unnamed].name);
            if (value == NULL && PyErr_Occurred())
                return NULL;
        }
        fields[i] = Py_NewRef(value != NULL ? value : Py_None);
    }
    _PyObject_GC_TRACK(self);
    return ks_give(&self);
}

/* ---- methods ---- */

static PyObject *
structseq_repr(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    _PyUnicodeWriter writer;
    _PyUnicodeWriter_Init(&writer);
    writer.overallocate = 1;
    if (_PyUnicodeWriter_WriteASCIIString(&writer, type->tp_name, -1) < 0 ||
        _PyUnicodeWriter_WriteChar(&writer, '(') < 0)
        goto failed;
    Py_ssize_t visible = Py_SIZE(self);
    for (Py_ssize_t i = 0; i < visible; i++) {
        if (i > 0 && _PyUnicodeWriter_WriteASCIIString(&writer, ", ", 2) < 0)
            goto failed;
        const char *name = type->tp_members[i].name;
        if (name == NULL) {
            PyErr_Format(PyExc_SystemError,
                         "In structseq_repr(), member %zd name is NULL for type %.500s", i,
                         type->tp_name);
            goto failed;
        }
        PyObject *text = PyUnicode_FromString(name);
        if (text == NULL)
            goto failed;
        int status = _PyUnicodeWriter_WriteStr(&writer, text);
        Py_DECREF(text);
        if (status < 0 || _PyUnicodeWriter_WriteChar(&writer, '=') < 0)
            goto failed;
        text = PyObject_Repr(PyStructSequence_GET_ITEM(self, i));
        if (text == NULL)
            goto failed;
        status = _PyUnicodeWriter_WriteStr(&writer, text);
        Py_DECREF(text);
        if (status < 0)
            goto failed;
    }
    if (_PyUnicodeWriter_WriteChar(&writer, ')') < 0)
        goto failed;
    return _PyUnicodeWriter_Finish(&writer);
failed:
    _PyUnicodeWriter_Dealloc(&writer);
    return NULL;
}

static PyObject *
structseq_reduce(PyObject *self, PyObject *unused)
{
    PyTypeObject *type = Py_TYPE(self);
    Py_ssize_t visible = VISIBLE_COUNT(type), count = FIELD_COUNT(type);
    Py_ssize_t unnamed = UNNAMED_COUNT(type);
    if (visible < 0 || count < 0 || unnamed < 0)
        return NULL;
    KS_OWNED PyObject *items = _PyTuple_FromArray(((PyStructSequence *)self)->ob_item, visible);
    KS_OWNED PyObject *dict = PyDict_New();
    if (items == NULL || dict == NULL)
        return NULL;
    for (Py_ssize_t i = visible; i < count; i++) {
        PyObject *value = PyStructSequence_GET_ITEM(self, i);
        if (PyDict_SetItemString(dict, type->tp_members[i - unnamed].name,
                                 value != NULL ? value : Py_None) < 0)
            return NULL;
    }
    return Py_BuildValue("(O(OO))", type, items, dict);
}

static PyMethodDef structseq_methods[] = {
    METHOD_PLAIN("__reduce__", structseq_reduce, METH_NOARGS, NULL),
    {NULL, NULL, 0, NULL},
};

/* ---- making types ---- */

static Py_ssize_t
desc_count(PyStructSequence_Desc *desc, Py_ssize_t *unnamed)
{
    Py_ssize_t count = 0;
    *unnamed = 0;
    for (; desc->fields[count].name != NULL; count++)
        *unnamed += desc->fields[count].name == PyStructSequence_UnnamedField;
    return count;
}

/* A member table for PyMem_Free; NULL with MemoryError. */
static PyMemberDef *
desc_members(PyStructSequence_Desc *desc, Py_ssize_t count, Py_ssize_t unnamed)
{
    PyMemberDef *members = PyMem_New(PyMemberDef, count - unnamed + 1);
    if (members == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    PyMemberDef *member = members;
    for (Py_ssize_t i = 0; i < count; i++) {
        if (desc->fields[i].name == PyStructSequence_UnnamedField)
            continue;
        *member++ = (PyMemberDef){
            .name = desc->fields[i].name,
            .type = T_OBJECT,
            .offset = (Py_ssize_t)offsetof(PyStructSequence, ob_item) +
                      i * (Py_ssize_t)sizeof(PyObject *),
            .flags = READONLY,
            .doc = desc->fields[i].doc,
        };
    }
    *member = (PyMemberDef){.name = NULL};
    return members;
}

static int
dict_add_count(PyObject *dict, PyObject *name, Py_ssize_t count)
{
    KS_OWNED PyObject *number = PyLong_FromSsize_t(count);
    return number == NULL ? -1 : PyDict_SetItem(dict, name, number);
}

/* The counts, and __match_args__: the visible fields that have names. */
static int
dict_fill(PyObject *dict, PyStructSequence_Desc *desc, Py_ssize_t count, Py_ssize_t unnamed)
{
    if (dict_add_count(dict, &_Py_ID(n_sequence_fields), desc->n_in_sequence) < 0 ||
        dict_add_count(dict, &_Py_ID(n_fields), count) < 0 ||
        dict_add_count(dict, &_Py_ID(n_unnamed_fields), unnamed) < 0)
        return -1;
    KS_OWNED PyObject *names = PyList_New(0);
    if (names == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < desc->n_in_sequence; i++) {
        if (desc->fields[i].name == PyStructSequence_UnnamedField)
            continue;
        KS_OWNED PyObject *name = PyUnicode_FromString(desc->fields[i].name);
        if (name == NULL || PyList_Append(names, name) < 0)
            return -1;
    }
    KS_OWNED PyObject *tuple = PyList_AsTuple(names);
    return tuple == NULL ? -1 : PyDict_SetItem(dict, KS_INTERN("__match_args__"), tuple);
}

#define STRUCTSEQ_SIZE ((Py_ssize_t)(sizeof(PyStructSequence) - sizeof(PyObject *)))

/* Makes a static type ready; tp_flags are added to the usual ones. */
int
_PyStructSequence_InitType(PyTypeObject *type, PyStructSequence_Desc *desc, unsigned long tp_flags)
{
    if (type->tp_flags & Py_TPFLAGS_READY)
        return 0;
    Py_ssize_t unnamed, count = desc_count(desc, &unnamed);
    PyMemberDef *members = desc_members(desc, count, unnamed);
    if (members == NULL)
        return -1;
    if (Py_REFCNT(type) < 1)
        Py_SET_REFCNT(type, 1);
    type->tp_name = desc->name;
    type->tp_basicsize = STRUCTSEQ_SIZE;
    type->tp_itemsize = sizeof(PyObject *);
    type->tp_dealloc = structseq_dealloc;
    type->tp_repr = structseq_repr;
    type->tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | tp_flags;
    type->tp_doc = desc->doc;
    type->tp_base = &PyTuple_Type;
    type->tp_methods = structseq_methods;
    type->tp_new = structseq_new;
    type->tp_traverse = structseq_traverse;
    type->tp_members = members;
    if (PyType_Ready(type) < 0 || dict_fill(type->tp_dict, desc, count, unnamed) < 0) {
        type->tp_members = NULL;
        PyMem_Free(members);
        return -1;
    }
    Py_INCREF(type);
    return 0;
}

int
PyStructSequence_InitType2(PyTypeObject *type, PyStructSequence_Desc *desc)
{
    return _PyStructSequence_InitType(type, desc, 0);
}

void
PyStructSequence_InitType(PyTypeObject *type, PyStructSequence_Desc *desc)
{
    (void)_PyStructSequence_InitType(type, desc, 0);
}

void
_PyStructSequence_FiniType(PyTypeObject *type)
{
    if (type->tp_name == NULL || type->tp_subclasses != NULL)
        return;
    PyMemberDef *members = type->tp_members;
    _PyStaticType_Dealloc(type);
    type->tp_members = NULL;
    PyMem_Free(members);
    type->tp_name = NULL;
    type->tp_base = NULL;
}

PyTypeObject *
_PyStructSequence_NewType(PyStructSequence_Desc *desc, unsigned long tp_flags)
{
    Py_ssize_t unnamed, count = desc_count(desc, &unnamed);
    PyMemberDef *members = desc_members(desc, count, unnamed);
    if (members == NULL)
        return NULL;
    PyType_Slot slots[] = {
        {Py_tp_dealloc, (void *)structseq_dealloc},
        {Py_tp_repr, (void *)structseq_repr},
        {Py_tp_doc, (void *)desc->doc},
        {Py_tp_methods, structseq_methods},
        {Py_tp_new, (void *)structseq_new},
        {Py_tp_members, members},
        {Py_tp_traverse, (void *)structseq_traverse},
        {0, NULL},
    };
    PyType_Spec spec = {
        .name = desc->name,
        .basicsize = (int)STRUCTSEQ_SIZE,
        .itemsize = sizeof(PyObject *),
        .flags = (unsigned int)(Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | tp_flags),
        .slots = slots,
    };
    KS_OWNED PyObject *type = PyType_FromSpecWithBases(&spec, (PyObject *)&PyTuple_Type);
    PyMem_Free(members);
    if (type == NULL ||
        dict_fill(((PyTypeObject *)type)->tp_dict, desc, count, unnamed) < 0)
        return NULL;
    return (PyTypeObject *)ks_give(&type);
}

PyTypeObject *
PyStructSequence_NewType(PyStructSequence_Desc *desc)
{
    return _PyStructSequence_NewType(desc, 0);
}
