/* SPDX-License-Identifier: MIT */
/* The Pickler type, the proxy of its memo, and dump() and dumps(). A Pickler has a memo from its
 * birth on; it has a file only after __init__(). While it runs, another dump() on it is refused. */
#include "pickle_output.h"

#include "structmember.h"

#define PICKLER(op) ((Pickler *)(op))

/* What sys.getsizeof() starts from is known to callers. */
_Static_assert(sizeof(Pickler) == 152, "a Pickler is as large as CPython's");

typedef struct DumpArgs {
    PyObject *obj, *file, *protocol, *buffer_callback;
    int fix_imports;
} DumpArgs;

#define DUMP_ARGS_DEFAULT {.protocol = Py_None, .buffer_callback = Py_None, .fix_imports = 1}

static const KsParam init_params[] = {
    PARAM(DumpArgs, file, ARG_OBJECT, 1),
    PARAM(DumpArgs, protocol, ARG_OBJECT, 0),
    PARAM(DumpArgs, fix_imports, ARG_BOOL, 0),
    PARAM(DumpArgs, buffer_callback, ARG_OBJECT, 0),
    PARAM_END,
};
static const KsParam dump_params[] = {
    PARAM(DumpArgs, obj, ARG_OBJECT, 1),
    PARAM(DumpArgs, file, ARG_OBJECT, 1),
    PARAM(DumpArgs, protocol, ARG_OBJECT, 0),
    PARAM_KWONLY(DumpArgs, fix_imports, ARG_BOOL, 0),
    PARAM_KWONLY(DumpArgs, buffer_callback, ARG_OBJECT, 0),
    PARAM_END,
};
static const KsParam dumps_params[] = {
    PARAM(DumpArgs, obj, ARG_OBJECT, 1),
    PARAM(DumpArgs, protocol, ARG_OBJECT, 0),
    PARAM_KWONLY(DumpArgs, fix_imports, ARG_BOOL, 0),
    PARAM_KWONLY(DumpArgs, buffer_callback, ARG_OBJECT, 0),
    PARAM_END,
};

/* ---- lifecycle ---- */

static PyObject *
pickler_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *self = type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    PICKLER(self)->frame_start = -1;
    PICKLER(self)->memo = ks_pickle_memo_new();
    if (PICKLER(self)->memo == NULL)
        Py_CLEAR(self);
    return self;
}

static int
pickler_traverse(PyObject *op, visitproc visit, void *arg)
{
    Pickler *self = PICKLER(op);
    Py_VISIT(self->persistent_id.function);
    Py_VISIT(self->dispatch_table);
    Py_VISIT(self->reducer_override);
    Py_VISIT(self->write);
    Py_VISIT(self->buffer_callback);
    Py_VISIT(self->fast_seen);
    for (Py_ssize_t i = 0; self->memo != NULL && i < self->memo->slots; i++)
        Py_VISIT(self->memo->entries[i].object);
    return 0;
}

/* Forgets all but what may have been assigned before __init__() is called. */
static void
pickler_reset(Pickler *self)
{
    Py_CLEAR(self->reducer_override);
    Py_CLEAR(self->write);
    Py_CLEAR(self->buffer_callback);
    Py_CLEAR(self->fast_seen);
    if (self->memo != NULL && self->memo->used != 0)
        ks_pickle_memo_clear(self->memo);
}

static int
pickler_clear(PyObject *op)
{
    pickler_reset(PICKLER(op));
    Py_CLEAR(PICKLER(op)->persistent_id.function);
    Py_CLEAR(PICKLER(op)->dispatch_table);
    return 0;
}

static void
pickler_dealloc(PyObject *op)
{
    Pickler *self = PICKLER(op);
    PyObject_GC_UnTrack(op);
    ks_pickle_memo_free(self->memo);
    self->memo = NULL;
    pickler_clear(op);
    Py_CLEAR(self->out);
    Py_TYPE(op)->tp_free(op);
}

static int
protocol_of(PyObject *given, int *protocol)
{
    if (given == Py_None) {
        *protocol = PICKLE_DEFAULT;
        return 0;
    }
    if (!ks_arg_int(given, protocol))
        return -1;
    if (*protocol < 0)
        *protocol = PICKLE_HIGHEST;
    if (*protocol <= PICKLE_HIGHEST)
        return 0;
    PyErr_Format(PyExc_ValueError, "pickle protocol must be <= %d", PICKLE_HIGHEST);
    return -1;
}

/* Takes over all arguments but obj. */
static int
pickler_set_up(Pickler *self, const DumpArgs *in)
{
    int protocol;
    if (protocol_of(in->protocol, &protocol) < 0)
        return -1;
    self->protocol = protocol;
    self->bin = protocol > 0;
    self->fix_imports = in->fix_imports && protocol < 3;
    if (in->file != NULL) {
        PyObject *write;
        if (_PyObject_LookupAttr(in->file, KS_INTERN("write"), &write) < 0)
            return -1;
        if (write == NULL) {
            PyErr_SetString(PyExc_TypeError, "file must have a 'write' attribute");
            return -1;
        }
        Py_XSETREF(self->write, write);
    }
    if (in->buffer_callback != Py_None) {
        if (protocol < 5) {
            PyErr_SetString(PyExc_ValueError, "buffer_callback needs protocol >= 5");
            return -1;
        }
        Py_XSETREF(self->buffer_callback, Py_NewRef(in->buffer_callback));
    }
    return ks_pickle_make_room(self, 0) == NULL ? -1 : 0;
}

static KS_COLD int
is_running(void)
{
    PyErr_SetString(PyExc_RuntimeError, "Pickler object is already used");
    return -1;
}

static int
pickler_init(PyObject *op, PyObject *args, PyObject *kwargs)
{
    Pickler *self = PICKLER(op);
    DumpArgs in = DUMP_ARGS_DEFAULT;
    if (!ks_args_parse_tuple("Pickler", init_params, args, kwargs, &in))
        return -1;
    if (self->running)
        return is_running();
    pickler_reset(self);
    ks_pickle_start(self, 0);
    if (pickler_set_up(self, &in) < 0)
        return -1;
    self->fast = 0;
    if (Py_TYPE(op) == &ks_pickler_type)
        return 0;
    if (ks_pickle_hook_find(&self->persistent_id, op, KS_INTERN("persistent_id")) < 0)
        return -1;
    if (self->dispatch_table != NULL)
        return 0;
    return _PyObject_LookupAttr(op, KS_INTERN("dispatch_table"), &self->dispatch_table) < 0 ? -1
                                                                                            : 0;
}

/* ---- dumping ---- */

static int
pickler_dump_object(Pickler *self, PyObject *object)
{
    if (Py_TYPE(self) != &ks_pickler_type) {
        PyObject *override;
        if (_PyObject_LookupAttr((PyObject *)self, KS_INTERN("reducer_override"), &override) < 0)
            return -1;
        Py_XSETREF(self->reducer_override, override);
    }
    ks_pickle_start(self, 0);
    if (self->protocol >= 2) {
        if (ks_pickle_put_number(self, OP_PROTO, (size_t)self->protocol, 1) < 0)
            return -1;
        self->framing = self->protocol >= 4;
        self->limit = self->framing ? self->cursor : self->limit;
    }
    if (ks_pickle_save(self, object, 0) < 0 || ks_pickle_put_op(self, OP_STOP) < 0)
        return -1;
    return ks_pickle_frame_end(self);
}

/* Leaves the whole pickle, or its rest if there is a file, in the output. */
static int
pickler_run(Pickler *self, PyObject *object)
{
    if (self->running)
        return is_running();
    self->state = ks_pickle_state();
    if (self->state == NULL)
        return -1;
    self->running = 1;
    self->fast_depth = 0;
    int status = pickler_dump_object(self, object);
    self->framing = 0;
    self->running = 0;
    Py_CLEAR(self->reducer_override);
    Py_CLEAR(self->fast_seen);
    return status;
}

static PyObject *
pickler_dump(PyObject *op, PyObject *object)
{
    Pickler *self = PICKLER(op);
    PickleState *state = ks_pickle_state();
    if (state == NULL)
        return NULL;
    if (self->write == NULL) {
        PyErr_Format(state->pickling_error, "Pickler.__init__() was not called by %s.__init__()",
                     Py_TYPE(op)->tp_name);
        return NULL;
    }
    if (pickler_run(self, object) < 0 || ks_pickle_flush(self) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static KS_NEW PyObject *
dump_by(Pickler *self, const DumpArgs *in)
{
    if (pickler_set_up(self, in) < 0 || pickler_run(self, in->obj) < 0)
        return NULL;
    if (in->file == NULL)
        return ks_pickle_take_copy(self);
    if (ks_pickle_flush(self) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* Keeps a Pickler that nobody else knows for the next call. */
static void
keep_spare(PickleState *state, KS_STEALS PyObject *op)
{
    pickler_reset(PICKLER(op));
    if (Py_REFCNT(op) == 1 && state->spare_pickler == NULL) {
        ks_pickle_start(PICKLER(op), 0);
        state->spare_pickler = op;
    }
    else
        Py_DECREF(op);
}

static PyObject *
dump_with(PickleState *state, const DumpArgs *in)
{
    PyObject *op = ks_give(&state->spare_pickler);
    if (op == NULL && (op = pickler_new(&ks_pickler_type, NULL, NULL)) == NULL)
        return NULL;
    PyObject *result = dump_by(PICKLER(op), in);
    keep_spare(state, op);
    return result;
}

PyObject *
ks_pickle_dump(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    DumpArgs in = DUMP_ARGS_DEFAULT;
    if (!ks_args_parse("dump", dump_params, args, nargs, kwnames, &in))
        return NULL;
    return dump_with(PyModule_GetState(module), &in);
}

PyObject *
ks_pickle_dumps(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    DumpArgs in = DUMP_ARGS_DEFAULT;
    if (nargs == 1 && kwnames == NULL)
        in.obj = args[0];
    else if (!ks_args_parse("dumps", dumps_params, args, nargs, kwnames, &in))
        return NULL;
    return dump_with(PyModule_GetState(module), &in);
}

/* ---- methods ---- */

static PyObject *
pickler_clear_memo(PyObject *self, PyObject *unused)
{
    ks_pickle_memo_clear(PICKLER(self)->memo);
    Py_RETURN_NONE;
}

static PyObject *
pickler_sizeof(PyObject *op, PyObject *unused)
{
    Pickler *self = PICKLER(op);
    size_t bytes = (size_t)Py_TYPE(op)->tp_basicsize + ks_pickle_memo_bytes(self->memo);
    if (self->out != NULL) {
        size_t out = _PySys_GetSizeOf(self->out);
        if (out == (size_t)-1)
            return NULL;
        bytes += out;
    }
    return PyLong_FromSize_t(bytes);
}

/* ---- the memo as Python code sees it ---- */

static PyObject *
memo_copy(PyObject *self, PyObject *unused)
{
    PyObject *owner = ((PickleMemoProxy *)self)->owner;
    KS_OWNED PyObject *dict = PyDict_New();
    /* The memo is looked up each time: a collection may run code that changes it. */
    for (Py_ssize_t i = 0; dict != NULL && i < PICKLER(owner)->memo->slots; i++) {
        PickleMemoEntry entry = PICKLER(owner)->memo->entries[i];
        if (entry.object == NULL)
            continue;
        KS_OWNED PyObject *key = PyLong_FromVoidPtr(entry.object);
        KS_OWNED PyObject *value = Py_BuildValue("(nO)", entry.index, entry.object);
        if (key == NULL || value == NULL || PyDict_SetItem(dict, key, value) < 0)
            return NULL;
    }
    return ks_give(&dict);
}

static PyObject *
memo_clear(PyObject *self, PyObject *unused)
{
    return pickler_clear_memo(((PickleMemoProxy *)self)->owner, NULL);
}

static PyObject *
memo_reduce(PyObject *self, PyObject *unused)
{
    return ks_pickle_proxy_reduce(memo_copy(self, NULL));
}

static PyObject *
pickler_get_memo(PyObject *self, void *closure)
{
    return ks_pickle_proxy_new(&ks_pickler_memo_type, self);
}

/* A memo made of {id: (index, object)}; NULL with an exception. */
static PickleMemo *
memo_from_dict(PyObject *dict)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;
    PickleMemo *memo = ks_pickle_memo_new();
    while (memo != NULL && PyDict_Next(dict, &at, &key, &value)) {
        int failed = 1;
        if (!PyTuple_Check(value) || PyTuple_GET_SIZE(value) != 2)
            PyErr_SetString(PyExc_TypeError, "'memo' values must be 2-item tuples");
        else if (!PyLong_Check(PyTuple_GET_ITEM(value, 0)))
            PyErr_SetString(PyExc_TypeError, "an integer is required");
        else {
            Py_ssize_t index = PyLong_AsSsize_t(PyTuple_GET_ITEM(value, 0));
            failed = (index == -1 && PyErr_Occurred()) ||
                     ks_pickle_memo_set(memo, PyTuple_GET_ITEM(value, 1), index) < 0;
        }
        if (failed) {
            ks_pickle_memo_free(memo);
            return NULL;
        }
    }
    return memo;
}

static int
pickler_set_memo(PyObject *op, PyObject *value, void *closure)
{
    KS_OWNED PyObject *dict = NULL;
    if (value == NULL) {
        PyErr_SetString(PyExc_TypeError, "attribute deletion is not supported");
        return -1;
    }
    if (Py_IS_TYPE(value, &ks_pickler_memo_type))
        dict = memo_copy(value, NULL);
    else if (PyDict_Check(value))
        dict = Py_NewRef(value);
    else
        PyErr_Format(PyExc_TypeError,
                     "'memo' attribute must be a PicklerMemoProxy object or dict, not %.200s",
                     Py_TYPE(value)->tp_name);
    PickleMemo *memo = dict == NULL ? NULL : memo_from_dict(dict), *old = PICKLER(op)->memo;
    if (memo == NULL)
        return -1;
    PICKLER(op)->memo = memo;
    ks_pickle_memo_free(old);
    return 0;
}

static PyObject *
pickler_get_persistent_id(PyObject *self, void *closure)
{
    return ks_pickle_hook_get(&PICKLER(self)->persistent_id, "persistent_id");
}

static int
pickler_set_persistent_id(PyObject *self, PyObject *value, void *closure)
{
    return ks_pickle_hook_set(&PICKLER(self)->persistent_id, value, "persistent_id");
}

/* ---- tables and types ---- */

static PyMethodDef memo_methods[] = {
    METHOD("clear", memo_clear, METH_NOARGS, "($self, /)", "Forget all that was saved."),
    METHOD("copy", memo_copy, METH_NOARGS, "($self, /)",
           "A dict from id(object) to (number, object)."),
    METHOD("__reduce__", memo_reduce, METH_NOARGS, "($self, /)", "Pickled as a dict."),
    {NULL, NULL, 0, NULL},
};

PyTypeObject ks_pickler_memo_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_pickle.PicklerMemoProxy",
    .tp_basicsize = sizeof(PickleMemoProxy),
    .tp_dealloc = ks_pickle_proxy_dealloc,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_setattro = PyObject_GenericSetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = ks_pickle_proxy_traverse,
    .tp_clear = ks_pickle_proxy_clear,
    .tp_methods = memo_methods,
};

static PyMethodDef pickler_methods[] = {
    METHOD("dump", pickler_dump, METH_O, "($self, obj, /)",
           "Write the object's pickle to the file."),
    METHOD("clear_memo", pickler_clear_memo, METH_NOARGS, "($self, /)",
           "Forget which objects were written: they are written in full the next time."),
    METHOD("__sizeof__", pickler_sizeof, METH_NOARGS, "($self, /)",
           "Bytes in memory, table and buffer included."),
    {NULL, NULL, 0, NULL},
};

static PyMemberDef pickler_members[] = {
    {"bin", T_INT, offsetof(Pickler, bin), 0, NULL},
    {"fast", T_INT, offsetof(Pickler, fast), 0, NULL},
    {"dispatch_table", T_OBJECT_EX, offsetof(Pickler, dispatch_table), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef pickler_getset[] = {
    {"memo", pickler_get_memo, pickler_set_memo, NULL, NULL},
    {"persistent_id", pickler_get_persistent_id, pickler_set_persistent_id, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject ks_pickler_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_pickle.Pickler",
    .tp_basicsize = sizeof(Pickler),
    .tp_dealloc = pickler_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .tp_doc = "Pickler(file, protocol=None, fix_imports=True, buffer_callback=None)\n--\n\n"
              "Writes pickles to a file that has a write() method for bytes.\n\n"
              "The protocol is a number from 0 to 5, a negative one stands for the newest.\n"
              "With fix_imports, protocols before 3 use Python 2's names. From protocol 5\n"
              "on, buffer_callback is given each PickleBuffer, and writes it elsewhere\n"
              "if it returns a false value.",
    .tp_traverse = pickler_traverse,
    .tp_clear = pickler_clear,
    .tp_methods = pickler_methods,
    .tp_members = pickler_members,
    .tp_getset = pickler_getset,
    .tp_init = pickler_init,
    .tp_new = pickler_new,
};
