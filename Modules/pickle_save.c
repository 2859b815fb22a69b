/* SPDX-License-Identifier: MIT */
/* Saving objects: which opcodes an object becomes in each protocol. Every function answers 0, or
 * -1 with an exception. */
#include "pickle_output.h"

static int
put_op(PicklerObject *self, int op)
{
    char byte = (char)op;
    return ks_pickle_put(self, &byte, 1);
}

/* op and count little-endian bytes of value. */
static int
put_number(PicklerObject *self, int op, size_t value, int count)
{
    char bytes[9] = {(char)op};
    for (int i = 0; i < count; i++)
        bytes[1 + i] = (char)(unsigned char)(value >> (8 * i));
    return ks_pickle_put(self, bytes, count + 1);
}

static int
put_line(PicklerObject *self, int op, Py_ssize_t value)
{
    char text[32];
    return ks_pickle_put(self, text, snprintf(text, sizeof text, "%c%zd\n", op, value));
}

static int
memo_get(PicklerObject *self, PyObject *object)
{
    MemoEntry *entry = ks_pickle_memo_find(self, object);
    if (entry == NULL) {
        PyErr_SetObject(PyExc_KeyError, object);
        return -1;
    }
    if (!self->bin)
        return put_line(self, OP_GET, entry->index);
    return entry->index < 256 ? put_number(self, OP_BINGET, (size_t)entry->index, 1)
                              : put_number(self, OP_LONG_BINGET, (size_t)entry->index, 4);
}

static int
memo_put(PicklerObject *self, PyObject *object)
{
    if (self->fast)
        return 0;
    Py_ssize_t index = self->memo_used;
    if (ks_pickle_memo_add(self, object, index) < 0)
        return -1;
    if (self->proto >= 4)
        return put_op(self, OP_MEMOIZE);
    if (!self->bin)
        return put_line(self, OP_PUT, index);
    return index < 256 ? put_number(self, OP_BINPUT, (size_t)index, 1)
                       : put_number(self, OP_LONG_BINPUT, (size_t)index, 4);
}

static int save_reduce(PicklerObject *self, PyObject *reduced, PyObject *object);
static int save_global(PicklerObject *self, PyObject *object, PyObject *name);

/* Saves reduced, which is taken over, as the way to make object. */
static int
save_made(PicklerObject *self, KS_STEALS PyObject *reduced, PyObject *object)
{
    if (reduced == NULL)
        return -1;
    int status = save_reduce(self, reduced, object);
    Py_DECREF(reduced);
    return status;
}

/* ---- numbers and texts --------------------------------------------------------------------- */

static int
save_bool(PicklerObject *self, PyObject *object)
{
    if (self->proto >= 2)
        return put_op(self, object == Py_True ? OP_NEWTRUE : OP_NEWFALSE);
    return ks_pickle_put(self, object == Py_True ? "I01\n" : "I00\n", 4);
}

static int
save_long(PicklerObject *self, PyObject *object)
{
    int overflow;
    long value = PyLong_AsLongAndOverflow(object, &overflow);
    if (value == -1 && PyErr_Occurred())
        return -1;
    if (!overflow && value >= -0x80000000L && value <= 0x7fffffffL) {
        if (!self->bin)
            return put_line(self, OP_INT, value);
        if (value >= 0 && value <= 0xff)
            return put_number(self, OP_BININT1, (size_t)value, 1);
        if (value >= 0 && value <= 0xffff)
            return put_number(self, OP_BININT2, (size_t)value, 2);
        return put_number(self, OP_BININT, (size_t)value, 4);
    }
    if (self->proto < 2) {
        KS_OWNED PyObject *text = PyObject_Repr(object);
        Py_ssize_t length;
        const char *digits = text == NULL ? NULL : PyUnicode_AsUTF8AndSize(text, &length);
        return digits == NULL || put_op(self, OP_LONG) < 0 || ks_pickle_put(self, digits, length) < 0 ? -1
               : ks_pickle_put(self, "L\n", 2);
    }
    size_t bits = _PyLong_NumBits(object);
    if (bits == (size_t)-1 && PyErr_Occurred())
        return -1;
    size_t count = (bits >> 3) + 1;
    if (count > 0x7fffffffUL) {
        PyErr_SetString(PyExc_OverflowError, "int too large to pickle");
        return -1;
    }
    KS_OWNED PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)count);
    if (bytes == NULL)
        return -1;
    unsigned char *raw = (unsigned char *)PyBytes_AS_STRING(bytes);
    if (_PyLong_AsByteArray((PyLongObject *)object, raw, count, 1, 1) < 0)
        return -1;
    /* The byte for the sign is needless when the one below already shows it. */
    if (_PyLong_Sign(object) < 0 && count > 1 && raw[count - 1] == 0xff && raw[count - 2] & 0x80)
        count--;
    if ((count < 256 ? put_number(self, OP_LONG1, count, 1) : put_number(self, OP_LONG4, count, 4)) < 0)
        return -1;
    return ks_pickle_put(self, (char *)raw, (Py_ssize_t)count);
}

static int
save_float(PicklerObject *self, PyObject *object)
{
    double value = PyFloat_AS_DOUBLE(object);
    if (self->bin) {
        char bytes[9] = {OP_BINFLOAT};
        return PyFloat_Pack8(value, bytes + 1, 0) < 0 ? -1 : ks_pickle_put(self, bytes, 9);
    }
    char *text = PyOS_double_to_string(value, 'r', 0, Py_DTSF_ADD_DOT_0, NULL);
    if (text == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    int status = put_op(self, OP_FLOAT) < 0 || ks_pickle_put(self, text, (Py_ssize_t)strlen(text)) < 0
                     ? -1
                     : put_op(self, '\n');
    PyMem_Free(text);
    return status;
}

static int
put_sized(PicklerObject *self, int op, int size_bytes, const char *data, Py_ssize_t length, PyObject *payload)
{
    char header[9] = {(char)op};
    for (int i = 0; i < size_bytes; i++)
        header[1 + i] = (char)(unsigned char)((size_t)length >> (8 * i));
    return ks_pickle_payload(self, header, size_bytes + 1, data, length, payload);
}

static int
put_bytes(PicklerObject *self, PyObject *object, const char *data, Py_ssize_t length)
{
    int status;
    if (length <= 0xff)
        status = put_sized(self, OP_SHORT_BINBYTES, 1, data, length, object);
    else if ((size_t)length <= 0xffffffffUL)
        status = put_sized(self, OP_BINBYTES, 4, data, length, object);
    else if (self->proto >= 4)
        status = put_sized(self, OP_BINBYTES8, 8, data, length, object);
    else {
        PyErr_SetString(PyExc_OverflowError, "serializing a bytes object larger than 4 GiB requires pickle protocol 4 or higher");
        return -1;
    }
    return status;
}

static int
save_bytes(PicklerObject *self, PyObject *object)
{
    if (self->proto >= 3)
        return put_bytes(self, object, PyBytes_AS_STRING(object), PyBytes_GET_SIZE(object)) < 0
                   ? -1
                   : memo_put(self, object);
    /* Older protocols have no bytes: text that the codec takes back. */
    if (PyBytes_GET_SIZE(object) == 0)
        return save_made(self, Py_BuildValue("(O())", &PyBytes_Type), object);
    KS_OWNED PyObject *text = PyUnicode_DecodeLatin1(PyBytes_AS_STRING(object), PyBytes_GET_SIZE(object), "strict");
    KS_OWNED PyObject *latin1 = PyUnicode_InternFromString("latin1");
    if (text == NULL || latin1 == NULL)
        return -1;
    return save_made(self, Py_BuildValue("(O(OO))", ks_pickle.codecs_encode, text, latin1), object);
}

static int
save_bytearray(PicklerObject *self, PyObject *object)
{
    if (self->proto < 5) {
        if (PyByteArray_GET_SIZE(object) == 0)
            return save_made(self, Py_BuildValue("(O())", Py_TYPE(object)), object);
        KS_OWNED PyObject *bytes = PyBytes_FromObject(object);
        return bytes == NULL ? -1 : save_made(self, Py_BuildValue("(O(O))", Py_TYPE(object), bytes), object);
    }
    if (put_sized(self, OP_BYTEARRAY8, 8, PyByteArray_AS_STRING(object), PyByteArray_GET_SIZE(object), object) < 0)
        return -1;
    return memo_put(self, object);
}

static int
save_picklebuffer(PicklerObject *self, PyObject *object)
{
    if (self->proto < 5) {
        PyErr_SetString(ks_pickle.pickling_error, "PickleBuffer can only pickled with protocol >= 5");
        return -1;
    }
    const Py_buffer *view = PyPickleBuffer_GetBuffer(object);
    if (view == NULL)
        return -1;
    if (view->suboffsets != NULL || !PyBuffer_IsContiguous(view, 'A')) {
        PyErr_SetString(ks_pickle.pickling_error,
                        "PickleBuffer can not be pickled when pointing to a non-contiguous buffer");
        return -1;
    }
    int in_band = 1;
    if (self->buffer_callback != NULL) {
        KS_OWNED PyObject *answer = PyObject_CallOneArg(self->buffer_callback, object);
        in_band = answer == NULL ? -1 : PyObject_IsTrue(answer);
        if (in_band < 0)
            return -1;
    }
    if (in_band)
        return view->readonly ? put_bytes(self, object, view->buf, view->len)
                              : put_sized(self, OP_BYTEARRAY8, 8, view->buf, view->len, object);
    if (put_op(self, OP_NEXT_BUFFER) < 0)
        return -1;
    return view->readonly ? put_op(self, OP_READONLY_BUFFER) : 0;
}

/* Latin-1 with \u and \U escapes, also for what would end or confuse the line. */
static int
put_escaped(PicklerObject *self, PyObject *object)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(object);
    if (put_op(self, OP_UNICODE) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_UCS4 c = PyUnicode_READ_CHAR(object, i);
        char text[12] = {(char)(unsigned char)c};
        int count = 1;
        if (c >= 0x10000)
            count = snprintf(text, sizeof text, "\\U%08x", (unsigned)c);
        else if (c >= 256 || c == '\\' || c == '\0' || c == '\n' || c == '\r' || c == 0x1a)
            count = snprintf(text, sizeof text, "\\u%04x", (unsigned)c);
        if (ks_pickle_put(self, text, count) < 0)
            return -1;
    }
    return put_op(self, '\n');
}

static int
save_str(PicklerObject *self, PyObject *object)
{
    if (PyUnicode_READY(object) < 0)
        return -1;
    if (!self->bin)
        return put_escaped(self, object) < 0 ? -1 : memo_put(self, object);
    KS_OWNED PyObject *encoded = NULL;
    Py_ssize_t length;
    const char *data = PyUnicode_AsUTF8AndSize(object, &length);
    if (data == NULL) {
        PyErr_Clear();
        encoded = PyUnicode_AsEncodedString(object, "utf-8", "surrogatepass");
        if (encoded == NULL)
            return -1;
        data = PyBytes_AS_STRING(encoded);
        length = PyBytes_GET_SIZE(encoded);
    }
    int status;
    if (length <= 0xff && self->proto >= 4)
        status = put_sized(self, OP_SHORT_BINUNICODE, 1, data, length, encoded);
    else if ((size_t)length <= 0xffffffffUL)
        status = put_sized(self, OP_BINUNICODE, 4, data, length, encoded);
    else if (self->proto >= 4)
        status = put_sized(self, OP_BINUNICODE8, 8, data, length, encoded);
    else {
        PyErr_SetString(PyExc_OverflowError, "serializing a string larger than 4 GiB requires pickle protocol 4 or higher");
        return -1;
    }
    return status < 0 ? -1 : memo_put(self, object);
}

/* ---- containers ---------------------------------------------------------------------------- */

/* Fast mode keeps no memo: deep nesting is watched for cycles instead. */
static int
fast_enter(PicklerObject *self, PyObject *object)
{
    if (!self->fast || ++self->fast_nesting < 50)
        return 1;
    if (self->fast_memo == NULL && (self->fast_memo = PyDict_New()) == NULL) {
        self->fast_nesting = -1;
        return 0;
    }
    KS_OWNED PyObject *key = PyLong_FromVoidPtr(object);
    if (key == NULL || PyDict_GetItemWithError(self->fast_memo, key) != NULL) {
        if (!PyErr_Occurred())
            PyErr_Format(PyExc_ValueError, "fast mode: can't pickle cyclic objects including object type %.200s at %p",
                         Py_TYPE(object)->tp_name, object);
        self->fast_nesting = -1;
        return 0;
    }
    return !PyErr_Occurred() && PyDict_SetItem(self->fast_memo, key, Py_None) == 0;
}

static int
fast_leave(PicklerObject *self, PyObject *object)
{
    if (!self->fast || self->fast_nesting-- < 50)
        return 1;
    KS_OWNED PyObject *key = PyLong_FromVoidPtr(object);
    return key != NULL && PyDict_DelItem(self->fast_memo, key) == 0;
}

static int
save_tuple(PicklerObject *self, PyObject *object)
{
    static const unsigned char short_ops[] = {OP_EMPTY_TUPLE, OP_TUPLE1, OP_TUPLE2, OP_TUPLE3};
    Py_ssize_t length = PyTuple_GET_SIZE(object);
    if (length == 0)
        return self->proto ? put_op(self, OP_EMPTY_TUPLE) : ks_pickle_put(self, "(t", 2);
    int is_short = length <= 3 && self->proto >= 2;
    if (!is_short && put_op(self, OP_MARK) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < length; i++) {
        if (ks_pickle_save(self, PyTuple_GET_ITEM(object, i), 0) < 0)
            return -1;
    }
    if (ks_pickle_memo_find(self, object) != NULL) { /* saved through its own items: drop these */
        if (!is_short && self->bin) {
            if (put_op(self, OP_POP_MARK) < 0)
                return -1;
        }
        else {
            for (Py_ssize_t i = is_short ? 0 : -1; i < length; i++) {
                if (put_op(self, OP_POP) < 0)
                    return -1;
            }
        }
        return memo_get(self, object);
    }
    return put_op(self, is_short ? short_ops[length] : OP_TUPLE) < 0 ? -1 : memo_put(self, object);
}

/* Saves what iter gives in batches; pairs: as keys and values. */
static int
save_batches(PicklerObject *self, PyObject *iter, int pairs)
{
    const int one_op = pairs ? OP_SETITEM : OP_APPEND, many_op = pairs ? OP_SETITEMS : OP_APPENDS;
    for (;;) {
        KS_OWNED PyObject *first = PyIter_Next(iter);
        int count = 0;
        if (first == NULL)
            return PyErr_Occurred() ? -1 : 0;
        KS_OWNED PyObject *second = self->bin ? PyIter_Next(iter) : NULL;
        if (second == NULL && PyErr_Occurred())
            return -1;
        int many = second != NULL;
        if (many && put_op(self, OP_MARK) < 0)
            return -1;
        while (first != NULL) {
            if (pairs) {
                if (!PyTuple_Check(first) || PyTuple_GET_SIZE(first) != 2) {
                    PyErr_SetString(PyExc_TypeError, "dict items iterator must return 2-tuples");
                    return -1;
                }
                if (ks_pickle_save(self, PyTuple_GET_ITEM(first, 0), 0) < 0 ||
                    ks_pickle_save(self, PyTuple_GET_ITEM(first, 1), 0) < 0)
                    return -1;
            }
            else if (ks_pickle_save(self, first, 0) < 0)
                return -1;
            count++;
            Py_CLEAR(first);
            if (many && count < BATCH_ITEMS) {
                first = second != NULL ? ks_give(&second) : PyIter_Next(iter);
                if (first == NULL && PyErr_Occurred())
                    return -1;
            }
        }
        if (put_op(self, many ? many_op : one_op) < 0)
            return -1;
        if (many && count < BATCH_ITEMS)
            return 0;
    }
}

static int
save_list_items(PicklerObject *self, PyObject *object)
{
    Py_ssize_t at = 0;
    if (PyList_GET_SIZE(object) == 1) {
        KS_OWNED PyObject *item = Py_NewRef(PyList_GET_ITEM(object, 0));
        return ks_pickle_save(self, item, 0) < 0 ? -1 : put_op(self, OP_APPEND);
    }
    do {
        if (put_op(self, OP_MARK) < 0)
            return -1;
        for (int count = 0; count < BATCH_ITEMS && at < PyList_GET_SIZE(object); count++) {
            KS_OWNED PyObject *item = Py_NewRef(PyList_GET_ITEM(object, at++));
            if (ks_pickle_save(self, item, 0) < 0)
                return -1;
        }
        if (put_op(self, OP_APPENDS) < 0)
            return -1;
    } while (at < PyList_GET_SIZE(object));
    return 0;
}

static int
save_list(PicklerObject *self, PyObject *object)
{
    int status = -1;
    if (!fast_enter(self, object))
        return -1;
    if ((self->bin ? put_op(self, OP_EMPTY_LIST) : ks_pickle_put(self, "(l", 2)) < 0 || memo_put(self, object) < 0)
        return -1;
    if (PyList_GET_SIZE(object) == 0)
        status = 0;
    else if (self->bin)
        status = save_list_items(self, object);
    else {
        KS_OWNED PyObject *iter = PyObject_GetIter(object);
        status = iter == NULL ? -1 : save_batches(self, iter, 0);
    }
    return fast_leave(self, object) ? status : -1;
}

static int
save_dict_items(PicklerObject *self, PyObject *object)
{
    PyObject *key, *value;
    Py_ssize_t at = 0, size = PyDict_GET_SIZE(object), count;
    int one = size == 1;
    do {
        count = 0;
        if (!one && put_op(self, OP_MARK) < 0)
            return -1;
        while (count < BATCH_ITEMS && PyDict_Next(object, &at, &key, &value)) {
            KS_OWNED PyObject *kept_key = Py_NewRef(key);
            KS_OWNED PyObject *kept_value = Py_NewRef(value);
            if (ks_pickle_save(self, kept_key, 0) < 0 || ks_pickle_save(self, kept_value, 0) < 0)
                return -1;
            count++;
            if (one)
                break;
        }
        if (put_op(self, one ? OP_SETITEM : OP_SETITEMS) < 0)
            return -1;
        if (PyDict_GET_SIZE(object) != size) {
            PyErr_Format(PyExc_RuntimeError, "dictionary changed size during iteration");
            return -1;
        }
    } while (count == BATCH_ITEMS);
    return 0;
}

static int
save_dict(PicklerObject *self, PyObject *object)
{
    int status = -1;
    if (!fast_enter(self, object))
        return -1;
    if ((self->bin ? put_op(self, OP_EMPTY_DICT) : ks_pickle_put(self, "(d", 2)) < 0 || memo_put(self, object) < 0)
        return -1;
    if (PyDict_GET_SIZE(object) == 0)
        status = 0;
    else if (self->bin)
        status = save_dict_items(self, object);
    else {
        KS_OWNED PyObject *items = PyObject_CallMethodNoArgs(object, KS_INTERN("items"));
        KS_OWNED PyObject *iter = items == NULL ? NULL : PyObject_GetIter(items);
        status = iter == NULL ? -1 : save_batches(self, iter, 1);
    }
    return fast_leave(self, object) ? status : -1;
}

static int
save_old_set(PicklerObject *self, PyObject *object)
{
    KS_OWNED PyObject *items = PySequence_List(object);
    return items == NULL ? -1 : save_made(self, Py_BuildValue("(O(O))", Py_TYPE(object), items), object);
}

static int
save_set(PicklerObject *self, PyObject *object)
{
    PyObject *item;
    Py_hash_t hash;
    Py_ssize_t at = 0, size = PySet_GET_SIZE(object), count;
    if (self->proto < 4)
        return save_old_set(self, object);
    if (put_op(self, OP_EMPTY_SET) < 0 || memo_put(self, object) < 0)
        return -1;
    if (size == 0)
        return 0;
    do {
        count = 0;
        if (put_op(self, OP_MARK) < 0)
            return -1;
        while (count < BATCH_ITEMS && _PySet_NextEntry(object, &at, &item, &hash)) {
            KS_OWNED PyObject *kept = Py_NewRef(item);
            if (ks_pickle_save(self, kept, 0) < 0)
                return -1;
            count++;
        }
        if (put_op(self, OP_ADDITEMS) < 0)
            return -1;
        if (PySet_GET_SIZE(object) != size) {
            PyErr_Format(PyExc_RuntimeError, "set changed size during iteration");
            return -1;
        }
    } while (count == BATCH_ITEMS);
    return 0;
}

static int
save_frozenset(PicklerObject *self, PyObject *object)
{
    if (self->proto < 4)
        return save_old_set(self, object);
    KS_OWNED PyObject *iter = PyObject_GetIter(object);
    if (iter == NULL || !fast_enter(self, object) || put_op(self, OP_MARK) < 0)
        return -1;
    for (;;) {
        KS_OWNED PyObject *item = PyIter_Next(iter);
        if (item == NULL)
            break;
        if (ks_pickle_save(self, item, 0) < 0)
            return -1;
    }
    if (PyErr_Occurred() || !fast_leave(self, object))
        return -1;
    if (ks_pickle_memo_find(self, object) != NULL)
        return put_op(self, OP_POP_MARK) < 0 ? -1 : memo_get(self, object);
    return put_op(self, OP_FROZENSET) < 0 ? -1 : memo_put(self, object);
}

/* ---- globals ------------------------------------------------------------------------------- */

static KS_NEW PyObject *
module_of(PyObject *object, PyObject *dotted)
{
    PyObject *name, *module;
    KS_OWNED PyObject *own = NULL;
    if (_PyObject_LookupAttr(object, KS_INTERN("__module__"), &own) < 0)
        return NULL;
    if (own != NULL && own != Py_None)
        return ks_give(&own);
    PyObject *modules = PyImport_GetModuleDict();
    KS_OWNED PyObject *copy = modules == NULL ? NULL : PyDict_CheckExact(modules) ? PyDict_Copy(modules) : PySequence_List(modules);
    if (copy == NULL)
        return NULL;
    Py_ssize_t at = 0;
    while (PyDict_Check(copy) && PyDict_Next(copy, &at, &name, &module)) {
        if (module == Py_None || (PyUnicode_Check(name) && (PyUnicode_CompareWithASCIIString(name, "__main__") == 0 ||
                                                            PyUnicode_CompareWithASCIIString(name, "__mp_main__") == 0)))
            continue;
        KS_OWNED PyObject *found = ks_pickle_deep_attribute(module, dotted, NULL);
        if (found == object)
            return Py_NewRef(name);
        PyErr_Clear();
    }
    return PyUnicode_FromString("__main__");
}

/* The names that Python 2 had for them; replaces the references. */
static int
names_for_2(PyObject **module, PyObject **name)
{
    KS_OWNED PyObject *key = PyTuple_Pack(2, *module, *name);
    if (key == NULL)
        return -1;
    PyObject *found = PyDict_GetItemWithError(ks_pickle.name_mapping_3to2, key);
    if (found != NULL) {
        if (!PyTuple_Check(found) || PyTuple_GET_SIZE(found) != 2) {
            PyErr_Format(PyExc_RuntimeError, "_compat_pickle.REVERSE_NAME_MAPPING values should be 2-tuples, not %.200s",
                         Py_TYPE(found)->tp_name);
            return -1;
        }
        Py_SETREF(*module, Py_NewRef(PyTuple_GET_ITEM(found, 0)));
        Py_SETREF(*name, Py_NewRef(PyTuple_GET_ITEM(found, 1)));
        return 0;
    }
    if (!PyErr_Occurred() && (found = PyDict_GetItemWithError(ks_pickle.import_mapping_3to2, *module)) != NULL)
        Py_SETREF(*module, Py_NewRef(found));
    return PyErr_Occurred() ? -1 : 0;
}

static int
put_identifier(PicklerObject *self, PyObject *text, const char *message, PyObject *first, PyObject *second)
{
    KS_OWNED PyObject *bytes = self->proto == 3 ? PyUnicode_AsUTF8String(text) : PyUnicode_AsASCIIString(text);
    if (bytes == NULL) {
        if (PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) {
            if (second != NULL)
                PyErr_Format(ks_pickle.pickling_error, message, first, second, self->proto);
            else
                PyErr_Format(ks_pickle.pickling_error, message, first, self->proto);
        }
        return -1;
    }
    return ks_pickle_put(self, PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes)) < 0 ? -1 : put_op(self, '\n');
}

/* 1 when an extension code was written, 0 when there is none. */
static int
put_extension(PicklerObject *self, PyObject *object, PyObject *module, PyObject *name)
{
    KS_OWNED PyObject *key = PyTuple_Pack(2, module, name);
    PyObject *found = key == NULL ? NULL : PyDict_GetItemWithError(ks_pickle.extension_registry, key);
    if (found == NULL)
        return PyErr_Occurred() ? -1 : 0;
    if (!PyLong_Check(found)) {
        PyErr_Format(ks_pickle.pickling_error, "Can't pickle %R: extension code %R isn't an integer", object, found);
        return -1;
    }
    long code = PyLong_AsLong(found);
    if (code <= 0 || code > 0x7fffffffL) {
        if (!PyErr_Occurred())
            PyErr_Format(ks_pickle.pickling_error, "Can't pickle %R: extension code %ld is out of range", object, code);
        return -1;
    }
    int status = code <= 0xff     ? put_number(self, OP_EXT1, (size_t)code, 1)
                 : code <= 0xffff ? put_number(self, OP_EXT2, (size_t)code, 2)
                                  : put_number(self, OP_EXT4, (size_t)code, 4);
    return status < 0 ? -1 : 1;
}

static int
save_global(PicklerObject *self, PyObject *object, PyObject *given)
{
    KS_OWNED PyObject *name = Py_XNewRef(given), *parent = NULL, *found = NULL;
    if (name == NULL && _PyObject_LookupAttr(object, KS_INTERN("__qualname__"), &name) < 0)
        return -1;
    if (name == NULL && (name = PyObject_GetAttr(object, KS_INTERN("__name__"))) == NULL)
        return -1;
    KS_OWNED PyObject *dotted = ks_pickle_dotted(object, name);
    if (dotted == NULL)
        return -1;
    KS_OWNED PyObject *module_name = module_of(object, dotted);
    if (module_name == NULL)
        return -1;
    KS_OWNED PyObject *module = PyImport_Import(module_name);
    if (module != NULL)
        Py_SETREF(module, PyImport_GetModule(module_name));
    if (module == NULL) {
        PyErr_Format(ks_pickle.pickling_error, "Can't pickle %R: import of module %R failed", object, module_name);
        return -1;
    }
    found = ks_pickle_deep_attribute(module, dotted, &parent);
    if (found == NULL) {
        PyErr_Clear();
        PyErr_Format(ks_pickle.pickling_error, "Can't pickle %R: attribute lookup %S on %S failed", object, name,
                     module_name);
        return -1;
    }
    if (found != object) {
        PyErr_Format(ks_pickle.pickling_error, "Can't pickle %R: it's not the same object as %S.%S", object,
                     module_name, name);
        return -1;
    }
    if (self->proto >= 2) {
        int written = put_extension(self, object, module_name, name);
        if (written)
            return written < 0 ? -1 : 0;
    }
    PyObject *last = PyList_GET_ITEM(dotted, PyList_GET_SIZE(dotted) - 1);
    if (self->proto >= 4) {
        if (ks_pickle_save(self, module_name, 0) < 0 ||
            ks_pickle_save(self, name, 0) < 0 || put_op(self, OP_STACK_GLOBAL) < 0)
            return -1;
    }
    else if (parent != module)
        return save_made(self, Py_BuildValue("(O(OO))", ks_pickle.getattr, parent, last), NULL) < 0
                   ? -1
                   : memo_put(self, object);
    else {
        if (self->fix_imports && names_for_2(&module_name, &name) < 0)
            return -1;
        if (put_op(self, OP_GLOBAL) < 0 ||
            put_identifier(self, module_name, "can't pickle module identifier '%S' using pickle protocol %i",
                           module_name, NULL) < 0 ||
            put_identifier(self, name, "can't pickle global identifier '%S.%S' using pickle protocol %i", module_name,
                           name) < 0)
            return -1;
    }
    return memo_put(self, object);
}

static int
save_type(PicklerObject *self, PyObject *object)
{
    PyObject *single = object == (PyObject *)Py_TYPE(Py_None)             ? Py_None
                       : object == (PyObject *)Py_TYPE(Py_Ellipsis)       ? Py_Ellipsis
                       : object == (PyObject *)Py_TYPE(Py_NotImplemented) ? Py_NotImplemented
                                                                          : NULL;
    if (single == NULL)
        return save_global(self, object, NULL);
    return save_made(self, Py_BuildValue("(O(O))", &PyType_Type, single), object);
}

/* ---- reduced objects ----------------------------------------------------------------------- */

static KS_COLD int
reduce_fails(const char *message)
{
    PyErr_SetString(ks_pickle.pickling_error, message);
    return -1;
}

static int
save_newobj_ex(PicklerObject *self, PyObject *args)
{
    if (PyTuple_GET_SIZE(args) != 3) {
        PyErr_Format(ks_pickle.pickling_error, "length of the NEWOBJ_EX argument tuple must be exactly 3, not %zd",
                     PyTuple_GET_SIZE(args));
        return -1;
    }
    PyObject *type = PyTuple_GET_ITEM(args, 0), *rest = PyTuple_GET_ITEM(args, 1), *named = PyTuple_GET_ITEM(args, 2);
    const char *message = !PyType_Check(type)    ? "first item from NEWOBJ_EX argument tuple must be a class, not %.200s"
                          : !PyTuple_Check(rest) ? "second item from NEWOBJ_EX argument tuple must be a tuple, not %.200s"
                          : !PyDict_Check(named) ? "third item from NEWOBJ_EX argument tuple must be a dict, not %.200s"
                                                 : NULL;
    if (message != NULL) {
        PyObject *wrong = !PyType_Check(type) ? type : !PyTuple_Check(rest) ? rest : named;
        PyErr_Format(ks_pickle.pickling_error, message, Py_TYPE(wrong)->tp_name);
        return -1;
    }
    if (self->proto >= 4) {
        if (ks_pickle_save(self, type, 0) < 0 || ks_pickle_save(self, rest, 0) < 0 || ks_pickle_save(self, named, 0) < 0)
            return -1;
        return put_op(self, OP_NEWOBJ_EX);
    }
    KS_OWNED PyObject *maker = PyObject_GetAttr(type, KS_INTERN("__new__"));
    KS_OWNED PyObject *head = maker == NULL ? NULL : PyTuple_Pack(2, maker, type);
    KS_OWNED PyObject *all = head == NULL ? NULL : PySequence_Concat(head, rest);
    KS_OWNED PyObject *call = all == NULL ? NULL : PyObject_Call(ks_pickle.partial, all, named);
    KS_OWNED PyObject *none = PyTuple_New(0);
    if (call == NULL || none == NULL || ks_pickle_save(self, call, 0) < 0 || ks_pickle_save(self, none, 0) < 0)
        return -1;
    return put_op(self, OP_REDUCE);
}

static int
save_newobj(PicklerObject *self, PyObject *args, PyObject *object)
{
    if (PyTuple_GET_SIZE(args) < 1)
        return reduce_fails("__newobj__ arglist is empty");
    PyObject *type = PyTuple_GET_ITEM(args, 0);
    if (!PyType_Check(type))
        return reduce_fails("args[0] from __newobj__ args is not a type");
    if (object != NULL) {
        KS_OWNED PyObject *own = PyObject_GetAttr(object, KS_INTERN("__class__"));
        if (own == NULL)
            return -1;
        if (own != type)
            return reduce_fails("args[0] from __newobj__ args has the wrong class");
    }
    KS_OWNED PyObject *rest = PyTuple_GetSlice(args, 1, PyTuple_GET_SIZE(args));
    if (rest == NULL || ks_pickle_save(self, type, 0) < 0 || ks_pickle_save(self, rest, 0) < 0)
        return -1;
    return put_op(self, OP_NEWOBJ);
}

static int
save_reduce(PicklerObject *self, PyObject *reduced, PyObject *object)
{
    PyObject *parts[6] = {NULL};
    Py_ssize_t count = PyTuple_GET_SIZE(reduced);
    if (count < 2 || count > 6)
        return reduce_fails("tuple returned by __reduce__ must contain 2 through 6 elements");
    for (Py_ssize_t i = 0; i < count; i++)
        parts[i] = i >= 2 && PyTuple_GET_ITEM(reduced, i) == Py_None ? NULL : PyTuple_GET_ITEM(reduced, i);
    PyObject *callable = parts[0], *args = parts[1], *state = parts[2], *setter = parts[5];
    if (!PyCallable_Check(callable))
        return reduce_fails("first item of the tuple returned by __reduce__ must be callable");
    if (!PyTuple_Check(args))
        return reduce_fails("second item of the tuple returned by __reduce__ must be a tuple");
    for (int i = 3; i <= 4; i++) {
        if (parts[i] != NULL && !PyIter_Check(parts[i])) {
            PyErr_Format(ks_pickle.pickling_error, "%s element of the tuple returned by __reduce__ must be an iterator, not %s",
                         i == 3 ? "fourth" : "fifth", Py_TYPE(parts[i])->tp_name);
            return -1;
        }
    }
    if (setter != NULL && !PyCallable_Check(setter)) {
        PyErr_Format(ks_pickle.pickling_error, "sixth element of the tuple returned by __reduce__ must be a function, not %s",
                     Py_TYPE(setter)->tp_name);
        return -1;
    }
    int kind = 0;
    if (self->proto >= 2) {
        KS_OWNED PyObject *name = NULL;
        if (_PyObject_LookupAttr(callable, KS_INTERN("__name__"), &name) < 0)
            return -1;
        if (name != NULL && PyUnicode_Check(name))
            kind = PyUnicode_CompareWithASCIIString(name, "__newobj_ex__") == 0 ? 2
                   : PyUnicode_CompareWithASCIIString(name, "__newobj__") == 0  ? 1
                                                                                : 0;
    }
    if (kind == 2 ? save_newobj_ex(self, args) < 0
        : kind == 1 ? save_newobj(self, args, object) < 0
                    : ks_pickle_save(self, callable, 0) < 0 || ks_pickle_save(self, args, 0) < 0 ||
                          put_op(self, OP_REDUCE) < 0)
        return -1;
    if (object != NULL) {
        if (ks_pickle_memo_find(self, object) != NULL) { /* saved through its own arguments */
            if (put_op(self, OP_POP) < 0)
                return -1;
            return memo_get(self, object);
        }
        if (memo_put(self, object) < 0)
            return -1;
    }
    if ((parts[3] != NULL && save_batches(self, parts[3], 0) < 0) ||
        (parts[4] != NULL && save_batches(self, parts[4], 1) < 0))
        return -1;
    if (state == NULL)
        return 0;
    if (setter == NULL)
        return ks_pickle_save(self, state, 0) < 0 ? -1 : put_op(self, OP_BUILD);
    if (ks_pickle_save(self, setter, 0) < 0 || ks_pickle_save(self, object, 0) < 0 ||
        ks_pickle_save(self, state, 0) < 0 || put_op(self, OP_TUPLE2) < 0 || put_op(self, OP_REDUCE) < 0)
        return -1;
    return put_op(self, OP_POP);
}

/* 1 when the object was saved as a persistent id. */
static int
save_persistent(PicklerObject *self, PyObject *object)
{
    KS_OWNED PyObject *id = PyObject_CallOneArg(self->persistent, object);
    if (id == NULL)
        return -1;
    if (id == Py_None)
        return 0;
    if (self->bin)
        return ks_pickle_save(self, id, 1) < 0 || put_op(self, OP_BINPERSID) < 0 ? -1 : 1;
    KS_OWNED PyObject *text = PyObject_Str(id);
    if (text == NULL)
        return -1;
    if (!PyUnicode_IS_ASCII(text)) {
        PyErr_SetString(ks_pickle.pickling_error, "persistent IDs in protocol 0 must be ASCII strings");
        return -1;
    }
    return put_op(self, OP_PERSID) < 0 || ks_pickle_put(self, PyUnicode_DATA(text), PyUnicode_GET_LENGTH(text)) < 0 ||
                   put_op(self, '\n') < 0
               ? -1
               : 1;
}

/* What the object reduces to, by the table of its type or by itself; *is_global when it is to be
 * saved by name instead. */
static KS_NEW PyObject *
reduced_form(PicklerObject *self, PyObject *object, int *is_global)
{
    PyTypeObject *type = Py_TYPE(object);
    KS_OWNED PyObject *function = NULL;
    *is_global = 0;
    if (self->dispatch_table == NULL)
        function = Py_XNewRef(PyDict_GetItemWithError(ks_pickle.dispatch_table, (PyObject *)type));
    else {
        function = PyObject_GetItem(self->dispatch_table, (PyObject *)type);
        if (function == NULL && PyErr_ExceptionMatches(PyExc_KeyError))
            PyErr_Clear();
    }
    if (function != NULL)
        return PyObject_CallOneArg(function, object);
    if (PyErr_Occurred())
        return NULL;
    if (PyType_IsSubtype(type, &PyType_Type)) {
        *is_global = 1;
        return NULL;
    }
    if (_PyObject_LookupAttr(object, KS_INTERN("__reduce_ex__"), &function) < 0)
        return NULL;
    if (function != NULL) {
        KS_OWNED PyObject *protocol = PyLong_FromLong(self->proto);
        return protocol == NULL ? NULL : PyObject_CallOneArg(function, protocol);
    }
    if (_PyObject_LookupAttr(object, KS_INTERN("__reduce__"), &function) < 0)
        return NULL;
    if (function != NULL)
        return PyObject_CallNoArgs(function);
    PyErr_Format(ks_pickle.pickling_error, "can't pickle '%.200s' object: %R", type->tp_name, object);
    return NULL;
}

static int
save_other(PicklerObject *self, PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    KS_OWNED PyObject *reduced = NULL;
    int is_global;
    if (self->reducer_override != NULL) {
        reduced = PyObject_CallOneArg(self->reducer_override, object);
        if (reduced == NULL)
            return -1;
        if (reduced == Py_NotImplemented)
            Py_CLEAR(reduced);
    }
    if (reduced == NULL) {
        if (type == &PyType_Type)
            return save_type(self, object);
        if (type == &PyFunction_Type)
            return save_global(self, object, NULL);
        reduced = reduced_form(self, object, &is_global);
        if (is_global)
            return save_global(self, object, NULL);
        if (reduced == NULL)
            return -1;
    }
    if (PyUnicode_Check(reduced))
        return save_global(self, object, reduced);
    if (!PyTuple_Check(reduced))
        return reduce_fails("__reduce__ must return a string or tuple");
    return save_reduce(self, reduced, object);
}

int
ks_pickle_save(PicklerObject *self, PyObject *object, int in_persistent)
{
    PyTypeObject *type = Py_TYPE(object);
    int status;
    if (ks_pickle_boundary(self) < 0)
        return -1;
    if (!in_persistent && self->persistent != NULL) {
        status = save_persistent(self, object);
        if (status != 0)
            return status < 0 ? -1 : 0;
    }
    if (object == Py_None)
        return put_op(self, OP_NONE);
    if (type == &PyBool_Type)
        return save_bool(self, object);
    if (type == &PyLong_Type)
        return save_long(self, object);
    if (type == &PyFloat_Type)
        return save_float(self, object);
    if (ks_pickle_memo_find(self, object) != NULL)
        return memo_get(self, object);
    if (type == &PyBytes_Type)
        return save_bytes(self, object);
    if (type == &PyUnicode_Type)
        return save_str(self, object);
    if (Py_EnterRecursiveCall(" while pickling an object"))
        return -1;
    if (type == &PyDict_Type)
        status = save_dict(self, object);
    else if (type == &PySet_Type)
        status = save_set(self, object);
    else if (type == &PyFrozenSet_Type)
        status = save_frozenset(self, object);
    else if (type == &PyList_Type)
        status = save_list(self, object);
    else if (type == &PyTuple_Type)
        status = save_tuple(self, object);
    else if (type == &PyByteArray_Type)
        status = save_bytearray(self, object);
    else if (type == &PyPickleBuffer_Type)
        status = save_picklebuffer(self, object);
    else
        status = save_other(self, object);
    Py_LeaveRecursiveCall();
    return status;
}
