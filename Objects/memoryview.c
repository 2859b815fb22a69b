/* SPDX-License-Identifier: MIT */
/* memoryview, and the managed buffer that several views share.
 *
 * A managed buffer holds one export of an object's buffer; views of it carry their own shape,
 * strides and suboffsets in the memory behind the view struct. A view with exports of its own
 * cannot be released; a released view answers nothing but its repr. */
#include "Python.h"

#include "pycore_object.h"
#include "pycore_strhex.h"

#include "ks_args.h"
#include "ks_memoryview.h"

#define CAST(self) ((PyMemoryViewObject *)(self))
#define CONTIGUOUS (_Py_MEMORYVIEW_C | _Py_MEMORYVIEW_FORTRAN | _Py_MEMORYVIEW_SCALAR)

int
ks_view_check(PyMemoryViewObject *self)
{
    if (!KS_VIEW_IS_RELEASED(self))
        return 1;
    PyErr_SetString(PyExc_ValueError, "operation forbidden on released memoryview object");
    return 0;
}

/* --- managed buffers --- */

static _PyManagedBufferObject *
managed_new(void)
{
    _PyManagedBufferObject *self =
        (_PyManagedBufferObject *)_PyObject_GC_New(&_PyManagedBuffer_Type);
    if (self == NULL)
        return NULL;
    self->flags = 0;
    self->exports = 0;
    self->master.obj = NULL;
    _PyObject_GC_TRACK(self);
    return self;
}

static void
managed_release(_PyManagedBufferObject *self)
{
    if (self->flags & _Py_MANAGED_BUFFER_RELEASED)
        return;
    self->flags |= _Py_MANAGED_BUFFER_RELEASED;
    _PyObject_GC_UNTRACK(self);
    PyBuffer_Release(&self->master);
}

static void
managed_dealloc(PyObject *object)
{
    _PyManagedBufferObject *self = (_PyManagedBufferObject *)object;
    managed_release(self);
    if (self->flags & _Py_MANAGED_BUFFER_FREE_FORMAT)
        PyMem_Free(self->master.format);
    PyObject_GC_Del(self);
}

static int
managed_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((_PyManagedBufferObject *)self)->master.obj);
    return 0;
}

static int
managed_clear(PyObject *self)
{
    managed_release((_PyManagedBufferObject *)self);
    return 0;
}

PyTypeObject _PyManagedBuffer_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "managedbuffer",
    .tp_basicsize = sizeof(_PyManagedBufferObject),
    .tp_dealloc = managed_dealloc,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = managed_traverse,
    .tp_clear = managed_clear,
};

/* --- making views --- */

static void
init_flags(PyMemoryViewObject *self)
{
    const Py_buffer *view = &self->view;
    int flags = 0;
    if (view->ndim == 0)
        flags |= _Py_MEMORYVIEW_SCALAR | _Py_MEMORYVIEW_C | _Py_MEMORYVIEW_FORTRAN;
    else if (view->ndim == 1 && (view->shape[0] == 1 || view->strides[0] == view->itemsize))
        flags |= _Py_MEMORYVIEW_C | _Py_MEMORYVIEW_FORTRAN;
    else {
        if (PyBuffer_IsContiguous(view, 'C'))
            flags |= _Py_MEMORYVIEW_C;
        if (PyBuffer_IsContiguous(view, 'F'))
            flags |= _Py_MEMORYVIEW_FORTRAN;
    }
    if (view->suboffsets != NULL)
        flags = (flags | _Py_MEMORYVIEW_PIL) & ~(_Py_MEMORYVIEW_C | _Py_MEMORYVIEW_FORTRAN);
    self->flags = flags;
}

static void
strides_from_shape(Py_buffer *view)
{
    Py_ssize_t stride = view->itemsize;
    for (int i = view->ndim - 1; i >= 0; i--) {
        view->strides[i] = stride;
        stride *= view->shape[i];
    }
}

static PyMemoryViewObject *
view_alloc(int ndim)
{
    PyMemoryViewObject *self = (PyMemoryViewObject *)PyObject_GC_NewVar(
        PyMemoryViewObject, &PyMemoryView_Type, 3 * ndim);
    if (self == NULL)
        return NULL;
    self->mbuf = NULL;
    self->hash = -1;
    self->flags = 0;
    self->exports = 0;
    self->weakreflist = NULL;
    self->view.ndim = ndim;
    self->view.shape = self->ob_array;
    self->view.strides = self->ob_array + ndim;
    self->view.suboffsets = self->ob_array + 2 * ndim;
    return self;
}

/* A view over a managed buffer, with shape and strides of its own taken from src. */
static PyObject *
view_register(_PyManagedBufferObject *managed, const Py_buffer *src)
{
    if (src->ndim > PyBUF_MAX_NDIM) {
        PyErr_SetString(PyExc_ValueError,
                        "memoryview: number of dimensions must not exceed 64");
        return NULL;
    }
    PyMemoryViewObject *self = view_alloc(src->ndim);
    if (self == NULL)
        return NULL;
    Py_buffer *view = &self->view;
    view->obj = src->obj; /* borrowed: the managed buffer keeps it */
    view->buf = src->buf;
    view->len = src->len;
    view->itemsize = src->itemsize;
    view->readonly = src->readonly;
    view->format = src->format != NULL ? src->format : "B";
    view->internal = src->internal;
    if (view->ndim == 0)
        view->shape = view->strides = NULL; /* a scalar says so to consumers */
    else if (view->ndim == 1) {
        view->shape[0] = src->shape != NULL ? src->shape[0] : src->len / src->itemsize;
        view->strides[0] = src->strides != NULL ? src->strides[0] : src->itemsize;
    }
    else {
        for (int i = 0; i < view->ndim; i++)
            view->shape[i] = src->shape[i];
        if (src->strides != NULL)
            memcpy(view->strides, src->strides, (size_t)view->ndim * sizeof(Py_ssize_t));
        else
            strides_from_shape(view);
    }
    if (src->suboffsets != NULL)
        memcpy(view->suboffsets, src->suboffsets, (size_t)view->ndim * sizeof(Py_ssize_t));
    else
        view->suboffsets = NULL;
    init_flags(self);
    self->mbuf = (_PyManagedBufferObject *)Py_NewRef(managed);
    managed->exports++;
    PyObject_GC_Track(self);
    return (PyObject *)self;
}

PyObject *
PyMemoryView_FromMemory(char *memory, Py_ssize_t size, int flags)
{
    _PyManagedBufferObject *managed = managed_new();
    if (managed == NULL)
        return NULL;
    int readonly = flags != PyBUF_WRITE;
    (void)PyBuffer_FillInfo(&managed->master, NULL, memory, size, readonly, PyBUF_FULL_RO);
    PyObject *self = view_register(managed, &managed->master);
    Py_DECREF(managed);
    return self;
}

PyObject *
PyMemoryView_FromBuffer(const Py_buffer *info)
{
    if (info->buf == NULL) {
        PyErr_SetString(PyExc_ValueError,
                        "PyMemoryView_FromBuffer(): info->buf must not be NULL");
        return NULL;
    }
    _PyManagedBufferObject *managed = managed_new();
    if (managed == NULL)
        return NULL;
    managed->master = *info;
    managed->master.obj = NULL; /* the caller stays the owner of its export */
    PyObject *self = view_register(managed, &managed->master);
    Py_DECREF(managed);
    return self;
}

PyObject *
PyMemoryView_FromObject(PyObject *source)
{
    if (PyMemoryView_Check(source)) {
        if (!ks_view_check(CAST(source)))
            return NULL;
        return view_register(CAST(source)->mbuf, &CAST(source)->view);
    }
    if (!PyObject_CheckBuffer(source)) {
        PyErr_Format(PyExc_TypeError, "memoryview: a bytes-like object is required, not '%.200s'",
                     Py_TYPE(source)->tp_name);
        return NULL;
    }
    _PyManagedBufferObject *managed = managed_new();
    if (managed == NULL)
        return NULL;
    PyObject *self = NULL;
    if (PyObject_GetBuffer(source, &managed->master, PyBUF_FULL_RO) < 0)
        managed->master.obj = NULL;
    else
        self = view_register(managed, &managed->master);
    Py_DECREF(managed);
    return self;
}

/* A contiguous view: the object's own memory if it is contiguous and may be used as asked, else a
 * view of a bytes copy. */
PyObject *
PyMemoryView_GetContiguous(PyObject *source, int access, char order)
{
    KS_OWNED PyObject *view = PyMemoryView_FromObject(source);
    if (view == NULL)
        return NULL;
    Py_buffer *buffer = &CAST(view)->view;
    if (access == PyBUF_WRITE && buffer->readonly) {
        PyErr_SetString(PyExc_BufferError, "underlying buffer is not writable");
        return NULL;
    }
    if (PyBuffer_IsContiguous(buffer, order))
        return ks_give(&view);
    if (access == PyBUF_WRITE) {
        PyErr_SetString(PyExc_BufferError,
                        "writable contiguous buffer requested for a non-contiguous object.");
        return NULL;
    }
    KS_OWNED PyObject *bytes = PyBytes_FromStringAndSize(NULL, buffer->len);
    if (bytes == NULL ||
        PyBuffer_ToContiguous(PyBytes_AS_STRING(bytes), buffer, buffer->len, order) < 0)
        return NULL;
    KS_OWNED PyObject *flat = PyMemoryView_FromObject(bytes);
    if (flat == NULL)
        return NULL;
    Py_buffer shaped = *buffer;
    Py_ssize_t strides[PyBUF_MAX_NDIM];
    shaped.obj = bytes;
    shaped.buf = PyBytes_AS_STRING(bytes);
    shaped.readonly = 1;
    shaped.suboffsets = NULL;
    shaped.strides = strides;
    PyBuffer_FillContiguousStrides(shaped.ndim, shaped.shape, strides, (int)shaped.itemsize,
                                   order == 'A' ? 'C' : order);
    PyObject *result = view_register(CAST(flat)->mbuf, &shaped);
    /* The format string belongs to the original: the copy's owner must keep one of its own. */
    if (result != NULL) {
        _PyManagedBufferObject *managed = CAST(flat)->mbuf;
        char *format = _PyMem_Strdup(buffer->format);
        if (format == NULL) {
            Py_DECREF(result);
            return PyErr_NoMemory();
        }
        managed->master.format = format;
        managed->flags |= _Py_MANAGED_BUFFER_FREE_FORMAT;
        CAST(result)->view.format = format;
    }
    return result;
}

typedef struct ViewArgs {
    PyObject *object;
} ViewArgs;

static PyObject *
view_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static const KsParam params[] = {PARAM(ViewArgs, object, ARG_OBJECT, 1), PARAM_END};
    ViewArgs given;
    if (!ks_args_parse_tuple("memoryview", params, args, kwargs, &given))
        return NULL;
    return PyMemoryView_FromObject(given.object);
}

/* --- release --- */

static void
view_drop_managed(PyMemoryViewObject *self)
{
    if (self->flags & _Py_MEMORYVIEW_RELEASED)
        return;
    self->flags |= _Py_MEMORYVIEW_RELEASED;
    if (--self->mbuf->exports == 0)
        managed_release(self->mbuf);
}

static PyObject *
view_release(PyObject *object, PyObject *unused)
{
    PyMemoryViewObject *self = CAST(object);
    if (!(self->flags & _Py_MEMORYVIEW_RELEASED)) {
        if (self->exports > 0) {
            PyErr_Format(PyExc_BufferError, "memoryview has %zd exported buffer%s", self->exports,
                         self->exports == 1 ? "" : "s");
            return NULL;
        }
        view_drop_managed(self);
    }
    Py_RETURN_NONE;
}

static void
view_dealloc(PyObject *object)
{
    PyMemoryViewObject *self = CAST(object);
    _PyObject_GC_UNTRACK(self);
    if (self->mbuf != NULL) {
        view_drop_managed(self);
        Py_CLEAR(self->mbuf);
    }
    if (self->weakreflist != NULL)
        PyObject_ClearWeakRefs(object);
    PyObject_GC_Del(self);
}

static int
view_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(CAST(self)->mbuf);
    return 0;
}

static int
view_clear(PyObject *object)
{
    PyMemoryViewObject *self = CAST(object);
    if (self->exports == 0 && self->mbuf != NULL) {
        view_drop_managed(self);
        Py_CLEAR(self->mbuf);
    }
    return 0;
}

static PyObject *
view_enter(PyObject *self, PyObject *unused)
{
    return ks_view_check(CAST(self)) ? Py_NewRef(self) : NULL;
}

static PyObject *
view_exit(PyObject *self, PyObject *unused)
{
    return view_release(self, NULL);
}

/* --- the buffer protocol --- */

static int
refuse(const char *message)
{
    PyErr_SetString(PyExc_BufferError, message);
    return -1;
}

static int
view_getbuffer(PyObject *object, Py_buffer *view, int flags)
{
    PyMemoryViewObject *self = CAST(object);
    const Py_buffer *base = &self->view;
    if (!ks_view_check(self))
        return -1;
    *view = *base;
    view->obj = NULL;
    if ((flags & PyBUF_WRITABLE) && base->readonly)
        return refuse("memoryview: underlying buffer is not writable");
    if (!(flags & PyBUF_FORMAT))
        view->format = NULL; /* the consumer takes the bytes as they are */
    if ((flags & PyBUF_C_CONTIGUOUS) == PyBUF_C_CONTIGUOUS &&
        !(self->flags & (_Py_MEMORYVIEW_C | _Py_MEMORYVIEW_SCALAR)))
        return refuse("memoryview: underlying buffer is not C-contiguous");
    if ((flags & PyBUF_F_CONTIGUOUS) == PyBUF_F_CONTIGUOUS &&
        !(self->flags & (_Py_MEMORYVIEW_FORTRAN | _Py_MEMORYVIEW_SCALAR)))
        return refuse("memoryview: underlying buffer is not Fortran contiguous");
    if ((flags & PyBUF_ANY_CONTIGUOUS) == PyBUF_ANY_CONTIGUOUS && !(self->flags & CONTIGUOUS))
        return refuse("memoryview: underlying buffer is not contiguous");
    if (!((flags & PyBUF_INDIRECT) == PyBUF_INDIRECT) && (self->flags & _Py_MEMORYVIEW_PIL))
        return refuse("memoryview: underlying buffer requires suboffsets");
    if (!((flags & PyBUF_STRIDES) == PyBUF_STRIDES)) {
        if (!(self->flags & (_Py_MEMORYVIEW_C | _Py_MEMORYVIEW_SCALAR)))
            return refuse("memoryview: underlying buffer is not C-contiguous");
        view->strides = NULL;
    }
    if (!((flags & PyBUF_ND) == PyBUF_ND)) {
        /* Without a shape there is only a row of bytes, which a format would contradict. */
        if (view->format != NULL) {
            PyErr_Format(PyExc_BufferError,
                         "memoryview: cannot cast to unsigned bytes if the format flag is "
                         "present");
            return -1;
        }
        view->ndim = 1;
        view->shape = NULL;
    }
    view->obj = Py_NewRef(object);
    self->exports++;
    return 0;
}

static void
view_releasebuffer(PyObject *self, Py_buffer *view)
{
    CAST(self)->exports--;
}

/* --- cast --- */

static Py_ssize_t
native_size(char format)
{
    switch (format) {
    case 'c': case 'b': case 'B': return 1;
    case '?': return sizeof(_Bool);
    case 'h': case 'H': return sizeof(short);
    case 'i': case 'I': return sizeof(int);
    case 'l': case 'L': return sizeof(long);
    case 'q': case 'Q': return sizeof(long long);
    case 'n': case 'N': return sizeof(Py_ssize_t);
    case 'f': return sizeof(float);
    case 'd': return sizeof(double);
    case 'P': return sizeof(void *);
    default: return 0;
    }
}

/* Formats outlive the str they came from: every native one is a literal. */
static const char *
format_literal(char format, int has_at)
{
    static const char *const literals[] = {"@c", "@b", "@B", "@h", "@H", "@i", "@I", "@l", "@L",
                                           "@q", "@Q", "@n", "@N", "@f", "@d", "@?", "@P"};
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(literals); i++) {
        if (literals[i][1] == format)
            return literals[i] + !has_at;
    }
    return NULL;
}

static int
is_byte_format(char format)
{
    return format == 'b' || format == 'B' || format == 'c';
}

static int
cast_to_row(PyMemoryViewObject *self, PyObject *format)
{
    Py_buffer *view = &self->view;
    KS_OWNED PyObject *ascii = PyUnicode_AsASCIIString(format);
    if (ascii == NULL)
        return -1;
    const char *text = PyBytes_AS_STRING(ascii);
    int has_at = text[0] == '@';
    char wanted = text[has_at];
    Py_ssize_t itemsize = wanted != '\0' && text[has_at + 1] == '\0' ? native_size(wanted) : 0;
    if (itemsize == 0) {
        PyErr_SetString(PyExc_ValueError,
                        "memoryview: destination format must be a native single character "
                        "format prefixed with an optional '@'");
        return -1;
    }
    char present = ks_view_native_format(view);
    /* To bytes from anything, from bytes to anything native. */
    if (!is_byte_format(present) && !is_byte_format(wanted)) {
        PyErr_SetString(PyExc_TypeError,
                        "memoryview: cannot cast between two non-byte formats");
        return -1;
    }
    if (view->len % itemsize != 0) {
        PyErr_SetString(PyExc_TypeError,
                        "memoryview: length is not a multiple of itemsize");
        return -1;
    }
    view->format = (char *)format_literal(wanted, has_at);
    view->itemsize = itemsize;
    view->ndim = 1;
    view->shape = self->ob_array;
    view->strides = self->ob_array + 1;
    view->shape[0] = view->len / itemsize;
    view->strides[0] = itemsize;
    view->suboffsets = NULL;
    init_flags(self);
    return 0;
}

/* The product of the shape times itemsize; -1 with an exception. Fills shape. */
static Py_ssize_t
shape_read(PyObject *sequence, Py_ssize_t *shape, Py_ssize_t itemsize)
{
    Py_ssize_t total = itemsize;
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(sequence); i++) {
        PyObject *item = PySequence_Fast_GET_ITEM(sequence, i);
        if (!PyLong_Check(item)) {
            PyErr_SetString(PyExc_TypeError,
                            "memoryview.cast(): elements of shape must be integers");
            return -1;
        }
        Py_ssize_t length = PyLong_AsSsize_t(item);
        if (length == -1 && PyErr_Occurred())
            return -1;
        if (length <= 0) {
            PyErr_SetString(PyExc_ValueError,
                            "memoryview.cast(): elements of shape must be integers > 0");
            return -1;
        }
        if (total > PY_SSIZE_T_MAX / length) {
            PyErr_SetString(PyExc_ValueError, "memoryview.cast(): product(shape) > SSIZE_MAX");
            return -1;
        }
        total *= length;
        shape[i] = length;
    }
    return total;
}

static int
cast_to_shape(PyMemoryViewObject *self, PyObject *shape, int ndim)
{
    Py_buffer *view = &self->view;
    view->ndim = ndim;
    view->shape = self->ob_array;
    view->strides = ndim > 0 ? self->ob_array + ndim : NULL;
    view->suboffsets = NULL;
    Py_ssize_t total = shape_read(shape, self->ob_array, view->itemsize);
    if (total < 0)
        return -1;
    if (total != view->len) {
        PyErr_SetString(PyExc_TypeError,
                        "memoryview: product(shape) * itemsize != buffer size");
        return -1;
    }
    if (ndim == 0)
        view->shape = NULL;
    else
        strides_from_shape(view);
    init_flags(self);
    return 0;
}

typedef struct CastArgs {
    PyObject *format, *shape;
} CastArgs;

/* A view of the same memory with room for ndim dimensions. */
static PyMemoryViewObject *
view_incomplete(PyMemoryViewObject *source, int ndim)
{
    PyMemoryViewObject *self = view_alloc(ndim);
    if (self == NULL)
        return NULL;
    Py_ssize_t *shape = self->view.shape, *strides = self->view.strides;
    self->view = source->view;
    self->view.shape = shape;
    self->view.strides = strides;
    self->view.suboffsets = NULL;
    self->mbuf = (_PyManagedBufferObject *)Py_NewRef(source->mbuf);
    self->mbuf->exports++;
    PyObject_GC_Track(self);
    return self;
}

static PyObject *
view_cast(PyObject *object, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(CastArgs, format, ARG_STR, 1),
                                     PARAM(CastArgs, shape, ARG_OBJECT, 0), PARAM_END};
    CastArgs given = {NULL, NULL};
    PyMemoryViewObject *self = CAST(object);
    if (!ks_args_parse("cast", params, args, nargs, kwnames, &given) || !ks_view_check(self))
        return NULL;
    if (!(self->flags & _Py_MEMORYVIEW_C)) {
        PyErr_SetString(PyExc_TypeError,
                        "memoryview: casts are restricted to C-contiguous views");
        return NULL;
    }
    Py_ssize_t ndim = 1;
    if ((given.shape != NULL || self->view.ndim != 1) && self->view.ndim > 0) {
        for (int i = 0; i < self->view.ndim; i++) {
            if (self->view.shape[i] == 0) {
                PyErr_SetString(PyExc_TypeError, "memoryview: cannot cast view with zeros in "
                                                 "shape or strides");
                return NULL;
            }
        }
    }
    if (given.shape != NULL) {
        if (!PyList_Check(given.shape) && !PyTuple_Check(given.shape)) {
            PyErr_SetString(PyExc_TypeError, "shape must be a list or a tuple");
            return NULL;
        }
        ndim = PySequence_Fast_GET_SIZE(given.shape);
        if (ndim > PyBUF_MAX_NDIM) {
            PyErr_SetString(PyExc_ValueError,
                            "memoryview: number of dimensions must not exceed 64");
            return NULL;
        }
        if (self->view.ndim != 1 && ndim != 1) {
            PyErr_SetString(PyExc_TypeError, "memoryview: cast must be 1D -> ND or ND -> 1D");
            return NULL;
        }
    }
    PyMemoryViewObject *made = view_incomplete(self, ndim == 0 ? 1 : (int)ndim);
    if (made == NULL)
        return NULL;
    if (cast_to_row(made, given.format) < 0 ||
        (given.shape != NULL && cast_to_shape(made, given.shape, (int)ndim) < 0)) {
        Py_DECREF(made);
        return NULL;
    }
    return (PyObject *)made;
}

static PyObject *
view_toreadonly(PyObject *self, PyObject *unused)
{
    if (!ks_view_check(CAST(self)))
        return NULL;
    PyObject *made = view_register(CAST(self)->mbuf, &CAST(self)->view);
    if (made != NULL)
        CAST(made)->view.readonly = 1;
    return made;
}

/* --- indexing --- */

static char *
element_place(const Py_buffer *view, char *place, int dim, Py_ssize_t index)
{
    Py_ssize_t count = view->shape[dim];
    if (index < 0)
        index += count;
    if (index < 0 || index >= count) {
        PyErr_Format(PyExc_IndexError, "index out of bounds on dimension %d", dim + 1);
        return NULL;
    }
    place += view->strides[dim] * index;
    if (view->suboffsets != NULL && view->suboffsets[dim] >= 0)
        place = *(char **)place + view->suboffsets[dim];
    return place;
}

static char *
place_of_tuple(const Py_buffer *view, PyObject *tuple)
{
    Py_ssize_t count = PyTuple_GET_SIZE(tuple);
    if (count > view->ndim) {
        PyErr_Format(PyExc_TypeError, "cannot index %d-dimension view with %zd-element tuple",
                     view->ndim, count);
        return NULL;
    }
    char *place = view->buf;
    for (int dim = 0; dim < count && place != NULL; dim++) {
        Py_ssize_t index = PyNumber_AsSsize_t(PyTuple_GET_ITEM(tuple, dim), PyExc_IndexError);
        if (index == -1 && PyErr_Occurred())
            return NULL;
        place = element_place(view, place, dim, index);
    }
    return place;
}

/* The same for an element of a view that is in use: an index's __index__ may have released it. */
static char *
checked_place_of_tuple(PyMemoryViewObject *self, PyObject *tuple)
{
    char *place = place_of_tuple(&self->view, tuple);
    return place != NULL && ks_view_check(self) ? place : NULL;
}

/* The element's format; 0 with NotImplementedError for one that is not native. */
static char
element_format(const Py_buffer *view)
{
    char format = ks_view_native_format(view);
    if (format == 0)
        PyErr_Format(PyExc_NotImplementedError, "memoryview: unsupported format %s",
                     view->format);
    return format;
}

static PyObject *
view_item(PyObject *object, Py_ssize_t index)
{
    PyMemoryViewObject *self = CAST(object);
    Py_buffer *view = &self->view;
    if (!ks_view_check(self))
        return NULL;
    char format = element_format(view);
    if (format == 0)
        return NULL;
    if (view->ndim == 0) {
        PyErr_SetString(PyExc_TypeError, "invalid indexing of 0-dim memory");
        return NULL;
    }
    if (view->ndim != 1) {
        PyErr_SetString(PyExc_NotImplementedError,
                        "multi-dimensional sub-views are not implemented");
        return NULL;
    }
    char *place = element_place(view, view->buf, 0, index);
    return place == NULL ? NULL : ks_view_unpack(place, format, view->format);
}

/* All integers (slices): the two kinds of tuple keys. */
static int
is_all(PyObject *key, int slices)
{
    if (!PyTuple_Check(key) || (slices && PyTuple_GET_SIZE(key) == 0))
        return 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(key); i++) {
        PyObject *item = PyTuple_GET_ITEM(key, i);
        if (slices ? !PySlice_Check(item) : !PyIndex_Check(item))
            return 0;
    }
    return 1;
}

/* Cuts dimension 0 of a view by a slice. */
static int
slice_first(Py_buffer *view, PyObject *slice)
{
    Py_ssize_t start, stop, step;
    if (PySlice_Unpack(slice, &start, &stop, &step) < 0)
        return -1;
    Py_ssize_t count = PySlice_AdjustIndices(view->shape[0], &start, &stop, step);
    view->buf = (char *)view->buf + view->strides[0] * start;
    view->shape[0] = count;
    view->strides[0] *= step;
    view->len = view->itemsize;
    for (int i = 0; i < view->ndim; i++)
        view->len *= view->shape[i];
    return 0;
}

static PyObject *
view_slice(PyMemoryViewObject *self, PyObject *slice)
{
    PyObject *made = view_register(self->mbuf, &self->view);
    if (made == NULL)
        return NULL;
    if (slice_first(&CAST(made)->view, slice) < 0)
        Py_CLEAR(made);
    else
        init_flags(CAST(made));
    return made;
}

static PyObject *
view_subscript(PyObject *object, PyObject *key)
{
    PyMemoryViewObject *self = CAST(object);
    Py_buffer *view = &self->view;
    if (!ks_view_check(self))
        return NULL;
    if (view->ndim == 0) {
        if (PyTuple_Check(key) && PyTuple_GET_SIZE(key) == 0) {
            char format = element_format(view);
            return format == 0 ? NULL : ks_view_unpack(view->buf, format, view->format);
        }
        if (key == Py_Ellipsis)
            return Py_NewRef(object);
        PyErr_SetString(PyExc_TypeError, "invalid indexing of 0-dim memory");
        return NULL;
    }
    if (PyIndex_Check(key)) {
        Py_ssize_t index = PyNumber_AsSsize_t(key, PyExc_IndexError);
        return index == -1 && PyErr_Occurred() ? NULL : view_item(object, index);
    }
    if (PySlice_Check(key))
        return view_slice(self, key);
    if (is_all(key, 0)) {
        char format = element_format(view);
        if (format == 0)
            return NULL;
        if (PyTuple_GET_SIZE(key) < view->ndim) {
            PyErr_SetString(PyExc_NotImplementedError, "sub-views are not implemented");
            return NULL;
        }
        char *place = checked_place_of_tuple(self, key);
        return place == NULL ? NULL : ks_view_unpack(place, format, view->format);
    }
    if (is_all(key, 1)) {
        PyErr_SetString(PyExc_NotImplementedError,
                        "multi-dimensional slicing is not implemented");
        return NULL;
    }
    PyErr_SetString(PyExc_TypeError, "memoryview: invalid slice key");
    return NULL;
}

static int
assign_slice(PyMemoryViewObject *self, PyObject *slice, PyObject *value)
{
    Py_buffer source;
    if (PyObject_GetBuffer(value, &source, PyBUF_FULL_RO) < 0)
        return -1;
    Py_buffer dest = self->view;
    Py_ssize_t shape = dest.shape[0], stride = dest.strides[0];
    Py_ssize_t suboffset = dest.suboffsets != NULL ? dest.suboffsets[0] : -1;
    dest.shape = &shape;
    dest.strides = &stride;
    if (dest.suboffsets != NULL)
        dest.suboffsets = &suboffset;
    Py_ssize_t src_shape = source.shape != NULL ? source.shape[0] : source.len / source.itemsize;
    Py_ssize_t src_stride = source.itemsize;
    if (source.ndim == 1 && source.shape == NULL)
        source.shape = &src_shape;
    if (source.ndim == 1 && source.strides == NULL)
        source.strides = &src_stride;
    int status = slice_first(&dest, slice);
    if (status == 0 && !ks_view_check(self))
        status = -1;
    if (status == 0)
        status = ks_view_copy(&dest, &source);
    PyBuffer_Release(&source);
    return status;
}

static int
view_ass_subscript(PyObject *object, PyObject *key, PyObject *value)
{
    PyMemoryViewObject *self = CAST(object);
    Py_buffer *view = &self->view;
    if (!ks_view_check(self))
        return -1;
    char format = element_format(view);
    if (format == 0)
        return -1;
    if (view->readonly) {
        PyErr_SetString(PyExc_TypeError, "cannot modify read-only memory");
        return -1;
    }
    if (value == NULL) {
        PyErr_SetString(PyExc_TypeError, "cannot delete memory");
        return -1;
    }
    if (view->ndim == 0) {
        if (key == Py_Ellipsis || (PyTuple_Check(key) && PyTuple_GET_SIZE(key) == 0))
            return ks_view_pack(self, view->buf, value, format);
        PyErr_SetString(PyExc_TypeError, "invalid indexing of 0-dim memory");
        return -1;
    }
    if (PyIndex_Check(key)) {
        if (view->ndim > 1) {
            PyErr_SetString(PyExc_NotImplementedError, "sub-views are not implemented");
            return -1;
        }
        Py_ssize_t index = PyNumber_AsSsize_t(key, PyExc_IndexError);
        if ((index == -1 && PyErr_Occurred()) || !ks_view_check(self))
            return -1;
        char *place = element_place(view, view->buf, 0, index);
        return place == NULL ? -1 : ks_view_pack(self, place, value, format);
    }
    if (PySlice_Check(key) && view->ndim == 1)
        return assign_slice(self, key, value);
    if (is_all(key, 0)) {
        if (PyTuple_GET_SIZE(key) < view->ndim) {
            PyErr_SetString(PyExc_NotImplementedError, "sub-views are not implemented");
            return -1;
        }
        char *place = checked_place_of_tuple(self, key);
        return place == NULL ? -1 : ks_view_pack(self, place, value, format);
    }
    if (PySlice_Check(key) || is_all(key, 1)) {
        PyErr_SetString(PyExc_NotImplementedError,
                        "memoryview slice assignments are currently restricted to ndim = 1");
        return -1;
    }
    PyErr_SetString(PyExc_TypeError, "memoryview: invalid slice key");
    return -1;
}

static Py_ssize_t
view_length(PyObject *object)
{
    PyMemoryViewObject *self = CAST(object);
    if (!ks_view_check(self))
        return -1;
    return self->view.ndim == 0 ? 1 : self->view.shape[0];
}

/* --- methods --- */

static PyObject *
view_tolist(PyObject *self, PyObject *unused)
{
    return ks_view_check(CAST(self)) ? ks_view_tolist(CAST(self)) : NULL;
}

typedef struct OrderArgs {
    const char *order;
} OrderArgs;

static PyObject *
view_tobytes(PyObject *object, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(OrderArgs, order, ARG_TEXT_OR_NONE, 0), PARAM_END};
    OrderArgs given = {NULL};
    Py_buffer *view = &CAST(object)->view;
    if (!ks_args_parse("tobytes", params, args, nargs, kwnames, &given) ||
        !ks_view_check(CAST(object)))
        return NULL;
    char order = 'C';
    if (given.order != NULL) {
        order = given.order[0];
        if ((order != 'C' && order != 'F' && order != 'A') || given.order[1] != '\0') {
            PyErr_SetString(PyExc_ValueError, "order must be 'C', 'F' or 'A'");
            return NULL;
        }
    }
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, view->len);
    if (bytes != NULL &&
        PyBuffer_ToContiguous(PyBytes_AS_STRING(bytes), view, view->len, order) < 0)
        Py_CLEAR(bytes);
    return bytes;
}

typedef struct HexArgs {
    PyObject *sep;
    int bytes_per_sep;
} HexArgs;

static PyObject *
view_hex(PyObject *object, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(HexArgs, sep, ARG_OBJECT, 0),
                                     PARAM(HexArgs, bytes_per_sep, ARG_INT, 0), PARAM_END};
    HexArgs given = {NULL, 1};
    PyMemoryViewObject *self = CAST(object);
    if (!ks_args_parse("hex", params, args, nargs, kwnames, &given) || !ks_view_check(self))
        return NULL;
    if (self->flags & (_Py_MEMORYVIEW_C | _Py_MEMORYVIEW_SCALAR))
        return _Py_strhex_with_sep(self->view.buf, self->view.len, given.sep,
                                   given.bytes_per_sep);
    KS_OWNED PyObject *bytes = view_tobytes(object, NULL, 0, NULL);
    if (bytes == NULL)
        return NULL;
    return _Py_strhex_with_sep(PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes), given.sep,
                               given.bytes_per_sep);
}

/* --- comparison, hash, repr --- */

static PyObject *
view_richcompare(PyObject *left, PyObject *right, int op)
{
    if (op != Py_EQ && op != Py_NE)
        Py_RETURN_NOTIMPLEMENTED;
    if (KS_VIEW_IS_RELEASED(CAST(left)))
        return PyBool_FromLong((left == right) == (op == Py_EQ));
    Py_buffer other;
    if (PyMemoryView_Check(right)) {
        if (KS_VIEW_IS_RELEASED(CAST(right)))
            return PyBool_FromLong(op == Py_NE);
        other = CAST(right)->view;
        other.obj = NULL;
    }
    else if (PyObject_GetBuffer(right, &other, PyBUF_FULL_RO) < 0) {
        PyErr_Clear();
        Py_RETURN_NOTIMPLEMENTED;
    }
    Py_ssize_t shape = other.itemsize ? other.len / other.itemsize : 0, stride = other.itemsize;
    if (other.ndim == 1 && other.shape == NULL)
        other.shape = &shape;
    if (other.ndim == 1 && other.strides == NULL)
        other.strides = &stride;
    /* The comparison runs foreign code: keep the left memory as long as it lasts. */
    CAST(left)->exports++;
    int equal = ks_view_equal(&CAST(left)->view, &other);
    CAST(left)->exports--;
    if (other.obj != NULL)
        PyBuffer_Release(&other);
    return equal < 0 ? NULL : PyBool_FromLong(equal == (op == Py_EQ));
}

static Py_hash_t
view_hash(PyObject *object)
{
    PyMemoryViewObject *self = CAST(object);
    if (self->hash != -1)
        return self->hash;
    if (!ks_view_check(self))
        return -1;
    Py_buffer *view = &self->view;
    if (!view->readonly) {
        PyErr_SetString(PyExc_ValueError, "cannot hash writable memoryview object");
        return -1;
    }
    char format = ks_view_native_format(view);
    if (format == 0 || !is_byte_format(format)) {
        PyErr_SetString(PyExc_ValueError,
                        "memoryview: hashing is restricted to formats 'B', 'b' or 'c'");
        return -1;
    }
    if (view->obj != NULL && PyObject_Hash(view->obj) == -1)
        return -1; /* the object may change, or be no key for another reason */
    if (self->flags & (_Py_MEMORYVIEW_C | _Py_MEMORYVIEW_SCALAR)) {
        self->hash = _Py_HashBytes(view->buf, view->len);
        return self->hash;
    }
    KS_OWNED PyObject *bytes = view_tobytes(object, NULL, 0, NULL);
    if (bytes != NULL)
        self->hash = _Py_HashBytes(PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes));
    return self->hash;
}

static PyObject *
view_repr(PyObject *self)
{
    if (CAST(self)->flags & _Py_MEMORYVIEW_RELEASED)
        return PyUnicode_FromFormat("<released memory at %p>", self);
    return PyUnicode_FromFormat("<memory at %p>", self);
}

/* --- attributes --- */

static PyObject *
int_tuple(int count, const Py_ssize_t *values)
{
    if (values == NULL)
        return PyTuple_New(0);
    PyObject *tuple = PyTuple_New(count);
    for (int i = 0; tuple != NULL && i < count; i++) {
        PyObject *number = PyLong_FromSsize_t(values[i]);
        if (number == NULL)
            Py_CLEAR(tuple);
        else
            PyTuple_SET_ITEM(tuple, i, number);
    }
    return tuple;
}

#define GETTER(name, expression)                                \
    static PyObject *view_get_##name(PyObject *object, void *closure) \
    {                                                           \
        PyMemoryViewObject *self = CAST(object);                \
        if (!ks_view_check(self))                               \
            return NULL;                                        \
        const Py_buffer *view = &self->view;                    \
        (void)view;                                             \
        return expression;                                      \
    }
GETTER(obj, Py_NewRef(view->obj != NULL ? view->obj : Py_None))
GETTER(nbytes, PyLong_FromSsize_t(view->len))
GETTER(format, PyUnicode_FromString(view->format))
GETTER(itemsize, PyLong_FromSsize_t(view->itemsize))
GETTER(shape, int_tuple(view->ndim, view->shape))
GETTER(strides, int_tuple(view->ndim, view->strides))
GETTER(suboffsets, int_tuple(view->ndim, view->suboffsets))
GETTER(readonly, PyBool_FromLong(view->readonly))
GETTER(ndim, PyLong_FromLong(view->ndim))
GETTER(c_contiguous, PyBool_FromLong(self->flags & (_Py_MEMORYVIEW_C | _Py_MEMORYVIEW_SCALAR)))
GETTER(f_contiguous,
       PyBool_FromLong(self->flags & (_Py_MEMORYVIEW_FORTRAN | _Py_MEMORYVIEW_SCALAR)))
GETTER(contiguous, PyBool_FromLong(self->flags & CONTIGUOUS))

#define GETSET(name, doc) {#name, view_get_##name, NULL, PyDoc_STR(doc)}
static PyGetSetDef view_getset[] = {
    GETSET(obj, "The object behind the memory."),
    GETSET(nbytes, "Size of the array in bytes, if it were contiguous."),
    GETSET(readonly, "Is the memory read only?"),
    GETSET(itemsize, "Size of an element in bytes."),
    GETSET(format, "Format of an element, in the struct module's language."),
    GETSET(ndim, "Number of dimensions."),
    GETSET(shape, "Length of each dimension."),
    GETSET(strides, "Bytes from element to element in each dimension."),
    GETSET(suboffsets, "For arrays of pointers."),
    GETSET(c_contiguous, "Is the memory C-contiguous?"),
    GETSET(f_contiguous, "Is the memory Fortran contiguous?"),
    GETSET(contiguous, "Is the memory contiguous?"),
    {NULL},
};

static PyMethodDef view_methods[] = {
    METHOD("release", view_release, METH_NOARGS, "($self, /)", "Release the underlying buffer."),
    METHOD("tobytes", view_tobytes, METH_FASTCALL | METH_KEYWORDS, "($self, /, order='C')",
           "Return the data as bytes."),
    METHOD("hex", view_hex, METH_FASTCALL | METH_KEYWORDS,
           "($self, /, sep=<unrepresentable>, bytes_per_sep=1)",
           "Return the data as hexadecimal digits."),
    METHOD("tolist", view_tolist, METH_NOARGS, "($self, /)",
           "Return the data as a list of elements."),
    METHOD("cast", view_cast, METH_FASTCALL | METH_KEYWORDS,
           "($self, /, format, shape=<unrepresentable>)",
           "Cast to another format or shape."),
    METHOD("toreadonly", view_toreadonly, METH_NOARGS, "($self, /)",
           "Return a read-only view of the memory."),
    METHOD_PLAIN("__enter__", view_enter, METH_NOARGS, NULL),
    METHOD_PLAIN("__exit__", view_exit, METH_VARARGS, NULL),
    {NULL},
};

/* --- iterator --- */

typedef struct ViewIterator {
    PyObject_HEAD
    Py_ssize_t index, length;
    PyMemoryViewObject *view; /* NULL when exhausted */
    char format;
} ViewIterator;

PyTypeObject _PyMemoryIter_Type;

static PyObject *
view_iter(PyObject *object)
{
    PyMemoryViewObject *self = CAST(object);
    if (!ks_view_check(self))
        return NULL;
    char format = element_format(&self->view);
    if (format == 0)
        return NULL;
    if (self->view.ndim == 0) {
        PyErr_SetString(PyExc_TypeError, "invalid indexing of 0-dim memory");
        return NULL;
    }
    if (self->view.ndim != 1) {
        PyErr_SetString(PyExc_NotImplementedError,
                        "multi-dimensional sub-views are not implemented");
        return NULL;
    }
    ViewIterator *iterator = PyObject_GC_New(ViewIterator, &_PyMemoryIter_Type);
    if (iterator == NULL)
        return NULL;
    iterator->index = 0;
    iterator->length = self->view.shape[0];
    iterator->view = CAST(Py_NewRef(object));
    iterator->format = format;
    _PyObject_GC_TRACK(iterator);
    return (PyObject *)iterator;
}

static PyObject *
iterator_next(PyObject *object)
{
    ViewIterator *self = (ViewIterator *)object;
    if (self->view == NULL)
        return NULL;
    if (self->index < self->length) {
        if (!ks_view_check(self->view))
            return NULL;
        const Py_buffer *view = &self->view->view;
        char *place = element_place(view, view->buf, 0, self->index++);
        return place == NULL ? NULL : ks_view_unpack(place, self->format, view->format);
    }
    Py_CLEAR(self->view);
    return NULL;
}

static void
iterator_dealloc(PyObject *self)
{
    _PyObject_GC_UNTRACK(self);
    Py_XDECREF(((ViewIterator *)self)->view);
    PyObject_GC_Del(self);
}

static int
iterator_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((ViewIterator *)self)->view);
    return 0;
}

PyTypeObject _PyMemoryIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "memory_iterator",
    .tp_basicsize = sizeof(ViewIterator),
    .tp_dealloc = iterator_dealloc,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = iterator_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = iterator_next,
};

/* --- type --- */

static PyMappingMethods view_as_mapping = {
    .mp_length = view_length,
    .mp_subscript = view_subscript,
    .mp_ass_subscript = view_ass_subscript,
};

static PySequenceMethods view_as_sequence = {
    .sq_length = view_length,
    .sq_item = view_item,
};

static PyBufferProcs view_as_buffer = {
    .bf_getbuffer = view_getbuffer,
    .bf_releasebuffer = view_releasebuffer,
};

PyTypeObject PyMemoryView_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "memoryview",
    .tp_basicsize = offsetof(PyMemoryViewObject, ob_array),
    .tp_itemsize = sizeof(Py_ssize_t),
    .tp_dealloc = view_dealloc,
    .tp_repr = view_repr,
    .tp_as_sequence = &view_as_sequence,
    .tp_as_mapping = &view_as_mapping,
    .tp_hash = view_hash,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_as_buffer = &view_as_buffer,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_SEQUENCE,
    .tp_doc = PyDoc_STR("memoryview(object)\n--\n\n"
                        "Create a new memoryview object which references the given object."),
    .tp_traverse = view_traverse,
    .tp_clear = view_clear,
    .tp_richcompare = view_richcompare,
    .tp_weaklistoffset = offsetof(PyMemoryViewObject, weakreflist),
    .tp_iter = view_iter,
    .tp_methods = view_methods,
    .tp_getset = view_getset,
    .tp_new = view_new,
};
