/* SPDX-License-Identifier: MIT */
/* Normal forms: NFD, NFKD, NFC, NFKC (Unicode Standard Annex 15).
 *
 * The quick check answers for most text without work. Otherwise the text is decomposed into a
 * buffer, brought into canonical order as it comes, and composed in place for the C forms. */
#include "Python.h"
#include "ks_unicodedata.h"

enum { L_BASE = 0x1100, V_BASE = 0x1161, T_BASE = 0x11a7, S_BASE = 0xac00 };
enum { L_COUNT = 19, V_COUNT = 21, T_COUNT = 28, S_COUNT = L_COUNT * V_COUNT * T_COUNT };

typedef struct Form {
    int compat, compose;
    int shift; /* of its bits in the quick check */
} Form;

/* 0 and ValueError for an unknown name. */
static int
read_form(PyObject *name, Form *form)
{
    static const struct {
        const char *name;
        Form form;
    } forms[] = {
        {"NFC", {0, 1, 4}},
        {"NFKC", {1, 1, 6}},
        {"NFD", {0, 0, 0}},
        {"NFKD", {1, 0, 2}},
    };
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(forms); i++)
        if (PyUnicode_CompareWithASCIIString(name, forms[i].name) == 0) {
            *form = forms[i].form;
            return 1;
        }
    PyErr_SetString(PyExc_ValueError, "invalid normalization form");
    return 0;
}

typedef enum Answer { ANSWER_YES, ANSWER_MAYBE, ANSWER_NO } Answer;

static Answer
quick_check(PyObject *str, const Form *form)
{
    if (PyUnicode_IS_ASCII(str))
        return ANSWER_YES;
    Answer answer = ANSWER_YES;
    int kind = PyUnicode_KIND(str), before = 0;
    const void *data = PyUnicode_DATA(str);
    Py_ssize_t length = PyUnicode_GET_LENGTH(str);
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_UCS4 ch = PyUnicode_READ(kind, data, i);
        int combining = ucd_combining(ch, 0);
        if (combining != 0 && before > combining)
            return ANSWER_NO;
        before = combining;
        int check = ucd_quick_check(ch) >> form->shift & 3;
        if (check == 2)
            return ANSWER_NO;
        if (check == 1)
            answer = ANSWER_MAYBE;
    }
    return answer;
}

/* --- decomposition --- */

typedef struct Buffer {
    Py_UCS4 *codes; /* PyMem_Malloc */
    Py_ssize_t length, room;
    const Form *form;
    int old;
} Buffer;

/* Appends a character that decomposes no further, behind those of its run that order before it. */
static int
append(Buffer *buffer, Py_UCS4 ch)
{
    if (buffer->length == buffer->room) {
        Py_ssize_t room = buffer->room + buffer->room / 2 + 16;
        Py_UCS4 *codes = buffer->codes;
        PyMem_Resize(codes, Py_UCS4, room);
        if (codes == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        buffer->codes = codes;
        buffer->room = room;
    }
    Py_ssize_t at = buffer->length++;
    int combining = ucd_combining(ch, buffer->old);
    if (combining != 0)
        while (at > 0) {
            int before = ucd_combining(buffer->codes[at - 1], buffer->old);
            if (before <= combining)
                break;
            buffer->codes[at] = buffer->codes[at - 1];
            at--;
        }
    buffer->codes[at] = ch;
    return 0;
}

static int
decompose(Buffer *buffer, Py_UCS4 ch)
{
    if (ch >= S_BASE && ch < S_BASE + S_COUNT) {
        Py_UCS4 index = ch - S_BASE, tail = index % T_COUNT;
        if (append(buffer, L_BASE + index / (V_COUNT * T_COUNT)) < 0 ||
            append(buffer, V_BASE + index / T_COUNT % V_COUNT) < 0)
            return -1;
        return tail == 0 ? 0 : append(buffer, T_BASE + tail);
    }
    int tag, count;
    const uint32_t *codes = ch < 0x80 ? NULL : ucd_decomposition_of(ch, buffer->old, &tag, &count);
    if (codes == NULL || (tag != 0 && !buffer->form->compat))
        return append(buffer, ch);
    uint32_t parts[32];
    for (int i = 0; i < count; i++)
        parts[i] = codes[i];
    for (int i = 0; i < count; i++)
        if (decompose(buffer, parts[i]) < 0)
            return -1;
    return 0;
}

/* --- composition --- */

/* The composite of two characters, 0 if there is none. */
static Py_UCS4
compose_pair(Py_UCS4 first, Py_UCS4 second, int old)
{
    if (first >= L_BASE && first < L_BASE + L_COUNT && second >= V_BASE &&
        second < V_BASE + V_COUNT)
        return S_BASE + ((first - L_BASE) * V_COUNT + (second - V_BASE)) * T_COUNT;
    if (first >= S_BASE && first < S_BASE + S_COUNT && (first - S_BASE) % T_COUNT == 0 &&
        second > T_BASE && second < T_BASE + T_COUNT)
        return first + (second - T_BASE);
    Py_UCS4 composed = ucd_compose(first, second);
    return composed != 0 && ucd_is_assigned(composed, old) ? composed : 0;
}

/* Composes in place. A mark joins the last starter unless another of its class or a starter that
 * stayed stands between. */
static void
compose(Buffer *buffer)
{
    Py_ssize_t starter = -1, out = 0;
    int last_class = -1; /* of the last character kept behind the starter, -1: there is none */
    for (Py_ssize_t i = 0; i < buffer->length; i++) {
        Py_UCS4 ch = buffer->codes[i];
        int combining = ucd_combining(ch, buffer->old);
        if (starter >= 0 && (last_class < combining || last_class == -1)) {
            Py_UCS4 composed = compose_pair(buffer->codes[starter], ch, buffer->old);
            if (composed != 0) {
                buffer->codes[starter] = composed;
                continue;
            }
        }
        if (combining == 0) {
            starter = out;
            last_class = -1;
        }
        else
            last_class = combining;
        buffer->codes[out++] = ch;
    }
    buffer->length = out;
}

static PyObject *
transform(PyObject *str, const Form *form, int old)
{
    Buffer buffer = {NULL, 0, 0, form, old};
    PyObject *result = NULL;
    int kind = PyUnicode_KIND(str);
    Py_ssize_t length = PyUnicode_GET_LENGTH(str);
    for (Py_ssize_t i = 0; i < length; i++)
        if (decompose(&buffer, PyUnicode_READ(kind, PyUnicode_DATA(str), i)) < 0)
            goto done;
    if (form->compose)
        compose(&buffer);
    result = PyUnicode_FromKindAndData(PyUnicode_4BYTE_KIND, buffer.codes, buffer.length);
done:
    PyMem_Free(buffer.codes);
    return result;
}

PyObject *
ucd_normal_form(PyObject *name, PyObject *str, int old)
{
    Form form;
    if (PyUnicode_GET_LENGTH(str) == 0)
        return Py_NewRef(str);
    if (!read_form(name, &form))
        return NULL;
    /* The check's properties are today's, not those of 3.2. */
    if (!old && quick_check(str, &form) == ANSWER_YES)
        return Py_NewRef(str);
    return transform(str, &form, old);
}

PyObject *
ucd_is_normal_form(PyObject *name, PyObject *str, int old)
{
    Form form;
    if (!read_form(name, &form))
        return NULL;
    Answer answer = old ? ANSWER_MAYBE : quick_check(str, &form);
    if (answer != ANSWER_MAYBE)
        return PyBool_FromLong(answer == ANSWER_YES);
    KS_OWNED PyObject *normal = transform(str, &form, old);
    if (normal == NULL)
        return NULL;
    int order = PyUnicode_Compare(str, normal);
    if (order == -1 && PyErr_Occurred())
        return NULL;
    return PyBool_FromLong(order == 0);
}
