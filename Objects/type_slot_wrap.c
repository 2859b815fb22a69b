/* SPDX-License-Identifier: MIT */
/* Wrappers: Python calls `x.__add__(y)`, a C type has nb_add. A wrapper gets self, the argument
 * tuple and the slot's C function, checks the number of arguments and converts. Each matches one
 * slot signature; type_slots.def says which wrapper serves which special method. */
#include "Python.h"
#include "ks_type.h"
#include "ks_type_slots.h"

static int
has_args(PyObject *args, Py_ssize_t count)
{
    Py_ssize_t given = PyTuple_GET_SIZE(args);
    if (KS_LIKELY(given == count))
        return 1;
    PyErr_Format(PyExc_TypeError, "expected %zd argument%s, got %zd", count, count == 1 ? "" : "s",
                 given);
    return 0;
}

/* Two arguments, the second of which may be optional. The message of a mismatch has no name. */
static int
two_args(PyObject *args, Py_ssize_t min, PyObject **first, PyObject **second)
{
    return PyArg_UnpackTuple(args, "", min, 2, first, second);
}

static PyObject *
none_unless(int failed)
{
    if (failed && PyErr_Occurred())
        return NULL;
    Py_RETURN_NONE;
}

/* ---- calculations ---- */

PyObject *
ks_wrap_unary(PyObject *self, PyObject *args, void *wrapped)
{
    return has_args(args, 0) ? ((unaryfunc)wrapped)(self) : NULL;
}

PyObject *
ks_wrap_binary(PyObject *self, PyObject *args, void *wrapped)
{
    return has_args(args, 1) ? ((binaryfunc)wrapped)(self, PyTuple_GET_ITEM(args, 0)) : NULL;
}

/* As ks_wrap_binary, for sq_concat: a slot may be copied between types only where the wrapper says
 * that it means the same, and a sequence's concatenation is no number's addition. */
PyObject *
ks_wrap_concat(PyObject *self, PyObject *args, void *wrapped)
{
    if (!has_args(args, 1))
        return NULL;
    PyObject *tail = PyTuple_GET_ITEM(args, 0);
    return ((binaryfunc)wrapped)(self, tail);
}

PyObject *
ks_wrap_binary_right(PyObject *self, PyObject *args, void *wrapped)
{
    return has_args(args, 1) ? ((binaryfunc)wrapped)(PyTuple_GET_ITEM(args, 0), self) : NULL;
}

PyObject *
ks_wrap_ternary(PyObject *self, PyObject *args, void *wrapped)
{
    PyObject *other, *third = Py_None;
    return two_args(args, 1, &other, &third) ? ((ternaryfunc)wrapped)(self, other, third) : NULL;
}

PyObject *
ks_wrap_ternary_right(PyObject *self, PyObject *args, void *wrapped)
{
    PyObject *other, *third = Py_None;
    return two_args(args, 1, &other, &third) ? ((ternaryfunc)wrapped)(other, self, third) : NULL;
}

PyObject *
ks_wrap_inquiry(PyObject *self, PyObject *args, void *wrapped)
{
    if (!has_args(args, 0))
        return NULL;
    int truth = ((inquiry)wrapped)(self);
    if (truth == -1 && PyErr_Occurred())
        return NULL;
    return PyBool_FromLong(truth);
}

PyObject *
ks_wrap_hash(PyObject *self, PyObject *args, void *wrapped)
{
    if (!has_args(args, 0))
        return NULL;
    Py_hash_t hash = ((hashfunc)wrapped)(self);
    if (hash == -1 && PyErr_Occurred())
        return NULL;
    return PyLong_FromSsize_t(hash);
}

#define WRAP_COMPARISON(name, op)                                                            \
    PyObject *name(PyObject *self, PyObject *args, void *wrapped)                            \
    {                                                                                        \
        return has_args(args, 1) ? ((richcmpfunc)wrapped)(self, PyTuple_GET_ITEM(args, 0), op) \
                                 : NULL;                                                     \
    }
WRAP_COMPARISON(ks_wrap_lt, Py_LT)
WRAP_COMPARISON(ks_wrap_le, Py_LE)
WRAP_COMPARISON(ks_wrap_eq, Py_EQ)
WRAP_COMPARISON(ks_wrap_ne, Py_NE)
WRAP_COMPARISON(ks_wrap_gt, Py_GT)
WRAP_COMPARISON(ks_wrap_ge, Py_GE)

/* ---- sequences and mappings ---- */

PyObject *
ks_wrap_length(PyObject *self, PyObject *args, void *wrapped)
{
    if (!has_args(args, 0))
        return NULL;
    Py_ssize_t length = ((lenfunc)wrapped)(self);
    if (length == -1 && PyErr_Occurred())
        return NULL;
    return PyLong_FromSsize_t(length);
}

PyObject *
ks_wrap_repeat(PyObject *self, PyObject *args, void *wrapped)
{
    PyObject *arg;
    if (!PyArg_UnpackTuple(args, "", 1, 1, &arg))
        return NULL;
    Py_ssize_t count = PyNumber_AsSsize_t(arg, PyExc_OverflowError);
    if (count == -1 && PyErr_Occurred())
        return NULL;
    return ((ssizeargfunc)wrapped)(self, count);
}

/* An index; a negative one counts from the end if self has a length. 0 with an exception. */
static int
item_index(PyObject *self, PyObject *arg, Py_ssize_t *index)
{
    *index = PyNumber_AsSsize_t(arg, PyExc_OverflowError);
    if (*index == -1 && PyErr_Occurred())
        return 0;
    if (*index < 0) {
        PySequenceMethods *sequence = Py_TYPE(self)->tp_as_sequence;
        if (sequence != NULL && sequence->sq_length != NULL) {
            Py_ssize_t length = sequence->sq_length(self);
            if (length < 0)
                return 0;
            *index += length;
        }
    }
    return 1;
}

PyObject *
ks_wrap_item(PyObject *self, PyObject *args, void *wrapped)
{
    Py_ssize_t index;
    if (!has_args(args, 1) || !item_index(self, PyTuple_GET_ITEM(args, 0), &index))
        return NULL;
    return ((ssizeargfunc)wrapped)(self, index);
}

PyObject *
ks_wrap_set_item(PyObject *self, PyObject *args, void *wrapped)
{
    PyObject *arg, *value;
    Py_ssize_t index;
    if (!two_args(args, 2, &arg, &value) || !item_index(self, arg, &index))
        return NULL;
    return none_unless(((ssizeobjargproc)wrapped)(self, index, value) == -1);
}

PyObject *
ks_wrap_del_item(PyObject *self, PyObject *args, void *wrapped)
{
    Py_ssize_t index;
    if (!has_args(args, 1) || !item_index(self, PyTuple_GET_ITEM(args, 0), &index))
        return NULL;
    return none_unless(((ssizeobjargproc)wrapped)(self, index, NULL) == -1);
}

PyObject *
ks_wrap_set_key(PyObject *self, PyObject *args, void *wrapped)
{
    PyObject *key, *value;
    if (!two_args(args, 2, &key, &value))
        return NULL;
    return none_unless(((objobjargproc)wrapped)(self, key, value) == -1);
}

PyObject *
ks_wrap_del_key(PyObject *self, PyObject *args, void *wrapped)
{
    if (!has_args(args, 1))
        return NULL;
    return none_unless(((objobjargproc)wrapped)(self, PyTuple_GET_ITEM(args, 0), NULL) == -1);
}

PyObject *
ks_wrap_contains(PyObject *self, PyObject *args, void *wrapped)
{
    if (!has_args(args, 1))
        return NULL;
    int found = ((objobjproc)wrapped)(self, PyTuple_GET_ITEM(args, 0));
    if (found == -1 && PyErr_Occurred())
        return NULL;
    return PyBool_FromLong(found);
}

PyObject *
ks_wrap_next(PyObject *self, PyObject *args, void *wrapped)
{
    if (!has_args(args, 0))
        return NULL;
    PyObject *item = ((iternextfunc)wrapped)(self);
    if (item == NULL && !PyErr_Occurred())
        PyErr_SetNone(PyExc_StopIteration);
    return item;
}

/* ---- attributes ---- */

/* Keeps object.__setattr__ (and other bases') from going around a C type's own tp_setattro:
 * `wrapped` must be what the nearest C ancestor uses, or lie on the way from the C type that
 * defined the slot to it. */
static int
may_apply(PyObject *self, setattrofunc wrapped, const char *what)
{
    PyTypeObject *type = Py_TYPE(self), *definer = type;
    PyObject *mro = type->tp_mro;
    if (mro == NULL)
        return 1;
    for (Py_ssize_t i = PyTuple_GET_SIZE(mro); --i >= 0;) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        if (base->tp_setattro != ks_slot_setattro && base->tp_setattro == type->tp_setattro) {
            definer = base;
            break;
        }
    }
    for (PyTypeObject *base = definer; base != NULL; base = base->tp_base) {
        if (base->tp_setattro == wrapped)
            break;
        if (base->tp_setattro != ks_slot_setattro) {
            PyErr_Format(PyExc_TypeError, "can't apply this %s to %s object", what, type->tp_name);
            return 0;
        }
    }
    return 1;
}

PyObject *
ks_wrap_setattr(PyObject *self, PyObject *args, void *wrapped)
{
    PyObject *name, *value;
    if (!two_args(args, 2, &name, &value) || !may_apply(self, (setattrofunc)wrapped, "__setattr__"))
        return NULL;
    return ((setattrofunc)wrapped)(self, name, value) < 0 ? NULL : Py_NewRef(Py_None);
}

PyObject *
ks_wrap_delattr(PyObject *self, PyObject *args, void *wrapped)
{
    if (!has_args(args, 1) || !may_apply(self, (setattrofunc)wrapped, "__delattr__"))
        return NULL;
    return ((setattrofunc)wrapped)(self, PyTuple_GET_ITEM(args, 0), NULL) < 0 ? NULL
                                                                              : Py_NewRef(Py_None);
}

PyObject *
ks_wrap_descr_get(PyObject *self, PyObject *args, void *wrapped)
{
    PyObject *instance, *owner = NULL;
    if (!two_args(args, 1, &instance, &owner))
        return NULL;
    if (instance == Py_None)
        instance = NULL;
    if (owner == Py_None)
        owner = NULL;
    if (instance == NULL && owner == NULL) {
        PyErr_SetString(PyExc_TypeError, "__get__(None, None) is invalid");
        return NULL;
    }
    return ((descrgetfunc)wrapped)(self, instance, owner);
}

PyObject *
ks_wrap_descr_set(PyObject *self, PyObject *args, void *wrapped)
{
    PyObject *instance, *value;
    if (!two_args(args, 2, &instance, &value))
        return NULL;
    return ((descrsetfunc)wrapped)(self, instance, value) < 0 ? NULL : Py_NewRef(Py_None);
}

PyObject *
ks_wrap_descr_delete(PyObject *self, PyObject *args, void *wrapped)
{
    if (!has_args(args, 1))
        return NULL;
    return ((descrsetfunc)wrapped)(self, PyTuple_GET_ITEM(args, 0), NULL) < 0 ? NULL
                                                                              : Py_NewRef(Py_None);
}

/* ---- calling, life ---- */

PyObject *
ks_wrap_call(PyObject *self, PyObject *args, void *wrapped, PyObject *kwargs)
{
    return ((ternaryfunc)wrapped)(self, args, kwargs);
}

PyObject *
ks_wrap_init(PyObject *self, PyObject *args, void *wrapped, PyObject *kwargs)
{
    return ((initproc)wrapped)(self, args, kwargs) < 0 ? NULL : Py_NewRef(Py_None);
}

PyObject *
ks_wrap_del(PyObject *self, PyObject *args, void *wrapped)
{
    if (!has_args(args, 0))
        return NULL;
    ((destructor)wrapped)(self);
    Py_RETURN_NONE;
}
