/* SPDX-License-Identifier: MIT */
/* The classes of the `ast` module: AST itself and what ast.def lists.
 *
 * They are made once, on first use, in ks_ast_slots. A class tells its fields, its documentation is
 * its row in the grammar, and optional fields have None as the class's own attribute. */
#include "ks_ast_types.h"

#include "pycore_pystate.h"
#include "structmember.h"

PyObject *ks_ast_slots[KS_SLOT_COUNT];

/* ---- AST ---- */

typedef struct AstObject {
    PyObject_HEAD
    PyObject *dict;
} AstObject;

static int
ast_traverse(AstObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->dict);
    return 0;
}

static int
ast_clear(AstObject *self)
{
    Py_CLEAR(self->dict);
    return 0;
}

static void
ast_dealloc(AstObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    ast_clear(self);
    type->tp_free((PyObject *)self);
    Py_DECREF(type);
}

static int
ast_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *found, *key, *value;
    Py_ssize_t field_count = 0, given = PyTuple_GET_SIZE(args), at = 0;
    if (_PyObject_LookupAttr((PyObject *)Py_TYPE(self), KS_INTERN("_fields"), &found) < 0)
        return -1;
    KS_OWNED PyObject *fields = found;
    if (fields != NULL && (field_count = PySequence_Size(fields)) == -1)
        return -1;
    if (given > field_count) {
        PyErr_Format(PyExc_TypeError, "%.400s constructor takes at most %zd positional argument%s",
                     _PyType_Name(Py_TYPE(self)), field_count, field_count == 1 ? "" : "s");
        return -1;
    }
    for (Py_ssize_t i = 0; i < given; i++) {
        KS_OWNED PyObject *name = PySequence_GetItem(fields, i);
        if (name == NULL || PyObject_SetAttr(self, name, PyTuple_GET_ITEM(args, i)) < 0)
            return -1;
    }
    while (kwargs != NULL && PyDict_Next(kwargs, &at, &key, &value)) {
        int contains = fields != NULL ? PySequence_Contains(fields, key) : 0;
        if (contains < 0)
            return -1;
        if (contains) {
            Py_ssize_t index = PySequence_Index(fields, key);
            if (index == -1)
                return -1;
            if (index < given) {
                PyErr_Format(PyExc_TypeError, "%.400s got multiple values for argument '%U'",
                             Py_TYPE(self)->tp_name, key);
                return -1;
            }
        }
        if (PyObject_SetAttr(self, key, value) < 0)
            return -1;
    }
    return 0;
}

static PyObject *
ast_reduce(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    PyObject *dict;
    if (_PyObject_LookupAttr(self, KS_INTERN("__dict__"), &dict) < 0)
        return NULL;
    if (dict != NULL)
        return Py_BuildValue("O()N", Py_TYPE(self), dict);
    return Py_BuildValue("O()", Py_TYPE(self));
}

static PyMemberDef ast_members[] = {
    {"__dictoffset__", T_PYSSIZET, offsetof(AstObject, dict), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyMethodDef ast_methods[] = {
    {"__reduce__", ast_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef ast_getset[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot ast_slots[] = {
    {Py_tp_dealloc, ast_dealloc},
    {Py_tp_getattro, PyObject_GenericGetAttr},
    {Py_tp_setattro, PyObject_GenericSetAttr},
    {Py_tp_traverse, ast_traverse},
    {Py_tp_clear, ast_clear},
    {Py_tp_members, ast_members},
    {Py_tp_methods, ast_methods},
    {Py_tp_getset, ast_getset},
    {Py_tp_init, ast_init},
    {Py_tp_alloc, PyType_GenericAlloc},
    {Py_tp_new, PyType_GenericNew},
    {Py_tp_free, PyObject_GC_Del},
    {0, NULL},
};

static PyType_Spec ast_spec = {
    "ast.AST", sizeof(AstObject), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC, ast_slots,
};

/* ---- the rows as data ---- */

typedef struct FieldRow {
    const char *name, *kind;
    char mark; /* '\0', '?' or '*' */
} FieldRow;

typedef enum RowWhat { ROW_ENUM, ROW_SUM, ROW_PRODUCT, ROW_MEMBER } RowWhat;

/* One class; members of a class follow it. */
typedef struct ClassRow {
    const char *name;
    short slot;
    char what, positioned, is_simple;
    short field_start, field_count;
} ClassRow;

#define MARK_ONE '\0'
#define MARK_OPT '?'
#define MARK_SEQ '*'
static const FieldRow field_rows[] = {
#define NODE_FIELD(name, type, node, field, kind, count) {#field, #kind, MARK_##count},
#define PRODUCT_FIELD(name, type, field, kind, count) {#field, #kind, MARK_##count},
#include "../Parser/ast.def"
};

#define HAS_POSITIONED 1
#define HAS_PLACED 2
#define HAS_PLAIN 0
static ClassRow class_rows[] = {
#define ENUM_BEGIN(name, type) {#name, KS_SLOT_##name, ROW_ENUM, 0, 1, 0, 0},
#define ENUM_VALUE(name, type, value) {#value, KS_SLOT_##value, ROW_MEMBER, 0, 1, 0, 0},
#define SUM_BEGIN(name, type, attrs) {#name, KS_SLOT_##name, ROW_SUM, HAS_##attrs, 0, 0, 0},
#define NODE_BEGIN(name, type, node) {#node, KS_SLOT_##node, ROW_MEMBER, 0, 0, 0, 0
#define NODE_FIELD(name, type, node, field, kind, count) + 1
#define NODE_END(name, type, node) },
#define PRODUCT_BEGIN(name, type, attrs) {#name, KS_SLOT_##name, ROW_PRODUCT, HAS_##attrs, 0, 0, 0
#define PRODUCT_FIELD(name, type, field, kind, count) + 1
#define PRODUCT_END(name, type, attrs) },
#include "../Parser/ast.def"
};

/* "name(kind field, ...)" as the grammar writes it. */
static KS_NEW PyObject *
class_signature(const ClassRow *row)
{
    if (row->field_count == 0)
        return PyUnicode_FromString(row->name);
    KS_OWNED PyObject *text = PyUnicode_FromFormat("%s(", row->name);
    for (int i = 0; i < row->field_count && text != NULL; i++) {
        const FieldRow *field = &field_rows[row->field_start + i];
        char mark[2] = {field->mark, '\0'};
        Py_SETREF(text, PyUnicode_FromFormat("%U%s%s%s %s", text, i ? ", " : "", field->kind, mark,
                                             field->name));
    }
    return text ? PyUnicode_FromFormat("%U)", text) : NULL;
}

/* "name = A(...) | B": on one line for operators, else one line each. */
static KS_NEW PyObject *
class_doc(const ClassRow *row)
{
    if (row->what == ROW_MEMBER || row->what == ROW_PRODUCT)
        return class_signature(row);
    KS_OWNED PyObject *text = PyUnicode_FromFormat("%s = ", row->name);
    char pad[32];
    memset(pad, ' ', sizeof(pad));
    pad[strlen(row->name) + 1] = '\0';
    const ClassRow *end = class_rows + Py_ARRAY_LENGTH(class_rows);
    for (const ClassRow *member = row + 1; member < end && member->what == ROW_MEMBER; member++) {
        KS_OWNED PyObject *one = class_signature(member);
        if (one == NULL || text == NULL)
            return NULL;
        if (member == row + 1)
            Py_SETREF(text, PyUnicode_FromFormat("%U%U", text, one));
        else if (row->is_simple)
            Py_SETREF(text, PyUnicode_FromFormat("%U | %U", text, one));
        else
            Py_SETREF(text, PyUnicode_FromFormat("%U\n%s| %U", text, pad, one));
    }
    return ks_give(&text);
}

static KS_NEW PyObject *
class_fields(const ClassRow *row)
{
    PyObject *names = PyTuple_New(row->field_count);
    for (int i = 0; i < row->field_count && names != NULL; i++) {
        PyObject *name = PyUnicode_InternFromString(field_rows[row->field_start + i].name);
        if (name == NULL)
            Py_CLEAR(names);
        else
            PyTuple_SET_ITEM(names, i, name);
    }
    return names;
}

static int
class_make(const ClassRow *row, PyObject *base)
{
    KS_OWNED PyObject *fields = class_fields(row), *doc = class_doc(row);
    if (fields == NULL || doc == NULL)
        return -1;
    KS_OWNED PyObject *type = PyObject_CallFunction(
        (PyObject *)&PyType_Type, "s(O){OOOOOOOO}", row->name, base, KS_INTERN("_fields"), fields,
        KS_INTERN("__match_args__"), fields, KS_INTERN("__module__"), KS_INTERN("ast"),
        KS_INTERN("__doc__"), doc);
    if (type == NULL)
        return -1;
    if (row->what != ROW_MEMBER) {
        KS_OWNED PyObject *attributes =
            row->positioned ? Py_BuildValue("(ssss)", "lineno", "col_offset", "end_lineno",
                                            "end_col_offset")
                            : PyTuple_New(0);
        if (attributes == NULL || PyObject_SetAttrString(type, "_attributes", attributes) < 0)
            return -1;
    }
    for (int i = 0; i < row->field_count; i++) {
        const FieldRow *field = &field_rows[row->field_start + i];
        if (field->mark == '?' && PyObject_SetAttrString(type, field->name, Py_None) < 0)
            return -1;
    }
    if (row->positioned == HAS_POSITIONED &&
        (PyObject_SetAttrString(type, "end_lineno", Py_None) < 0 ||
         PyObject_SetAttrString(type, "end_col_offset", Py_None) < 0))
        return -1;
    ks_ast_slots[row->slot] = ks_give(&type);
    return 0;
}

static int
ast_base_make(void)
{
    KS_OWNED PyObject *base = PyType_FromSpec(&ast_spec), *empty = PyTuple_New(0);
    if (base == NULL || empty == NULL ||
        PyObject_SetAttrString(base, "_fields", empty) < 0 ||
        PyObject_SetAttrString(base, "__match_args__", empty) < 0 ||
        PyObject_SetAttrString(base, "_attributes", empty) < 0)
        return -1;
    ks_ast_slots[KS_SLOT_AST] = ks_give(&base);
    return 0;
}

int
ks_ast_types_init(void)
{
    static int is_ready;
    if (is_ready && ks_ast_slots[KS_SLOT_AST] != NULL)
        return 0;
    if (ks_ast_slots[KS_SLOT_AST] == NULL && ast_base_make() < 0)
        return -1;
    PyObject *base = ks_ast_slots[KS_SLOT_AST];
    int field = 0, is_enum = 0;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(class_rows); i++) {
        ClassRow *row = &class_rows[i];
        row->field_start = (short)field;
        field += row->field_count;
    }
    for (size_t i = 0; i < Py_ARRAY_LENGTH(class_rows); i++) {
        ClassRow *row = &class_rows[i];
        if (row->what != ROW_MEMBER) {
            base = ks_ast_slots[KS_SLOT_AST];
            is_enum = row->what == ROW_ENUM;
        }
        if (ks_ast_slots[row->slot] == NULL && class_make(row, base) < 0)
            return -1;
        if (row->what != ROW_MEMBER)
            base = ks_ast_slots[row->slot];
        else if (is_enum && ks_ast_slots[row->slot + 1] == NULL) {
            ks_ast_slots[row->slot + 1] =
                PyType_GenericNew((PyTypeObject *)ks_ast_slots[row->slot], NULL, NULL);
            if (ks_ast_slots[row->slot + 1] == NULL)
                return -1;
        }
    }
    is_ready = 1;
    return 0;
}

/* Drops the classes, which all interpreters share, when the main one ends. */
void
_PyAST_Fini(PyInterpreterState *interp)
{
    if (!_Py_IsMainInterpreter(interp))
        return;
    for (int i = 0; i < KS_SLOT_COUNT; i++)
        Py_CLEAR(ks_ast_slots[i]);
}
