/* SPDX-License-Identifier: MIT */
/* The % operator of bytes and bytearray, and PyBytes_FromFormat.
 *
 * Numbers are formatted by str's machinery, whose results are ASCII. */
#include "Python.h"

#include "pycore_bytesobject.h"
#include "pycore_format.h"
#include "pycore_long.h"
#include "pycore_object.h"
#include "pycore_unicodeobject.h"

#include "ks_bytes.h"

/* --- arguments of the operator --- */

/* What is left to convert: a tuple's items in order, one object, or a mapping by name. */
typedef struct FormatArgs {
    PyObject *args;    /* borrowed */
    PyObject *mapping; /* borrowed, NULL if args cannot be one */
    Py_ssize_t count;  /* -1: a single object that is not used yet; -2: used */
    Py_ssize_t next;
} FormatArgs;

/* Borrowed reference to the next argument. */
static PyObject *
args_next(FormatArgs *self)
{
    if (self->count >= 0) {
        if (self->next < self->count)
            return PyTuple_GET_ITEM(self->args, self->next++);
    }
    else if (self->count == -1) {
        self->count = -2;
        return self->args;
    }
    PyErr_SetString(PyExc_TypeError, "not enough arguments for format string");
    return NULL;
}

/* --- one conversion --- */

typedef struct Spec {
    int flags; /* F_LJUST and kin */
    Py_ssize_t width;
    int precision;
    char type;
    PyObject *keyed; /* owned: the mapping's value for a (key) */
} Spec;

/* A number from the format or, for *, from the arguments. Answers 0 with an exception set. */
static int
spec_number(const char **format, const char *end, FormatArgs *args, int *value, int *is_negative,
            const char *too_big, int is_width)
{
    *is_negative = 0;
    if (*format < end && **format == '*') {
        PyObject *arg = args_next(args);
        if (arg == NULL)
            return 0;
        if (!PyLong_Check(arg)) {
            PyErr_SetString(PyExc_TypeError, "* wants int");
            return 0;
        }
        long number;
        if (is_width) {
            Py_ssize_t wide = PyLong_AsSsize_t(arg);
            if (wide == -1 && PyErr_Occurred())
                return 0;
            number = wide > INT_MAX ? INT_MAX : wide < -INT_MAX ? -INT_MAX : (long)wide;
        }
        else {
            number = _PyLong_AsInt(arg);
            if (number == -1 && PyErr_Occurred())
                return 0;
        }
        *is_negative = number < 0;
        *value = (int)(number < 0 ? -number : number);
        ++*format;
        return 1;
    }
    *value = 0;
    while (*format < end && Py_ISDIGIT(**format)) {
        int digit = **format - '0';
        if (*value > (INT_MAX - digit) / 10) {
            PyErr_SetString(PyExc_ValueError, too_big);
            return 0;
        }
        *value = *value * 10 + digit;
        ++*format;
    }
    return 1;
}

/* Reads what stands between % and the type. *format is behind the % and ends behind the type. */
static int
spec_read(const char **format, const char *end, FormatArgs *args, Spec *spec)
{
    *spec = (Spec){.width = 0, .precision = -1};
    const char *p = *format;
    if (p < end && *p == '(') {
        if (args->mapping == NULL) {
            PyErr_SetString(PyExc_TypeError, "format requires a mapping");
            return 0;
        }
        const char *key = ++p;
        int depth = 1;
        for (; p < end; p++) {
            if (*p == '(')
                depth++;
            else if (*p == ')' && --depth == 0)
                break;
        }
        if (depth > 0) {
            PyErr_SetString(PyExc_ValueError, "incomplete format key");
            return 0;
        }
        KS_OWNED PyObject *name = PyBytes_FromStringAndSize(key, p - key);
        p++;
        if (name == NULL || (spec->keyed = PyObject_GetItem(args->mapping, name)) == NULL)
            return 0;
    }
    for (;; p++) {
        int flag = p >= end ? 0
                 : *p == '-' ? F_LJUST
                 : *p == '+' ? F_SIGN
                 : *p == ' ' ? F_BLANK
                 : *p == '#' ? F_ALT
                 : *p == '0' ? F_ZERO
                             : 0;
        if (flag == 0)
            break;
        spec->flags |= flag;
    }
    int number, is_negative;
    if (!spec_number(&p, end, args, &number, &is_negative, "width too big", 1))
        return 0;
    spec->width = number;
    if (is_negative)
        spec->flags |= F_LJUST;
    if (p < end && *p == '.') {
        p++;
        if (!spec_number(&p, end, args, &number, &is_negative, "prec too big", 0))
            return 0;
        spec->precision = is_negative ? 0 : number;
    }
    if (p < end && (*p == 'h' || *p == 'l' || *p == 'L'))
        p++;
    if (p >= end) {
        PyErr_SetString(PyExc_ValueError, "incomplete format");
        return 0;
    }
    spec->type = *p++;
    *format = p;
    return 1;
}

/* --- conversions: each gives new bytes without padding --- */

static PyObject *
ascii_bytes(PyObject *text)
{
    if (text == NULL)
        return NULL;
    KS_OWNED PyObject *held = text;
    return PyUnicode_AsASCIIString(held);
}

static PyObject *
convert_float(PyObject *arg, const Spec *spec)
{
    double value = PyFloat_AsDouble(arg);
    if (value == -1.0 && PyErr_Occurred()) {
        if (PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_Format(PyExc_TypeError, "float argument required, not %.200s",
                         Py_TYPE(arg)->tp_name);
        return NULL;
    }
    int precision = spec->precision < 0 ? 6 : spec->precision;
    char *text = PyOS_double_to_string(value, spec->type, precision,
                                       spec->flags & F_ALT ? Py_DTSF_ALT : 0, NULL);
    if (text == NULL)
        return NULL;
    PyObject *result = PyBytes_FromString(text);
    PyMem_Free(text);
    return result;
}

static PyObject *
convert_int(PyObject *arg, const Spec *spec)
{
    char type = spec->type == 'i' || spec->type == 'u' ? 'd' : spec->type;
    KS_OWNED PyObject *number = NULL;
    if (PyLong_Check(arg)) {
        number = Py_NewRef(arg);
    }
    else if (PyNumber_Check(arg)) {
        if (type == 'd')
            number = PyNumber_Long(arg);
        else
            number = PyNumber_Index(arg);
    }
    if (number == NULL) {
        if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_TypeError))
            return NULL;
        PyErr_Format(PyExc_TypeError,
                     type == 'd' ? "%%%c format: a real number is required, not %.200s"
                                 : "%%%c format: an integer is required, not %.200s",
                     spec->type, Py_TYPE(arg)->tp_name);
        return NULL;
    }
    return ascii_bytes(_PyUnicode_FormatLong(number, spec->flags & F_ALT, spec->precision, type));
}

static PyObject *
convert_byte(PyObject *arg)
{
    if (PyBytes_Check(arg) && PyBytes_GET_SIZE(arg) == 1)
        return PyBytes_FromStringAndSize(PyBytes_AS_STRING(arg), 1);
    if (PyByteArray_Check(arg) && PyByteArray_GET_SIZE(arg) == 1)
        return PyBytes_FromStringAndSize(PyByteArray_AS_STRING(arg), 1);
    if (PyIndex_Check(arg)) {
        int overflow;
        long value = PyLong_AsLongAndOverflow(arg, &overflow);
        if (value == -1 && PyErr_Occurred())
            return NULL;
        if (overflow != 0 || value < 0 || value > 255) {
            PyErr_SetString(PyExc_OverflowError, "%c arg not in range(256)");
            return NULL;
        }
        char byte = (char)value;
        return PyBytes_FromStringAndSize(&byte, 1);
    }
    PyErr_SetString(PyExc_TypeError, "%c requires an integer in range(256) or a single byte");
    return NULL;
}

static PyObject *
convert_bytes(PyObject *arg)
{
    if (PyBytes_Check(arg))
        return Py_NewRef(arg);
    if (PyByteArray_Check(arg))
        return PyBytes_FromStringAndSize(PyByteArray_AS_STRING(arg), PyByteArray_GET_SIZE(arg));
    PyObject *method = _PyObject_LookupSpecial(arg, &_Py_ID(__bytes__));
    if (method != NULL) {
        PyObject *result = PyObject_CallNoArgs(method);
        Py_DECREF(method);
        if (result != NULL && !PyBytes_Check(result)) {
            PyErr_Format(PyExc_TypeError, "__bytes__ returned non-bytes (type %.200s)",
                         Py_TYPE(result)->tp_name);
            Py_CLEAR(result);
        }
        return result;
    }
    if (PyErr_Occurred())
        return NULL;
    if (PyObject_CheckBuffer(arg))
        return PyBytes_FromObject(arg);
    PyErr_Format(PyExc_TypeError,
                 "%%b requires a bytes-like object, or an object that implements __bytes__, "
                 "not '%.100s'",
                 Py_TYPE(arg)->tp_name);
    return NULL;
}

/* The converted text, cut to the precision where that counts characters. */
static PyObject *
convert(PyObject *arg, const Spec *spec, const char *format, const char *format_end)
{
    PyObject *text;
    switch (spec->type) {
    case 'r':
    case 'a':
        text = ascii_bytes(PyObject_ASCII(arg));
        break;
    case 's':
    case 'b':
        text = convert_bytes(arg);
        break;
    case 'd': case 'i': case 'u': case 'o': case 'x': case 'X':
        return convert_int(arg, spec);
    case 'e': case 'E': case 'f': case 'F': case 'g': case 'G':
        return convert_float(arg, spec);
    case 'c':
        return convert_byte(arg);
    default:
        PyErr_Format(PyExc_ValueError, "unsupported format character '%c' (0x%x) at index %zd",
                     spec->type, Py_CHARMASK(spec->type), format_end - 1 - format);
        return NULL;
    }
    if (text != NULL && spec->precision >= 0 && PyBytes_GET_SIZE(text) > spec->precision)
        Py_SETREF(text, PyBytes_FromStringAndSize(PyBytes_AS_STRING(text), spec->precision));
    return text;
}

/* Writes the text with its sign, zeros and blanks; the new position or NULL. */
static char *
write_padded(_PyBytesWriter *writer, char *out, PyObject *converted, const Spec *spec)
{
    const char *text = PyBytes_AS_STRING(converted);
    Py_ssize_t length = PyBytes_GET_SIZE(converted);
    int is_number = strchr("diuoxXeEfFgG", spec->type) != NULL;
    char sign = 0;
    if (is_number) {
        if (length > 0 && (*text == '-' || *text == '+')) {
            sign = *text++;
            length--;
        }
        else if (spec->flags & F_SIGN) {
            sign = '+';
        }
        else if (spec->flags & F_BLANK) {
            sign = ' ';
        }
    }
    Py_ssize_t prefix = 0;
    if (is_number && (spec->flags & F_ALT) && strchr("oxX", spec->type) != NULL)
        prefix = 2;
    Py_ssize_t used = length + (sign != 0);
    Py_ssize_t fill = spec->width > used ? spec->width - used : 0;
    out = _PyBytesWriter_Prepare(writer, out, used + fill);
    if (out == NULL)
        return NULL;
    int zeros = is_number && (spec->flags & F_ZERO) && !(spec->flags & F_LJUST);
    if (!zeros && !(spec->flags & F_LJUST)) {
        memset(out, ' ', (size_t)fill);
        out += fill;
    }
    if (sign != 0)
        *out++ = sign;
    if (zeros) {
        out = mempcpy(out, text, (size_t)prefix);
        memset(out, '0', (size_t)fill);
        out += fill;
        text += prefix;
        length -= prefix;
    }
    out = mempcpy(out, text, (size_t)length);
    if (spec->flags & F_LJUST) {
        memset(out, ' ', (size_t)fill);
        out += fill;
    }
    return out;
}

/* One %...; the new position or NULL. *format is behind the %. */
static char *
format_one(_PyBytesWriter *writer, char *out, const char *start, const char **format,
           const char *end, FormatArgs *args)
{
    if (*format < end && **format == '%') {
        ++*format;
        return _PyBytesWriter_WriteBytes(writer, out, "%", 1);
    }
    Spec spec;
    int is_read = spec_read(format, end, args, &spec);
    KS_OWNED PyObject *keyed = spec.keyed;
    if (!is_read)
        return NULL;
    PyObject *arg = keyed != NULL ? keyed : args_next(args);
    if (arg == NULL)
        return NULL;
    KS_OWNED PyObject *converted = convert(arg, &spec, start, *format);
    return converted == NULL ? NULL : write_padded(writer, out, converted, &spec);
}

PyObject *
_PyBytes_FormatEx(const char *format, Py_ssize_t length, PyObject *operand, int use_bytearray)
{
    FormatArgs args = {operand, NULL, -1, 0};
    if (PyTuple_Check(operand))
        args.count = PyTuple_GET_SIZE(operand);
    if (PyMapping_Check(operand) && !PyTuple_Check(operand) && !PyBytes_Check(operand) &&
        !PyUnicode_Check(operand) && !PyByteArray_Check(operand))
        args.mapping = operand;
    _PyBytesWriter writer;
    _PyBytesWriter_Init(&writer);
    writer.use_bytearray = use_bytearray;
    char *out = _PyBytesWriter_Alloc(&writer, length);
    if (out == NULL)
        return NULL;
    if (!use_bytearray)
        writer.overallocate = 1;
    const char *p = format, *end = format + length;
    while (p < end) {
        const char *percent = memchr(p, '%', (size_t)(end - p));
        const char *literal_end = percent != NULL ? percent : end;
        out = _PyBytesWriter_WriteBytes(&writer, out, p, literal_end - p);
        p = literal_end;
        if (out == NULL || percent == NULL)
            break;
        p++;
        out = format_one(&writer, out, format, &p, end, &args);
        if (out == NULL)
            break;
    }
    if (out == NULL)
        goto failed;
    if (args.mapping == NULL && (args.count == -1 || args.next < args.count)) {
        PyErr_SetString(PyExc_TypeError, "not all arguments converted during bytes formatting");
        goto failed;
    }
    return _PyBytesWriter_Finish(&writer, out);
failed:
    _PyBytesWriter_Dealloc(&writer);
    return NULL;
}

/* --- PyBytes_FromFormat: C types, %c %d %u %ld %lu %zd %zu %i %x %s %p %% --- */

/* Formats one directive at *format (behind the %) into buffer or *text; 0 if it is unknown. */
static int
c_directive(const char **format, va_list *arguments, char *buffer, size_t size, const char **text,
            Py_ssize_t *text_length)
{
    const char *p = *format;
    Py_ssize_t precision = -1;
    while (Py_ISDIGIT(*p))
        p++; /* a width is accepted and ignored */
    if (*p == '.') {
        precision = 0;
        for (p++; Py_ISDIGIT(*p); p++)
            precision = precision * 10 + (*p - '0');
    }
    int is_long = 0, is_size = 0;
    if (*p == 'l' && (p[1] == 'd' || p[1] == 'u')) {
        is_long = 1;
        p++;
    }
    else if (*p == 'z' && (p[1] == 'd' || p[1] == 'u')) {
        is_size = 1;
        p++;
    }
    *text = buffer;
    switch (*p) {
    case 'c': {
        int byte = va_arg(*arguments, int);
        if (byte < 0 || byte > 255) {
            PyErr_SetString(PyExc_OverflowError,
                            "PyBytes_FromFormatV(): %c format expects an integer in range "
                            "[0; 255]");
            return -1;
        }
        buffer[0] = (char)byte;
        *text_length = 1;
        *format = p + 1;
        return 1;
    }
    case 'd':
        if (is_long)
            snprintf(buffer, size, "%ld", va_arg(*arguments, long));
        else if (is_size)
            snprintf(buffer, size, "%zd", va_arg(*arguments, Py_ssize_t));
        else
            snprintf(buffer, size, "%d", va_arg(*arguments, int));
        break;
    case 'u':
        if (is_long)
            snprintf(buffer, size, "%lu", va_arg(*arguments, unsigned long));
        else if (is_size)
            snprintf(buffer, size, "%zu", va_arg(*arguments, size_t));
        else
            snprintf(buffer, size, "%u", va_arg(*arguments, unsigned int));
        break;
    case 'i':
        snprintf(buffer, size, "%i", va_arg(*arguments, int));
        break;
    case 'x':
        snprintf(buffer, size, "%x", va_arg(*arguments, int));
        break;
    case 'p':
        snprintf(buffer, size, "%p", va_arg(*arguments, void *));
        break;
    case 's':
        *text = va_arg(*arguments, const char *);
        *text_length = precision < 0 ? (Py_ssize_t)strlen(*text)
                                     : (Py_ssize_t)strnlen(*text, (size_t)precision);
        *format = p + 1;
        return 1;
    case '%':
        strcpy(buffer, "%");
        break;
    default:
        return 0;
    }
    *text_length = (Py_ssize_t)strlen(buffer);
    *format = p + 1;
    return 1;
}

PyObject *
PyBytes_FromFormatV(const char *format, va_list arguments)
{
    _PyBytesWriter writer;
    _PyBytesWriter_Init(&writer);
    char *out = _PyBytesWriter_Alloc(&writer, (Py_ssize_t)strlen(format));
    if (out == NULL)
        return NULL;
    writer.overallocate = 1;
    va_list rest;
    va_copy(rest, arguments);
    while (out != NULL && *format != '\0') {
        const char *literal_end = strchrnul(format, '%');
        out = _PyBytesWriter_WriteBytes(&writer, out, format, literal_end - format);
        format = literal_end;
        if (out == NULL || *format == '\0')
            break;
        char buffer[32];
        const char *text, *directive = format + 1;
        Py_ssize_t length;
        int known = c_directive(&directive, &rest, buffer, sizeof buffer, &text, &length);
        if (known < 0) {
            _PyBytesWriter_Dealloc(&writer);
            out = NULL;
        }
        else if (known) {
            out = _PyBytesWriter_WriteBytes(&writer, out, text, length);
            format = directive;
        }
        else {
            /* An unknown directive: the rest of the format is text. */
            out = _PyBytesWriter_WriteBytes(&writer, out, format, (Py_ssize_t)strlen(format));
            break;
        }
    }
    va_end(rest);
    return out == NULL ? NULL : _PyBytesWriter_Finish(&writer, out);
}

PyObject *
PyBytes_FromFormat(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    PyObject *result = PyBytes_FromFormatV(format, arguments);
    va_end(arguments);
    return result;
}
