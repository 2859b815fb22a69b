/* SPDX-License-Identifier: MIT */
/* unicodedata: the Unicode Character Database, as of 14.0 and (in ucd_3_2_0) of 3.2.
 *
 * The functions are methods of the module and of UCD, the type of ucd_3_2_0; which of the two
 * calls tells which database is meant. The old one differs in that code points younger than 3.2
 * are unassigned and in the few decompositions that were corrected since. Names live in
 * unicodedata_names.c, normal forms in unicodedata_normalize.c. */
#include "Python.h"
#include "pycore_ucnhash.h" /* the capsule's struct, which the codecs use */
#include "ks_args.h"
#include "ks_unicodedata.h"

#define KS_UNICODE_DATABASE
#include "unicode_tables.h"

#define IS_OLD(self) (!PyModule_Check(self))

/* --- the tables --- */

static int
is_young(Py_UCS4 ch)
{
    return ucd_young_entry[ucd_young_page[ch >> 7] * 128 + (ch & 127)];
}

static const UcdRecord *
record(Py_UCS4 ch, int old)
{
    if (old && is_young(ch))
        return &ucd_records[0];
    return &ucd_records[ucd_entry[ucd_page[ch >> 7] * 128 + (ch & 127)]];
}

/* --- what 3.2 saw differently --- */

typedef struct OldText {
    uint32_t first, last;
    const char *value;
} OldText;

#define OLD_CATEGORY(first, last, value) {first, last, value},
#define OLD_BIDIRECTIONAL(first, last, value)
#define OLD_WIDTH(first, last, value)
#define OLD_MIRRORED(first, last, value)
#define OLD_DECIMAL(code, value)
static const OldText old_categories[] = {
#include "unicodedata_3_2.def"
};
#undef OLD_CATEGORY
#undef OLD_BIDIRECTIONAL
#define OLD_CATEGORY(first, last, value)
#define OLD_BIDIRECTIONAL(first, last, value) {first, last, value},
static const OldText old_bidirectional[] = {
#include "unicodedata_3_2.def"
};
#undef OLD_BIDIRECTIONAL
#undef OLD_WIDTH
#define OLD_BIDIRECTIONAL(first, last, value)
#define OLD_WIDTH(first, last, value) {first, last, value},
static const OldText old_widths[] = {
#include "unicodedata_3_2.def"
};
#undef OLD_WIDTH
#undef OLD_MIRRORED
#undef OLD_DECIMAL
#define OLD_WIDTH(first, last, value)
#define OLD_MIRRORED(first, last, value) {first, last, value},
#define OLD_DECIMAL(code, value)
static const struct {
    uint32_t first, last;
    int value;
} old_mirrored[] = {
#include "unicodedata_3_2.def"
};
#undef OLD_MIRRORED
#undef OLD_DECIMAL
#define OLD_MIRRORED(first, last, value)
#define OLD_DECIMAL(code, value) {code, value},
static const struct {
    uint32_t code;
    int value;
} old_decimals[] = {
#include "unicodedata_3_2.def"
};

/* The old text for ch, `now` if it is the same today. */
static const char *
old_text(const OldText *rows, Py_ssize_t count, Py_UCS4 ch, const char *now)
{
    for (Py_ssize_t i = 0; i < count && rows[i].first <= ch; i++)
        if (ch <= rows[i].last)
            return rows[i].value;
    return now;
}

#define PROPERTY(table, old_table, field, ch, self)                                         \
    (IS_OLD(self) && !is_young(ch)                                                          \
         ? old_text(old_table, KS_COUNT_OF(old_table), ch, table[record(ch, 1)->field])     \
         : table[record(ch, IS_OLD(self))->field])

static int
old_decimal(Py_UCS4 ch, int now)
{
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(old_decimals); i++)
        if (old_decimals[i].code == ch)
            return old_decimals[i].value;
    return now;
}

int
ucd_combining(Py_UCS4 ch, int old)
{
    return record(ch, old)->combining;
}

int
ucd_quick_check(Py_UCS4 ch)
{
    return record(ch, 0)->quick_check;
}

int
ucd_is_assigned(Py_UCS4 ch, int old)
{
    return !(old && is_young(ch));
}

const uint32_t *
ucd_decomposition_of(Py_UCS4 ch, int old, int *tag, int *count)
{
    static uint32_t original[1];
    if (old) {
        if (is_young(ch))
            return NULL;
        for (Py_ssize_t i = 0; i < KS_COUNT_OF(ucd_corrections); i++)
            if (ucd_corrections[i].code == ch) {
                original[0] = ucd_corrections[i].original;
                *tag = 0;
                *count = 1;
                return original;
            }
    }
    unsigned at = ucd_decomposition_at_entry[ucd_decomposition_at_page[ch >> 7] * 128 + (ch & 127)];
    if (at == 0)
        return NULL;
    *tag = (int)(ucd_decomposition[at] & 0xff);
    *count = (int)(ucd_decomposition[at] >> 8);
    return &ucd_decomposition[at + 1];
}

Py_UCS4
ucd_compose(Py_UCS4 first, Py_UCS4 second)
{
    Py_ssize_t low = 0, high = KS_COUNT_OF(ucd_compositions);
    while (low < high) {
        Py_ssize_t middle = low + (high - low) / 2;
        Py_UCS4 a = ucd_compositions[middle].first, b = ucd_compositions[middle].second;
        if (a < first || (a == first && b < second))
            low = middle + 1;
        else
            high = middle;
    }
    return low < KS_COUNT_OF(ucd_compositions) && ucd_compositions[low].first == first &&
                   ucd_compositions[low].second == second
               ? ucd_compositions[low].composed
               : 0;
}

/* --- arguments --- */

static int
char_arg(const char *function, int position, PyObject *arg, Py_UCS4 *ch)
{
    if (PyUnicode_Check(arg)) {
        if (PyUnicode_READY(arg) < 0)
            return 0;
        if (PyUnicode_GET_LENGTH(arg) == 1) {
            *ch = PyUnicode_READ_CHAR(arg, 0);
            return 1;
        }
    }
    const char *type = arg == Py_None ? "None" : Py_TYPE(arg)->tp_name;
    if (position == 0)
        PyErr_Format(PyExc_TypeError, "%.200s() argument must be a unicode character, not %.50s",
                     function, type);
    else
        PyErr_Format(PyExc_TypeError,
                     "%.200s() argument %d must be a unicode character, not %.50s", function,
                     position, type);
    return 0;
}

/* (chr[, default]) */
static int
default_args(const char *function, PyObject *const *args, Py_ssize_t nargs, Py_UCS4 *ch)
{
    return ks_args_count(function, nargs, 1, 2) && char_arg(function, 1, args[0], ch);
}

static PyObject *
fall_back(PyObject *const *args, Py_ssize_t nargs, const char *complaint)
{
    if (nargs > 1)
        return Py_NewRef(args[1]);
    PyErr_SetString(PyExc_ValueError, complaint);
    return NULL;
}

/* --- functions --- */

static PyObject *
ucd_decimal(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_UCS4 ch;
    if (!default_args("decimal", args, nargs, &ch))
        return NULL;
    int value = ucd_is_assigned(ch, IS_OLD(self)) ? Py_UNICODE_TODECIMAL(ch) : -1;
    if (IS_OLD(self))
        value = old_decimal(ch, value);
    return value < 0 ? fall_back(args, nargs, "not a decimal") : PyLong_FromLong(value);
}

static PyObject *
ucd_digit(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_UCS4 ch;
    if (!default_args("digit", args, nargs, &ch))
        return NULL;
    int value = Py_UNICODE_TODIGIT(ch);
    return value < 0 ? fall_back(args, nargs, "not a digit") : PyLong_FromLong(value);
}

static PyObject *
ucd_numeric(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_UCS4 ch;
    if (!default_args("numeric", args, nargs, &ch))
        return NULL;
    double value = ucd_is_assigned(ch, IS_OLD(self)) ? Py_UNICODE_TONUMERIC(ch) : -1.0;
    return value == -1.0 ? fall_back(args, nargs, "not a numeric character")
                         : PyFloat_FromDouble(value);
}

static PyObject *
ucd_category(PyObject *self, PyObject *arg)
{
    Py_UCS4 ch;
    if (!char_arg("category", 0, arg, &ch))
        return NULL;
    return PyUnicode_FromString(PROPERTY(ucd_categories, old_categories, category, ch, self));
}

static PyObject *
ucd_bidirectional_of(PyObject *self, PyObject *arg)
{
    Py_UCS4 ch;
    if (!char_arg("bidirectional", 0, arg, &ch))
        return NULL;
    return PyUnicode_FromString(
        PROPERTY(ucd_bidirectional, old_bidirectional, bidirectional, ch, self));
}

static PyObject *
ucd_combining_of(PyObject *self, PyObject *arg)
{
    Py_UCS4 ch;
    if (!char_arg("combining", 0, arg, &ch))
        return NULL;
    return PyLong_FromLong(ucd_combining(ch, IS_OLD(self)));
}

static PyObject *
ucd_mirrored(PyObject *self, PyObject *arg)
{
    Py_UCS4 ch;
    if (!char_arg("mirrored", 0, arg, &ch))
        return NULL;
    int mirrored = record(ch, IS_OLD(self))->mirrored;
    for (Py_ssize_t i = 0; IS_OLD(self) && i < KS_COUNT_OF(old_mirrored); i++)
        if (ch >= old_mirrored[i].first && ch <= old_mirrored[i].last)
            mirrored = old_mirrored[i].value;
    return PyLong_FromLong(mirrored);
}

static PyObject *
ucd_east_asian_width(PyObject *self, PyObject *arg)
{
    Py_UCS4 ch;
    if (!char_arg("east_asian_width", 0, arg, &ch))
        return NULL;
    return PyUnicode_FromString(PROPERTY(ucd_widths, old_widths, width, ch, self));
}

static PyObject *
ucd_decomposition_text(PyObject *self, PyObject *arg)
{
    Py_UCS4 ch;
    int tag, count;
    if (!char_arg("decomposition", 0, arg, &ch))
        return NULL;
    /* Corrections concern normal forms only: the text is today's. */
    const uint32_t *codes =
        IS_OLD(self) && is_young(ch) ? NULL : ucd_decomposition_of(ch, 0, &tag, &count);
    if (codes == NULL)
        return PyUnicode_FromString("");
    char text[256];
    int at = snprintf(text, sizeof(text), "%s", ucd_decomposition_tags[tag]);
    for (int i = 0; i < count && at < (int)sizeof(text) - 16; i++)
        at += snprintf(text + at, sizeof(text) - (size_t)at, at ? " %04X" : "%04X",
                       (unsigned)codes[i]);
    return PyUnicode_FromStringAndSize(text, at);
}

static PyObject *
ucd_normalize(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    PyObject *form, *str;
    if (!ks_args_count("normalize", nargs, 2, 2) || !ks_arg_str("normalize", 1, args[0], &form) ||
        !ks_arg_str("normalize", 2, args[1], &str))
        return NULL;
    return ucd_normal_form(form, str, IS_OLD(self));
}

static PyObject *
ucd_is_normalized(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    PyObject *form, *str;
    if (!ks_args_count("is_normalized", nargs, 2, 2) ||
        !ks_arg_str("is_normalized", 1, args[0], &form) ||
        !ks_arg_str("is_normalized", 2, args[1], &str))
        return NULL;
    return ucd_is_normal_form(form, str, IS_OLD(self));
}

static PyObject *
ucd_name(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_UCS4 ch;
    char name[UCD_NAME_SIZE];
    if (!default_args("name", args, nargs, &ch))
        return NULL;
    if (!ucd_is_assigned(ch, IS_OLD(self)) || !ucd_name_of(ch, name, sizeof(name), 0))
        return fall_back(args, nargs, "no such name");
    return PyUnicode_FromString(name);
}

/* KeyError for a name that need not end with a null character. */
static void
undefined_name(const char *name, Py_ssize_t size)
{
    char text[UCD_NAME_SIZE + 1];
    memcpy(text, name, (size_t)size);
    text[size] = 0;
    PyErr_Format(PyExc_KeyError, "undefined character name '%s'", text);
}

static PyObject *
ucd_lookup(PyObject *self, PyObject *arg)
{
    Py_buffer view = {NULL};
    const char *name;
    Py_ssize_t size;
    if (PyUnicode_Check(arg)) {
        name = PyUnicode_AsUTF8AndSize(arg, &size);
        if (name == NULL)
            return NULL;
    }
    else {
        if (PyObject_GetBuffer(arg, &view, PyBUF_SIMPLE) < 0)
            return NULL;
        name = view.buf;
        size = view.len;
    }
    PyObject *result = NULL;
    Py_UCS4 codes[UCD_SEQUENCE_MAX];
    if (size > UCD_NAME_SIZE)
        PyErr_SetString(PyExc_KeyError, "name too long");
    else {
        int count = ucd_codes_of(name, (int)size, !IS_OLD(self), codes);
        if (count == 0 || (IS_OLD(self) && is_young(codes[0])))
            undefined_name(name, size);
        else
            result = PyUnicode_FromKindAndData(PyUnicode_4BYTE_KIND, codes, count);
    }
    if (view.obj != NULL)
        PyBuffer_Release(&view);
    return result;
}

#define ROW(name, function, flags, signature, doc) METHOD(name, function, flags, signature, doc)

static PyMethodDef ucd_methods[] = {
    ROW("decimal", ucd_decimal, METH_FASTCALL, "($self, chr, default=<unrepresentable>, /)",
        "The character's value as a decimal digit."),
    ROW("digit", ucd_digit, METH_FASTCALL, "($self, chr, default=<unrepresentable>, /)",
        "The character's value as a digit."),
    ROW("numeric", ucd_numeric, METH_FASTCALL, "($self, chr, default=<unrepresentable>, /)",
        "The character's numeric value as a float."),
    ROW("category", ucd_category, METH_O, "($self, chr, /)", "The general category."),
    ROW("bidirectional", ucd_bidirectional_of, METH_O, "($self, chr, /)",
        "The bidirectional class, '' if there is none."),
    ROW("combining", ucd_combining_of, METH_O, "($self, chr, /)",
        "The canonical combining class, 0 if there is none."),
    ROW("mirrored", ucd_mirrored, METH_O, "($self, chr, /)",
        "1 for a character that is mirrored in right-to-left text, else 0."),
    ROW("east_asian_width", ucd_east_asian_width, METH_O, "($self, chr, /)",
        "The East Asian width."),
    ROW("decomposition", ucd_decomposition_text, METH_O, "($self, chr, /)",
        "The decomposition mapping as text, '' if there is none."),
    ROW("name", ucd_name, METH_FASTCALL, "($self, chr, default=<unrepresentable>, /)",
        "The character's name."),
    ROW("lookup", ucd_lookup, METH_O, "($self, name, /)",
        "The character, or sequence of characters, of that name."),
    ROW("is_normalized", ucd_is_normalized, METH_FASTCALL, "($self, form, unistr, /)",
        "Is the string in normal form NFC, NFKC, NFD or NFKD?"),
    ROW("normalize", ucd_normalize, METH_FASTCALL, "($self, form, unistr, /)",
        "The string in normal form NFC, NFKC, NFD or NFKD."),
    {NULL, NULL, 0, NULL},
};

/* --- UCD, the type of ucd_3_2_0 --- */

static PyObject *
ucd_version(PyObject *self, void *closure)
{
    return PyUnicode_FromString("3.2.0");
}

static PyGetSetDef ucd_getset[] = {
    {"unidata_version", ucd_version, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static void
ucd_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_Free(self);
    Py_DECREF(type);
}

static PyType_Slot ucd_slots[] = {
    {Py_tp_dealloc, ucd_dealloc},
    {Py_tp_getattro, PyObject_GenericGetAttr},
    {Py_tp_methods, ucd_methods},
    {Py_tp_getset, ucd_getset},
    {0, NULL},
};

static PyType_Spec ucd_spec = {
    .name = "unicodedata.UCD",
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = ucd_slots,
};

/* --- the module --- */

static int
capsule_name(Py_UCS4 code, char *buffer, int size, int with_alias_and_seq)
{
    return ucd_name_of(code, buffer, size, with_alias_and_seq);
}

static int
capsule_code(const char *name, int length, Py_UCS4 *code, int with_named_seq)
{
    Py_UCS4 codes[UCD_SEQUENCE_MAX];
    int count = ucd_codes_of(name, length, 1, codes);
    if (count != 1)
        return 0;
    *code = codes[0];
    return 1;
}

static _PyUnicode_Name_CAPI names_api = {capsule_name, capsule_code};

static int
unicodedata_exec(PyObject *module)
{
    if (PyModule_AddStringConstant(module, "unidata_version", "14.0.0") < 0)
        return -1;
    KS_OWNED PyObject *type = PyType_FromSpec(&ucd_spec);
    if (type == NULL || PyModule_AddObjectRef(module, "UCD", type) < 0)
        return -1;
    KS_OWNED PyObject *old = PyObject_New(PyObject, (PyTypeObject *)type);
    if (old == NULL || PyModule_AddObjectRef(module, "ucd_3_2_0", old) < 0)
        return -1;
    KS_OWNED PyObject *capsule = PyCapsule_New(&names_api, PyUnicodeData_CAPSULE_NAME, NULL);
    return capsule == NULL ? -1 : PyModule_AddObjectRef(module, "_ucnhash_CAPI", capsule);
}

static PyModuleDef_Slot unicodedata_slots[] = {
    {Py_mod_exec, unicodedata_exec},
    {0, NULL},
};

static struct PyModuleDef unicodedata_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "unicodedata",
    .m_doc = "The Unicode Character Database, version 14.0.0.",
    .m_methods = ucd_methods,
    .m_slots = unicodedata_slots,
};

PyMODINIT_FUNC
PyInit_unicodedata(void)
{
    return PyModuleDef_Init(&unicodedata_module);
}
