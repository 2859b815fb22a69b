/* SPDX-License-Identifier: MIT */
/* Ancestry: the method resolution order (C3), which base decides the memory layout, metaclass
 * calculation, subtype tests, assignment to __bases__ and which layouts are interchangeable. */
#include "Python.h"
#include "pycore_call.h"
#include "pycore_global_strings.h"
#include "pycore_object.h"
#include "pycore_pymem.h"
#include "ks_type.h"

/* ---- subtype tests ---- */

/* The answer while a type has no MRO yet: primary bases only. */
int
ks_type_is_subtype_by_bases(PyTypeObject *type, PyTypeObject *ancestor)
{
    for (; type != NULL; type = type->tp_base) {
        if (type == ancestor)
            return 1;
    }
    return ancestor == &PyBaseObject_Type;
}

int
PyType_IsSubtype(PyTypeObject *type, PyTypeObject *ancestor)
{
    PyObject *mro = type->tp_mro;
    if (mro == NULL)
        return ks_type_is_subtype_by_bases(type, ancestor);
    Py_ssize_t count = PyTuple_GET_SIZE(mro);
    for (Py_ssize_t i = 0; i < count; i++) {
        if (PyTuple_GET_ITEM(mro, i) == (PyObject *)ancestor)
            return 1;
    }
    return 0;
}

/* ---- C3 ---- */

/* 1 if item stands in the tuple behind position `from`. */
static int
stands_behind(PyObject *tuple, Py_ssize_t from, PyObject *item)
{
    for (Py_ssize_t i = from + 1; i < PyTuple_GET_SIZE(tuple); i++) {
        if (PyTuple_GET_ITEM(tuple, i) == item)
            return 1;
    }
    return 0;
}

static int
bases_are_distinct(PyObject *bases)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        PyObject *base = PyTuple_GET_ITEM(bases, i);
        if (!stands_behind(bases, i, base))
            continue;
        PyObject *name;
        if (_PyObject_LookupAttr(base, &_Py_ID(__name__), &name) < 0)
            return 0;
        if (name != NULL && PyUnicode_Check(name))
            PyErr_Format(PyExc_TypeError, "duplicate base class %U", name);
        else if (!PyErr_Occurred())
            PyErr_SetString(PyExc_TypeError, "duplicate base class");
        Py_XDECREF(name);
        return 0;
    }
    return 1;
}

/* The heads that block each other, in the order of the lists, each once. */
static KS_COLD void
mro_inconsistent(PyObject **lists, const Py_ssize_t *heads, Py_ssize_t count)
{
    KS_OWNED PyObject *names = PyList_New(0);
    KS_OWNED PyObject *seen = PyDict_New();
    if (names == NULL || seen == NULL)
        return;
    for (Py_ssize_t i = 0; i < count; i++) {
        if (heads[i] >= PyTuple_GET_SIZE(lists[i]))
            continue;
        PyObject *type = PyTuple_GET_ITEM(lists[i], heads[i]);
        int known = PyDict_Contains(seen, type);
        if (known < 0 || (!known && PyDict_SetItem(seen, type, Py_None) < 0))
            return;
        if (known)
            continue;
        KS_OWNED PyObject *name = PyObject_GetAttr(type, &_Py_ID(__name__));
        KS_OWNED PyObject *text = NULL;
        if (name == NULL)
            PyErr_Clear();
        text = name != NULL && PyUnicode_Check(name) ? Py_NewRef(name) : PyUnicode_FromString("?");
        if (text == NULL || PyList_Append(names, text) < 0)
            return;
    }
    KS_OWNED PyObject *joined = PyUnicode_Join(&_Py_STR(comma_sep), names);
    if (joined == NULL)
        return;
    PyErr_Format(PyExc_TypeError,
                 "Cannot create a consistent method resolution\norder (MRO) for bases %U", joined);
}

/* Appends the merge of `count` lists to result. Takes the first head that is in nobody's tail,
 * again and again. */
static int
mro_merge(PyObject *result, PyObject **lists, Py_ssize_t *heads, Py_ssize_t count)
{
    for (;;) {
        PyObject *chosen = NULL;
        int exhausted = 1;
        for (Py_ssize_t i = 0; i < count && chosen == NULL; i++) {
            if (heads[i] >= PyTuple_GET_SIZE(lists[i]))
                continue;
            exhausted = 0;
            chosen = PyTuple_GET_ITEM(lists[i], heads[i]);
            for (Py_ssize_t j = 0; j < count; j++) {
                if (stands_behind(lists[j], heads[j], chosen)) {
                    chosen = NULL;
                    break;
                }
            }
        }
        if (exhausted)
            return 0;
        if (chosen == NULL) {
            mro_inconsistent(lists, heads, count);
            return -1;
        }
        if (PyList_Append(result, chosen) < 0)
            return -1;
        for (Py_ssize_t i = 0; i < count; i++) {
            if (heads[i] < PyTuple_GET_SIZE(lists[i]) &&
                PyTuple_GET_ITEM(lists[i], heads[i]) == chosen)
                heads[i]++;
        }
    }
}

/* A tuple: the default order of type and its ancestors. */
static KS_NEW PyObject *
mro_compute(PyTypeObject *type)
{
    PyObject *bases = type->tp_bases;
    Py_ssize_t count = PyTuple_GET_SIZE(bases);
    for (Py_ssize_t i = 0; i < count; i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(bases, i);
        if (base->tp_mro == NULL) {
            PyErr_Format(PyExc_TypeError, "Cannot extend an incomplete type '%.100s'",
                         base->tp_name);
            return NULL;
        }
    }
    if (count == 1) {
        PyObject *rest = ((PyTypeObject *)PyTuple_GET_ITEM(bases, 0))->tp_mro;
        Py_ssize_t length = PyTuple_GET_SIZE(rest);
        PyObject *mro = PyTuple_New(length + 1);
        if (mro == NULL)
            return NULL;
        PyTuple_SET_ITEM(mro, 0, Py_NewRef(type));
        for (Py_ssize_t i = 0; i < length; i++)
            PyTuple_SET_ITEM(mro, i + 1, Py_NewRef(PyTuple_GET_ITEM(rest, i)));
        return mro;
    }
    if (!bases_are_distinct(bases))
        return NULL;

    PyObject **lists = PyMem_New(PyObject *, count + 1);
    Py_ssize_t *heads = PyMem_New(Py_ssize_t, count + 1);
    PyObject *order = PyList_New(0), *result = NULL;
    if (lists == NULL || heads == NULL || order == NULL) {
        PyErr_NoMemory();
        goto done;
    }
    for (Py_ssize_t i = 0; i <= count; i++) {
        lists[i] = i < count ? ((PyTypeObject *)PyTuple_GET_ITEM(bases, i))->tp_mro : bases;
        heads[i] = 0;
    }
    if (PyList_Append(order, (PyObject *)type) == 0 &&
        mro_merge(order, lists, heads, count + 1) == 0)
        result = PyList_AsTuple(order);
done:
    PyMem_Free(lists);
    PyMem_Free(heads);
    Py_XDECREF(order);
    return result;
}

/* type.mro() */
PyObject *
ks_type_mro_method(PyObject *self, PyObject *unused)
{
    KS_OWNED PyObject *mro = mro_compute((PyTypeObject *)self);
    return mro == NULL ? NULL : PySequence_List(mro);
}

/* What a metaclass's mro() returned must be types whose layout type can stand in for. */
static int
mro_check(PyTypeObject *type, PyObject *mro)
{
    PyTypeObject *solid = ks_type_solid_base(type);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(mro); i++) {
        PyObject *item = PyTuple_GET_ITEM(mro, i);
        if (!PyType_Check(item)) {
            PyErr_Format(PyExc_TypeError, "mro() returned a non-class ('%.500s')",
                         Py_TYPE(item)->tp_name);
            return -1;
        }
        PyTypeObject *base = (PyTypeObject *)item;
        if (!PyType_IsSubtype(solid, ks_type_solid_base(base))) {
            PyErr_Format(PyExc_TypeError, "mro() returned base with unsuitable layout ('%.500s')",
                         base->tp_name);
            return -1;
        }
    }
    return 0;
}

static KS_NEW PyObject *
mro_ask(PyTypeObject *type)
{
    if (Py_TYPE(type) == &PyType_Type)
        return mro_compute(type);
    int unbound;
    KS_OWNED PyObject *method = ks_special_lookup((PyObject *)type, &_Py_ID(mro), &unbound);
    if (method == NULL) {
        if (!PyErr_Occurred())
            PyErr_SetObject(PyExc_AttributeError, &_Py_ID(mro));
        return NULL;
    }
    KS_OWNED PyObject *given =
        unbound ? PyObject_CallOneArg(method, (PyObject *)type) : _PyObject_CallNoArgs(method);
    if (given == NULL)
        return NULL;
    KS_OWNED PyObject *mro = PySequence_Tuple(given);
    if (mro == NULL)
        return NULL;
    if (PyTuple_GET_SIZE(mro) == 0) {
        PyErr_SetString(PyExc_TypeError, "type MRO must not be empty");
        return NULL;
    }
    if (mro_check(type, mro) < 0)
        return NULL;
    return ks_give(&mro);
}

/* Computes and sets tp_mro. 1: set, the former value is handed to *old_mro (or dropped if that is
 * NULL). 0: mro() itself assigned to __bases__, which set a newer order. -1: exception. */
int
ks_type_mro_update(PyTypeObject *type, PyObject **old_mro)
{
    PyObject *before = Py_XNewRef(type->tp_mro);
    PyObject *mro = mro_ask(type);
    int overtaken = type->tp_mro != before;
    Py_XDECREF(before);
    if (mro == NULL)
        return -1;
    if (overtaken) {
        Py_DECREF(mro);
        return 0;
    }
    PyObject *old = type->tp_mro;
    type->tp_mro = mro;
    ks_type_mro_changed(type, mro);
    ks_type_mro_changed(type, type->tp_bases);
    PyType_Modified(type);
    if (old_mro != NULL)
        *old_mro = old;
    else
        Py_XDECREF(old);
    return 1;
}

/* ---- layout ---- */

/* 1 if type's instances have C fields that base's have not. A weak reference list at the very end
 * does not count: several bases may each want to add one. */
static int
adds_fields(PyTypeObject *type, PyTypeObject *base)
{
    Py_ssize_t type_size = type->tp_basicsize, base_size = base->tp_basicsize;
    if (type->tp_itemsize || base->tp_itemsize)
        return type_size != base_size || type->tp_itemsize != base->tp_itemsize;
    if ((type->tp_flags & Py_TPFLAGS_HEAPTYPE) && type->tp_weaklistoffset != 0 &&
        base->tp_weaklistoffset == 0 &&
        type->tp_weaklistoffset + (Py_ssize_t)sizeof(PyObject *) == type_size)
        type_size -= (Py_ssize_t)sizeof(PyObject *);
    return type_size != base_size;
}

/* The ancestor (or type itself) that last added fields. */
PyTypeObject *
ks_type_solid_base(PyTypeObject *type)
{
    PyTypeObject *base =
        type->tp_base != NULL ? ks_type_solid_base(type->tp_base) : &PyBaseObject_Type;
    return adds_fields(type, base) ? type : base;
}

/* The base whose layout the new type extends. NULL with TypeError if two disagree. */
PyTypeObject *
ks_type_best_base(PyObject *bases)
{
    PyTypeObject *best = NULL, *best_solid = NULL;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        PyObject *item = PyTuple_GET_ITEM(bases, i);
        if (!PyType_Check(item)) {
            PyErr_SetString(PyExc_TypeError, "bases must be types");
            return NULL;
        }
        PyTypeObject *base = (PyTypeObject *)item;
        if (!_PyType_IsReady(base) && PyType_Ready(base) < 0)
            return NULL;
        if (!_PyType_HasFeature(base, Py_TPFLAGS_BASETYPE)) {
            PyErr_Format(PyExc_TypeError, "type '%.100s' is not an acceptable base type",
                         base->tp_name);
            return NULL;
        }
        PyTypeObject *solid = ks_type_solid_base(base);
        if (best_solid == NULL) {
            best_solid = solid;
            best = base;
        }
        else if (PyType_IsSubtype(best_solid, solid)) {
            continue;
        }
        else if (PyType_IsSubtype(solid, best_solid)) {
            best_solid = solid;
            best = base;
        }
        else {
            PyErr_SetString(PyExc_TypeError, "multiple bases have instance lay-out conflict");
            return NULL;
        }
    }
    return best;
}

/* 1 if the child changed nothing about the memory of its instances. */
static int
same_as_base(PyTypeObject *child)
{
    PyTypeObject *base = child->tp_base;
    return base != NULL && child->tp_basicsize == base->tp_basicsize &&
           child->tp_itemsize == base->tp_itemsize &&
           child->tp_dictoffset == base->tp_dictoffset &&
           child->tp_weaklistoffset == base->tp_weaklistoffset &&
           ((child->tp_flags ^ base->tp_flags) & Py_TPFLAGS_HAVE_GC) == 0 &&
           (child->tp_clear == ks_instance_clear || child->tp_clear == base->tp_clear);
}

/* 1 if two children of one base added the same: dict, weak reference list, slots of equal names. */
static int
added_the_same(PyTypeObject *left, PyTypeObject *right)
{
    const Py_ssize_t word = (Py_ssize_t)sizeof(PyObject *);
    Py_ssize_t size = left->tp_base->tp_basicsize;
    if (left->tp_dictoffset != right->tp_dictoffset ||
        left->tp_weaklistoffset != right->tp_weaklistoffset)
        return 0;
    if (left->tp_dictoffset == size && right->tp_dictoffset == size)
        size += word;
    if (left->tp_weaklistoffset == size && right->tp_weaklistoffset == size)
        size += word;
    if (!(left->tp_flags & right->tp_flags & Py_TPFLAGS_HEAPTYPE))
        return size == left->tp_basicsize && size == right->tp_basicsize;
    PyObject *left_slots = ((PyHeapTypeObject *)left)->ht_slots;
    PyObject *right_slots = ((PyHeapTypeObject *)right)->ht_slots;
    if (left_slots != NULL && right_slots != NULL) {
        int equal = PyObject_RichCompareBool(left_slots, right_slots, Py_EQ);
        if (equal < 0)
            PyErr_Clear();
        if (equal != 1)
            return 0;
        size += word * PyTuple_GET_SIZE(left_slots);
    }
    return size == left->tp_basicsize && size == right->tp_basicsize;
}

int
ks_type_same_layout(PyTypeObject *from, PyTypeObject *to, const char *attr)
{
    if (to->tp_free != from->tp_free) {
        PyErr_Format(PyExc_TypeError, "%s assignment: '%s' deallocator differs from '%s'", attr,
                     to->tp_name, from->tp_name);
        return 0;
    }
    PyTypeObject *to_base = to, *from_base = from;
    while (same_as_base(to_base))
        to_base = to_base->tp_base;
    while (same_as_base(from_base))
        from_base = from_base->tp_base;
    if (to_base != from_base &&
        (to_base->tp_base == NULL || to_base->tp_base != from_base->tp_base ||
         !added_the_same(to_base, from_base))) {
        PyErr_Format(PyExc_TypeError, "%s assignment: '%s' object layout differs from '%s'", attr,
                     to->tp_name, from->tp_name);
        return 0;
    }
    return 1;
}

/* ---- metaclass ---- */

/* The most derived of metatype and the types of all bases; NULL with TypeError if there is none. */
PyTypeObject *
_PyType_CalculateMetaclass(PyTypeObject *metatype, PyObject *bases)
{
    PyTypeObject *winner = metatype;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        PyTypeObject *candidate = Py_TYPE(PyTuple_GET_ITEM(bases, i));
        if (PyType_IsSubtype(winner, candidate))
            continue;
        if (!PyType_IsSubtype(candidate, winner)) {
            PyErr_SetString(PyExc_TypeError,
                            "metaclass conflict: the metaclass of a derived class must be a "
                            "(non-strict) subclass of the metaclasses of all its bases");
            return NULL;
        }
        winner = candidate;
    }
    return winner;
}

/* ---- __bases__ = ... ---- */

/* Renews the MRO of type and of everything below it. Pairs (type, former MRO) are appended to
 * undo so that a failure further down can be taken back. */
static int
mro_update_tree(PyTypeObject *type, PyObject *undo)
{
    PyObject *old = NULL;
    int result = ks_type_mro_update(type, &old);
    if (result <= 0)
        return result;
    KS_OWNED PyObject *pair = PyTuple_Pack(2, type, old != NULL ? old : Py_None);
    Py_XDECREF(old);
    if (pair == NULL || PyList_Append(undo, pair) < 0)
        return -1;
    KS_OWNED PyObject *subclasses = _PyType_GetSubclasses(type);
    if (subclasses == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(subclasses); i++) {
        if (mro_update_tree((PyTypeObject *)PyList_GET_ITEM(subclasses, i), undo) < 0)
            return -1;
    }
    return 0;
}

static void
mro_restore_tree(PyObject *undo)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    for (Py_ssize_t i = PyList_GET_SIZE(undo); --i >= 0;) {
        PyObject *pair = PyList_GET_ITEM(undo, i);
        PyTypeObject *changed = (PyTypeObject *)PyTuple_GET_ITEM(pair, 0);
        PyObject *old = PyTuple_GET_ITEM(pair, 1);
        Py_XSETREF(changed->tp_mro, old == Py_None ? NULL : Py_NewRef(old));
        PyType_Modified(changed);
    }
    PyErr_Restore(type, value, traceback);
}

/* bases must be a non-empty tuple of types without a cycle. */
static int
bases_check(PyTypeObject *type, PyObject *bases)
{
    if (!PyTuple_Check(bases)) {
        PyErr_Format(PyExc_TypeError, "can only assign tuple to %s.__bases__, not %s",
                     type->tp_name, Py_TYPE(bases)->tp_name);
        return -1;
    }
    if (PyTuple_GET_SIZE(bases) == 0) {
        PyErr_Format(PyExc_TypeError, "can only assign non-empty tuple to %s.__bases__, not ()",
                     type->tp_name);
        return -1;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        PyObject *item = PyTuple_GET_ITEM(bases, i);
        if (!PyType_Check(item)) {
            PyErr_Format(PyExc_TypeError, "%s.__bases__ must be tuple of classes, not '%s'",
                         type->tp_name, Py_TYPE(item)->tp_name);
            return -1;
        }
        PyTypeObject *base = (PyTypeObject *)item;
        if (PyType_IsSubtype(base, type) ||
            (base->tp_mro != NULL && ks_type_is_subtype_by_bases(base, type) &&
             type != &PyBaseObject_Type)) {
            PyErr_SetString(PyExc_TypeError, "a __bases__ item causes an inheritance cycle");
            return -1;
        }
    }
    return 0;
}

int
ks_type_assign_bases(PyTypeObject *type, PyObject *bases)
{
    if (bases_check(type, bases) < 0)
        return -1;
    PyTypeObject *base = ks_type_best_base(bases);
    if (base == NULL || !ks_type_same_layout(type->tp_base, base, "__bases__"))
        return -1;

    PyObject *old_bases = type->tp_bases;
    PyTypeObject *old_base = type->tp_base;
    type->tp_bases = Py_NewRef(bases);
    type->tp_base = (PyTypeObject *)Py_NewRef(base);
    PyObject *undo = PyList_New(0);
    int result = undo == NULL ? -1 : mro_update_tree(type, undo);
    if (result < 0) {
        if (undo != NULL)
            mro_restore_tree(undo);
        if (type->tp_bases == bases) {
            type->tp_bases = old_bases;
            type->tp_base = old_base;
            Py_DECREF(bases);
            Py_DECREF(base);
        }
        else {
            Py_DECREF(old_bases);
            Py_DECREF(old_base);
        }
        Py_XDECREF(undo);
        return -1;
    }
    Py_DECREF(undo);
    /* mro() may have assigned __bases__ itself; then that newer value stays. */
    if (type->tp_bases == bases) {
        ks_type_subclass_remove_all(type, old_bases);
        result = ks_type_subclass_add_all(type, bases);
        ks_type_update_all_slots(type);
    }
    Py_DECREF(old_bases);
    Py_DECREF(old_base);
    return result < 0 ? -1 : 0;
}
