/* SPDX-License-Identifier: MIT */
/* _PyBytesWriter: text that grows until its length is known.
 *
 * It starts in a buffer inside the writer and moves to a bytes or bytearray object when that is
 * too small; finishing cuts the object to length. Callers hold a pointer into the buffer, which
 * every growing call takes and gives back. */
#include "Python.h"

#include "pycore_bytesobject.h"

#include "ks_base.h"

void
_PyBytesWriter_Init(_PyBytesWriter *writer)
{
    /* Not the small buffer: clearing it would cost more than using it. */
    memset(writer, 0, offsetof(_PyBytesWriter, small_buffer));
}

void
_PyBytesWriter_Dealloc(_PyBytesWriter *writer)
{
    Py_CLEAR(writer->buffer);
}

static char *
writer_start(_PyBytesWriter *writer)
{
    if (writer->use_small_buffer)
        return writer->small_buffer;
    return writer->use_bytearray ? PyByteArray_AS_STRING(writer->buffer)
                                 : PyBytes_AS_STRING(writer->buffer);
}

static int
writer_resize_object(_PyBytesWriter *writer, Py_ssize_t size)
{
    if (!writer->use_bytearray)
        return _PyBytes_Resize(&writer->buffer, size);
    return PyByteArray_Resize(writer->buffer, size);
}

void *
_PyBytesWriter_Resize(_PyBytesWriter *writer, void *position, Py_ssize_t size)
{
    Py_ssize_t allocate = size;
    if (writer->overallocate && size <= PY_SSIZE_T_MAX - size / 4)
        allocate += size / 4;
    Py_ssize_t offset = (char *)position - writer_start(writer);
    if (!writer->use_small_buffer) {
        if (writer_resize_object(writer, allocate) < 0)
            goto failed;
    }
    else {
        writer->buffer = writer->use_bytearray ? PyByteArray_FromStringAndSize(NULL, allocate)
                                               : PyBytes_FromStringAndSize(NULL, allocate);
        if (writer->buffer == NULL)
            goto failed;
        writer->use_small_buffer = 0;
        memcpy(writer_start(writer), writer->small_buffer, (size_t)offset);
    }
    writer->allocated = allocate;
    return writer_start(writer) + offset;
failed:
    _PyBytesWriter_Dealloc(writer);
    return NULL;
}

void *
_PyBytesWriter_Prepare(_PyBytesWriter *writer, void *position, Py_ssize_t size)
{
    if (size == 0)
        return position;
    if (writer->min_size > PY_SSIZE_T_MAX - size) {
        PyErr_NoMemory();
        _PyBytesWriter_Dealloc(writer);
        return NULL;
    }
    writer->min_size += size;
    if (writer->min_size > writer->allocated)
        position = _PyBytesWriter_Resize(writer, position, writer->min_size);
    return position;
}

void *
_PyBytesWriter_Alloc(_PyBytesWriter *writer, Py_ssize_t size)
{
    writer->use_small_buffer = 1;
    writer->allocated = sizeof writer->small_buffer;
    return _PyBytesWriter_Prepare(writer, writer->small_buffer, size);
}

PyObject *
_PyBytesWriter_Finish(_PyBytesWriter *writer, void *position)
{
    Py_ssize_t size = (char *)position - writer_start(writer);
    if (size == 0 && !writer->use_bytearray) {
        Py_CLEAR(writer->buffer);
        return PyBytes_FromStringAndSize(NULL, 0);
    }
    if (writer->use_small_buffer)
        return writer->use_bytearray
            ? PyByteArray_FromStringAndSize(writer->small_buffer, size)
            : PyBytes_FromStringAndSize(writer->small_buffer, size);
    PyObject *result = writer->buffer;
    writer->buffer = NULL;
    if (size != writer->allocated) {
        if (writer->use_bytearray) {
            if (PyByteArray_Resize(result, size) < 0)
                Py_CLEAR(result);
        }
        else {
            _PyBytes_Resize(&result, size); /* NULL after a failure */
        }
    }
    return result;
}

void *
_PyBytesWriter_WriteBytes(_PyBytesWriter *writer, void *position, const void *bytes,
                          Py_ssize_t size)
{
    char *out = _PyBytesWriter_Prepare(writer, position, size);
    return out == NULL ? NULL : mempcpy(out, bytes, (size_t)size);
}
