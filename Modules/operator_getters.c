/* SPDX-License-Identifier: MIT */
/* operator.attrgetter, itemgetter, methodcaller: callables that ask their argument for something. */
#include "Python.h"
#include "structmember.h"

#include "ks_operator.h"

#define COMMON_FLAGS (Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE)

/* The single argument of a call; NULL with an exception for anything else. */
static PyObject *
only_argument(const char *name, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    if (!ks_args_no_kwnames(name, kwnames)
        || !ks_args_count(name, PyVectorcall_NARGS(nargsf), 1, 1))
        return NULL;
    return args[0];
}

/* Name(arguments) from a tuple of arguments. */
static PyObject *
call_text(PyObject *self, PyObject *args)
{
    const char *name = Py_TYPE(self)->tp_name;
    if (PyTuple_GET_SIZE(args) == 1)
        return PyUnicode_FromFormat("%s(%R)", name, PyTuple_GET_ITEM(args, 0));
    return PyUnicode_FromFormat("%s%R", name, args);
}

static PyObject *
repr_guarded(PyObject *self, PyObject *(*make)(PyObject *))
{
    int entered = Py_ReprEnter(self);
    if (entered != 0)
        return entered < 0 ? NULL : PyUnicode_FromFormat("%s(...)", Py_TYPE(self)->tp_name);
    PyObject *text = make(self);
    Py_ReprLeave(self);
    return text;
}

/* ---- itemgetter ---- */

typedef struct ItemGetter {
    PyObject_HEAD
    PyObject *keys;   /* tuple */
    PyObject *single; /* the key if there is one only, borrowed */
    Py_ssize_t index; /* of a tuple, when that key is a small int; -1 */
    vectorcallfunc vectorcall;
} ItemGetter;

#define AS_ITEMGETTER(self) ((ItemGetter *)(self))

static PyObject *
itemgetter_vectorcall(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    ItemGetter *getter = AS_ITEMGETTER(self);
    PyObject *object = only_argument("itemgetter", args, nargsf, kwnames);
    if (object == NULL)
        return NULL;
    if (getter->single != NULL) {
        if (getter->index >= 0 && PyTuple_CheckExact(object)
            && getter->index < PyTuple_GET_SIZE(object))
            return Py_NewRef(PyTuple_GET_ITEM(object, getter->index));
        return PyObject_GetItem(object, getter->single);
    }
    Py_ssize_t count = PyTuple_GET_SIZE(getter->keys);
    KS_OWNED PyObject *result = PyTuple_New(count);
    if (result == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *item = PyObject_GetItem(object, PyTuple_GET_ITEM(getter->keys, i));
        if (item == NULL)
            return NULL;
        PyTuple_SET_ITEM(result, i, item);
    }
    return ks_give(&result);
}

static PyObject *
itemgetter_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Py_ssize_t count = PyTuple_GET_SIZE(args);
    if (!_PyArg_NoKeywords("itemgetter", kwargs)
        || !ks_args_count("itemgetter", count > 1 ? 1 : count, 1, 1))
        return NULL;
    PyObject *self = type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    ItemGetter *getter = AS_ITEMGETTER(self);
    getter->keys = Py_NewRef(args);
    getter->single = count == 1 ? PyTuple_GET_ITEM(args, 0) : NULL;
    getter->index = -1;
    if (getter->single != NULL && PyLong_CheckExact(getter->single)) {
        getter->index = PyLong_AsSsize_t(getter->single);
        if (getter->index < 0) {
            PyErr_Clear();
            getter->index = -1;
        }
    }
    getter->vectorcall = itemgetter_vectorcall;
    return self;
}

static int
itemgetter_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(AS_ITEMGETTER(self)->keys);
    return 0;
}

static int
itemgetter_clear(PyObject *self)
{
    Py_CLEAR(AS_ITEMGETTER(self)->keys);
    AS_ITEMGETTER(self)->single = NULL;
    return 0;
}

static void
itemgetter_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    itemgetter_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *
itemgetter_text(PyObject *self)
{
    return call_text(self, AS_ITEMGETTER(self)->keys);
}

static PyObject *
itemgetter_repr(PyObject *self)
{
    return repr_guarded(self, itemgetter_text);
}

static PyObject *
itemgetter_reduce(PyObject *self, PyObject *unused)
{
    return PyTuple_Pack(2, Py_TYPE(self), AS_ITEMGETTER(self)->keys);
}

static PyMethodDef itemgetter_methods[] = {
    METHOD_PLAIN("__reduce__", itemgetter_reduce, METH_NOARGS, "What pickle needs to know."),
    {NULL, NULL, 0, NULL},
};

static PyMemberDef itemgetter_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(ItemGetter, vectorcall), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot itemgetter_slots[] = {
    {Py_tp_doc,
     "itemgetter(item, ...) --> itemgetter object\n\n"
     "itemgetter(2)(r) is r[2]; itemgetter(2, 5, 3)(r) is (r[2], r[5], r[3])."},
    {Py_tp_dealloc, itemgetter_dealloc},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_traverse, itemgetter_traverse},
    {Py_tp_clear, itemgetter_clear},
    {Py_tp_methods, itemgetter_methods},
    {Py_tp_members, itemgetter_members},
    {Py_tp_new, itemgetter_new},
    {Py_tp_getattro, PyObject_GenericGetAttr},
    {Py_tp_repr, itemgetter_repr},
    {0, NULL},
};

PyType_Spec ks_itemgetter_spec = {
    .name = "operator.itemgetter",
    .basicsize = sizeof(ItemGetter),
    .flags = COMMON_FLAGS | Py_TPFLAGS_HAVE_VECTORCALL,
    .slots = itemgetter_slots,
};

/* ---- attrgetter ---- */

typedef struct AttrGetter {
    PyObject_HEAD
    PyObject *names; /* tuple of the dotted names as given */
    PyObject *paths; /* tuple: for each a str, or a tuple of str when there are dots */
    vectorcallfunc vectorcall;
} AttrGetter;

#define AS_ATTRGETTER(self) ((AttrGetter *)(self))

static PyObject *
follow(PyObject *object, PyObject *path)
{
    if (PyUnicode_CheckExact(path))
        return PyObject_GetAttr(object, path);
    KS_OWNED PyObject *at = Py_NewRef(object);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(path); i++) {
        PyObject *next = PyObject_GetAttr(at, PyTuple_GET_ITEM(path, i));
        if (next == NULL)
            return NULL;
        Py_SETREF(at, next);
    }
    return ks_give(&at);
}

static PyObject *
attrgetter_vectorcall(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyObject *paths = AS_ATTRGETTER(self)->paths;
    PyObject *object = only_argument("attrgetter", args, nargsf, kwnames);
    if (object == NULL)
        return NULL;
    Py_ssize_t count = PyTuple_GET_SIZE(paths);
    if (count == 1)
        return follow(object, PyTuple_GET_ITEM(paths, 0));
    KS_OWNED PyObject *result = PyTuple_New(count);
    if (result == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *value = follow(object, PyTuple_GET_ITEM(paths, i));
        if (value == NULL)
            return NULL;
        PyTuple_SET_ITEM(result, i, value);
    }
    return ks_give(&result);
}

/* An interned str, or a tuple of such for a name with dots. */
static PyObject *
make_path(PyObject *name)
{
    KS_OWNED PyObject *dot = PyUnicode_FromString(".");
    KS_OWNED PyObject *parts = dot == NULL ? NULL : PyUnicode_Split(name, dot, -1);
    if (parts == NULL)
        return NULL;
    Py_ssize_t count = PyList_GET_SIZE(parts);
    PyObject *path = PyTuple_New(count);
    if (path == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *part = Py_NewRef(PyList_GET_ITEM(parts, i));
        PyUnicode_InternInPlace(&part);
        PyTuple_SET_ITEM(path, i, part);
    }
    if (count == 1)
        Py_SETREF(path, Py_NewRef(PyTuple_GET_ITEM(path, 0)));
    return path;
}

static PyObject *
attrgetter_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Py_ssize_t count = PyTuple_GET_SIZE(args);
    if (!_PyArg_NoKeywords("attrgetter", kwargs)
        || !ks_args_count("attrgetter", count > 1 ? 1 : count, 1, 1))
        return NULL;
    KS_OWNED PyObject *paths = PyTuple_New(count);
    if (paths == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *name = PyTuple_GET_ITEM(args, i);
        if (!PyUnicode_Check(name)) {
            PyErr_SetString(PyExc_TypeError, "attribute name must be a string");
            return NULL;
        }
        PyObject *path = make_path(name);
        if (path == NULL)
            return NULL;
        PyTuple_SET_ITEM(paths, i, path);
    }
    PyObject *self = type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    AS_ATTRGETTER(self)->names = Py_NewRef(args);
    AS_ATTRGETTER(self)->paths = ks_give(&paths);
    AS_ATTRGETTER(self)->vectorcall = attrgetter_vectorcall;
    return self;
}

static int
attrgetter_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(AS_ATTRGETTER(self)->names);
    Py_VISIT(AS_ATTRGETTER(self)->paths);
    return 0;
}

static int
attrgetter_clear(PyObject *self)
{
    Py_CLEAR(AS_ATTRGETTER(self)->names);
    Py_CLEAR(AS_ATTRGETTER(self)->paths);
    return 0;
}

static void
attrgetter_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    attrgetter_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *
attrgetter_text(PyObject *self)
{
    return call_text(self, AS_ATTRGETTER(self)->names);
}

static PyObject *
attrgetter_repr(PyObject *self)
{
    return repr_guarded(self, attrgetter_text);
}

static PyObject *
attrgetter_reduce(PyObject *self, PyObject *unused)
{
    return PyTuple_Pack(2, Py_TYPE(self), AS_ATTRGETTER(self)->names);
}

static PyMethodDef attrgetter_methods[] = {
    METHOD_PLAIN("__reduce__", attrgetter_reduce, METH_NOARGS, "What pickle needs to know."),
    {NULL, NULL, 0, NULL},
};

static PyMemberDef attrgetter_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(AttrGetter, vectorcall), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot attrgetter_slots[] = {
    {Py_tp_doc,
     "attrgetter(attr, ...) --> attrgetter object\n\n"
     "attrgetter('name')(r) is r.name; attrgetter('name.first', 'age')(r) is\n"
     "(r.name.first, r.age)."},
    {Py_tp_dealloc, attrgetter_dealloc},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_traverse, attrgetter_traverse},
    {Py_tp_clear, attrgetter_clear},
    {Py_tp_methods, attrgetter_methods},
    {Py_tp_members, attrgetter_members},
    {Py_tp_new, attrgetter_new},
    {Py_tp_getattro, PyObject_GenericGetAttr},
    {Py_tp_repr, attrgetter_repr},
    {0, NULL},
};

PyType_Spec ks_attrgetter_spec = {
    .name = "operator.attrgetter",
    .basicsize = sizeof(AttrGetter),
    .flags = COMMON_FLAGS | Py_TPFLAGS_HAVE_VECTORCALL,
    .slots = attrgetter_slots,
};

/* ---- methodcaller ---- */

typedef struct MethodCaller {
    PyObject_HEAD
    PyObject *name; /* interned */
    PyObject *args; /* tuple, without the name */
    PyObject *kwargs;
} MethodCaller;

#define AS_CALLER(self) ((MethodCaller *)(self))

static PyObject *
methodcaller_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (PyTuple_GET_SIZE(args) < 1) {
        PyErr_SetString(PyExc_TypeError,
                        "methodcaller needs at least one argument, the method name");
        return NULL;
    }
    if (!PyUnicode_Check(PyTuple_GET_ITEM(args, 0))) {
        PyErr_SetString(PyExc_TypeError, "method name must be a string");
        return NULL;
    }
    KS_OWNED PyObject *rest = PyTuple_GetSlice(args, 1, PyTuple_GET_SIZE(args));
    PyObject *self = rest == NULL ? NULL : type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    AS_CALLER(self)->name = Py_NewRef(PyTuple_GET_ITEM(args, 0));
    PyUnicode_InternInPlace(&AS_CALLER(self)->name);
    AS_CALLER(self)->args = ks_give(&rest);
    AS_CALLER(self)->kwargs = Py_XNewRef(kwargs);
    return self;
}

static PyObject *
methodcaller_call(PyObject *self, PyObject *args, PyObject *kwargs)
{
    if (!_PyArg_NoKeywords("methodcaller", kwargs)
        || !ks_args_count("methodcaller", PyTuple_GET_SIZE(args), 1, 1))
        return NULL;
    KS_OWNED PyObject *method = PyObject_GetAttr(PyTuple_GET_ITEM(args, 0), AS_CALLER(self)->name);
    if (method == NULL)
        return NULL;
    return PyObject_Call(method, AS_CALLER(self)->args, AS_CALLER(self)->kwargs);
}

static int
methodcaller_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(AS_CALLER(self)->args);
    Py_VISIT(AS_CALLER(self)->kwargs);
    return 0;
}

static int
methodcaller_clear(PyObject *self)
{
    Py_CLEAR(AS_CALLER(self)->name);
    Py_CLEAR(AS_CALLER(self)->args);
    Py_CLEAR(AS_CALLER(self)->kwargs);
    return 0;
}

static void
methodcaller_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    methodcaller_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

/* Appends text made by a format to *text, which is replaced. */
static int
append_text(PyObject **text, PyObject *more)
{
    if (more == NULL)
        return -1;
    PyUnicode_AppendAndDel(text, more);
    return *text == NULL ? -1 : 0;
}

static PyObject *
methodcaller_text(PyObject *self)
{
    MethodCaller *caller = AS_CALLER(self);
    KS_OWNED PyObject *text = PyUnicode_FromFormat("%s(%R", Py_TYPE(self)->tp_name, caller->name);
    if (text == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(caller->args); i++)
        if (append_text(&text, PyUnicode_FromFormat(", %R", PyTuple_GET_ITEM(caller->args, i))) < 0)
            return NULL;
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    while (caller->kwargs != NULL && PyDict_Next(caller->kwargs, &pos, &key, &value))
        if (append_text(&text, PyUnicode_FromFormat(", %U=%R", key, value)) < 0)
            return NULL;
    return append_text(&text, PyUnicode_FromString(")")) < 0 ? NULL : ks_give(&text);
}

static PyObject *
methodcaller_repr(PyObject *self)
{
    return repr_guarded(self, methodcaller_text);
}

static PyObject *
methodcaller_reduce(PyObject *self, PyObject *unused)
{
    MethodCaller *caller = AS_CALLER(self);
    if (caller->kwargs == NULL || PyDict_GET_SIZE(caller->kwargs) == 0) {
        KS_OWNED PyObject *name = PyTuple_Pack(1, caller->name);
        KS_OWNED PyObject *args = name == NULL ? NULL : PySequence_Concat(name, caller->args);
        return args == NULL ? NULL : PyTuple_Pack(2, Py_TYPE(self), args);
    }
    /* Keywords need a callable that has them. */
    KS_OWNED PyObject *functools = PyImport_ImportModule("functools");
    KS_OWNED PyObject *partial = functools == NULL ? NULL
                                                   : PyObject_GetAttrString(functools, "partial");
    KS_OWNED PyObject *args = partial == NULL ? NULL
                                              : PyTuple_Pack(2, Py_TYPE(self), caller->name);
    KS_OWNED PyObject *constructor = args == NULL ? NULL
                                                  : PyObject_Call(partial, args, caller->kwargs);
    return constructor == NULL ? NULL : PyTuple_Pack(2, constructor, caller->args);
}

static PyMethodDef methodcaller_methods[] = {
    METHOD_PLAIN("__reduce__", methodcaller_reduce, METH_NOARGS, "What pickle needs to know."),
    {NULL, NULL, 0, NULL},
};

static PyType_Slot methodcaller_slots[] = {
    {Py_tp_doc,
     "methodcaller(name, ...) --> methodcaller object\n\n"
     "methodcaller('name', 'date', foo=1)(r) is r.name('date', foo=1)."},
    {Py_tp_dealloc, methodcaller_dealloc},
    {Py_tp_call, methodcaller_call},
    {Py_tp_traverse, methodcaller_traverse},
    {Py_tp_clear, methodcaller_clear},
    {Py_tp_methods, methodcaller_methods},
    {Py_tp_new, methodcaller_new},
    {Py_tp_getattro, PyObject_GenericGetAttr},
    {Py_tp_repr, methodcaller_repr},
    {0, NULL},
};

PyType_Spec ks_methodcaller_spec = {
    .name = "operator.methodcaller",
    .basicsize = sizeof(MethodCaller),
    .flags = COMMON_FLAGS,
    .slots = methodcaller_slots,
};
