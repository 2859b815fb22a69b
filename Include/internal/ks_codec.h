/* SPDX-License-Identifier: MIT */
/* What the built-in codecs share: calling error handlers, and a growing byte buffer.
 *
 * A codec works through its input without looking at error handlers; where it cannot go on it
 * reports a stretch of the input, gets the replacement and the position to go on at. */
#ifndef KS_CODEC_H
#define KS_CODEC_H

#include "ks_base.h"
#include "pycore_fileutils.h"
#include "ks_str.h"

/* The handlers that codecs know without a look-up. */
_Py_error_handler ks_codec_handler(const char *errors);

/* Decoder input: may be exchanged by an error handler. */
typedef struct KsDecode {
    KsCodecRun run;
    const char *input; /* start of the bytes */
    Py_ssize_t size;
    PyObject *owner; /* owned; holds `input` alive once a handler replaced it */
    _PyUnicodeWriter writer;
} KsDecode;

void ks_decode_start(KsDecode *decode, const char *encoding, const char *errors,
                     const char *input, Py_ssize_t size);
/* Drops everything; returns the text, or NULL when failed is set. */
KS_NEW PyObject *ks_decode_end(KsDecode *decode, int failed);
/* The position to go on at after bytes [start, end) could not be decoded, -1 with an exception. */
Py_ssize_t ks_decode_error(KsDecode *decode, Py_ssize_t start, Py_ssize_t end,
                           const char *reason);

/* Encoder of one string. */
typedef struct KsEncode {
    KsCodecRun run;
    PyObject *str; /* borrowed, ready */
    _Py_error_handler handler;
    KsBytesOut out;
} KsEncode;

int ks_encode_start(KsEncode *encode, const char *encoding, const char *errors, PyObject *str,
                    Py_ssize_t room);
KS_NEW PyObject *ks_encode_end(KsEncode *encode, int failed);
int ks_encode_put(KsEncode *encode, const void *bytes, Py_ssize_t count);

#endif
