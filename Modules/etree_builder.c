/* SPDX-License-Identifier: MIT */
/* The type xml.etree.ElementTree.TreeBuilder: calls of start(), end() and data() become a tree.
 *
 * Text is collected until the next call that is not text, and becomes the text of the element that
 * was opened last or the tail of the one that was closed last. From the parser it comes as bytes of
 * UTF-8, gathered in a buffer and decoded once; from Python code as objects, gathered in a list. The
 * buffer goes into the list before an object does, so the list always comes first. */
#include "etree_parts.h"

#include "ks_args.h"

typedef struct Builder {
    PyObject_HEAD
    PyObject *root, *last; /* or NULL */
    int in_tail;           /* text belongs to last's tail */
    PyObject **open;       /* elements without their end, owned; the innermost is last */
    Py_ssize_t depth, room;
    PyObject *pieces; /* a list, or NULL */
    char *buffer;
    Py_ssize_t buffer_used, buffer_room;
    EtreeNames blanks;
    PyObject *element_factory, *comment_factory, *pi_factory; /* or NULL */
    int insert_comments, insert_pis;
    int own_comments, own_pis; /* the factory was given by the caller: it is always called */
    PyObject *append;          /* of the queue of events, or NULL */
    PyObject *events[ETREE_EVENTS]; /* the names of those that are wanted */
} Builder;

#define BUILDER(op) ((Builder *)(op))
#define BUFFER_FIRST 256

/* ---- lifecycle ------------------------------------------------------------------------------ */

static PyObject *
builder_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    return type->tp_alloc(type, 0);
}

PyObject *
ks_etree_builder_new(void)
{
    return builder_new(&ks_etree_builder_type, NULL, NULL);
}

typedef struct BuilderArgs {
    PyObject *element_factory, *comment_factory, *pi_factory;
    int insert_comments, insert_pis;
} BuilderArgs;

static const KsParam builder_params[] = {
    PARAM(BuilderArgs, element_factory, ARG_OBJECT, 0), PARAM_KWONLY(BuilderArgs, comment_factory, ARG_OBJECT, 0),
    PARAM_KWONLY(BuilderArgs, pi_factory, ARG_OBJECT, 0), PARAM_KWONLY(BuilderArgs, insert_comments, ARG_BOOL, 0),
    PARAM_KWONLY(BuilderArgs, insert_pis, ARG_BOOL, 0), PARAM_END};

/* Without any factory, a comment or an instruction is no element and cannot be inserted. */
static int
factory_set(PyObject **slot, PyObject *given, PyObject *fallback, int *is_own)
{
    *is_own = given != Py_None;
    PyObject *factory = *is_own ? given : fallback;
    Py_XSETREF(*slot, Py_XNewRef(factory));
    return factory != NULL;
}

static int
builder_init(PyObject *op, PyObject *args, PyObject *kwargs)
{
    Builder *self = BUILDER(op);
    BuilderArgs in = {Py_None, Py_None, Py_None, 0, 0};
    int ignored;
    if (!ks_args_parse_tuple("TreeBuilder", builder_params, args, kwargs, &in))
        return -1;
    factory_set(&self->element_factory, in.element_factory, NULL, &ignored);
    self->insert_comments
        = factory_set(&self->comment_factory, in.comment_factory, ks_etree.comment_factory, &self->own_comments)
          && in.insert_comments;
    self->insert_pis
        = factory_set(&self->pi_factory, in.pi_factory, ks_etree.pi_factory, &self->own_pis) && in.insert_pis;
    return 0;
}

static int
builder_traverse(PyObject *op, visitproc visit, void *arg)
{
    Builder *self = BUILDER(op);
    Py_VISIT(self->root);
    Py_VISIT(self->last);
    for (Py_ssize_t i = 0; i < self->depth; i++)
        Py_VISIT(self->open[i]);
    Py_VISIT(self->pieces);
    Py_VISIT(self->element_factory);
    Py_VISIT(self->comment_factory);
    Py_VISIT(self->pi_factory);
    Py_VISIT(self->append);
    for (int i = 0; i < ETREE_EVENTS; i++)
        Py_VISIT(self->events[i]);
    return 0;
}

static int
builder_clear(PyObject *op)
{
    Builder *self = BUILDER(op);
    Py_CLEAR(self->root);
    Py_CLEAR(self->last);
    while (self->depth > 0)
        Py_DECREF(self->open[--self->depth]);
    Py_CLEAR(self->pieces);
    Py_CLEAR(self->element_factory);
    Py_CLEAR(self->comment_factory);
    Py_CLEAR(self->pi_factory);
    Py_CLEAR(self->append);
    for (int i = 0; i < ETREE_EVENTS; i++)
        Py_CLEAR(self->events[i]);
    return 0;
}

static void
builder_dealloc(PyObject *op)
{
    Builder *self = BUILDER(op);
    PyObject_GC_UnTrack(op);
    builder_clear(op);
    ks_etree_names_drop(&self->blanks);
    PyMem_Free(self->open);
    PyMem_Free(self->buffer);
    Py_TYPE(op)->tp_free(op);
}

/* ---- text ----------------------------------------------------------------------------------- */

int
ks_etree_builder_text(PyObject *op, const char *text, Py_ssize_t length)
{
    Builder *self = BUILDER(op);
    if (self->last == NULL)
        return 0;
    if (length > self->buffer_room - self->buffer_used) {
        size_t room = ((size_t)self->buffer_used + (size_t)length) * 2;
        if (room < BUFFER_FIRST)
            room = BUFFER_FIRST;
        char *grown = room > PY_SSIZE_T_MAX ? NULL : PyMem_Realloc(self->buffer, room);
        if (grown == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        self->buffer = grown;
        self->buffer_room = (Py_ssize_t)room;
    }
    memcpy(self->buffer + self->buffer_used, text, (size_t)length);
    self->buffer_used += length;
    return 0;
}

static int
is_blank(const char *text, Py_ssize_t length)
{
    for (Py_ssize_t i = 0; i < length; i++) {
        if (text[i] != ' ' && text[i] != '\n' && text[i] != '\t')
            return 0;
    }
    return 1;
}

/* The buffer's text as a str; the buffer stays as it is. */
static KS_NEW PyObject *
buffer_str(Builder *self)
{
    if (is_blank(self->buffer, self->buffer_used))
        return ks_etree_blank(&self->blanks, self->buffer, self->buffer_used);
    return PyUnicode_DecodeUTF8(self->buffer, self->buffer_used, "strict");
}

/* Moves the buffer's text into the list of pieces. */
static int
buffer_to_pieces(Builder *self)
{
    if (self->pieces == NULL && (self->pieces = PyList_New(0)) == NULL)
        return -1;
    if (self->buffer_used == 0)
        return 0;
    KS_OWNED PyObject *text = buffer_str(self);
    if (text == NULL || PyList_Append(self->pieces, text) < 0)
        return -1;
    self->buffer_used = 0;
    return 0;
}

int
ks_etree_builder_data(PyObject *op, PyObject *data)
{
    Builder *self = BUILDER(op);
    if (self->last == NULL)
        return 0;
    return buffer_to_pieces(self) < 0 ? -1 : PyList_Append(self->pieces, data);
}

/* All that was collected, as one object: a str, or what a single call of data() gave. */
static KS_NEW PyObject *
collected(Builder *self)
{
    if (self->pieces == NULL)
        return buffer_str(self);
    if (buffer_to_pieces(self) < 0)
        return NULL;
    if (PyList_GET_SIZE(self->pieces) == 1)
        return Py_NewRef(PyList_GET_ITEM(self->pieces, 0));
    KS_OWNED PyObject *empty = PyUnicode_New(0, 0);
    return empty == NULL ? NULL : PyUnicode_Join(empty, self->pieces);
}

static KS_NEW PyObject *
text_join(PyObject *before, PyObject *text)
{
    KS_OWNED PyObject *empty = PyUnicode_New(0, 0);
    KS_OWNED PyObject *both = PyTuple_Pack(2, before, text);
    return empty == NULL || both == NULL ? NULL : PyUnicode_Join(empty, both);
}

/* Adds text to the attribute of an element that is not a plain one. */
static int
attribute_extend(PyObject *element, PyObject *name, PyObject *text)
{
    KS_OWNED PyObject *before = PyObject_GetAttr(element, name);
    if (before == NULL)
        return -1;
    KS_OWNED PyObject *whole = before == Py_None ? Py_NewRef(text) : text_join(before, text);
    return whole == NULL ? -1 : PyObject_SetAttr(element, name, whole);
}

static int
slot_extend(PyObject **slot, PyObject *text)
{
    KS_OWNED PyObject *before = Py_NewRef(*slot);
    KS_OWNED PyObject *whole = before == Py_None ? Py_NewRef(text) : text_join(before, text);
    if (whole == NULL)
        return -1;
    ks_etree_replace(slot, whole);
    return 0;
}

/* Gives the collected text to its element. On failure it stays collected. */
static int
builder_flush(Builder *self)
{
    if (self->buffer_used == 0 && self->pieces == NULL)
        return 0;
    KS_OWNED PyObject *text = collected(self);
    KS_OWNED PyObject *last = Py_XNewRef(self->last);
    if (text == NULL || last == NULL)
        return -1;
    int status;
    if (Py_IS_TYPE(last, &ks_etree_element_type))
        status = slot_extend(self->in_tail ? &ETREE(last)->tail : &ETREE(last)->text, text);
    else
        status = attribute_extend(last, self->in_tail ? KS_INTERN("tail") : KS_INTERN("text"), text);
    if (status < 0)
        return -1;
    self->buffer_used = 0;
    Py_CLEAR(self->pieces);
    return 0;
}

/* ---- events --------------------------------------------------------------------------------- */

void
ks_etree_builder_listen(PyObject *op, PyObject *append)
{
    Builder *self = BUILDER(op);
    ks_etree_replace(&self->append, append);
    for (int i = 0; i < ETREE_EVENTS; i++)
        Py_CLEAR(self->events[i]);
}

void
ks_etree_builder_want(PyObject *op, EtreeEvent event, PyObject *name)
{
    ks_etree_replace(&BUILDER(op)->events[event], name);
}

int
ks_etree_builder_wants(PyObject *op, EtreeEvent event)
{
    return BUILDER(op)->events[event] != NULL && BUILDER(op)->append != NULL;
}

int
ks_etree_builder_send(PyObject *op, EtreeEvent event, KS_STEALS PyObject *value)
{
    Builder *self = BUILDER(op);
    KS_OWNED PyObject *owned = value;
    if (owned == NULL)
        return -1;
    if (!ks_etree_builder_wants(op, event))
        return 0;
    KS_OWNED PyObject *append = Py_NewRef(self->append);
    KS_OWNED PyObject *pair = PyTuple_Pack(2, self->events[event], owned);
    KS_OWNED PyObject *result = pair == NULL ? NULL : PyObject_CallOneArg(append, pair);
    return result == NULL ? -1 : 0;
}

static inline int
event_send(Builder *self, EtreeEvent event, PyObject *value)
{
    if (KS_LIKELY(self->events[event] == NULL))
        return 0;
    return ks_etree_builder_send((PyObject *)self, event, Py_NewRef(value));
}

/* ---- elements ------------------------------------------------------------------------------- */

static int
open_push(Builder *self, PyObject *element)
{
    if (self->depth == self->room) {
        size_t room = (size_t)self->room * 2 + 16;
        PyObject **grown
            = room > PY_SSIZE_T_MAX / sizeof *grown ? NULL : PyMem_Realloc(self->open, room * sizeof *grown);
        if (grown == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        self->open = grown;
        self->room = (Py_ssize_t)room;
    }
    self->open[self->depth++] = Py_NewRef(element);
    return 0;
}

static int
parent_append(PyObject *parent, PyObject *child)
{
    if (KS_LIKELY(Py_IS_TYPE(parent, &ks_etree_element_type)))
        return ks_etree_expect(child) ? ks_etree_append(ETREE(parent), child) : -1;
    KS_OWNED PyObject *result = PyObject_CallMethodOneArg(parent, KS_INTERN("append"), child);
    return result == NULL ? -1 : 0;
}

/* Adds a child to the innermost open element, if there is one. */
static int
innermost_append(Builder *self, PyObject *child)
{
    if (self->depth == 0)
        return 0;
    KS_OWNED PyObject *parent = Py_NewRef(self->open[self->depth - 1]);
    return parent_append(parent, child);
}

static KS_NEW PyObject *
element_made(Builder *self, PyObject *tag, PyObject *attrib)
{
    if (KS_LIKELY(self->element_factory == NULL))
        return ks_etree_element(tag, attrib);
    KS_OWNED PyObject *factory = Py_NewRef(self->element_factory);
    KS_OWNED PyObject *given = attrib == NULL ? PyDict_New() : Py_NewRef(attrib);
    return given == NULL ? NULL : PyObject_CallFunctionObjArgs(factory, tag, given, NULL);
}

/* attrib is a dict that the element may keep, or NULL. */
PyObject *
ks_etree_builder_start(PyObject *op, PyObject *tag, PyObject *attrib)
{
    Builder *self = BUILDER(op);
    if (builder_flush(self) < 0)
        return NULL;
    KS_OWNED PyObject *element = element_made(self, tag, attrib);
    if (element == NULL)
        return NULL;
    if (self->depth == 0) {
        if (self->root != NULL) {
            PyErr_SetString(ks_etree.parse_error, "multiple elements on top level");
            return NULL;
        }
        self->root = Py_NewRef(element);
    }
    else if (innermost_append(self, element) < 0)
        return NULL;
    if (open_push(self, element) < 0)
        return NULL;
    self->in_tail = 0;
    ks_etree_replace(&self->last, element);
    return event_send(self, EVENT_START, element) < 0 ? NULL : ks_give(&element);
}

PyObject *
ks_etree_builder_end(PyObject *op)
{
    Builder *self = BUILDER(op);
    if (builder_flush(self) < 0)
        return NULL;
    if (self->depth == 0) {
        PyErr_SetString(PyExc_IndexError, "pop from empty stack");
        return NULL;
    }
    KS_OWNED PyObject *element = self->open[--self->depth];
    self->in_tail = 1;
    ks_etree_replace(&self->last, element);
    return event_send(self, EVENT_END, element) < 0 ? NULL : ks_give(&element);
}

PyObject *
ks_etree_builder_close(PyObject *op)
{
    PyObject *root = BUILDER(op)->root;
    return Py_NewRef(root == NULL ? Py_None : root);
}

/* What a comment or an instruction became goes into the tree if that is wanted, and is announced. */
static int
single_add(Builder *self, PyObject *element, int insert, EtreeEvent event)
{
    if (insert && self->depth > 0) {
        if (innermost_append(self, element) < 0)
            return -1;
        self->in_tail = 1;
        ks_etree_replace(&self->last, element);
    }
    return event_send(self, event, element);
}

static KS_NEW PyObject *
builder_comment(Builder *self, PyObject *text)
{
    if (builder_flush(self) < 0)
        return NULL;
    KS_OWNED PyObject *factory = Py_XNewRef(self->comment_factory);
    KS_OWNED PyObject *comment = factory == NULL ? Py_NewRef(text) : PyObject_CallOneArg(factory, text);
    if (comment == NULL || single_add(self, comment, self->insert_comments, EVENT_COMMENT) < 0)
        return NULL;
    return ks_give(&comment);
}

static KS_NEW PyObject *
builder_pi(Builder *self, PyObject *target, PyObject *text)
{
    if (builder_flush(self) < 0)
        return NULL;
    KS_OWNED PyObject *factory = Py_XNewRef(self->pi_factory);
    KS_OWNED PyObject *pi = factory == NULL ? PyTuple_Pack(2, target, text)
                                            : PyObject_CallFunctionObjArgs(factory, target, text, NULL);
    if (pi == NULL || single_add(self, pi, self->insert_pis, EVENT_PI) < 0)
        return NULL;
    return ks_give(&pi);
}

/* What the parser finds and nobody would see is not made. */
int
ks_etree_builder_comment(PyObject *op, const char *text)
{
    Builder *self = BUILDER(op);
    if (!self->own_comments && !self->insert_comments && self->events[EVENT_COMMENT] == NULL)
        return 0;
    KS_OWNED PyObject *content = PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "strict");
    KS_OWNED PyObject *comment = content == NULL ? NULL : builder_comment(self, content);
    return comment == NULL ? -1 : 0;
}

int
ks_etree_builder_pi(PyObject *op, const char *target, const char *text)
{
    Builder *self = BUILDER(op);
    if (!self->own_pis && !self->insert_pis && self->events[EVENT_PI] == NULL)
        return 0;
    KS_OWNED PyObject *name = PyUnicode_DecodeUTF8(target, (Py_ssize_t)strlen(target), "strict");
    KS_OWNED PyObject *content = PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "strict");
    KS_OWNED PyObject *pi = name == NULL || content == NULL ? NULL : builder_pi(self, name, content);
    return pi == NULL ? -1 : 0;
}

/* ---- methods -------------------------------------------------------------------------------- */

static PyObject *
builder_start_method(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("start", nargs, 2, 2))
        return NULL;
    if (!PyDict_Check(args[1])) {
        PyErr_Format(PyExc_TypeError, "start() argument 2 must be dict, not %.50s",
                     args[1] == Py_None ? "None" : Py_TYPE(args[1])->tp_name);
        return NULL;
    }
    return ks_etree_builder_start(self, args[0], args[1]);
}

static PyObject *
builder_end_method(PyObject *self, PyObject *tag)
{
    return ks_etree_builder_end(self);
}

static PyObject *
builder_data_method(PyObject *self, PyObject *data)
{
    if (ks_etree_builder_data(self, data) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
builder_comment_method(PyObject *self, PyObject *text)
{
    return builder_comment(BUILDER(self), text);
}

static PyObject *
builder_pi_method(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("pi", nargs, 1, 2))
        return NULL;
    return builder_pi(BUILDER(self), args[0], nargs > 1 ? args[1] : Py_None);
}

static PyObject *
builder_close_method(PyObject *self, PyObject *ignored)
{
    return ks_etree_builder_close(self);
}

static PyMethodDef builder_methods[] = {
    METHOD("data", builder_data_method, METH_O, "($self, data, /)", "Add text."),
    METHOD("start", builder_start_method, METH_FASTCALL, "($self, tag, attrs, /)", "Open an element."),
    METHOD("end", builder_end_method, METH_O, "($self, tag, /)", "Close the innermost open element."),
    METHOD("comment", builder_comment_method, METH_O, "($self, text, /)", "Make a comment."),
    METHOD("pi", builder_pi_method, METH_FASTCALL, "($self, target, text=None, /)", "Make a processing instruction."),
    METHOD("close", builder_close_method, METH_NOARGS, "($self, /)", "The root of the tree, or None."),
    {NULL, NULL, 0, NULL},
};

PyTypeObject ks_etree_builder_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "xml.etree.ElementTree.TreeBuilder",
    .tp_basicsize = sizeof(Builder),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .tp_new = builder_new,
    .tp_init = builder_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_dealloc = builder_dealloc,
    .tp_free = PyObject_GC_Del,
    .tp_traverse = builder_traverse,
    .tp_clear = builder_clear,
    .tp_methods = builder_methods,
};
