/* SPDX-License-Identifier: MIT */
/* The gc module: the collector's controls and what it can tell.
 *
 * Walks the collector's rings, hence the internal headers. */
#include "Python.h"

#include "pycore_gc.h"
#include "pycore_interp.h"
#include "pycore_object.h"
#include "pycore_pystate.h"

#include "ks_args.h"
#include "ks_gc.h"

typedef struct _gc_runtime_state GcState;

static GcState *
gc_state(void)
{
    return &_PyInterpreterState_GET()->gc;
}

static PyObject *
gc_enable(PyObject *module, PyObject *unused)
{
    PyGC_Enable();
    Py_RETURN_NONE;
}

static PyObject *
gc_disable(PyObject *module, PyObject *unused)
{
    PyGC_Disable();
    Py_RETURN_NONE;
}

static PyObject *
gc_isenabled(PyObject *module, PyObject *unused)
{
    return PyBool_FromLong(PyGC_IsEnabled());
}

typedef struct CollectArgs {
    int generation;
} CollectArgs;

static PyObject *
gc_collect(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(CollectArgs, generation, ARG_INT, 0), PARAM_END};
    CollectArgs given = {NUM_GENERATIONS - 1};
    if (!ks_args_parse("collect", params, args, nargs, kwnames, &given))
        return NULL;
    if (given.generation < 0 || given.generation >= NUM_GENERATIONS) {
        PyErr_SetString(PyExc_ValueError, "invalid generation");
        return NULL;
    }
    GcState *gc = gc_state();
    if (gc->collecting)
        return PyLong_FromLong(0);
    gc->collecting = 1;
    Py_ssize_t found = ks_gc_collect_announced(_PyThreadState_GET(), given.generation);
    gc->collecting = 0;
    return PyLong_FromSsize_t(found);
}

static PyObject *
gc_set_debug(PyObject *module, PyObject *arg)
{
    int flags;
    if (!ks_arg_int(arg, &flags))
        return NULL;
    gc_state()->debug = flags;
    Py_RETURN_NONE;
}

static PyObject *
gc_get_debug(PyObject *module, PyObject *unused)
{
    return PyLong_FromLong(gc_state()->debug);
}

static PyObject *
gc_set_threshold(PyObject *module, PyObject *args)
{
    GcState *gc = gc_state();
    int threshold[NUM_GENERATIONS];
    for (int i = 0; i < NUM_GENERATIONS; i++)
        threshold[i] = gc->generations[i].threshold;
    if (!PyArg_ParseTuple(args, "i|ii:set_threshold", &threshold[0], &threshold[1],
                          &threshold[2]))
        return NULL;
    for (int i = 0; i < NUM_GENERATIONS; i++)
        gc->generations[i].threshold = threshold[i];
    Py_RETURN_NONE;
}

static PyObject *
gc_get_threshold(PyObject *module, PyObject *unused)
{
    GcState *gc = gc_state();
    return Py_BuildValue("(iii)", gc->generations[0].threshold, gc->generations[1].threshold,
                         gc->generations[2].threshold);
}

static PyObject *
gc_get_count(PyObject *module, PyObject *unused)
{
    GcState *gc = gc_state();
    return Py_BuildValue("(iii)", gc->generations[0].count, gc->generations[1].count,
                         gc->generations[2].count);
}

/* --- looking around --- */

typedef struct Referrers {
    PyObject *targets; /* tuple */
    PyObject *found;   /* list */
} Referrers;

static int
visit_match(PyObject *referent, void *targets)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(targets); i++) {
        if (PyTuple_GET_ITEM(targets, i) == referent)
            return 1;
    }
    return 0;
}

static int
add_referrers(PyGC_Head *ring, Referrers *search)
{
    for (PyGC_Head *node = _PyGCHead_NEXT(ring); node != ring; node = _PyGCHead_NEXT(node)) {
        PyObject *object = (PyObject *)(node + 1);
        if (object == search->targets || object == search->found)
            continue;
        if (Py_TYPE(object)->tp_traverse(object, visit_match, search->targets) &&
            PyList_Append(search->found, object) < 0)
            return -1;
    }
    return 0;
}

static PyObject *
gc_get_referrers(PyObject *module, PyObject *targets)
{
    if (PySys_Audit("gc.get_referrers", "(O)", targets) < 0)
        return NULL;
    KS_OWNED PyObject *found = PyList_New(0);
    if (found == NULL)
        return NULL;
    Referrers search = {targets, found};
    for (int i = 0; i < NUM_GENERATIONS; i++) {
        if (add_referrers(&gc_state()->generations[i].head, &search) < 0)
            return NULL;
    }
    return ks_give(&found);
}

static int
visit_append(PyObject *referent, void *list)
{
    return PyList_Append(list, referent) < 0;
}

static PyObject *
gc_get_referents(PyObject *module, PyObject *args)
{
    if (PySys_Audit("gc.get_referents", "(O)", args) < 0)
        return NULL;
    KS_OWNED PyObject *found = PyList_New(0);
    if (found == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); i++) {
        PyObject *object = PyTuple_GET_ITEM(args, i);
        if (!_PyObject_IS_GC(object) || Py_TYPE(object)->tp_traverse == NULL)
            continue;
        if (Py_TYPE(object)->tp_traverse(object, visit_append, found))
            return NULL;
    }
    return ks_give(&found);
}

static int
ring_list(PyGC_Head *ring, PyObject *list)
{
    for (PyGC_Head *node = _PyGCHead_NEXT(ring); node != ring; node = _PyGCHead_NEXT(node)) {
        PyObject *object = (PyObject *)(node + 1);
        if (object != list && PyList_Append(list, object) < 0)
            return -1;
    }
    return 0;
}

typedef struct ObjectsArgs {
    PyObject *generation;
} ObjectsArgs;

static PyObject *
gc_get_objects(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(ObjectsArgs, generation, ARG_OBJECT, 0), PARAM_END};
    ObjectsArgs given = {Py_None};
    if (!ks_args_parse("get_objects", params, args, nargs, kwnames, &given))
        return NULL;
    Py_ssize_t chosen = -1;
    if (!_Py_convert_optional_to_ssize_t(given.generation, &chosen) ||
        PySys_Audit("gc.get_objects", "n", chosen) < 0)
        return NULL;
    int first = 0, last = NUM_GENERATIONS - 1;
    if (given.generation != Py_None) {
        if (chosen >= NUM_GENERATIONS) {
            PyErr_Format(PyExc_ValueError,
                         "generation parameter must be less than the number of available "
                         "generations (%i)",
                         NUM_GENERATIONS);
            return NULL;
        }
        if (chosen < 0) {
            PyErr_SetString(PyExc_ValueError, "generation parameter cannot be negative");
            return NULL;
        }
        first = last = (int)chosen;
    }
    KS_OWNED PyObject *list = PyList_New(0);
    if (list == NULL)
        return NULL;
    for (int i = first; i <= last; i++) {
        if (ring_list(&gc_state()->generations[i].head, list) < 0)
            return NULL;
    }
    return ks_give(&list);
}

static PyObject *
gc_get_stats(PyObject *module, PyObject *unused)
{
    KS_OWNED PyObject *list = PyList_New(0);
    if (list == NULL)
        return NULL;
    /* A copy first: building the answer may collect and change the figures. */
    struct gc_generation_stats stats[NUM_GENERATIONS];
    memcpy(stats, gc_state()->generation_stats, sizeof stats);
    for (int i = 0; i < NUM_GENERATIONS; i++) {
        KS_OWNED PyObject *row =
            Py_BuildValue("{snsnsn}", "collections", stats[i].collections, "collected",
                          stats[i].collected, "uncollectable", stats[i].uncollectable);
        if (row == NULL || PyList_Append(list, row) < 0)
            return NULL;
    }
    return ks_give(&list);
}

static PyObject *
gc_is_tracked(PyObject *module, PyObject *object)
{
    return PyBool_FromLong(PyObject_GC_IsTracked(object));
}

static PyObject *
gc_is_finalized(PyObject *module, PyObject *object)
{
    return PyBool_FromLong(PyObject_GC_IsFinalized(object));
}

/* --- the permanent generation --- */

static void
ring_append_all(PyGC_Head *from, PyGC_Head *to)
{
    if ((PyGC_Head *)from->_gc_next == from)
        return;
    PyGC_Head *last = (PyGC_Head *)to->_gc_prev;
    PyGC_Head *first = (PyGC_Head *)from->_gc_next, *end = (PyGC_Head *)from->_gc_prev;
    last->_gc_next = (uintptr_t)first;
    _PyGCHead_SET_PREV(first, last);
    end->_gc_next = (uintptr_t)to;
    to->_gc_prev = (uintptr_t)end;
    from->_gc_next = from->_gc_prev = (uintptr_t)from;
}

static PyObject *
gc_freeze(PyObject *module, PyObject *unused)
{
    GcState *gc = gc_state();
    for (int i = 0; i < NUM_GENERATIONS; i++) {
        ring_append_all(&gc->generations[i].head, &gc->permanent_generation.head);
        gc->generations[i].count = 0;
    }
    Py_RETURN_NONE;
}

static PyObject *
gc_unfreeze(PyObject *module, PyObject *unused)
{
    GcState *gc = gc_state();
    ring_append_all(&gc->permanent_generation.head, &gc->generations[NUM_GENERATIONS - 1].head);
    Py_RETURN_NONE;
}

static PyObject *
gc_get_freeze_count(PyObject *module, PyObject *unused)
{
    PyGC_Head *ring = &gc_state()->permanent_generation.head;
    Py_ssize_t count = 0;
    for (PyGC_Head *node = _PyGCHead_NEXT(ring); node != ring; node = _PyGCHead_NEXT(node))
        count++;
    return PyLong_FromSsize_t(count);
}

static PyMethodDef gc_methods[] = {
    METHOD("enable", gc_enable, METH_NOARGS, "($module, /)", "Enable automatic collection."),
    METHOD("disable", gc_disable, METH_NOARGS, "($module, /)", "Disable automatic collection."),
    METHOD("isenabled", gc_isenabled, METH_NOARGS, "($module, /)",
           "Tell whether automatic collection is enabled."),
    METHOD("set_debug", gc_set_debug, METH_O, "($module, flags, /)",
           "Set the debugging flags, a sum of the DEBUG_ constants."),
    METHOD("get_debug", gc_get_debug, METH_NOARGS, "($module, /)", "Get the debugging flags."),
    METHOD("get_count", gc_get_count, METH_NOARGS, "($module, /)",
           "Return the three current collection counts."),
    METHOD_PLAIN("set_threshold", gc_set_threshold, METH_VARARGS,
                 "set_threshold(threshold0, [threshold1, threshold2]) -> None\n\n"
                 "Set the thresholds; 0 for the first turns automatic collection off."),
    METHOD("get_threshold", gc_get_threshold, METH_NOARGS, "($module, /)",
           "Return the three collection thresholds."),
    METHOD("collect", gc_collect, METH_FASTCALL | METH_KEYWORDS, "($module, /, generation=2)",
           "Collect a generation and all younger ones; return the number of unreachable objects."),
    METHOD("get_objects", gc_get_objects, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, generation=None)", "Return a list of the tracked objects."),
    METHOD("get_stats", gc_get_stats, METH_NOARGS, "($module, /)",
           "Return a list with one dictionary of figures per generation."),
    METHOD("is_tracked", gc_is_tracked, METH_O, "($module, obj, /)",
           "Tell whether the collector tracks the object."),
    METHOD("is_finalized", gc_is_finalized, METH_O, "($module, obj, /)",
           "Tell whether the collector finalized the object."),
    METHOD_PLAIN("get_referrers", gc_get_referrers, METH_VARARGS,
                 "get_referrers(*objs) -> list\n\n"
                 "Return the objects that refer directly to any of the given ones."),
    METHOD_PLAIN("get_referents", gc_get_referents, METH_VARARGS,
                 "get_referents(*objs) -> list\n\n"
                 "Return the objects that the given ones refer to directly."),
    METHOD("freeze", gc_freeze, METH_NOARGS, "($module, /)",
           "Move all tracked objects to a generation that is never collected."),
    METHOD("unfreeze", gc_unfreeze, METH_NOARGS, "($module, /)",
           "Move the frozen objects back to the oldest generation."),
    METHOD("get_freeze_count", gc_get_freeze_count, METH_NOARGS, "($module, /)",
           "Return the number of frozen objects."),
    {NULL},
};

static int
gc_exec(PyObject *module)
{
    GcState *gc = gc_state();
    if (PyModule_AddObjectRef(module, "garbage", gc->garbage) < 0 ||
        PyModule_AddObjectRef(module, "callbacks", gc->callbacks) < 0)
        return -1;
    static const struct {
        const char *name;
        int value;
    } flags[] = {
        {"DEBUG_STATS", KS_GC_DEBUG_STATS},
        {"DEBUG_COLLECTABLE", KS_GC_DEBUG_COLLECTABLE},
        {"DEBUG_UNCOLLECTABLE", KS_GC_DEBUG_UNCOLLECTABLE},
        {"DEBUG_SAVEALL", KS_GC_DEBUG_SAVEALL},
        {"DEBUG_LEAK",
         KS_GC_DEBUG_COLLECTABLE | KS_GC_DEBUG_UNCOLLECTABLE | KS_GC_DEBUG_SAVEALL},
    };
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(flags); i++) {
        if (PyModule_AddIntConstant(module, flags[i].name, flags[i].value) < 0)
            return -1;
    }
    return 0;
}

static PyModuleDef_Slot gc_slots[] = {{Py_mod_exec, gc_exec}, {0, NULL}};

static struct PyModuleDef gc_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "gc",
    .m_doc = PyDoc_STR("Access to the cycle collector: controls, statistics, and who refers to whom."),
    .m_methods = gc_methods,
    .m_slots = gc_slots,
};

PyMODINIT_FUNC
PyInit_gc(void)
{
    return PyModuleDef_Init(&gc_module);
}
