/* SPDX-License-Identifier: MIT */
/* The _heapq module: lists as priority queues, smallest first (and largest first for the functions
 * whose name ends in _max).
 *
 * Item k is not greater than items 2k+1 and 2k+2. A comparison may change the list: its items are
 * read anew after each one, and a list of another length ends the operation with RuntimeError. */
#include "Python.h"

#include "ks_args.h"

/* 1 if one belongs above other; -1 with an exception, also when the list's length changed. */
KS_INLINE int
goes_above(PyListObject *heap, Py_ssize_t size, PyObject *one, PyObject *other, int largest_first)
{
    Py_INCREF(one);
    Py_INCREF(other);
    int above = largest_first ? PyObject_RichCompareBool(other, one, Py_LT)
                              : PyObject_RichCompareBool(one, other, Py_LT);
    Py_DECREF(one);
    Py_DECREF(other);
    if (above >= 0 && size != PyList_GET_SIZE(heap)) {
        PyErr_SetString(PyExc_RuntimeError, "list changed size during iteration");
        return -1;
    }
    return above;
}

static void
swap_items(PyListObject *heap, Py_ssize_t one, Py_ssize_t other)
{
    PyObject *item = heap->ob_item[one];
    heap->ob_item[one] = heap->ob_item[other];
    heap->ob_item[other] = item;
}

/* Moves the item at `at` towards the root, at most to `top`. */
static int
move_up(PyListObject *heap, Py_ssize_t top, Py_ssize_t at, int largest_first)
{
    Py_ssize_t size = PyList_GET_SIZE(heap);
    while (at > top) {
        Py_ssize_t parent = (at - 1) >> 1;
        int above = goes_above(heap, size, heap->ob_item[at], heap->ob_item[parent],
                               largest_first);
        if (above <= 0)
            return above;
        swap_items(heap, at, parent);
        at = parent;
    }
    return 0;
}

/* Moves the item at `top` down to a leaf along the smaller children, then up to its place: the item
 * usually comes from a leaf, and this takes fewer comparisons than looking on the way down. */
static int
move_down(PyListObject *heap, Py_ssize_t top, int largest_first)
{
    Py_ssize_t size = PyList_GET_SIZE(heap), at = top, leaf_start = size >> 1;
    while (at < leaf_start) {
        Py_ssize_t child = 2 * at + 1;
        if (child + 1 < size) {
            int left = goes_above(heap, size, heap->ob_item[child], heap->ob_item[child + 1],
                                  largest_first);
            if (left < 0)
                return -1;
            child += !left;
        }
        swap_items(heap, at, child);
        at = child;
    }
    return move_up(heap, top, at, largest_first);
}

static PyObject *
index_error(void)
{
    PyErr_SetString(PyExc_IndexError, "index out of range");
    return NULL;
}

/* Takes the root out. */
static PyObject *
pop_root(PyListObject *heap, int largest_first)
{
    Py_ssize_t size = PyList_GET_SIZE(heap);
    if (size == 0)
        return index_error();
    PyObject *last = Py_NewRef(heap->ob_item[size - 1]);
    if (PyList_SetSlice((PyObject *)heap, size - 1, size, NULL) < 0) {
        Py_DECREF(last);
        return NULL;
    }
    if (size == 1)
        return last;
    PyObject *root = heap->ob_item[0];
    heap->ob_item[0] = last;
    if (move_down(heap, 0, largest_first) < 0) {
        Py_DECREF(root);
        return NULL;
    }
    return root;
}

static PyObject *
replace_root(PyListObject *heap, PyObject *item, int largest_first)
{
    if (PyList_GET_SIZE(heap) == 0)
        return index_error();
    PyObject *root = heap->ob_item[0];
    heap->ob_item[0] = Py_NewRef(item);
    if (move_down(heap, 0, largest_first) < 0) {
        Py_DECREF(root);
        return NULL;
    }
    return root;
}

static PyObject *
order_all(PyListObject *heap, int largest_first)
{
    for (Py_ssize_t at = (PyList_GET_SIZE(heap) >> 1) - 1; at >= 0; at--)
        if (move_down(heap, at, largest_first) < 0)
            return NULL;
    Py_RETURN_NONE;
}

/* ---- functions ---- */

/* The heap of a call with an item; NULL with an exception. */
static PyListObject *
heap_of_two(const char *name, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count(name, nargs, 2, 2))
        return NULL;
    if (PyList_Check(args[0]))
        return (PyListObject *)args[0];
    PyErr_Format(PyExc_TypeError, "%s() argument 1 must be list, not %.50s", name,
                 args[0] == Py_None ? "None" : Py_TYPE(args[0])->tp_name);
    return NULL;
}

static PyListObject *
heap_alone(const char *name, PyObject *heap)
{
    if (PyList_Check(heap))
        return (PyListObject *)heap;
    PyErr_Format(PyExc_TypeError, "%s() argument must be list, not %.50s", name,
                 heap == Py_None ? "None" : Py_TYPE(heap)->tp_name);
    return NULL;
}

static PyObject *
heapq_heappush(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    PyListObject *heap = heap_of_two("heappush", args, nargs);
    if (heap == NULL || PyList_Append((PyObject *)heap, args[1]) < 0
        || move_up(heap, 0, PyList_GET_SIZE(heap) - 1, 0) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
heapq_heappushpop(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    PyListObject *heap = heap_of_two("heappushpop", args, nargs);
    if (heap == NULL)
        return NULL;
    if (PyList_GET_SIZE(heap) == 0)
        return Py_NewRef(args[1]);
    PyObject *root = Py_NewRef(heap->ob_item[0]);
    int below = PyObject_RichCompareBool(root, args[1], Py_LT);
    Py_DECREF(root);
    if (below <= 0)
        return below < 0 ? NULL : Py_NewRef(args[1]);
    return replace_root(heap, args[1], 0);
}

static PyObject *
heapq_heapreplace(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    PyListObject *heap = heap_of_two("heapreplace", args, nargs);
    return heap == NULL ? NULL : replace_root(heap, args[1], 0);
}

static PyObject *
heapq_heapreplace_max(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    PyListObject *heap = heap_of_two("_heapreplace_max", args, nargs);
    return heap == NULL ? NULL : replace_root(heap, args[1], 1);
}

static PyObject *
heapq_heappop(PyObject *module, PyObject *list)
{
    PyListObject *heap = heap_alone("heappop", list);
    return heap == NULL ? NULL : pop_root(heap, 0);
}

static PyObject *
heapq_heappop_max(PyObject *module, PyObject *list)
{
    PyListObject *heap = heap_alone("_heappop_max", list);
    return heap == NULL ? NULL : pop_root(heap, 1);
}

static PyObject *
heapq_heapify(PyObject *module, PyObject *list)
{
    PyListObject *heap = heap_alone("heapify", list);
    return heap == NULL ? NULL : order_all(heap, 0);
}

static PyObject *
heapq_heapify_max(PyObject *module, PyObject *list)
{
    PyListObject *heap = heap_alone("_heapify_max", list);
    return heap == NULL ? NULL : order_all(heap, 1);
}

static PyMethodDef heapq_methods[] = {
    METHOD("heappush", heapq_heappush, METH_FASTCALL, "($module, heap, item, /)",
           "Put an item on the heap."),
    METHOD("heappushpop", heapq_heappushpop, METH_FASTCALL, "($module, heap, item, /)",
           "heappush() and then heappop(), in one."),
    METHOD("heappop", heapq_heappop, METH_O, "($module, heap, /)",
           "Take the smallest item off the heap."),
    METHOD("heapreplace", heapq_heapreplace, METH_FASTCALL, "($module, heap, item, /)",
           "heappop() and then heappush(), in one."),
    METHOD("heapify", heapq_heapify, METH_O, "($module, heap, /)",
           "Make a heap of a list, in place and in linear time."),
    METHOD("_heappop_max", heapq_heappop_max, METH_O, "($module, heap, /)",
           "heappop() for a heap with the largest item first."),
    METHOD("_heapify_max", heapq_heapify_max, METH_O, "($module, heap, /)",
           "heapify() with the largest item first."),
    METHOD("_heapreplace_max", heapq_heapreplace_max, METH_FASTCALL, "($module, heap, item, /)",
           "heapreplace() for a heap with the largest item first."),
    {NULL, NULL, 0, NULL},
};

static int
heapq_exec(PyObject *module)
{
    KS_OWNED PyObject *about = PyUnicode_FromString(
        "A heap is a list in which item k is not greater than items 2k+1 and 2k+2.");
    if (about == NULL)
        return -1;
    return PyModule_AddObjectRef(module, "__about__", about);
}

static PyModuleDef_Slot heapq_slots[] = {
    {Py_mod_exec, heapq_exec},
    {0, NULL},
};

static struct PyModuleDef heapq_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_heapq",
    .m_doc = "Lists as priority queues; used by heapq.",
    .m_methods = heapq_methods,
    .m_slots = heapq_slots,
};

PyMODINIT_FUNC
PyInit__heapq(void)
{
    return PyModuleDef_Init(&heapq_module);
}
