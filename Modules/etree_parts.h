/* SPDX-License-Identifier: MIT */
/* Module _elementtree: what its files share.
 *
 * An element without attributes and children has no body; the body is made when the first of them
 * comes, with room for a few children inside. Python code may run at every comparison and at every
 * drop of a reference, and may change any element: an index or a pointer into a body is good only
 * until then, and children are looked up again afterwards. */
#ifndef KS_ETREE_PARTS_H
#define KS_ETREE_PARTS_H

#include "Python.h"
#include "ks_base.h"

#define ETREE_FEW 4 /* children that need no array of their own */

typedef struct EtreeBody {
    PyObject *attrib; /* a dict, or NULL for an empty one that nobody has seen */
    Py_ssize_t count, room;
    PyObject **children; /* few, or an array of its own */
    PyObject *few[ETREE_FEW];
} EtreeBody;

typedef struct EtreeElement {
    PyObject_HEAD
    PyObject *tag, *text, *tail; /* never NULL while Python code can see the element */
    EtreeBody *body;             /* or NULL */
    PyObject *weakrefs;
} EtreeElement;

#define ETREE(op) ((EtreeElement *)(op))

/* What the module knows about the Python side; filled in by _elementtree.c, one for the process. */
typedef struct EtreeShared {
    PyObject *parse_error;                  /* the class xml.etree.ElementTree.ParseError */
    PyObject *element_path;                 /* the module xml.etree.ElementPath */
    PyObject *deepcopy;                     /* copy.deepcopy */
    PyObject *comment_factory, *pi_factory; /* or NULL */
} EtreeShared;

extern EtreeShared ks_etree;
extern PyTypeObject ks_etree_element_type, ks_etree_iterator_type, ks_etree_builder_type, ks_etree_parser_type;

static inline int
etree_is_element(PyObject *op)
{
    return PyObject_TypeCheck(op, &ks_etree_element_type);
}

static inline Py_ssize_t
etree_count(EtreeElement *self)
{
    return self->body == NULL ? 0 : self->body->count;
}

/* etree_element.c */

/* A plain element; attrib, which may be NULL, becomes its dict unless it is empty. */
KS_NEW PyObject *ks_etree_element(PyObject *tag, PyObject *attrib);
/* The body, made if need be; NULL with MemoryError. */
EtreeBody *ks_etree_body(EtreeElement *self);
/* Puts value into a slot of an object that is whole before and after, then drops the old one. */
void ks_etree_replace(PyObject **slot, PyObject *value);
/* value is an element: 1, else 0 with TypeError 'expected an Element, not "..."'. */
int ks_etree_expect(PyObject *value);

/* SubElement(parent, tag, attrib={}, **extra), a function of the module. */
PyObject *ks_etree_subelement(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames);

/* etree_children.c */

/* Makes a child the last one, or the one at an index from 0 to the count. -1 with MemoryError. */
int ks_etree_append(EtreeElement *self, PyObject *child);
int ks_etree_insert(EtreeElement *self, Py_ssize_t index, PyObject *child);
/* Room for that many children more; -1 with MemoryError. */
int ks_etree_reserve(EtreeElement *self, Py_ssize_t more);
/* Takes all children away; they are in the list that is returned, NULL with MemoryError. */
KS_NEW PyObject *ks_etree_children(EtreeElement *self);
/* Exchanges all children for those of a list or tuple; -1 with an exception, then nothing changed. */
int ks_etree_set_children(EtreeElement *self, PyObject *sequence);
extern PySequenceMethods ks_etree_as_sequence;
extern PyMappingMethods ks_etree_as_mapping;
PyObject *ks_etree_append_method(PyObject *self, PyObject *child);
PyObject *ks_etree_extend_method(PyObject *self, PyObject *elements);
PyObject *ks_etree_insert_method(PyObject *self, PyObject *const *args, Py_ssize_t nargs);
PyObject *ks_etree_remove_method(PyObject *self, PyObject *child);

/* etree_copy.c: methods of elements. */
PyObject *ks_etree_copy(PyObject *self, PyObject *ignored);
PyObject *ks_etree_deepcopy(PyObject *self, PyObject *memo);
PyObject *ks_etree_getstate(PyObject *self, PyObject *ignored);
PyObject *ks_etree_setstate(PyObject *self, PyObject *state);

/* etree_find.c: methods of elements. */
PyObject *ks_etree_find(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames);
PyObject *ks_etree_findtext(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames);
PyObject *ks_etree_findall(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames);
PyObject *ks_etree_iterfind(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames);
/* 1 if the element's tag equals the one sought, 0 if not, -1 with an exception. */
int ks_etree_tag_equals(EtreeElement *element, PyObject *sought);

/* etree_iterator.c: methods of elements. */
PyObject *ks_etree_iter(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames);
PyObject *ks_etree_itertext(PyObject *self, PyObject *ignored);

/* etree_names.c: one str for equal runs of UTF-8, kept by a table that starts as zeros. */
typedef struct EtreeNames {
    struct EtreeName *rows;
    size_t used, room; /* room is a power of two or 0 */
} EtreeNames;

/* A name as expat gives it: "uri}local" becomes "{uri}local", interned. Borrowed from the table. */
KS_BORROWED PyObject *ks_etree_name(EtreeNames *names, const char *name);
/* Text, of which the table keeps a bounded number. New reference. */
KS_NEW PyObject *ks_etree_blank(EtreeNames *names, const char *text, Py_ssize_t length);
void ks_etree_names_drop(EtreeNames *names);

/* etree_builder.c: TreeBuilder as the parser uses it. Results are new references, NULL with an
 * exception; numbers are 0, -1 with an exception. */
typedef enum EtreeEvent {
    EVENT_START, EVENT_END, EVENT_START_NS, EVENT_END_NS, EVENT_COMMENT, EVENT_PI, ETREE_EVENTS
} EtreeEvent;

KS_NEW PyObject *ks_etree_builder_new(void);
KS_NEW PyObject *ks_etree_builder_start(PyObject *self, PyObject *tag, PyObject *attrib);
KS_NEW PyObject *ks_etree_builder_end(PyObject *self);
KS_NEW PyObject *ks_etree_builder_close(PyObject *self);
int ks_etree_builder_data(PyObject *self, PyObject *data);
int ks_etree_builder_text(PyObject *self, const char *text, Py_ssize_t length);
int ks_etree_builder_comment(PyObject *self, const char *text);
int ks_etree_builder_pi(PyObject *self, const char *target, const char *text);
/* Whether that event goes into the queue; sending it with its value, which is taken over. */
int ks_etree_builder_wants(PyObject *self, EtreeEvent event);
int ks_etree_builder_send(PyObject *self, EtreeEvent event, KS_STEALS PyObject *value);
/* Where events go to from now on: a queue's append method; none is wanted yet. */
void ks_etree_builder_listen(PyObject *self, PyObject *append);
void ks_etree_builder_want(PyObject *self, EtreeEvent event, PyObject *name);

#endif
