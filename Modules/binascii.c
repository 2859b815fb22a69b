/* SPDX-License-Identifier: MIT */
/* The binascii module: base64, uuencoding, hexadecimal, quoted-printable, and two CRCs.
 *
 * Encoders take any bytes-like object; decoders take ASCII str, too. */
#include "Python.h"

#include <zlib.h>

#include "pycore_long.h" /* values of digits */
#include "pycore_strhex.h"

#include "ks_args.h"

typedef struct BinasciiState {
    PyObject *Error, *Incomplete;
} BinasciiState;

static PyObject *
fail(PyObject *module, const char *message)
{
    BinasciiState *state = PyModule_GetState(module);
    PyErr_SetString(state->Error, message);
    return NULL;
}

/* A decoder's input: a buffer or the ASCII of a str. Released by PyBuffer_Release in either case. */
static int
ascii_buffer(PyObject *arg, Py_buffer *view)
{
    if (PyUnicode_Check(arg)) {
        if (PyUnicode_READY(arg) < 0)
            return 0;
        if (!PyUnicode_IS_ASCII(arg)) {
            PyErr_SetString(PyExc_ValueError,
                            "string argument should contain only ASCII characters");
            return 0;
        }
        *view = (Py_buffer){.buf = PyUnicode_DATA(arg), .len = PyUnicode_GET_LENGTH(arg)};
        return 1;
    }
    if (PyObject_GetBuffer(arg, view, PyBUF_SIMPLE) == 0)
        return 1;
    PyErr_Format(PyExc_TypeError,
                 "argument should be bytes, buffer or ASCII string, not '%.100s'",
                 Py_TYPE(arg)->tp_name);
    return 0;
}

static int
bytes_buffer(PyObject *arg, Py_buffer *view)
{
    return PyObject_GetBuffer(arg, view, PyBUF_SIMPLE) == 0;
}

/* --- base64 --- */

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static uint8_t base64_values[256]; /* 255: no digit; filled at import */

typedef struct Base64Args {
    PyObject *data;
    int strict_mode, newline;
} Base64Args;

/* Decodes into out; its end, or NULL with the error set. */
static unsigned char *
base64_decode(PyObject *module, const unsigned char *text, Py_ssize_t length, int strict,
              unsigned char *out)
{
    unsigned char *start = out;
    int position = 0, pads = 0, padding_started = 0;
    unsigned carried = 0;
    if (strict && length > 0 && text[0] == '=') {
        fail(module, "Leading padding not allowed");
        return NULL;
    }
    for (Py_ssize_t i = 0; i < length; i++) {
        unsigned char ch = text[i];
        if (ch == '=') {
            padding_started = 1;
            if (position >= 2 && position + ++pads >= 4) {
                /* A full quad: what follows is no part of the data. */
                if (strict && i + 1 < length) {
                    fail(module, "Excess data after padding");
                    return NULL;
                }
                return out;
            }
            continue;
        }
        unsigned value = base64_values[ch];
        if (value == 255) {
            if (strict) {
                fail(module, "Only base64 data is allowed");
                return NULL;
            }
            continue;
        }
        if (strict && padding_started) {
            fail(module, "Discontinuous padding not allowed");
            return NULL;
        }
        pads = 0;
        switch (position) {
        case 0:
            position = 1;
            break;
        case 1:
            position = 2;
            *out++ = (unsigned char)(carried << 2 | value >> 4);
            value &= 0x0f;
            break;
        case 2:
            position = 3;
            *out++ = (unsigned char)(carried << 4 | value >> 2);
            value &= 0x03;
            break;
        default:
            position = 0;
            *out++ = (unsigned char)(carried << 6 | value);
            value = 0;
        }
        carried = value;
    }
    if (position == 0)
        return out;
    if (position == 1) {
        BinasciiState *state = PyModule_GetState(module);
        PyErr_Format(state->Error,
                     "Invalid base64-encoded string: number of data characters (%zd) cannot be 1 "
                     "more than a multiple of 4",
                     (out - start) / 3 * 4 + 1);
    }
    else {
        fail(module, "Incorrect padding");
    }
    return NULL;
}

static PyObject *
binascii_a2b_base64(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM_POS(Base64Args, data, ARG_OBJECT, 1),
                                     PARAM_KWONLY(Base64Args, strict_mode, ARG_BOOL, 0),
                                     PARAM_END};
    Base64Args given = {NULL, 0, 1};
    Py_buffer view;
    if (!ks_args_parse("a2b_base64", params, args, nargs, kwnames, &given) ||
        !ascii_buffer(given.data, &view))
        return NULL;
    PyObject *result = PyBytes_FromStringAndSize(NULL, view.len / 4 * 3 + 3);
    if (result != NULL) {
        unsigned char *out = (unsigned char *)PyBytes_AS_STRING(result);
        unsigned char *end = base64_decode(module, view.buf, view.len, given.strict_mode, out);
        if (end == NULL)
            Py_CLEAR(result);
        else
            _PyBytes_Resize(&result, end - out);
    }
    PyBuffer_Release(&view);
    return result;
}

static PyObject *
binascii_b2a_base64(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM_POS(Base64Args, data, ARG_OBJECT, 1),
                                     PARAM_KWONLY(Base64Args, newline, ARG_BOOL, 0), PARAM_END};
    Base64Args given = {NULL, 0, 1};
    Py_buffer view;
    if (!ks_args_parse("b2a_base64", params, args, nargs, kwnames, &given) ||
        !bytes_buffer(given.data, &view))
        return NULL;
    PyObject *result = NULL;
    if (view.len > (PY_SSIZE_T_MAX - 3) / 2) {
        fail(module, "Too much data for base64 line");
        goto done;
    }
    result = PyBytes_FromStringAndSize(NULL, (view.len + 2) / 3 * 4 + (given.newline != 0));
    if (result == NULL)
        goto done;
    char *out = PyBytes_AS_STRING(result);
    const unsigned char *in = view.buf, *end = in + view.len;
    for (; end - in >= 3; in += 3) {
        *out++ = base64_digits[in[0] >> 2];
        *out++ = base64_digits[(in[0] & 3) << 4 | in[1] >> 4];
        *out++ = base64_digits[(in[1] & 15) << 2 | in[2] >> 6];
        *out++ = base64_digits[in[2] & 63];
    }
    if (in < end) {
        int second = end - in > 1 ? in[1] : 0;
        *out++ = base64_digits[in[0] >> 2];
        *out++ = base64_digits[(in[0] & 3) << 4 | second >> 4];
        *out++ = end - in > 1 ? base64_digits[(second & 15) << 2] : '=';
        *out++ = '=';
    }
    if (given.newline)
        *out = '\n';
done:
    PyBuffer_Release(&view);
    return result;
}

/* --- hexadecimal --- */

static PyObject *
binascii_a2b_hex(PyObject *module, PyObject *arg)
{
    Py_buffer view;
    if (!ascii_buffer(arg, &view))
        return NULL;
    PyObject *result = NULL;
    const unsigned char *text = view.buf;
    if (view.len % 2 != 0) {
        fail(module, "Odd-length string");
        goto done;
    }
    result = PyBytes_FromStringAndSize(NULL, view.len / 2);
    for (Py_ssize_t i = 0; result != NULL && i < view.len; i += 2) {
        int high = _PyLong_DigitValue[text[i]], low = _PyLong_DigitValue[text[i + 1]];
        if (high >= 16 || low >= 16) {
            fail(module, "Non-hexadecimal digit found");
            Py_CLEAR(result);
            break;
        }
        PyBytes_AS_STRING(result)[i / 2] = (char)(high << 4 | low);
    }
done:
    PyBuffer_Release(&view);
    return result;
}

typedef struct HexArgs {
    PyObject *data, *sep;
    int bytes_per_sep;
} HexArgs;

static PyObject *
to_hex(const char *name, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(HexArgs, data, ARG_OBJECT, 1),
                                     PARAM(HexArgs, sep, ARG_OBJECT, 0),
                                     PARAM(HexArgs, bytes_per_sep, ARG_INT, 0), PARAM_END};
    HexArgs given = {NULL, NULL, 1};
    Py_buffer view;
    if (!ks_args_parse(name, params, args, nargs, kwnames, &given) ||
        !bytes_buffer(given.data, &view))
        return NULL;
    PyObject *result =
        _Py_strhex_bytes_with_sep(view.buf, view.len, given.sep, given.bytes_per_sep);
    PyBuffer_Release(&view);
    return result;
}

static PyObject *
binascii_b2a_hex(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    return to_hex("b2a_hex", args, nargs, kwnames);
}

static PyObject *
binascii_hexlify(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    return to_hex("hexlify", args, nargs, kwnames);
}

/* --- uuencoding --- */

/* The six bits of a character; line ends and missing characters are 0, -1 for an illegal one. */
static int
uu_value(const unsigned char *text, Py_ssize_t index, Py_ssize_t length)
{
    int ch = index < length ? text[index] : '\n';
    if (ch == '\n' || ch == '\r')
        return 0;
    return ch < ' ' || ch > ' ' + 64 ? -1 : (ch - ' ') & 63;
}

static PyObject *
binascii_a2b_uu(PyObject *module, PyObject *arg)
{
    Py_buffer view;
    if (!ascii_buffer(arg, &view))
        return NULL;
    const unsigned char *text = view.buf;
    Py_ssize_t length = ((view.len > 0 ? text[0] : 0) - ' ') & 63;
    PyObject *result = PyBytes_FromStringAndSize(NULL, length);
    if (result == NULL)
        goto done;
    Py_ssize_t at = 1;
    for (Py_ssize_t i = 0; i < length;) {
        /* The last group may be cut short after the characters its bytes need. */
        int bits[4] = {0}, needed = length - i < 3 ? (int)(length - i) + 1 : 4;
        for (int j = 0; j < needed; j++) {
            bits[j] = uu_value(text, at++, view.len);
            if (bits[j] < 0) {
                fail(module, "Illegal char");
                Py_CLEAR(result);
                goto done;
            }
        }
        char *out = PyBytes_AS_STRING(result);
        out[i++] = (char)(bits[0] << 2 | bits[1] >> 4);
        if (i < length)
            out[i++] = (char)(bits[1] << 4 | bits[2] >> 2);
        if (i < length)
            out[i++] = (char)(bits[2] << 6 | bits[3]);
    }
    for (; at < view.len; at++) {
        /* Some encoders end lines with a pad character that stands for zero. */
        if (text[at] != ' ' && text[at] != ' ' + 64 && text[at] != '\n' && text[at] != '\r') {
            fail(module, "Trailing garbage");
            Py_CLEAR(result);
            break;
        }
    }
done:
    PyBuffer_Release(&view);
    return result;
}

typedef struct UuArgs {
    PyObject *data;
    int backtick;
} UuArgs;

static PyObject *
binascii_b2a_uu(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM_POS(UuArgs, data, ARG_OBJECT, 1),
                                     PARAM_KWONLY(UuArgs, backtick, ARG_BOOL, 0), PARAM_END};
    UuArgs given = {NULL, 0};
    Py_buffer view;
    if (!ks_args_parse("b2a_uu", params, args, nargs, kwnames, &given) ||
        !bytes_buffer(given.data, &view))
        return NULL;
    PyObject *result = NULL;
    if (view.len > 45) {
        fail(module, "At most 45 bytes at once");
        goto done;
    }
    result = PyBytes_FromStringAndSize(NULL, 2 + (view.len + 2) / 3 * 4);
    if (result == NULL)
        goto done;
    char *out = PyBytes_AS_STRING(result);
    const unsigned char *in = view.buf;
#define UU(bits) (char)((bits) == 0 && given.backtick ? '`' : ' ' + (bits))
    *out++ = UU(view.len);
    for (Py_ssize_t i = 0; i < view.len; i += 3) {
        int a = in[i], b = i + 1 < view.len ? in[i + 1] : 0, c = i + 2 < view.len ? in[i + 2] : 0;
        *out++ = UU(a >> 2);
        *out++ = UU((a & 3) << 4 | b >> 4);
        *out++ = UU((b & 15) << 2 | c >> 6);
        *out++ = UU(c & 63);
    }
#undef UU
    *out = '\n';
done:
    PyBuffer_Release(&view);
    return result;
}

/* --- quoted-printable --- */

typedef struct QpArgs {
    PyObject *data;
    int quotetabs, istext, header;
} QpArgs;

static PyObject *
binascii_a2b_qp(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(QpArgs, data, ARG_OBJECT, 1),
                                     PARAM(QpArgs, header, ARG_BOOL, 0), PARAM_END};
    QpArgs given = {NULL, 0, 1, 0};
    Py_buffer view;
    if (!ks_args_parse("a2b_qp", params, args, nargs, kwnames, &given) ||
        !ascii_buffer(given.data, &view))
        return NULL;
    PyObject *result = PyBytes_FromStringAndSize(NULL, view.len);
    if (result == NULL)
        goto done;
    const unsigned char *in = view.buf, *end = in + view.len;
    char *out = PyBytes_AS_STRING(result), *start = out;
    while (in < end) {
        if (*in != '=') {
            *out++ = given.header && *in == '_' ? ' ' : (char)*in;
            in++;
            continue;
        }
        if (++in == end)
            break;
        if (*in == '\n' || *in == '\r') {
            /* A soft line break: nothing of the line's end is data. */
            while (in < end && *in != '\n')
                in++;
            if (in < end)
                in++;
        }
        else if (*in == '=') {
            *out++ = '=';
            in++;
        }
        else if (end - in > 1 && _PyLong_DigitValue[in[0]] < 16 && _PyLong_DigitValue[in[1]] < 16) {
            *out++ = (char)(_PyLong_DigitValue[in[0]] << 4 | _PyLong_DigitValue[in[1]]);
            in += 2;
        }
        else {
            *out++ = '=';
        }
    }
    _PyBytes_Resize(&result, out - start);
done:
    PyBuffer_Release(&view);
    return result;
}

#define QP_LINE_MAX 76

/* Must the byte be written as =XX? `at_start`: of a line. */
static int
qp_must_quote(const QpArgs *given, const unsigned char *in, const unsigned char *end, int at_start)
{
    unsigned char ch = *in;
    int is_last = in + 1 == end;
    if (ch > 126 || ch == '=' || (given->header && ch == '_'))
        return 1;
    if (ch == '.' && at_start)
        return is_last || in[1] == '\n' || in[1] == '\r' || in[1] == 0;
    if (!given->istext && (ch == '\r' || ch == '\n'))
        return 1;
    if ((ch == '\t' || ch == ' ') && is_last)
        return 1;
    return ch < 33 && ch != '\r' && ch != '\n' && (given->quotetabs || (ch != '\t' && ch != ' '));
}

static PyObject *
binascii_b2a_qp(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {
        PARAM(QpArgs, data, ARG_OBJECT, 1), PARAM(QpArgs, quotetabs, ARG_BOOL, 0),
        PARAM(QpArgs, istext, ARG_BOOL, 0), PARAM(QpArgs, header, ARG_BOOL, 0), PARAM_END};
    static const char digits[] = "0123456789ABCDEF";
    QpArgs given = {NULL, 0, 1, 0};
    Py_buffer view;
    if (!ks_args_parse("b2a_qp", params, args, nargs, kwnames, &given) ||
        !bytes_buffer(given.data, &view))
        return NULL;
    PyObject *result = NULL;
    const unsigned char *in = view.buf, *end = in + view.len;
    /* Line ends are written as the first one is. */
    const unsigned char *newline = memchr(in, '\n', (size_t)view.len);
    int crlf = newline != NULL && newline > in && newline[-1] == '\r';
    /* Three characters a byte, and a soft break with every few of them, at the very most. */
    if (view.len > PY_SSIZE_T_MAX / 7) {
        PyErr_NoMemory();
        goto done;
    }
    char *buffer = PyMem_Malloc((size_t)view.len * 6 + 8);
    if (buffer == NULL) {
        PyErr_NoMemory();
        goto done;
    }
    char *out = buffer;
    int column = 0;
    while (in < end) {
        if (qp_must_quote(&given, in, end, column == 0)) {
            if (column + 3 >= QP_LINE_MAX) {
                *out++ = '=';
                if (crlf)
                    *out++ = '\r';
                *out++ = '\n';
                column = 0;
            }
            *out++ = '=';
            *out++ = digits[*in >> 4];
            *out++ = digits[*in & 15];
            in++;
            column += 3;
            continue;
        }
        if (given.istext && (*in == '\n' || (*in == '\r' && in + 1 < end && in[1] == '\n'))) {
            column = 0;
            /* A blank at the end of a line would be lost on the way. */
            if (out > buffer && (out[-1] == ' ' || out[-1] == '\t')) {
                char blank = *--out;
                *out++ = '=';
                *out++ = digits[blank >> 4];
                *out++ = digits[blank & 15];
            }
            if (crlf)
                *out++ = '\r';
            *out++ = '\n';
            in += *in == '\r' ? 2 : 1;
            continue;
        }
        if (in + 1 != end && in[1] != '\n' && column + 1 >= QP_LINE_MAX) {
            *out++ = '=';
            if (crlf)
                *out++ = '\r';
            *out++ = '\n';
            column = 0;
        }
        column++;
        if (given.header && *in == ' ') {
            *out++ = '_';
            in++;
        }
        else {
            *out++ = (char)*in++;
        }
    }
    result = PyBytes_FromStringAndSize(buffer, out - buffer);
    PyMem_Free(buffer);
done:
    PyBuffer_Release(&view);
    return result;
}

/* --- checksums --- */

#define GIL_FREE_BYTES (5 * 1024)

static PyObject *
binascii_crc32(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    unsigned int crc = 0;
    Py_buffer view;
    if (!ks_args_count("crc32", nargs, 1, 2) || (nargs == 2 && !ks_arg_uint32(args[1], &crc)) ||
        !bytes_buffer(args[0], &view))
        return NULL;
    if (view.len > GIL_FREE_BYTES) {
        Py_BEGIN_ALLOW_THREADS
        crc = (unsigned int)crc32_z(crc, view.buf, (size_t)view.len);
        Py_END_ALLOW_THREADS
    }
    else {
        crc = (unsigned int)crc32_z(crc, view.buf, (size_t)view.len);
    }
    PyBuffer_Release(&view);
    return PyLong_FromUnsignedLong(crc);
}

/* CRC-CCITT of BinHex 4: polynomial 0x1021, most significant bit first. */
static PyObject *
binascii_crc_hqx(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    unsigned int crc;
    Py_buffer view;
    if (!ks_args_count("crc_hqx", nargs, 2, 2) || !ks_arg_uint32(args[1], &crc) ||
        !bytes_buffer(args[0], &view))
        return NULL;
    crc &= 0xffff;
    const unsigned char *in = view.buf;
    for (Py_ssize_t i = 0; i < view.len; i++) {
        crc ^= (unsigned int)in[i] << 8;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc << 1 ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
    }
    PyBuffer_Release(&view);
    return PyLong_FromUnsignedLong(crc);
}

/* --- module --- */

#define KW (METH_FASTCALL | METH_KEYWORDS)
static PyMethodDef binascii_methods[] = {
    METHOD("a2b_uu", binascii_a2b_uu, METH_O, "($module, data, /)", "Decode a line of uuencoded data."),
    METHOD("b2a_uu", binascii_b2a_uu, KW, "($module, data, /, *, backtick=False)",
           "Uuencode a line of data."),
    METHOD("a2b_base64", binascii_a2b_base64, KW, "($module, data, /, *, strict_mode=False)",
           "Decode base64 data."),
    METHOD("b2a_base64", binascii_b2a_base64, KW, "($module, data, /, *, newline=True)",
           "Encode a line of data in base64."),
    METHOD("a2b_hex", binascii_a2b_hex, METH_O, "($module, hexstr, /)",
           "Bytes of a hexadecimal text."),
    METHOD("unhexlify", binascii_a2b_hex, METH_O, "($module, hexstr, /)",
           "Bytes of a hexadecimal text."),
    METHOD("b2a_hex", binascii_b2a_hex, KW,
           "($module, /, data, sep=<unrepresentable>, bytes_per_sep=1)",
           "Hexadecimal text of bytes."),
    METHOD("hexlify", binascii_hexlify, KW,
           "($module, /, data, sep=<unrepresentable>, bytes_per_sep=1)",
           "Hexadecimal text of bytes."),
    METHOD("a2b_qp", binascii_a2b_qp, KW, "($module, /, data, header=False)",
           "Decode quoted-printable data."),
    METHOD("b2a_qp", binascii_b2a_qp, KW,
           "($module, /, data, quotetabs=False, istext=True, header=False)",
           "Encode data as quoted-printable."),
    METHOD("crc32", binascii_crc32, METH_FASTCALL, "($module, data, crc=0, /)",
           "CRC-32, continued from a value."),
    METHOD("crc_hqx", binascii_crc_hqx, METH_FASTCALL, "($module, data, crc, /)",
           "CRC-CCITT, continued from a value."),
    {NULL},
};

static int
binascii_exec(PyObject *module)
{
    BinasciiState *state = PyModule_GetState(module);
    memset(base64_values, 255, sizeof base64_values);
    for (int i = 0; i < 64; i++)
        base64_values[(unsigned char)base64_digits[i]] = (uint8_t)i;
    state->Error = PyErr_NewException("binascii.Error", PyExc_ValueError, NULL);
    state->Incomplete = PyErr_NewException("binascii.Incomplete", NULL, NULL);
    if (state->Error == NULL || state->Incomplete == NULL ||
        PyModule_AddObjectRef(module, "Error", state->Error) < 0 ||
        PyModule_AddObjectRef(module, "Incomplete", state->Incomplete) < 0)
        return -1;
    return 0;
}

static int
binascii_traverse(PyObject *module, visitproc visit, void *arg)
{
    BinasciiState *state = PyModule_GetState(module);
    Py_VISIT(state->Error);
    Py_VISIT(state->Incomplete);
    return 0;
}

static int
binascii_clear(PyObject *module)
{
    BinasciiState *state = PyModule_GetState(module);
    Py_CLEAR(state->Error);
    Py_CLEAR(state->Incomplete);
    return 0;
}

static void
binascii_free(void *module)
{
    binascii_clear(module);
}

static PyModuleDef_Slot binascii_slots[] = {{Py_mod_exec, binascii_exec}, {0, NULL}};

static struct PyModuleDef binascii_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "binascii",
    .m_doc = PyDoc_STR("Conversions between binary data and ASCII."),
    .m_size = sizeof(BinasciiState),
    .m_methods = binascii_methods,
    .m_slots = binascii_slots,
    .m_traverse = binascii_traverse,
    .m_clear = binascii_clear,
    .m_free = binascii_free,
};

PyMODINIT_FUNC
PyInit_binascii(void)
{
    return PyModuleDef_Init(&binascii_module);
}
