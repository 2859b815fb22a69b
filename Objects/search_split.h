/* SPDX-License-Identifier: MIT */
/* Template: split, rsplit and splitlines over one character width, for str and bytes.
 *
 * The includer defines SPLIT_CHAR (the type), SPLIT(name) (the name to give), SPLIT_FIND and
 * SPLIT_RFIND (find functions of ks_search.h for that width), SPLIT_PART(whole, text, start, end)
 * (a new object for the slice, which may be whole itself) and SPLIT_SPACE(ch), SPLIT_BREAK(ch).
 * They are undefined at the end. All functions return a new list or NULL with an exception; an
 * instance that uses only some of them marks the others unused. */

/* Appends text[start..end) and drops out to `failed` when memory runs out. */
#define SPLIT_ADD(start, end)                                                  \
    do {                                                                       \
        PyObject *part_ = SPLIT_PART(whole, text, start, end);                 \
        if (part_ == NULL || ks_split_push(list, part_) < 0)                   \
            goto failed;                                                       \
    } while (0)

#ifndef KS_SPLIT_PUSH
#define KS_SPLIT_PUSH
/* An empty list with room for max + 1 parts, 12 at most. */
static inline PyObject *
ks_split_list(Py_ssize_t max)
{
    PyObject *list = PyList_New(max >= 12 ? 12 : max + 1);
    if (list != NULL)
        Py_SET_SIZE(list, 0);
    return list;
}

/* Takes over item. Grows through the list's own spare room when there is some. */
static inline int
ks_split_push(PyObject *list, KS_STEALS PyObject *item)
{
    PyListObject *l = (PyListObject *)list;
    Py_ssize_t size = Py_SIZE(l);
    if (KS_LIKELY(size < l->allocated)) {
        l->ob_item[size] = item;
        Py_SET_SIZE(l, size + 1);
        return 0;
    }
    int failed = PyList_Append(list, item);
    Py_DECREF(item);
    return failed;
}
#endif

static __attribute__((unused)) PyObject *
SPLIT(whitespace)(PyObject *whole, const SPLIT_CHAR *text, Py_ssize_t length, Py_ssize_t max)
{
    PyObject *list = ks_split_list(max);
    if (list == NULL)
        return NULL;
    Py_ssize_t i = 0;
    while (1) {
        while (i < length && SPLIT_SPACE(text[i]))
            i++;
        if (i == length)
            return list;
        if (max-- <= 0)
            break;
        Py_ssize_t start = i++;
        while (i < length && !SPLIT_SPACE(text[i]))
            i++;
        SPLIT_ADD(start, i);
    }
    /* The limit is reached: the rest stays one piece, with the blanks that end it. */
    SPLIT_ADD(i, length);
    return list;
failed:
    Py_DECREF(list);
    return NULL;
}

static __attribute__((unused)) PyObject *
SPLIT(rwhitespace)(PyObject *whole, const SPLIT_CHAR *text, Py_ssize_t length, Py_ssize_t max)
{
    PyObject *list = ks_split_list(max);
    if (list == NULL)
        return NULL;
    Py_ssize_t i = length;
    while (1) {
        while (i > 0 && SPLIT_SPACE(text[i - 1]))
            i--;
        if (i == 0 || max-- <= 0)
            break;
        Py_ssize_t end = i--;
        while (i > 0 && !SPLIT_SPACE(text[i - 1]))
            i--;
        SPLIT_ADD(i, end);
    }
    if (i > 0)
        SPLIT_ADD(0, i);
    if (PyList_Reverse(list) == 0)
        return list;
failed:
    Py_DECREF(list);
    return NULL;
}

static __attribute__((unused)) PyObject *
SPLIT(split)(PyObject *whole, const SPLIT_CHAR *text, Py_ssize_t length, const SPLIT_CHAR *sep,
             Py_ssize_t sep_length, Py_ssize_t max)
{
    PyObject *list = ks_split_list(max);
    if (list == NULL)
        return NULL;
    Py_ssize_t start = 0;
    while (max-- > 0) {
        /* Parts tend to be short: a look at the next few characters saves a call. */
        if (sep_length == 1) {
            Py_ssize_t near = start, limit = Py_MIN(length, start + 24);
            while (near < limit && text[near] != sep[0])
                near++;
            if (near < limit) {
                SPLIT_ADD(start, near);
                start = near + 1;
                continue;
            }
        }
        Py_ssize_t hit = SPLIT_FIND(text + start, length - start, sep, sep_length);
        if (hit < 0)
            break;
        SPLIT_ADD(start, start + hit);
        start += hit + sep_length;
    }
    SPLIT_ADD(start, length);
    return list;
failed:
    Py_DECREF(list);
    return NULL;
}

static __attribute__((unused)) PyObject *
SPLIT(rsplit)(PyObject *whole, const SPLIT_CHAR *text, Py_ssize_t length, const SPLIT_CHAR *sep,
              Py_ssize_t sep_length, Py_ssize_t max)
{
    PyObject *list = ks_split_list(max);
    if (list == NULL)
        return NULL;
    Py_ssize_t end = length;
    while (max-- > 0) {
        Py_ssize_t hit = SPLIT_RFIND(text, end, sep, sep_length);
        if (hit < 0)
            break;
        SPLIT_ADD(hit + sep_length, end);
        end = hit;
    }
    SPLIT_ADD(0, end);
    if (PyList_Reverse(list) == 0)
        return list;
failed:
    Py_DECREF(list);
    return NULL;
}

static __attribute__((unused)) PyObject *
SPLIT(lines)(PyObject *whole, const SPLIT_CHAR *text, Py_ssize_t length, int keepends)
{
    PyObject *list = PyList_New(0);
    if (list == NULL)
        return NULL;
    Py_ssize_t i = 0;
    while (i < length) {
        Py_ssize_t start = i;
        while (i < length && !SPLIT_BREAK(text[i]))
            i++;
        Py_ssize_t end = i;
        if (i < length) {
            i += text[i] == '\r' && i + 1 < length && text[i + 1] == '\n' ? 2 : 1;
            if (keepends)
                end = i;
        }
        SPLIT_ADD(start, end);
    }
    return list;
failed:
    Py_DECREF(list);
    return NULL;
}

#undef SPLIT_ADD
#undef SPLIT_CHAR
#undef SPLIT
#undef SPLIT_FIND
#undef SPLIT_RFIND
#undef SPLIT_PART
#undef SPLIT_SPACE
#undef SPLIT_BREAK
