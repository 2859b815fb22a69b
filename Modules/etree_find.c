/* SPDX-License-Identifier: MIT */
/* find(), findtext(), findall(), iterfind() of elements. A path that is the tag of a child is looked
 * up here; all others go to the module xml.etree.ElementPath. */
#include "etree_parts.h"

#include "ks_args.h"

/* Whether the path may be more than a tag. Within braces stands a namespace, with any characters. */
static int
path_is_plain(PyObject *path)
{
    const void *data;
    Py_ssize_t length;
    int kind = PyUnicode_1BYTE_KIND, inside = 0;
    if (PyUnicode_Check(path) && PyUnicode_READY(path) == 0) {
        data = PyUnicode_DATA(path);
        kind = PyUnicode_KIND(path);
        length = PyUnicode_GET_LENGTH(path);
    }
    else if (PyBytes_Check(path)) {
        data = PyBytes_AS_STRING(path);
        length = PyBytes_GET_SIZE(path);
    }
    else
        return 0;
    if (length > 0 && PyUnicode_READ(kind, data, 0) == '{'
        && (length == 1 || PyUnicode_READ(kind, data, 1) == '}' || PyUnicode_READ(kind, data, 1) == '*'))
        return 0; /* "{}tag", "{*}tag" */
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_UCS4 c = PyUnicode_READ(kind, data, i);
        if (c == '{')
            inside = 1;
        else if (c == '}')
            inside = 0;
        else if (!inside && (c == '/' || c == '*' || c == '[' || c == '@' || c == '.'))
            return 0;
    }
    return 1;
}

int
ks_etree_tag_equals(EtreeElement *element, PyObject *sought)
{
    PyObject *tag = element->tag;
    if (tag == sought)
        return 1;
    if (KS_LIKELY(PyUnicode_CheckExact(tag) && PyUnicode_CheckExact(sought))) {
        if (PyUnicode_CHECK_INTERNED(tag) && PyUnicode_CHECK_INTERNED(sought))
            return 0;
        return PyUnicode_GET_LENGTH(tag) == PyUnicode_GET_LENGTH(sought) && _PyUnicode_EQ(tag, sought);
    }
    KS_OWNED PyObject *kept = Py_NewRef(tag);
    return PyObject_RichCompareBool(kept, sought, Py_EQ);
}

typedef struct FindArgs {
    PyObject *path;
    PyObject *fallback;
    PyObject *namespaces;
} FindArgs;

static const KsParam find_params[] = {
    PARAM(FindArgs, path, ARG_OBJECT, 1), PARAM(FindArgs, namespaces, ARG_OBJECT, 0), PARAM_END};
static const KsParam findtext_params[] = {
    PARAM(FindArgs, path, ARG_OBJECT, 1), PARAM_NAMED(FindArgs, fallback, "default", ARG_OBJECT, 0),
    PARAM(FindArgs, namespaces, ARG_OBJECT, 0), PARAM_END};

/* The first child from *index on with a tag, new; NULL without an exception if there is none.
 * *index is then behind it. */
static PyObject *
child_next(EtreeElement *self, PyObject *tag, Py_ssize_t *index)
{
    while (*index < etree_count(self)) {
        KS_OWNED PyObject *child = Py_NewRef(self->body->children[(*index)++]);
        int equal = ks_etree_tag_equals(ETREE(child), tag);
        if (equal != 0)
            return equal < 0 ? NULL : ks_give(&child);
    }
    return NULL;
}

static int
is_simple(const FindArgs *in)
{
    return in->namespaces == Py_None && path_is_plain(in->path);
}

PyObject *
ks_etree_find(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    FindArgs in = {NULL, NULL, Py_None};
    Py_ssize_t index = 0;
    if (!ks_args_parse("find", find_params, args, nargs, kwnames, &in))
        return NULL;
    if (!is_simple(&in))
        return PyObject_CallMethodObjArgs(ks_etree.element_path, KS_INTERN("find"), self, in.path, in.namespaces,
                                          NULL);
    PyObject *found = child_next(ETREE(self), in.path, &index);
    return found != NULL || PyErr_Occurred() ? found : Py_NewRef(Py_None);
}

PyObject *
ks_etree_findtext(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    FindArgs in = {NULL, Py_None, Py_None};
    Py_ssize_t index = 0;
    if (!ks_args_parse("findtext", findtext_params, args, nargs, kwnames, &in))
        return NULL;
    if (!is_simple(&in))
        return PyObject_CallMethodObjArgs(ks_etree.element_path, KS_INTERN("findtext"), self, in.path, in.fallback,
                                          in.namespaces, NULL);
    KS_OWNED PyObject *found = child_next(ETREE(self), in.path, &index);
    if (found == NULL)
        return PyErr_Occurred() ? NULL : Py_NewRef(in.fallback);
    PyObject *text = ETREE(found)->text;
    return text == Py_None ? PyUnicode_New(0, 0) : Py_NewRef(text);
}

PyObject *
ks_etree_findall(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    FindArgs in = {NULL, NULL, Py_None};
    Py_ssize_t index = 0;
    if (!ks_args_parse("findall", find_params, args, nargs, kwnames, &in))
        return NULL;
    if (!is_simple(&in))
        return PyObject_CallMethodObjArgs(ks_etree.element_path, KS_INTERN("findall"), self, in.path, in.namespaces,
                                          NULL);
    KS_OWNED PyObject *all = PyList_New(0);
    while (all != NULL) {
        KS_OWNED PyObject *found = child_next(ETREE(self), in.path, &index);
        if (found == NULL)
            return PyErr_Occurred() ? NULL : ks_give(&all);
        if (PyList_Append(all, found) < 0)
            return NULL;
    }
    return NULL;
}

PyObject *
ks_etree_iterfind(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    FindArgs in = {NULL, NULL, Py_None};
    if (!ks_args_parse("iterfind", find_params, args, nargs, kwnames, &in))
        return NULL;
    return PyObject_CallMethodObjArgs(ks_etree.element_path, KS_INTERN("iterfind"), self, in.path, in.namespaces,
                                      NULL);
}
