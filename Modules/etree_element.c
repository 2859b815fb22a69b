/* SPDX-License-Identifier: MIT */
/* The type xml.etree.ElementTree.Element: life, attributes, and the table of its methods. Children
 * are in etree_children.c, searching in etree_find.c and etree_iterator.c, copies in etree_copy.c. */
#include "etree_parts.h"

#include "ks_args.h"

/* ---- parts ---------------------------------------------------------------------------------- */

void
ks_etree_replace(PyObject **slot, PyObject *value)
{
    PyObject *old = *slot;
    *slot = Py_NewRef(value);
    Py_XDECREF(old);
}

int
ks_etree_expect(PyObject *value)
{
    if (KS_LIKELY(etree_is_element(value)))
        return 1;
    PyErr_Format(PyExc_TypeError, "expected an Element, not \"%.200s\"", Py_TYPE(value)->tp_name);
    return 0;
}

EtreeBody *
ks_etree_body(EtreeElement *self)
{
    if (self->body != NULL)
        return self->body;
    EtreeBody *body = PyObject_Malloc(sizeof *body);
    if (body == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    body->attrib = NULL;
    body->count = 0;
    body->room = ETREE_FEW;
    body->children = body->few;
    return self->body = body;
}

/* The element has lost the body before: what runs now finds a whole element. */
static void
body_drop(EtreeBody *body)
{
    if (body == NULL)
        return;
    Py_XDECREF(body->attrib);
    for (Py_ssize_t i = 0; i < body->count; i++)
        Py_DECREF(body->children[i]);
    if (body->children != body->few)
        PyObject_Free(body->children);
    PyObject_Free(body);
}

static void
element_empty(EtreeElement *self)
{
    EtreeBody *body = self->body;
    self->body = NULL;
    body_drop(body);
}

/* ---- lifecycle ------------------------------------------------------------------------------ */

/* A whole and empty element with a tag, not yet tracked. */
static inline void
element_fill(EtreeElement *self, PyObject *tag)
{
    self->tag = Py_NewRef(tag);
    self->text = Py_NewRef(Py_None);
    self->tail = Py_NewRef(Py_None);
    self->body = NULL;
    self->weakrefs = NULL;
}

PyObject *
ks_etree_element(PyObject *tag, PyObject *attrib)
{
    EtreeElement *self = PyObject_GC_New(EtreeElement, &ks_etree_element_type);
    if (self == NULL)
        return NULL;
    element_fill(self, tag);
    if (attrib != NULL && PyDict_GET_SIZE(attrib) > 0) {
        if (ks_etree_body(self) == NULL) {
            Py_DECREF(self);
            return NULL;
        }
        self->body->attrib = Py_NewRef(attrib);
    }
    PyObject_GC_Track(self);
    return (PyObject *)self;
}

static PyObject *
element_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *self = type->tp_alloc(type, 0);
    if (self != NULL)
        element_fill(ETREE(self), Py_None);
    return self;
}

/* What a constructor was asked for: a tag (borrowed) and a dict of its own, NULL if it were empty. */
typedef struct NewElement {
    PyObject *tag;
    PyObject *attrib;
} NewElement;

/* Copies the given dict, or NULL, and adds the keywords of the call, among which "attrib" may have
 * been the given one. */
static int
attrib_merge(PyObject *given, PyObject *kwargs, int by_name, PyObject **attrib)
{
    Py_ssize_t extra = kwargs == NULL ? 0 : PyDict_GET_SIZE(kwargs) - by_name;
    *attrib = NULL;
    if (extra == 0 && (given == NULL || PyDict_GET_SIZE(given) == 0))
        return 1;
    KS_OWNED PyObject *merged = given == NULL ? PyDict_New() : PyDict_Copy(given);
    if (merged == NULL)
        return 0;
    if (extra > 0) {
        KS_OWNED PyObject *others = PyDict_Copy(kwargs);
        if (others == NULL || (by_name && PyDict_DelItemString(others, "attrib") < 0)
            || PyDict_Update(merged, others) < 0)
            return 0;
    }
    *attrib = ks_give(&merged);
    return 1;
}

static int
count_wrong(const char *function, const char *bound, Py_ssize_t limit, Py_ssize_t given)
{
    PyErr_Format(PyExc_TypeError, "%s() takes at %s %zd argument%s (%zd given)", function, bound, limit,
                 limit == 1 ? "" : "s", given);
    return 0;
}

/* The arguments (tag, attrib={}, **extra), after `before` others that count in messages. */
static int
element_args(const char *function, int before, PyObject *const *args, Py_ssize_t nargs, PyObject *kwargs,
             NewElement *out)
{
    PyObject *given = nargs > 1 ? args[1] : NULL;
    if (nargs < 1)
        return count_wrong(function, "least", before + 1, before + nargs);
    if (nargs > 2)
        return count_wrong(function, "most", before + 2, before + nargs);
    if (given != NULL && !PyDict_Check(given)) {
        PyErr_Format(PyExc_TypeError, "%s() argument %d must be dict, not %.50s", function, before + 2,
                     given == Py_None ? "None" : Py_TYPE(given)->tp_name);
        return 0;
    }
    int by_name = 0;
    if (given == NULL && kwargs != NULL) {
        given = PyDict_GetItemWithError(kwargs, KS_INTERN("attrib"));
        if (given == NULL && PyErr_Occurred())
            return 0;
        by_name = given != NULL;
        if (by_name && !PyDict_Check(given)) {
            PyErr_Format(PyExc_TypeError, "attrib must be dict, not %.100s", Py_TYPE(given)->tp_name);
            return 0;
        }
    }
    out->tag = args[0];
    return attrib_merge(given, kwargs, by_name, &out->attrib);
}

/* The same arguments of a vectorcall, made into a plain element. */
static KS_NEW PyObject *
element_make(const char *function, int before, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    NewElement in;
    KS_OWNED PyObject *kwargs = NULL;
    if (kwnames != NULL && (kwargs = _PyStack_AsDict(args + nargs, kwnames)) == NULL)
        return NULL;
    if (!element_args(function, before, args, nargs, kwargs, &in))
        return NULL;
    PyObject *element = ks_etree_element(in.tag, in.attrib);
    Py_XDECREF(in.attrib);
    return element;
}

/* Element(...) itself; subclasses go through element_new() and element_init(). */
static PyObject *
element_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    return element_make("Element", 0, args, PyVectorcall_NARGS(nargsf), kwnames);
}

static int
element_init(PyObject *op, PyObject *args, PyObject *kwargs)
{
    EtreeElement *self = ETREE(op);
    NewElement in;
    if (!element_args("Element", 0, ((PyTupleObject *)args)->ob_item, PyTuple_GET_SIZE(args), kwargs, &in))
        return -1;
    if (in.attrib != NULL) {
        element_empty(self);
        if (ks_etree_body(self) == NULL) {
            Py_DECREF(in.attrib);
            return -1;
        }
        Py_XSETREF(self->body->attrib, in.attrib);
    }
    ks_etree_replace(&self->tag, in.tag);
    ks_etree_replace(&self->text, Py_None);
    ks_etree_replace(&self->tail, Py_None);
    return 0;
}

static int
element_traverse(PyObject *op, visitproc visit, void *arg)
{
    EtreeElement *self = ETREE(op);
    Py_VISIT(self->tag);
    Py_VISIT(self->text);
    Py_VISIT(self->tail);
    if (self->body != NULL) {
        Py_VISIT(self->body->attrib);
        for (Py_ssize_t i = 0; i < self->body->count; i++)
            Py_VISIT(self->body->children[i]);
    }
    return 0;
}

/* Others may still see the element: the slots get None. */
static int
element_clear(PyObject *op)
{
    EtreeElement *self = ETREE(op);
    element_empty(self);
    ks_etree_replace(&self->tag, Py_None);
    ks_etree_replace(&self->text, Py_None);
    ks_etree_replace(&self->tail, Py_None);
    return 0;
}

static void
element_dealloc(PyObject *op)
{
    EtreeElement *self = ETREE(op);
    PyObject_GC_UnTrack(op);
    Py_TRASHCAN_BEGIN(op, element_dealloc)
    if (self->weakrefs != NULL)
        PyObject_ClearWeakRefs(op);
    body_drop(self->body);
    Py_XDECREF(self->tag);
    Py_XDECREF(self->text);
    Py_XDECREF(self->tail);
    Py_TYPE(op)->tp_free(op);
    Py_TRASHCAN_END
}

static PyObject *
element_repr(PyObject *op)
{
    KS_OWNED PyObject *tag = Py_NewRef(ETREE(op)->tag);
    int status = Py_ReprEnter(op);
    if (status != 0) {
        if (status > 0)
            PyErr_Format(PyExc_RuntimeError, "reentrant call inside %s.__repr__", Py_TYPE(op)->tp_name);
        return NULL;
    }
    PyObject *text = PyUnicode_FromFormat("<Element %R at %p>", tag, op);
    Py_ReprLeave(op);
    return text;
}

static PyObject *
element_sizeof(PyObject *op, PyObject *ignored)
{
    EtreeBody *body = ETREE(op)->body;
    size_t bytes = (size_t)Py_TYPE(op)->tp_basicsize;
    if (body != NULL) {
        bytes += sizeof *body;
        if (body->children != body->few)
            bytes += (size_t)body->room * sizeof body->children[0];
    }
    return PyLong_FromSize_t(bytes);
}

/* ---- attributes ----------------------------------------------------------------------------- */

/* The element's dict of attributes, or NULL without an exception: it has none so far. */
static PyObject *
attrib_or_null(EtreeElement *self)
{
    return self->body == NULL ? NULL : Py_XNewRef(self->body->attrib);
}

static KS_NEW PyObject *
attrib_made(EtreeElement *self)
{
    EtreeBody *body = ks_etree_body(self);
    if (body == NULL)
        return NULL;
    if (body->attrib == NULL && (body->attrib = PyDict_New()) == NULL)
        return NULL;
    return Py_NewRef(body->attrib);
}

typedef struct GetArgs {
    PyObject *key;
    PyObject *fallback;
} GetArgs;

static const KsParam get_params[] = {
    PARAM(GetArgs, key, ARG_OBJECT, 1), PARAM_NAMED(GetArgs, fallback, "default", ARG_OBJECT, 0), PARAM_END};

static PyObject *
element_get(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    GetArgs in = {NULL, Py_None};
    if (!ks_args_parse("get", get_params, args, nargs, kwnames, &in))
        return NULL;
    KS_OWNED PyObject *attrib = attrib_or_null(ETREE(self));
    PyObject *value = attrib == NULL ? NULL : PyDict_GetItemWithError(attrib, in.key);
    if (value == NULL && PyErr_Occurred())
        return NULL;
    return Py_NewRef(value == NULL ? in.fallback : value);
}

static PyObject *
element_set(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("set", nargs, 2, 2))
        return NULL;
    KS_OWNED PyObject *attrib = attrib_made(ETREE(self));
    if (attrib == NULL || PyDict_SetItem(attrib, args[0], args[1]) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
element_keys(PyObject *self, PyObject *ignored)
{
    KS_OWNED PyObject *attrib = attrib_or_null(ETREE(self));
    return attrib == NULL ? PyList_New(0) : PyDict_Keys(attrib);
}

static PyObject *
element_items(PyObject *self, PyObject *ignored)
{
    KS_OWNED PyObject *attrib = attrib_or_null(ETREE(self));
    return attrib == NULL ? PyList_New(0) : PyDict_Items(attrib);
}

static PyObject *
element_clear_method(PyObject *op, PyObject *ignored)
{
    EtreeElement *self = ETREE(op);
    element_empty(self);
    ks_etree_replace(&self->text, Py_None);
    ks_etree_replace(&self->tail, Py_None);
    Py_RETURN_NONE;
}

static PyObject *
element_makeelement(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("makeelement", nargs, 2, 2))
        return NULL;
    return element_make("makeelement", 0, args, nargs, NULL);
}

/* SubElement(parent, tag, attrib={}, **extra): a function of the module. */
PyObject *
ks_etree_subelement(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    if (nargs < 2) {
        count_wrong("SubElement", "least", 2, nargs);
        return NULL;
    }
    if (!etree_is_element(args[0])) {
        PyErr_Format(PyExc_TypeError, "SubElement() argument 1 must be %s, not %.50s", ks_etree_element_type.tp_name,
                     args[0] == Py_None ? "None" : Py_TYPE(args[0])->tp_name);
        return NULL;
    }
    KS_OWNED PyObject *element = element_make("SubElement", 1, args + 1, nargs - 1, kwnames);
    if (element == NULL || ks_etree_append(ETREE(args[0]), element) < 0)
        return NULL;
    return ks_give(&element);
}

/* ---- members -------------------------------------------------------------------------------- */

static PyObject *
slot_get(PyObject *self, void *offset)
{
    return Py_NewRef(*(PyObject **)((char *)self + (size_t)offset));
}

static int
may_set(PyObject *value)
{
    if (value == NULL)
        PyErr_SetString(PyExc_AttributeError, "can't delete element attribute");
    return value != NULL;
}

static int
slot_set(PyObject *self, PyObject *value, void *offset)
{
    if (!may_set(value))
        return -1;
    ks_etree_replace((PyObject **)((char *)self + (size_t)offset), value);
    return 0;
}

static PyObject *
attrib_get(PyObject *self, void *ignored)
{
    return attrib_made(ETREE(self));
}

static int
attrib_set(PyObject *self, PyObject *value, void *ignored)
{
    if (!may_set(value))
        return -1;
    if (!PyDict_Check(value)) {
        PyErr_Format(PyExc_TypeError, "attrib must be dict, not %.200s", Py_TYPE(value)->tp_name);
        return -1;
    }
    EtreeBody *body = ks_etree_body(ETREE(self));
    if (body == NULL)
        return -1;
    ks_etree_replace(&body->attrib, value);
    return 0;
}

#define SLOT(name, doc) {#name, slot_get, slot_set, doc, (void *)offsetof(EtreeElement, name)}
static PyGetSetDef element_getset[] = {
    SLOT(tag, "What kind of element this is."),
    SLOT(text, "The text before the first child, or None."),
    SLOT(tail, "The text between the element's end and what follows, or None."),
    {"attrib", attrib_get, attrib_set, "The element's attributes, a dict.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

#define KEYWORDS (METH_FASTCALL | METH_KEYWORDS)
static PyMethodDef element_methods[] = {
    METHOD("clear", element_clear_method, METH_NOARGS, "($self, /)", "Remove children, attributes, text and tail."),
    METHOD("get", element_get, KEYWORDS, "($self, /, key, default=None)", "An attribute's value."),
    METHOD("set", element_set, METH_FASTCALL, "($self, key, value, /)", "Give an attribute a value."),
    METHOD("find", ks_etree_find, KEYWORDS, "($self, /, path, namespaces=None)",
           "The first element that a path leads to, or None."),
    METHOD("findtext", ks_etree_findtext, KEYWORDS, "($self, /, path, default=None, namespaces=None)",
           "The text of the first element that a path leads to."),
    METHOD("findall", ks_etree_findall, KEYWORDS, "($self, /, path, namespaces=None)",
           "All elements that a path leads to."),
    METHOD("append", ks_etree_append_method, METH_O, "($self, subelement, /)", "Add a last child."),
    METHOD("extend", ks_etree_extend_method, METH_O, "($self, elements, /)", "Add children at the end."),
    METHOD("insert", ks_etree_insert_method, METH_FASTCALL, "($self, index, subelement, /)",
           "Place a child so that it ends up at index."),
    METHOD("remove", ks_etree_remove_method, METH_O, "($self, subelement, /)", "Remove the first child that is equal."),
    METHOD("iter", ks_etree_iter, KEYWORDS, "($self, /, tag=None)",
           "Iterate over the element and all below it, or over those with a tag."),
    METHOD("itertext", ks_etree_itertext, METH_NOARGS, "($self, /)", "Iterate over all text within the element."),
    METHOD("iterfind", ks_etree_iterfind, KEYWORDS, "($self, /, path, namespaces=None)",
           "Iterate over the elements that a path leads to."),
    METHOD("items", element_items, METH_NOARGS, "($self, /)", "The attributes as a list of pairs."),
    METHOD("keys", element_keys, METH_NOARGS, "($self, /)", "The attributes' names as a list."),
    METHOD("makeelement", element_makeelement, METH_FASTCALL, "($self, tag, attrib, /)", "A new element."),
    METHOD("__copy__", ks_etree_copy, METH_NOARGS, "($self, /)", "A copy with the same children."),
    METHOD("__deepcopy__", ks_etree_deepcopy, METH_O, "($self, memo, /)", "A copy of the whole tree."),
    METHOD("__getstate__", ks_etree_getstate, METH_NOARGS, "($self, /)", "What pickle stores."),
    METHOD("__setstate__", ks_etree_setstate, METH_O, "($self, state, /)", "Become what pickle stored."),
    METHOD("__sizeof__", element_sizeof, METH_NOARGS, "($self, /)", "The element's size in bytes."),
    {NULL, NULL, 0, NULL},
};

PyTypeObject ks_etree_element_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "xml.etree.ElementTree.Element",
    .tp_basicsize = sizeof(EtreeElement),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .tp_new = element_new,
    .tp_init = element_init,
    .tp_vectorcall = element_vectorcall,
    .tp_alloc = PyType_GenericAlloc,
    .tp_dealloc = element_dealloc,
    .tp_free = PyObject_GC_Del,
    .tp_traverse = element_traverse,
    .tp_clear = element_clear,
    .tp_repr = element_repr,
    .tp_as_sequence = &ks_etree_as_sequence,
    .tp_as_mapping = &ks_etree_as_mapping,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_weaklistoffset = offsetof(EtreeElement, weakrefs),
    .tp_methods = element_methods,
    .tp_getset = element_getset,
};
