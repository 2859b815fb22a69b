/* SPDX-License-Identifier: MIT */
/* TextIOWrapper: what its files share. Results are new references, NULL with an exception, and numbers
 * are 0, -1 with an exception, if nothing else is said.
 *
 * Reading: `decoded` holds decoded text of which `used` characters were given out. `snapshot` is
 * the decoder's flags before, and the bytes of, the chunk that `decoded` came from: together they
 * make positions that seek() can return to. Writing: `pending` collects encoded bytes until there
 * are chunk_bytes of them. There is never both pending output and decoded input after an operation. */
#ifndef KS_TEXTIO_H
#define KS_TEXTIO_H

#include "ks_io.h"

typedef PyObject *(*Encode)(PyObject *self, PyObject *text);

typedef struct TextIO {
    PyObject_HEAD
    char ok, detached, finalizing;
    Py_ssize_t chunk_bytes;
    PyObject *buffer, *encoding, *errors;
    PyObject *encoder, *decoder;
    PyObject *readnl;     /* str or NULL */
    const char *writenl;  /* what "\n" becomes, NULL: nothing else */
    char line_buffering, write_through, read_universal, read_translate, write_translate;
    char seekable, has_read1, telling, encoding_start_of_stream;
    Encode encode; /* a direct encoder for the common encodings, or NULL */
    PyObject *pending; /* bytes, or a list of them, or NULL */
    Py_ssize_t pending_bytes;
    PyObject *decoded;
    Py_ssize_t used;
    PyObject *snapshot; /* (flags, bytes) or NULL */
    double bytes_per_char;
    PyObject *weakreflist, *dict;
} TextIO;

#define CAST(self) ((TextIO *)(self))
#define CHUNK_BYTES KS_IO_BUFFER_BYTES

/* textio_codec.c */
/* The direct encoder of UTF-8, by which others know that ASCII text is its own encoding. */
PyObject *ks_textio_encode_utf8(PyObject *self, PyObject *text);
/* What stands for a newline: NULL, "" or a line end; 1, 0 with ValueError for anything else. */
int ks_textio_newline_is_valid(const char *newline);
/* Takes over a valid one. */
int ks_textio_set_newline(TextIO *self, const char *newline);
/* Makes decoder and encoder if the buffer can be read or written. */
int ks_textio_set_decoder(TextIO *self, PyObject *codec, const char *errors);
int ks_textio_set_encoder(TextIO *self, PyObject *codec, const char *errors);
/* Tells the encoder whether it stands at the start of the stream; the second one asks the buffer. */
int ks_textio_encoder_restart(TextIO *self, int at_start);
int ks_textio_fix_encoder_state(TextIO *self);
/* The name of the encoding to use when none is given. */
PyObject *ks_textio_default_encoding(void);

/* textio_write.c */
/* Joins and writes the collected bytes, of which there are some. */
int ks_textio_write_collected(TextIO *self);

/* Writes the collected bytes out, if there are any. */
KS_INLINE int
ks_textio_write_pending(TextIO *self)
{
    return KS_LIKELY(self->pending == NULL) ? 0 : ks_textio_write_collected(self);
}

PyObject *ks_textio_write(PyObject *object, PyObject *arg);

/* textio_read.c */
/* Exchanges the decoded text, of which nothing is used yet; takes text, perhaps NULL, over. */
void ks_textio_set_decoded(TextIO *self, PyObject *text);
/* What the decoder makes of some bytes. */
PyObject *ks_textio_decode(TextIO *self, PyObject *bytes, int final);
/* What the decoder holds back and its flags: 1 with new references, 0 with an exception. */
int ks_textio_decoder_state(TextIO *self, PyObject **bytes, PyObject **flags);
PyObject *ks_textio_read(PyObject *object, PyObject *const *args, Py_ssize_t nargs);
PyObject *ks_textio_readline(PyObject *object, PyObject *const *args, Py_ssize_t nargs);
PyObject *ks_textio_iternext(PyObject *object);

/* textio_seek.c */
PyObject *ks_textio_tell(PyObject *object, PyObject *unused);
PyObject *ks_textio_seek(PyObject *object, PyObject *const *args, Py_ssize_t nargs);
PyObject *ks_textio_truncate(PyObject *object, PyObject *const *args, Py_ssize_t nargs);

/* textio.c */
/* ValueError for a wrapper without a buffer; 0. */
int ks_textio_complain_detached(TextIO *self);
/* Asks the object's or the buffer's `closed`: 1 for open, 0 with ValueError or what asking raised. */
int ks_textio_ask_open(TextIO *self);

/* 1 for yes, 0 with ValueError. */
KS_INLINE int
ks_textio_is_attached(TextIO *self)
{
    return KS_LIKELY(self->ok && !self->detached) || ks_textio_complain_detached(self);
}

/* 1 for yes, 0 with ValueError. Asked for each line: a plain file is known without a look-up. */
KS_INLINE int
ks_textio_is_open(TextIO *self)
{
    if (!ks_textio_is_attached(self))
        return 0;
    return (Py_IS_TYPE(self, &ks_textiowrapper_type) && ks_io_is_plainly_open(self->buffer)) ||
           ks_textio_ask_open(self);
}

#endif
