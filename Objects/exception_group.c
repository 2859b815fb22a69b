/* SPDX-License-Identifier: MIT */
/* BaseExceptionGroup and ExceptionGroup, and what except* needs of them.
 *
 * A group's excs is a tuple of at least one exception, fixed at creation. Splitting never changes
 * a group: it derives new ones of the same shape and copies traceback, cause, context and notes. */
#include "Python.h"

#include "pycore_ceval.h"
#include "pycore_exceptions.h"
#include "pycore_interp.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"
#include "structmember.h"

#include "ks_args.h"
#include "ks_exception.h"

#define GROUP_FIELDS(F) F(msg) F(excs)
KS_EXCEPTION_LIFECYCLE(group, PyBaseExceptionGroupObject, GROUP_FIELDS)

/* --- creation --- */

/* 1 if every member is an Exception, 0 if not, -1 with ValueError for something else. */
static int
members_check(PyObject *members)
{
    int all_plain = 1;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(members); i++) {
        PyObject *member = PyTuple_GET_ITEM(members, i);
        if (!PyExceptionInstance_Check(member)) {
            PyErr_Format(PyExc_ValueError,
                         "Item %zd of second argument (exceptions) is not an exception", i);
            return -1;
        }
        int plain = PyObject_IsInstance(member, PyExc_Exception);
        if (plain < 0)
            return -1;
        all_plain &= plain;
    }
    return all_plain;
}

/* The class to make: a base group of nothing but Exceptions becomes an ExceptionGroup. NULL with
 * TypeError where the class forbids its members. */
static PyTypeObject *
group_class(PyTypeObject *type, int all_plain)
{
    PyTypeObject *plain_group =
        (PyTypeObject *)_PyInterpreterState_GET()->exc_state.PyExc_ExceptionGroup;
    if (all_plain)
        return type == &_PyExc_BaseExceptionGroup ? plain_group : type;
    if (type == plain_group) {
        PyErr_SetString(PyExc_TypeError, "Cannot nest BaseExceptions in an ExceptionGroup");
        return NULL;
    }
    if (PyType_IsSubtype(type, (PyTypeObject *)PyExc_Exception)) {
        PyErr_Format(PyExc_TypeError, "Cannot nest BaseExceptions in '%.200s'", type->tp_name);
        return NULL;
    }
    return type;
}

static PyObject *
group_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *message, *sequence;
    if (!PyArg_ParseTuple(args, "UO:BaseExceptionGroup.__new__", &message, &sequence))
        return NULL;
    if (!PySequence_Check(sequence)) {
        PyErr_SetString(PyExc_TypeError, "second argument (exceptions) must be a sequence");
        return NULL;
    }
    KS_OWNED PyObject *members = PySequence_Tuple(sequence);
    if (members == NULL)
        return NULL;
    if (PyTuple_GET_SIZE(members) == 0) {
        PyErr_SetString(PyExc_ValueError,
                        "second argument (exceptions) must be a non-empty sequence");
        return NULL;
    }
    int all_plain = members_check(members);
    if (all_plain < 0)
        return NULL;
    type = group_class(type, all_plain);
    if (type == NULL)
        return NULL;
    PyObject *self = ks_exception_new(type, args, kwargs);
    if (self == NULL)
        return NULL;
    ((PyBaseExceptionGroupObject *)self)->msg = Py_NewRef(message);
    ((PyBaseExceptionGroupObject *)self)->excs = ks_give(&members);
    return self;
}

PyObject *
_PyExc_CreateExceptionGroup(const char *message, PyObject *members)
{
    return PyObject_CallFunction(PyExc_BaseExceptionGroup, "sO", message, members);
}

static PyObject *
group_str(PyObject *object)
{
    PyBaseExceptionGroupObject *self = (PyBaseExceptionGroupObject *)object;
    Py_ssize_t count = PyTuple_GET_SIZE(self->excs);
    return PyUnicode_FromFormat("%S (%zd sub-exception%s)", self->msg, count,
                                count > 1 ? "s" : "");
}

/* --- splitting --- */

/* What decides whether an exception is in the matching part. */
typedef struct Matcher {
    enum { MATCH_TYPE, MATCH_PREDICATE, MATCH_LEAVES } kind;
    PyObject *value; /* class or tuple of classes; callable; set of addresses of leaves */
} Matcher;

static int
matcher_set(Matcher *matcher, PyObject *value)
{
    matcher->value = value;
    if (PyFunction_Check(value)) {
        matcher->kind = MATCH_PREDICATE;
        return 0;
    }
    int is_type = PyExceptionClass_Check(value);
    if (!is_type && PyTuple_Check(value)) {
        is_type = 1;
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(value); i++)
            is_type &= PyExceptionClass_Check(PyTuple_GET_ITEM(value, i)) != 0;
    }
    if (is_type) {
        matcher->kind = MATCH_TYPE;
        return 0;
    }
    PyErr_SetString(PyExc_TypeError,
                    "expected a function, exception type or tuple of exception types");
    return -1;
}

/* 1, 0, or -1 with an exception. */
static int
matcher_accepts(const Matcher *matcher, PyObject *exception)
{
    switch (matcher->kind) {
    case MATCH_TYPE:
        return PyErr_GivenExceptionMatches(exception, matcher->value);
    case MATCH_PREDICATE: {
        KS_OWNED PyObject *answer = PyObject_CallOneArg(matcher->value, exception);
        return answer == NULL ? -1 : PyObject_IsTrue(answer);
    }
    case MATCH_LEAVES: {
        if (_PyBaseExceptionGroup_Check(exception))
            return 0;
        KS_OWNED PyObject *address = PyLong_FromVoidPtr(exception);
        return address == NULL ? -1 : PySet_Contains(matcher->value, address);
    }
    }
    Py_UNREACHABLE();
}

/* A group with the given members and the original's message and history; NULL is an error. */
static PyObject *
group_derive(PyObject *original, PyObject *members)
{
    KS_OWNED PyObject *group = PyObject_CallMethod(original, "derive", "(O)", members);
    if (group == NULL)
        return NULL;
    if (!_PyBaseExceptionGroup_Check(group)) {
        PyErr_SetString(PyExc_TypeError, "derive must return an instance of BaseExceptionGroup");
        return NULL;
    }
    PyObject *traceback = PyException_GetTraceback(original);
    if (traceback != NULL) {
        int status = PyException_SetTraceback(group, traceback);
        Py_DECREF(traceback);
        if (status < 0)
            return NULL;
    }
    PyException_SetContext(group, PyException_GetContext(original));
    PyException_SetCause(group, PyException_GetCause(original));
    PyObject *found;
    if (_PyObject_LookupAttr(original, &_Py_ID(__notes__), &found) < 0)
        return NULL;
    KS_OWNED PyObject *notes = found;
    if (notes != NULL && PySequence_Check(notes)) {
        /* A list of its own: a note added to one part must not show in the other. */
        KS_OWNED PyObject *copy = PySequence_List(notes);
        if (copy == NULL || PyObject_SetAttr(group, &_Py_ID(__notes__), copy) < 0)
            return NULL;
    }
    return ks_give(&group);
}

typedef struct Parts {
    PyObject *match, *rest; /* new references or NULL for an empty part */
} Parts;

static int split_recursive(PyObject *exception, const Matcher *matcher, int want_rest,
                           Parts *parts);

static int
split_members(PyObject *group, const Matcher *matcher, int want_rest, PyObject *match_list,
              PyObject *rest_list)
{
    PyObject *members = ((PyBaseExceptionGroupObject *)group)->excs;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(members); i++) {
        Parts inner;
        if (Py_EnterRecursiveCall(" in exceptiongroup_split_recursive"))
            return -1;
        int status = split_recursive(PyTuple_GET_ITEM(members, i), matcher, want_rest, &inner);
        Py_LeaveRecursiveCall();
        if (status < 0)
            return -1;
        KS_OWNED PyObject *match = inner.match;
        KS_OWNED PyObject *rest = inner.rest;
        if (match != NULL && PyList_Append(match_list, match) < 0)
            return -1;
        if (rest != NULL && PyList_Append(rest_list, rest) < 0)
            return -1;
    }
    return 0;
}

static int
split_recursive(PyObject *exception, const Matcher *matcher, int want_rest, Parts *parts)
{
    parts->match = parts->rest = NULL;
    int accepted = matcher_accepts(matcher, exception);
    if (accepted < 0)
        return -1;
    if (accepted) {
        parts->match = Py_NewRef(exception);
        return 0;
    }
    if (!_PyBaseExceptionGroup_Check(exception)) {
        if (want_rest)
            parts->rest = Py_NewRef(exception);
        return 0;
    }
    KS_OWNED PyObject *match_list = PyList_New(0);
    KS_OWNED PyObject *rest_list = PyList_New(0);
    if (match_list == NULL || rest_list == NULL ||
        split_members(exception, matcher, want_rest, match_list, rest_list) < 0)
        return -1;
    if (PyList_GET_SIZE(match_list) > 0) {
        parts->match = group_derive(exception, match_list);
        if (parts->match == NULL)
            return -1;
    }
    if (want_rest && PyList_GET_SIZE(rest_list) > 0) {
        parts->rest = group_derive(exception, rest_list);
        if (parts->rest == NULL) {
            Py_CLEAR(parts->match);
            return -1;
        }
    }
    return 0;
}

/* --- methods --- */

static PyObject *
group_derive_method(PyObject *object, PyObject *members)
{
    PyBaseExceptionGroupObject *self = (PyBaseExceptionGroupObject *)object;
    return PyObject_CallFunctionObjArgs(PyExc_BaseExceptionGroup, self->msg, members, NULL);
}

static PyObject *
group_split(PyObject *self, PyObject *condition)
{
    Matcher matcher;
    Parts parts;
    if (matcher_set(&matcher, condition) < 0 ||
        split_recursive(self, &matcher, 1, &parts) < 0)
        return NULL;
    KS_OWNED PyObject *match = parts.match != NULL ? parts.match : Py_NewRef(Py_None);
    KS_OWNED PyObject *rest = parts.rest != NULL ? parts.rest : Py_NewRef(Py_None);
    return PyTuple_Pack(2, match, rest);
}

static PyObject *
group_subgroup(PyObject *self, PyObject *condition)
{
    Matcher matcher;
    Parts parts;
    if (matcher_set(&matcher, condition) < 0 ||
        split_recursive(self, &matcher, 0, &parts) < 0)
        return NULL;
    return parts.match != NULL ? parts.match : Py_NewRef(Py_None);
}

static PyMethodDef group_methods[] = {
    METHOD_PLAIN("__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS,
                 "See PEP 585"),
    METHOD_PLAIN("derive", group_derive_method, METH_O, NULL),
    METHOD_PLAIN("split", group_split, METH_O, NULL),
    METHOD_PLAIN("subgroup", group_subgroup, METH_O, NULL),
    {NULL},
};

static PyMemberDef group_members[] = {
    {"message", T_OBJECT, offsetof(PyBaseExceptionGroupObject, msg), READONLY,
     PyDoc_STR("exception message")},
    {"exceptions", T_OBJECT, offsetof(PyBaseExceptionGroupObject, excs), READONLY,
     PyDoc_STR("nested exceptions")},
    {NULL},
};

KS_EXCEPTION_TYPE(BaseExceptionGroup, BaseException, PyBaseExceptionGroupObject, group,
                  "A combination of multiple unrelated exceptions.", .tp_str = group_str,
                  .tp_methods = group_methods, .tp_members = group_members,
                  .tp_init = ks_exception_init, .tp_new = group_new)

/* --- except* --- */

/* Adds the address of every leaf below `exception` to the set. */
static int
leaves_collect(PyObject *exception, PyObject *leaves)
{
    if (exception == Py_None)
        return 0;
    if (!_PyBaseExceptionGroup_Check(exception)) {
        KS_OWNED PyObject *address = PyLong_FromVoidPtr(exception);
        return address == NULL ? -1 : PySet_Add(leaves, address);
    }
    PyObject *members = ((PyBaseExceptionGroupObject *)exception)->excs;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(members); i++) {
        if (Py_EnterRecursiveCall(" in collect_exception_group_leaves"))
            return -1;
        int status = leaves_collect(PyTuple_GET_ITEM(members, i), leaves);
        Py_LeaveRecursiveCall();
        if (status < 0)
            return -1;
    }
    return 0;
}

/* The part of `original` whose leaves occur in the listed groups; None when there is none. */
static PyObject *
group_projection(PyObject *original, PyObject *groups)
{
    KS_OWNED PyObject *leaves = PySet_New(NULL);
    if (leaves == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(groups); i++) {
        if (leaves_collect(PyList_GET_ITEM(groups, i), leaves) < 0)
            return NULL;
    }
    Matcher matcher = {MATCH_LEAVES, leaves};
    Parts parts;
    if (split_recursive(original, &matcher, 0, &parts) < 0)
        return NULL;
    return parts.match != NULL ? parts.match : Py_NewRef(Py_None);
}

/* Was this a part of the original that is raised again, rather than a new exception? Parts that
 * split() made share the original's history. */
static int
shares_history(PyObject *left, PyObject *right)
{
    PyBaseExceptionObject *a = (PyBaseExceptionObject *)left;
    PyBaseExceptionObject *b = (PyBaseExceptionObject *)right;
    return a->notes == b->notes && a->traceback == b->traceback && a->cause == b->cause &&
           a->context == b->context;
}

/* The exception to raise after all except* clauses ran. `original` is what was caught, `raised`
 * the list of what the clauses raised or left over, None among it. New reference; None when
 * nothing is left to raise. */
PyObject *
_PyExc_PrepReraiseStar(PyObject *original, PyObject *raised)
{
    if (PyList_GET_SIZE(raised) == 0)
        return Py_NewRef(Py_None);
    if (!_PyBaseExceptionGroup_Check(original))
        return Py_NewRef(PyList_GET_ITEM(raised, 0)); /* a naked exception meets one clause */
    KS_OWNED PyObject *fresh = PyList_New(0);
    KS_OWNED PyObject *again = PyList_New(0);
    if (fresh == NULL || again == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(raised); i++) {
        PyObject *exception = PyList_GET_ITEM(raised, i);
        if (exception == Py_None)
            continue;
        if (PyList_Append(shares_history(exception, original) ? again : fresh, exception) < 0)
            return NULL;
    }
    KS_OWNED PyObject *rest = group_projection(original, again);
    if (rest == NULL)
        return NULL;
    if (PyList_GET_SIZE(fresh) == 0)
        return ks_give(&rest);
    if (rest != Py_None && PyList_Append(fresh, rest) < 0)
        return NULL;
    return _PyExc_CreateExceptionGroup("", fresh);
}
