/* SPDX-License-Identifier: MIT */
/* int: text from numbers and numbers from text, in any base.
 *
 * Up to two digits are written directly; bases that are powers of two are read bit by bit;
 * decimals beyond that go through GMP, whose conversions are faster than quadratic. The limit of
 * sys.set_int_max_str_digits() is enforced here and only here. */
#include "Python.h"
#include "pycore_long.h"
#include "pycore_interp.h"
#include "pycore_pystate.h"
#include "ks_int.h"

unsigned char _PyLong_DigitValue[256] = {
    [0 ... '0' - 1] = 37,       ['9' + 1 ... 'A' - 1] = 37,
    ['Z' + 1 ... 'a' - 1] = 37, ['z' + 1 ... 255] = 37,
    ['0'] = 0,  ['1'] = 1,  ['2'] = 2,  ['3'] = 3,  ['4'] = 4,  ['5'] = 5,  ['6'] = 6,
    ['7'] = 7,  ['8'] = 8,  ['9'] = 9,  ['a'] = 10, ['b'] = 11, ['c'] = 12, ['d'] = 13,
    ['e'] = 14, ['f'] = 15, ['g'] = 16, ['h'] = 17, ['i'] = 18, ['j'] = 19, ['k'] = 20,
    ['l'] = 21, ['m'] = 22, ['n'] = 23, ['o'] = 24, ['p'] = 25, ['q'] = 26, ['r'] = 27,
    ['s'] = 28, ['t'] = 29, ['u'] = 30, ['v'] = 31, ['w'] = 32, ['x'] = 33, ['y'] = 34,
    ['z'] = 35, ['A'] = 10, ['B'] = 11, ['C'] = 12, ['D'] = 13, ['E'] = 14, ['F'] = 15,
    ['G'] = 16, ['H'] = 17, ['I'] = 18, ['J'] = 19, ['K'] = 20, ['L'] = 21, ['M'] = 22,
    ['N'] = 23, ['O'] = 24, ['P'] = 25, ['Q'] = 26, ['R'] = 27, ['S'] = 28, ['T'] = 29,
    ['U'] = 30, ['V'] = 31, ['W'] = 32, ['X'] = 33, ['Y'] = 34, ['Z'] = 35,
};

/* --- Number to text ---------------------------------------------------------------------------- */

/* The text of an int: sign, prefix, digits; ASCII, not terminated. */
typedef struct IntText {
    char *text; /* within block, or within inside */
    Py_ssize_t length;
    char *block;
    char inside[200];
} IntText;

static const char two_decimals[201] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
    "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
    "8081828384858687888990919293949596979899";

/* Writes backwards from end; returns the first character. */
KS_INLINE char *
decimals_before(char *end, uint64_t value)
{
    while (value >= 100) {
        end -= 2;
        memcpy(end, two_decimals + value % 100 * 2, 2);
        value /= 100;
    }
    if (value >= 10) {
        end -= 2;
        memcpy(end, two_decimals + value * 2, 2);
    }
    else {
        *--end = (char)('0' + value);
    }
    return end;
}

static int
digits_limit(void)
{
    return _PyInterpreterState_GET()->int_max_str_digits;
}

static KS_COLD int
refuse_long_text(int limit)
{
    PyErr_Format(PyExc_ValueError,
                 "Exceeds the limit (%d digits) for integer string conversion; "
                 "use sys.set_int_max_str_digits() to increase the limit", limit);
    return -1;
}

enum { TEXT_LIMBS = 9 }; /* 576 bits are 174 decimals: they fit into IntText.inside */
#define TEN_TO_19 10000000000000000000u

/* Chunks of nineteen decimals, by dividing again and again. */
static int
decimals_of_medium(IntText *out, PyLongObject *number)
{
    KsLimbs limbs;
    if (ks_limbs_from_int(&limbs, number, 0) < 0)
        return -1;
    char *end = out->inside + sizeof(out->inside), *at = end;
    for (;;) {
        mp_limb_t chunk = limbs.limb[0];
        if (limbs.count == 1 && chunk < TEN_TO_19) {
            at = decimals_before(at, chunk);
            break;
        }
        chunk = mpn_divrem_1(limbs.limb, 0, limbs.limb, limbs.count, TEN_TO_19);
        limbs.count -= limbs.limb[limbs.count - 1] == 0;
        char *start = decimals_before(at, chunk);
        at -= 19;
        memset(at, '0', (size_t)(start - at));
    }
    if (Py_SIZE(number) < 0)
        *--at = '-';
    out->text = at;
    out->length = end - at;
    ks_limbs_close(&limbs);
    return 0;
}

static int
decimals_of_long(IntText *out, PyLongObject *number)
{
    if (ks_limbs_for_digits(ks_int_count(number)) <= TEXT_LIMBS)
        return decimals_of_medium(out, number);
    size_t bits = _PyLong_NumBits((PyObject *)number);
    /* 0.30103 decimals a bit: 1233/4096 is a little less, 1234/4096 a little more. */
    size_t most = (size_t)((unsigned __int128)bits * 1234 >> 12) + 2;
    size_t least = (size_t)((unsigned __int128)(bits - 1) * 1233 >> 12);
    int limit = digits_limit();
    if (limit > 0 && least > _PY_LONG_MAX_STR_DIGITS_THRESHOLD && least > (size_t)limit)
        return refuse_long_text(limit);
    KsLimbs limbs;
    if (ks_limbs_from_int(&limbs, number, 1) < 0)
        return -1;
    out->block = PyMem_Malloc(most + 1);
    if (out->block == NULL) {
        ks_limbs_close(&limbs);
        PyErr_NoMemory();
        return -1;
    }
    unsigned char *text = (unsigned char *)out->block + 1;
    size_t length = mpn_get_str(text, 10, limbs.limb, limbs.count);
    ks_limbs_close(&limbs);
    size_t zeros = 0;
    while (zeros + 1 < length && text[zeros] == 0)
        zeros++;
    text += zeros;
    length -= zeros;
    if (limit > 0 && length > _PY_LONG_MAX_STR_DIGITS_THRESHOLD && length > (size_t)limit) {
        PyMem_Free(out->block);
        out->block = NULL;
        return refuse_long_text(limit);
    }
    for (size_t i = 0; i < length; i++)
        text[i] += '0';
    if (Py_SIZE(number) < 0) {
        *--text = '-';
        length++;
    }
    out->text = (char *)text;
    out->length = (Py_ssize_t)length;
    return 0;
}

static int
decimals_of(IntText *out, PyLongObject *number)
{
    out->block = NULL;
    if (!ks_int_is_short(number))
        return decimals_of_long(out, number);
    char *end = out->inside + sizeof(out->inside);
    int64_t value = ks_int_short_value(number);
    out->text = decimals_before(end, (uint64_t)(value < 0 ? -value : value));
    if (value < 0)
        *--out->text = '-';
    out->length = end - out->text;
    return 0;
}

/* Base 2, 8 or 16. */
static int
binary_of(IntText *out, PyLongObject *number, int base, int with_prefix)
{
    int step = base == 16 ? 4 : base == 8 ? 3 : 1;
    size_t bits = _PyLong_NumBits((PyObject *)number), room;
    if (bits > (size_t)PY_SSIZE_T_MAX - 16) {
        PyErr_SetString(PyExc_OverflowError, "int too large to format");
        return -1;
    }
    room = (bits + (size_t)step - 1) / (size_t)step + 4;
    out->block = NULL;
    char *end = out->inside + sizeof(out->inside);
    if (room > sizeof(out->inside)) {
        out->block = PyMem_Malloc(room);
        if (out->block == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        end = out->block + room;
    }
    char *at = end;
    uint64_t pending = 0;
    int have = 0;
    Py_ssize_t count = ks_int_count(number);
    for (Py_ssize_t i = 0; i < count; i++) {
        pending |= (uint64_t)number->ob_digit[i] << have;
        have += PyLong_SHIFT;
        while (i + 1 < count ? have >= step : pending != 0) {
            *--at = "0123456789abcdef"[pending & (uint64_t)(base - 1)];
            pending >>= step;
            have -= step;
        }
    }
    if (count == 0)
        *--at = '0';
    if (with_prefix) {
        *--at = base == 16 ? 'x' : base == 8 ? 'o' : 'b';
        *--at = '0';
    }
    if (Py_SIZE(number) < 0)
        *--at = '-';
    out->text = at;
    out->length = end - at;
    return 0;
}

static int
text_of(IntText *out, PyObject *object, int base, int with_prefix)
{
    if (!PyLong_Check(object)) {
        PyErr_BadInternalCall();
        return -1;
    }
    if (base == 10)
        return decimals_of(out, (PyLongObject *)object);
    if (base != 2 && base != 8 && base != 16) {
        PyErr_BadInternalCall();
        return -1;
    }
    return binary_of(out, (PyLongObject *)object, base, with_prefix);
}

static PyObject *
text_to_str(IntText *text)
{
    PyObject *str = PyUnicode_New(text->length, 127);
    if (str != NULL)
        memcpy(PyUnicode_1BYTE_DATA(str), text->text, (size_t)text->length);
    PyMem_Free(text->block);
    return str;
}

KS_NEW PyObject *
ks_int_to_decimal(PyObject *number)
{
    IntText text;
    int64_t value;
    if (ks_int_is_short((PyLongObject *)number) &&
        (value = ks_int_short_value((PyLongObject *)number)) >= 0 && value <= 9)
        return PyUnicode_FromOrdinal((int)('0' + value)); /* a shared string */
    return decimals_of(&text, (PyLongObject *)number) < 0 ? NULL : text_to_str(&text);
}

/* With prefix for bases 2, 8 and 16. */
PyObject *
_PyLong_Format(PyObject *object, int base)
{
    IntText text;
    return text_of(&text, object, base, 1) < 0 ? NULL : text_to_str(&text);
}

int
_PyLong_FormatWriter(_PyUnicodeWriter *writer, PyObject *object, int base, int alternate)
{
    IntText text;
    if (text_of(&text, object, base, alternate) < 0)
        return -1;
    int status = _PyUnicodeWriter_WriteASCIIString(writer, text.text, text.length);
    PyMem_Free(text.block);
    return status;
}

/* Appends at `at`, a position in the writer; the new position, NULL with an exception. */
char *
_PyLong_FormatBytesWriter(_PyBytesWriter *writer, char *at, PyObject *object, int base,
                          int alternate)
{
    IntText text;
    if (text_of(&text, object, base, alternate) < 0)
        return NULL;
    at = _PyBytesWriter_WriteBytes(writer, at, text.text, text.length);
    PyMem_Free(text.block);
    return at;
}

/* --- Text to number ------------------------------------------------------------------------------ */

/* Digits of one base as they stand in a text, underscores included. */
typedef struct DigitRun {
    const char *start;
    const char *end;
    Py_ssize_t count; /* digits without underscores */
} DigitRun;

/* Reads digits with single underscores between them. 0 if the run is malformed. */
static int
run_scan(DigitRun *run, const char *at, int base)
{
    char previous = 0;
    run->start = at;
    run->count = 0;
    for (; _PyLong_DigitValue[Py_CHARMASK(*at)] < base || *at == '_'; at++) {
        if (*at == '_') {
            if (previous == '_')
                break;
        }
        else {
            run->count++;
        }
        previous = *at;
    }
    run->end = at;
    return previous != '_' && run->count > 0;
}

static PyLongObject *
run_to_binary(const DigitRun *run, int base)
{
    int step = __builtin_ctz((unsigned)base), bits = 0;
    if (run->count > (PY_SSIZE_T_MAX - PyLong_SHIFT) / step) {
        PyErr_SetString(PyExc_ValueError, "int string too large to convert");
        return NULL;
    }
    Py_ssize_t count = (run->count * step + PyLong_SHIFT - 1) / PyLong_SHIFT, made = 0;
    PyLongObject *number = ks_int_new(count);
    if (number == NULL)
        return NULL;
    uint64_t pending = 0;
    for (const char *at = run->end; at-- > run->start;) {
        if (*at == '_')
            continue;
        pending |= (uint64_t)_PyLong_DigitValue[Py_CHARMASK(*at)] << bits;
        bits += step;
        if (bits >= PyLong_SHIFT) {
            number->ob_digit[made++] = (digit)(pending & PyLong_MASK);
            pending >>= PyLong_SHIFT;
            bits -= PyLong_SHIFT;
        }
    }
    if (bits > 0)
        number->ob_digit[made++] = (digit)pending;
    Py_SET_SIZE(number, made);
    return number;
}

enum { RUN_SHORT = 170 }; /* characters that run_to_medium() takes */

/* By multiplying with the base's largest power in a limb and adding. */
static PyLongObject *
run_to_medium(const DigitRun *run, int base)
{
    mp_limb_t limbs[RUN_SHORT * 6 / 64 + 2];
    Py_ssize_t count = 0;
    const char *at = run->start;
    while (at < run->end) {
        mp_limb_t chunk = 0, scale = 1, next;
        while (at < run->end && !__builtin_mul_overflow(scale, (mp_limb_t)base, &next)) {
            if (*at != '_') {
                chunk = chunk * (unsigned)base + _PyLong_DigitValue[Py_CHARMASK(*at)];
                scale = next;
            }
            at++;
        }
        mp_limb_t carry = count ? mpn_mul_1(limbs, limbs, count, scale) : 0;
        if (count)
            carry += mpn_add_1(limbs, limbs, count, chunk);
        else
            carry = chunk;
        if (carry)
            limbs[count++] = carry;
    }
    return ks_int_from_limbs(limbs, count, 0);
}

static PyLongObject *
run_to_limbs(const DigitRun *run, int base)
{
    if (run->count <= RUN_SHORT)
        return run_to_medium(run, base);
    KsLimbs limbs;
    PyLongObject *number = NULL;
    size_t length = 0;
    unsigned char *values = PyMem_Malloc((size_t)run->count);
    if (values == NULL)
        return (PyLongObject *)PyErr_NoMemory();
    for (const char *at = run->start; at < run->end; at++) {
        unsigned char value = _PyLong_DigitValue[Py_CHARMASK(*at)];
        if (*at != '_' && (value != 0 || length > 0))
            values[length++] = value;
    }
    int bits = 32 - __builtin_clz((unsigned)base - 1); /* of one digit, rounded up */
    if (length == 0)
        number = (PyLongObject *)ks_int_small(0);
    else if (ks_limbs_open(&limbs, (Py_ssize_t)(length / 64 + 1) * bits + 2) == 0) {
        limbs.count = (Py_ssize_t)mpn_set_str(limbs.limb, values, length, base);
        number = ks_int_from_limbs(limbs.limb, limbs.count, 0);
        ks_limbs_close(&limbs);
    }
    PyMem_Free(values);
    return number;
}

/* The magnitude; NULL with ValueError if the decimal is longer than allowed. */
static PyLongObject *
run_to_int(const DigitRun *run, int base)
{
    if (run->count <= 11) { /* 36**11 < 2**60 */
        uint64_t value = 0;
        for (const char *at = run->start; at < run->end; at++) {
            if (*at != '_')
                value = value * (unsigned)base + _PyLong_DigitValue[Py_CHARMASK(*at)];
        }
        return (PyLongObject *)ks_int_from_u64(value);
    }
    if ((base & (base - 1)) == 0)
        return run_to_binary(run, base);
    if (run->count > _PY_LONG_MAX_STR_DIGITS_THRESHOLD) {
        int limit = digits_limit();
        if (limit > 0 && run->count > limit) {
            PyErr_Format(PyExc_ValueError,
                         "Exceeds the limit (%d digits) for integer string conversion: "
                         "value has %zd digits; use sys.set_int_max_str_digits() to increase "
                         "the limit", limit, run->count);
            return NULL;
        }
    }
    if (run->count <= 18 && base <= 10) {
        uint64_t value = 0;
        for (const char *at = run->start; at < run->end; at++) {
            if (*at != '_')
                value = value * (unsigned)base + (unsigned)(*at - '0');
        }
        return (PyLongObject *)ks_int_from_u64(value);
    }
    return run_to_limbs(run, base);
}

static const char *
skip_spaces(const char *at)
{
    while (Py_ISSPACE(Py_CHARMASK(*at)))
        at++;
    return at;
}

/* The base that a prefix announces: 16, 8 or 2; 0 without one. */
static int
prefix_base(const char *at)
{
    if (at[0] != '0')
        return 0;
    switch (at[1]) {
    case 'x':
    case 'X':
        return 16;
    case 'o':
    case 'O':
        return 8;
    case 'b':
    case 'B':
        return 2;
    default:
        return 0;
    }
}

/* Reads a whole literal. Result and *end as PyLong_FromString; NULL without an exception when
 * the text is malformed, *end is then where reading stopped. */
static PyObject *
literal_to_int(const char *text, int base, const char **end)
{
    int is_negative = 0, must_be_zero = 0;
    text = skip_spaces(text);
    if (*text == '+' || *text == '-')
        is_negative = *text++ == '-';
    int announced = prefix_base(text);
    if (base == 0) {
        base = announced ? announced : 10;
        must_be_zero = !announced && *text == '0'; /* "012" is not an octal any more */
    }
    if (announced == base) {
        text += 2;
        text += *text == '_';
    }
    *end = text;
    if (*text == '_')
        return NULL;
    DigitRun run;
    int is_run = run_scan(&run, text, base);
    *end = run.end;
    if (!is_run)
        return NULL;
    PyLongObject *number = run_to_int(&run, base);
    if (number == NULL) {
        *end = NULL;
        return NULL;
    }
    *end = skip_spaces(run.end);
    if (**end != '\0' || (must_be_zero && Py_SIZE(number) != 0)) {
        Py_DECREF(number);
        return NULL;
    }
    if (is_negative && Py_SIZE(number) != 0) {
        ks_int_normalise(number);
        if (ks_int_is_short(number)) {
            int64_t value = ks_int_short_value(number);
            Py_DECREF(number);
            return ks_int_from_i64(-value);
        }
        Py_SET_SIZE(number, -Py_SIZE(number));
    }
    return ks_int_finish(number);
}

static KS_COLD void
refuse_literal(int base, PyObject *shown)
{
    if (shown != NULL && !PyErr_Occurred())
        PyErr_Format(PyExc_ValueError, "invalid literal for int() with base %d: %.200R", base,
                     shown);
}

/* The base that messages about a C string name: what base 0 came to mean, where that is clear. */
static KS_COLD int
base_understood(const char *text, int base)
{
    text = skip_spaces(text);
    text += *text == '+' || *text == '-';
    if (base != 0 || (*text == '0' && !prefix_base(text)))
        return base;
    return *text == '0' ? prefix_base(text) : 10;
}

PyObject *
PyLong_FromString(const char *text, char **end, int base)
{
    if ((base != 0 && base < 2) || base > 36) {
        PyErr_SetString(PyExc_ValueError, "int() arg 2 must be >= 2 and <= 36");
        return NULL;
    }
    const char *stop;
    PyObject *number = literal_to_int(text, base, &stop);
    if (end != NULL && stop != NULL)
        *end = (char *)stop;
    if (number == NULL && !PyErr_Occurred()) {
        size_t length = strnlen(text, 200);
        KS_OWNED PyObject *shown = PyUnicode_FromStringAndSize(text, (Py_ssize_t)length);
        refuse_literal(base_understood(text, base), shown);
    }
    return number;
}

/* From a text of known length that ends in a nul; `shown` is quoted when it is malformed. */
static PyObject *
int_from_text(const char *text, Py_ssize_t length, int base, PyObject *shown)
{
    const char *stop;
    if ((base != 0 && base < 2) || base > 36) {
        PyErr_SetString(PyExc_ValueError, "int() arg 2 must be >= 2 and <= 36");
        return NULL;
    }
    PyObject *number = literal_to_int(text, base, &stop);
    if (number != NULL && stop == text + length)
        return number;
    Py_XDECREF(number);
    refuse_literal(base, shown);
    return NULL;
}

PyObject *
_PyLong_FromBytes(const char *text, Py_ssize_t length, int base)
{
    const char *stop;
    PyObject *number = literal_to_int(text, base, &stop);
    if (number != NULL && stop == text + length)
        return number;
    Py_XDECREF(number);
    KS_OWNED PyObject *shown = PyErr_Occurred() ? NULL : PyBytes_FromStringAndSize(text, length);
    refuse_literal(base, shown);
    return NULL;
}

/* Any Unicode decimal digits and spaces. */
PyObject *
PyLong_FromUnicodeObject(PyObject *str, int base)
{
    if (PyUnicode_READY(str) < 0)
        return NULL;
    if (PyUnicode_IS_COMPACT_ASCII(str)) {
        return int_from_text((const char *)PyUnicode_1BYTE_DATA(str), PyUnicode_GET_LENGTH(str),
                             base, str);
    }
    KS_OWNED PyObject *plain = _PyUnicode_TransformDecimalAndSpaceToASCII(str);
    if (plain == NULL)
        return NULL;
    Py_ssize_t length;
    const char *text = PyUnicode_AsUTF8AndSize(plain, &length);
    return text == NULL ? NULL : int_from_text(text, length, base, str);
}
