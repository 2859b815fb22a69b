/* SPDX-License-Identifier: MIT */
/* Elements as sequences of their children. All Python code that an operation needs, indexes and the
 * conversion of what is assigned, runs before the children are looked at; references are dropped
 * when the sequence is whole again. No container is made in between: that may start the collector,
 * and so finalizers. */
#include "etree_parts.h"

#include "ks_args.h"

/* ---- the array of children ------------------------------------------------------------------ */

int
ks_etree_reserve(EtreeElement *self, Py_ssize_t more)
{
    EtreeBody *body = ks_etree_body(self);
    if (body == NULL)
        return -1;
    if (KS_LIKELY(more <= body->room - body->count))
        return 0;
    size_t wanted = (size_t)body->count + (size_t)more;
    size_t room = wanted + (wanted >> 3) + (wanted < 9 ? 3 : 6);
    int inside = body->children == body->few;
    PyObject **grown = NULL;
    if (room <= PY_SSIZE_T_MAX / sizeof *grown)
        grown = PyObject_Realloc(inside ? NULL : body->children, room * sizeof *grown);
    if (grown == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    if (inside)
        memcpy(grown, body->few, (size_t)body->count * sizeof *grown);
    body->children = grown;
    body->room = (Py_ssize_t)room;
    return 0;
}

int
ks_etree_append(EtreeElement *self, PyObject *child)
{
    if (ks_etree_reserve(self, 1) < 0)
        return -1;
    self->body->children[self->body->count++] = Py_NewRef(child);
    return 0;
}

/* Moves the children from an index on by a distance; the count follows. */
static void
children_shift(EtreeBody *body, Py_ssize_t from, Py_ssize_t distance)
{
    memmove(body->children + from + distance, body->children + from,
            (size_t)(body->count - from) * sizeof body->children[0]);
    body->count += distance;
}

int
ks_etree_insert(EtreeElement *self, Py_ssize_t index, PyObject *child)
{
    if (ks_etree_reserve(self, 1) < 0)
        return -1;
    children_shift(self->body, index, 1);
    self->body->children[index] = Py_NewRef(child);
    return 0;
}

/* References that wait to be dropped. */
typedef struct Dropped {
    PyObject **items;
    Py_ssize_t count;
} Dropped;

static int
dropped_room(Dropped *dropped, Py_ssize_t count)
{
    dropped->count = 0;
    dropped->items = PyMem_New(PyObject *, (size_t)count);
    if (dropped->items == NULL)
        PyErr_NoMemory();
    return dropped->items != NULL;
}

static void
dropped_free(Dropped *dropped)
{
    for (Py_ssize_t i = 0; i < dropped->count; i++)
        Py_DECREF(dropped->items[i]);
    PyMem_Free(dropped->items);
}

/* Puts items in the place of the children low to high. */
static int
children_splice(EtreeElement *self, Py_ssize_t low, Py_ssize_t high, PyObject *const *items, Py_ssize_t count)
{
    Dropped dropped;
    Py_ssize_t grow = count - (high - low);
    if ((grow > 0 && ks_etree_reserve(self, grow) < 0) || !dropped_room(&dropped, high - low))
        return -1;
    EtreeBody *body = self->body;
    for (Py_ssize_t i = low; i < high; i++)
        dropped.items[dropped.count++] = body->children[i];
    if (grow != 0)
        children_shift(body, high, grow);
    for (Py_ssize_t i = 0; i < count; i++)
        body->children[low + i] = Py_NewRef(items[i]);
    dropped_free(&dropped);
    return 0;
}

static int
all_elements(PyObject *const *items, Py_ssize_t count)
{
    for (Py_ssize_t i = 0; i < count; i++) {
        if (!ks_etree_expect(items[i]))
            return 0;
    }
    return 1;
}

int
ks_etree_set_children(EtreeElement *self, PyObject *sequence)
{
    PyObject **items = PySequence_Fast_ITEMS(sequence);
    Py_ssize_t count = PySequence_Fast_GET_SIZE(sequence);
    if (!all_elements(items, count) || ks_etree_body(self) == NULL)
        return -1;
    return children_splice(self, 0, self->body->count, items, count);
}

/* ---- one child ------------------------------------------------------------------------------ */

static Py_ssize_t
element_length(PyObject *self)
{
    return etree_count(ETREE(self));
}

static PyObject *
element_item(PyObject *self, Py_ssize_t index)
{
    if (index < 0 || index >= etree_count(ETREE(self))) {
        PyErr_SetString(PyExc_IndexError, "child index out of range");
        return NULL;
    }
    return Py_NewRef(ETREE(self)->body->children[index]);
}

static int
element_ass_item(PyObject *self, Py_ssize_t index, PyObject *value)
{
    EtreeBody *body = ETREE(self)->body;
    if (index < 0 || index >= etree_count(ETREE(self))) {
        PyErr_SetString(PyExc_IndexError, "child assignment index out of range");
        return -1;
    }
    PyObject *old = body->children[index];
    if (value == NULL)
        children_shift(body, index + 1, -1);
    else if (ks_etree_expect(value))
        body->children[index] = Py_NewRef(value);
    else
        return -1;
    Py_DECREF(old);
    return 0;
}

/* An index that counts from the end if it is negative; 0 with an exception. */
static int
element_index(EtreeElement *self, PyObject *key, Py_ssize_t *index)
{
    *index = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (*index == -1 && PyErr_Occurred())
        return 0;
    if (*index < 0)
        *index += etree_count(self);
    return 1;
}

static int
key_refused(void)
{
    PyErr_SetString(PyExc_TypeError, "element indices must be integers");
    return -1;
}

/* ---- slices --------------------------------------------------------------------------------- */

typedef struct Slice {
    Py_ssize_t start, stop, step, length;
} Slice;

/* The part of the children that unpacked bounds mean now. */
static void
slice_adjust(EtreeElement *self, Slice *slice)
{
    slice->length = PySlice_AdjustIndices(etree_count(self), &slice->start, &slice->stop, slice->step);
}

/* The children of a slice; bounds are taken by value, as a second try starts with them. */
static KS_NEW PyObject *
slice_list(EtreeElement *self, Slice bounds)
{
    for (;;) {
        Slice part = bounds;
        slice_adjust(self, &part);
        KS_OWNED PyObject *list = PyList_New(part.length);
        if (list == NULL)
            return NULL;
        Slice now = bounds;
        slice_adjust(self, &now);
        if (now.length != part.length || now.start != part.start)
            continue;
        for (Py_ssize_t i = 0; i < part.length; i++)
            PyList_SET_ITEM(list, i, Py_NewRef(self->body->children[part.start + i * part.step]));
        return ks_give(&list);
    }
}

PyObject *
ks_etree_children(EtreeElement *self)
{
    return slice_list(self, (Slice){.start = 0, .stop = PY_SSIZE_T_MAX, .step = 1});
}

static PyObject *
element_subscript(PyObject *op, PyObject *key)
{
    EtreeElement *self = ETREE(op);
    Slice part;
    if (PyIndex_Check(key)) {
        Py_ssize_t index;
        return element_index(self, key, &index) ? element_item(op, index) : NULL;
    }
    if (!PySlice_Check(key)) {
        key_refused();
        return NULL;
    }
    if (etree_count(self) == 0)
        return PyList_New(0);
    if (PySlice_Unpack(key, &part.start, &part.stop, &part.step) < 0)
        return NULL;
    return slice_list(self, part);
}

/* Takes every step-th child out of a range; the ones between them close up. */
static int
slice_delete(EtreeElement *self, Slice *part)
{
    if (part->length == 0)
        return 0;
    Dropped dropped;
    if (!dropped_room(&dropped, part->length))
        return -1;
    if (part->step < 0) {
        part->start += (part->length - 1) * part->step;
        part->step = -part->step;
    }
    EtreeBody *body = self->body;
    Py_ssize_t next = part->start;
    for (Py_ssize_t i = part->start; i < body->count; i++) {
        if (i == next) {
            dropped.items[dropped.count++] = body->children[i];
            next = dropped.count < part->length ? next + part->step : -1;
        }
        else
            body->children[i - dropped.count] = body->children[i];
    }
    body->count -= dropped.count;
    dropped_free(&dropped);
    return 0;
}

static int
slice_assign(EtreeElement *self, Slice *part, PyObject *const *items, Py_ssize_t count)
{
    if (part->step != 1 && count != part->length) {
        PyErr_Format(PyExc_ValueError, "attempt to assign sequence of size %zd to extended slice of size %zd", count,
                     part->length);
        return -1;
    }
    if (!all_elements(items, count))
        return -1;
    if (count == 0 && part->length == 0)
        return 0;
    if (part->step == 1)
        return children_splice(self, part->start, part->start + part->length, items, count);
    Dropped dropped;
    if (!dropped_room(&dropped, count))
        return -1;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject **place = &self->body->children[part->start + i * part->step];
        dropped.items[dropped.count++] = *place;
        *place = Py_NewRef(items[i]);
    }
    dropped_free(&dropped);
    return 0;
}

static KS_NEW PyObject *
sequence_of(PyObject *value)
{
    PyObject *sequence = PySequence_Fast(value, "");
    if (sequence == NULL && PyErr_ExceptionMatches(PyExc_TypeError))
        PyErr_Format(PyExc_TypeError, "expected sequence, not \"%.200s\"", Py_TYPE(value)->tp_name);
    return sequence;
}

static int
element_ass_subscript(PyObject *op, PyObject *key, PyObject *value)
{
    EtreeElement *self = ETREE(op);
    Slice part;
    if (PyIndex_Check(key)) {
        Py_ssize_t index;
        return element_index(self, key, &index) ? element_ass_item(op, index, value) : -1;
    }
    if (!PySlice_Check(key))
        return key_refused();
    if (PySlice_Unpack(key, &part.start, &part.stop, &part.step) < 0)
        return -1;
    if (value == NULL) {
        slice_adjust(self, &part);
        return slice_delete(self, &part);
    }
    KS_OWNED PyObject *sequence = sequence_of(value);
    if (sequence == NULL)
        return -1;
    slice_adjust(self, &part);
    return slice_assign(self, &part, PySequence_Fast_ITEMS(sequence), PySequence_Fast_GET_SIZE(sequence));
}

PySequenceMethods ks_etree_as_sequence = {
    .sq_length = element_length,
    .sq_item = element_item,
    .sq_ass_item = element_ass_item,
};

PyMappingMethods ks_etree_as_mapping = {
    .mp_length = element_length,
    .mp_subscript = element_subscript,
    .mp_ass_subscript = element_ass_subscript,
};

/* ---- methods -------------------------------------------------------------------------------- */

/* The argument of a method must be an element; position 0 is the only one. */
static int
argument_expect(const char *method, int position, PyObject *value)
{
    char where[16] = "";
    if (KS_LIKELY(etree_is_element(value)))
        return 1;
    if (position > 0)
        snprintf(where, sizeof where, " %d", position);
    PyErr_Format(PyExc_TypeError, "%s() argument%s must be %s, not %.50s", method, where,
                 ks_etree_element_type.tp_name, value == Py_None ? "None" : Py_TYPE(value)->tp_name);
    return 0;
}

PyObject *
ks_etree_append_method(PyObject *self, PyObject *child)
{
    if (!argument_expect("append", 0, child) || ks_etree_append(ETREE(self), child) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* Children before one that is no element stay. */
PyObject *
ks_etree_extend_method(PyObject *self, PyObject *elements)
{
    KS_OWNED PyObject *sequence = sequence_of(elements);
    if (sequence == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(sequence); i++) {
        PyObject *child = PySequence_Fast_GET_ITEM(sequence, i);
        if (!ks_etree_expect(child) || ks_etree_append(ETREE(self), child) < 0)
            return NULL;
    }
    Py_RETURN_NONE;
}

PyObject *
ks_etree_insert_method(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t index;
    if (!ks_args_count("insert", nargs, 2, 2) || !ks_arg_index(args[0], &index)
        || !argument_expect("insert", 2, args[1]))
        return NULL;
    Py_ssize_t count = etree_count(ETREE(self));
    if (index < 0)
        index = index + count < 0 ? 0 : index + count;
    if (ks_etree_insert(ETREE(self), index > count ? count : index, args[1]) < 0)
        return NULL;
    Py_RETURN_NONE;
}

PyObject *
ks_etree_remove_method(PyObject *op, PyObject *child)
{
    EtreeElement *self = ETREE(op);
    if (!argument_expect("remove", 0, child))
        return NULL;
    for (Py_ssize_t i = 0; i < etree_count(self); i++) {
        KS_OWNED PyObject *found = Py_NewRef(self->body->children[i]);
        int equal = PyObject_RichCompareBool(found, child, Py_EQ);
        if (equal < 0)
            return NULL;
        if (equal == 0)
            continue;
        /* The comparison may have moved the children. */
        if (i < etree_count(self) && self->body->children[i] == found && element_ass_item(op, i, NULL) < 0)
            return NULL;
        Py_RETURN_NONE;
    }
    PyErr_SetString(PyExc_ValueError, "list.remove(x): x not in list");
    return NULL;
}
