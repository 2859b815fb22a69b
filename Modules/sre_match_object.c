/* SPDX-License-Identifier: MIT */
/* re.Match: what a match found.
 *
 * Marks are indexes into the text, two for each group, -1 for a group that took no part. The text
 * itself is asked for its characters again when a group is cut out of it. */
#include "sre.h"
#include "ks_args.h"
#include "structmember.h"

PyObject *
ks_sre_new_match(SreModule *module, SrePattern *pattern, SreState *state)
{
    Py_ssize_t groups = pattern->groups + 1;
    SreMatch *match = PyObject_GC_NewVar(SreMatch, module->match_type, 2 * groups);
    if (match == NULL)
        return NULL;
    match->pattern = (SrePattern *)Py_NewRef(pattern);
    match->string = Py_NewRef(state->string);
    match->regs = NULL;
    match->groups = groups;
    match->pos = state->pos;
    match->endpos = state->endpos;
    match->lastindex = state->lastindex;
    Py_ssize_t width = state->charsize;
    match->mark[0] = (state->start - state->beginning) / width;
    match->mark[1] = (state->ptr - state->beginning) / width;
    for (Py_ssize_t i = 0; i < 2 * pattern->groups; i += 2) {
        const char *from = state->marks[i], *to = state->marks[i + 1];
        int present = from != NULL && to != NULL && from <= to;
        match->mark[i + 2] = present ? (from - state->beginning) / width : -1;
        match->mark[i + 3] = present ? (to - state->beginning) / width : -1;
    }
    PyObject_GC_Track(match);
    return (PyObject *)match;
}

static int
match_traverse(SreMatch *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->string);
    Py_VISIT(self->regs);
    Py_VISIT(self->pattern);
    return 0;
}

static int
match_clear(SreMatch *self)
{
    Py_CLEAR(self->string);
    Py_CLEAR(self->regs);
    Py_CLEAR(self->pattern);
    return 0;
}

static void
match_dealloc(SreMatch *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    (void)match_clear(self);
    PyObject_GC_Del(self);
    Py_DECREF(type);
}

/* ---- groups ---- */

/* Text of a group by number; fallback if it took no part. */
static KS_NEW PyObject *
match_slice(SreMatch *self, Py_ssize_t group, PyObject *fallback)
{
    if (self->string == Py_None || self->mark[2 * group] < 0)
        return Py_NewRef(fallback);
    const void *data;
    Py_ssize_t length;
    int isbytes, charsize;
    Py_buffer buffer;
    if (ks_sre_text(self->string, &data, &length, &isbytes, &charsize, &buffer) < 0)
        return NULL;
    /* A bytearray may have shrunk since. */
    Py_ssize_t from = Py_MIN(self->mark[2 * group], length);
    Py_ssize_t to = Py_MIN(self->mark[2 * group + 1], length);
    PyObject *text = ks_sre_slice(isbytes, data, self->string, from, to);
    if (buffer.buf != NULL)
        PyBuffer_Release(&buffer);
    return text;
}

/* The number of a group given by number or name; -1 with an exception. */
static Py_ssize_t
match_group_number(SreMatch *self, PyObject *index)
{
    Py_ssize_t group = -1;
    if (PyIndex_Check(index))
        group = PyNumber_AsSsize_t(index, NULL);
    else if (self->pattern->groupindex != NULL) {
        PyObject *number = PyDict_GetItemWithError(self->pattern->groupindex, index);
        if (number != NULL && PyLong_Check(number))
            group = PyLong_AsSsize_t(number);
    }
    if (group >= 0 && group < self->groups)
        return group;
    if (!PyErr_Occurred())
        PyErr_SetString(PyExc_IndexError, "no such group");
    return -1;
}

static PyObject *
match_subscript(SreMatch *self, PyObject *index)
{
    Py_ssize_t group = match_group_number(self, index);
    return group < 0 ? NULL : match_slice(self, group, Py_None);
}

static PyObject *
match_group(SreMatch *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs == 0)
        return match_slice(self, 0, Py_None);
    if (nargs == 1)
        return match_subscript(self, args[0]);
    KS_OWNED PyObject *result = PyTuple_New(nargs);
    if (result == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < nargs; i++) {
        PyObject *text = match_subscript(self, args[i]);
        if (text == NULL)
            return NULL;
        PyTuple_SET_ITEM(result, i, text);
    }
    return ks_give(&result);
}

typedef struct DefaultArgs {
    PyObject *fallback;
} DefaultArgs;

static const KsParam default_params[] = {
    PARAM_NAMED(DefaultArgs, fallback, "default", ARG_OBJECT, 0),
    PARAM_END,
};

static PyObject *
match_groups(SreMatch *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    DefaultArgs in = {Py_None};
    if (!ks_args_parse("groups", default_params, args, nargs, kwnames, &in))
        return NULL;
    KS_OWNED PyObject *result = PyTuple_New(self->groups - 1);
    if (result == NULL)
        return NULL;
    for (Py_ssize_t i = 1; i < self->groups; i++) {
        PyObject *text = match_slice(self, i, in.fallback);
        if (text == NULL)
            return NULL;
        PyTuple_SET_ITEM(result, i - 1, text);
    }
    return ks_give(&result);
}

static PyObject *
match_groupdict(SreMatch *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    DefaultArgs in = {Py_None};
    if (!ks_args_parse("groupdict", default_params, args, nargs, kwnames, &in))
        return NULL;
    KS_OWNED PyObject *result = PyDict_New();
    if (result == NULL || self->pattern->groupindex == NULL)
        return ks_give(&result);
    Py_ssize_t position = 0;
    PyObject *name, *number;
    while (PyDict_Next(self->pattern->groupindex, &position, &name, &number)) {
        KS_OWNED PyObject *key = Py_NewRef(name);
        Py_ssize_t group = match_group_number(self, key);
        if (group < 0)
            return NULL;
        KS_OWNED PyObject *text = match_slice(self, group, in.fallback);
        if (text == NULL || PyDict_SetItem(result, key, text) < 0)
            return NULL;
    }
    return ks_give(&result);
}

/* ---- positions ---- */

static Py_ssize_t
match_position_arg(SreMatch *self, const char *name, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count(name, nargs, 0, 1))
        return -1;
    return nargs == 0 ? 0 : match_group_number(self, args[0]);
}

static PyObject *
match_start(SreMatch *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t group = match_position_arg(self, "start", args, nargs);
    return group < 0 ? NULL : PyLong_FromSsize_t(self->mark[2 * group]);
}

static PyObject *
match_end(SreMatch *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t group = match_position_arg(self, "end", args, nargs);
    return group < 0 ? NULL : PyLong_FromSsize_t(self->mark[2 * group + 1]);
}

static KS_NEW PyObject *
match_pair(SreMatch *self, Py_ssize_t group)
{
    KS_OWNED PyObject *from = PyLong_FromSsize_t(self->mark[2 * group]);
    KS_OWNED PyObject *to = PyLong_FromSsize_t(self->mark[2 * group + 1]);
    return from == NULL || to == NULL ? NULL : PyTuple_Pack(2, from, to);
}

static PyObject *
match_span(SreMatch *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t group = match_position_arg(self, "span", args, nargs);
    return group < 0 ? NULL : match_pair(self, group);
}

static PyObject *
match_regs(SreMatch *self, void *closure)
{
    if (self->regs == NULL) {
        KS_OWNED PyObject *regs = PyTuple_New(self->groups);
        if (regs == NULL)
            return NULL;
        for (Py_ssize_t i = 0; i < self->groups; i++) {
            PyObject *pair = match_pair(self, i);
            if (pair == NULL)
                return NULL;
            PyTuple_SET_ITEM(regs, i, pair);
        }
        Py_XSETREF(self->regs, ks_give(&regs));
    }
    return Py_NewRef(self->regs);
}

static PyObject *
match_lastindex(SreMatch *self, void *closure)
{
    if (self->lastindex < 0)
        Py_RETURN_NONE;
    return PyLong_FromSsize_t(self->lastindex);
}

static PyObject *
match_lastgroup(SreMatch *self, void *closure)
{
    PyObject *names = self->pattern->indexgroup;
    if (names == NULL || self->lastindex < 0 || self->lastindex >= PyTuple_GET_SIZE(names))
        Py_RETURN_NONE;
    return Py_NewRef(PyTuple_GET_ITEM(names, self->lastindex));
}

/* ---- the rest ---- */

typedef struct ExpandArgs {
    PyObject *template;
} ExpandArgs;

static const KsParam expand_params[] = {
    PARAM(ExpandArgs, template, ARG_OBJECT, 1),
    PARAM_END,
};

static PyObject *
match_expand(SreMatch *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    ExpandArgs in;
    if (!ks_args_parse("expand", expand_params, args, nargs, kwnames, &in))
        return NULL;
    KS_OWNED PyObject *re = PyImport_ImportModule("re");
    if (re == NULL)
        return NULL;
    return PyObject_CallMethod(re, "_expand", "OOO", self->pattern, self, in.template);
}

static PyObject *
match_copy(PyObject *self, PyObject *ignored)
{
    return Py_NewRef(self);
}

static PyObject *
match_repr(SreMatch *self)
{
    KS_OWNED PyObject *text = match_slice(self, 0, Py_None);
    if (text == NULL)
        return NULL;
    return PyUnicode_FromFormat("<%s object; span=(%zd, %zd), match=%.50R>",
                                Py_TYPE(self)->tp_name, self->mark[0], self->mark[1], text);
}

static PyMethodDef match_methods[] = {
    METHOD_PLAIN("group", match_group, METH_FASTCALL,
                 "group([group1, ...]) -> str or tuple.\n\nThe text of groups, by number or name; "
                 "of the whole match without arguments."),
    METHOD("start", match_start, METH_FASTCALL, "($self, group=0, /)",
           "Where the group starts, -1 if it took no part."),
    METHOD("end", match_end, METH_FASTCALL, "($self, group=0, /)",
           "Where the group ends, -1 if it took no part."),
    METHOD("span", match_span, METH_FASTCALL, "($self, group=0, /)",
           "Start and end of the group."),
    METHOD("groups", match_groups, METH_FASTCALL | METH_KEYWORDS, "($self, /, default=None)",
           "The texts of all groups; default stands for those that took no part."),
    METHOD("groupdict", match_groupdict, METH_FASTCALL | METH_KEYWORDS,
           "($self, /, default=None)",
           "The texts of the named groups; default stands for those that took no part."),
    METHOD("expand", match_expand, METH_FASTCALL | METH_KEYWORDS, "($self, /, template)",
           "The template with its references replaced by groups."),
    METHOD("__copy__", match_copy, METH_NOARGS, "($self, /)", "The object itself."),
    METHOD("__deepcopy__", match_copy, METH_O, "($self, memo, /)", "The object itself."),
    METHOD_PLAIN("__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS,
                 "See PEP 585."),
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef match_getters[] = {
    {"lastindex", (getter)match_lastindex, NULL, "Number of the group that was closed last.", NULL},
    {"lastgroup", (getter)match_lastgroup, NULL, "Name of the group that was closed last.", NULL},
    {"regs", (getter)match_regs, NULL, "Start and end of every group.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef match_members[] = {
    {"string", T_OBJECT, offsetof(SreMatch, string), READONLY, "The text."},
    {"re", T_OBJECT, offsetof(SreMatch, pattern), READONLY, "The pattern."},
    {"pos", T_PYSSIZET, offsetof(SreMatch, pos), READONLY, "Where the search was to start."},
    {"endpos", T_PYSSIZET, offsetof(SreMatch, endpos), READONLY, "Where the search was to end."},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot match_slots[] = {
    {Py_tp_dealloc, match_dealloc},
    {Py_tp_repr, match_repr},
    {Py_tp_doc, "What a regular expression found in a text."},
    {Py_tp_methods, match_methods},
    {Py_tp_members, match_members},
    {Py_tp_getset, match_getters},
    {Py_tp_traverse, match_traverse},
    {Py_tp_clear, match_clear},
    {Py_mp_subscript, match_subscript},
    {0, NULL},
};

PyType_Spec ks_sre_match_spec = {
    .name = "re.Match",
    .basicsize = sizeof(SreMatch),
    .itemsize = sizeof(Py_ssize_t),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE
             | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = match_slots,
};
