/* SPDX-License-Identifier: MIT */
/* Module zlib: deflate compression and its checksums, on the system's libz.
 *
 * A stream object's libz state is used without the GIL; its lock keeps threads apart. libz counts
 * bytes in unsigned int, so long input is fed and long output is taken in parts. */
#define ZLIB_CONST
#include "Python.h"
#include "ks_base.h"
#include "ks_args.h"
#include "structmember.h"
#include <zlib.h>

#define ZLIB_BUFFER_BYTES 16384
#define ZLIB_MEM_LEVEL 8
/* Shorter input is not worth releasing the GIL for. */
#define ZLIB_GIL_BYTES 5120

typedef struct ZlibState {
    PyTypeObject *compress_type;
    PyTypeObject *decompress_type;
    PyObject *error;
} ZlibState;

typedef struct ZlibStream {
    PyObject_HEAD
    z_stream zst;
    PyObject *unused_data;
    PyObject *unconsumed_tail;
    PyObject *zdict;
    char eof;
    char is_initialised;
    PyThread_type_lock lock;
} ZlibStream;

static inline ZlibState *
zlib_state(PyObject *module)
{
    return PyModule_GetState(module);
}

static inline ZlibState *
stream_state(ZlibStream *self)
{
    return PyType_GetModuleState(Py_TYPE(self));
}

/* Raises zlib.error for a result of libz. */
static void
zlib_raise(PyObject *error, const z_stream *zst, int result, const char *doing)
{
    const char *why = result == Z_VERSION_ERROR ? "library version mismatch" : zst->msg;
    if (why == NULL) {
        why = result == Z_BUF_ERROR      ? "incomplete or truncated stream"
              : result == Z_STREAM_ERROR ? "inconsistent stream state"
              : result == Z_DATA_ERROR   ? "invalid input data"
                                         : NULL;
    }
    if (why == NULL)
        PyErr_Format(error, "Error %d %s", result, doing);
    else
        PyErr_Format(error, "Error %d %s: %.200s", result, doing, why);
}

static void *
zlib_alloc(void *context, unsigned int items, unsigned int size)
{
    if (size != 0 && items > (size_t)PY_SSIZE_T_MAX / size)
        return NULL;
    /* Without the GIL: only the raw allocator may be used. */
    return PyMem_RawMalloc((size_t)items * (size_t)size);
}

static void
zlib_release(void *context, void *block)
{
    PyMem_RawFree(block);
}

static void
zlib_prepare(z_stream *zst)
{
    memset(zst, 0, sizeof(*zst));
    zst->zalloc = zlib_alloc;
    zst->zfree = zlib_release;
}

/* ---- output that grows ---- */

typedef struct ZlibOutput {
    PyObject *bytes;
    Py_ssize_t limit; /* -1: none */
    Py_ssize_t used;
} ZlibOutput;

/* Points the stream at free room, of which there is more afterwards. 1, 0 if the limit is
 * reached, or -1 with MemoryError. */
static int
output_more(ZlibOutput *out, z_stream *zst, Py_ssize_t first)
{
    Py_ssize_t size;
    if (out->bytes == NULL) {
        size = out->limit >= 0 ? Py_MIN(first, out->limit) : first;
        out->bytes = PyBytes_FromStringAndSize(NULL, size);
        if (out->bytes == NULL)
            return -1;
    }
    else {
        size = PyBytes_GET_SIZE(out->bytes);
        if (out->used == size) {
            if (size == out->limit)
                return 0;
            if (size > PY_SSIZE_T_MAX / 2) {
                PyErr_NoMemory();
                return -1;
            }
            size *= 2;
            if (out->limit >= 0 && size > out->limit)
                size = out->limit;
            if (_PyBytes_Resize(&out->bytes, size) < 0)
                return -1;
        }
    }
    zst->next_out = (Bytef *)PyBytes_AS_STRING(out->bytes) + out->used;
    zst->avail_out = (uInt)Py_MIN((size_t)(size - out->used), UINT_MAX);
    return 1;
}

static void
output_note(ZlibOutput *out, const z_stream *zst)
{
    out->used = (char *)zst->next_out - PyBytes_AS_STRING(out->bytes);
}

static KS_NEW PyObject *
output_finish(ZlibOutput *out)
{
    if (out->bytes != NULL && out->used < PyBytes_GET_SIZE(out->bytes))
        (void)_PyBytes_Resize(&out->bytes, out->used);
    return out->bytes;
}

/* Feeds all of data to step (deflate or inflate). The mode is `last` with the last part of the
 * input, Z_NO_FLUSH before. Ends early at the end of the stream, at the limit of the output, or
 * with a result of libz other than Z_OK and Z_BUF_ERROR. 0 and that result in *result, or -1 with
 * MemoryError; `dictionary` is asked once when libz wants one. */
static int
zlib_run(z_stream *zst, const Py_buffer *data, int (*step)(z_stream *, int), int before, int last,
         ZlibOutput *out, Py_ssize_t first, int (*dictionary)(ZlibStream *), ZlibStream *self,
         int *result)
{
    Py_ssize_t left = data->len;
    int again;
    *result = Z_OK;
    zst->next_in = data->buf;
    do {
        zst->avail_in = (uInt)Py_MIN((size_t)left, UINT_MAX);
        left -= zst->avail_in;
        int mode = left == 0 ? last : before;
        do {
            int more = output_more(out, zst, first);
            if (more <= 0)
                return more;
            Py_BEGIN_ALLOW_THREADS
            *result = step(zst, mode);
            Py_END_ALLOW_THREADS
            output_note(out, zst);
            again = zst->avail_out == 0;
            if (*result == Z_NEED_DICT && dictionary != NULL) {
                if (dictionary(self) < 0)
                    return -1;
                again = 1;
            }
            else if (*result != Z_OK && *result != Z_BUF_ERROR && *result != Z_STREAM_END)
                return 0;
        } while (again && *result != Z_STREAM_END);
    } while (*result != Z_STREAM_END && left != 0);
    return 0;
}

/* ---- in one go ---- */

typedef struct CompressArgs {
    PyObject *data;
    int level;
    int wbits;
} CompressArgs;

static const KsParam compress_params[] = {
    PARAM_POS(CompressArgs, data, ARG_OBJECT, 1),
    PARAM(CompressArgs, level, ARG_INT, 0),
    PARAM(CompressArgs, wbits, ARG_INT, 0),
    PARAM_END,
};

static PyObject *
zlib_compress(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    CompressArgs in = {NULL, Z_DEFAULT_COMPRESSION, MAX_WBITS};
    PyObject *error = zlib_state(module)->error;
    ZlibOutput out = {NULL, -1, 0};
    Py_buffer data;
    z_stream zst;
    int ok = 0;
    if (!ks_args_parse("compress", compress_params, args, nargs, kwnames, &in)
        || PyObject_GetBuffer(in.data, &data, PyBUF_SIMPLE) < 0)
        return NULL;
    zlib_prepare(&zst);
    int result = deflateInit2(&zst, in.level, Z_DEFLATED, in.wbits, ZLIB_MEM_LEVEL,
                              Z_DEFAULT_STRATEGY);
    if (result != Z_OK) {
        if (result == Z_MEM_ERROR)
            PyErr_SetString(PyExc_MemoryError, "Out of memory while compressing data");
        else if (result == Z_STREAM_ERROR)
            PyErr_SetString(error, "Bad compression level");
        else
            zlib_raise(error, &zst, result, "while compressing data");
        goto done;
    }
    if (zlib_run(&zst, &data, deflate, Z_NO_FLUSH, Z_FINISH, &out, ZLIB_BUFFER_BYTES, NULL, NULL,
                 &result) < 0)
        (void)deflateEnd(&zst);
    else if (result == Z_STREAM_ERROR) {
        (void)deflateEnd(&zst);
        zlib_raise(error, &zst, result, "while compressing data");
    }
    else {
        result = deflateEnd(&zst);
        ok = result == Z_OK;
        if (!ok)
            zlib_raise(error, &zst, result, "while finishing compression");
    }
done:
    PyBuffer_Release(&data);
    if (!ok)
        Py_CLEAR(out.bytes);
    return output_finish(&out);
}

typedef struct DecompressArgs {
    PyObject *data;
    int wbits;
    Py_ssize_t bufsize;
} DecompressArgs;

static const KsParam decompress_params[] = {
    PARAM_POS(DecompressArgs, data, ARG_OBJECT, 1),
    PARAM(DecompressArgs, wbits, ARG_INT, 0),
    PARAM(DecompressArgs, bufsize, ARG_INDEX, 0),
    PARAM_END,
};

static PyObject *
zlib_decompress(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    DecompressArgs in = {NULL, MAX_WBITS, ZLIB_BUFFER_BYTES};
    PyObject *error = zlib_state(module)->error;
    ZlibOutput out = {NULL, -1, 0};
    Py_buffer data;
    z_stream zst;
    int ok = 0;
    if (!ks_args_parse("decompress", decompress_params, args, nargs, kwnames, &in)
        || PyObject_GetBuffer(in.data, &data, PyBUF_SIMPLE) < 0)
        return NULL;
    if (in.bufsize < 0) {
        PyErr_SetString(PyExc_ValueError, "bufsize must be non-negative");
        goto done;
    }
    zlib_prepare(&zst);
    int result = inflateInit2(&zst, in.wbits);
    if (result != Z_OK) {
        if (result == Z_MEM_ERROR)
            PyErr_SetString(PyExc_MemoryError, "Out of memory while decompressing data");
        else
            zlib_raise(error, &zst, result, "while preparing to decompress data");
        goto done;
    }
    if (zlib_run(&zst, &data, inflate, Z_NO_FLUSH, Z_FINISH, &out, Py_MAX(in.bufsize, 1), NULL,
                 NULL, &result) < 0)
        (void)inflateEnd(&zst);
    else if (result == Z_MEM_ERROR) {
        (void)inflateEnd(&zst);
        PyErr_SetString(PyExc_MemoryError, "Out of memory while decompressing data");
    }
    else if (result != Z_STREAM_END) {
        zlib_raise(error, &zst, result, "while decompressing data");
        (void)inflateEnd(&zst);
    }
    else {
        result = inflateEnd(&zst);
        ok = result == Z_OK;
        if (!ok)
            zlib_raise(error, &zst, result, "while finishing decompression");
    }
done:
    PyBuffer_Release(&data);
    if (!ok)
        Py_CLEAR(out.bytes);
    return output_finish(&out);
}

/* ---- stream objects ---- */

static void
stream_lock(ZlibStream *self)
{
    if (PyThread_acquire_lock(self->lock, 0))
        return;
    Py_BEGIN_ALLOW_THREADS
    PyThread_acquire_lock(self->lock, 1);
    Py_END_ALLOW_THREADS
}

static KS_NEW ZlibStream *
stream_new(PyTypeObject *type)
{
    ZlibStream *self = (ZlibStream *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    zlib_prepare(&self->zst);
    self->unused_data = PyBytes_FromStringAndSize(NULL, 0);
    self->unconsumed_tail = PyBytes_FromStringAndSize(NULL, 0);
    self->lock = PyThread_allocate_lock();
    if (self->unused_data == NULL || self->unconsumed_tail == NULL || self->lock == NULL) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_MemoryError, "Unable to allocate lock");
        Py_DECREF(self);
        return NULL;
    }
    return self;
}

static void
stream_free(ZlibStream *self)
{
    PyTypeObject *type = Py_TYPE(self);
    if (self->lock != NULL)
        PyThread_free_lock(self->lock);
    Py_XDECREF(self->unused_data);
    Py_XDECREF(self->unconsumed_tail);
    Py_XDECREF(self->zdict);
    type->tp_free(self);
    Py_DECREF(type);
}

static void
compress_dealloc(ZlibStream *self)
{
    if (self->is_initialised)
        (void)deflateEnd(&self->zst);
    stream_free(self);
}

static void
decompress_dealloc(ZlibStream *self)
{
    if (self->is_initialised)
        (void)inflateEnd(&self->zst);
    stream_free(self);
}

/* The outcome of an init or copy call of libz: 0, or -1 with an exception. */
static int
stream_check(ZlibStream *self, int result, const char *invalid, const char *no_memory,
             const char *doing)
{
    if (result == Z_OK)
        return 0;
    if (result == Z_STREAM_ERROR)
        PyErr_SetString(PyExc_ValueError, invalid);
    else if (result == Z_MEM_ERROR)
        PyErr_SetString(PyExc_MemoryError, no_memory);
    else
        zlib_raise(stream_state(self)->error, &self->zst, result, doing);
    return -1;
}

typedef struct CompressobjArgs {
    int level, method, wbits, memLevel, strategy;
    PyObject *zdict;
} CompressobjArgs;

static const KsParam compressobj_params[] = {
    PARAM(CompressobjArgs, level, ARG_INT, 0),    PARAM(CompressobjArgs, method, ARG_INT, 0),
    PARAM(CompressobjArgs, wbits, ARG_INT, 0),    PARAM(CompressobjArgs, memLevel, ARG_INT, 0),
    PARAM(CompressobjArgs, strategy, ARG_INT, 0), PARAM(CompressobjArgs, zdict, ARG_OBJECT, 0),
    PARAM_END,
};

static PyObject *
zlib_compressobj(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    CompressobjArgs in = {Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS, ZLIB_MEM_LEVEL,
                          Z_DEFAULT_STRATEGY, NULL};
    Py_buffer zdict = {.buf = NULL};
    if (!ks_args_parse("compressobj", compressobj_params, args, nargs, kwnames, &in)
        || (in.zdict != NULL && PyObject_GetBuffer(in.zdict, &zdict, PyBUF_SIMPLE) < 0))
        return NULL;
    ZlibStream *self = NULL;
    if (in.zdict != NULL && (size_t)zdict.len > UINT_MAX) {
        PyErr_SetString(PyExc_OverflowError, "zdict length does not fit in an unsigned int");
        goto done;
    }
    self = stream_new(zlib_state(module)->compress_type);
    if (self == NULL)
        goto done;
    int result = deflateInit2(&self->zst, in.level, in.method, in.wbits, in.memLevel, in.strategy);
    self->is_initialised = result == Z_OK;
    if (stream_check(self, result, "Invalid initialization option",
                     "Can't allocate memory for compression object",
                     "while creating compression object") < 0)
        Py_CLEAR(self);
    else if (in.zdict != NULL) {
        result = deflateSetDictionary(&self->zst, zdict.buf, (uInt)zdict.len);
        if (result != Z_OK) {
            PyErr_SetString(PyExc_ValueError, result == Z_STREAM_ERROR ? "Invalid dictionary"
                                                                       : "deflateSetDictionary()");
            Py_CLEAR(self);
        }
    }
done:
    if (in.zdict != NULL)
        PyBuffer_Release(&zdict);
    return (PyObject *)self;
}

/* Gives libz the preset dictionary. */
static int
decompress_set_zdict(ZlibStream *self)
{
    Py_buffer zdict;
    if (PyObject_GetBuffer(self->zdict, &zdict, PyBUF_SIMPLE) < 0)
        return -1;
    int result = 0;
    if ((size_t)zdict.len > UINT_MAX) {
        PyErr_SetString(PyExc_OverflowError, "zdict length does not fit in an unsigned int");
        result = -1;
    }
    else {
        int code = inflateSetDictionary(&self->zst, zdict.buf, (uInt)zdict.len);
        if (code != Z_OK) {
            zlib_raise(stream_state(self)->error, &self->zst, code, "while setting zdict");
            result = -1;
        }
    }
    PyBuffer_Release(&zdict);
    return result;
}

typedef struct DecompressobjArgs {
    int wbits;
    PyObject *zdict;
} DecompressobjArgs;

static const KsParam decompressobj_params[] = {
    PARAM(DecompressobjArgs, wbits, ARG_INT, 0),
    PARAM(DecompressobjArgs, zdict, ARG_OBJECT, 0),
    PARAM_END,
};

static PyObject *
zlib_decompressobj(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    DecompressobjArgs in = {MAX_WBITS, NULL};
    if (!ks_args_parse("decompressobj", decompressobj_params, args, nargs, kwnames, &in))
        return NULL;
    if (in.zdict != NULL && !PyObject_CheckBuffer(in.zdict)) {
        PyErr_SetString(PyExc_TypeError, "zdict argument must support the buffer protocol");
        return NULL;
    }
    KS_OWNED PyObject *object = (PyObject *)stream_new(zlib_state(module)->decompress_type);
    ZlibStream *self = (ZlibStream *)object;
    if (self == NULL)
        return NULL;
    self->zdict = Py_XNewRef(in.zdict);
    int result = inflateInit2(&self->zst, in.wbits);
    self->is_initialised = result == Z_OK;
    if (stream_check(self, result, "Invalid initialization option",
                     "Can't allocate memory for decompression object",
                     "while creating decompression object") < 0)
        return NULL;
    /* A raw stream does not say that it wants a dictionary. */
    if (self->zdict != NULL && in.wbits < 0 && decompress_set_zdict(self) < 0)
        return NULL;
    return ks_give(&object);
}

static PyObject *
compress_compress(ZlibStream *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM_POS(CompressArgs, data, ARG_OBJECT, 1), PARAM_END};
    CompressArgs in;
    ZlibOutput out = {NULL, -1, 0};
    Py_buffer data;
    int result;
    if (!ks_args_parse("compress", params, args, nargs, kwnames, &in)
        || PyObject_GetBuffer(in.data, &data, PyBUF_SIMPLE) < 0)
        return NULL;
    stream_lock(self);
    int ok = zlib_run(&self->zst, &data, deflate, Z_NO_FLUSH, Z_NO_FLUSH, &out, ZLIB_BUFFER_BYTES,
                      NULL, NULL, &result) == 0;
    if (ok && result == Z_STREAM_ERROR) {
        zlib_raise(stream_state(self)->error, &self->zst, result, "while compressing data");
        ok = 0;
    }
    PyThread_release_lock(self->lock);
    PyBuffer_Release(&data);
    if (!ok)
        Py_CLEAR(out.bytes);
    return output_finish(&out);
}

typedef struct FlushArgs {
    int mode;
    Py_ssize_t length;
} FlushArgs;

static PyObject *
compress_flush(ZlibStream *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM_POS(FlushArgs, mode, ARG_INT, 0), PARAM_END};
    FlushArgs in = {Z_FINISH, ZLIB_BUFFER_BYTES};
    int result;
    if (!ks_args_parse("flush", params, args, nargs, kwnames, &in))
        return NULL;
    int mode = in.mode;
    if (mode == Z_NO_FLUSH)
        return PyBytes_FromStringAndSize(NULL, 0);
    PyObject *error = stream_state(self)->error;
    ZlibOutput out = {NULL, -1, 0};
    Py_buffer nothing = {.buf = NULL, .len = 0};
    stream_lock(self);
    int ok = zlib_run(&self->zst, &nothing, deflate, mode, mode, &out, ZLIB_BUFFER_BYTES, NULL,
                      NULL, &result) == 0;
    if (ok && result == Z_STREAM_END && mode == Z_FINISH) {
        result = deflateEnd(&self->zst);
        ok = result == Z_OK;
        if (ok)
            self->is_initialised = 0;
        else
            zlib_raise(error, &self->zst, result, "while finishing compression");
    }
    else if (ok && result != Z_OK && result != Z_BUF_ERROR) {
        zlib_raise(error, &self->zst, result, "while flushing");
        ok = 0;
    }
    PyThread_release_lock(self->lock);
    if (!ok)
        Py_CLEAR(out.bytes);
    return output_finish(&out);
}

/* ---- decompressing streams ---- */

/* Keeps what libz left of the input: behind the stream's end, or beyond the output's limit. */
static int
decompress_keep_rest(ZlibStream *self, const Py_buffer *data, int result)
{
    const char *end = (const char *)data->buf + data->len;
    const char *rest = (const char *)self->zst.next_in;
    if (result == Z_STREAM_END) {
        Py_ssize_t left = end - rest;
        if (left > 0) {
            PyObject *more = PyBytes_FromStringAndSize(rest, left);
            if (more == NULL)
                return -1;
            PyBytes_ConcatAndDel(&self->unused_data, more);
            if (self->unused_data == NULL) {
                self->unused_data = PyBytes_FromStringAndSize(NULL, 0);
                return -1;
            }
        }
        self->zst.avail_in = 0;
        rest = end;
    }
    if (rest < end || PyBytes_GET_SIZE(self->unconsumed_tail) > 0) {
        PyObject *tail = PyBytes_FromStringAndSize(rest, end - rest);
        if (tail == NULL)
            return -1;
        Py_SETREF(self->unconsumed_tail, tail);
    }
    return 0;
}

typedef struct StreamDecompressArgs {
    PyObject *data;
    Py_ssize_t max_length;
} StreamDecompressArgs;

static const KsParam stream_decompress_params[] = {
    PARAM_POS(StreamDecompressArgs, data, ARG_OBJECT, 1),
    PARAM(StreamDecompressArgs, max_length, ARG_INDEX, 0),
    PARAM_END,
};

static PyObject *
decompress_decompress(ZlibStream *self, PyObject *const *args, Py_ssize_t nargs,
                      PyObject *kwnames)
{
    StreamDecompressArgs in = {NULL, 0};
    Py_buffer data;
    int result;
    if (!ks_args_parse("decompress", stream_decompress_params, args, nargs, kwnames, &in)
        || PyObject_GetBuffer(in.data, &data, PyBUF_SIMPLE) < 0)
        return NULL;
    if (in.max_length < 0) {
        PyErr_SetString(PyExc_ValueError, "max_length must be non-negative");
        PyBuffer_Release(&data);
        return NULL;
    }
    ZlibOutput out = {NULL, in.max_length == 0 ? -1 : in.max_length, 0};
    stream_lock(self);
    int ok = zlib_run(&self->zst, &data, inflate, Z_SYNC_FLUSH, Z_SYNC_FLUSH, &out,
                      ZLIB_BUFFER_BYTES, self->zdict != NULL ? decompress_set_zdict : NULL, self,
                      &result) == 0
             && decompress_keep_rest(self, &data, result) == 0;
    if (ok && result == Z_STREAM_END)
        self->eof = 1;
    else if (ok && result != Z_OK && result != Z_BUF_ERROR) {
        zlib_raise(stream_state(self)->error, &self->zst, result, "while decompressing data");
        ok = 0;
    }
    PyThread_release_lock(self->lock);
    PyBuffer_Release(&data);
    if (!ok)
        Py_CLEAR(out.bytes);
    return output_finish(&out);
}

static PyObject *
decompress_flush(ZlibStream *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM_POS(FlushArgs, length, ARG_INDEX, 0), PARAM_END};
    FlushArgs in = {Z_FINISH, ZLIB_BUFFER_BYTES};
    int result;
    if (!ks_args_parse("flush", params, args, nargs, kwnames, &in))
        return NULL;
    if (in.length <= 0) {
        PyErr_SetString(PyExc_ValueError, "length must be greater than zero");
        return NULL;
    }
    ZlibOutput out = {NULL, -1, 0};
    Py_buffer data;
    stream_lock(self);
    int ok = PyObject_GetBuffer(self->unconsumed_tail, &data, PyBUF_SIMPLE) == 0;
    if (ok) {
        ok = zlib_run(&self->zst, &data, inflate, Z_NO_FLUSH, Z_FINISH, &out, in.length,
                      self->zdict != NULL ? decompress_set_zdict : NULL, self, &result) == 0
             && decompress_keep_rest(self, &data, result) == 0;
        PyBuffer_Release(&data);
    }
    if (ok && result == Z_STREAM_END) {
        self->eof = 1;
        self->is_initialised = 0;
        result = inflateEnd(&self->zst);
        if (result != Z_OK) {
            zlib_raise(stream_state(self)->error, &self->zst, result,
                       "while finishing decompression");
            ok = 0;
        }
    }
    PyThread_release_lock(self->lock);
    if (!ok)
        Py_CLEAR(out.bytes);
    return output_finish(&out);
}

static PyObject *
stream_copy(ZlibStream *self, PyObject *ignored)
{
    int compressing = Py_IS_TYPE(self, stream_state(self)->compress_type);
    KS_OWNED PyObject *object = (PyObject *)stream_new(Py_TYPE(self));
    ZlibStream *copy = (ZlibStream *)object;
    if (copy == NULL)
        return NULL;
    stream_lock(self);
    int result = compressing ? deflateCopy(&copy->zst, &self->zst)
                             : inflateCopy(&copy->zst, &self->zst);
    copy->is_initialised = result == Z_OK;
    copy->eof = self->eof;
    Py_XSETREF(copy->unused_data, Py_NewRef(self->unused_data));
    Py_XSETREF(copy->unconsumed_tail, Py_NewRef(self->unconsumed_tail));
    copy->zdict = Py_XNewRef(self->zdict);
    PyThread_release_lock(self->lock);
    if (stream_check(self, result, "Inconsistent stream state",
                     compressing ? "Can't allocate memory for compression object"
                                 : "Can't allocate memory for decompression object",
                     compressing ? "while copying compression object"
                                 : "while copying decompression object") < 0)
        return NULL;
    return ks_give(&object);
}

/* ---- checksums ---- */

/* As crc32() and adler32() of libz, which take the length in unsigned int. */
static unsigned long
checksum_run(unsigned long (*update)(unsigned long, const Bytef *, uInt), unsigned long value,
             const Py_buffer *data)
{
    const Bytef *from = data->buf;
    Py_ssize_t left = data->len;
    while ((size_t)left > UINT_MAX) {
        value = update(value, from, UINT_MAX);
        from += UINT_MAX;
        left -= (Py_ssize_t)UINT_MAX;
    }
    return update(value, from, (uInt)left);
}

static PyObject *
checksum_call(const char *name, unsigned long (*update)(unsigned long, const Bytef *, uInt),
              unsigned int value, PyObject *const *args, Py_ssize_t nargs)
{
    Py_buffer data;
    unsigned long sum;
    if (!ks_args_count(name, nargs, 1, 2) || PyObject_GetBuffer(args[0], &data, PyBUF_SIMPLE) < 0)
        return NULL;
    if (nargs == 2 && !ks_arg_uint32(args[1], &value)) {
        PyBuffer_Release(&data);
        return NULL;
    }
    if (data.len > ZLIB_GIL_BYTES) {
        Py_BEGIN_ALLOW_THREADS
        sum = checksum_run(update, value, &data);
        Py_END_ALLOW_THREADS
    }
    else
        sum = checksum_run(update, value, &data);
    PyBuffer_Release(&data);
    return PyLong_FromUnsignedLong(sum & 0xffffffffu);
}

static PyObject *
zlib_adler32(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    return checksum_call("adler32", adler32, 1, args, nargs);
}

static PyObject *
zlib_crc32(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    return checksum_call("crc32", crc32, 0, args, nargs);
}

/* ---- tables ---- */

static PyMethodDef compress_methods[] = {
    METHOD("compress", compress_compress, METH_FASTCALL | METH_KEYWORDS, "($self, data, /)",
           "Compress data; some of the output may stay in the stream."),
    METHOD("flush", compress_flush, METH_FASTCALL | METH_KEYWORDS,
           "($self, mode=zlib.Z_FINISH, /)",
           "The output that is still in the stream."),
    METHOD("copy", stream_copy, METH_NOARGS, "($self, /)", "A copy of the stream."),
    METHOD("__copy__", stream_copy, METH_NOARGS, "($self, /)", "A copy of the stream."),
    METHOD("__deepcopy__", stream_copy, METH_O, "($self, memo, /)", "A copy of the stream."),
    {NULL, NULL, 0, NULL},
};

static PyMethodDef decompress_methods[] = {
    METHOD("decompress", decompress_decompress, METH_FASTCALL | METH_KEYWORDS,
           "($self, data, /, max_length=0)",
           "Decompress data, to at most max_length bytes unless that is 0."),
    METHOD("flush", decompress_flush, METH_FASTCALL | METH_KEYWORDS,
           "($self, length=zlib.DEF_BUF_SIZE, /)",
           "The output that is still in the stream."),
    METHOD("copy", stream_copy, METH_NOARGS, "($self, /)", "A copy of the stream."),
    METHOD("__copy__", stream_copy, METH_NOARGS, "($self, /)", "A copy of the stream."),
    METHOD("__deepcopy__", stream_copy, METH_O, "($self, memo, /)", "A copy of the stream."),
    {NULL, NULL, 0, NULL},
};

static PyMemberDef decompress_members[] = {
    {"unused_data", T_OBJECT, offsetof(ZlibStream, unused_data), READONLY, NULL},
    {"unconsumed_tail", T_OBJECT, offsetof(ZlibStream, unconsumed_tail), READONLY, NULL},
    {"eof", T_BOOL, offsetof(ZlibStream, eof), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot compress_slots[] = {
    {Py_tp_dealloc, compress_dealloc},
    {Py_tp_methods, compress_methods},
    {0, NULL},
};

static PyType_Slot decompress_slots[] = {
    {Py_tp_dealloc, decompress_dealloc},
    {Py_tp_methods, decompress_methods},
    {Py_tp_members, decompress_members},
    {0, NULL},
};

static PyType_Spec compress_spec = {
    .name = "zlib.Compress",
    .basicsize = sizeof(ZlibStream),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = compress_slots,
};

static PyType_Spec decompress_spec = {
    .name = "zlib.Decompress",
    .basicsize = sizeof(ZlibStream),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = decompress_slots,
};

static PyMethodDef zlib_methods[] = {
    METHOD("adler32", zlib_adler32, METH_FASTCALL, "($module, data, value=1, /)",
           "The Adler-32 checksum of data, continued from value."),
    METHOD("compress", zlib_compress, METH_FASTCALL | METH_KEYWORDS,
           "($module, data, /, level=Z_DEFAULT_COMPRESSION, wbits=MAX_WBITS)",
           "Compress all of data."),
    METHOD("compressobj", zlib_compressobj, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, level=Z_DEFAULT_COMPRESSION, method=DEFLATED,\n"
           "            wbits=MAX_WBITS, memLevel=DEF_MEM_LEVEL,\n"
           "            strategy=Z_DEFAULT_STRATEGY, zdict=None)",
           "A stream that compresses."),
    METHOD("crc32", zlib_crc32, METH_FASTCALL, "($module, data, value=0, /)",
           "The CRC-32 checksum of data, continued from value."),
    METHOD("decompress", zlib_decompress, METH_FASTCALL | METH_KEYWORDS,
           "($module, data, /, wbits=MAX_WBITS, bufsize=DEF_BUF_SIZE)",
           "Decompress all of data."),
    METHOD("decompressobj", zlib_decompressobj, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, wbits=MAX_WBITS, zdict=b'')", "A stream that decompresses."),
    {NULL, NULL, 0, NULL},
};

static int
zlib_exec(PyObject *module)
{
    static const struct {
        const char *name;
        int value;
    } numbers[] = {
        {"MAX_WBITS", MAX_WBITS}, {"DEFLATED", Z_DEFLATED}, {"DEF_MEM_LEVEL", ZLIB_MEM_LEVEL},
        {"DEF_BUF_SIZE", ZLIB_BUFFER_BYTES}, {"Z_NO_COMPRESSION", Z_NO_COMPRESSION},
        {"Z_BEST_SPEED", Z_BEST_SPEED}, {"Z_BEST_COMPRESSION", Z_BEST_COMPRESSION},
        {"Z_DEFAULT_COMPRESSION", Z_DEFAULT_COMPRESSION}, {"Z_FILTERED", Z_FILTERED},
        {"Z_HUFFMAN_ONLY", Z_HUFFMAN_ONLY}, {"Z_RLE", Z_RLE}, {"Z_FIXED", Z_FIXED},
        {"Z_DEFAULT_STRATEGY", Z_DEFAULT_STRATEGY}, {"Z_NO_FLUSH", Z_NO_FLUSH},
        {"Z_PARTIAL_FLUSH", Z_PARTIAL_FLUSH}, {"Z_SYNC_FLUSH", Z_SYNC_FLUSH},
        {"Z_FULL_FLUSH", Z_FULL_FLUSH}, {"Z_FINISH", Z_FINISH}, {"Z_BLOCK", Z_BLOCK},
        {"Z_TREES", Z_TREES},
    };
    ZlibState *state = zlib_state(module);
    state->compress_type =
        (PyTypeObject *)PyType_FromModuleAndSpec(module, &compress_spec, NULL);
    state->decompress_type =
        (PyTypeObject *)PyType_FromModuleAndSpec(module, &decompress_spec, NULL);
    state->error = PyErr_NewException("zlib.error", NULL, NULL);
    if (state->compress_type == NULL || state->decompress_type == NULL || state->error == NULL
        || PyModule_AddObjectRef(module, "error", state->error) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(numbers); i++)
        if (PyModule_AddIntConstant(module, numbers[i].name, numbers[i].value) < 0)
            return -1;
    if (PyModule_AddStringConstant(module, "ZLIB_VERSION", ZLIB_VERSION) < 0
        || PyModule_AddStringConstant(module, "ZLIB_RUNTIME_VERSION", zlibVersion()) < 0)
        return -1;
    return PyModule_AddStringConstant(module, "__version__", "1.0");
}

static int
zlib_traverse(PyObject *module, visitproc visit, void *arg)
{
    ZlibState *state = zlib_state(module);
    Py_VISIT(state->compress_type);
    Py_VISIT(state->decompress_type);
    Py_VISIT(state->error);
    return 0;
}

static int
zlib_clear(PyObject *module)
{
    ZlibState *state = zlib_state(module);
    Py_CLEAR(state->compress_type);
    Py_CLEAR(state->decompress_type);
    Py_CLEAR(state->error);
    return 0;
}

static void
zlib_free(void *module)
{
    (void)zlib_clear(module);
}

static PyModuleDef_Slot zlib_slots[] = {
    {Py_mod_exec, zlib_exec},
    {0, NULL},
};

static struct PyModuleDef zlib_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "zlib",
    .m_doc = "Compression and decompression with zlib.",
    .m_size = sizeof(ZlibState),
    .m_methods = zlib_methods,
    .m_slots = zlib_slots,
    .m_traverse = zlib_traverse,
    .m_clear = zlib_clear,
    .m_free = zlib_free,
};

PyMODINIT_FUNC
PyInit_zlib(void)
{
    return PyModuleDef_Init(&zlib_module);
}
