/* SPDX-License-Identifier: MIT */
/* The array module: numbers of one C type in a row. Life of arrays, their buffers, their iterator and
 * the tables of the type; see array_items.c for the typecodes, array_sequence.c for operators and
 * indexing, array_methods.c and array_pickle.c for methods.
 *
 * The struct's layout is known to extensions. While buffers are exported the length must not change. */
#include "array_parts.h"

#include "ks_args.h"
#include "structmember.h"

static struct PyModuleDef array_module;

ArrayState *
ks_array_state(PyTypeObject *type)
{
    return PyModule_GetState(PyType_GetModuleByDef(type, &array_module));
}

/* --- lifecycle --- */

PyObject *
ks_array_make(PyTypeObject *python_type, Py_ssize_t size, const ArrayType *type)
{
    if (size > PY_SSIZE_T_MAX / type->bytes)
        return PyErr_NoMemory();
    Array *self = CAST(python_type->tp_alloc(python_type, 0));
    if (self == NULL)
        return NULL;
    self->type = type;
    self->allocated = size;
    self->weakreflist = NULL;
    self->exports = 0;
    self->items = NULL;
    Py_SET_SIZE(self, 0);
    if (size > 0 && (self->items = PyMem_Malloc((size_t)size * (size_t)type->bytes)) == NULL) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    Py_SET_SIZE(self, size);
    return (PyObject *)self;
}

int
ks_array_resize(Array *self, Py_ssize_t size)
{
    if (self->exports > 0 && size != Py_SIZE(self)) {
        PyErr_SetString(PyExc_BufferError,
                        "cannot resize an array that is exporting buffers");
        return -1;
    }
    if (self->allocated >= size && Py_SIZE(self) < size + 16 && self->items != NULL) {
        Py_SET_SIZE(self, size);
        return 0;
    }
    if (size == 0) {
        PyMem_Free(self->items);
        self->items = NULL;
        Py_SET_SIZE(self, 0);
        self->allocated = 0;
        return 0;
    }
    Py_ssize_t room = (size >> 4) + (Py_SIZE(self) < 8 ? 3 : 7) + size;
    if (room > PY_SSIZE_T_MAX / self->type->bytes) {
        PyErr_NoMemory();
        return -1;
    }
    char *items = PyMem_Realloc(self->items, (size_t)room * (size_t)self->type->bytes);
    if (items == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    self->items = items;
    self->allocated = room;
    Py_SET_SIZE(self, size);
    return 0;
}

static void
array_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    if (CAST(object)->weakreflist != NULL)
        PyObject_ClearWeakRefs(object);
    PyMem_Free(CAST(object)->items);
    type->tp_free(object);
    Py_DECREF(type);
}

static int
array_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    return 0;
}

/* Places a value before an index; -1 with an exception. */
int
ks_array_insert_at(Array *self, Py_ssize_t where, PyObject *value)
{
    if (self->type->put(NULL, value) < 0)
        return -1;
    Py_ssize_t size = Py_SIZE(self);
    if (ks_array_resize(self, size + 1) < 0)
        return -1;
    if (where < 0) {
        where += size;
        if (where < 0)
            where = 0;
    }
    if (where > size)
        where = size;
    if (where != size)
        memmove(place_of(self, where + 1), place_of(self, where),
                (size_t)(size - where) * (size_t)self->type->bytes);
    return self->type->put(place_of(self, where), value);
}

static int
extend_by_iterable(Array *self, PyObject *iterable)
{
    KS_OWNED PyObject *iterator = PyObject_GetIter(iterable);
    if (iterator == NULL)
        return -1;
    for (;;) {
        KS_OWNED PyObject *value = PyIter_Next(iterator);
        if (value == NULL)
            return PyErr_Occurred() ? -1 : 0;
        if (ks_array_insert_at(self, Py_SIZE(self), value) < 0)
            return -1;
    }
}

int
ks_array_extend_by_bytes(Array *self, const char *bytes, Py_ssize_t count)
{
    if (count % self->type->bytes != 0) {
        PyErr_SetString(PyExc_ValueError, "bytes length not a multiple of item size");
        return -1;
    }
    Py_ssize_t items = count / self->type->bytes, size = Py_SIZE(self);
    if (items == 0)
        return 0;
    if (size > PY_SSIZE_T_MAX - items || ks_array_resize(self, size + items) < 0) {
        if (!PyErr_Occurred())
            PyErr_NoMemory();
        return -1;
    }
    memcpy(place_of(self, size), bytes, (size_t)count);
    return 0;
}

int
ks_array_check(PyObject *object, ArrayState *state)
{
    return PyObject_TypeCheck(object, state->array_type);
}

int
ks_array_extend_by(Array *self, PyObject *source)
{
    ArrayState *state = ks_array_state(Py_TYPE(self));
    if (!ks_array_check(source, state))
        return extend_by_iterable(self, source);
    Array *other = CAST(source);
    if (self->type != other->type) {
        PyErr_SetString(PyExc_TypeError, "can only extend with array of same kind");
        return -1;
    }
    Py_ssize_t size = Py_SIZE(self), more = Py_SIZE(other);
    if (size > PY_SSIZE_T_MAX - more) {
        PyErr_NoMemory();
        return -1;
    }
    if (ks_array_resize(self, size + more) < 0)
        return -1;
    /* The other may be self, whose items have just moved. */
    if (more > 0)
        memcpy(place_of(self, size), other->items, (size_t)more * (size_t)self->type->bytes);
    return 0;
}

int
ks_array_append_text(Array *self, PyObject *text)
{
    Py_ssize_t length = PyUnicode_AsWideChar(text, NULL, 0);
    if (length < 0)
        return -1;
    length--; /* counts the nul */
    Py_ssize_t size = Py_SIZE(self);
    if (length == 0)
        return 0;
    if (ks_array_resize(self, size + length) < 0)
        return -1;
    return PyUnicode_AsWideChar(text, (wchar_t *)place_of(self, size), length) < 0 ? -1 : 0;
}

int
ks_array_typecode_arg(PyObject *arg, const char *function, Py_UCS4 *code)
{
    if (PyUnicode_Check(arg) && PyUnicode_READY(arg) == 0 && PyUnicode_GET_LENGTH(arg) == 1) {
        *code = PyUnicode_READ_CHAR(arg, 0);
        return 1;
    }
    PyErr_Format(PyExc_TypeError, "%s must be a unicode character, not %.50s", function,
                 arg == Py_None ? "None" : Py_TYPE(arg)->tp_name);
    return 0;
}

/* Exactly as much room for a new array as a source of known length needs. */
static int
array_reserve(Array *self, Py_ssize_t size)
{
    if (size <= 0)
        return 0;
    if (size <= PY_SSIZE_T_MAX / self->type->bytes)
        self->items = PyMem_Malloc((size_t)size * (size_t)self->type->bytes);
    if (self->items == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    self->allocated = size;
    return 0;
}

/* Fills a new array from what it was asked to start with. */
static int
array_start(Array *self, PyObject *initial, ArrayState *state)
{
    char code = self->type->code;
    if (PyUnicode_Check(initial)) {
        if (code != 'u') {
            PyErr_Format(PyExc_TypeError,
                         "cannot use a str to initialize an array with typecode '%c'", code);
            return -1;
        }
        return array_reserve(self, PyUnicode_GET_LENGTH(initial)) < 0
            ? -1
            : ks_array_append_text(self, initial);
    }
    if ((ks_array_check(initial, state) || PyList_Check(initial) || PyTuple_Check(initial)) &&
        array_reserve(self, Py_SIZE(initial)) < 0)
        return -1;
    if (ks_array_check(initial, state)) {
        if (CAST(initial)->type->code == 'u' && code != 'u') {
            PyErr_Format(PyExc_TypeError,
                         "cannot use a unicode array to initialize an array with typecode '%c'",
                         code);
            return -1;
        }
        if (CAST(initial)->type == self->type)
            return ks_array_extend_by(self, initial);
    }
    if (PyBytes_Check(initial) || PyByteArray_Check(initial)) {
        KS_OWNED PyObject *bytes = PyBytes_FromObject(initial);
        return bytes == NULL
            ? -1
            : ks_array_extend_by_bytes(self, PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes));
    }
    return extend_by_iterable(self, initial);
}

static PyObject *
array_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    ArrayState *state = ks_array_state(type);
    if (type == state->array_type && kwargs != NULL && PyDict_GET_SIZE(kwargs) != 0) {
        PyErr_SetString(PyExc_TypeError, "array.array() takes no keyword arguments");
        return NULL;
    }
    Py_ssize_t nargs = PyTuple_GET_SIZE(args);
    Py_UCS4 code;
    if (nargs < 1 || nargs > 2) {
        PyErr_Format(PyExc_TypeError, "array() takes at %s argument%s (%zd given)",
                     nargs < 1 ? "least 1" : "most 2", nargs < 1 ? "" : "s", nargs);
        return NULL;
    }
    if (!ks_array_typecode_arg(PyTuple_GET_ITEM(args, 0), "array() argument 1", &code))
        return NULL;
    PyObject *initial = nargs == 2 ? PyTuple_GET_ITEM(args, 1) : NULL;
    if (PySys_Audit("array.__new__", "CO", (int)code, initial != NULL ? initial : Py_None) < 0)
        return NULL;
    const ArrayType *item_type = ks_array_type_by_code(code);
    if (item_type == NULL) {
        PyErr_SetString(PyExc_ValueError, "bad typecode (must be b, B, u, h, H, i, I, l, L, q, Q, "
                                          "f or d)");
        return NULL;
    }
    PyObject *self = ks_array_make(type, 0, item_type);
    if (self != NULL && initial != NULL && array_start(CAST(self), initial, state) < 0)
        Py_CLEAR(self);
    return self;
}

/* --- buffer protocol --- */

static int
array_getbuffer(PyObject *object, Py_buffer *view, int flags)
{
    Array *self = CAST(object);
    static char nothing[] = "";
    if (view == NULL) {
        PyErr_SetString(PyExc_BufferError, "array_buffer_getbuf: view==NULL argument is obsolete");
        return -1;
    }
    *view = (Py_buffer){
        .buf = self->items != NULL ? self->items : nothing, .obj = Py_NewRef(object),
        .len = Py_SIZE(self) * self->type->bytes, .itemsize = self->type->bytes, .ndim = 1};
    if ((flags & PyBUF_ND) == PyBUF_ND)
        view->shape = &((PyVarObject *)self)->ob_size;
    if ((flags & PyBUF_STRIDES) == PyBUF_STRIDES)
        view->strides = &view->itemsize;
    if ((flags & PyBUF_FORMAT) == PyBUF_FORMAT)
        view->format = (char *)self->type->format;
    self->exports++;
    return 0;
}

static void
array_releasebuffer(PyObject *self, Py_buffer *view)
{
    CAST(self)->exports--;
}

/* --- iterator --- */

typedef struct ArrayIterator {
    PyObject_HEAD
    Py_ssize_t index;
    PyObject *array; /* NULL when exhausted */
} ArrayIterator;

static PyObject *
array_iter(PyObject *self)
{
    ArrayState *state = ks_array_state(Py_TYPE(self));
    ArrayIterator *iterator = PyObject_GC_New(ArrayIterator, state->iterator_type);
    if (iterator == NULL)
        return NULL;
    iterator->index = 0;
    iterator->array = Py_NewRef(self);
    PyObject_GC_Track(iterator);
    return (PyObject *)iterator;
}

static PyObject *
iterator_next(PyObject *object)
{
    ArrayIterator *self = (ArrayIterator *)object;
    if (self->array == NULL)
        return NULL;
    if (self->index < Py_SIZE(self->array))
        return item_get(CAST(self->array), self->index++);
    Py_CLEAR(self->array);
    return NULL;
}

static void
iterator_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_XDECREF(((ArrayIterator *)self)->array);
    PyObject_GC_Del(self);
    Py_DECREF(type);
}

static int
iterator_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((ArrayIterator *)self)->array);
    return 0;
}

static PyObject *
iterator_reduce(PyObject *object, PyObject *unused)
{
    ArrayIterator *self = (ArrayIterator *)object;
    KS_OWNED PyObject *builtins = PyImport_ImportModule("builtins");
    KS_OWNED PyObject *iter = builtins == NULL ? NULL : PyObject_GetAttrString(builtins, "iter");
    if (iter == NULL)
        return NULL;
    if (self->array == NULL)
        return Py_BuildValue("O(())", iter);
    return Py_BuildValue("O(O)n", iter, self->array, self->index);
}

static PyObject *
iterator_setstate(PyObject *object, PyObject *state)
{
    ArrayIterator *self = (ArrayIterator *)object;
    Py_ssize_t index = PyLong_AsSsize_t(state);
    if (index == -1 && PyErr_Occurred())
        return NULL;
    if (self->array != NULL) {
        Py_ssize_t size = Py_SIZE(self->array);
        self->index = index < 0 ? 0 : index > size ? size : index;
    }
    Py_RETURN_NONE;
}

static PyMethodDef iterator_methods[] = {
    METHOD("__reduce__", iterator_reduce, METH_NOARGS, "($self, /)", "Return state for pickling."),
    METHOD("__setstate__", iterator_setstate, METH_O, "($self, state, /)", "Set the position."),
    {NULL},
};

static PyType_Slot iterator_slots[] = {
    {Py_tp_dealloc, iterator_dealloc}, {Py_tp_traverse, iterator_traverse},
    {Py_tp_iter, PyObject_SelfIter},   {Py_tp_iternext, iterator_next},
    {Py_tp_methods, iterator_methods}, {Py_tp_getattro, PyObject_GenericGetAttr},
    {0, NULL},
};

static PyType_Spec iterator_spec = {
    .name = "array.arrayiterator",
    .basicsize = sizeof(ArrayIterator),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION |
             Py_TPFLAGS_IMMUTABLETYPE,
    .slots = iterator_slots,
};

/* --- type and module --- */

static PyObject *
array_get_typecode(PyObject *self, void *closure)
{
    return PyUnicode_FromOrdinal(CAST(self)->type->code);
}

static PyObject *
array_get_itemsize(PyObject *self, void *closure)
{
    return PyLong_FromLong(CAST(self)->type->bytes);
}

static PyGetSetDef array_getset[] = {
    {"typecode", array_get_typecode, NULL, "the typecode character used to create the array"},
    {"itemsize", array_get_itemsize, NULL, "the size, in bytes, of one array item"},
    {NULL},
};

static PyMemberDef array_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(Array, weakreflist), READONLY},
    {NULL},
};

static PyType_Slot array_slots[] = {
    {Py_tp_dealloc, array_dealloc},
    {Py_tp_repr, ks_array_repr},
    {Py_tp_getattro, PyObject_GenericGetAttr},
    {Py_tp_doc, (void *)PyDoc_STR("array(typecode [, initializer]) -> array\n\n"
                                  "Numbers of one C type, stored in a row. Typecodes: b, B, u, h, "
                                  "H, i, I, l, L, q, Q, f, d.")},
    {Py_tp_richcompare, ks_array_richcompare},
    {Py_tp_iter, array_iter},
    {Py_tp_methods, ks_array_methods},
    {Py_tp_members, array_members},
    {Py_tp_getset, array_getset},
    {Py_tp_alloc, PyType_GenericAlloc},
    {Py_tp_new, array_new},
    {Py_tp_traverse, array_traverse},
    {Py_tp_hash, PyObject_HashNotImplemented},
    {Py_sq_length, ks_array_length},
    {Py_sq_concat, ks_array_concat},
    {Py_sq_repeat, ks_array_repeat},
    {Py_sq_item, ks_array_item},
    {Py_sq_contains, ks_array_contains},
    {Py_sq_inplace_concat, ks_array_inplace_concat},
    {Py_sq_inplace_repeat, ks_array_inplace_repeat},
    {Py_mp_length, ks_array_length},
    {Py_mp_subscript, ks_array_subscript},
    {Py_mp_ass_subscript, ks_array_ass_subscript},
    {Py_bf_getbuffer, array_getbuffer},
    {Py_bf_releasebuffer, array_releasebuffer},
    {0, NULL},
};

static PyType_Spec array_spec = {
    .name = "array.array",
    .basicsize = sizeof(Array),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_IMMUTABLETYPE |
             Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_SEQUENCE,
    .slots = array_slots,
};

static PyMethodDef module_methods[] = {
    METHOD("_array_reconstructor", ks_array_reconstructor, METH_FASTCALL,
           "($module, arraytype, typecode, mformat_code, items, /)",
           "Internal. Used for pickling support."),
    {NULL},
};

static int
register_sequence(PyObject *type)
{
    KS_OWNED PyObject *abc = PyImport_ImportModule("collections.abc");
    KS_OWNED PyObject *base =
        abc == NULL ? NULL : PyObject_GetAttrString(abc, "MutableSequence");
    KS_OWNED PyObject *result =
        base == NULL ? NULL : PyObject_CallMethod(base, "register", "O", type);
    return result == NULL ? -1 : 0;
}

static int
array_exec(PyObject *module)
{
    ArrayState *state = PyModule_GetState(module);
    state->array_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &array_spec, NULL);
    state->iterator_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &iterator_spec, NULL);
    state->reconstructor = PyObject_GetAttrString(module, "_array_reconstructor");
    if (state->array_type == NULL || state->iterator_type == NULL || state->reconstructor == NULL)
        return -1;
    char codes[ARRAY_TYPES + 1] = "";
    for (Py_ssize_t i = 0; i < ARRAY_TYPES; i++)
        codes[i] = ks_array_types[i].code;
    if (PyModule_AddObjectRef(module, "ArrayType", (PyObject *)state->array_type) < 0 ||
        PyModule_AddType(module, state->array_type) < 0 ||
        PyModule_AddStringConstant(module, "typecodes", codes) < 0)
        return -1;
    return register_sequence((PyObject *)state->array_type);
}

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    ArrayState *state = PyModule_GetState(module);
    Py_VISIT(state->array_type);
    Py_VISIT(state->iterator_type);
    Py_VISIT(state->reconstructor);
    return 0;
}

static int
module_clear(PyObject *module)
{
    ArrayState *state = PyModule_GetState(module);
    Py_CLEAR(state->array_type);
    Py_CLEAR(state->iterator_type);
    Py_CLEAR(state->reconstructor);
    return 0;
}

static void
module_free(void *module)
{
    module_clear(module);
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, array_exec}, {0, NULL}};

static struct PyModuleDef array_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "array",
    .m_doc = PyDoc_STR("Arrays of numbers of one C type."),
    .m_size = sizeof(ArrayState),
    .m_methods = module_methods,
    .m_slots = module_slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free,
};

PyMODINIT_FUNC
PyInit_array(void)
{
    return PyModuleDef_Init(&array_module);
}
