/* SPDX-License-Identifier: MIT */
/* The standard error handlers of codecs: functions from a UnicodeError to (replacement, position).
 *
 * surrogateescape and surrogatepass need to know what was being coded; the latter reads the
 * encoding's name to learn how a surrogate looks in bytes. */
#include "Python.h"
#include "pycore_interp.h"
#include "pycore_pystate.h"
#include "pycore_ucnhash.h"
#include "ks_base.h"
#include "ks_str.h"

#include <string.h>

const char *Py_hexdigits = "0123456789abcdef";

static PyObject *
refuse(PyObject *exc)
{
    PyErr_Format(PyExc_TypeError, "don't know how to handle %.200s in error callback",
                 Py_TYPE(exc)->tp_name);
    return NULL;
}

#define IS_ENCODE(exc) PyObject_TypeCheck(exc, (PyTypeObject *)PyExc_UnicodeEncodeError)
#define IS_DECODE(exc) PyObject_TypeCheck(exc, (PyTypeObject *)PyExc_UnicodeDecodeError)
#define IS_TRANSLATE(exc) PyObject_TypeCheck(exc, (PyTypeObject *)PyExc_UnicodeTranslateError)

/* The stretch an exception is about. object is a new reference. */
typedef struct Trouble {
    PyObject *object;
    Py_ssize_t start, end;
} Trouble;

static int
read_encode(PyObject *exc, Trouble *trouble)
{
    int bad;
    if (IS_ENCODE(exc)) {
        bad = PyUnicodeEncodeError_GetStart(exc, &trouble->start) < 0 ||
              PyUnicodeEncodeError_GetEnd(exc, &trouble->end) < 0 ||
              (trouble->object = PyUnicodeEncodeError_GetObject(exc)) == NULL;
    }
    else {
        bad = PyUnicodeTranslateError_GetStart(exc, &trouble->start) < 0 ||
              PyUnicodeTranslateError_GetEnd(exc, &trouble->end) < 0 ||
              (trouble->object = PyUnicodeTranslateError_GetObject(exc)) == NULL;
    }
    return bad ? -1 : 0;
}

static int
read_decode(PyObject *exc, Trouble *trouble)
{
    if (PyUnicodeDecodeError_GetStart(exc, &trouble->start) < 0 ||
        PyUnicodeDecodeError_GetEnd(exc, &trouble->end) < 0)
        return -1;
    trouble->object = PyUnicodeDecodeError_GetObject(exc);
    return trouble->object == NULL ? -1 : 0;
}

PyObject *
PyCodec_StrictErrors(PyObject *exc)
{
    if (PyExceptionInstance_Check(exc))
        PyErr_SetObject((PyObject *)Py_TYPE(exc), exc);
    else
        PyErr_SetString(PyExc_TypeError, "codec must pass exception instance");
    return NULL;
}

static int
end_of(PyObject *exc, Py_ssize_t *end)
{
    if (IS_ENCODE(exc))
        return PyUnicodeEncodeError_GetEnd(exc, end);
    if (IS_DECODE(exc))
        return PyUnicodeDecodeError_GetEnd(exc, end);
    if (IS_TRANSLATE(exc))
        return PyUnicodeTranslateError_GetEnd(exc, end);
    refuse(exc);
    return -1;
}

PyObject *
PyCodec_IgnoreErrors(PyObject *exc)
{
    Py_ssize_t end;
    if (end_of(exc, &end) < 0)
        return NULL;
    return Py_BuildValue("(On)", KS_STR_EMPTY, end);
}

static PyObject *
repeated(Py_UCS4 ch, Py_ssize_t count)
{
    PyObject *str = PyUnicode_New(count, ch);
    if (str != NULL && count > 0)
        ks_fill(KS_STR_KIND(str), ks_str_data(str), ch, 0, count);
    return str;
}

PyObject *
PyCodec_ReplaceErrors(PyObject *exc)
{
    Py_ssize_t start, end;
    if (end_of(exc, &end) < 0)
        return NULL;
    if (IS_DECODE(exc))
        return Py_BuildValue("(Nn)", repeated(0xfffd, 1), end);
    if (IS_ENCODE(exc) ? PyUnicodeEncodeError_GetStart(exc, &start) < 0
                       : PyUnicodeTranslateError_GetStart(exc, &start) < 0)
        return NULL;
    Py_ssize_t count = Py_MAX(end - start, 0);
    PyObject *str = repeated(IS_ENCODE(exc) ? '?' : 0xfffd, count);
    return str == NULL ? NULL : Py_BuildValue("(Nn)", str, end);
}

PyObject *
PyCodec_XMLCharRefReplaceErrors(PyObject *exc)
{
    if (!IS_ENCODE(exc))
        return refuse(exc);
    Trouble trouble;
    if (read_encode(exc, &trouble) < 0)
        return NULL;
    KS_OWNED PyObject *object = trouble.object;
    _PyUnicodeWriter writer;
    _PyUnicodeWriter_Init(&writer);
    writer.overallocate = 1;
    for (Py_ssize_t i = trouble.start; i < trouble.end; i++) {
        char text[16];
        int length = snprintf(text, sizeof(text), "&#%u;",
                              (unsigned)PyUnicode_READ_CHAR(object, i));
        if (_PyUnicodeWriter_WriteASCIIString(&writer, text, length) < 0) {
            _PyUnicodeWriter_Dealloc(&writer);
            return NULL;
        }
    }
    PyObject *str = _PyUnicodeWriter_Finish(&writer);
    return str == NULL ? NULL : Py_BuildValue("(Nn)", str, trouble.end);
}

static int
write_escape(_PyUnicodeWriter *writer, Py_UCS4 ch)
{
    char text[16];
    const char *format = ch < 0x100 ? "\\x%02x" : ch < 0x10000 ? "\\u%04x" : "\\U%08x";
    int length = snprintf(text, sizeof(text), format, (unsigned)ch);
    return _PyUnicodeWriter_WriteASCIIString(writer, text, length);
}

PyObject *
PyCodec_BackslashReplaceErrors(PyObject *exc)
{
    Trouble trouble;
    int is_decode = IS_DECODE(exc);
    if (!is_decode && !IS_ENCODE(exc) && !IS_TRANSLATE(exc))
        return refuse(exc);
    if ((is_decode ? read_decode(exc, &trouble) : read_encode(exc, &trouble)) < 0)
        return NULL;
    KS_OWNED PyObject *object = trouble.object;
    _PyUnicodeWriter writer;
    _PyUnicodeWriter_Init(&writer);
    writer.overallocate = 1;
    for (Py_ssize_t i = trouble.start; i < trouble.end; i++) {
        Py_UCS4 ch = is_decode ? (unsigned char)PyBytes_AS_STRING(object)[i]
                               : PyUnicode_READ_CHAR(object, i);
        if (write_escape(&writer, ch) < 0) {
            _PyUnicodeWriter_Dealloc(&writer);
            return NULL;
        }
    }
    PyObject *str = _PyUnicodeWriter_Finish(&writer);
    return str == NULL ? NULL : Py_BuildValue("(Nn)", str, trouble.end);
}

PyObject *
PyCodec_NameReplaceErrors(PyObject *exc)
{
    if (!IS_ENCODE(exc))
        return refuse(exc);
    const _PyUnicode_Name_CAPI *names = PyCapsule_Import(PyUnicodeData_CAPSULE_NAME, 1);
    Trouble trouble;
    if (names == NULL || read_encode(exc, &trouble) < 0)
        return NULL;
    KS_OWNED PyObject *object = trouble.object;
    _PyUnicodeWriter writer;
    _PyUnicodeWriter_Init(&writer);
    writer.overallocate = 1;
    for (Py_ssize_t i = trouble.start; i < trouble.end; i++) {
        char name[256];
        Py_UCS4 ch = PyUnicode_READ_CHAR(object, i);
        int failed;
        if (names->getname(ch, name, sizeof(name), 1))
            failed = _PyUnicodeWriter_WriteASCIIString(&writer, "\\N{", 3) < 0 ||
                     _PyUnicodeWriter_WriteASCIIString(&writer, name, -1) < 0 ||
                     _PyUnicodeWriter_WriteChar(&writer, '}') < 0;
        else
            failed = write_escape(&writer, ch) < 0;
        if (failed) {
            _PyUnicodeWriter_Dealloc(&writer);
            return NULL;
        }
    }
    PyObject *str = _PyUnicodeWriter_Finish(&writer);
    return str == NULL ? NULL : Py_BuildValue("(Nn)", str, trouble.end);
}

/* --- surrogatepass --- */

typedef enum Form { FORM_UTF8, FORM_16LE, FORM_16BE, FORM_32LE, FORM_32BE, FORM_OTHER } Form;

/* The family an encoding's name stands for, any spelling; native order without a suffix. */
static Form
encoding_form(const char *name)
{
    if (Py_TOLOWER(name[0]) != 'u' || Py_TOLOWER(name[1]) != 't' || Py_TOLOWER(name[2]) != 'f')
        return strcmp(name, "CP_UTF8") == 0 ? FORM_UTF8 : FORM_OTHER;
    name += 3;
    name += *name == '-' || *name == '_';
    if (strcmp(name, "8") == 0)
        return FORM_UTF8;
    int wide = strncmp(name, "32", 2) == 0;
    if (!wide && strncmp(name, "16", 2) != 0)
        return FORM_OTHER;
    name += 2;
    if (*name == 0)
        return wide ? FORM_32LE : FORM_16LE;
    name += *name == '-' || *name == '_';
    if (Py_TOLOWER(name[0]) == 0 || Py_TOLOWER(name[1]) != 'e' || name[2] != 0)
        return FORM_OTHER;
    if (Py_TOLOWER(name[0]) == 'b')
        return wide ? FORM_32BE : FORM_16BE;
    if (Py_TOLOWER(name[0]) == 'l')
        return wide ? FORM_32LE : FORM_16LE;
    return FORM_OTHER;
}

static const unsigned char form_bytes[] = {3, 2, 2, 4, 4};

static void
put_surrogate(Form form, unsigned char *out, Py_UCS4 ch)
{
    unsigned char low = ch & 0xff, high = ch >> 8 & 0xff;
    switch (form) {
    case FORM_UTF8:
        out[0] = (unsigned char)(0xe0 | ch >> 12);
        out[1] = (unsigned char)(0x80 | (ch >> 6 & 0x3f));
        out[2] = (unsigned char)(0x80 | (ch & 0x3f));
        break;
    case FORM_16LE:
    case FORM_32LE:
        out[0] = low;
        out[1] = high;
        if (form == FORM_32LE)
            out[2] = out[3] = 0;
        break;
    case FORM_32BE:
        out[0] = out[1] = 0;
        out += 2;
        /* fall through */
    default:
        out[0] = high;
        out[1] = low;
    }
}

/* The surrogate at s, 0 if there is none. */
static Py_UCS4
get_surrogate(Form form, const unsigned char *s)
{
    Py_UCS4 ch;
    switch (form) {
    case FORM_UTF8:
        if ((s[0] & 0xf0) != 0xe0 || (s[1] & 0xc0) != 0x80 || (s[2] & 0xc0) != 0x80)
            return 0;
        ch = (Py_UCS4)((s[0] & 0x0f) << 12 | (s[1] & 0x3f) << 6 | (s[2] & 0x3f));
        break;
    case FORM_16LE:
        ch = (Py_UCS4)(s[1] << 8 | s[0]);
        break;
    case FORM_16BE:
        ch = (Py_UCS4)(s[0] << 8 | s[1]);
        break;
    case FORM_32LE:
        ch = (Py_UCS4)s[3] << 24 | (Py_UCS4)(s[2] << 16 | s[1] << 8 | s[0]);
        break;
    default:
        ch = (Py_UCS4)s[0] << 24 | (Py_UCS4)(s[1] << 16 | s[2] << 8 | s[3]);
    }
    return Py_UNICODE_IS_SURROGATE(ch) ? ch : 0;
}

static Form
exc_form(PyObject *exc)
{
    KS_OWNED PyObject *name = IS_ENCODE(exc) ? PyUnicodeEncodeError_GetEncoding(exc)
                                             : PyUnicodeDecodeError_GetEncoding(exc);
    const char *text = name == NULL ? NULL : PyUnicode_AsUTF8(name);
    if (text == NULL) {
        PyErr_Clear();
        return FORM_OTHER;
    }
    return encoding_form(text);
}

static PyObject *
surrogatepass_encode(PyObject *exc)
{
    Trouble trouble;
    if (read_encode(exc, &trouble) < 0)
        return NULL;
    KS_OWNED PyObject *object = trouble.object;
    Form form = exc_form(exc);
    if (form == FORM_OTHER)
        return PyCodec_StrictErrors(exc);
    Py_ssize_t unit = form_bytes[form];
    if (trouble.end - trouble.start > PY_SSIZE_T_MAX / unit)
        return PyErr_NoMemory();
    KS_OWNED PyObject *bytes =
        PyBytes_FromStringAndSize(NULL, unit * Py_MAX(trouble.end - trouble.start, 0));
    if (bytes == NULL)
        return NULL;
    unsigned char *out = (unsigned char *)PyBytes_AS_STRING(bytes);
    for (Py_ssize_t i = trouble.start; i < trouble.end; i++, out += unit) {
        Py_UCS4 ch = PyUnicode_READ_CHAR(object, i);
        if (!Py_UNICODE_IS_SURROGATE(ch))
            return PyCodec_StrictErrors(exc);
        put_surrogate(form, out, ch);
    }
    return Py_BuildValue("(On)", bytes, trouble.end);
}

static PyObject *
surrogatepass_decode(PyObject *exc)
{
    Trouble trouble;
    if (read_decode(exc, &trouble) < 0)
        return NULL;
    KS_OWNED PyObject *object = trouble.object;
    Form form = exc_form(exc);
    if (form == FORM_OTHER)
        return PyCodec_StrictErrors(exc);
    Py_ssize_t unit = form_bytes[form];
    const unsigned char *s = (const unsigned char *)PyBytes_AS_STRING(object) + trouble.start;
    Py_UCS4 ch = 0;
    if (PyBytes_GET_SIZE(object) - trouble.start >= unit)
        ch = get_surrogate(form, s);
    if (ch == 0)
        return PyCodec_StrictErrors(exc);
    PyObject *str = ks_str_from_char(ch);
    return str == NULL ? NULL : Py_BuildValue("(Nn)", str, trouble.start + unit);
}

static PyObject *
surrogatepass(PyObject *self, PyObject *exc)
{
    if (IS_ENCODE(exc))
        return surrogatepass_encode(exc);
    if (IS_DECODE(exc))
        return surrogatepass_decode(exc);
    return refuse(exc);
}

/* --- surrogateescape --- */

static PyObject *
surrogateescape_encode(PyObject *exc)
{
    Trouble trouble;
    if (read_encode(exc, &trouble) < 0)
        return NULL;
    KS_OWNED PyObject *object = trouble.object;
    KS_OWNED PyObject *bytes =
        PyBytes_FromStringAndSize(NULL, Py_MAX(trouble.end - trouble.start, 0));
    if (bytes == NULL)
        return NULL;
    char *out = PyBytes_AS_STRING(bytes);
    for (Py_ssize_t i = trouble.start; i < trouble.end; i++) {
        Py_UCS4 ch = PyUnicode_READ_CHAR(object, i);
        if (ch < 0xdc80 || ch > 0xdcff)
            return PyCodec_StrictErrors(exc);
        *out++ = (char)(ch & 0xff);
    }
    return Py_BuildValue("(On)", bytes, trouble.end);
}

static PyObject *
surrogateescape_decode(PyObject *exc)
{
    Trouble trouble;
    if (read_decode(exc, &trouble) < 0)
        return NULL;
    KS_OWNED PyObject *object = trouble.object;
    const unsigned char *s = (const unsigned char *)PyBytes_AS_STRING(object) + trouble.start;
    Py_UCS2 escaped[4];
    int count = 0;
    /* ASCII bytes are never escaped: the text they would hide in must stay readable. */
    while (count < 4 && count < trouble.end - trouble.start && s[count] >= 128) {
        escaped[count] = (Py_UCS2)(0xdc00 + s[count]);
        count++;
    }
    if (count == 0)
        return PyCodec_StrictErrors(exc);
    PyObject *str = ks_str_from_kind(2, escaped, count);
    return str == NULL ? NULL : Py_BuildValue("(Nn)", str, trouble.start + count);
}

static PyObject *
surrogateescape(PyObject *self, PyObject *exc)
{
    if (IS_ENCODE(exc))
        return surrogateescape_encode(exc);
    if (IS_DECODE(exc))
        return surrogateescape_decode(exc);
    return refuse(exc);
}

/* --- as Python functions --- */

#define HANDLER(name, function)                         \
    static PyObject *                                   \
    name(PyObject *self, PyObject *exc)                 \
    {                                                   \
        return function(exc);                           \
    }
HANDLER(strict_errors, PyCodec_StrictErrors)
HANDLER(ignore_errors, PyCodec_IgnoreErrors)
HANDLER(replace_errors, PyCodec_ReplaceErrors)
HANDLER(xmlcharrefreplace_errors, PyCodec_XMLCharRefReplaceErrors)
HANDLER(backslashreplace_errors, PyCodec_BackslashReplaceErrors)
HANDLER(namereplace_errors, PyCodec_NameReplaceErrors)

static struct {
    const char *name;
    PyMethodDef method;
} handlers[] = {
    {"strict", {"strict_errors", strict_errors, METH_O, "Raises the error it is given."}},
    {"ignore", {"ignore_errors", ignore_errors, METH_O, "Leaves out what cannot be coded."}},
    {"replace",
     {"replace_errors", replace_errors, METH_O, "Puts a replacement mark where coding fails."}},
    {"xmlcharrefreplace",
     {"xmlcharrefreplace_errors", xmlcharrefreplace_errors, METH_O,
      "Writes unencodable characters as XML character references."}},
    {"backslashreplace",
     {"backslashreplace_errors", backslashreplace_errors, METH_O,
      "Writes what cannot be coded as backslash escapes."}},
    {"namereplace",
     {"namereplace_errors", namereplace_errors, METH_O,
      "Writes unencodable characters as \\N{...} escapes."}},
    {"surrogatepass", {"surrogatepass", surrogatepass, METH_O, NULL}},
    {"surrogateescape", {"surrogateescape", surrogateescape, METH_O, NULL}},
};

int
ks_codec_errors_register(void)
{
    PyObject *registry = _PyInterpreterState_GET()->codec_error_registry;
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(handlers); i++) {
        KS_OWNED PyObject *function = PyCFunction_NewEx(&handlers[i].method, NULL, NULL);
        if (function == NULL || PyDict_SetItemString(registry, handlers[i].name, function) < 0)
            return -1;
    }
    return 0;
}
