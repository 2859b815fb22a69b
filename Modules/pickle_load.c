/* SPDX-License-Identifier: MIT */
/* The Unpickler's loop, and the opcodes that make up most of a pickle: small numbers, short strings,
 * the memo, and containers. The others are in pickle_load_text.c and pickle_load_object.c. */
#include "pickle_input.h"

/* Internal, since most of a pickle's items pass here: making ints, growing lists, and dict entries
 * that take references over. */
#include "ks_int.h"
#include "ks_list.h"
#include "pycore_dict.h"

/* ---- constants, numbers, text ---- */

static int
load_constant(Unpickler *u, PyObject *object)
{
    return ks_unpickle_push(u, Py_NewRef(object));
}

static int
load_int1(Unpickler *u)
{
    const unsigned char *data = ks_unpickle_take(u, 1);
    return data == NULL ? -1 : ks_unpickle_push(u, ks_int_small(data[0]));
}

static int
load_int2(Unpickler *u)
{
    const unsigned char *data = ks_unpickle_take(u, 2);
    return data == NULL ? -1 : ks_unpickle_push(u, ks_int_from_i64(data[0] | data[1] << 8));
}

static int
load_int4(Unpickler *u)
{
    const unsigned char *data = ks_unpickle_take(u, 4);
    if (data == NULL)
        return -1;
    return ks_unpickle_push(u, ks_int_from_i64((int32_t)ks_unpickle_little_endian(data, 4)));
}

static int
load_float(Unpickler *u)
{
    const unsigned char *data = ks_unpickle_take(u, 8);
    if (data == NULL)
        return -1;
    double value = PyFloat_Unpack8((const char *)data, 0);
    if (value == -1.0 && PyErr_Occurred())
        return -1;
    return ks_unpickle_push(u, PyFloat_FromDouble(value));
}

KS_INLINE int
load_str(Unpickler *u, int size)
{
    Py_ssize_t length;
    size_t count;
    if (size < 8) {
        if (ks_unpickle_number(u, size, &count) < 0)
            return -1;
        length = (Py_ssize_t)count;
    }
    else if (ks_unpickle_length(u, size, "BINUNICODE", &length) < 0)
        return -1;
    const char *data = (const char *)ks_unpickle_take(u, length);
    if (data == NULL)
        return -1;
    return ks_unpickle_push(u, PyUnicode_DecodeUTF8(data, length, "surrogatepass"));
}

/* ---- stack and memo ---- */

static int
load_pop(Unpickler *u)
{
    /* A mark on top is popped like an object. */
    if (u->mark_count != 0 && u->height == u->fence)
        return ks_unpickle_unmark(u) < 0 ? -1 : 0;
    if (!ks_unpickle_has(u, 1))
        return -1;
    ks_unpickle_cut(u, u->height - 1);
    return 0;
}

static int
load_pop_mark(Unpickler *u)
{
    Py_ssize_t height = ks_unpickle_unmark(u);
    if (height < 0)
        return -1;
    ks_unpickle_cut(u, height);
    return 0;
}

static int
load_dup(Unpickler *u)
{
    if (!ks_unpickle_has(u, 1))
        return -1;
    return ks_unpickle_push(u, Py_NewRef(u->stack[u->height - 1]));
}

static int
load_get(Unpickler *u, int size)
{
    size_t index;
    return ks_unpickle_number(u, size, &index) < 0 ? -1 : ks_unpickle_memo_get(u, index);
}

static int
load_put(Unpickler *u, int size)
{
    size_t index;
    if (ks_unpickle_number(u, size, &index) < 0 || !ks_unpickle_has(u, 1))
        return -1;
    return ks_unpickle_memo_set(u, index, u->stack[u->height - 1]);
}

static int
load_memoize(Unpickler *u)
{
    if (!ks_unpickle_has(u, 1))
        return -1;
    Py_ssize_t index = u->memo_used;
    if (KS_LIKELY(index < u->memo_room && u->memo[index] == NULL)) {
        u->memo[index] = Py_NewRef(u->stack[u->height - 1]);
        u->memo_used++;
        return 0;
    }
    return ks_unpickle_memo_set(u, (size_t)u->memo_used, u->stack[u->height - 1]);
}

/* ---- making containers ---- */

static int
load_short_tuple(Unpickler *u, int count)
{
    if (!ks_unpickle_has(u, count))
        return -1;
    return ks_unpickle_push(u, ks_unpickle_pop_tuple(u, u->height - count));
}

static int
load_tuple(Unpickler *u)
{
    Py_ssize_t height = ks_unpickle_unmark(u);
    return height < 0 ? -1 : ks_unpickle_push(u, ks_unpickle_pop_tuple(u, height));
}

static int
load_list(Unpickler *u)
{
    Py_ssize_t height = ks_unpickle_unmark(u);
    return height < 0 ? -1 : ks_unpickle_push(u, ks_unpickle_pop_list(u, height));
}

static int
load_frozenset(Unpickler *u)
{
    Py_ssize_t height = ks_unpickle_unmark(u);
    KS_OWNED PyObject *items = height < 0 ? NULL : ks_unpickle_pop_tuple(u, height);
    return items == NULL ? -1 : ks_unpickle_push(u, PyFrozenSet_New(items));
}

/* Moves the pairs from height on into a dict. Those that are left after a failure move down, for
 * the stack to have no holes. */
static int
dict_fill(Unpickler *u, PyObject *dict, Py_ssize_t height)
{
    Py_ssize_t end = u->height, at = height;
    int status = 0;
    /* What is being moved is not on the stack meanwhile: hashing a key may run any code. */
    u->height = height;
    while (at + 1 < end && status == 0) {
        PyObject *key = u->stack[at], *value = u->stack[at + 1];
        at += 2;
        status = _PyDict_SetItem_Take2((PyDictObject *)dict, key, value);
    }
    while (at < end)
        u->stack[u->height++] = u->stack[at++];
    return status;
}

static int
load_dict(Unpickler *u)
{
    Py_ssize_t height = ks_unpickle_unmark(u);
    if (height < 0)
        return -1;
    if ((u->height - height) % 2 != 0)
        return ks_unpickle_fails(u, "odd number of items for DICT");
    KS_OWNED PyObject *dict = PyDict_New();
    if (dict == NULL || dict_fill(u, dict, height) < 0)
        return -1;
    return ks_unpickle_push(u, ks_give(&dict));
}

/* ---- filling containers ---- */

/* The container below the items that begin at height, borrowed from the stack; NULL with an
 * exception when there is none above the last mark. */
static PyObject *
container_below(Unpickler *u, Py_ssize_t height)
{
    if (height > u->height || height <= u->fence) {
        ks_unpickle_underflow(u);
        return NULL;
    }
    return u->stack[height - 1];
}

/* Lists take the items over without another reference. */
static int
list_extend(Unpickler *u, PyObject *list, Py_ssize_t height)
{
    Py_ssize_t size = PyList_GET_SIZE(list), count = u->height - height;
    if (ks_list_resize((PyListObject *)list, size + count) < 0)
        return -1;
    memcpy(((PyListObject *)list)->ob_item + size, u->stack + height,
           (size_t)count * sizeof list);
    u->height = height;
    return 0;
}

/* What is like a list has extend(), or at least append(). */
static int
other_extend(Unpickler *u, PyObject *container, Py_ssize_t height)
{
    PyObject *found;
    if (_PyObject_LookupAttr(container, KS_INTERN("extend"), &found) < 0)
        return -1;
    KS_OWNED PyObject *extend = found;
    if (extend != NULL) {
        KS_OWNED PyObject *items = ks_unpickle_pop_list(u, height);
        KS_OWNED PyObject *result = items == NULL ? NULL : PyObject_CallOneArg(extend, items);
        return result == NULL ? -1 : 0;
    }
    KS_OWNED PyObject *append = PyObject_GetAttr(container, KS_INTERN("append"));
    if (append == NULL)
        return -1;
    for (Py_ssize_t i = height; i < u->height; i++) {
        KS_OWNED PyObject *result = PyObject_CallOneArg(append, u->stack[i]);
        if (result == NULL)
            return -1;
    }
    ks_unpickle_cut(u, height);
    return 0;
}

static int
append_from(Unpickler *u, Py_ssize_t height)
{
    PyObject *container = container_below(u, height);
    if (container == NULL)
        return -1;
    if (height == u->height)
        return 0;
    return PyList_CheckExact(container) ? list_extend(u, container, height)
                                        : other_extend(u, container, height);
}

static int
load_append(Unpickler *u)
{
    return ks_unpickle_has(u, 1) ? append_from(u, u->height - 1) : -1;
}

static int
load_appends(Unpickler *u)
{
    Py_ssize_t height = ks_unpickle_unmark(u);
    return height < 0 ? -1 : append_from(u, height);
}

static int
set_items_from(Unpickler *u, Py_ssize_t height)
{
    PyObject *container = container_below(u, height);
    if (container == NULL)
        return -1;
    if ((u->height - height) % 2 != 0)
        return ks_unpickle_fails(u, "odd number of items for SETITEMS");
    if (PyDict_CheckExact(container))
        return dict_fill(u, container, height);
    for (Py_ssize_t i = height; i + 1 < u->height; i += 2) {
        if (PyObject_SetItem(container, u->stack[i], u->stack[i + 1]) < 0)
            return -1;
    }
    ks_unpickle_cut(u, height);
    return 0;
}

static int
load_setitem(Unpickler *u)
{
    return ks_unpickle_has(u, 2) ? set_items_from(u, u->height - 2) : -1;
}

static int
load_setitems(Unpickler *u)
{
    Py_ssize_t height = ks_unpickle_unmark(u);
    return height < 0 ? -1 : set_items_from(u, height);
}

static int
load_additems(Unpickler *u)
{
    Py_ssize_t height = ks_unpickle_unmark(u);
    PyObject *container = height < 0 ? NULL : container_below(u, height);
    if (container == NULL)
        return -1;
    if (height == u->height)
        return 0;
    if (PySet_Check(container)) {
        for (Py_ssize_t i = height; i < u->height; i++) {
            if (PySet_Add(container, u->stack[i]) < 0)
                return -1;
        }
        ks_unpickle_cut(u, height);
        return 0;
    }
    KS_OWNED PyObject *add = PyObject_GetAttr(container, KS_INTERN("add"));
    if (add == NULL)
        return -1;
    for (Py_ssize_t i = height; i < u->height; i++) {
        KS_OWNED PyObject *result = PyObject_CallOneArg(add, u->stack[i]);
        if (result == NULL)
            return -1;
    }
    ks_unpickle_cut(u, height);
    return 0;
}

/* ---- the loop ---- */

static KS_COLD int
unknown_opcode(Unpickler *u, int op)
{
    const char *form = op >= 0x20 && op <= 0x7e && op != '\'' && op != '\\'
                           ? "invalid load key, '%c'."
                           : "invalid load key, '\\x%02x'.";
    PyErr_Format(u->state->unpickling_error, form, op);
    return -1;
}

PyObject *
ks_unpickle_run(Unpickler *u)
{
    for (;;) {
        int op = KS_LIKELY(u->cursor != u->limit) ? (unsigned char)*u->cursor++
                                                  : ks_unpickle_refill_op(u);
        int status;
        switch (op) {
        case -1:
            return NULL;
        case OP_STOP:
            return ks_unpickle_settle(u) < 0 ? NULL : ks_unpickle_pop(u);
/* STOP's own row is a second case of the same value: 0x100 moves it out of the way. */
#define OP(name, code, action)                     \
    case (code) == '.' ? 0x100 : (code):           \
        status = (action);                         \
        break;
#include "pickle_ops.def"
#undef OP
        default:
            status = unknown_opcode(u, op);
        }
        if (KS_UNLIKELY(status < 0))
            return NULL;
    }
}
