/* SPDX-License-Identifier: MIT */
/* PyType_Ready: from a filled-in struct to a working type.
 *
 * In order: dict, bases, MRO, __new__, dict entries for slots, methods, members and getters,
 * inheritance of slots from every ancestor, registration with the bases. Extensions depend on
 * what exactly is inherited: a field is taken over from an ancestor if it is empty here and if
 * that ancestor does not merely repeat what its own base has, so that each field comes from the
 * type that defined it. */
#include "Python.h"
#include "structmember.h"
#include "pycore_dict.h"
#include "pycore_global_strings.h"
#include "pycore_object.h"
#include "ks_type.h"

/* ---- dict, bases ---- */

static int
ready_dict(PyTypeObject *type)
{
    if (type->tp_dict == NULL)
        type->tp_dict = PyDict_New();
    return type->tp_dict == NULL ? -1 : 0;
}

static int
ready_bases(PyTypeObject *type)
{
    PyTypeObject *base = type->tp_base;
    if (base == NULL && type != &PyBaseObject_Type) {
        base = &PyBaseObject_Type;
        if (type->tp_flags & Py_TPFLAGS_HEAPTYPE)
            Py_INCREF(base);
        type->tp_base = base;
    }
    if (base != NULL && !_PyType_IsReady(base) && PyType_Ready(base) < 0)
        return -1;
    if (Py_TYPE(type) == NULL && base != NULL)
        Py_SET_TYPE(type, Py_TYPE(base));
    if (type->tp_bases == NULL)
        type->tp_bases = base == NULL ? PyTuple_New(0) : PyTuple_Pack(1, base);
    return type->tp_bases == NULL ? -1 : 0;
}

static int
ready_mro(PyTypeObject *type)
{
    if (ks_type_mro_update(type, NULL) < 0)
        return -1;
    if (type->tp_flags & Py_TPFLAGS_HEAPTYPE)
        return 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(type->tp_mro); i++) {
        PyObject *item = PyTuple_GET_ITEM(type->tp_mro, i);
        if (PyType_Check(item) && (((PyTypeObject *)item)->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
            PyErr_Format(PyExc_TypeError,
                         "type '%.100s' is not dynamically allocated but its base type '%.100s' "
                         "is dynamically allocated",
                         type->tp_name, ((PyTypeObject *)item)->tp_name);
            return -1;
        }
    }
    return 0;
}

/* ---- construction ---- */

static int
ready_new(PyTypeObject *type)
{
    PyTypeObject *base = type->tp_base;
    /* Static types directly below object do not inherit object's constructor: many of them are
     * iterators and the like whose instances only C may make. */
    if (type->tp_new == NULL && base == &PyBaseObject_Type &&
        !(type->tp_flags & Py_TPFLAGS_HEAPTYPE))
        type->tp_flags |= Py_TPFLAGS_DISALLOW_INSTANTIATION;
    if (type->tp_flags & Py_TPFLAGS_DISALLOW_INSTANTIATION) {
        type->tp_new = NULL;
        return 0;
    }
    if (type->tp_new != NULL)
        return ks_type_add_new(type);
    if (base != NULL)
        type->tp_new = base->tp_new;
    return 0;
}

/* ---- dict entries ---- */

static int
dict_add(PyObject *dict, PyObject *name, KS_STEALS PyObject *value, int replace)
{
    if (value == NULL)
        return -1;
    int result = replace ? PyDict_SetItem(dict, name, value)
                         : (PyDict_SetDefault(dict, name, value) == NULL ? -1 : 0);
    Py_DECREF(value);
    return result;
}

static int
add_method(PyTypeObject *type, PyMethodDef *method)
{
    PyObject *descr;
    PyObject *static_name = NULL;
    if (method->ml_flags & METH_CLASS) {
        if (method->ml_flags & METH_STATIC) {
            PyErr_SetString(PyExc_ValueError, "method cannot be both class and static");
            return -1;
        }
        descr = PyDescr_NewClassMethod(type, method);
    }
    else if (method->ml_flags & METH_STATIC) {
        KS_OWNED PyObject *function = PyCFunction_NewEx(method, (PyObject *)type, NULL);
        if (function == NULL)
            return -1;
        descr = PyStaticMethod_New(function);
        static_name = PyUnicode_InternFromString(method->ml_name);
        if (static_name == NULL)
            Py_CLEAR(descr);
    }
    else {
        descr = PyDescr_NewMethod(type, method);
    }
    if (descr == NULL) {
        Py_XDECREF(static_name);
        return -1;
    }
    PyObject *name = static_name != NULL ? static_name : PyDescr_NAME(descr);
    int result = dict_add(type->tp_dict, name, descr, method->ml_flags & METH_COEXIST);
    Py_XDECREF(static_name);
    return result;
}

static int
add_methods(PyTypeObject *type)
{
    PyMethodDef *method = type->tp_methods;
    for (; method != NULL && method->ml_name != NULL; method++) {
        if (add_method(type, method) < 0)
            return -1;
    }
    return 0;
}

static int
add_members(PyTypeObject *type)
{
    PyMemberDef *member = type->tp_members;
    for (; member != NULL && member->name != NULL; member++) {
        PyObject *descr = PyDescr_NewMember(type, member);
        if (descr == NULL || dict_add(type->tp_dict, PyDescr_NAME(descr), descr, 0) < 0)
            return -1;
    }
    return 0;
}

static int
add_getsets(PyTypeObject *type)
{
    PyGetSetDef *getset = type->tp_getset;
    for (; getset != NULL && getset->name != NULL; getset++) {
        PyObject *descr = PyDescr_NewGetSet(type, getset);
        if (descr == NULL || dict_add(type->tp_dict, PyDescr_NAME(descr), descr, 0) < 0)
            return -1;
    }
    return 0;
}

static int
add_doc(PyTypeObject *type)
{
    int present = PyDict_Contains(type->tp_dict, &_Py_ID(__doc__));
    if (present != 0)
        return present < 0 ? -1 : 0;
    if (type->tp_doc == NULL)
        return PyDict_SetItem(type->tp_dict, &_Py_ID(__doc__), Py_None);
    const char *doc = type->tp_doc;
    KS_OWNED PyObject *text = _PyType_GetDocFromInternalDoc(type->tp_name, doc);
    return text == NULL ? -1 : PyDict_SetItem(type->tp_dict, &_Py_ID(__doc__), text);
}

static int
ready_entries(PyTypeObject *type)
{
    if (ks_type_add_wrappers(type) < 0 || add_methods(type) < 0 || add_members(type) < 0 ||
        add_getsets(type) < 0)
        return -1;
    return add_doc(type);
}

/* ---- inheritance ---- */

/* Flags that tell C code at a glance what kind of object it has. */
static void
inherit_kind(PyTypeObject *type, PyTypeObject *base)
{
    static const struct {
        PyTypeObject *type;
        unsigned long flag;
    } kinds[] = {
        {&PyType_Type, Py_TPFLAGS_TYPE_SUBCLASS},     {&PyLong_Type, Py_TPFLAGS_LONG_SUBCLASS},
        {&PyBytes_Type, Py_TPFLAGS_BYTES_SUBCLASS},   {&PyUnicode_Type, Py_TPFLAGS_UNICODE_SUBCLASS},
        {&PyTuple_Type, Py_TPFLAGS_TUPLE_SUBCLASS},   {&PyList_Type, Py_TPFLAGS_LIST_SUBCLASS},
        {&PyDict_Type, Py_TPFLAGS_DICT_SUBCLASS},
    };
    if (PyType_IsSubtype(base, (PyTypeObject *)PyExc_BaseException)) {
        type->tp_flags |= Py_TPFLAGS_BASE_EXC_SUBCLASS;
    }
    else {
        for (Py_ssize_t i = 0; i < KS_COUNT_OF(kinds); i++) {
            if (PyType_IsSubtype(base, kinds[i].type)) {
                type->tp_flags |= kinds[i].flag;
                break;
            }
        }
    }
    type->tp_flags |= base->tp_flags & _Py_TPFLAGS_MATCH_SELF;
}

/* What comes from the primary base alone: collection, sizes, offsets, kind. */
static void
inherit_layout(PyTypeObject *type, PyTypeObject *base)
{
    if (!(type->tp_flags & Py_TPFLAGS_HAVE_GC) && (base->tp_flags & Py_TPFLAGS_HAVE_GC) &&
        type->tp_traverse == NULL && type->tp_clear == NULL) {
        type->tp_flags |= Py_TPFLAGS_HAVE_GC;
        type->tp_traverse = base->tp_traverse;
        type->tp_clear = base->tp_clear;
    }
    type->tp_flags |= base->tp_flags & Py_TPFLAGS_MANAGED_DICT;
    if (type->tp_basicsize == 0)
        type->tp_basicsize = base->tp_basicsize;
    if (type->tp_itemsize == 0)
        type->tp_itemsize = base->tp_itemsize;
    if (type->tp_weaklistoffset == 0)
        type->tp_weaklistoffset = base->tp_weaklistoffset;
    if (type->tp_dictoffset == 0)
        type->tp_dictoffset = base->tp_dictoffset;
    inherit_kind(type, base);
}

static int
defines_equality(PyTypeObject *type)
{
    PyObject *dict = type->tp_dict;
    int found = PyDict_Contains(dict, &_Py_ID(__eq__));
    if (found == 0)
        found = PyDict_Contains(dict, &_Py_ID(__hash__));
    return found;
}

/* Takes a field over from `from` if `to` lacks it and `from` does not have it from `above`. */
#define INHERIT(to, from, above, field)                                        \
    do {                                                                       \
        if ((to)->field == 0 && (from)->field != 0 &&                          \
            ((above) == NULL || (from)->field != (above)->field))              \
            (to)->field = (from)->field;                                       \
    } while (0)

static void
inherit_number(PyNumberMethods *to, PyNumberMethods *from, PyNumberMethods *above)
{
    INHERIT(to, from, above, nb_add);
    INHERIT(to, from, above, nb_subtract);
    INHERIT(to, from, above, nb_multiply);
    INHERIT(to, from, above, nb_remainder);
    INHERIT(to, from, above, nb_divmod);
    INHERIT(to, from, above, nb_power);
    INHERIT(to, from, above, nb_negative);
    INHERIT(to, from, above, nb_positive);
    INHERIT(to, from, above, nb_absolute);
    INHERIT(to, from, above, nb_bool);
    INHERIT(to, from, above, nb_invert);
    INHERIT(to, from, above, nb_lshift);
    INHERIT(to, from, above, nb_rshift);
    INHERIT(to, from, above, nb_and);
    INHERIT(to, from, above, nb_xor);
    INHERIT(to, from, above, nb_or);
    INHERIT(to, from, above, nb_int);
    INHERIT(to, from, above, nb_float);
    INHERIT(to, from, above, nb_inplace_add);
    INHERIT(to, from, above, nb_inplace_subtract);
    INHERIT(to, from, above, nb_inplace_multiply);
    INHERIT(to, from, above, nb_inplace_remainder);
    INHERIT(to, from, above, nb_inplace_power);
    INHERIT(to, from, above, nb_inplace_lshift);
    INHERIT(to, from, above, nb_inplace_rshift);
    INHERIT(to, from, above, nb_inplace_and);
    INHERIT(to, from, above, nb_inplace_xor);
    INHERIT(to, from, above, nb_inplace_or);
    INHERIT(to, from, above, nb_true_divide);
    INHERIT(to, from, above, nb_floor_divide);
    INHERIT(to, from, above, nb_inplace_true_divide);
    INHERIT(to, from, above, nb_inplace_floor_divide);
    INHERIT(to, from, above, nb_index);
    INHERIT(to, from, above, nb_matrix_multiply);
    INHERIT(to, from, above, nb_inplace_matrix_multiply);
}

static void
inherit_sequence(PySequenceMethods *to, PySequenceMethods *from, PySequenceMethods *above)
{
    INHERIT(to, from, above, sq_length);
    INHERIT(to, from, above, sq_concat);
    INHERIT(to, from, above, sq_repeat);
    INHERIT(to, from, above, sq_item);
    INHERIT(to, from, above, sq_ass_item);
    INHERIT(to, from, above, sq_contains);
    INHERIT(to, from, above, sq_inplace_concat);
    INHERIT(to, from, above, sq_inplace_repeat);
}

/* The method tables. A static type without a table shares its base's (inherit_tables), so only
 * types that have one of their own come here. */
static void
inherit_table_slots(PyTypeObject *type, PyTypeObject *base, PyTypeObject *above)
{
#define TABLE(field) (above == NULL ? NULL : above->field)
    if (type->tp_as_number != NULL && base->tp_as_number != NULL)
        inherit_number(type->tp_as_number, base->tp_as_number, TABLE(tp_as_number));
    if (type->tp_as_async != NULL && base->tp_as_async != NULL) {
        PyAsyncMethods *upper = TABLE(tp_as_async);
        INHERIT(type->tp_as_async, base->tp_as_async, upper, am_await);
        INHERIT(type->tp_as_async, base->tp_as_async, upper, am_aiter);
        INHERIT(type->tp_as_async, base->tp_as_async, upper, am_anext);
    }
    if (type->tp_as_sequence != NULL && base->tp_as_sequence != NULL)
        inherit_sequence(type->tp_as_sequence, base->tp_as_sequence, TABLE(tp_as_sequence));
    if (type->tp_as_mapping != NULL && base->tp_as_mapping != NULL) {
        PyMappingMethods *upper = TABLE(tp_as_mapping);
        INHERIT(type->tp_as_mapping, base->tp_as_mapping, upper, mp_length);
        INHERIT(type->tp_as_mapping, base->tp_as_mapping, upper, mp_subscript);
        INHERIT(type->tp_as_mapping, base->tp_as_mapping, upper, mp_ass_subscript);
    }
    if (type->tp_as_buffer != NULL && base->tp_as_buffer != NULL) {
        PyBufferProcs *upper = TABLE(tp_as_buffer);
        INHERIT(type->tp_as_buffer, base->tp_as_buffer, upper, bf_getbuffer);
        INHERIT(type->tp_as_buffer, base->tp_as_buffer, upper, bf_releasebuffer);
    }
#undef TABLE
}

/* Calling: an extension type that inherits tp_call inherits the shortcut too; a mutable class may
 * get a __call__ at any time and does not. */
static void
inherit_call(PyTypeObject *type, PyTypeObject *base, PyTypeObject *above)
{
    INHERIT(type, base, above, tp_vectorcall_offset);
    if (type->tp_call == NULL && _PyType_HasFeature(base, Py_TPFLAGS_HAVE_VECTORCALL) &&
        _PyType_HasFeature(type, Py_TPFLAGS_IMMUTABLETYPE))
        type->tp_flags |= Py_TPFLAGS_HAVE_VECTORCALL;
    INHERIT(type, base, above, tp_call);
}

static void
inherit_free(PyTypeObject *type, PyTypeObject *base, PyTypeObject *above)
{
    if (((type->tp_flags ^ base->tp_flags) & Py_TPFLAGS_HAVE_GC) == 0) {
        INHERIT(type, base, above, tp_free);
    }
    else if ((type->tp_flags & Py_TPFLAGS_HAVE_GC) && type->tp_free == NULL &&
             base->tp_free == PyObject_Free) {
        type->tp_free = PyObject_GC_Del;
    }
}

static int
inherit_slots(PyTypeObject *type, PyTypeObject *base)
{
    PyTypeObject *above = base->tp_base;
    inherit_table_slots(type, base, above);

    INHERIT(type, base, above, tp_dealloc);
    /* Two generations of each accessor: what the type has of either hides both. */
    if (type->tp_getattr == NULL && type->tp_getattro == NULL) {
        type->tp_getattr = base->tp_getattr;
        type->tp_getattro = base->tp_getattro;
    }
    if (type->tp_setattr == NULL && type->tp_setattro == NULL) {
        type->tp_setattr = base->tp_setattr;
        type->tp_setattro = base->tp_setattro;
    }
    INHERIT(type, base, above, tp_repr);
    inherit_call(type, base, above);
    INHERIT(type, base, above, tp_str);

    /* Equality and hash belong together. */
    if (type->tp_richcompare == NULL && type->tp_hash == NULL) {
        int own = defines_equality(type);
        if (own < 0)
            return -1;
        if (!own) {
            type->tp_richcompare = base->tp_richcompare;
            type->tp_hash = base->tp_hash;
        }
    }
    INHERIT(type, base, above, tp_iter);
    INHERIT(type, base, above, tp_iternext);
    INHERIT(type, base, above, tp_descr_get);
    if (base->tp_descr_get != NULL && type->tp_descr_get == base->tp_descr_get &&
        _PyType_HasFeature(type, Py_TPFLAGS_IMMUTABLETYPE) &&
        _PyType_HasFeature(base, Py_TPFLAGS_METHOD_DESCRIPTOR))
        type->tp_flags |= Py_TPFLAGS_METHOD_DESCRIPTOR;
    INHERIT(type, base, above, tp_descr_set);
    INHERIT(type, base, above, tp_dictoffset);
    INHERIT(type, base, above, tp_init);
    INHERIT(type, base, above, tp_alloc);
    INHERIT(type, base, above, tp_is_gc);
    INHERIT(type, base, above, tp_finalize);
    inherit_free(type, base, above);
    return 0;
}

/* A type without a table of its own shares the primary base's. */
static void
inherit_tables(PyTypeObject *type, PyTypeObject *base)
{
    if (type->tp_as_async == NULL)
        type->tp_as_async = base->tp_as_async;
    if (type->tp_as_number == NULL)
        type->tp_as_number = base->tp_as_number;
    if (type->tp_as_sequence == NULL)
        type->tp_as_sequence = base->tp_as_sequence;
    if (type->tp_as_mapping == NULL)
        type->tp_as_mapping = base->tp_as_mapping;
    if (type->tp_as_buffer == NULL)
        type->tp_as_buffer = base->tp_as_buffer;
}

static int
ready_inheritance(PyTypeObject *type)
{
    const unsigned long collection = Py_TPFLAGS_SEQUENCE | Py_TPFLAGS_MAPPING;
    PyTypeObject *base = type->tp_base;
    if (base != NULL)
        inherit_layout(type, base);
    PyObject *mro = type->tp_mro;
    for (Py_ssize_t i = 1; i < PyTuple_GET_SIZE(mro); i++) {
        PyObject *item = PyTuple_GET_ITEM(mro, i);
        if (!PyType_Check(item))
            continue;
        PyTypeObject *ancestor = (PyTypeObject *)item;
        if (inherit_slots(type, ancestor) < 0)
            return -1;
        if (!(type->tp_flags & collection))
            type->tp_flags |= ancestor->tp_flags & collection;
    }
    if (base != NULL)
        inherit_tables(type, base);
    return 0;
}

/* ---- the rest ---- */

static int
ready_hash(PyTypeObject *type)
{
    if (type->tp_hash != NULL)
        return 0;
    int own = PyDict_Contains(type->tp_dict, &_Py_ID(__hash__));
    if (own != 0)
        return own < 0 ? -1 : 0;
    if (PyDict_SetItem(type->tp_dict, &_Py_ID(__hash__), Py_None) < 0)
        return -1;
    type->tp_hash = PyObject_HashNotImplemented;
    return 0;
}

/* Instances with a managed dict share their keys through the class. */
static int
ready_managed_dict(PyTypeObject *type)
{
    if (!(type->tp_flags & Py_TPFLAGS_MANAGED_DICT))
        return 0;
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
        PyErr_Format(PyExc_SystemError,
                     "type %s has the Py_TPFLAGS_MANAGED_DICT flag but not Py_TPFLAGS_HEAPTYPE flag",
                     type->tp_name);
        return -1;
    }
    PyHeapTypeObject *heap = (PyHeapTypeObject *)type;
    if (heap->ht_cached_keys == NULL) {
        heap->ht_cached_keys = _PyDict_NewKeysForClass();
        if (heap->ht_cached_keys == NULL) {
            if (!PyErr_Occurred())
                PyErr_NoMemory();
            return -1;
        }
    }
    return 0;
}

static int
ready_check(PyTypeObject *type)
{
    if (type->tp_name == NULL) {
        PyErr_Format(PyExc_SystemError, "Type does not define the tp_name field.");
        return -1;
    }
    return 0;
}

static int
ready_final_check(PyTypeObject *type)
{
    if ((type->tp_flags & Py_TPFLAGS_HAVE_GC) && type->tp_traverse == NULL) {
        PyErr_Format(PyExc_SystemError,
                     "type %s has the Py_TPFLAGS_HAVE_GC flag but has no traverse function",
                     type->tp_name);
        return -1;
    }
    return 0;
}

static int
ready_steps(PyTypeObject *type)
{
    if (ready_check(type) < 0 || ready_dict(type) < 0 || ready_bases(type) < 0 ||
        ready_mro(type) < 0 || ready_new(type) < 0 || ready_entries(type) < 0 ||
        ready_inheritance(type) < 0 || ready_hash(type) < 0 || ready_managed_dict(type) < 0 ||
        ks_type_subclass_add_all(type, type->tp_bases) < 0)
        return -1;
    return ready_final_check(type);
}

/* 0, or -1 with an exception. Does nothing for a type that is ready. */
int
PyType_Ready(PyTypeObject *type)
{
    if (type->tp_flags & Py_TPFLAGS_READY)
        return 0;
    /* Flags first: whoever is asked about a half-made type must not start again. */
    type->tp_flags |= Py_TPFLAGS_READYING;
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE))
        type->tp_flags |= Py_TPFLAGS_IMMUTABLETYPE;
    int result = ready_steps(type);
    type->tp_flags &= ~Py_TPFLAGS_READYING;
    if (result < 0)
        return -1;
    type->tp_flags |= Py_TPFLAGS_READY;
    return 0;
}

/* Aborts on a type that cannot be right. Always 1. */
int
_PyType_CheckConsistency(PyTypeObject *type)
{
    const char *wrong = NULL;
    if (type == NULL || _PyObject_IsFreed((PyObject *)type))
        wrong = "type is freed";
    else if (!(type->tp_flags & Py_TPFLAGS_READY))
        return 1;
    else if (Py_REFCNT(type) < 1)
        wrong = "reference count below 1";
    else if (type->tp_flags & Py_TPFLAGS_READYING)
        wrong = "ready and readying";
    else if (type->tp_dict == NULL)
        wrong = "ready without a dict";
    else if ((type->tp_flags & Py_TPFLAGS_HAVE_GC) && type->tp_traverse == NULL)
        wrong = "collected without tp_traverse";
    else if ((type->tp_flags & Py_TPFLAGS_DISALLOW_INSTANTIATION) && type->tp_new != NULL)
        wrong = "forbids instances but has tp_new";
    if (wrong != NULL)
        _PyObject_AssertFailed((PyObject *)type, NULL, wrong, __FILE__, __LINE__, __func__);
    return 1;
}
