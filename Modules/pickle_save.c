/* SPDX-License-Identifier: MIT */
/* Saving any object: by its persistent id, by its number if it was saved before, or by what its
 * type says. Anything that runs Python code may change the memo, the hooks and the objects at hand:
 * whoever calls save() holds a reference to what it saves. */
#include "pickle_output.h"

int
ks_pickle_put_get(Pickler *self, Py_ssize_t index)
{
    if (!self->bin)
        return ks_pickle_put_line(self, OP_GET, index);
    if (index < 0x100)
        return ks_pickle_put_number(self, OP_BINGET, (size_t)index, 1);
    if ((size_t)index <= 0xffffffffUL)
        return ks_pickle_put_number(self, OP_LONG_BINGET, (size_t)index, 4);
    PyErr_SetString(self->state->pickling_error, "memo id too large for LONG_BINGET");
    return -1;
}

int
ks_pickle_memoize(Pickler *self, PyObject *object)
{
    if (self->fast)
        return 0;
    Py_ssize_t index = self->memo->used;
    if (ks_pickle_memo_set(self->memo, object, index) < 0)
        return -1;
    if (KS_LIKELY(self->protocol >= 4))
        return ks_pickle_put_op(self, OP_MEMOIZE);
    if (!self->bin)
        return ks_pickle_put_line(self, OP_PUT, index);
    if (index < 0x100)
        return ks_pickle_put_number(self, OP_BINPUT, (size_t)index, 1);
    if ((size_t)index <= 0xffffffffUL)
        return ks_pickle_put_number(self, OP_LONG_BINPUT, (size_t)index, 4);
    PyErr_SetString(self->state->pickling_error, "memo id too large for LONG_BINPUT");
    return -1;
}

/* Protocol 0 wants the id on a line. */
static int
put_id_line(Pickler *self, PyObject *id)
{
    KS_OWNED PyObject *text = PyObject_Str(id);
    if (text == NULL)
        return -1;
    if (!PyUnicode_IS_ASCII(text)) {
        PyErr_SetString(self->state->pickling_error,
                        "persistent IDs in protocol 0 must be ASCII strings");
        return -1;
    }
    if (ks_pickle_put_op(self, OP_PERSID) < 0 ||
        ks_pickle_put(self, PyUnicode_DATA(text), PyUnicode_GET_LENGTH(text)) < 0)
        return -1;
    return ks_pickle_put(self, "\n", 1);
}

/* 1 when the object has a persistent id, which was saved; 0 when not; -1 with an exception. */
static int
save_id(Pickler *self, PyObject *object)
{
    KS_OWNED PyObject *id = ks_pickle_hook_call(&self->persistent_id, object);
    if (id == NULL)
        return -1;
    if (id == Py_None)
        return 0;
    if (!self->bin)
        return put_id_line(self, id) < 0 ? -1 : 1;
    return ks_pickle_save(self, id, 1) < 0 || ks_pickle_put_op(self, OP_BINPERSID) < 0 ? -1 : 1;
}

static int
save_bool(Pickler *self, PyObject *object)
{
    if (self->protocol >= 2)
        return ks_pickle_put_op(self, object == Py_True ? OP_NEWTRUE : OP_NEWFALSE);
    return ks_pickle_put(self, object == Py_True ? "I01\n" : "I00\n", 4);
}

/* What can contain other objects: here the depth is watched. */
static int
save_deep(Pickler *self, PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    int status;
    if (Py_EnterRecursiveCall(" while pickling an object"))
        return -1;
    if (type == &PyDict_Type)
        status = ks_pickle_save_dict(self, object);
    else if (type == &PyList_Type)
        status = ks_pickle_save_list(self, object);
    else if (type == &PyTuple_Type)
        status = ks_pickle_save_tuple(self, object);
    else if (type == &PySet_Type)
        status = ks_pickle_save_set(self, object);
    else if (type == &PyFrozenSet_Type)
        status = ks_pickle_save_frozenset(self, object);
    else if (type == &PyByteArray_Type)
        status = ks_pickle_save_bytearray(self, object);
    else if (type == &PyPickleBuffer_Type)
        status = ks_pickle_save_buffer(self, object);
    else
        status = ks_pickle_save_other(self, object);
    Py_LeaveRecursiveCall();
    return status;
}

int
ks_pickle_save(Pickler *self, PyObject *object, int as_id)
{
    PyTypeObject *type = Py_TYPE(object);
    if (KS_UNLIKELY(ks_pickle_frame_is_full(self)) && ks_pickle_frame_break(self) < 0)
        return -1;
    if (KS_UNLIKELY(self->persistent_id.function != NULL) && !as_id) {
        int status = save_id(self, object);
        if (status != 0)
            return status < 0 ? -1 : 0;
    }
    if (type == &PyUnicode_Type)
        return ks_pickle_save_str(self, object);
    if (type == &PyLong_Type)
        return ks_pickle_save_long(self, object);
    if (object == Py_None)
        return ks_pickle_put_op(self, OP_NONE);
    if (type == &PyFloat_Type)
        return ks_pickle_save_float(self, object);
    if (type == &PyBool_Type)
        return save_bool(self, object);
    PickleMemoEntry *entry = ks_pickle_memo_find(self, object);
    if (entry != NULL)
        return ks_pickle_put_get(self, entry->index);
    if (type == &PyBytes_Type)
        return ks_pickle_save_bytes(self, object);
    return save_deep(self, object);
}
