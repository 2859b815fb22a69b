/* SPDX-License-Identifier: MIT */
/* Trees of C nodes to trees of `ast` objects and back, both driven by one table of fields.
 *
 * A field's row knows where the value lies in the C node and how it is stored; a class's row knows
 * its fields. ast.def is the source of all rows, so that no node has code of its own here. */
#include "ks_ast_types.h"

#include "pycore_pystate.h"

/* How a field's value is stored. */
typedef enum FieldStore {
    STORE_expr, STORE_stmt, STORE_pattern, STORE_excepthandler, STORE_type_ignore, STORE_mod,
    STORE_arguments, STORE_arg, STORE_keyword, STORE_alias, STORE_withitem, STORE_match_case,
    STORE_comprehension, STORE_expr_context, STORE_boolop, STORE_operator, STORE_unaryop,
    STORE_cmpop, STORE_identifier, STORE_string, STORE_constant, STORE_int
} FieldStore;

enum { COUNT_ONE, COUNT_OPT, COUNT_SEQ };

typedef struct Field {
    const char *name;
    PyObject *interned;
    short offset;
    unsigned char store, count;
} Field;

static Field fields[] = {
#define NODE_FIELD(name, type, node, field, kind, count) \
    {#field, NULL, offsetof(struct type, v.node.field), STORE_##kind, COUNT_##count},
#define PRODUCT_FIELD(name, type, field, kind, count) \
    {#field, NULL, offsetof(struct type, field), STORE_##kind, COUNT_##count},
#include "../Parser/ast.def"
};

/* A constructor or a product. */
typedef struct Shape {
    const char *name;
    short slot, size, field_start, field_count;
} Shape;

/* A class of nodes: its shapes are shapes[first .. first + count - 1] by kind - 1. */
typedef struct Class {
    const char *name;
    short slot, positions; /* offset of lineno; -1 without position */
    short is_sum, first, count;
    short needs_end; /* end_lineno and end_col_offset may not be left out */
} Class;

static Shape shapes[] = {
#define NODE_BEGIN(name, type, node) \
    {#node, KS_SLOT_##node, KS_NODE_BYTES(struct type, node), 0, 0
#define NODE_FIELD(name, type, node, field, kind, count) + 1
#define NODE_END(name, type, node) },
#define PRODUCT_BEGIN(name, type, attrs) {#name, KS_SLOT_##name, sizeof(struct type), 0, 0
#define PRODUCT_FIELD(name, type, field, kind, count) + 1
#define PRODUCT_END(name, type, attrs) },
#include "../Parser/ast.def"
};

#define LINENO_POSITIONED(type) offsetof(struct type, lineno)
#define LINENO_PLACED(type) offsetof(struct type, lineno)
#define LINENO_PLAIN(type) -1
#define NEEDS_POSITIONED 0
#define NEEDS_PLACED 1
#define NEEDS_PLAIN 0
static Class classes[] = {
#define SUM_BEGIN(name, type, attrs) \
    [STORE_##name] = {#name, KS_SLOT_##name, LINENO_##attrs(type), 1, 0, 0
#define NODE_BEGIN(name, type, node) + 1
#define SUM_END(name, type, attrs) , NEEDS_##attrs},
#define PRODUCT_BEGIN(name, type, attrs) \
    [STORE_##name] = {#name, KS_SLOT_##name, LINENO_##attrs(type), 0, 0, 1, NEEDS_##attrs},
#include "../Parser/ast.def"
};

/* Operators and contexts: their classes and instances are pairs of slots after the class's. */
static const struct {
    const char *name;
    short slot, count;
} enums[] = {
#define ENUM_BEGIN(name, type) [STORE_##name - STORE_expr_context] = {#name, KS_SLOT_##name, 0
#define ENUM_VALUE(name, type, value) + 1
#define ENUM_END(name, type) },
#include "../Parser/ast.def"
};

static const char *const position_names[4] = {"lineno", "col_offset", "end_lineno",
                                              "end_col_offset"};
static PyObject *positions[4];

/* Fills in what the rows cannot say themselves. Rows of classes[] follow FieldStore's order, those
 * of shapes[] and fields[] the order of ast.def. */
static int
tables_init(void)
{
    static const short order[] = {
#define SUM_BEGIN(name, type, attrs) STORE_##name,
#define PRODUCT_BEGIN(name, type, attrs) STORE_##name,
#include "../Parser/ast.def"
    };
    static int is_ready;
    if (is_ready)
        return ks_ast_types_init();
    short shape = 0, field = 0;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(order); i++) {
        classes[order[i]].first = shape;
        shape += classes[order[i]].count;
    }
    for (size_t i = 0; i < Py_ARRAY_LENGTH(shapes); i++) {
        shapes[i].field_start = field;
        field += shapes[i].field_count;
    }
    for (size_t i = 0; i < Py_ARRAY_LENGTH(fields); i++) {
        if ((fields[i].interned = PyUnicode_InternFromString(fields[i].name)) == NULL)
            return -1;
    }
    for (int i = 0; i < 4; i++) {
        if ((positions[i] = PyUnicode_InternFromString(position_names[i])) == NULL)
            return -1;
    }
    is_ready = 1;
    return ks_ast_types_init();
}

typedef struct Walk {
    KsArena *arena;
    int depth, limit;
} Walk;

static int
walk_enter(Walk *walk, const char *what)
{
    if (++walk->depth <= walk->limit)
        return 1;
    PyErr_Format(PyExc_RecursionError, "maximum recursion depth exceeded %s", what);
    return 0;
}

static void
walk_start(Walk *walk, KsArena *arena)
{
    PyThreadState *tstate = _PyThreadState_GET();
    int used = tstate->recursion_limit - tstate->recursion_remaining;
    *walk = (Walk){arena, 0, 0};
    walk->limit = tstate->recursion_limit > INT_MAX / 3 ? INT_MAX
                                                        : (tstate->recursion_limit - used) * 3;
}

/* ---- to objects ---- */

static KS_NEW PyObject *node_to_object(Walk *walk, int store, void *node);

/* A value that is not a sequence. */
static KS_NEW PyObject *
value_to_object(Walk *walk, int store, const void *place)
{
    if (store <= STORE_comprehension)
        return node_to_object(walk, store, *(void *const *)place);
    if (store <= STORE_cmpop)
        return Py_NewRef(ks_ast_slots[enums[store - STORE_expr_context].slot + 2 * *(const int *)place]);
    if (store == STORE_int)
        return PyLong_FromLong(*(const int *)place);
    PyObject *value = *(PyObject *const *)place;
    return Py_NewRef(value != NULL ? value : Py_None);
}

static KS_NEW PyObject *
sequence_to_list(Walk *walk, int store, const void *seq)
{
    Py_ssize_t count = seq != NULL ? *(const Py_ssize_t *)seq : 0;
    KS_OWNED PyObject *list = PyList_New(count);
    size_t step = store == STORE_cmpop ? sizeof(int) : sizeof(void *);
    for (Py_ssize_t i = 0; i < count && list != NULL; i++) {
        const char *place = (const char *)seq + sizeof(Py_ssize_t) + (size_t)i * step;
        PyObject *item = value_to_object(walk, store, place);
        if (item == NULL)
            return NULL;
        PyList_SET_ITEM(list, i, item);
    }
    return ks_give(&list);
}

static KS_NEW PyObject *
node_to_object(Walk *walk, int store, void *node)
{
    if (node == NULL)
        return Py_NewRef(Py_None);
    const Class *class = &classes[store];
    const Shape *shape = &shapes[class->first + (class->is_sum ? *(int *)node - 1 : 0)];
    PyTypeObject *type = (PyTypeObject *)ks_ast_slots[shape->slot];
    if (!walk_enter(walk, "during ast construction"))
        return NULL;
    KS_OWNED PyObject *object = PyType_GenericNew(type, NULL, NULL);
    if (object == NULL)
        return NULL;
    for (int i = 0; i < shape->field_count; i++) {
        const Field *field = &fields[shape->field_start + i];
        const char *place = (const char *)node + field->offset;
        KS_OWNED PyObject *value = field->count == COUNT_SEQ
                                       ? sequence_to_list(walk, field->store, *(void *const *)place)
                                       : value_to_object(walk, field->store, place);
        if (value == NULL || PyObject_GenericSetAttr(object, field->interned, value) < 0)
            return NULL;
    }
    for (int i = 0; class->positions >= 0 && i < 4; i++) {
        KS_OWNED PyObject *value = PyLong_FromLong(((int *)((char *)node + class->positions))[i]);
        if (value == NULL || PyObject_GenericSetAttr(object, positions[i], value) < 0)
            return NULL;
    }
    walk->depth--;
    return ks_give(&object);
}

PyObject *
ks_ast_to_object(KsMod *mod)
{
    Walk walk;
    if (tables_init() < 0)
        return NULL;
    walk_start(&walk, NULL);
    return node_to_object(&walk, STORE_mod, mod);
}

/* ---- from objects ---- */

static int node_from_object(Walk *walk, int store, PyObject *object, void **node);

static int
arena_keep(Walk *walk, PyObject *object, PyObject **place)
{
    *place = object;
    return ks_arena_own(walk->arena, Py_NewRef(object)) == 0;
}

static int
enum_from_object(int store, PyObject *object, int *value)
{
    int slot = enums[store - STORE_expr_context].slot, count = enums[store - STORE_expr_context].count;
    for (int i = 1; i <= count; i++) {
        int is_one = PyObject_IsInstance(object, ks_ast_slots[slot + 2 * i - 1]);
        if (is_one < 0)
            return 0;
        if (is_one) {
            *value = i;
            return 1;
        }
    }
    PyErr_Format(PyExc_TypeError, "expected some sort of %s, but got %R",
                 enums[store - STORE_expr_context].name, object);
    return 0;
}

static int
int_from_object(PyObject *object, int *value)
{
    if (!PyLong_Check(object)) {
        PyErr_Format(PyExc_ValueError, "invalid integer value: %R", object);
        return 0;
    }
    *value = _PyLong_AsInt(object);
    return *value != -1 || !PyErr_Occurred();
}

static int
value_from_object(Walk *walk, int store, PyObject *object, void *place)
{
    if (store <= STORE_comprehension)
        return node_from_object(walk, store, object, place);
    if (store <= STORE_cmpop)
        return enum_from_object(store, object, place);
    if (store == STORE_int)
        return int_from_object(object, place);
    if (store == STORE_identifier && object != Py_None && !PyUnicode_CheckExact(object)) {
        PyErr_SetString(PyExc_TypeError, "AST identifier must be of type str");
        return 0;
    }
    if (store == STORE_string && !PyUnicode_CheckExact(object) && !PyBytes_CheckExact(object)) {
        PyErr_SetString(PyExc_TypeError, "AST string must be of type str");
        return 0;
    }
    if (store == STORE_identifier && object == Py_None) {
        *(PyObject **)place = NULL;
        return 1;
    }
    if (store == STORE_identifier) {
        /* The compiler compares names by identity. */
        PyObject *name = Py_NewRef(object);
        PyUnicode_InternInPlace(&name);
        *(PyObject **)place = name;
        return ks_arena_own(walk->arena, name) == 0;
    }
    return arena_keep(walk, object, place);
}

static int
sequence_from_list(Walk *walk, const Shape *shape, const Field *field, PyObject *list, void **place)
{
    size_t step = field->store == STORE_cmpop ? sizeof(int) : sizeof(void *);
    if (!PyList_Check(list)) {
        PyErr_Format(PyExc_TypeError, "%s field \"%s\" must be a list, not a %.200s", shape->name,
                     field->name, _PyType_Name(Py_TYPE(list)));
        return 0;
    }
    Py_ssize_t count = PyList_GET_SIZE(list);
    char *seq = ks_seq_make(walk->arena, count, step);
    if (seq == NULL)
        return 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        KS_OWNED PyObject *item = Py_NewRef(PyList_GET_ITEM(list, i));
        if (Py_EnterRecursiveCall(""))
            return 0;
        int ok = value_from_object(walk, field->store, item,
                                   seq + sizeof(Py_ssize_t) + (size_t)i * step);
        Py_LeaveRecursiveCall();
        if (!ok)
            return 0;
        if (count != PyList_GET_SIZE(list)) {
            PyErr_Format(PyExc_RuntimeError, "%s field \"%s\" changed size during iteration",
                         shape->name, field->name);
            return 0;
        }
    }
    *place = seq;
    return 1;
}

static int
field_from_object(Walk *walk, const Shape *shape, const Field *field, PyObject *object, char *node)
{
    PyObject *found;
    char *place = node + field->offset;
    if (_PyObject_LookupAttr(object, field->interned, &found) < 0)
        return 0;
    KS_OWNED PyObject *value = found;
    if (field->count == COUNT_OPT && (value == NULL || value == Py_None))
        return 1;
    if (value == NULL) {
        PyErr_Format(PyExc_TypeError, "required field \"%s\" missing from %s", field->name,
                     shape->name);
        return 0;
    }
    if (field->count == COUNT_SEQ)
        return sequence_from_list(walk, shape, field, value, (void **)place);
    if (!value_from_object(walk, field->store, value, place))
        return 0;
    return 1;
}

/* lineno and the rest from object into numbers[0..3]. */
static int
positions_from_object(const Class *class, PyObject *object, int *numbers)
{
    for (int i = 0; i < 4; i++) {
        PyObject *found;
        if (_PyObject_LookupAttr(object, positions[i], &found) < 0)
            return 0;
        KS_OWNED PyObject *value = found;
        if (i >= 2 && !class->needs_end && (value == NULL || value == Py_None))
            numbers[i] = numbers[i - 2];
        else if (value == NULL) {
            PyErr_Format(PyExc_TypeError, "required field \"%s\" missing from %s",
                         position_names[i], class->name);
            return 0;
        }
        else if (!int_from_object(value, &numbers[i]))
            return 0;
    }
    return 1;
}

/* Fields that the grammar requires but that were None. */
static int
check_required(const Shape *shape, const char *node)
{
    for (int i = 0; i < shape->field_count; i++) {
        const Field *field = &fields[shape->field_start + i];
        if (field->count != COUNT_ONE || field->store == STORE_int)
            continue;
        int is_missing = field->store >= STORE_expr_context && field->store <= STORE_cmpop
                             ? *(const int *)(node + field->offset) == 0
                             : *(void *const *)(node + field->offset) == NULL;
        if (is_missing) {
            PyErr_Format(PyExc_ValueError, "field '%s' is required for %s", field->name,
                         shape->name);
            return 0;
        }
    }
    return 1;
}

static int
node_from_object(Walk *walk, int store, PyObject *object, void **result)
{
    const Class *class = &classes[store];
    const Shape *shape = &shapes[class->first];
    int numbers[4], kind = 0;
    *result = NULL;
    if (class->is_sum) {
        if (object == Py_None)
            return 1;
        int is_one = PyObject_IsInstance(object, ks_ast_slots[class->slot]);
        if (is_one < 0)
            return 0;
        if (!is_one) {
            PyErr_Format(PyExc_TypeError, "expected some sort of %s, but got %R", class->name,
                         object);
            return 0;
        }
        if (class->positions >= 0 && !positions_from_object(class, object, numbers))
            return 0;
        for (kind = 1; kind <= class->count; kind++, shape++) {
            is_one = PyObject_IsInstance(object, ks_ast_slots[shape->slot]);
            if (is_one < 0)
                return 0;
            if (is_one)
                break;
        }
        if (kind > class->count) {
            PyErr_Format(PyExc_TypeError, "expected some sort of %s, but got %R", class->name,
                         object);
            return 0;
        }
    }
    char *node = ks_arena_alloc(walk->arena, (size_t)shape->size);
    if (node == NULL)
        return 0;
    memset(node, 0, (size_t)shape->size);
    if (class->is_sum)
        *(int *)node = kind;
    char where[64];
    PyOS_snprintf(where, sizeof(where), " while traversing '%s' node", shape->name);
    if (Py_EnterRecursiveCall(where))
        return 0;
    int ok = 1;
    for (int i = 0; i < shape->field_count && ok; i++)
        ok = field_from_object(walk, shape, &fields[shape->field_start + i], object, node);
    Py_LeaveRecursiveCall();
    if (ok && !class->is_sum && class->positions >= 0)
        ok = positions_from_object(class, object, numbers);
    if (!ok || !check_required(shape, node))
        return 0;
    if (class->positions >= 0)
        memcpy(node + class->positions, numbers, sizeof(numbers));
    *result = node;
    return 1;
}

KsMod *
ks_ast_from_object(PyObject *object, KsArena *arena, int mode)
{
    static const short slots[] = {KS_SLOT_Module, KS_SLOT_Expression, KS_SLOT_Interactive,
                                  KS_SLOT_FunctionType};
    static const char *const names[] = {"Module", "Expression", "Interactive", "FunctionType"};
    Walk walk;
    void *mod;
    if (PySys_Audit("compile", "OO", object, Py_None) < 0 || tables_init() < 0)
        return NULL;
    int is_one = PyObject_IsInstance(object, ks_ast_slots[slots[mode]]);
    if (is_one < 0)
        return NULL;
    if (!is_one) {
        PyErr_Format(PyExc_TypeError, "expected %s node, got %.400s", names[mode],
                     _PyType_Name(Py_TYPE(object)));
        return NULL;
    }
    walk_start(&walk, arena);
    return node_from_object(&walk, STORE_mod, object, &mod) ? mod : NULL;
}

int
ks_ast_check(PyObject *object)
{
    if (tables_init() < 0)
        return -1;
    return PyObject_IsInstance(object, ks_ast_slots[KS_SLOT_AST]);
}

KsExpr *
ks_ast_docstring(KsStmtSeq *body)
{
    if (KS_LEN(body) == 0 || body->items[0]->kind != KS_Expr)
        return NULL;
    KsExpr *expr = body->items[0]->v.Expr.value;
    if (expr->kind != KS_Constant || !PyUnicode_CheckExact(expr->v.Constant.value))
        return NULL;
    return expr;
}
