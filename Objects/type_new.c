/* SPDX-License-Identifier: MIT */
/* type.__new__: from name, bases and namespace to a class.
 *
 * Memory of an instance of a new class: the base's, then one word for each slot, then a dict
 * pointer (only if the base has items: at the end, negative offset), then a weak reference list.
 * Without items the dict is managed: it and the inline values stand in front of the collector's
 * header, and tp_dictoffset is minus basicsize minus 24 so that code which counts back from the
 * end of the object arrives there too. */
#include "Python.h"
#include "structmember.h"
#include "pycore_call.h"
#include "pycore_compile.h"
#include "pycore_global_strings.h"
#include "pycore_moduleobject.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"
#include "ks_type.h"

/* What is known about a class in the making. */
typedef struct ClassPlan {
    PyTypeObject *metatype;
    PyObject *name;      /* borrowed */
    PyObject *bases;     /* owned */
    PyObject *kwargs;    /* borrowed, may be NULL */
    PyObject *dict;      /* owned; becomes tp_dict */
    PyObject *slots;     /* owned tuple of mangled names, or NULL without __slots__ */
    PyTypeObject *base;  /* borrowed from bases */
    int may_add_dict, may_add_weak; /* the base has none */
    int add_dict, add_weak;
} ClassPlan;

static void
plan_drop(ClassPlan *plan)
{
    Py_CLEAR(plan->bases);
    Py_CLEAR(plan->dict);
    Py_CLEAR(plan->slots);
}

/* ---- __slots__ ---- */

/* A str that can be a name; TypeError otherwise. */
static int
slot_name_check(PyObject *name)
{
    if (!PyUnicode_Check(name)) {
        PyErr_Format(PyExc_TypeError, "__slots__ items must be strings, not '%.200s'",
                     Py_TYPE(name)->tp_name);
        return -1;
    }
    if (!PyUnicode_IsIdentifier(name)) {
        PyErr_SetString(PyExc_TypeError, "__slots__ must be identifiers");
        return -1;
    }
    return 0;
}

/* Checks all names; "__dict__" and "__weakref__" turn into flags. */
static int
slots_check(ClassPlan *plan, PyObject *names)
{
    Py_ssize_t count = PyTuple_GET_SIZE(names);
    if (count > 0 && plan->base->tp_itemsize != 0) {
        PyErr_Format(PyExc_TypeError, "nonempty __slots__ not supported for subtype of '%s'",
                     plan->base->tp_name);
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        if (slot_name_check(name) < 0)
            return -1;
        if (_PyUnicode_Equal(name, &_Py_ID(__dict__))) {
            if (!plan->may_add_dict || plan->add_dict) {
                PyErr_SetString(PyExc_TypeError,
                                "__dict__ slot disallowed: we already got one");
                return -1;
            }
            plan->add_dict = 1;
        }
        else if (_PyUnicode_Equal(name, &_Py_ID(__weakref__))) {
            if (!plan->may_add_weak || plan->add_weak) {
                PyErr_SetString(PyExc_TypeError,
                                "__weakref__ slot disallowed: either we already got one, or "
                                "__itemsize__ != 0");
                return -1;
            }
            plan->add_weak = 1;
        }
    }
    return 0;
}

/* The sorted tuple of real slots, private names mangled. */
static KS_NEW PyObject *
slots_mangle(ClassPlan *plan, PyObject *names)
{
    KS_OWNED PyObject *list = PyList_New(0);
    if (list == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        if ((plan->add_dict && _PyUnicode_Equal(name, &_Py_ID(__dict__))) ||
            (plan->add_weak && _PyUnicode_Equal(name, &_Py_ID(__weakref__))))
            continue;
        KS_OWNED PyObject *mangled = _Py_Mangle(plan->name, name);
        if (mangled == NULL || PyList_Append(list, mangled) < 0)
            return NULL;
        /* The compiler puts these two into every class body that wants them. */
        if (_PyUnicode_Equal(name, &_Py_ID(__qualname__)) ||
            _PyUnicode_Equal(name, &_Py_ID(__classcell__)))
            continue;
        int present = PyDict_Contains(plan->dict, mangled);
        if (present < 0)
            return NULL;
        if (present) {
            PyErr_Format(PyExc_ValueError, "%R in __slots__ conflicts with class variable", name);
            return NULL;
        }
    }
    if (PyList_Sort(list) < 0)
        return NULL;
    return PyList_AsTuple(list);
}

/* Bases other than the one that gives the layout may promise a dict or weak references. */
static void
slots_promised_by_bases(ClassPlan *plan)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(plan->bases); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(plan->bases, i);
        if (base == plan->base)
            continue;
        if (plan->may_add_dict && base->tp_dictoffset != 0)
            plan->add_dict = 1;
        if (plan->may_add_weak && base->tp_weaklistoffset != 0)
            plan->add_weak = 1;
    }
}

static int
plan_slots(ClassPlan *plan)
{
    plan->may_add_dict = plan->base->tp_dictoffset == 0;
    plan->may_add_weak = plan->base->tp_weaklistoffset == 0 && plan->base->tp_itemsize == 0;
    PyObject *given = PyDict_GetItemWithError(plan->dict, &_Py_ID(__slots__));
    if (given == NULL) {
        if (PyErr_Occurred())
            return -1;
        plan->add_dict = plan->may_add_dict;
        plan->add_weak = plan->may_add_weak;
        return 0;
    }
    KS_OWNED PyObject *names =
        PyUnicode_Check(given) ? PyTuple_Pack(1, given) : PySequence_Tuple(given);
    if (names == NULL || slots_check(plan, names) < 0)
        return -1;
    plan->slots = slots_mangle(plan, names);
    if (plan->slots == NULL)
        return -1;
    slots_promised_by_bases(plan);
    return 0;
}

/* ---- the type object ---- */

static PyGetSetDef getsets_dict_and_weakref[] = {
    {"__dict__", ks_instance_get_dict, ks_instance_set_dict,
     "The attributes of the instance, as a dict.", NULL},
    {"__weakref__", ks_instance_get_weakref, NULL, "The weak references to the object.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyGetSetDef getsets_dict[] = {
    {"__dict__", ks_instance_get_dict, ks_instance_set_dict,
     "The attributes of the instance, as a dict.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyGetSetDef getsets_weakref[] = {
    {"__weakref__", ks_instance_get_weakref, NULL, "The weak references to the object.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

/* An empty heap type: memory, functions common to all Python classes, name, bases. */
static KS_NEW PyTypeObject *
class_alloc(ClassPlan *plan)
{
    Py_ssize_t text_length;
    const char *text = PyUnicode_AsUTF8AndSize(plan->name, &text_length);
    if (text == NULL)
        return NULL;
    if (strlen(text) != (size_t)text_length) {
        PyErr_SetString(PyExc_ValueError, "type name must not contain null characters");
        return NULL;
    }
    Py_ssize_t slot_count = plan->slots == NULL ? 0 : PyTuple_GET_SIZE(plan->slots);
    PyTypeObject *type = (PyTypeObject *)plan->metatype->tp_alloc(plan->metatype, slot_count);
    if (type == NULL)
        return NULL;
    PyHeapTypeObject *heap = (PyHeapTypeObject *)type;
    /* A class can be part of a cycle through its instances' type alone: always collected. */
    type->tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HEAPTYPE | Py_TPFLAGS_BASETYPE |
                     Py_TPFLAGS_HAVE_GC;
    type->tp_as_async = &heap->as_async;
    type->tp_as_number = &heap->as_number;
    type->tp_as_sequence = &heap->as_sequence;
    type->tp_as_mapping = &heap->as_mapping;
    type->tp_as_buffer = &heap->as_buffer;
    type->tp_bases = Py_NewRef(plan->bases);
    type->tp_base = (PyTypeObject *)Py_NewRef(plan->base);
    type->tp_dict = Py_NewRef(plan->dict);
    heap->ht_name = Py_NewRef(plan->name);
    heap->ht_slots = Py_XNewRef(plan->slots);
    type->tp_name = text;
    type->tp_dealloc = ks_instance_dealloc;
    type->tp_alloc = PyType_GenericAlloc;
    type->tp_free = PyObject_GC_Del;
    type->tp_traverse = ks_instance_traverse;
    type->tp_clear = ks_instance_clear;
    type->tp_vectorcall = ks_instance_vectorcall;
    return type;
}

/* Places slots, dict and weak references behind the base's part. */
static void
class_layout(PyTypeObject *type, ClassPlan *plan)
{
    const Py_ssize_t word = (Py_ssize_t)sizeof(PyObject *);
    PyHeapTypeObject *heap = (PyHeapTypeObject *)type;
    PyMemberDef *member = _PyHeapType_GET_MEMBERS(heap);
    Py_ssize_t end = plan->base->tp_basicsize;
    type->tp_members = member;
    Py_ssize_t slot_count = plan->slots == NULL ? 0 : PyTuple_GET_SIZE(plan->slots);
    for (Py_ssize_t i = 0; i < slot_count; i++, member++) {
        /* ht_slots keeps the text alive; PyUnicode_AsUTF8 succeeded when the name was checked. */
        member->name = PyUnicode_AsUTF8(PyTuple_GET_ITEM(plan->slots, i));
        member->type = T_OBJECT_EX;
        member->offset = end;
        end += word;
    }
    if (plan->add_dict && plan->base->tp_itemsize != 0) {
        type->tp_dictoffset = -word;
        end += word;
    }
    if (plan->add_weak) {
        type->tp_weaklistoffset = end;
        end += word;
    }
    if (plan->add_dict && plan->base->tp_itemsize == 0) {
        type->tp_flags |= Py_TPFLAGS_MANAGED_DICT;
        type->tp_dictoffset = -end - 3 * word;
    }
    type->tp_basicsize = end;
    type->tp_itemsize = plan->base->tp_itemsize;
    if (plan->add_dict && plan->add_weak)
        type->tp_getset = getsets_dict_and_weakref;
    else if (plan->add_dict)
        type->tp_getset = getsets_dict;
    else if (plan->add_weak)
        type->tp_getset = getsets_weakref;
}

/* ---- entries of the namespace that mean something to the class ---- */

/* __module__ is the module whose code makes the class. */
static int
class_set_module(PyTypeObject *type)
{
    int present = PyDict_Contains(type->tp_dict, &_Py_ID(__module__));
    if (present != 0)
        return present < 0 ? -1 : 0;
    PyObject *globals = PyEval_GetGlobals();
    if (globals == NULL)
        return 0;
    PyObject *module = PyDict_GetItemWithError(globals, &_Py_ID(__name__));
    if (module == NULL)
        return PyErr_Occurred() ? -1 : 0;
    return PyDict_SetItem(type->tp_dict, &_Py_ID(__module__), module);
}

static int
class_set_qualname(PyTypeObject *type)
{
    PyHeapTypeObject *heap = (PyHeapTypeObject *)type;
    PyObject *given = PyDict_GetItemWithError(type->tp_dict, &_Py_ID(__qualname__));
    if (given == NULL) {
        if (PyErr_Occurred())
            return -1;
        heap->ht_qualname = Py_NewRef(heap->ht_name);
        return 0;
    }
    if (!PyUnicode_Check(given)) {
        PyErr_Format(PyExc_TypeError, "type __qualname__ must be a str, not %s",
                     Py_TYPE(given)->tp_name);
        return -1;
    }
    heap->ht_qualname = Py_NewRef(given);
    return PyDict_DelItem(type->tp_dict, &_Py_ID(__qualname__));
}

static int
class_set_doc(PyTypeObject *type)
{
    PyObject *doc = PyDict_GetItemWithError(type->tp_dict, &_Py_ID(__doc__));
    if (doc == NULL || !PyUnicode_Check(doc))
        return doc == NULL && PyErr_Occurred() ? -1 : 0;
    Py_ssize_t length;
    const char *text = PyUnicode_AsUTF8AndSize(doc, &length);
    if (text == NULL)
        return -1;
    char *copy = PyObject_Malloc((size_t)length + 1);
    if (copy == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    memcpy(copy, text, (size_t)length + 1);
    type->tp_doc = copy;
    return 0;
}

/* A plain function under this name is wrapped as static or class method. */
static int
class_wrap_function(PyTypeObject *type, PyObject *name, PyObject *(*wrap)(PyObject *))
{
    PyObject *function = PyDict_GetItemWithError(type->tp_dict, name);
    if (function == NULL || !PyFunction_Check(function))
        return function == NULL && PyErr_Occurred() ? -1 : 0;
    KS_OWNED PyObject *wrapped = wrap(function);
    return wrapped == NULL ? -1 : PyDict_SetItem(type->tp_dict, name, wrapped);
}

/* The cell that super() without arguments finds the class in. */
static int
class_set_cell(PyTypeObject *type)
{
    PyObject *cell = PyDict_GetItemWithError(type->tp_dict, &_Py_ID(__classcell__));
    if (cell == NULL)
        return PyErr_Occurred() ? -1 : 0;
    if (!PyCell_Check(cell)) {
        PyErr_Format(PyExc_TypeError, "__classcell__ must be a nonlocal cell, not %.200R",
                     Py_TYPE(cell));
        return -1;
    }
    if (PyCell_Set(cell, (PyObject *)type) < 0)
        return -1;
    return PyDict_DelItem(type->tp_dict, &_Py_ID(__classcell__));
}

static int
class_set_entries(PyTypeObject *type, ClassPlan *plan)
{
    if (class_set_module(type) < 0 || class_set_qualname(type) < 0 || class_set_doc(type) < 0 ||
        class_wrap_function(type, &_Py_ID(__new__), PyStaticMethod_New) < 0 ||
        class_wrap_function(type, &_Py_ID(__init_subclass__), PyClassMethod_New) < 0 ||
        class_wrap_function(type, &_Py_ID(__class_getitem__), PyClassMethod_New) < 0)
        return -1;
    class_layout(type, plan);
    return class_set_cell(type);
}

/* ---- telling others ---- */

/* 1 if some entry of a namespace wants to hear its name; most classes have none. */
static int
has_listeners(PyObject *dict)
{
    Py_ssize_t position = 0;
    PyObject *value;
    while (PyDict_Next(dict, &position, NULL, &value)) {
        if (!PyFunction_Check(value) &&
            _PyType_Lookup(Py_TYPE(value), &_Py_ID(__set_name__)) != NULL)
            return 1;
    }
    return 0;
}

/* Calls __set_name__ of every entry that has one. */
static int
class_tell_entries(PyTypeObject *type)
{
    if (!has_listeners(type->tp_dict))
        return 0;
    /* The methods may change the namespace. */
    KS_OWNED PyObject *entries = PyDict_Copy(type->tp_dict);
    if (entries == NULL)
        return -1;
    Py_ssize_t position = 0;
    PyObject *key, *value;
    while (PyDict_Next(entries, &position, &key, &value)) {
        KS_OWNED PyObject *method = _PyObject_LookupSpecial(value, &_Py_ID(__set_name__));
        if (method == NULL) {
            if (PyErr_Occurred())
                return -1;
            continue;
        }
        PyObject *args[3] = {NULL, (PyObject *)type, key};
        PyObject *result =
            PyObject_Vectorcall(method, args + 1, 2 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
        if (result == NULL) {
            _PyErr_FormatFromCause(PyExc_RuntimeError,
                                   "Error calling __set_name__ on '%.100s' instance %R in '%.100s'",
                                   Py_TYPE(value)->tp_name, key, type->tp_name);
            return -1;
        }
        Py_DECREF(result);
    }
    return 0;
}

/* super(type, type).__init_subclass__(**kwargs) */
static int
class_tell_parent(PyTypeObject *type, PyObject *kwargs)
{
    PyObject *const args[2] = {(PyObject *)type, (PyObject *)type};
    KS_OWNED PyObject *proxy = PyObject_Vectorcall((PyObject *)&PySuper_Type, args, 2, NULL);
    if (proxy == NULL)
        return -1;
    KS_OWNED PyObject *method = PyObject_GetAttr(proxy, &_Py_ID(__init_subclass__));
    if (method == NULL)
        return -1;
    KS_OWNED PyObject *result = PyObject_VectorcallDict(method, NULL, 0, kwargs);
    return result == NULL ? -1 : 0;
}

/* ---- type.__new__ ---- */

/* Every base must be a type; other objects mean that __mro_entries__ was not resolved. */
static int
bases_check(PyObject *bases)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        PyObject *base = PyTuple_GET_ITEM(bases, i);
        if (PyType_Check(base))
            continue;
        PyObject *found;
        if (_PyObject_LookupAttr(base, &_Py_ID(__mro_entries__), &found) < 0)
            return -1;
        if (found != NULL) {
            Py_DECREF(found);
            PyErr_SetString(PyExc_TypeError, "type() doesn't support MRO entry resolution; "
                                             "use types.new_class()");
            return -1;
        }
    }
    return 0;
}

static KS_NEW PyTypeObject *
class_build(ClassPlan *plan)
{
    if (plan_slots(plan) < 0)
        return NULL;
    PyTypeObject *type = class_alloc(plan);
    if (type == NULL)
        return NULL;
    if (class_set_entries(type, plan) < 0 || PyType_Ready(type) < 0) {
        Py_DECREF(type);
        return NULL;
    }
    ks_type_fill_slots(type);
    if (class_tell_entries(type) < 0 || class_tell_parent(type, plan->kwargs) < 0) {
        Py_DECREF(type);
        return NULL;
    }
    return type;
}

PyObject *
ks_type_new(PyTypeObject *metatype, PyObject *args, PyObject *kwargs)
{
    PyObject *name, *bases, *dict;
    if (KS_LIKELY(PyTuple_GET_SIZE(args) == 3 && PyUnicode_Check(PyTuple_GET_ITEM(args, 0)) &&
                  PyTuple_Check(PyTuple_GET_ITEM(args, 1)) &&
                  PyDict_Check(PyTuple_GET_ITEM(args, 2)))) {
        name = PyTuple_GET_ITEM(args, 0);
        bases = PyTuple_GET_ITEM(args, 1);
        dict = PyTuple_GET_ITEM(args, 2);
    }
    else if (!PyArg_ParseTuple(args, "UO!O!:type.__new__", &name, &PyTuple_Type, &bases,
                               &PyDict_Type, &dict)) {
        return NULL;
    }

    if (bases_check(bases) < 0)
        return NULL;
    PyTypeObject *winner = _PyType_CalculateMetaclass(metatype, bases);
    if (winner == NULL)
        return NULL;
    if (winner != metatype && winner->tp_new != ks_type_new)
        return winner->tp_new(winner, args, kwargs);

    ClassPlan plan = {.metatype = winner, .name = name, .kwargs = kwargs};
    PyTypeObject *type = NULL;
    plan.bases = PyTuple_GET_SIZE(bases) == 0 ? PyTuple_Pack(1, &PyBaseObject_Type)
                                              : Py_NewRef(bases);
    if (plan.bases != NULL) {
        plan.base = ks_type_best_base(plan.bases);
        if (plan.base != NULL) {
            plan.dict = PyDict_Copy(dict);
            if (plan.dict != NULL)
                type = class_build(&plan);
        }
    }
    plan_drop(&plan);
    return (PyObject *)type;
}
