/* SPDX-License-Identifier: MIT */
/* Copies of elements and what pickle stores of them. A deep copy goes through the tree with a stack
 * of its own, so that only Python code on the way (a subclass's __deepcopy__, objects in place of
 * texts) can nest. The memo knows each copy before its children are copied: a tree may contain
 * itself. */
#include "etree_parts.h"

/* ---- shallow -------------------------------------------------------------------------------- */

/* The element's dict of attributes as it stands in its body, new; NULL without an exception if
 * it has none. */
static PyObject *
attrib_peek(EtreeElement *self)
{
    return self->body == NULL ? NULL : Py_XNewRef(self->body->attrib);
}

PyObject *
ks_etree_copy(PyObject *op, PyObject *ignored)
{
    EtreeElement *self = ETREE(op);
    KS_OWNED PyObject *copy = ks_etree_element(self->tag, NULL);
    if (copy == NULL)
        return NULL;
    ks_etree_replace(&ETREE(copy)->text, self->text);
    ks_etree_replace(&ETREE(copy)->tail, self->tail);
    if (self->body == NULL)
        return ks_give(&copy);
    if (ks_etree_reserve(ETREE(copy), self->body->count) < 0)
        return NULL;
    ETREE(copy)->body->attrib = Py_XNewRef(self->body->attrib);
    for (Py_ssize_t i = 0; i < self->body->count; i++) {
        if (ks_etree_append(ETREE(copy), self->body->children[i]) < 0)
            return NULL;
    }
    return ks_give(&copy);
}

/* ---- deep ----------------------------------------------------------------------------------- */

/* A copy by copy.deepcopy(); what cannot change is its own copy. */
static KS_NEW PyObject *
part_copy(PyObject *part, PyObject *memo)
{
    if (part == Py_None || PyUnicode_CheckExact(part))
        return Py_NewRef(part);
    return PyObject_CallFunctionObjArgs(ks_etree.deepcopy, part, memo, NULL);
}

static int
slot_copy(PyObject **to, PyObject *const *from, PyObject *memo)
{
    KS_OWNED PyObject *part = Py_NewRef(*from);
    KS_OWNED PyObject *copy = part_copy(part, memo);
    if (copy == NULL)
        return -1;
    ks_etree_replace(to, copy);
    return 0;
}

/* A plain dict of texts is copied at once. */
static KS_NEW PyObject *
attrib_copy(PyObject *attrib, PyObject *memo)
{
    PyObject *key, *value;
    Py_ssize_t place = 0;
    if (!PyDict_CheckExact(attrib))
        return part_copy(attrib, memo);
    while (PyDict_Next(attrib, &place, &key, &value)) {
        if (!PyUnicode_CheckExact(key) || !PyUnicode_CheckExact(value))
            return part_copy(attrib, memo);
    }
    return PyDict_Copy(attrib);
}

/* A copy of the element but for its children, known to the memo. */
static KS_NEW PyObject *
element_copy(EtreeElement *self, PyObject *memo)
{
    KS_OWNED PyObject *copy = ks_etree_element(Py_None, NULL);
    KS_OWNED PyObject *key = PyLong_FromVoidPtr(self);
    if (copy == NULL || key == NULL || PyDict_SetItem(memo, key, copy) < 0
        || slot_copy(&ETREE(copy)->tag, &self->tag, memo) < 0 || slot_copy(&ETREE(copy)->text, &self->text, memo) < 0
        || slot_copy(&ETREE(copy)->tail, &self->tail, memo) < 0)
        return NULL;
    KS_OWNED PyObject *attrib = attrib_peek(self);
    if (attrib != NULL) {
        KS_OWNED PyObject *dict = attrib_copy(attrib, memo);
        if (dict == NULL || ks_etree_body(ETREE(copy)) == NULL)
            return NULL;
        ks_etree_replace(&ETREE(copy)->body->attrib, dict);
    }
    return ks_give(&copy);
}

/* Elements that are being copied, each with its copy and the child that comes next. */
typedef struct Copying {
    PyObject *from, *to; /* owned */
    Py_ssize_t next;
} Copying;

typedef struct CopyStack {
    Copying *rows;
    size_t depth, room;
} CopyStack;

static int
copying_push(CopyStack *stack, PyObject *from, PyObject *to)
{
    if (stack->depth == stack->room) {
        size_t room = stack->room * 2 + 16;
        Copying *rows = room > PY_SSIZE_T_MAX / sizeof *rows ? NULL : PyMem_Realloc(stack->rows, room * sizeof *rows);
        if (rows == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        stack->rows = rows;
        stack->room = room;
    }
    stack->rows[stack->depth++] = (Copying){Py_NewRef(from), Py_NewRef(to), 0};
    return 0;
}

static void
copying_pop(CopyStack *stack)
{
    Copying row = stack->rows[--stack->depth];
    Py_DECREF(row.from);
    Py_DECREF(row.to);
}

/* The copy of a child. A plain element is pushed, its children come later. */
static KS_NEW PyObject *
child_copy(CopyStack *stack, PyObject *child, PyObject *memo)
{
    if (!Py_IS_TYPE(child, &ks_etree_element_type)) {
        KS_OWNED PyObject *copy = PyObject_CallFunctionObjArgs(ks_etree.deepcopy, child, memo, NULL);
        return copy == NULL || !ks_etree_expect(copy) ? NULL : ks_give(&copy);
    }
    KS_OWNED PyObject *key = PyLong_FromVoidPtr(child);
    if (key == NULL)
        return NULL;
    PyObject *known = PyDict_GetItemWithError(memo, key);
    if (known != NULL)
        return ks_etree_expect(known) ? Py_NewRef(known) : NULL;
    KS_OWNED PyObject *copy = PyErr_Occurred() ? NULL : element_copy(ETREE(child), memo);
    if (copy == NULL || (etree_count(ETREE(child)) > 0 && copying_push(stack, child, copy) < 0))
        return NULL;
    return ks_give(&copy);
}

/* Copies until all rows are done; -1 with an exception. */
static int
copying_run(CopyStack *stack, PyObject *memo)
{
    while (stack->depth > 0) {
        Copying *top = &stack->rows[stack->depth - 1];
        EtreeElement *from = ETREE(top->from);
        if (top->next >= etree_count(from)) {
            copying_pop(stack);
            continue;
        }
        KS_OWNED PyObject *to = Py_NewRef(top->to);
        KS_OWNED PyObject *child = Py_NewRef(from->body->children[top->next++]);
        KS_OWNED PyObject *copy = child_copy(stack, child, memo);
        if (copy == NULL || ks_etree_append(ETREE(to), copy) < 0)
            return -1;
    }
    return 0;
}

PyObject *
ks_etree_deepcopy(PyObject *self, PyObject *memo)
{
    if (!PyDict_Check(memo)) {
        PyErr_Format(PyExc_TypeError, "__deepcopy__() argument must be dict, not %.50s",
                     memo == Py_None ? "None" : Py_TYPE(memo)->tp_name);
        return NULL;
    }
    CopyStack stack = {NULL, 0, 0};
    PyObject *copy = element_copy(ETREE(self), memo);
    if (copy != NULL && (copying_push(&stack, self, copy) < 0 || copying_run(&stack, memo) < 0))
        Py_CLEAR(copy);
    while (stack.depth > 0)
        copying_pop(&stack);
    PyMem_Free(stack.rows);
    return copy;
}

/* ---- pickling ------------------------------------------------------------------------------- */

PyObject *
ks_etree_getstate(PyObject *op, PyObject *ignored)
{
    EtreeElement *self = ETREE(op);
    KS_OWNED PyObject *children = ks_etree_children(self);
    KS_OWNED PyObject *attrib = attrib_peek(self);
    if (attrib == NULL)
        attrib = PyDict_New();
    if (children == NULL || attrib == NULL)
        return NULL;
    return Py_BuildValue("{sOsOsOsOsO}", "tag", self->tag, "_children", children, "attrib", attrib, "text", self->text,
                         "tail", self->tail);
}

enum { STATE_TAG, STATE_ATTRIB, STATE_TEXT, STATE_TAIL, STATE_CHILDREN, STATE_COUNT };

/* Sorts the entries of a state into values; the list of children is last. */
static int
state_read(PyObject *state, PyObject *values[STATE_COUNT])
{
    static const char *const names[STATE_COUNT] = {"tag", "attrib", "text", "tail", "_children"};
    PyObject *key, *value;
    Py_ssize_t place = 0;
    while (PyDict_Next(state, &place, &key, &value)) {
        int which = 0;
        if (!PyUnicode_Check(key)) {
            PyErr_SetString(PyExc_TypeError, "keywords must be strings");
            return 0;
        }
        while (which < STATE_COUNT && PyUnicode_CompareWithASCIIString(key, names[which]) != 0)
            which++;
        if (which == STATE_COUNT) {
            PyErr_Format(PyExc_TypeError, "'%U' is an invalid keyword argument for this function", key);
            return 0;
        }
        values[which] = value;
    }
    if (values[STATE_TAG] == NULL)
        PyErr_SetString(PyExc_TypeError, "tag may not be NULL");
    else if (values[STATE_CHILDREN] != NULL && !PyList_Check(values[STATE_CHILDREN]))
        PyErr_SetString(PyExc_TypeError, "'_children' is not a list");
    else
        return 1;
    return 0;
}

PyObject *
ks_etree_setstate(PyObject *op, PyObject *state)
{
    EtreeElement *self = ETREE(op);
    PyObject *values[STATE_COUNT] = {NULL};
    if (!PyDict_CheckExact(state)) {
        PyErr_Format(PyExc_TypeError, "Don't know how to unpickle \"%.200R\" as an Element", state);
        return NULL;
    }
    /* A copy, as what is dropped on the way may change the caller's dict. */
    KS_OWNED PyObject *kept = PyDict_Copy(state);
    if (kept == NULL || !state_read(kept, values))
        return NULL;
    if (values[STATE_CHILDREN] != NULL && ks_etree_set_children(self, values[STATE_CHILDREN]) < 0)
        return NULL;
    if (values[STATE_ATTRIB] != NULL) {
        EtreeBody *body = ks_etree_body(self);
        if (body == NULL)
            return NULL;
        ks_etree_replace(&body->attrib, values[STATE_ATTRIB]);
    }
    ks_etree_replace(&self->tag, values[STATE_TAG]);
    ks_etree_replace(&self->text, values[STATE_TEXT] == NULL ? Py_None : values[STATE_TEXT]);
    ks_etree_replace(&self->tail, values[STATE_TAIL] == NULL ? Py_None : values[STATE_TAIL]);
    Py_RETURN_NONE;
}
