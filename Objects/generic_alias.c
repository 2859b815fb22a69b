/* SPDX-License-Identifier: MIT */
/* types.GenericAlias: a class with type arguments.
 *
 * Attributes go through to the class, except those that describe the alias. Parameters are the
 * type variables among the arguments, found when first asked for. */
#include "Python.h"

#include "pycore_ceval.h"
#include "pycore_object.h"
#include "pycore_unicodeobject.h"
#include "pycore_unionobject.h"
#include "structmember.h"

#include "ks_args.h"
#include "ks_generic.h"

#define CAST(self) ((KsAlias *)(self))

/* --- lifecycle --- */

static PyObject *
alias_vectorcall(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames);

static PyObject *
alias_create(PyTypeObject *type, PyObject *origin, PyObject *args, int starred)
{
    KS_OWNED PyObject *arguments = PyTuple_Check(args) ? Py_NewRef(args) : PyTuple_Pack(1, args);
    if (arguments == NULL)
        return NULL;
    KsAlias *self = (KsAlias *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->origin = Py_NewRef(origin);
    self->args = ks_give(&arguments);
    self->parameters = NULL;
    self->weakreflist = NULL;
    self->starred = (char)starred;
    self->vectorcall = PyVectorcall_Function(origin) != NULL ? alias_vectorcall : NULL;
    return (PyObject *)self;
}

PyObject *
Py_GenericAlias(PyObject *origin, PyObject *args)
{
    return alias_create(&Py_GenericAliasType, origin, args, 0);
}

static PyObject *
alias_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (kwargs != NULL && PyDict_GET_SIZE(kwargs) != 0) {
        PyErr_SetString(PyExc_TypeError, "GenericAlias() takes no keyword arguments");
        return NULL;
    }
    if (!ks_args_count("GenericAlias", PyTuple_GET_SIZE(args), 2, 2))
        return NULL;
    return alias_create(type, PyTuple_GET_ITEM(args, 0), PyTuple_GET_ITEM(args, 1), 0);
}

static void
alias_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    if (CAST(self)->weakreflist != NULL)
        PyObject_ClearWeakRefs(self);
    Py_XDECREF(CAST(self)->origin);
    Py_XDECREF(CAST(self)->args);
    Py_XDECREF(CAST(self)->parameters);
    Py_TYPE(self)->tp_free(self);
}

static int
alias_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(CAST(self)->origin);
    Py_VISIT(CAST(self)->args);
    Py_VISIT(CAST(self)->parameters);
    return 0;
}

/* --- repr --- */

int
ks_generic_write_argument(_PyUnicodeWriter *writer, PyObject *argument)
{
    if (argument == Py_Ellipsis)
        return _PyUnicodeWriter_WriteASCIIString(writer, "...", 3);
    PyObject *found;
    if (_PyObject_LookupAttr(argument, &_Py_ID(__origin__), &found) < 0)
        return -1;
    KS_OWNED PyObject *origin = found;
    int is_generic = 0;
    if (origin != NULL) {
        if (_PyObject_LookupAttr(argument, &_Py_ID(__args__), &found) < 0)
            return -1;
        is_generic = found != NULL;
        Py_XDECREF(found);
    }
    if (!is_generic) {
        if (_PyObject_LookupAttr(argument, &_Py_ID(__qualname__), &found) < 0)
            return -1;
        KS_OWNED PyObject *qualname = found;
        if (qualname != NULL) {
            if (_PyObject_LookupAttr(argument, &_Py_ID(__module__), &found) < 0)
                return -1;
            KS_OWNED PyObject *module = found;
            if (module != NULL && module != Py_None) {
                KS_OWNED PyObject *text = NULL;
                if (PyUnicode_Check(module) &&
                    _PyUnicode_EqualToASCIIString(module, "builtins"))
                    text = PyObject_Str(qualname);
                else
                    text = PyUnicode_FromFormat("%S.%S", module, qualname);
                return text == NULL ? -1 : _PyUnicodeWriter_WriteStr(writer, text);
            }
        }
    }
    KS_OWNED PyObject *text = PyObject_Repr(argument);
    return text == NULL ? -1 : _PyUnicodeWriter_WriteStr(writer, text);
}

/* A list among the arguments (of a parameter specification) shows its items as arguments. */
static int
write_item(_PyUnicodeWriter *writer, PyObject *item)
{
    if (!PyList_Check(item))
        return ks_generic_write_argument(writer, item);
    if (_PyUnicodeWriter_WriteChar(writer, '[') < 0)
        return -1;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(item); i++) {
        if (i > 0 && _PyUnicodeWriter_WriteASCIIString(writer, ", ", 2) < 0)
            return -1;
        KS_OWNED PyObject *inner = Py_NewRef(PyList_GET_ITEM(item, i));
        if (ks_generic_write_argument(writer, inner) < 0)
            return -1;
    }
    return _PyUnicodeWriter_WriteChar(writer, ']');
}

static int
alias_write(KsAlias *self, _PyUnicodeWriter *writer)
{
    if (self->starred && _PyUnicodeWriter_WriteChar(writer, '*') < 0)
        return -1;
    if (ks_generic_write_argument(writer, self->origin) < 0 ||
        _PyUnicodeWriter_WriteChar(writer, '[') < 0)
        return -1;
    Py_ssize_t count = PyTuple_GET_SIZE(self->args);
    for (Py_ssize_t i = 0; i < count; i++) {
        if (i > 0 && _PyUnicodeWriter_WriteASCIIString(writer, ", ", 2) < 0)
            return -1;
        if (write_item(writer, PyTuple_GET_ITEM(self->args, i)) < 0)
            return -1;
    }
    if (count == 0 && _PyUnicodeWriter_WriteASCIIString(writer, "()", 2) < 0)
        return -1;
    return _PyUnicodeWriter_WriteChar(writer, ']');
}

static PyObject *
alias_repr(PyObject *self)
{
    _PyUnicodeWriter writer;
    _PyUnicodeWriter_Init(&writer);
    if (alias_write(CAST(self), &writer) < 0) {
        _PyUnicodeWriter_Dealloc(&writer);
        return NULL;
    }
    return _PyUnicodeWriter_Finish(&writer);
}

/* --- parameters --- */

/* Is it a type variable or its kin? They say so with __typing_subst__. 1, 0, -1. */
static int
is_type_variable(PyObject *object)
{
    if (PyType_Check(object))
        return 0;
    PyObject *found;
    if (_PyObject_LookupAttr(object, &_Py_ID(__typing_subst__), &found) < 0)
        return -1;
    Py_XDECREF(found);
    return found != NULL;
}

static int
list_add_once(PyObject *list, PyObject *item)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        if (PyList_GET_ITEM(list, i) == item)
            return 0;
    }
    return PyList_Append(list, item);
}

/* The type variables in the arguments, each once, in order; a new tuple. */
PyObject *
_Py_make_parameters(PyObject *args)
{
    KS_OWNED PyObject *list = PyList_New(0);
    if (list == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); i++) {
        PyObject *argument = PyTuple_GET_ITEM(args, i);
        if (PyType_Check(argument))
            continue;
        int is_variable = is_type_variable(argument);
        if (is_variable < 0)
            return NULL;
        if (is_variable) {
            if (list_add_once(list, argument) < 0)
                return NULL;
            continue;
        }
        PyObject *found;
        if (_PyObject_LookupAttr(argument, &_Py_ID(__parameters__), &found) < 0)
            return NULL;
        KS_OWNED PyObject *inner = found;
        if (inner == NULL || !PyTuple_Check(inner))
            continue;
        for (Py_ssize_t j = 0; j < PyTuple_GET_SIZE(inner); j++) {
            if (list_add_once(list, PyTuple_GET_ITEM(inner, j)) < 0)
                return NULL;
        }
    }
    return PyList_AsTuple(list);
}

static Py_ssize_t
tuple_index(PyObject *tuple, PyObject *item)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(tuple); i++) {
        if (PyTuple_GET_ITEM(tuple, i) == item)
            return i;
    }
    return -1;
}

static int
is_type_var_tuple(PyObject *object)
{
    const char *name = Py_TYPE(object)->tp_name;
    if (strcmp(name, "TypeVarTuple") != 0)
        return 0;
    KS_OWNED PyObject *module =
        PyObject_GetAttr((PyObject *)Py_TYPE(object), &_Py_ID(__module__));
    if (module == NULL)
        return -1;
    return PyUnicode_Check(module) && _PyUnicode_EqualToASCIIString(module, "typing");
}

/* An argument that is itself generic, with its own parameters replaced; new reference. */
static PyObject *
substitute_inside(PyObject *argument, PyObject *parameters, PyObject *items)
{
    PyObject *found;
    if (_PyObject_LookupAttr(argument, &_Py_ID(__parameters__), &found) < 0)
        return NULL;
    KS_OWNED PyObject *inner = found;
    if (inner == NULL || !PyTuple_Check(inner) || PyTuple_GET_SIZE(inner) == 0)
        return Py_NewRef(argument);
    KS_OWNED PyObject *list = PyList_New(0);
    if (list == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(inner); i++) {
        PyObject *variable = PyTuple_GET_ITEM(inner, i);
        Py_ssize_t index = tuple_index(parameters, variable);
        if (index < 0) {
            if (PyList_Append(list, variable) < 0)
                return NULL;
            continue;
        }
        PyObject *value = PyTuple_GET_ITEM(items, index);
        int is_variadic = PyTuple_Check(value) ? is_type_var_tuple(variable) : 0;
        if (is_variadic < 0)
            return NULL;
        if (is_variadic ? PyList_SetSlice(list, PY_SSIZE_T_MAX, PY_SSIZE_T_MAX, value) < 0
                        : PyList_Append(list, value) < 0)
            return NULL;
    }
    KS_OWNED PyObject *key = PyList_AsTuple(list);
    return key == NULL ? NULL : PyObject_GetItem(argument, key);
}

/* *tuple[...] among the arguments stands for its contents; a new tuple with them in place. */
static PyObject *
unpack_arguments(PyObject *item)
{
    KS_OWNED PyObject *list = PyList_New(0);
    if (list == NULL)
        return NULL;
    int is_tuple = PyTuple_Check(item);
    Py_ssize_t count = is_tuple ? PyTuple_GET_SIZE(item) : 1;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *argument = is_tuple ? PyTuple_GET_ITEM(item, i) : item;
        PyObject *found = NULL;
        if (!PyType_Check(argument) &&
            _PyObject_LookupAttr(argument, &_Py_ID(__typing_unpacked_tuple_args__), &found) < 0)
            return NULL;
        KS_OWNED PyObject *contents = found;
        int is_unpackable = 0;
        if (contents != NULL && contents != Py_None && PyTuple_Check(contents)) {
            Py_ssize_t size = PyTuple_GET_SIZE(contents);
            is_unpackable =
                size == 0 || PyTuple_GET_ITEM(contents, size - 1) != Py_Ellipsis;
        }
        if (is_unpackable ? PyList_SetSlice(list, PY_SSIZE_T_MAX, PY_SSIZE_T_MAX, contents) < 0
                          : PyList_Append(list, argument) < 0)
            return NULL;
    }
    return PyList_AsTuple(list);
}

/* Lets each parameter that wants to prepare the items; a new tuple of as many as parameters. */
static PyObject *
prepare_items(PyObject *self, PyObject *parameters, PyObject *item)
{
    KS_OWNED PyObject *items = unpack_arguments(item);
    if (items == NULL)
        return NULL;
    Py_ssize_t wanted = PyTuple_GET_SIZE(parameters);
    for (Py_ssize_t i = 0; i < wanted; i++) {
        PyObject *found;
        if (_PyObject_LookupAttr(PyTuple_GET_ITEM(parameters, i),
                                 &_Py_ID(__typing_prepare_subst__), &found) < 0)
            return NULL;
        KS_OWNED PyObject *prepare = found;
        if (prepare == NULL || prepare == Py_None)
            continue;
        PyObject *prepared = PyObject_CallFunctionObjArgs(prepare, self, items, NULL);
        if (prepared != NULL && !PyTuple_Check(prepared))
            Py_SETREF(prepared, PyTuple_Pack(1, prepared));
        if (prepared == NULL)
            return NULL;
        Py_SETREF(items, prepared);
    }
    Py_ssize_t given = PyTuple_GET_SIZE(items);
    if (given != wanted) {
        PyErr_Format(PyExc_TypeError, "Too %s arguments for %R; actual %zd, expected %zd",
                     given > wanted ? "many" : "few", self, given, wanted);
        return NULL;
    }
    return ks_give(&items);
}

/* The arguments with the parameters replaced by item(s); a new tuple. */
PyObject *
_Py_subs_parameters(PyObject *self, PyObject *args, PyObject *parameters, PyObject *item)
{
    if (PyTuple_GET_SIZE(parameters) == 0) {
        PyErr_Format(PyExc_TypeError, "%R is not a generic class", self);
        return NULL;
    }
    KS_OWNED PyObject *items = prepare_items(self, parameters, item);
    KS_OWNED PyObject *list = PyList_New(0);
    if (items == NULL || list == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); i++) {
        PyObject *argument = PyTuple_GET_ITEM(args, i);
        if (PyType_Check(argument)) {
            if (PyList_Append(list, argument) < 0)
                return NULL;
            continue;
        }
        PyObject *found;
        if (_PyObject_LookupAttr(argument, &_Py_ID(__typing_is_unpacked_typevartuple__),
                                 &found) < 0)
            return NULL;
        KS_OWNED PyObject *unpacked_flag = found;
        int unpack = unpacked_flag == NULL ? 0 : PyObject_IsTrue(unpacked_flag);
        if (unpack < 0 ||
            _PyObject_LookupAttr(argument, &_Py_ID(__typing_subst__), &found) < 0)
            return NULL;
        KS_OWNED PyObject *substitute = found;
        KS_OWNED PyObject *replaced = NULL;
        if (substitute != NULL) {
            Py_ssize_t index = tuple_index(parameters, argument);
            replaced = PyObject_CallOneArg(substitute, PyTuple_GET_ITEM(items, index));
        }
        else {
            replaced = substitute_inside(argument, parameters, items);
        }
        if (replaced == NULL)
            return NULL;
        if (unpack && PyTuple_Check(replaced)) {
            if (PyList_SetSlice(list, PY_SSIZE_T_MAX, PY_SSIZE_T_MAX, replaced) < 0)
                return NULL;
        }
        else if (PyList_Append(list, replaced) < 0) {
            return NULL;
        }
    }
    return PyList_AsTuple(list);
}

/* The parameters, made when needed; borrowed. */
static PyObject *
alias_parameters(KsAlias *self)
{
    if (self->parameters == NULL)
        self->parameters = _Py_make_parameters(self->args);
    return self->parameters;
}

static PyObject *
alias_getitem(PyObject *self, PyObject *item)
{
    PyObject *parameters = alias_parameters(CAST(self));
    if (parameters == NULL)
        return NULL;
    KS_OWNED PyObject *args = _Py_subs_parameters(self, CAST(self)->args, parameters, item);
    if (args == NULL)
        return NULL;
    return alias_create(Py_TYPE(self), CAST(self)->origin, args, CAST(self)->starred);
}

/* --- calls --- */

/* The new object remembers how it was made, if it can. */
static PyObject *
mark_instance(PyObject *alias, PyObject *object)
{
    if (object != NULL && PyObject_SetAttr(object, &_Py_ID(__orig_class__), alias) < 0) {
        if (!PyErr_ExceptionMatches(PyExc_AttributeError) &&
            !PyErr_ExceptionMatches(PyExc_TypeError)) {
            Py_DECREF(object);
            return NULL;
        }
        PyErr_Clear();
    }
    return object;
}

static PyObject *
alias_vectorcall(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyObject *origin = CAST(self)->origin;
    return mark_instance(self, PyVectorcall_Function(origin)(origin, args, nargsf, kwnames));
}

static PyObject *
alias_call(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return mark_instance(self, PyObject_Call(CAST(self)->origin, args, kwargs));
}

/* --- attributes --- */

static const char *const own_attributes[] = {
    "__class__",     "__origin__",       "__args__",       "__unpacked__",
    "__parameters__", "__typing_unpacked_tuple_args__",     "__mro_entries__",
    "__reduce_ex__", "__reduce__",       "__copy__",       "__deepcopy__",
};

static PyObject *
alias_getattro(PyObject *self, PyObject *name)
{
    if (PyUnicode_Check(name)) {
        for (Py_ssize_t i = 0; i < KS_COUNT_OF(own_attributes); i++) {
            if (_PyUnicode_EqualToASCIIString(name, own_attributes[i]))
                return PyObject_GenericGetAttr(self, name);
        }
        return PyObject_GetAttr(CAST(self)->origin, name);
    }
    return PyObject_GenericGetAttr(self, name);
}

static PyObject *
alias_richcompare(PyObject *left, PyObject *right, int op)
{
    if (!PyObject_TypeCheck(left, &Py_GenericAliasType) ||
        !PyObject_TypeCheck(right, &Py_GenericAliasType) || (op != Py_EQ && op != Py_NE))
        Py_RETURN_NOTIMPLEMENTED;
    if (op == Py_NE) {
        KS_OWNED PyObject *equal = alias_richcompare(left, right, Py_EQ);
        return equal == NULL ? NULL : PyBool_FromLong(equal == Py_False);
    }
    if (CAST(left)->starred != CAST(right)->starred)
        Py_RETURN_FALSE;
    int same = PyObject_RichCompareBool(CAST(left)->origin, CAST(right)->origin, Py_EQ);
    if (same <= 0)
        return same < 0 ? NULL : Py_NewRef(Py_False);
    return PyObject_RichCompare(CAST(left)->args, CAST(right)->args, Py_EQ);
}

static Py_hash_t
alias_hash(PyObject *self)
{
    Py_hash_t origin = PyObject_Hash(CAST(self)->origin);
    Py_hash_t args = origin == -1 ? -1 : PyObject_Hash(CAST(self)->args);
    if (args == -1)
        return -1;
    Py_hash_t hash = origin ^ args;
    return hash == -1 ? -2 : hash;
}

static PyObject *
alias_mro_entries(PyObject *self, PyObject *unused)
{
    return PyTuple_Pack(1, CAST(self)->origin);
}

static PyObject *
alias_instancecheck(PyObject *self, PyObject *unused)
{
    PyErr_SetString(PyExc_TypeError,
                    "isinstance() argument 2 cannot be a parameterized generic");
    return NULL;
}

static PyObject *
alias_subclasscheck(PyObject *self, PyObject *unused)
{
    PyErr_SetString(PyExc_TypeError,
                    "issubclass() argument 2 cannot be a parameterized generic");
    return NULL;
}

static PyObject *
alias_reduce(PyObject *self, PyObject *unused)
{
    if (!CAST(self)->starred)
        return Py_BuildValue("O(OO)", Py_TYPE(self), CAST(self)->origin, CAST(self)->args);
    /* The starred form is what iterating the plain one gives. */
    KS_OWNED PyObject *plain = Py_GenericAlias(CAST(self)->origin, CAST(self)->args);
    KS_OWNED PyObject *iterator = plain == NULL ? NULL : PyObject_GetIter(plain);
    if (iterator == NULL)
        return NULL;
    KS_OWNED PyObject *next = _PyEval_GetBuiltin(KS_INTERN("next"));
    return next == NULL ? NULL : Py_BuildValue("O(O)", next, iterator);
}

static PyObject *
alias_dir(PyObject *self, PyObject *unused)
{
    PyObject *names = PyObject_Dir(CAST(self)->origin);
    for (Py_ssize_t i = 0; names != NULL && i < KS_COUNT_OF(own_attributes); i++) {
        KS_OWNED PyObject *name = PyUnicode_FromString(own_attributes[i]);
        int has = name == NULL ? -1 : PySequence_Contains(names, name);
        if (has < 0 || (!has && PyList_Append(names, name) < 0))
            Py_CLEAR(names);
    }
    return names;
}

static PyMethodDef alias_methods[] = {
    METHOD_PLAIN("__mro_entries__", alias_mro_entries, METH_O, NULL),
    METHOD_PLAIN("__instancecheck__", alias_instancecheck, METH_O, NULL),
    METHOD_PLAIN("__subclasscheck__", alias_subclasscheck, METH_O, NULL),
    METHOD_PLAIN("__reduce__", alias_reduce, METH_NOARGS, NULL),
    METHOD_PLAIN("__dir__", alias_dir, METH_NOARGS, NULL),
    {NULL},
};

static PyMemberDef alias_members[] = {
    {"__origin__", T_OBJECT, offsetof(KsAlias, origin), READONLY},
    {"__args__", T_OBJECT, offsetof(KsAlias, args), READONLY},
    {"__unpacked__", T_BOOL, offsetof(KsAlias, starred), READONLY},
    {NULL},
};

static PyObject *
alias_get_parameters(PyObject *self, void *closure)
{
    return Py_XNewRef(alias_parameters(CAST(self)));
}

static PyObject *
alias_get_unpacked_args(PyObject *self, void *closure)
{
    if (CAST(self)->starred && CAST(self)->origin == (PyObject *)&PyTuple_Type)
        return Py_NewRef(CAST(self)->args);
    Py_RETURN_NONE;
}

static PyGetSetDef alias_getset[] = {
    {"__parameters__", alias_get_parameters, NULL, PyDoc_STR("Type variables in the GenericAlias.")},
    {"__typing_unpacked_tuple_args__", alias_get_unpacked_args},
    {NULL},
};

/* --- iteration: *list[int] gives the starred alias, once --- */

typedef struct AliasIterator {
    PyObject_HEAD
    PyObject *alias;
} AliasIterator;

PyTypeObject _Py_GenericAliasIterType;

static PyObject *
alias_iter(PyObject *self)
{
    AliasIterator *iterator = PyObject_GC_New(AliasIterator, &_Py_GenericAliasIterType);
    if (iterator == NULL)
        return NULL;
    iterator->alias = Py_NewRef(self);
    PyObject_GC_Track(iterator);
    return (PyObject *)iterator;
}

static PyObject *
iterator_next(PyObject *object)
{
    AliasIterator *self = (AliasIterator *)object;
    if (self->alias == NULL)
        return NULL;
    KsAlias *alias = CAST(self->alias);
    PyObject *starred = alias_create(&Py_GenericAliasType, alias->origin, alias->args, 1);
    Py_CLEAR(self->alias);
    return starred;
}

static int
iterator_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((AliasIterator *)self)->alias);
    return 0;
}

static int
iterator_clear(PyObject *self)
{
    Py_CLEAR(((AliasIterator *)self)->alias);
    return 0;
}

static void
iterator_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    Py_XDECREF(((AliasIterator *)self)->alias);
    PyObject_GC_Del(self);
}

static PyObject *
iterator_reduce(PyObject *object, PyObject *unused)
{
    AliasIterator *self = (AliasIterator *)object;
    KS_OWNED PyObject *iter = _PyEval_GetBuiltin(&_Py_ID(iter));
    if (iter == NULL)
        return NULL;
    if (self->alias != NULL)
        return Py_BuildValue("N(O)", Py_NewRef(iter), self->alias);
    return Py_BuildValue("N(())", Py_NewRef(iter));
}

static PyMethodDef iterator_methods[] = {
    METHOD_PLAIN("__reduce__", iterator_reduce, METH_NOARGS, NULL),
    {NULL},
};

PyTypeObject _Py_GenericAliasIterType = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "generic_alias_iterator",
    .tp_basicsize = sizeof(AliasIterator),
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = iterator_next,
    .tp_traverse = iterator_traverse,
    .tp_methods = iterator_methods,
    .tp_dealloc = iterator_dealloc,
    .tp_clear = iterator_clear,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
};

/* --- type --- */

static PyNumberMethods alias_as_number = {.nb_or = _Py_union_type_or};
static PyMappingMethods alias_as_mapping = {.mp_subscript = alias_getitem};

PyTypeObject Py_GenericAliasType = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "types.GenericAlias",
    .tp_doc = PyDoc_STR("GenericAlias(origin, args, /)\n--\n\n"
                        "Represent a PEP 585 generic type, such as list[int]."),
    .tp_basicsize = sizeof(KsAlias),
    .tp_dealloc = alias_dealloc,
    .tp_repr = alias_repr,
    .tp_as_number = &alias_as_number,
    .tp_as_mapping = &alias_as_mapping,
    .tp_hash = alias_hash,
    .tp_call = alias_call,
    .tp_getattro = alias_getattro,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE |
                Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_traverse = alias_traverse,
    .tp_richcompare = alias_richcompare,
    .tp_weaklistoffset = offsetof(KsAlias, weakreflist),
    .tp_iter = alias_iter,
    .tp_methods = alias_methods,
    .tp_members = alias_members,
    .tp_getset = alias_getset,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = alias_new,
    .tp_free = PyObject_GC_Del,
    .tp_vectorcall_offset = offsetof(KsAlias, vectorcall),
};
