/* SPDX-License-Identifier: MIT */
/* The buffer protocol: requests, contiguity, copies between layouts, and the old buffer calls.
 *
 * Copies walk the items in C or Fortran order; suboffsets (arrays of pointers) are followed as
 * PyBuffer_GetPointer does. */
#include "Python.h"
#include "ks_abstract.h"

int
PyObject_CheckBuffer(PyObject *object)
{
    PyBufferProcs *methods = Py_TYPE(object)->tp_as_buffer;
    return methods != NULL && methods->bf_getbuffer != NULL;
}

int
PyObject_GetBuffer(PyObject *object, Py_buffer *view, int flags)
{
    PyBufferProcs *methods = Py_TYPE(object)->tp_as_buffer;
    if (methods == NULL || methods->bf_getbuffer == NULL)
        return ks_refuse_type_int("a bytes-like object is required, not '%.100s'", object);
    return methods->bf_getbuffer(object, view, flags);
}

/* A view may be released twice; the second time does nothing. */
void
PyBuffer_Release(Py_buffer *view)
{
    PyObject *object = view->obj;
    if (object == NULL)
        return;
    PyBufferProcs *methods = Py_TYPE(object)->tp_as_buffer;
    if (methods != NULL && methods->bf_releasebuffer != NULL)
        methods->bf_releasebuffer(object, view);
    view->obj = NULL;
    Py_DECREF(object);
}

/* Describes a plain run of bytes that belongs to owner. */
int
PyBuffer_FillInfo(Py_buffer *view, PyObject *owner, void *buffer, Py_ssize_t length, int readonly,
                  int flags)
{
    if (view == NULL) {
        PyErr_SetString(PyExc_BufferError,
                        "PyBuffer_FillInfo: view==NULL argument is obsolete");
        return -1;
    }
    if ((flags & PyBUF_WRITABLE) == PyBUF_WRITABLE && readonly) {
        PyErr_SetString(PyExc_BufferError, "Object is not writable.");
        return -1;
    }
    *view = (Py_buffer){.buf = buffer, .obj = Py_XNewRef(owner), .len = length, .itemsize = 1,
                        .readonly = readonly, .ndim = 1};
    if ((flags & PyBUF_FORMAT) == PyBUF_FORMAT)
        view->format = "B";
    if ((flags & PyBUF_ND) == PyBUF_ND)
        view->shape = &view->len;
    if ((flags & PyBUF_STRIDES) == PyBUF_STRIDES)
        view->strides = &view->itemsize;
    return 0;
}

/* --- Contiguity ---------------------------------------------------------------------------------- */

/* Whether items follow each other with the last (C) or the first (F) index running fastest. */
static int
is_contiguous(const Py_buffer *view, int is_fortran)
{
    if (view->len == 0)
        return 1;
    if (view->strides == NULL) /* C by definition; both if no more than one dimension counts */
        is_fortran = is_fortran && view->ndim > 1;
    if (view->strides == NULL && !is_fortran)
        return 1;
    Py_ssize_t expected = view->itemsize, wide = 0;
    for (int i = 0; i < view->ndim; i++) {
        int at = is_fortran ? i : view->ndim - 1 - i;
        Py_ssize_t extent = view->shape[at];
        if (view->strides == NULL)
            wide += extent > 1;
        else if (extent > 1 && view->strides[at] != expected)
            return 0;
        expected *= extent;
    }
    return wide <= 1;
}

int
PyBuffer_IsContiguous(const Py_buffer *view, char order)
{
    if (view->suboffsets != NULL)
        return 0;
    switch (order) {
    case 'C':
        return is_contiguous(view, 0);
    case 'F':
        return is_contiguous(view, 1);
    case 'A':
        return is_contiguous(view, 0) || is_contiguous(view, 1);
    default:
        return 0;
    }
}

void
PyBuffer_FillContiguousStrides(int ndim, Py_ssize_t *shape, Py_ssize_t *strides, int itemsize,
                               char order)
{
    Py_ssize_t step = itemsize;
    for (int i = 0; i < ndim; i++) {
        int at = order == 'F' ? i : ndim - 1 - i;
        strides[at] = step;
        step *= shape[at];
    }
}

/* --- Items ------------------------------------------------------------------------------------------ */

void *
PyBuffer_GetPointer(const Py_buffer *view, const Py_ssize_t *indices)
{
    char *at = view->buf;
    for (int i = 0; i < view->ndim; i++) {
        at += view->strides[i] * indices[i];
        if (view->suboffsets != NULL && view->suboffsets[i] >= 0)
            at = *(char **)at + view->suboffsets[i];
    }
    return at;
}

/* Steps an index tuple, the last place running fastest; wraps around at the end. */
void
_Py_add_one_to_index_C(int ndim, Py_ssize_t *index, const Py_ssize_t *shape)
{
    for (int i = ndim - 1; i >= 0; i--) {
        if (index[i] < shape[i] - 1) {
            index[i]++;
            return;
        }
        index[i] = 0;
    }
}

void
_Py_add_one_to_index_F(int ndim, Py_ssize_t *index, const Py_ssize_t *shape)
{
    for (int i = 0; i < ndim; i++) {
        if (index[i] < shape[i] - 1) {
            index[i]++;
            return;
        }
        index[i] = 0;
    }
}

Py_ssize_t
PyBuffer_SizeFromFormat(const char *format)
{
    KS_OWNED PyObject *module = PyImport_ImportModule("struct");
    if (module == NULL)
        return -1;
    KS_OWNED PyObject *size = PyObject_CallMethod(module, "calcsize", "s", format);
    return size == NULL ? -1 : PyLong_AsSsize_t(size);
}

/* Copies between a view and a contiguous block, item by item. */
static int
copy_items(const Py_buffer *view, char *block, Py_ssize_t length, int is_fortran, int into_view)
{
    Py_ssize_t index[PyBUF_MAX_NDIM] = {0};
    if (length > view->len)
        length = view->len;
    for (Py_ssize_t count = view->itemsize ? length / view->itemsize : 0; count > 0; count--) {
        char *item = PyBuffer_GetPointer(view, index);
        memcpy(into_view ? item : block, into_view ? block : item, (size_t)view->itemsize);
        block += view->itemsize;
        if (is_fortran)
            _Py_add_one_to_index_F(view->ndim, index, view->shape);
        else
            _Py_add_one_to_index_C(view->ndim, index, view->shape);
    }
    return 0;
}

int
PyBuffer_FromContiguous(const Py_buffer *view, const void *block, Py_ssize_t length, char order)
{
    if (length > view->len)
        length = view->len;
    if (PyBuffer_IsContiguous(view, order)) {
        memcpy(view->buf, block, (size_t)length);
        return 0;
    }
    return copy_items(view, (char *)(uintptr_t)block, length, order == 'F', 1);
}

/* length must be the view's. Order 'A' is Fortran's for what is contiguous that way, else C's. */
int
PyBuffer_ToContiguous(void *block, const Py_buffer *view, Py_ssize_t length, char order)
{
    if (length != view->len) {
        PyErr_SetString(PyExc_ValueError, "PyBuffer_ToContiguous: len != view->len");
        return -1;
    }
    if (PyBuffer_IsContiguous(view, order)) {
        memcpy(block, view->buf, (size_t)length);
        return 0;
    }
    if (view->strides == NULL) {
        /* C-contiguous, wanted in Fortran order. */
        Py_ssize_t strides[PyBUF_MAX_NDIM];
        Py_buffer explicit = *view;
        PyBuffer_FillContiguousStrides(view->ndim, view->shape, strides, (int)view->itemsize, 'C');
        explicit.strides = strides;
        return copy_items(&explicit, block, length, order == 'F', 0);
    }
    return copy_items(view, block, length, order == 'F', 0);
}

/* Copies one object's buffer into another's, which must be at least as large. */
int
PyObject_CopyData(PyObject *to, PyObject *from)
{
    Py_buffer target, source;
    if (!PyObject_CheckBuffer(to) || !PyObject_CheckBuffer(from)) {
        PyErr_SetString(PyExc_TypeError, "both destination and source must be bytes-like objects");
        return -1;
    }
    if (PyObject_GetBuffer(to, &target, PyBUF_FULL) < 0)
        return -1;
    if (PyObject_GetBuffer(from, &source, PyBUF_FULL_RO) < 0) {
        PyBuffer_Release(&target);
        return -1;
    }
    int result = -1;
    if (target.len < source.len) {
        PyErr_SetString(PyExc_BufferError,
                        "destination is too small to receive data from source");
    }
    else if ((PyBuffer_IsContiguous(&target, 'C') && PyBuffer_IsContiguous(&source, 'C')) ||
             (PyBuffer_IsContiguous(&target, 'F') && PyBuffer_IsContiguous(&source, 'F'))) {
        memcpy(target.buf, source.buf, (size_t)source.len);
        result = 0;
    }
    else {
        char *block = PyMem_Malloc((size_t)source.len + 1);
        if (block == NULL) {
            PyErr_NoMemory();
        }
        else {
            result = PyBuffer_ToContiguous(block, &source, source.len, 'C') < 0 ||
                     PyBuffer_FromContiguous(&target, block, source.len, 'C') < 0 ? -1 : 0;
            PyMem_Free(block);
        }
    }
    PyBuffer_Release(&target);
    PyBuffer_Release(&source);
    return result;
}

/* --- The calls of Python 2, which hand out memory without holding it ------------------------------------ */

static int
unheld_buffer(PyObject *object, const void **buffer, Py_ssize_t *length)
{
    Py_buffer view;
    if (object == NULL || buffer == NULL || length == NULL) {
        ks_refuse_null();
        return -1;
    }
    if (PyObject_GetBuffer(object, &view, PyBUF_SIMPLE) < 0)
        return -1;
    *buffer = view.buf;
    *length = view.len;
    PyBuffer_Release(&view);
    return 0;
}

int
PyObject_CheckReadBuffer(PyObject *object)
{
    Py_buffer view;
    PyBufferProcs *methods = Py_TYPE(object)->tp_as_buffer;
    if (methods == NULL || methods->bf_getbuffer == NULL)
        return 0;
    if (methods->bf_getbuffer(object, &view, PyBUF_SIMPLE) < 0) {
        PyErr_Clear();
        return 0;
    }
    PyBuffer_Release(&view);
    return 1;
}

int
PyObject_AsCharBuffer(PyObject *object, const char **buffer, Py_ssize_t *length)
{
    return unheld_buffer(object, (const void **)buffer, length);
}

int
PyObject_AsReadBuffer(PyObject *object, const void **buffer, Py_ssize_t *length)
{
    return unheld_buffer(object, buffer, length);
}

int
PyObject_AsWriteBuffer(PyObject *object, void **buffer, Py_ssize_t *length)
{
    Py_buffer view;
    if (object == NULL || buffer == NULL || length == NULL) {
        ks_refuse_null();
        return -1;
    }
    PyBufferProcs *methods = Py_TYPE(object)->tp_as_buffer;
    if (methods == NULL || methods->bf_getbuffer == NULL ||
        methods->bf_getbuffer(object, &view, PyBUF_WRITABLE) < 0) {
        PyErr_SetString(PyExc_TypeError, "expected a writable bytes-like object");
        return -1;
    }
    *buffer = view.buf;
    *length = view.len;
    PyBuffer_Release(&view);
    return 0;
}
