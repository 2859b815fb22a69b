/* SPDX-License-Identifier: MIT */
/* str's three layouts and unchecked access. A compact string's characters follow its header;
 * state.kind is the width of one in bytes. */
#ifndef Py_CPYTHON_UNICODEOBJECT_H
#error "include <unicodeobject.h>, it brings this file in"
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define PY_UNICODE_TYPE wchar_t
#define SSTATE_NOT_INTERNED 0
#define SSTATE_INTERNED_MORTAL 1
#define SSTATE_INTERNED_IMMORTAL 2

#ifndef USE_UNICODE_WCHAR_CACHE
#define USE_UNICODE_WCHAR_CACHE 1
#endif

typedef wchar_t Py_UNICODE;
typedef struct {
    PyObject_HEAD
    Py_ssize_t length;
    Py_hash_t hash;
    struct {
        unsigned int interned : 2;
        unsigned int kind : 3;
        unsigned int compact : 1;
        unsigned int ascii : 1;
        unsigned int ready : 1;
        unsigned int : 24;
    } state;
    wchar_t *wstr;
} PyASCIIObject;

typedef struct {
    PyASCIIObject _base;
    Py_ssize_t utf8_length;
    char *utf8;
    Py_ssize_t wstr_length;
} PyCompactUnicodeObject;

typedef struct {
    PyCompactUnicodeObject _base;
    union {
        void *any;
        Py_UCS1 *latin1;
        Py_UCS2 *ucs2;
        Py_UCS4 *ucs4;
    } data;
} PyUnicodeObject;

enum PyUnicode_Kind {
    PyUnicode_WCHAR_KIND = 0,
    PyUnicode_1BYTE_KIND = 1,
    PyUnicode_2BYTE_KIND = 2,
    PyUnicode_4BYTE_KIND = 4,
};

typedef struct {
    PyObject *buffer;
    void *data;
    enum PyUnicode_Kind kind;
    Py_UCS4 maxchar;
    Py_ssize_t size;
    Py_ssize_t pos;
    Py_ssize_t min_length;
    Py_UCS4 min_char;
    unsigned char overallocate;
    unsigned char readonly;
} _PyUnicodeWriter;

PyAPI_DATA(const unsigned char) _Py_ascii_whitespace[];

PyAPI_FUNC(int) _PyUnicode_CheckConsistency(PyObject *op, int check_content);
PyAPI_FUNC(PyObject *) PyUnicode_New(Py_ssize_t size, Py_UCS4 maxchar);
PyAPI_FUNC(int) _PyUnicode_Ready(PyObject *unicode);
PyAPI_FUNC(PyObject *) _PyUnicode_Copy(PyObject *unicode);
PyAPI_FUNC(Py_ssize_t) PyUnicode_CopyCharacters(PyObject *to, Py_ssize_t to_start, PyObject *from,
    Py_ssize_t from_start, Py_ssize_t how_many);
PyAPI_FUNC(void) _PyUnicode_FastCopyCharacters(PyObject *to, Py_ssize_t to_start, PyObject *from,
    Py_ssize_t from_start, Py_ssize_t how_many);
PyAPI_FUNC(Py_ssize_t) PyUnicode_Fill(PyObject *unicode, Py_ssize_t start, Py_ssize_t length,
    Py_UCS4 fill_char);
PyAPI_FUNC(void) _PyUnicode_FastFill(PyObject *unicode, Py_ssize_t start, Py_ssize_t length,
    Py_UCS4 fill_char);
PyAPI_FUNC(PyObject *) PyUnicode_FromKindAndData(int kind, const void *buffer, Py_ssize_t size);
PyAPI_FUNC(PyObject *) _PyUnicode_FromASCII(const char *buffer, Py_ssize_t size);
PyAPI_FUNC(Py_UCS4) _PyUnicode_FindMaxChar(PyObject *unicode, Py_ssize_t start, Py_ssize_t end);
Py_DEPRECATED(3.3) PyAPI_FUNC(PyObject *) PyUnicode_FromUnicode(const Py_UNICODE *u,
    Py_ssize_t size);
Py_DEPRECATED(3.3) PyAPI_FUNC(Py_UNICODE *) PyUnicode_AsUnicode(PyObject *unicode);
PyAPI_FUNC(const Py_UNICODE *) _PyUnicode_AsUnicode(PyObject *unicode);
Py_DEPRECATED(3.3) PyAPI_FUNC(Py_UNICODE *) PyUnicode_AsUnicodeAndSize(PyObject *unicode,
    Py_ssize_t *size);
PyAPI_FUNC(void) _PyUnicodeWriter_Init(_PyUnicodeWriter *writer);
PyAPI_FUNC(int) _PyUnicodeWriter_PrepareInternal(_PyUnicodeWriter *writer, Py_ssize_t length,
    Py_UCS4 maxchar);
PyAPI_FUNC(int) _PyUnicodeWriter_PrepareKindInternal(_PyUnicodeWriter *writer,
    enum PyUnicode_Kind kind);
PyAPI_FUNC(int) _PyUnicodeWriter_WriteChar(_PyUnicodeWriter *writer, Py_UCS4 ch);
PyAPI_FUNC(int) _PyUnicodeWriter_WriteStr(_PyUnicodeWriter *writer, PyObject *str);
PyAPI_FUNC(int) _PyUnicodeWriter_WriteSubstring(_PyUnicodeWriter *writer, PyObject *str,
    Py_ssize_t start, Py_ssize_t end);
PyAPI_FUNC(int) _PyUnicodeWriter_WriteASCIIString(_PyUnicodeWriter *writer, const char *str,
    Py_ssize_t len);
PyAPI_FUNC(int) _PyUnicodeWriter_WriteLatin1String(_PyUnicodeWriter *writer, const char *str,
    Py_ssize_t len);
PyAPI_FUNC(PyObject *) _PyUnicodeWriter_Finish(_PyUnicodeWriter *writer);
PyAPI_FUNC(void) _PyUnicodeWriter_Dealloc(_PyUnicodeWriter *writer);
PyAPI_FUNC(int) _PyUnicode_FormatAdvancedWriter(_PyUnicodeWriter *writer, PyObject *obj,
    PyObject *format_spec, Py_ssize_t start, Py_ssize_t end);
PyAPI_FUNC(const char *) PyUnicode_AsUTF8(PyObject *unicode);
PyAPI_FUNC(PyObject *) _PyUnicode_EncodeUTF7(PyObject *unicode, int base64SetO,
    int base64WhiteSpace, const char *errors);
PyAPI_FUNC(PyObject *) _PyUnicode_AsUTF8String(PyObject *unicode, const char *errors);
PyAPI_FUNC(PyObject *) _PyUnicode_EncodeUTF32(PyObject *object, const char *errors, int byteorder);
PyAPI_FUNC(PyObject *) _PyUnicode_EncodeUTF16(PyObject *unicode, const char *errors, int byteorder);
PyAPI_FUNC(PyObject *) _PyUnicode_DecodeUnicodeEscapeStateful(const char *string, Py_ssize_t length,
    const char *errors, Py_ssize_t *consumed);
PyAPI_FUNC(PyObject *) _PyUnicode_DecodeUnicodeEscapeInternal2(const char *string,
    Py_ssize_t length, const char *errors, Py_ssize_t *consumed, int *first_invalid_escape_char,
    const char **first_invalid_escape_ptr);
PyAPI_FUNC(PyObject *) _PyUnicode_DecodeUnicodeEscapeInternal(const char *string, Py_ssize_t length,
    const char *errors, Py_ssize_t *consumed, const char **first_invalid_escape);
PyAPI_FUNC(PyObject *) _PyUnicode_DecodeRawUnicodeEscapeStateful(const char *string,
    Py_ssize_t length, const char *errors, Py_ssize_t *consumed);
PyAPI_FUNC(PyObject *) _PyUnicode_AsLatin1String(PyObject *unicode, const char *errors);
PyAPI_FUNC(PyObject *) _PyUnicode_AsASCIIString(PyObject *unicode, const char *errors);
PyAPI_FUNC(PyObject *) _PyUnicode_EncodeCharmap(PyObject *unicode, PyObject *mapping,
    const char *errors);
PyAPI_FUNC(PyObject *) _PyUnicode_TransformDecimalAndSpaceToASCII(PyObject *unicode);
PyAPI_FUNC(PyObject *) _PyUnicode_JoinArray(PyObject *separator, PyObject *const *items,
    Py_ssize_t seqlen);
PyAPI_FUNC(int) _PyUnicode_EqualToASCIIId(PyObject *left, _Py_Identifier *right);
PyAPI_FUNC(int) _PyUnicode_EqualToASCIIString(PyObject *left, const char *right);
PyAPI_FUNC(PyObject *) _PyUnicode_XStrip(PyObject *self, int striptype, PyObject *sepobj);
PyAPI_FUNC(Py_ssize_t) _PyUnicode_InsertThousandsGrouping(_PyUnicodeWriter *writer,
    Py_ssize_t n_buffer, PyObject *digits, Py_ssize_t d_pos, Py_ssize_t n_digits,
    Py_ssize_t min_width, const char *grouping, PyObject *thousands_sep, Py_UCS4 *maxchar);
PyAPI_FUNC(int) _PyUnicode_IsLowercase(Py_UCS4 ch);
PyAPI_FUNC(int) _PyUnicode_IsUppercase(Py_UCS4 ch);
PyAPI_FUNC(int) _PyUnicode_IsTitlecase(Py_UCS4 ch);
PyAPI_FUNC(int) _PyUnicode_IsXidStart(Py_UCS4 ch);
PyAPI_FUNC(int) _PyUnicode_IsXidContinue(Py_UCS4 ch);
PyAPI_FUNC(int) _PyUnicode_IsWhitespace(const Py_UCS4 ch);
PyAPI_FUNC(int) _PyUnicode_IsLinebreak(const Py_UCS4 ch);
PyAPI_FUNC(Py_UCS4) _PyUnicode_ToLowercase(Py_UCS4 ch);
PyAPI_FUNC(Py_UCS4) _PyUnicode_ToUppercase(Py_UCS4 ch);
Py_DEPRECATED(3.3) PyAPI_FUNC(Py_UCS4) _PyUnicode_ToTitlecase(Py_UCS4 ch);
PyAPI_FUNC(int) _PyUnicode_ToLowerFull(Py_UCS4 ch, Py_UCS4 *res);
PyAPI_FUNC(int) _PyUnicode_ToTitleFull(Py_UCS4 ch, Py_UCS4 *res);
PyAPI_FUNC(int) _PyUnicode_ToUpperFull(Py_UCS4 ch, Py_UCS4 *res);
PyAPI_FUNC(int) _PyUnicode_ToFoldedFull(Py_UCS4 ch, Py_UCS4 *res);
PyAPI_FUNC(int) _PyUnicode_IsCaseIgnorable(Py_UCS4 ch);
PyAPI_FUNC(int) _PyUnicode_IsCased(Py_UCS4 ch);
PyAPI_FUNC(int) _PyUnicode_ToDecimalDigit(Py_UCS4 ch);
PyAPI_FUNC(int) _PyUnicode_ToDigit(Py_UCS4 ch);
PyAPI_FUNC(double) _PyUnicode_ToNumeric(Py_UCS4 ch);
PyAPI_FUNC(int) _PyUnicode_IsDecimalDigit(Py_UCS4 ch);
PyAPI_FUNC(int) _PyUnicode_IsDigit(Py_UCS4 ch);
PyAPI_FUNC(int) _PyUnicode_IsNumeric(Py_UCS4 ch);
PyAPI_FUNC(int) _PyUnicode_IsPrintable(Py_UCS4 ch);
PyAPI_FUNC(int) _PyUnicode_IsAlpha(Py_UCS4 ch);
PyAPI_FUNC(PyObject *) _PyUnicode_FormatLong(PyObject *, int, int, int);
PyAPI_FUNC(PyObject *) _PyUnicode_FromId(_Py_Identifier *); /* borrowed */
PyAPI_FUNC(int) _PyUnicode_EQ(PyObject *, PyObject *);
PyAPI_FUNC(int) _PyUnicode_Equal(PyObject *, PyObject *);
PyAPI_FUNC(int) _PyUnicode_WideCharString_Converter(PyObject *, void *);
PyAPI_FUNC(int) _PyUnicode_WideCharString_Opt_Converter(PyObject *, void *);
PyAPI_FUNC(Py_ssize_t) _PyUnicode_ScanIdentifier(PyObject *);

#define _PyUnicode_AsString PyUnicode_AsUTF8

/* Characters: what kind they are. */
#define Py_UNICODE_ISSPACE(ch) \
    ((Py_UCS4)(ch) < 128U ? _Py_ascii_whitespace[(ch)] : _PyUnicode_IsWhitespace(ch))
#define Py_UNICODE_ISLOWER(ch) _PyUnicode_IsLowercase(ch)
#define Py_UNICODE_ISUPPER(ch) _PyUnicode_IsUppercase(ch)
#define Py_UNICODE_ISTITLE(ch) _PyUnicode_IsTitlecase(ch)
#define Py_UNICODE_ISLINEBREAK(ch) _PyUnicode_IsLinebreak(ch)
#define Py_UNICODE_ISDECIMAL(ch) _PyUnicode_IsDecimalDigit(ch)
#define Py_UNICODE_ISDIGIT(ch) _PyUnicode_IsDigit(ch)
#define Py_UNICODE_ISNUMERIC(ch) _PyUnicode_IsNumeric(ch)
#define Py_UNICODE_ISPRINTABLE(ch) _PyUnicode_IsPrintable(ch)
#define Py_UNICODE_ISALPHA(ch) _PyUnicode_IsAlpha(ch)
#define Py_UNICODE_ISALNUM(ch)                              \
    (Py_UNICODE_ISALPHA(ch) || Py_UNICODE_ISNUMERIC(ch) ||  \
     Py_UNICODE_ISDECIMAL(ch) || Py_UNICODE_ISDIGIT(ch))
#define Py_UNICODE_TOLOWER(ch) _PyUnicode_ToLowercase(ch)
#define Py_UNICODE_TOUPPER(ch) _PyUnicode_ToUppercase(ch)
#define Py_UNICODE_TOTITLE(ch) _PyUnicode_ToTitlecase(ch)
#define Py_UNICODE_TODECIMAL(ch) _PyUnicode_ToDecimalDigit(ch)
#define Py_UNICODE_TODIGIT(ch) _PyUnicode_ToDigit(ch)
#define Py_UNICODE_TONUMERIC(ch) _PyUnicode_ToNumeric(ch)

/* UTF-16 pairs. */
#define Py_UNICODE_IS_SURROGATE(ch) ((ch) >= 0xD800 && (ch) <= 0xDFFF)
#define Py_UNICODE_IS_HIGH_SURROGATE(ch) ((ch) >= 0xD800 && (ch) <= 0xDBFF)
#define Py_UNICODE_IS_LOW_SURROGATE(ch) ((ch) >= 0xDC00 && (ch) <= 0xDFFF)
#define Py_UNICODE_JOIN_SURROGATES(high, low) \
    (0x10000 + ((((Py_UCS4)(high) & 0x3FF) << 10) | ((Py_UCS4)(low) & 0x3FF)))
#define Py_UNICODE_HIGH_SURROGATE(ch) (0xD7C0 + ((ch) >> 10))
#define Py_UNICODE_LOW_SURROGATE(ch) (0xDC00 | ((ch) & 0x3FF))

#define _PyASCIIObject_CAST(object) \
    (assert(PyUnicode_Check(object)), _Py_CAST(PyASCIIObject *, (object)))
#define _PyCompactUnicodeObject_CAST(object) \
    (assert(PyUnicode_Check(object)), _Py_CAST(PyCompactUnicodeObject *, (object)))
#define _PyUnicodeObject_CAST(object) \
    (assert(PyUnicode_Check(object)), _Py_CAST(PyUnicodeObject *, (object)))

/* The bits of state. */
static inline unsigned int
PyUnicode_CHECK_INTERNED(PyObject *object)
{
    return _PyASCIIObject_CAST(object)->state.interned;
}

static inline unsigned int
PyUnicode_IS_READY(PyObject *object)
{
    return _PyASCIIObject_CAST(object)->state.ready;
}

static inline unsigned int
PyUnicode_IS_ASCII(PyObject *object)
{
    assert(PyUnicode_IS_READY(object));
    return _PyASCIIObject_CAST(object)->state.ascii;
}

static inline unsigned int
PyUnicode_IS_COMPACT(PyObject *object)
{
    return _PyASCIIObject_CAST(object)->state.compact;
}

static inline int
PyUnicode_IS_COMPACT_ASCII(PyObject *object)
{
    PyASCIIObject *string = _PyASCIIObject_CAST(object);
    return string->state.compact && string->state.ascii;
}

#define PyUnicode_KIND(object) \
    (assert(PyUnicode_IS_READY(object)), _PyASCIIObject_CAST(object)->state.kind)

/* 0, or -1 with an exception: gives a string of the old making its characters. */
static inline int
PyUnicode_READY(PyObject *object)
{
    return PyUnicode_IS_READY(object) ? 0 : _PyUnicode_Ready(object);
}

static inline Py_ssize_t
PyUnicode_GET_LENGTH(PyObject *object)
{
    assert(PyUnicode_IS_READY(object));
    return _PyASCIIObject_CAST(object)->length;
}

/* Where the characters are: behind one of the two compact headers, or elsewhere. */
static inline void *
_PyUnicode_COMPACT_DATA(PyObject *object)
{
    size_t header = PyUnicode_IS_ASCII(object) ? sizeof(PyASCIIObject)
                                               : sizeof(PyCompactUnicodeObject);
    return _Py_CAST(char *, object) + header;
}

static inline void *
_PyUnicode_NONCOMPACT_DATA(PyObject *object)
{
    assert(!PyUnicode_IS_COMPACT(object));
    assert(_PyUnicodeObject_CAST(object)->data.any != NULL);
    return _PyUnicodeObject_CAST(object)->data.any;
}

static inline void *
PyUnicode_DATA(PyObject *object)
{
    return PyUnicode_IS_COMPACT(object) ? _PyUnicode_COMPACT_DATA(object)
                                        : _PyUnicode_NONCOMPACT_DATA(object);
}

/* One character of a buffer of the kind given; the index is not checked. */
static inline Py_UCS4
PyUnicode_READ(int kind, const void *data, Py_ssize_t index)
{
    switch (kind) {
    case PyUnicode_1BYTE_KIND:
        return _Py_STATIC_CAST(const Py_UCS1 *, data)[index];
    case PyUnicode_2BYTE_KIND:
        return _Py_STATIC_CAST(const Py_UCS2 *, data)[index];
    default:
        assert(kind == PyUnicode_4BYTE_KIND);
        return _Py_STATIC_CAST(const Py_UCS4 *, data)[index];
    }
}

static inline void
PyUnicode_WRITE(int kind, void *data, Py_ssize_t index, Py_UCS4 value)
{
    switch (kind) {
    case PyUnicode_1BYTE_KIND:
        assert(value < 0x100U);
        _Py_STATIC_CAST(Py_UCS1 *, data)[index] = _Py_STATIC_CAST(Py_UCS1, value);
        break;
    case PyUnicode_2BYTE_KIND:
        assert(value < 0x10000U);
        _Py_STATIC_CAST(Py_UCS2 *, data)[index] = _Py_STATIC_CAST(Py_UCS2, value);
        break;
    default:
        assert(kind == PyUnicode_4BYTE_KIND && value < 0x110000U);
        _Py_STATIC_CAST(Py_UCS4 *, data)[index] = value;
        break;
    }
}

static inline Py_UCS4
PyUnicode_READ_CHAR(PyObject *object, Py_ssize_t index)
{
    return PyUnicode_READ(_Py_STATIC_CAST(int, PyUnicode_KIND(object)), PyUnicode_DATA(object),
                          index);
}

/* An upper bound for the characters, from the header alone. */
static inline Py_UCS4
PyUnicode_MAX_CHAR_VALUE(PyObject *object)
{
    if (PyUnicode_IS_ASCII(object))
        return 0x7fU;
    switch (PyUnicode_KIND(object)) {
    case PyUnicode_1BYTE_KIND:
        return 0xffU;
    case PyUnicode_2BYTE_KIND:
        return 0xffffU;
    default:
        return 0x10ffffU;
    }
}

/* The wchar_t form of the old interface. */
Py_DEPRECATED(3.3) static inline Py_ssize_t
PyUnicode_WSTR_LENGTH(PyObject *object)
{
    return PyUnicode_IS_COMPACT_ASCII(object)
               ? _PyASCIIObject_CAST(object)->length
               : _PyCompactUnicodeObject_CAST(object)->wstr_length;
}

_Py_COMP_DIAG_PUSH
_Py_COMP_DIAG_IGNORE_DEPR_DECLS
Py_DEPRECATED(3.3) static inline Py_UNICODE *
PyUnicode_AS_UNICODE(PyObject *object)
{
    wchar_t *ready = _PyASCIIObject_CAST(object)->wstr;
    return ready == _Py_NULL ? PyUnicode_AsUnicode(object) : ready;
}

Py_DEPRECATED(3.3) static inline Py_ssize_t
PyUnicode_GET_SIZE(PyObject *object)
{
    (void)PyUnicode_AS_UNICODE(object); /* sets the length */
    return PyUnicode_WSTR_LENGTH(object);
}

Py_DEPRECATED(3.3) static inline Py_ssize_t
PyUnicode_GET_DATA_SIZE(PyObject *object)
{
    return Py_UNICODE_SIZE * PyUnicode_GET_SIZE(object);
}

Py_DEPRECATED(3.3) static inline const char *
PyUnicode_AS_DATA(PyObject *object)
{
    return _Py_CAST(const char *, PyUnicode_AS_UNICODE(object));
}
_Py_COMP_DIAG_POP

#define PyUnicode_CHECK_INTERNED(object) PyUnicode_CHECK_INTERNED(_PyObject_CAST(object))
#define PyUnicode_IS_READY(object) PyUnicode_IS_READY(_PyObject_CAST(object))
#define PyUnicode_IS_ASCII(object) PyUnicode_IS_ASCII(_PyObject_CAST(object))
#define PyUnicode_IS_COMPACT(object) PyUnicode_IS_COMPACT(_PyObject_CAST(object))
#define PyUnicode_IS_COMPACT_ASCII(object) PyUnicode_IS_COMPACT_ASCII(_PyObject_CAST(object))
#define PyUnicode_READY(object) PyUnicode_READY(_PyObject_CAST(object))
#define PyUnicode_GET_LENGTH(object) PyUnicode_GET_LENGTH(_PyObject_CAST(object))
#define PyUnicode_DATA(object) PyUnicode_DATA(_PyObject_CAST(object))
#define PyUnicode_READ_CHAR(object, index) PyUnicode_READ_CHAR(_PyObject_CAST(object), index)
#define PyUnicode_MAX_CHAR_VALUE(object) PyUnicode_MAX_CHAR_VALUE(_PyObject_CAST(object))
#define PyUnicode_WSTR_LENGTH(object) PyUnicode_WSTR_LENGTH(_PyObject_CAST(object))
#define PyUnicode_GET_SIZE(object) PyUnicode_GET_SIZE(_PyObject_CAST(object))
#define PyUnicode_GET_DATA_SIZE(object) PyUnicode_GET_DATA_SIZE(_PyObject_CAST(object))
#define PyUnicode_AS_UNICODE(object) PyUnicode_AS_UNICODE(_PyObject_CAST(object))
#define PyUnicode_AS_DATA(object) PyUnicode_AS_DATA(_PyObject_CAST(object))
#define PyUnicode_READ(kind, data, index) \
    PyUnicode_READ(_Py_STATIC_CAST(int, kind), _Py_STATIC_CAST(const void *, data), (index))
#define PyUnicode_WRITE(kind, data, index, value)                                \
    PyUnicode_WRITE(_Py_STATIC_CAST(int, kind), _Py_CAST(void *, data), (index), \
                    _Py_STATIC_CAST(Py_UCS4, value))
#define PyUnicode_1BYTE_DATA(object) _Py_STATIC_CAST(Py_UCS1 *, PyUnicode_DATA(object))
#define PyUnicode_2BYTE_DATA(object) _Py_STATIC_CAST(Py_UCS2 *, PyUnicode_DATA(object))
#define PyUnicode_4BYTE_DATA(object) _Py_STATIC_CAST(Py_UCS4 *, PyUnicode_DATA(object))

/* Room for length more characters, the highest given; most calls find it there already. */
#define _PyUnicodeWriter_Prepare(writer, length, highest)                           \
    ((length) == 0 || ((length) <= (writer)->size - (writer)->pos &&                \
                       (highest) <= (writer)->maxchar)                              \
         ? 0                                                                        \
         : _PyUnicodeWriter_PrepareInternal((writer), (length), (highest)))
#define _PyUnicodeWriter_PrepareKind(writer, width)                  \
    (assert((width) != PyUnicode_WCHAR_KIND),                        \
     (width) > (writer)->kind                                        \
         ? _PyUnicodeWriter_PrepareKindInternal((writer), (width))   \
         : 0)

#ifdef __cplusplus
}
#endif
