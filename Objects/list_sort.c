/* SPDX-License-Identifier: MIT */
/* The sort: stable, adaptive, in place, on an array of keys and, with a key function, an array of
 * values that moves along.
 *
 * Runs that are already ascending (or strictly descending, then turned round) are found from left
 * to right; short ones are filled up by binary insertion. Neighbouring runs are merged in the order
 * that the powersort policy (Munro and Wild, "Nearly-Optimal Mergesorts", 2018) gives: each border
 * between two runs has a power, the depth at which a nearly balanced merge tree would split there,
 * and borders of a higher power are merged first. A merge in which one side wins often goes over to
 * exponential search.
 *
 * At every moment each reference is in exactly one place of keys (values) or of the merge's
 * temporary copy, which is put back on errors: a failing comparison leaves a permutation. While the
 * sort runs the list is empty for everybody else. */
#include "Python.h"

#include "ks_list.h"
#include "pycore_object.h"

#define TEMP_ON_STACK 256
#define MIN_GALLOP 7
/* Lengths on the stack grow at least by a factor of phi every two runs. */
#define MOST_RUNS 85

typedef struct Run {
    Py_ssize_t start;
    Py_ssize_t length;
    int power; /* of the border to the next run on the stack */
} Run;

typedef struct Sorter Sorter;
/* 1 if left < right, 0 if not, -1 with an exception. */
typedef int (*LessThan)(Sorter *sorter, PyObject *left, PyObject *right);

struct Sorter {
    LessThan less;
    LessThan less_first; /* for tuples: their first items */
    richcmpfunc compare; /* the type's own, when all keys have one type */
    PyObject **keys;
    PyObject **values; /* NULL without a key function */
    Py_ssize_t count;
    Py_ssize_t gallop; /* wins in a row from which searching pays, adapted as it goes */
    PyObject **temp;   /* keys, then as many values */
    Py_ssize_t temp_room;
    int depth;
    Run runs[MOST_RUNS];
    PyObject *small_temp[TEMP_ON_STACK];
};

/* ---- comparers ---- */

static int
less_any(Sorter *sorter, PyObject *left, PyObject *right)
{
    return PyObject_RichCompareBool(left, right, Py_LT);
}

/* Keys of one type, whose comparison is called without the detour over reflected operands. */
static int
less_same_type(Sorter *sorter, PyObject *left, PyObject *right)
{
    /* An earlier comparison may have changed the type. */
    if (Py_TYPE(left)->tp_richcompare != sorter->compare)
        return PyObject_RichCompareBool(left, right, Py_LT);
    PyObject *answer = sorter->compare(left, right, Py_LT);
    if (answer == NULL)
        return -1;
    if (answer == Py_NotImplemented) {
        Py_DECREF(answer);
        return PyObject_RichCompareBool(left, right, Py_LT);
    }
    int truth = PyBool_Check(answer) ? answer == Py_True : PyObject_IsTrue(answer);
    Py_DECREF(answer);
    return truth;
}

/* The order of eight bytes as that of a number. */
KS_INLINE uint64_t
first_eight(const Py_UCS1 *text)
{
    uint64_t word;
    memcpy(&word, text, sizeof(word));
    return PY_BIG_ENDIAN ? word : __builtin_bswap64(word);
}

/* Most pairs differ early: the first byte, if only the one that ends an empty string, can always be
 * read, and eight are compared without a call. */
KS_INLINE int
less_bytes(const Py_UCS1 *left, Py_ssize_t left_length, const Py_UCS1 *right,
           Py_ssize_t right_length)
{
    if (left[0] != right[0])
        return left[0] < right[0];
    Py_ssize_t common = left_length < right_length ? left_length : right_length;
    if (common >= 8) {
        uint64_t one = first_eight(left), other = first_eight(right);
        if (one != other)
            return one < other;
    }
    int order = memcmp(left, right, (size_t)common);
    return order != 0 ? order < 0 : left_length < right_length;
}

/* Exact strings of one byte a character. */
static int
less_latin1(Sorter *sorter, PyObject *left, PyObject *right)
{
    return less_bytes(PyUnicode_1BYTE_DATA(left), PyUnicode_GET_LENGTH(left),
                      PyUnicode_1BYTE_DATA(right), PyUnicode_GET_LENGTH(right));
}

/* Exact strings whose ASCII characters follow the head. */
static int
less_ascii(Sorter *sorter, PyObject *left, PyObject *right)
{
    return less_bytes((const Py_UCS1 *)((PyASCIIObject *)left + 1), PyUnicode_GET_LENGTH(left),
                      (const Py_UCS1 *)((PyASCIIObject *)right + 1), PyUnicode_GET_LENGTH(right));
}

/* Exact ints of at most one digit. */
static int
less_small_int(Sorter *sorter, PyObject *left, PyObject *right)
{
    long one = (long)((PyLongObject *)left)->ob_digit[0] * (long)Py_SIZE(left);
    long other = (long)((PyLongObject *)right)->ob_digit[0] * (long)Py_SIZE(right);
    return one < other;
}

static int
less_float(Sorter *sorter, PyObject *left, PyObject *right)
{
    return PyFloat_AS_DOUBLE(left) < PyFloat_AS_DOUBLE(right);
}

/* Exact tuples that are not empty. */
static int
less_tuple(Sorter *sorter, PyObject *left, PyObject *right)
{
    Py_ssize_t left_length = Py_SIZE(left), right_length = Py_SIZE(right), i;
    for (i = 0; i < left_length && i < right_length; i++) {
        int same = PyObject_RichCompareBool(PyTuple_GET_ITEM(left, i), PyTuple_GET_ITEM(right, i),
                                            Py_EQ);
        if (same < 0)
            return -1;
        if (!same)
            break;
    }
    if (i >= left_length || i >= right_length)
        return left_length < right_length;
    LessThan less = i == 0 ? sorter->less_first : less_any;
    return less(sorter, PyTuple_GET_ITEM(left, i), PyTuple_GET_ITEM(right, i));
}

static int
is_small_int(PyObject *object)
{
    return Py_SIZE(object) >= -1 && Py_SIZE(object) <= 1;
}

/* The fastest comparer that is right for all keys, or for the first items of tuple keys. */
static LessThan
choose_for(Sorter *sorter, PyObject **keys, Py_ssize_t count, int of_tuples)
{
#define KEY(i) (of_tuples ? PyTuple_GET_ITEM(keys[i], 0) : keys[i])
    PyTypeObject *type = Py_TYPE(KEY(0));
    int all_small = type == &PyLong_Type, all_latin1 = type == &PyUnicode_Type;
    int all_ascii = all_latin1;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *key = KEY(i);
        if (Py_TYPE(key) != type)
            return less_any;
        if (all_small)
            all_small = is_small_int(key);
        else if (all_ascii && PyUnicode_IS_READY(key) && PyUnicode_IS_COMPACT_ASCII(key))
            continue;
        else if (all_latin1) {
            all_latin1 = PyUnicode_IS_READY(key) && PyUnicode_KIND(key) == PyUnicode_1BYTE_KIND;
            all_ascii = 0;
        }
    }
#undef KEY
    if (all_small)
        return less_small_int;
    if (all_ascii)
        return less_ascii;
    if (all_latin1)
        return less_latin1;
    if (type == &PyFloat_Type)
        return less_float;
    if (type->tp_richcompare == NULL)
        return less_any;
    sorter->compare = type->tp_richcompare;
    return less_same_type;
}

static void
choose_comparer(Sorter *sorter)
{
    PyObject **keys = sorter->keys;
    Py_ssize_t i = 0;
    while (i < sorter->count && PyTuple_CheckExact(keys[i]) && Py_SIZE(keys[i]) > 0)
        i++;
    if (i == sorter->count) {
        sorter->less_first = choose_for(sorter, keys, sorter->count, 1);
        sorter->less = less_tuple;
    }
    else
        sorter->less = choose_for(sorter, keys, sorter->count, 0);
}

/* ---- runs ---- */

static void
reverse_range(Sorter *sorter, Py_ssize_t start, Py_ssize_t count)
{
    ks_list_reverse(sorter->keys + start, count);
    if (sorter->values != NULL)
        ks_list_reverse(sorter->values + start, count);
}

/* Length of the run that starts here, made ascending; -1 with an exception. */
static Py_ssize_t
find_run(Sorter *sorter, Py_ssize_t start)
{
    PyObject **keys = sorter->keys;
    Py_ssize_t at = start + 1;
    if (at >= sorter->count)
        return 1;
    int descending = sorter->less(sorter, keys[at], keys[at - 1]);
    if (descending < 0)
        return -1;
    for (at++; at < sorter->count; at++) {
        int less = sorter->less(sorter, keys[at], keys[at - 1]);
        if (less < 0)
            return -1;
        if (less != descending)
            break;
    }
    if (descending)
        reverse_range(sorter, start, at - start);
    return at - start;
}

static void
rotate_into(PyObject **items, Py_ssize_t to, Py_ssize_t from)
{
    PyObject *moved = items[from];
    memmove(items + to + 1, items + to, (size_t)(from - to) * sizeof(PyObject *));
    items[to] = moved;
}

/* Sorts [start, end) of which [start, sorted) is. */
static int
insert_binary(Sorter *sorter, Py_ssize_t start, Py_ssize_t sorted, Py_ssize_t end)
{
    for (Py_ssize_t from = sorted; from < end; from++) {
        PyObject *pivot = sorter->keys[from];
        Py_ssize_t low = start, high = from;
        while (low < high) {
            Py_ssize_t middle = low + ((high - low) >> 1);
            int less = sorter->less(sorter, pivot, sorter->keys[middle]);
            if (less < 0)
                return -1;
            if (less)
                high = middle;
            else
                low = middle + 1;
        }
        rotate_into(sorter->keys, low, from);
        if (sorter->values != NULL)
            rotate_into(sorter->values, low, from);
    }
    return 0;
}

/* A length between 32 and 64 of which the count is nearly a power of two times. */
static Py_ssize_t
shortest_run(Py_ssize_t count)
{
    Py_ssize_t rest = 0;
    while (count >= 64) {
        rest |= count & 1;
        count >>= 1;
    }
    return count + rest;
}

/* ---- merging ---- */

static int
reserve_temp(Sorter *sorter, Py_ssize_t count)
{
    Py_ssize_t need = sorter->values != NULL ? count * 2 : count;
    if (need <= sorter->temp_room)
        return 0;
    if (sorter->temp != sorter->small_temp)
        PyMem_Free(sorter->temp);
    sorter->temp = PyMem_New(PyObject *, need);
    if (sorter->temp == NULL) {
        sorter->temp = sorter->small_temp;
        sorter->temp_room = TEMP_ON_STACK;
        PyErr_NoMemory();
        return -1;
    }
    sorter->temp_room = need;
    return 0;
}

static int
goes_before(Sorter *sorter, PyObject *item, PyObject *key, int equal_too)
{
    if (!equal_too)
        return sorter->less(sorter, item, key);
    int less = sorter->less(sorter, key, item);
    return less < 0 ? -1 : !less;
}

/* How many of the sorted items go before key, looking near hint first; -1 with an exception. */
static Py_ssize_t
gallop(Sorter *sorter, PyObject *key, PyObject **items, Py_ssize_t count, Py_ssize_t hint,
       int equal_too)
{
    Py_ssize_t low = 0, high = count;
    int before = goes_before(sorter, items[hint], key, equal_too);
    if (before < 0)
        return -1;
    if (before) {
        low = hint + 1;
        for (Py_ssize_t step = 1; step < count - hint; step = step * 2 + 1) {
            before = goes_before(sorter, items[hint + step], key, equal_too);
            if (before < 0)
                return -1;
            if (!before) {
                high = hint + step;
                break;
            }
            low = hint + step + 1;
        }
    }
    else {
        high = hint;
        for (Py_ssize_t step = 1; step <= hint; step = step * 2 + 1) {
            before = goes_before(sorter, items[hint - step], key, equal_too);
            if (before < 0)
                return -1;
            if (before) {
                low = hint - step + 1;
                break;
            }
            high = hint - step;
        }
    }
    while (low < high) {
        Py_ssize_t middle = low + ((high - low) >> 1);
        before = goes_before(sorter, items[middle], key, equal_too);
        if (before < 0)
            return -1;
        if (before)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Copies count items within keys (and values), or from and to the temporary copy. `temp_values`
 * is where that keeps its values. */
KS_INLINE void
move_down(Sorter *sorter, Py_ssize_t to, Py_ssize_t from, Py_ssize_t count)
{
    memmove(sorter->keys + to, sorter->keys + from, (size_t)count * sizeof(PyObject *));
    if (sorter->values != NULL)
        memmove(sorter->values + to, sorter->values + from, (size_t)count * sizeof(PyObject *));
}

KS_INLINE void
save(Sorter *sorter, Py_ssize_t from, Py_ssize_t count)
{
    memcpy(sorter->temp, sorter->keys + from, (size_t)count * sizeof(PyObject *));
    if (sorter->values != NULL)
        memcpy(sorter->temp + count, sorter->values + from, (size_t)count * sizeof(PyObject *));
}

/* saved is how many items the copy was made of, which is where its values begin. */
KS_INLINE void
restore(Sorter *sorter, Py_ssize_t to, Py_ssize_t from, Py_ssize_t count, Py_ssize_t saved)
{
    memcpy(sorter->keys + to, sorter->temp + from, (size_t)count * sizeof(PyObject *));
    if (sorter->values != NULL)
        memcpy(sorter->values + to, sorter->temp + saved + from,
               (size_t)count * sizeof(PyObject *));
}

/* Merges the runs of left_count and right_count items at start; the left one, which is the shorter,
 * is copied out. The hole always has the length of what is left of the copy. */
static int
merge_from_left(Sorter *sorter, Py_ssize_t start, Py_ssize_t left_count, Py_ssize_t right_count)
{
    if (reserve_temp(sorter, left_count) < 0)
        return -1;
    save(sorter, start, left_count);
    PyObject **keys = sorter->keys, **temp = sorter->temp;
    Py_ssize_t to = start, left = 0, right = start + left_count, end = right + right_count;
    Py_ssize_t min_gallop = sorter->gallop;
    int result = -1;
    for (;;) {
        Py_ssize_t left_wins = 0, right_wins = 0;
        while (left_wins < min_gallop && right_wins < min_gallop) {
            int less = sorter->less(sorter, keys[right], temp[left]);
            if (less < 0)
                goto done;
            if (less) {
                move_down(sorter, to++, right++, 1);
                right_wins++;
                left_wins = 0;
                if (right == end)
                    goto merged;
            }
            else {
                restore(sorter, to++, left++, 1, left_count);
                left_wins++;
                right_wins = 0;
                if (left == left_count)
                    goto merged;
            }
        }
        min_gallop++;
        do {
            min_gallop -= min_gallop > 1;
            sorter->gallop = min_gallop;
            left_wins = gallop(sorter, keys[right], temp + left, left_count - left, 0, 1);
            if (left_wins < 0)
                goto done;
            restore(sorter, to, left, left_wins, left_count);
            to += left_wins;
            left += left_wins;
            if (left == left_count)
                goto merged;
            move_down(sorter, to++, right++, 1);
            if (right == end)
                goto merged;
            right_wins = gallop(sorter, temp[left], keys + right, end - right, 0, 0);
            if (right_wins < 0)
                goto done;
            move_down(sorter, to, right, right_wins);
            to += right_wins;
            right += right_wins;
            if (right == end)
                goto merged;
            restore(sorter, to++, left++, 1, left_count);
            if (left == left_count)
                goto merged;
        } while (left_wins >= MIN_GALLOP || right_wins >= MIN_GALLOP);
        sorter->gallop = ++min_gallop;
    }
merged:
    result = 0;
done:
    restore(sorter, to, left, left_count - left, left_count);
    return result;
}

/* The same with the right run copied out and everything from the end: left and right are how many
 * items each side still has, the hole begins behind the left ones. */
static int
merge_from_right(Sorter *sorter, Py_ssize_t start, Py_ssize_t left_count, Py_ssize_t right_count)
{
    if (reserve_temp(sorter, right_count) < 0)
        return -1;
    save(sorter, start + left_count, right_count);
    PyObject **keys = sorter->keys + start, **temp = sorter->temp;
    Py_ssize_t left = left_count, right = right_count, min_gallop = sorter->gallop;
    int result = -1;
    for (;;) {
        Py_ssize_t left_wins = 0, right_wins = 0;
        while (left_wins < min_gallop && right_wins < min_gallop) {
            int less = sorter->less(sorter, temp[right - 1], keys[left - 1]);
            if (less < 0)
                goto done;
            if (less) {
                left--;
                move_down(sorter, start + left + right, start + left, 1);
                left_wins++;
                right_wins = 0;
                if (left == 0)
                    goto merged;
            }
            else {
                right--;
                restore(sorter, start + left + right, right, 1, right_count);
                right_wins++;
                left_wins = 0;
                if (right == 0)
                    goto merged;
            }
        }
        min_gallop++;
        do {
            min_gallop -= min_gallop > 1;
            sorter->gallop = min_gallop;
            Py_ssize_t stay = gallop(sorter, temp[right - 1], keys, left, left - 1, 1);
            if (stay < 0)
                goto done;
            left_wins = left - stay;
            left = stay;
            move_down(sorter, start + left + right, start + left, left_wins);
            if (left == 0)
                goto merged;
            right--;
            restore(sorter, start + left + right, right, 1, right_count);
            if (right == 0)
                goto merged;
            stay = gallop(sorter, keys[left - 1], temp, right, right - 1, 0);
            if (stay < 0)
                goto done;
            right_wins = right - stay;
            right = stay;
            restore(sorter, start + left + right, right, right_wins, right_count);
            if (right == 0)
                goto merged;
            left--;
            move_down(sorter, start + left + right, start + left, 1);
            if (left == 0)
                goto merged;
        } while (left_wins >= MIN_GALLOP || right_wins >= MIN_GALLOP);
        sorter->gallop = ++min_gallop;
    }
merged:
    result = 0;
done:
    restore(sorter, start + left, 0, right, right_count);
    return result;
}

/* Merges run i of the stack with the one after it. */
static int
merge_runs(Sorter *sorter, int i)
{
    Run left = sorter->runs[i], right = sorter->runs[i + 1];
    sorter->runs[i].length = left.length + right.length;
    sorter->runs[i].power = right.power;
    if (i + 2 < sorter->depth)
        sorter->runs[i + 1] = sorter->runs[i + 2];
    sorter->depth--;
    /* What is in its place already need not be touched. */
    Py_ssize_t skip = gallop(sorter, sorter->keys[right.start], sorter->keys + left.start,
                             left.length, 0, 1);
    if (skip < 0)
        return -1;
    left.start += skip;
    left.length -= skip;
    if (left.length == 0)
        return 0;
    right.length = gallop(sorter, sorter->keys[right.start - 1], sorter->keys + right.start,
                          right.length, right.length - 1, 0);
    if (right.length <= 0)
        return (int)right.length;
    if (left.length <= right.length)
        return merge_from_left(sorter, left.start, left.length, right.length);
    return merge_from_right(sorter, left.start, left.length, right.length);
}

/* The power of the border between two neighbouring runs: the first binary place in which the
 * middles of the two, as fractions of the whole, differ. */
static int
border_power(Py_ssize_t start, Py_ssize_t left, Py_ssize_t right, Py_ssize_t count)
{
    /* Doubled middles, to stay with whole numbers. */
    Py_ssize_t one = 2 * start + left;
    Py_ssize_t other = one + left + right;
    int power = 0;
    for (;;) {
        power++;
        if (one >= count) {
            one -= count;
            other -= count;
        }
        else if (other >= count)
            return power;
        one <<= 1;
        other <<= 1;
    }
}

static int
push_run(Sorter *sorter, Py_ssize_t start, Py_ssize_t length)
{
    if (sorter->depth > 0) {
        Run *top = &sorter->runs[sorter->depth - 1];
        int power = border_power(top->start, top->length, length, sorter->count);
        while (sorter->depth > 1 && sorter->runs[sorter->depth - 2].power > power)
            if (merge_runs(sorter, sorter->depth - 2) < 0)
                return -1;
        sorter->runs[sorter->depth - 1].power = power;
    }
    sorter->runs[sorter->depth++] = (Run){start, length, 0};
    return 0;
}

static int
sort_array(Sorter *sorter)
{
    Py_ssize_t count = sorter->count, shortest = shortest_run(count);
    for (Py_ssize_t start = 0; start < count;) {
        Py_ssize_t length = find_run(sorter, start);
        if (length < 0)
            return -1;
        if (length < shortest) {
            Py_ssize_t forced = count - start < shortest ? count - start : shortest;
            if (insert_binary(sorter, start, start + length, start + forced) < 0)
                return -1;
            length = forced;
        }
        if (push_run(sorter, start, length) < 0)
            return -1;
        start += length;
    }
    while (sorter->depth > 1) {
        int i = sorter->depth - 2;
        /* The shorter neighbour first, so that merges stay balanced. */
        if (i > 0 && sorter->runs[i - 1].length < sorter->runs[i + 1].length)
            i--;
        if (merge_runs(sorter, i) < 0)
            return -1;
    }
    return 0;
}

/* ---- lists ---- */

/* The keys of all items as an array of owned references; NULL with an exception. */
static PyObject **
compute_keys(PyObject **items, Py_ssize_t count, PyObject *function)
{
    PyObject **keys = PyMem_New(PyObject *, count);
    if (keys == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        keys[i] = PyObject_CallOneArg(function, items[i]);
        if (keys[i] == NULL) {
            while (--i >= 0)
                Py_DECREF(keys[i]);
            PyMem_Free(keys);
            return NULL;
        }
    }
    return keys;
}

/* Sorts an array of owned references that nobody else can reach. */
static int
sort_items(PyObject **items, Py_ssize_t count, PyObject *function, int reverse)
{
    Sorter sorter;
    if (count == 0 || (count == 1 && function == NULL))
        return 0;
    sorter.keys = items;
    sorter.values = NULL;
    if (function != NULL) {
        sorter.keys = compute_keys(items, count, function);
        if (sorter.keys == NULL)
            return -1;
        sorter.values = items;
    }
    sorter.count = count;
    sorter.gallop = MIN_GALLOP;
    sorter.temp = sorter.small_temp;
    sorter.temp_room = TEMP_ON_STACK;
    sorter.depth = 0;
    int result = 0;
    if (count > 1) {
        choose_comparer(&sorter);
        /* Reversed before and after: equal items keep their order. */
        if (reverse)
            reverse_range(&sorter, 0, count);
        result = sort_array(&sorter);
        if (reverse)
            reverse_range(&sorter, 0, count);
    }
    if (sorter.temp != sorter.small_temp)
        PyMem_Free(sorter.temp);
    if (function != NULL) {
        for (Py_ssize_t i = 0; i < count; i++)
            Py_DECREF(sorter.keys[i]);
        PyMem_Free(sorter.keys);
    }
    return result;
}

int
ks_list_sort(PyListObject *list, PyObject *function, int reverse)
{
    PyObject **items = list->ob_item;
    Py_ssize_t count = Py_SIZE(list), allocated = list->allocated;
    list->ob_item = NULL;
    Py_SET_SIZE(list, 0);
    list->allocated = -1; /* any change of the list gives it another value */

    int result = sort_items(items, count, function, reverse);

    if (list->allocated != -1 && result == 0) {
        PyErr_SetString(PyExc_ValueError, "list modified during sort");
        result = -1;
    }
    PyObject **strange = list->ob_item;
    Py_ssize_t strange_count = Py_SIZE(list);
    list->ob_item = items;
    list->allocated = allocated;
    Py_SET_SIZE(list, count);
    if (strange != NULL) {
        while (--strange_count >= 0)
            Py_XDECREF(strange[strange_count]);
        PyMem_Free(strange);
    }
    return result;
}
