/* SPDX-License-Identifier: MIT */
/* What can be asked of any object except its attributes: text forms, comparison, hash, truth,
 * callability, dir(), and the guard against endless repr(). Attributes are in object_attr.c. */
#include "Python.h"
#include "pycore_call.h"
#include "pycore_ceval.h"
#include "pycore_global_strings.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"
#include "pycore_tuple.h"
#include "ks_int.h"
#include "ks_object.h"
#include "ks_str.h"

/* ---- text ---- */

/* Takes text over and passes it on if it is a str; else TypeError naming the method. */
static PyObject *
text_check(KS_STEALS PyObject *text, const char *method)
{
    if (text == NULL || PyUnicode_Check(text))
        return text;
    PyErr_Format(PyExc_TypeError, "%s returned non-string (type %.200s)", method,
                 Py_TYPE(text)->tp_name);
    Py_DECREF(text);
    return NULL;
}

PyObject *
PyObject_Repr(PyObject *object)
{
    if (object == NULL)
        return PyUnicode_FromString("<NULL>");
    PyTypeObject *type = Py_TYPE(object);
    if (type->tp_repr == NULL)
        return PyUnicode_FromFormat("<%s object at %p>", type->tp_name, object);
    PyThreadState *tstate = _PyThreadState_GET();
    if (_Py_EnterRecursiveCallTstate(tstate, " while getting the repr of an object"))
        return NULL;
    PyObject *text = type->tp_repr(object);
    _Py_LeaveRecursiveCallTstate(tstate);
    return text_check(text, "__repr__");
}

PyObject *
PyObject_Str(PyObject *object)
{
    if (object == NULL)
        return PyUnicode_FromString("<NULL>");
    if (PyUnicode_CheckExact(object))
        return Py_NewRef(object);
    if (Py_TYPE(object)->tp_str == NULL)
        return PyObject_Repr(object);
    PyThreadState *tstate = _PyThreadState_GET();
    if (_Py_EnterRecursiveCallTstate(tstate, " while getting the str of an object"))
        return NULL;
    PyObject *text = Py_TYPE(object)->tp_str(object);
    _Py_LeaveRecursiveCallTstate(tstate);
    return text_check(text, "__str__");
}

/* Characters a code point takes in an ASCII text: itself, \xhh, \uhhhh or \Uhhhhhhhh. */
static Py_ssize_t
escaped_length(Py_UCS4 character)
{
    return character < 0x80 ? 1 : character < 0x100 ? 4 : character < 0x10000 ? 6 : 10;
}

static KS_NEW PyObject *
escape_non_ascii(PyObject *text)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(text), needed = 0;
    int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_ssize_t more = escaped_length(PyUnicode_READ(kind, data, i));
        if (needed > PY_SSIZE_T_MAX - more)
            return PyErr_NoMemory();
        needed += more;
    }
    PyObject *result = PyUnicode_New(needed, 0x7f);
    if (result == NULL)
        return NULL;
    Py_UCS1 *out = PyUnicode_1BYTE_DATA(result);
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_UCS4 character = PyUnicode_READ(kind, data, i);
        Py_ssize_t count = escaped_length(character);
        if (count == 1) {
            *out++ = (Py_UCS1)character;
            continue;
        }
        *out++ = '\\';
        *out++ = count == 4 ? 'x' : count == 6 ? 'u' : 'U';
        for (Py_ssize_t digits = count - 2; digits-- > 0;)
            *out++ = (Py_UCS1)Py_hexdigits[(character >> (4 * digits)) & 15];
    }
    return result;
}

PyObject *
PyObject_ASCII(PyObject *object)
{
    PyObject *text = PyObject_Repr(object);
    if (text == NULL || PyUnicode_IS_ASCII(text))
        return text;
    PyObject *result = escape_non_ascii(text);
    Py_DECREF(text);
    return result;
}

PyObject *
PyObject_Bytes(PyObject *object)
{
    if (object == NULL)
        return PyBytes_FromString("<NULL>");
    if (PyBytes_CheckExact(object))
        return Py_NewRef(object);
    PyObject *method = _PyObject_LookupSpecial(object, &_Py_ID(__bytes__));
    if (method == NULL)
        return PyErr_Occurred() ? NULL : PyBytes_FromObject(object);
    PyObject *result = _PyObject_CallNoArgs(method);
    Py_DECREF(method);
    if (result != NULL && !PyBytes_Check(result)) {
        PyErr_Format(PyExc_TypeError, "__bytes__ returned non-bytes (type %.200s)",
                     Py_TYPE(result)->tp_name);
        Py_CLEAR(result);
    }
    return result;
}

/* Writes str() or repr() to a C stream. -1 with an exception. */
int
PyObject_Print(PyObject *object, FILE *stream, int flags)
{
    int result = 0;
    clearerr(stream);
    if (object == NULL) {
        fprintf(stream, "<nil>");
    }
    else if (Py_REFCNT(object) <= 0) {
        fprintf(stream, "<refcnt %zd at %p>", Py_REFCNT(object), (void *)object);
    }
    else {
        PyObject *text =
            (flags & Py_PRINT_RAW) ? PyObject_Str(object) : PyObject_Repr(object);
        if (text == NULL)
            return -1;
        PyObject *bytes = PyUnicode_AsEncodedString(text, "utf-8", "backslashreplace");
        Py_DECREF(text);
        if (bytes == NULL)
            return -1;
        fwrite(PyBytes_AS_STRING(bytes), 1, (size_t)PyBytes_GET_SIZE(bytes), stream);
        Py_DECREF(bytes);
    }
    if (ferror(stream)) {
        PyErr_SetFromErrno(PyExc_OSError);
        clearerr(stream);
        result = -1;
    }
    return result;
}

/* How an error message names a function: "module.qualname()", without "builtins.". */
PyObject *
_PyObject_FunctionStr(PyObject *function)
{
    PyObject *found;
    if (_PyObject_LookupAttr(function, &_Py_ID(__qualname__), &found) < 0)
        return NULL;
    if (found == NULL)
        return PyObject_Str(function);
    KS_OWNED PyObject *qualname = found;
    if (_PyObject_LookupAttr(function, &_Py_ID(__module__), &found) < 0)
        return NULL;
    KS_OWNED PyObject *module = found;
    if (module != NULL && module != Py_None) {
        int differs = PyObject_RichCompareBool(module, &_Py_ID(builtins), Py_NE);
        if (differs < 0)
            return NULL;
        if (differs)
            return PyUnicode_FromFormat("%S.%S()", module, qualname);
    }
    return PyUnicode_FromFormat("%S()", qualname);
}

/* ---- comparison ---- */

/* The operator as the right operand sees it. */
int _Py_SwappedOp[] = {Py_GT, Py_GE, Py_EQ, Py_NE, Py_LT, Py_LE};

static const char *const op_texts[] = {"<", "<=", "==", "!=", ">", ">="};

/* One side's answer; NULL with *answered = 1 is an error, with 0 "not implemented". */
KS_INLINE PyObject *
compare_ask(richcmpfunc compare, PyObject *self, PyObject *other, int op, int *answered)
{
    PyObject *result = compare(self, other, op);
    *answered = result != Py_NotImplemented;
    if (!*answered) {
        Py_DECREF(result);
        return NULL;
    }
    return result;
}

static PyObject *
compare(PyThreadState *tstate, PyObject *left, PyObject *right, int op)
{
    PyTypeObject *left_type = Py_TYPE(left), *right_type = Py_TYPE(right);
    int asked_right = 0, answered;
    PyObject *result;
    /* A right operand of a more derived class goes first: it may know better. */
    if (left_type != right_type && right_type->tp_richcompare != NULL &&
        PyType_IsSubtype(right_type, left_type)) {
        asked_right = 1;
        result = compare_ask(right_type->tp_richcompare, right, left, _Py_SwappedOp[op], &answered);
        if (answered)
            return result;
    }
    if (Py_TYPE(left)->tp_richcompare != NULL) {
        result = compare_ask(Py_TYPE(left)->tp_richcompare, left, right, op, &answered);
        if (answered)
            return result;
    }
    if (!asked_right && Py_TYPE(right)->tp_richcompare != NULL) {
        result = compare_ask(Py_TYPE(right)->tp_richcompare, right, left, _Py_SwappedOp[op],
                             &answered);
        if (answered)
            return result;
    }
    if (op == Py_EQ)
        return PyBool_FromLong(left == right);
    if (op == Py_NE)
        return PyBool_FromLong(left != right);
    _PyErr_Format(tstate, PyExc_TypeError,
                  "'%s' not supported between instances of '%.100s' and '%.100s'", op_texts[op],
                  Py_TYPE(left)->tp_name, Py_TYPE(right)->tp_name);
    return NULL;
}

PyObject *
PyObject_RichCompare(PyObject *left, PyObject *right, int op)
{
    PyThreadState *tstate = _PyThreadState_GET();
    if (left == NULL || right == NULL) {
        if (!_PyErr_Occurred(tstate))
            PyErr_BadInternalCall();
        return NULL;
    }
    if (_Py_EnterRecursiveCallTstate(tstate, " in comparison"))
        return NULL;
    PyObject *result = compare(tstate, left, right, op);
    _Py_LeaveRecursiveCallTstate(tstate);
    return result;
}

/* The answer for two short ints or two strs; -1 if it is another case. */
KS_INLINE int
compare_plain(PyObject *left, PyObject *right, int op)
{
    PyTypeObject *type = Py_TYPE(left);
    if (type != Py_TYPE(right))
        return -1;
    if (type == &PyLong_Type) {
        PyLongObject *a = (PyLongObject *)left, *b = (PyLongObject *)right;
        if (!ks_int_is_short(a) || !ks_int_is_short(b))
            return -1;
        int64_t x = ks_int_short_value(a), y = ks_int_short_value(b);
        switch (op) {
        case Py_EQ:
            return x == y;
        case Py_NE:
            return x != y;
        case Py_LT:
            return x < y;
        case Py_LE:
            return x <= y;
        case Py_GT:
            return x > y;
        case Py_GE:
            return x >= y;
        default:
            return -1;
        }
    }
    if (type == &PyUnicode_Type && PyUnicode_IS_READY(left) && PyUnicode_IS_READY(right)) {
        if (op == Py_EQ || op == Py_NE)
            return ks_str_equal(left, right) == (op == Py_EQ);
        PyObject *answer = ks_str_richcompare(left, right, op);
        if (answer == Py_True || answer == Py_False) {
            Py_DECREF(answer);
            return answer == Py_True;
        }
        Py_XDECREF(answer);
    }
    return -1;
}

int
PyObject_RichCompareBool(PyObject *left, PyObject *right, int op)
{
    if (left == right) {
        if (op == Py_EQ)
            return 1;
        if (op == Py_NE)
            return 0;
    }
    int known = left == NULL || right == NULL ? -1 : compare_plain(left, right, op);
    if (known >= 0)
        return known;
    PyObject *result = PyObject_RichCompare(left, right, op);
    if (result == NULL)
        return -1;
    int truth = PyBool_Check(result) ? result == Py_True : PyObject_IsTrue(result);
    Py_DECREF(result);
    return truth;
}

/* ---- hash, truth, callability ---- */

Py_hash_t
PyObject_HashNotImplemented(PyObject *object)
{
    PyErr_Format(PyExc_TypeError, "unhashable type: '%.200s'", Py_TYPE(object)->tp_name);
    return -1;
}

/* A static type of an extension that was never made ready may still inherit a hash. */
static KS_NOINLINE Py_hash_t
hash_late(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    if (!_PyType_IsReady(type)) {
        if (PyType_Ready(type) < 0)
            return -1;
        if (type->tp_hash != NULL)
            return type->tp_hash(object);
    }
    return PyObject_HashNotImplemented(object);
}

Py_hash_t
PyObject_Hash(PyObject *object)
{
    hashfunc hash = Py_TYPE(object)->tp_hash;
    return KS_LIKELY(hash != NULL) ? hash(object) : hash_late(object);
}

int
PyObject_IsTrue(PyObject *object)
{
    if (object == Py_True)
        return 1;
    if (object == Py_False || object == Py_None)
        return 0;
    PyTypeObject *type = Py_TYPE(object);
    Py_ssize_t result;
    if (type == &PyLong_Type)
        return Py_SIZE(object) != 0;
    if (type->tp_as_number != NULL && type->tp_as_number->nb_bool != NULL)
        result = type->tp_as_number->nb_bool(object);
    else if (type->tp_as_mapping != NULL && type->tp_as_mapping->mp_length != NULL)
        result = type->tp_as_mapping->mp_length(object);
    else if (type->tp_as_sequence != NULL && type->tp_as_sequence->sq_length != NULL)
        result = type->tp_as_sequence->sq_length(object);
    else
        return 1;
    return result > 0 ? 1 : (int)result;
}

int
PyObject_Not(PyObject *object)
{
    int truth = PyObject_IsTrue(object);
    return truth < 0 ? truth : !truth;
}

int
PyCallable_Check(PyObject *object)
{
    return object != NULL && Py_TYPE(object)->tp_call != NULL;
}

PyObject *
PyObject_SelfIter(PyObject *self)
{
    return Py_NewRef(self);
}

/* tp_iternext of classes that must not count as iterators although a base does. */
PyObject *
_PyObject_NextNotImplemented(PyObject *self)
{
    PyErr_Format(PyExc_TypeError, "'%.200s' object is not iterable", Py_TYPE(self)->tp_name);
    return NULL;
}

/* ---- dir() ---- */

static KS_NEW PyObject *
dir_locals(void)
{
    PyObject *locals = PyEval_GetLocals();
    if (locals == NULL)
        return NULL;
    PyObject *names = PyMapping_Keys(locals);
    if (names == NULL)
        return NULL;
    if (!PyList_Check(names)) {
        PyErr_Format(PyExc_TypeError, "dir(): expected keys() of locals to be a list, not '%.200s'",
                     Py_TYPE(names)->tp_name);
        Py_DECREF(names);
        return NULL;
    }
    if (PyList_Sort(names) < 0)
        Py_CLEAR(names);
    return names;
}

PyObject *
PyObject_Dir(PyObject *object)
{
    if (object == NULL)
        return dir_locals();
    KS_OWNED PyObject *method = _PyObject_LookupSpecial(object, &_Py_ID(__dir__));
    if (method == NULL) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_TypeError, "object does not provide __dir__");
        return NULL;
    }
    KS_OWNED PyObject *given = _PyObject_CallNoArgs(method);
    if (given == NULL)
        return NULL;
    KS_OWNED PyObject *names = PySequence_List(given);
    if (names == NULL || PyList_Sort(names) < 0)
        return NULL;
    return ks_give(&names);
}

/* ---- objects whose repr is under way ---- */

/* 0: go on and call Py_ReprLeave when done. 1: already under way in this thread. -1: error. */
int
Py_ReprEnter(PyObject *object)
{
    PyObject *dict = PyThreadState_GetDict();
    if (dict == NULL)
        return 0; /* without a thread's dict there is no protection, and no error either */
    PyObject *list = PyDict_GetItemWithError(dict, &_Py_ID(Py_Repr));
    if (list == NULL) {
        if (PyErr_Occurred())
            return -1;
        KS_OWNED PyObject *fresh = PyList_New(0);
        if (fresh == NULL || PyDict_SetItem(dict, &_Py_ID(Py_Repr), fresh) < 0)
            return -1;
        list = fresh; /* the dict holds it */
    }
    for (Py_ssize_t i = PyList_GET_SIZE(list); --i >= 0;) {
        if (PyList_GET_ITEM(list, i) == object)
            return 1;
    }
    return PyList_Append(list, object);
}

/* Keeps whatever exception is set. */
void
Py_ReprLeave(PyObject *object)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyObject *dict = PyThreadState_GetDict();
    PyObject *list = dict == NULL ? NULL : PyDict_GetItemWithError(dict, &_Py_ID(Py_Repr));
    if (list != NULL && PyList_Check(list)) {
        for (Py_ssize_t i = PyList_GET_SIZE(list); --i >= 0;) {
            if (PyList_GET_ITEM(list, i) == object) {
                PyList_SetSlice(list, i, i + 1, NULL);
                break;
            }
        }
    }
    PyErr_Restore(type, value, traceback);
}
