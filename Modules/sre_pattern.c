/* SPDX-License-Identifier: MIT */
/* re.Pattern: a checked program and the ways to apply it to a text. */
#include "sre.h"
#include "ks_args.h"
#include "structmember.h"

static inline SreModule *
pattern_module(SrePattern *self)
{
    return PyType_GetModuleState(Py_TYPE(self));
}

static int
pattern_traverse(SrePattern *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->groupindex);
    Py_VISIT(self->indexgroup);
    Py_VISIT(self->pattern);
    return 0;
}

static int
pattern_clear(SrePattern *self)
{
    Py_CLEAR(self->groupindex);
    Py_CLEAR(self->indexgroup);
    Py_CLEAR(self->pattern);
    return 0;
}

static void
pattern_dealloc(SrePattern *self)
{
    PyTypeObject *type = Py_TYPE(self);
    if (PyObject_GC_IsTracked((PyObject *)self))
        PyObject_GC_UnTrack(self);
    if (self->weakrefs != NULL)
        PyObject_ClearWeakRefs((PyObject *)self);
    (void)pattern_clear(self);
    PyMem_Free(self->maps);
    PyMem_Free(self->aux);
    PyMem_Free(self->needle1);
    PyMem_Free(self->needle2);
    PyObject_GC_Del(self);
    Py_DECREF(type);
}

/* ---- one match ---- */

typedef struct FindArgs {
    PyObject *string;
    Py_ssize_t pos;
    Py_ssize_t endpos;
} FindArgs;

static const KsParam find_params[] = {
    PARAM(FindArgs, string, ARG_OBJECT, 1),
    PARAM(FindArgs, pos, ARG_INDEX, 0),
    PARAM(FindArgs, endpos, ARG_INDEX, 0),
    PARAM_END,
};

static int
find_args(const char *name, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames,
          FindArgs *in)
{
    in->pos = 0;
    in->endpos = PY_SSIZE_T_MAX;
    if (KS_LIKELY(nargs == 1 && kwnames == NULL)) {
        in->string = args[0];
        return 1;
    }
    return ks_args_parse(name, find_params, args, nargs, kwnames, in);
}

static PyObject *
pattern_find(SrePattern *self, const FindArgs *in, int match_all,
             int (*find)(SreState *, const SrePattern *))
{
    SreState state;
    if (ks_sre_begin(&state, self, in->string, in->pos, in->endpos) < 0)
        return NULL;
    state.match_all = match_all;
    int found = find(&state, self);
    PyObject *result = found < 0    ? NULL
                       : found == 0 ? Py_NewRef(Py_None)
                                    : ks_sre_new_match(pattern_module(self), self, &state);
    ks_sre_end(&state);
    return result;
}

static PyObject *
pattern_match(SrePattern *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    FindArgs in;
    if (!find_args("match", args, nargs, kwnames, &in))
        return NULL;
    return pattern_find(self, &in, 0, ks_sre_match);
}

static PyObject *
pattern_fullmatch(SrePattern *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    FindArgs in;
    if (!find_args("fullmatch", args, nargs, kwnames, &in))
        return NULL;
    return pattern_find(self, &in, 1, ks_sre_match);
}

static PyObject *
pattern_search(SrePattern *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    FindArgs in;
    if (!find_args("search", args, nargs, kwnames, &in))
        return NULL;
    return pattern_find(self, &in, 0, ks_sre_search);
}

/* ---- all matches ---- */

static PyObject *
pattern_scanner(SrePattern *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    FindArgs in;
    if (!find_args("scanner", args, nargs, kwnames, &in))
        return NULL;
    return ks_sre_new_scanner(pattern_module(self), self, in.string, in.pos, in.endpos);
}

static PyObject *
pattern_finditer(SrePattern *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    FindArgs in;
    if (!find_args("finditer", args, nargs, kwnames, &in))
        return NULL;
    KS_OWNED PyObject *scanner =
        ks_sre_new_scanner(pattern_module(self), self, in.string, in.pos, in.endpos);
    if (scanner == NULL)
        return NULL;
    KS_OWNED PyObject *search = PyObject_GetAttrString(scanner, "search");
    return search == NULL ? NULL : PyCallIter_New(search, Py_None);
}

/* The next match from state->start on; as ks_sre_search(), but 0 behind the end. */
static int
pattern_next(SrePattern *self, SreState *state)
{
    return state->start > state->end ? 0 : ks_sre_search(state, self);
}

static int
append_new(PyObject *list, KS_STEALS PyObject *item)
{
    if (item == NULL)
        return -1;
    int result = PyList_Append(list, item);
    Py_DECREF(item);
    return result;
}

/* What findall() gives for the last match: the match, its group, or a tuple of its groups. */
static KS_NEW PyObject *
pattern_found(SrePattern *self, SreState *state)
{
    if (self->groups == 0)
        return ks_sre_state_slice(state, state->start, state->ptr);
    if (self->groups == 1)
        return ks_sre_state_group(state, 1, 1);
    KS_OWNED PyObject *item = PyTuple_New(self->groups);
    if (item == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < self->groups; i++) {
        PyObject *text = ks_sre_state_group(state, i + 1, 1);
        if (text == NULL)
            return NULL;
        PyTuple_SET_ITEM(item, i, text);
    }
    return ks_give(&item);
}

static PyObject *
pattern_findall(SrePattern *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    FindArgs in;
    SreState state;
    if (!find_args("findall", args, nargs, kwnames, &in)
        || ks_sre_begin(&state, self, in.string, in.pos, in.endpos) < 0)
        return NULL;
    PyObject *list = PyList_New(0);
    int found = list == NULL ? -1 : 0;
    while (found >= 0 && (found = pattern_next(self, &state)) > 0) {
        if (append_new(list, pattern_found(self, &state)) < 0)
            found = -1;
        ks_sre_advance(&state);
    }
    ks_sre_end(&state);
    if (found < 0)
        Py_CLEAR(list);
    return list;
}

typedef struct SplitArgs {
    PyObject *string;
    Py_ssize_t maxsplit;
} SplitArgs;

static const KsParam split_params[] = {
    PARAM(SplitArgs, string, ARG_OBJECT, 1),
    PARAM(SplitArgs, maxsplit, ARG_INDEX, 0),
    PARAM_END,
};

static int
split_run(SrePattern *self, SreState *state, Py_ssize_t maxsplit, PyObject *list)
{
    const char *last = state->start;
    for (Py_ssize_t n = 0; maxsplit == 0 || n < maxsplit; n++) {
        int found = pattern_next(self, state);
        if (found < 0)
            return -1;
        if (found == 0)
            break;
        if (append_new(list, ks_sre_state_slice(state, last, state->start)) < 0)
            return -1;
        for (Py_ssize_t i = 1; i <= self->groups; i++)
            if (append_new(list, ks_sre_state_group(state, i, 0)) < 0)
                return -1;
        ks_sre_advance(state);
        last = state->ptr;
    }
    return append_new(list, ks_sre_state_slice(state, last, state->end));
}

static PyObject *
pattern_split(SrePattern *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    SplitArgs in = {NULL, 0};
    SreState state;
    if (!ks_args_parse("split", split_params, args, nargs, kwnames, &in)
        || ks_sre_begin(&state, self, in.string, 0, PY_SSIZE_T_MAX) < 0)
        return NULL;
    PyObject *list = PyList_New(0);
    if (list != NULL && split_run(self, &state, in.maxsplit, list) < 0)
        Py_CLEAR(list);
    ks_sre_end(&state);
    return list;
}

/* ---- replacing ---- */

/* What sub() puts in place of a match. */
typedef struct Filter {
    PyObject *filter;
    int callable;
    PyObject *groups, *literals; /* borrowed: a template to be expanded here; or NULL */
} Filter;

/* A template without any backslash stands for itself. */
static int
filter_is_plain(PyObject *template)
{
    const void *data;
    Py_ssize_t length;
    int isbytes, charsize, plain;
    Py_buffer buffer;
    if (ks_sre_text(template, &data, &length, &isbytes, &charsize, &buffer) < 0) {
        PyErr_Clear();
        return 0;
    }
    if (charsize == 1)
        plain = memchr(data, '\\', (size_t)length) == NULL;
    else
        plain = PyUnicode_FindChar(template, '\\', 0, length, 1) < 0;
    if (buffer.buf != NULL)
        PyBuffer_Release(&buffer);
    return plain;
}

static int
filter_prepare(Filter *out, SrePattern *self, PyObject *template)
{
    out->groups = out->literals = NULL;
    out->callable = PyCallable_Check(template);
    if (out->callable || filter_is_plain(template)) {
        out->filter = Py_NewRef(template);
        return 0;
    }
    KS_OWNED PyObject *re = PyImport_ImportModule("re");
    if (re == NULL)
        return -1;
    out->filter = PyObject_CallMethod(re, "_subx", "OO", self, template);
    if (out->filter == NULL)
        return -1;
    out->callable = PyCallable_Check(out->filter);
    if (!ks_sre_template_check(out->filter, &out->groups, &out->literals))
        out->groups = NULL;
    return 0;
}

static KS_NEW PyObject *
filter_apply(const Filter *filter, SrePattern *self, SreState *state)
{
    if (!filter->callable)
        return Py_NewRef(filter->filter);
    if (filter->groups != NULL)
        return ks_sre_template_expand(state, filter->groups, filter->literals);
    KS_OWNED PyObject *match = ks_sre_new_match(pattern_module(self), self, state);
    return match == NULL ? NULL : PyObject_CallOneArg(filter->filter, match);
}

/* The pieces of the result; their number of replacements, or -1. */
static Py_ssize_t
sub_run(SrePattern *self, SreState *state, const Filter *filter, Py_ssize_t count, PyObject *list)
{
    Py_ssize_t n = 0;
    const char *behind = state->start;
    while (count == 0 || n < count) {
        int found = pattern_next(self, state);
        if (found < 0)
            return -1;
        if (found == 0)
            break;
        if (behind < state->start
            && append_new(list, ks_sre_state_slice(state, behind, state->start)) < 0)
            return -1;
        PyObject *item = filter_apply(filter, self, state);
        if (item == Py_None)
            Py_DECREF(item);
        else if (append_new(list, item) < 0)
            return -1;
        behind = state->ptr;
        n++;
        ks_sre_advance(state);
    }
    if (behind < state->end && append_new(list, ks_sre_state_slice(state, behind, state->end)) < 0)
        return -1;
    return n;
}

typedef struct SubArgs {
    PyObject *repl;
    PyObject *string;
    Py_ssize_t count;
} SubArgs;

static const KsParam sub_params[] = {
    PARAM(SubArgs, repl, ARG_OBJECT, 1),
    PARAM(SubArgs, string, ARG_OBJECT, 1),
    PARAM(SubArgs, count, ARG_INDEX, 0),
    PARAM_END,
};

static PyObject *
sub_joined(SreState *state, PyObject *list)
{
    KS_OWNED PyObject *empty = ks_sre_state_slice(state, state->beginning, state->beginning);
    if (empty == NULL)
        return NULL;
    if (PyList_GET_SIZE(list) == 0)
        return ks_give(&empty);
    return state->isbytes ? _PyBytes_Join(empty, list) : PyUnicode_Join(empty, list);
}

static PyObject *
pattern_substitute(SrePattern *self, const SubArgs *in, Py_ssize_t *replaced)
{
    Filter filter;
    SreState state;
    PyObject *result = NULL;
    if (filter_prepare(&filter, self, in->repl) < 0)
        return NULL;
    if (ks_sre_begin(&state, self, in->string, 0, PY_SSIZE_T_MAX) < 0) {
        Py_DECREF(filter.filter);
        return NULL;
    }
    PyObject *list = PyList_New(0);
    if (list != NULL && (*replaced = sub_run(self, &state, &filter, in->count, list)) >= 0)
        result = sub_joined(&state, list);
    Py_XDECREF(list);
    Py_DECREF(filter.filter);
    ks_sre_end(&state);
    return result;
}

static PyObject *
pattern_sub(SrePattern *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    SubArgs in = {NULL, NULL, 0};
    Py_ssize_t replaced;
    if (!ks_args_parse("sub", sub_params, args, nargs, kwnames, &in))
        return NULL;
    return pattern_substitute(self, &in, &replaced);
}

static PyObject *
pattern_subn(SrePattern *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    SubArgs in = {NULL, NULL, 0};
    Py_ssize_t replaced;
    if (!ks_args_parse("subn", sub_params, args, nargs, kwnames, &in))
        return NULL;
    PyObject *text = pattern_substitute(self, &in, &replaced);
    return text == NULL ? NULL : Py_BuildValue("Nn", text, replaced);
}

/* ---- the object itself ---- */

static PyObject *
pattern_copy(PyObject *self, PyObject *ignored)
{
    return Py_NewRef(self);
}

static PyObject *
pattern_repr(SrePattern *self)
{
    static const struct {
        const char *name;
        int flag;
    } names[] = {
        {"re.TEMPLATE", FLAG_TEMPLATE},   {"re.IGNORECASE", FLAG_IGNORECASE},
        {"re.LOCALE", FLAG_LOCALE},       {"re.MULTILINE", FLAG_MULTILINE},
        {"re.DOTALL", FLAG_DOTALL},       {"re.UNICODE", FLAG_UNICODE},
        {"re.VERBOSE", FLAG_VERBOSE},     {"re.DEBUG", FLAG_DEBUG},
        {"re.ASCII", FLAG_ASCII},
    };
    int flags = self->flags;
    /* What a str pattern has anyway is not worth a word. */
    if (self->isbytes == 0
        && (flags & (FLAG_LOCALE | FLAG_UNICODE | FLAG_ASCII)) == FLAG_UNICODE)
        flags &= ~FLAG_UNICODE;
    char text[256] = "";
    size_t used = 0;
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(names); i++) {
        if (!(flags & names[i].flag))
            continue;
        used += (size_t)PyOS_snprintf(text + used, sizeof(text) - used, "%s%s",
                                      used ? "|" : "", names[i].name);
        flags &= ~names[i].flag;
    }
    if (flags)
        used += (size_t)PyOS_snprintf(text + used, sizeof(text) - used, "%s0x%x", used ? "|" : "",
                                      (unsigned)flags);
    if (used == 0)
        return PyUnicode_FromFormat("re.compile(%.200R)", self->pattern);
    return PyUnicode_FromFormat("re.compile(%.200R, %s)", self->pattern, text);
}

static Py_hash_t
pattern_hash(SrePattern *self)
{
    Py_hash_t hash = PyObject_Hash(self->pattern);
    if (hash == -1)
        return -1;
    hash ^= _Py_HashBytes(self->code, Py_SIZE(self) * (Py_ssize_t)sizeof(SreCode));
    hash ^= (Py_hash_t)self->flags ^ self->isbytes ^ self->groups;
    return hash == -1 ? -2 : hash;
}

static PyObject *
pattern_compare(PyObject *a, PyObject *b, int op)
{
    if ((op != Py_EQ && op != Py_NE) || !Py_IS_TYPE(b, Py_TYPE(a)))
        Py_RETURN_NOTIMPLEMENTED;
    SrePattern *left = (SrePattern *)a, *right = (SrePattern *)b;
    int same = left == right;
    if (!same) {
        same = left->flags == right->flags && left->isbytes == right->isbytes
               && left->groups == right->groups && Py_SIZE(left) == Py_SIZE(right)
               && memcmp(left->code, right->code, (size_t)Py_SIZE(left) * sizeof(SreCode)) == 0;
        if (same)
            same = PyObject_RichCompareBool(left->pattern, right->pattern, Py_EQ);
        if (same < 0)
            return NULL;
    }
    return PyBool_FromLong(same == (op == Py_EQ));
}

static PyObject *
pattern_groupindex(SrePattern *self, void *closure)
{
    return self->groupindex == NULL ? PyDict_New() : PyDictProxy_New(self->groupindex);
}

#define FIND_SIGNATURE "($self, /, string, pos=0, endpos=sys.maxsize)"
static PyMethodDef pattern_methods[] = {
    METHOD("match", pattern_match, METH_FASTCALL | METH_KEYWORDS, FIND_SIGNATURE,
           "A match that starts at pos, or None."),
    METHOD("fullmatch", pattern_fullmatch, METH_FASTCALL | METH_KEYWORDS, FIND_SIGNATURE,
           "A match from pos to endpos, or None."),
    METHOD("search", pattern_search, METH_FASTCALL | METH_KEYWORDS, FIND_SIGNATURE,
           "The first match from pos on, or None."),
    METHOD("sub", pattern_sub, METH_FASTCALL | METH_KEYWORDS, "($self, /, repl, string, count=0)",
           "The string with matches replaced by repl."),
    METHOD("subn", pattern_subn, METH_FASTCALL | METH_KEYWORDS,
           "($self, /, repl, string, count=0)",
           "The string with matches replaced by repl, and the number of replacements."),
    METHOD("findall", pattern_findall, METH_FASTCALL | METH_KEYWORDS, FIND_SIGNATURE,
           "A list of all matches, or of their groups if there are any."),
    METHOD("split", pattern_split, METH_FASTCALL | METH_KEYWORDS, "($self, /, string, maxsplit=0)",
           "The parts of string between the matches, with the matches' groups."),
    METHOD("finditer", pattern_finditer, METH_FASTCALL | METH_KEYWORDS, FIND_SIGNATURE,
           "An iterator over match objects for all matches."),
    METHOD("scanner", pattern_scanner, METH_FASTCALL | METH_KEYWORDS, FIND_SIGNATURE,
           "A search that can be continued."),
    METHOD("__copy__", pattern_copy, METH_NOARGS, "($self, /)", "The object itself."),
    METHOD("__deepcopy__", pattern_copy, METH_O, "($self, memo, /)", "The object itself."),
    METHOD_PLAIN("__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, "See PEP 585."),
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef pattern_getters[] = {
    {"groupindex", (getter)pattern_groupindex, NULL, "The numbers of the named groups.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef pattern_members[] = {
    {"pattern", T_OBJECT, offsetof(SrePattern, pattern), READONLY, "The source of the pattern."},
    {"flags", T_INT, offsetof(SrePattern, flags), READONLY, "The flags of the pattern."},
    {"groups", T_PYSSIZET, offsetof(SrePattern, groups), READONLY, "The number of groups."},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(SrePattern, weakrefs), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot pattern_slots[] = {
    {Py_tp_dealloc, pattern_dealloc},
    {Py_tp_repr, pattern_repr},
    {Py_tp_hash, pattern_hash},
    {Py_tp_doc, "A compiled regular expression."},
    {Py_tp_richcompare, pattern_compare},
    {Py_tp_methods, pattern_methods},
    {Py_tp_members, pattern_members},
    {Py_tp_getset, pattern_getters},
    {Py_tp_traverse, pattern_traverse},
    {Py_tp_clear, pattern_clear},
    {0, NULL},
};

PyType_Spec ks_sre_pattern_spec = {
    .name = "re.Pattern",
    .basicsize = sizeof(SrePattern),
    .itemsize = sizeof(SreCode),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE
             | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = pattern_slots,
};
