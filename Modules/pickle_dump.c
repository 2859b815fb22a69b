/* SPDX-License-Identifier: MIT */
/* The Pickler type, the proxy of its memo, and dump() and dumps(). */
#include "pickle_output.h"
#include "structmember.h"

#define PICKLER(op) ((PicklerObject *)(op))

static int
pickler_setup(PicklerObject *self, PyObject *protocol, int fix_imports, PyObject *buffer_callback)
{
    long proto = PICKLE_DEFAULT;
    if (protocol != Py_None) {
        proto = PyLong_AsLong(protocol);
        if (proto == -1 && PyErr_Occurred())
            return -1;
        if (proto < 0)
            proto = PICKLE_HIGHEST;
        else if (proto > PICKLE_HIGHEST) {
            PyErr_Format(PyExc_ValueError, "pickle protocol must be <= %d", PICKLE_HIGHEST);
            return -1;
        }
    }
    if (buffer_callback != Py_None && proto < 5) {
        PyErr_SetString(PyExc_ValueError, "buffer_callback needs protocol >= 5");
        return -1;
    }
    self->proto = (int)proto;
    self->bin = proto > 0;
    self->fix_imports = fix_imports && proto < 3;
    self->frame_start = -1;
    Py_XSETREF(self->buffer_callback, buffer_callback == Py_None ? NULL : Py_NewRef(buffer_callback));
    return 0;
}

static int
pickler_clear(PyObject *op)
{
    PicklerObject *self = PICKLER(op);
    Py_CLEAR(self->persistent);
    Py_CLEAR(self->dispatch_table);
    Py_CLEAR(self->reducer_override);
    Py_CLEAR(self->write);
    Py_CLEAR(self->buffer_callback);
    Py_CLEAR(self->fast_memo);
    ks_pickle_memo_clear(self);
    return 0;
}

static int
pickler_traverse(PyObject *op, visitproc visit, void *arg)
{
    PicklerObject *self = PICKLER(op);
    Py_VISIT(self->persistent);
    Py_VISIT(self->dispatch_table);
    Py_VISIT(self->reducer_override);
    Py_VISIT(self->write);
    Py_VISIT(self->buffer_callback);
    Py_VISIT(self->fast_memo);
    for (Py_ssize_t i = 0; i < self->memo_slots; i++)
        Py_VISIT(self->memo[i].object);
    return 0;
}

static void
pickler_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    pickler_clear(self);
    PyMem_Free(PICKLER(self)->out);
    Py_TYPE(self)->tp_free(self);
}

static int
pickler_run(PicklerObject *self, PyObject *object)
{
    KS_OWNED PyObject *override = NULL;
    if (Py_TYPE(self) != &ks_pickler_type) {
        if (_PyObject_LookupAttr((PyObject *)self, KS_INTERN("reducer_override"), &override) < 0)
            return -1;
        Py_XSETREF(self->reducer_override, ks_give(&override));
    }
    self->out_bytes = 0;
    self->frame_start = -1;
    self->framing = 0;
    self->fast_nesting = 0;
    if (self->proto >= 2) {
        char header[2] = {(char)OP_PROTO, (char)self->proto};
        if (ks_pickle_put(self, header, 2) < 0)
            return -1;
        self->framing = self->proto >= 4;
    }
    char stop = OP_STOP;
    int status = ks_pickle_save(self, object, 0) < 0 || ks_pickle_put(self, &stop, 1) < 0 ||
                         ks_pickle_frame_end(self) < 0
                     ? -1
                     : 0;
    self->framing = 0;
    Py_CLEAR(self->reducer_override);
    return status;
}

static PyObject *
pickler_dump(PyObject *self, PyObject *object)
{
    if (PICKLER(self)->write == NULL) {
        PyErr_Format(ks_pickle.pickling_error, "Pickler.__init__() was not called by %s.__init__()",
                     Py_TYPE(self)->tp_name);
        return NULL;
    }
    if (pickler_run(PICKLER(self), object) < 0 || ks_pickle_flush(PICKLER(self)) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
pickler_clear_memo(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    ks_pickle_memo_clear(PICKLER(self));
    Py_RETURN_NONE;
}

static PyObject *
pickler_sizeof(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromSize_t(sizeof(PicklerObject) + (size_t)PICKLER(self)->memo_slots * sizeof(MemoEntry) +
                             (size_t)PICKLER(self)->out_room);
}

typedef struct DumpArgs {
    PyObject *obj, *file, *protocol, *buffer_callback;
    int fix_imports;
} DumpArgs;

static const KsParam init_params[] = {
    PARAM(DumpArgs, file, ARG_OBJECT, 1),        PARAM(DumpArgs, protocol, ARG_OBJECT, 0),
    PARAM(DumpArgs, fix_imports, ARG_BOOL, 0),   PARAM(DumpArgs, buffer_callback, ARG_OBJECT, 0), PARAM_END,
};
static const KsParam dump_params[] = {
    PARAM(DumpArgs, obj, ARG_OBJECT, 1),              PARAM(DumpArgs, file, ARG_OBJECT, 1),
    PARAM(DumpArgs, protocol, ARG_OBJECT, 0),         PARAM_KWONLY(DumpArgs, fix_imports, ARG_BOOL, 0),
    PARAM_KWONLY(DumpArgs, buffer_callback, ARG_OBJECT, 0), PARAM_END,
};
static const KsParam dumps_params[] = {
    PARAM(DumpArgs, obj, ARG_OBJECT, 1), PARAM(DumpArgs, protocol, ARG_OBJECT, 0),
    PARAM_KWONLY(DumpArgs, fix_imports, ARG_BOOL, 0), PARAM_KWONLY(DumpArgs, buffer_callback, ARG_OBJECT, 0), PARAM_END,
};

static int
pickler_set_file(PicklerObject *self, PyObject *file)
{
    PyObject *write;
    if (_PyObject_LookupAttr(file, KS_INTERN("write"), &write) < 0)
        return -1;
    if (write == NULL) {
        PyErr_SetString(PyExc_TypeError, "file must have a 'write' attribute");
        return -1;
    }
    Py_XSETREF(self->write, write);
    return 0;
}

static int
pickler_init(PyObject *op, PyObject *args, PyObject *kwargs)
{
    PicklerObject *self = PICKLER(op);
    DumpArgs in = {.protocol = Py_None, .buffer_callback = Py_None, .fix_imports = 1};
    PyObject *found;
    if (!ks_args_parse_tuple("Pickler", init_params, args, kwargs, &in))
        return -1;
    pickler_clear(op);
    if (pickler_setup(self, in.protocol, in.fix_imports, in.buffer_callback) < 0 || pickler_set_file(self, in.file) < 0)
        return -1;
    self->fast = self->fast_nesting = 0;
    if (Py_TYPE(op) != &ks_pickler_type) {
        if (_PyObject_LookupAttr(op, KS_INTERN("persistent_id"), &found) < 0)
            return -1;
        self->persistent = found;
        if (_PyObject_LookupAttr(op, KS_INTERN("dispatch_table"), &found) < 0)
            return -1;
        Py_XSETREF(self->dispatch_table, found);
    }
    return 0;
}

static PyObject *
dump_with(DumpArgs *in)
{
    KS_OWNED PyObject *op = ks_pickler_type.tp_alloc(&ks_pickler_type, 0);
    if (op == NULL || pickler_setup(PICKLER(op), in->protocol, in->fix_imports, in->buffer_callback) < 0 ||
        (in->file != NULL && pickler_set_file(PICKLER(op), in->file) < 0) || pickler_run(PICKLER(op), in->obj) < 0)
        return NULL;
    if (in->file == NULL)
        return PyBytes_FromStringAndSize(PICKLER(op)->out, PICKLER(op)->out_bytes);
    if (ks_pickle_flush(PICKLER(op)) < 0)
        return NULL;
    Py_RETURN_NONE;
}

PyObject *
ks_pickle_dump(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    DumpArgs in = {.protocol = Py_None, .buffer_callback = Py_None, .fix_imports = 1};
    return ks_args_parse("dump", dump_params, args, nargs, kwnames, &in) ? dump_with(&in) : NULL;
}

PyObject *
ks_pickle_dumps(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    DumpArgs in = {.protocol = Py_None, .buffer_callback = Py_None, .fix_imports = 1};
    return ks_args_parse("dumps", dumps_params, args, nargs, kwnames, &in) ? dump_with(&in) : NULL;
}

/* ---- memo proxy ---------------------------------------------------------------------------- */

typedef struct MemoProxy {
    PyObject_HEAD
    PyObject *pickler;
} MemoProxy;

static PyObject *
memo_copy(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    PicklerObject *pickler = PICKLER(((MemoProxy *)self)->pickler);
    KS_OWNED PyObject *dict = PyDict_New();
    for (Py_ssize_t i = 0; dict != NULL && i < pickler->memo_slots; i++) {
        MemoEntry *entry = &pickler->memo[i];
        if (entry->object == NULL)
            continue;
        KS_OWNED PyObject *key = PyLong_FromVoidPtr(entry->object);
        KS_OWNED PyObject *value = Py_BuildValue("nO", entry->index, entry->object);
        if (key == NULL || value == NULL || PyDict_SetItem(dict, key, value) < 0)
            return NULL;
    }
    return ks_give(&dict);
}

static PyObject *
memo_clear(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    ks_pickle_memo_clear(PICKLER(((MemoProxy *)self)->pickler));
    Py_RETURN_NONE;
}

static PyObject *
memo_reduce(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    PyObject *dict = memo_copy(self, NULL);
    return dict == NULL ? NULL : Py_BuildValue("(O(N))", &PyDict_Type, dict);
}

static int
memo_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((MemoProxy *)self)->pickler);
    return 0;
}

static int
memo_tp_clear(PyObject *self)
{
    Py_CLEAR(((MemoProxy *)self)->pickler);
    return 0;
}

static void
memo_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    Py_CLEAR(((MemoProxy *)self)->pickler);
    PyObject_GC_Del(self);
}

static PyMethodDef memo_methods[] = {
    METHOD("clear", memo_clear, METH_NOARGS, "($self, /)", "Forget all that was saved."),
    METHOD("copy", memo_copy, METH_NOARGS, "($self, /)", "The memo as a dict."),
    METHOD("__reduce__", memo_reduce, METH_NOARGS, "($self, /)", "Pickled as a dict."),
    {NULL},
};

PyTypeObject ks_pickler_memo_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_pickle.PicklerMemoProxy",
    .tp_basicsize = sizeof(MemoProxy),
    .tp_dealloc = memo_dealloc,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_setattro = PyObject_GenericSetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = memo_traverse,
    .tp_clear = memo_tp_clear,
    .tp_methods = memo_methods,
};

static PyObject *
pickler_get_memo(PyObject *self, void *Py_UNUSED(closure))
{
    MemoProxy *proxy = PyObject_GC_New(MemoProxy, &ks_pickler_memo_type);
    if (proxy == NULL)
        return NULL;
    proxy->pickler = Py_NewRef(self);
    PyObject_GC_Track(proxy);
    return (PyObject *)proxy;
}

static int
pickler_set_memo(PyObject *op, PyObject *value, void *Py_UNUSED(closure))
{
    KS_OWNED PyObject *dict = NULL;
    PyObject *key, *item;
    Py_ssize_t at = 0;
    if (value == NULL) {
        PyErr_SetString(PyExc_TypeError, "attribute deletion is not supported");
        return -1;
    }
    if (Py_IS_TYPE(value, &ks_pickler_memo_type))
        dict = memo_copy(value, NULL);
    else if (PyDict_Check(value))
        dict = Py_NewRef(value);
    else
        PyErr_Format(PyExc_TypeError, "'memo' attribute must be a PicklerMemoProxy object or dict, not %.200s",
                     Py_TYPE(value)->tp_name);
    if (dict == NULL)
        return -1;
    while (PyDict_Next(dict, &at, &key, &item)) {
        if (!PyTuple_Check(item) || PyTuple_GET_SIZE(item) != 2) {
            PyErr_SetString(PyExc_TypeError, "'memo' values must be 2-item tuples");
            return -1;
        }
    }
    ks_pickle_memo_clear(PICKLER(op));
    for (at = 0; PyDict_Next(dict, &at, &key, &item);) {
        Py_ssize_t index = PyLong_AsSsize_t(PyTuple_GET_ITEM(item, 0));
        if ((index == -1 && PyErr_Occurred()) ||
            ks_pickle_memo_add(PICKLER(op), PyTuple_GET_ITEM(item, 1), index) < 0)
            return -1;
    }
    return 0;
}

static PyObject *
pickler_get_persistent(PyObject *self, void *Py_UNUSED(closure))
{
    if (PICKLER(self)->persistent == NULL) {
        PyErr_SetString(PyExc_AttributeError, "persistent_id");
        return NULL;
    }
    return Py_NewRef(PICKLER(self)->persistent);
}

static int
pickler_set_persistent(PyObject *self, PyObject *value, void *Py_UNUSED(closure))
{
    const char *message = value == NULL             ? "attribute deletion is not supported"
                          : !PyCallable_Check(value) ? "persistent_id must be a callable taking one argument"
                                                     : NULL;
    if (message != NULL) {
        PyErr_SetString(PyExc_TypeError, message);
        return -1;
    }
    Py_XSETREF(PICKLER(self)->persistent, Py_NewRef(value));
    return 0;
}

static PyMethodDef pickler_methods[] = {
    METHOD("dump", pickler_dump, METH_O, "($self, obj, /)", "Write a pickle of obj to the file."),
    METHOD("clear_memo", pickler_clear_memo, METH_NOARGS, "($self, /)", "Forget which objects were saved."),
    METHOD("__sizeof__", pickler_sizeof, METH_NOARGS, "($self, /)", "Size in memory, in bytes."),
    {NULL},
};
static PyMemberDef pickler_members[] = {
    {"bin", T_INT, offsetof(PicklerObject, bin)},
    {"fast", T_INT, offsetof(PicklerObject, fast)},
    {"dispatch_table", T_OBJECT_EX, offsetof(PicklerObject, dispatch_table)},
    {NULL},
};
static PyGetSetDef pickler_getset[] = {
    {"memo", pickler_get_memo, pickler_set_memo},
    {"persistent_id", pickler_get_persistent, pickler_set_persistent},
    {NULL},
};

PyTypeObject ks_pickler_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_pickle.Pickler",
    .tp_basicsize = sizeof(PicklerObject),
    .tp_dealloc = pickler_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .tp_doc = "Pickler(file, protocol=None, fix_imports=True, buffer_callback=None)\n--\n\n"
              "Writes pickles to a binary file.",
    .tp_traverse = pickler_traverse,
    .tp_clear = pickler_clear,
    .tp_methods = pickler_methods,
    .tp_members = pickler_members,
    .tp_getset = pickler_getset,
    .tp_init = pickler_init,
    .tp_new = PyType_GenericNew,
};
