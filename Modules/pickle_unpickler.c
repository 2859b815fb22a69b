/* SPDX-License-Identifier: MIT */
/* The Unpickler type, the proxy of its memo, and load() and loads(). An Unpickler has a file only
 * after __init__(). While it runs, another load() on it is refused. */
#include "pickle_input.h"

#define UNPICKLER(op) ((Unpickler *)(op))

/* What sys.getsizeof() starts from is known to callers. */
_Static_assert(sizeof(Unpickler) == 272, "an Unpickler is as large as CPython's");

#define SPARE_STACK_ROOM 1024

typedef struct LoadArgs {
    PyObject *file, *data, *buffers;
    const char *encoding, *errors;
    int fix_imports;
} LoadArgs;

#define LOAD_ARGS_DEFAULT {.encoding = "ASCII", .errors = "strict", .fix_imports = 1}

#define LOAD_PARAMS                                      \
    PARAM_KWONLY(LoadArgs, fix_imports, ARG_BOOL, 0),    \
    PARAM_KWONLY(LoadArgs, encoding, ARG_TEXT, 0),       \
    PARAM_KWONLY(LoadArgs, errors, ARG_TEXT, 0),         \
    PARAM_KWONLY(LoadArgs, buffers, ARG_OBJECT, 0),      \
    PARAM_END

static const KsParam file_params[] = {PARAM(LoadArgs, file, ARG_OBJECT, 1), LOAD_PARAMS};
static const KsParam data_params[] = {PARAM_POS(LoadArgs, data, ARG_OBJECT, 1), LOAD_PARAMS};

/* ---- lifecycle ---- */

static PyObject *
unpickler_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *self = type->tp_alloc(type, 0);
    if (self != NULL)
        UNPICKLER(self)->fix_imports = 1;
    return self;
}

static int
unpickler_traverse(PyObject *op, visitproc visit, void *arg)
{
    Unpickler *u = UNPICKLER(op);
    Py_VISIT(u->read);
    Py_VISIT(u->readline);
    Py_VISIT(u->readinto);
    Py_VISIT(u->peek);
    Py_VISIT(u->persistent_load.function);
    Py_VISIT(u->buffers);
    for (Py_ssize_t i = 0; i < u->height; i++)
        Py_VISIT(u->stack[i]);
    for (Py_ssize_t i = 0, left = u->memo_used; left > 0; i++) {
        left -= u->memo[i] != NULL;
        Py_VISIT(u->memo[i]);
    }
    return 0;
}

/* Forgets all but persistent_load, which may have been assigned before __init__() is called. */
static void
unpickler_reset(Unpickler *u)
{
    u->cursor = u->limit = u->peeked = NULL;
    u->mark_count = u->fence = 0;
    ks_unpickle_cut(u, 0);
    ks_unpickle_memo_clear(u);
    Py_CLEAR(u->input);
    Py_CLEAR(u->read);
    Py_CLEAR(u->readline);
    Py_CLEAR(u->readinto);
    Py_CLEAR(u->peek);
    Py_CLEAR(u->buffers);
}

static int
unpickler_clear(PyObject *op)
{
    unpickler_reset(UNPICKLER(op));
    Py_CLEAR(UNPICKLER(op)->persistent_load.function);
    return 0;
}

static void
unpickler_dealloc(PyObject *op)
{
    Unpickler *u = UNPICKLER(op);
    PyObject_GC_UnTrack(op);
    unpickler_clear(op);
    PyMem_Free(u->memo);
    PyMem_Free(u->stack);
    PyMem_Free(u->marks);
    PyMem_Free(u->encoding);
    PyMem_Free(u->errors);
    PyMem_Free(u->line);
    Py_TYPE(op)->tp_free(op);
}

static int
text_set(char **field, const char *text)
{
    if (*field != NULL && strcmp(*field, text) == 0)
        return 0;
    char *copy = _PyMem_Strdup(text);
    if (copy == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    PyMem_Free(*field);
    *field = copy;
    return 0;
}

/* Everything but the input. */
static int
unpickler_set_up(Unpickler *u, const LoadArgs *in)
{
    if (text_set(&u->encoding, in->encoding) < 0 || text_set(&u->errors, in->errors) < 0)
        return -1;
    if (in->buffers != NULL && in->buffers != Py_None) {
        PyObject *iterator = PyObject_GetIter(in->buffers);
        if (iterator == NULL)
            return -1;
        Py_XSETREF(u->buffers, iterator);
    }
    u->fix_imports = in->fix_imports;
    u->protocol = 0;
    return 0;
}

static int
unpickler_set_file(Unpickler *u, PyObject *file)
{
    if (_PyObject_LookupAttr(file, KS_INTERN("peek"), &u->peek) < 0 ||
        _PyObject_LookupAttr(file, KS_INTERN("readinto"), &u->readinto) < 0 ||
        _PyObject_LookupAttr(file, KS_INTERN("read"), &u->read) < 0 ||
        _PyObject_LookupAttr(file, KS_INTERN("readline"), &u->readline) < 0)
        return -1;
    if (u->read != NULL && u->readline != NULL)
        return 0;
    PyErr_SetString(PyExc_TypeError, "file must have 'read' and 'readline' attributes");
    return -1;
}

static KS_COLD int
is_running(void)
{
    PyErr_SetString(PyExc_RuntimeError, "Unpickler object is already used");
    return -1;
}

static int
unpickler_init(PyObject *op, PyObject *args, PyObject *kwargs)
{
    Unpickler *u = UNPICKLER(op);
    LoadArgs in = LOAD_ARGS_DEFAULT;
    if (!ks_args_parse_tuple("Unpickler", file_params, args, kwargs, &in))
        return -1;
    if (u->running)
        return is_running();
    unpickler_reset(u);
    PyMem_Free(u->memo);
    u->memo = NULL;
    u->memo_room = 0;
    if (unpickler_set_file(u, in.file) < 0 || unpickler_set_up(u, &in) < 0 ||
        ks_unpickle_memo_widen(u, 0) < 0) {
        Py_CLEAR(u->read); /* not initialised */
        return -1;
    }
    if (Py_TYPE(op) == &ks_unpickler_type)
        return 0;
    return ks_pickle_hook_find(&u->persistent_load, op, KS_INTERN("persistent_load"));
}

/* ---- loading ---- */

static KS_NEW PyObject *
unpickler_run(Unpickler *u)
{
    if (u->running)
        return is_running(), NULL;
    u->state = ks_pickle_state();
    if (u->state == NULL)
        return NULL;
    u->running = 1;
    u->protocol = 0;
    PyObject *result = ks_unpickle_run(u);
    u->mark_count = u->fence = 0;
    ks_unpickle_cut(u, 0);
    u->running = 0;
    return result;
}

static PyObject *
unpickler_load(PyObject *op, PyObject *unused)
{
    PickleState *state = ks_pickle_state();
    if (state == NULL)
        return NULL;
    if (UNPICKLER(op)->read == NULL) {
        PyErr_Format(state->unpickling_error,
                     "Unpickler.__init__() was not called by %s.__init__()",
                     Py_TYPE(op)->tp_name);
        return NULL;
    }
    return unpickler_run(UNPICKLER(op));
}

PyObject *
ks_pickle_load(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    LoadArgs in = LOAD_ARGS_DEFAULT;
    if (!ks_args_parse("load", file_params, args, nargs, kwnames, &in))
        return NULL;
    KS_OWNED PyObject *op = unpickler_new(&ks_unpickler_type, NULL, NULL);
    if (op == NULL || unpickler_set_file(UNPICKLER(op), in.file) < 0 ||
        unpickler_set_up(UNPICKLER(op), &in) < 0)
        return NULL;
    return unpickler_run(UNPICKLER(op));
}

/* Keeps an Unpickler that nobody else knows for the next call, unless it has grown large. */
static void
keep_spare(PickleState *state, KS_STEALS PyObject *op)
{
    unpickler_reset(UNPICKLER(op));
    if (Py_REFCNT(op) == 1 && state->spare_unpickler == NULL &&
        UNPICKLER(op)->room <= SPARE_STACK_ROOM && UNPICKLER(op)->line_room == 0)
        state->spare_unpickler = op;
    else
        Py_DECREF(op);
}

PyObject *
ks_pickle_loads(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    LoadArgs in = LOAD_ARGS_DEFAULT;
    Py_buffer view;
    PyObject *result = NULL;
    if (nargs == 1 && kwnames == NULL)
        in.data = args[0];
    else if (!ks_args_parse("loads", data_params, args, nargs, kwnames, &in))
        return NULL;
    if (PyObject_GetBuffer(in.data, &view, PyBUF_CONTIG_RO) < 0)
        return NULL;
    PickleState *state = PyModule_GetState(module);
    PyObject *op = ks_give(&state->spare_unpickler);
    if (op == NULL)
        op = unpickler_new(&ks_unpickler_type, NULL, NULL);
    if (op != NULL) {
        UNPICKLER(op)->cursor = view.buf;
        UNPICKLER(op)->limit = UNPICKLER(op)->cursor + view.len;
        if (unpickler_set_up(UNPICKLER(op), &in) == 0)
            result = unpickler_run(UNPICKLER(op));
        keep_spare(state, op);
    }
    PyBuffer_Release(&view);
    return result;
}

/* ---- methods ---- */

static PyObject *
unpickler_find_class(PyObject *op, PyObject *const *args, Py_ssize_t nargs)
{
    Unpickler *u = UNPICKLER(op);
    if (!ks_args_count("find_class", nargs, 2, 2))
        return NULL;
    PickleState *state = ks_pickle_state();
    if (state == NULL)
        return NULL;
    u->state = state;
    return ks_unpickle_find_class(u, args[0], args[1]);
}

static PyObject *
unpickler_sizeof(PyObject *op, PyObject *unused)
{
    Unpickler *u = UNPICKLER(op);
    size_t bytes = (size_t)Py_TYPE(op)->tp_basicsize +
                   (size_t)u->memo_room * sizeof *u->memo +
                   (size_t)u->mark_room * sizeof *u->marks + (size_t)u->line_room;
    if (u->encoding != NULL)
        bytes += strlen(u->encoding) + 1;
    if (u->errors != NULL)
        bytes += strlen(u->errors) + 1;
    return PyLong_FromSize_t(bytes);
}

/* ---- the memo as Python code sees it ---- */

static PyObject *
memo_copy(PyObject *self, PyObject *unused)
{
    Unpickler *u = UNPICKLER(((PickleMemoProxy *)self)->owner);
    KS_OWNED PyObject *dict = PyDict_New();
    /* The memo is looked up each time: a collection may run code that changes it. */
    for (Py_ssize_t i = 0; dict != NULL && i < u->memo_room && PyDict_GET_SIZE(dict) < u->memo_used;
         i++) {
        KS_OWNED PyObject *object = Py_XNewRef(u->memo[i]);
        if (object == NULL)
            continue;
        KS_OWNED PyObject *key = PyLong_FromSsize_t(i);
        if (key == NULL || PyDict_SetItem(dict, key, object) < 0)
            return NULL;
    }
    return ks_give(&dict);
}

static PyObject *
memo_clear(PyObject *self, PyObject *unused)
{
    Unpickler *u = UNPICKLER(((PickleMemoProxy *)self)->owner);
    ks_unpickle_memo_clear(u);
    if (u->memo_room == 0 && ks_unpickle_memo_widen(u, 0) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
memo_reduce(PyObject *self, PyObject *unused)
{
    return ks_pickle_proxy_reduce(memo_copy(self, NULL));
}

static PyObject *
unpickler_get_memo(PyObject *self, void *closure)
{
    return ks_pickle_proxy_new(&ks_unpickler_memo_type, self);
}

static int
memo_key_check(PyObject *key)
{
    if (!PyLong_Check(key)) {
        PyErr_SetString(PyExc_TypeError, "memo key must be integers");
        return -1;
    }
    Py_ssize_t index = PyLong_AsSsize_t(key);
    if (index < 0 && !PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "memo key must be positive integers.");
    return index < 0 ? -1 : 0;
}

/* Checked as a whole before the old memo goes. */
static int
memo_replace(Unpickler *u, PyObject *dict)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;
    while (PyDict_Next(dict, &at, &key, &value)) {
        if (memo_key_check(key) < 0)
            return -1;
    }
    ks_unpickle_memo_clear(u);
    for (at = 0; PyDict_Next(dict, &at, &key, &value);) {
        if (ks_unpickle_memo_set(u, (size_t)PyLong_AsSsize_t(key), value) < 0)
            return -1;
    }
    return 0;
}

static int
unpickler_set_memo(PyObject *op, PyObject *value, void *closure)
{
    KS_OWNED PyObject *dict = NULL;
    if (value == NULL) {
        PyErr_SetString(PyExc_TypeError, "attribute deletion is not supported");
        return -1;
    }
    if (Py_IS_TYPE(value, &ks_unpickler_memo_type))
        dict = memo_copy(value, NULL);
    else if (PyDict_Check(value))
        dict = PyDict_Copy(value);
    else
        PyErr_Format(PyExc_TypeError,
                     "'memo' attribute must be an UnpicklerMemoProxy object or dict, not %.200s",
                     Py_TYPE(value)->tp_name);
    return dict == NULL ? -1 : memo_replace(UNPICKLER(op), dict);
}

static PyObject *
unpickler_get_persistent_load(PyObject *self, void *closure)
{
    return ks_pickle_hook_get(&UNPICKLER(self)->persistent_load, "persistent_load");
}

static int
unpickler_set_persistent_load(PyObject *self, PyObject *value, void *closure)
{
    return ks_pickle_hook_set(&UNPICKLER(self)->persistent_load, value, "persistent_load");
}

/* ---- tables and types ---- */

static PyMethodDef memo_methods[] = {
    METHOD("clear", memo_clear, METH_NOARGS, "($self, /)", "Forget all that was read."),
    METHOD("copy", memo_copy, METH_NOARGS, "($self, /)", "A dict from numbers to objects."),
    METHOD("__reduce__", memo_reduce, METH_NOARGS, "($self, /)", "Pickled as a dict."),
    {NULL, NULL, 0, NULL},
};

PyTypeObject ks_unpickler_memo_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_pickle.UnpicklerMemoProxy",
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

static PyMethodDef unpickler_methods[] = {
    METHOD("load", unpickler_load, METH_NOARGS, "($self, /)",
           "Read one pickle from the file: the object that it stands for."),
    METHOD("find_class", unpickler_find_class, METH_FASTCALL,
           "($self, module_name, global_name, /)",
           "The object of that name in a module, which is imported.\n\n"
           "Subclasses may refuse what should not be loaded."),
    METHOD("__sizeof__", unpickler_sizeof, METH_NOARGS, "($self, /)",
           "Bytes in memory, tables included."),
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef unpickler_getset[] = {
    {"memo", unpickler_get_memo, unpickler_set_memo, NULL, NULL},
    {"persistent_load", unpickler_get_persistent_load, unpickler_set_persistent_load, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject ks_unpickler_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_pickle.Unpickler",
    .tp_basicsize = sizeof(Unpickler),
    .tp_dealloc = unpickler_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .tp_doc = "Unpickler(file, *, fix_imports=True, encoding='ASCII', errors='strict',\n"
              "          buffers=())\n--\n\n"
              "Reads pickles from a file that has read() and readline() for bytes.\n\n"
              "readinto() and peek() are used if it has them. fix_imports, encoding and\n"
              "errors say how to take what Python 2 wrote; the encoding 'bytes' keeps its\n"
              "strings as they are. buffers gives what was pickled out of band.",
    .tp_traverse = unpickler_traverse,
    .tp_clear = unpickler_clear,
    .tp_methods = unpickler_methods,
    .tp_getset = unpickler_getset,
    .tp_init = unpickler_init,
    .tp_new = unpickler_new,
};
