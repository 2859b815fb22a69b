/* SPDX-License-Identifier: MIT */
/* The _io module: its types, and what its files ask of each other. */
#ifndef KS_IO_H
#define KS_IO_H

#include "Python.h"

#include "pycore_object.h"   /* tracking of containers */
#include "pycore_pystate.h"  /* the configuration */
#include "pycore_sysmodule.h" /* sizes of objects */
#include "structmember.h"

#include "ks_args.h"

#define KS_IO_BUFFER_BYTES (8 * 1024)

extern PyTypeObject ks_iobase_type, ks_rawiobase_type, ks_bufferediobase_type, ks_textiobase_type;
extern PyTypeObject ks_fileio_type, ks_bytesio_type, ks_stringio_type;
PyAPI_DATA(PyTypeObject) _PyBytesIOBuffer_Type;
extern PyTypeObject ks_bufferedreader_type, ks_bufferedwriter_type, ks_bufferedrwpair_type,
    ks_bufferedrandom_type;
extern PyTypeObject ks_newline_decoder_type, ks_textiowrapper_type;

/* io.UnsupportedOperation of this interpreter, borrowed; OSError when the module is gone. */
KS_BORROWED PyObject *ks_io_unsupported(void);

/* Sets io.UnsupportedOperation; NULL. */
PyObject *ks_io_unsupport(const char *message);

/* Calls the object's seekable() and kin; a new reference to True, or NULL with UnsupportedOperation
 * when it answers no. */
PyObject *ks_io_check_closed(PyObject *self);   /* ValueError when closed; borrowed True */
PyObject *ks_io_check_seekable(PyObject *self, PyObject *args);
PyObject *ks_io_check_readable(PyObject *self, PyObject *args);
PyObject *ks_io_check_writable(PyObject *self, PyObject *args);

/* 1 if the current exception is an OSError of errno EINTR that the caller shall retry after (it is
 * cleared); 0 if not or if a signal handler raised. */
int ks_io_is_eintr(void);

/* An optional size: None and absent are -1. 1 for yes, 0 with TypeError. */
int ks_io_size(PyObject *arg, Py_ssize_t *size);

/* memory_state.c: items of what pickle stored of a stream in memory. `item` is the ordinal that messages
 * name, `word` is "not" or "got" as they have it. 1 for yes, 0 with TypeError or ValueError. */
int ks_io_state_position(PyObject *value, const char *item, const char *word, Py_ssize_t *position);
int ks_io_state_dict(PyObject *value, const char *item, PyObject **dict); /* merged into *dict */

/* Where the iobase types keep the dict and the list of weak references. */
typedef struct KsIOBase {
    PyObject_HEAD
    PyObject *dict;
    PyObject *weakreflist;
} KsIOBase;

/* For deallocation: runs close() once; -1 if the object came back to life. */
int ks_iobase_finalize(PyObject *self);
/* 1 if self.closed is true, -1 with an exception. */
int ks_iobase_is_closed(PyObject *self);

/* FileIO, for those that know they have one. */
typedef struct KsFileIO {
    PyObject_HEAD
    int fd;
    unsigned int created : 1;
    unsigned int readable : 1;
    unsigned int writable : 1;
    unsigned int appending : 1;
    signed int seekable : 2; /* -1: not asked yet */
    unsigned int closefd : 1;
    char finalizing;
    unsigned int block_bytes;
    PyObject *weakreflist;
    PyObject *dict;
} KsFileIO;
int ks_fileio_is_closed(PyObject *self);

/* What BufferedReader, BufferedWriter and BufferedRandom begin with. `raw` is there while `ok` is set;
 * `plain_file` says that raw is exactly a FileIO and the buffer exactly one of our own types. */
#define KS_BUFFERED_HEAD                               \
    PyObject_HEAD                                      \
    PyObject *raw;                                     \
    char ok, detached, readable, writable, finalizing; \
    char plain_file;

typedef struct KsBuffered {
    KS_BUFFERED_HEAD
} KsBuffered;

/* 1 if any stream is seen at a glance to be open, namely one of our own buffers over a plain file;
 * 0 leaves the question open. Runs no code. */
KS_INLINE int
ks_io_is_plainly_open(PyObject *stream)
{
    if (!Py_IS_TYPE(stream, &ks_bufferedreader_type) && !Py_IS_TYPE(stream, &ks_bufferedwriter_type) &&
        !Py_IS_TYPE(stream, &ks_bufferedrandom_type))
        return 0;
    const KsBuffered *buffered = (const KsBuffered *)stream;
    return buffered->ok && buffered->plain_file && ((const KsFileIO *)buffered->raw)->fd >= 0;
}

/* Chops text at newlines for readline: where the first line of [start, end) ends, or -1 and in
 * *consumed how much was looked at. readnl NULL is "\n". */
Py_ssize_t ks_io_find_line_ending(int translated, int universal, PyObject *readnl, int kind,
                                  const char *start, const char *end, Py_ssize_t *consumed);
/* What IncrementalNewlineDecoder.decode() does, for text and for bytes that its decoder takes. */
PyObject *ks_newline_decode(PyObject *self, PyObject *input, int final);

/* open() of the module. */
PyObject *ks_io_open(PyObject *file, const char *mode, int buffering, const char *encoding,
                     const char *errors, const char *newline, int closefd, PyObject *opener);

#define KS_IO_TYPE_FLAGS (Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC)

#endif
