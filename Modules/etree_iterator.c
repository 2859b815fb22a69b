/* SPDX-License-Identifier: MIT */
/* What Element.iter() and Element.itertext() return: a walk through the tree in document order. The
 * walk keeps each element on its way and the number of the child that comes next, so the tree may
 * change meanwhile; how deep it is does not matter to the C stack. */
#include "etree_parts.h"

#include "ks_args.h"

#define LEVELS_INSIDE 8

typedef struct Level {
    EtreeElement *element; /* owned */
    Py_ssize_t next;
} Level;

typedef struct Walk {
    PyObject_HEAD
    PyObject *root;   /* until it was visited */
    PyObject *sought; /* a tag, or NULL for all */
    int wants_text;
    Py_ssize_t depth, room;
    Level *levels; /* inside, or an array of its own */
    Level inside[LEVELS_INSIDE];
} Walk;

#define WALK(op) ((Walk *)(op))

static KS_NEW PyObject *
walk_new(PyObject *root, PyObject *sought, int wants_text)
{
    Walk *self = PyObject_GC_New(Walk, &ks_etree_iterator_type);
    if (self == NULL)
        return NULL;
    self->root = Py_NewRef(root);
    self->sought = Py_XNewRef(sought);
    self->wants_text = wants_text;
    self->depth = 0;
    self->room = LEVELS_INSIDE;
    self->levels = self->inside;
    PyObject_GC_Track(self);
    return (PyObject *)self;
}

static int
walk_traverse(PyObject *op, visitproc visit, void *arg)
{
    Walk *self = WALK(op);
    Py_VISIT(self->root);
    Py_VISIT(self->sought);
    for (Py_ssize_t i = 0; i < self->depth; i++)
        Py_VISIT(self->levels[i].element);
    return 0;
}

static int
walk_clear(PyObject *op)
{
    Walk *self = WALK(op);
    Py_CLEAR(self->root);
    Py_CLEAR(self->sought);
    while (self->depth > 0)
        Py_DECREF(self->levels[--self->depth].element);
    return 0;
}

static void
walk_dealloc(PyObject *op)
{
    Walk *self = WALK(op);
    PyObject_GC_UnTrack(op);
    walk_clear(op);
    if (self->levels != self->inside)
        PyMem_Free(self->levels);
    PyObject_GC_Del(op);
}

static int
walk_push(Walk *self, EtreeElement *element)
{
    if (self->depth == self->room) {
        int inside = self->levels == self->inside;
        size_t room = (size_t)self->room * 2;
        Level *grown = room > PY_SSIZE_T_MAX / sizeof *grown
                           ? NULL
                           : PyMem_Realloc(inside ? NULL : self->levels, room * sizeof *grown);
        if (grown == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        if (inside)
            memcpy(grown, self->inside, sizeof self->inside);
        self->levels = grown;
        self->room = (Py_ssize_t)room;
    }
    self->levels[self->depth++] = (Level){ETREE(Py_NewRef(element)), 0};
    return 0;
}

/* The next element on the way down, new and pushed; or the one that is left, with *leaving set.
 * NULL at the end or with an exception. */
static KS_NEW PyObject *
walk_step(Walk *self, int *leaving)
{
    KS_OWNED PyObject *element = NULL;
    *leaving = 0;
    if (self->depth == 0)
        element = ks_give(&self->root);
    else {
        Level *level = &self->levels[self->depth - 1];
        if (level->next >= etree_count(level->element)) {
            self->depth--;
            *leaving = 1;
            return (PyObject *)level->element;
        }
        element = Py_NewRef(level->element->body->children[level->next++]);
    }
    if (element == NULL || walk_push(self, ETREE(element)) < 0)
        return NULL;
    return ks_give(&element);
}

static PyObject *
walk_next_element(Walk *self)
{
    for (;;) {
        int leaving, equal = 1;
        KS_OWNED PyObject *element = walk_step(self, &leaving);
        if (element == NULL)
            return NULL;
        if (leaving)
            continue;
        if (self->sought != NULL)
            equal = ks_etree_tag_equals(ETREE(element), self->sought);
        if (equal != 0)
            return equal < 0 ? NULL : ks_give(&element);
    }
}

/* Text that is false is left out; so is the tail of the element where the walk began. */
static PyObject *
walk_next_text(Walk *self)
{
    for (;;) {
        int leaving;
        KS_OWNED PyObject *element = walk_step(self, &leaving);
        if (element == NULL)
            return NULL;
        if (leaving && self->depth == 0)
            continue;
        KS_OWNED PyObject *text = Py_NewRef(leaving ? ETREE(element)->tail : ETREE(element)->text);
        int given = text == Py_None ? 0 : PyObject_IsTrue(text);
        if (given != 0)
            return given < 0 ? NULL : ks_give(&text);
    }
}

static PyObject *
walk_next(PyObject *self)
{
    return WALK(self)->wants_text ? walk_next_text(WALK(self)) : walk_next_element(WALK(self));
}

PyTypeObject ks_etree_iterator_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_elementtree._element_iterator",
    .tp_basicsize = sizeof(Walk),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_dealloc = walk_dealloc,
    .tp_traverse = walk_traverse,
    .tp_clear = walk_clear,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = walk_next,
};

/* ---- methods of elements -------------------------------------------------------------------- */

typedef struct IterArgs {
    PyObject *tag;
} IterArgs;

static const KsParam iter_params[] = {PARAM(IterArgs, tag, ARG_OBJECT, 0), PARAM_END};

static int
tag_is_any(PyObject *tag)
{
    if (PyUnicode_Check(tag))
        return PyUnicode_CompareWithASCIIString(tag, "*") == 0;
    return tag == Py_None || (PyBytes_Check(tag) && strcmp(PyBytes_AS_STRING(tag), "*") == 0);
}

PyObject *
ks_etree_iter(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    IterArgs in = {Py_None};
    if (!ks_args_parse("iter", iter_params, args, nargs, kwnames, &in))
        return NULL;
    return walk_new(self, tag_is_any(in.tag) ? NULL : in.tag, 0);
}

PyObject *
ks_etree_itertext(PyObject *self, PyObject *ignored)
{
    return walk_new(self, NULL, 1);
}
