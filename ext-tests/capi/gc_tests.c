/* SPDX-License-Identifier: MIT */
/* The collector: tracking, cycles through our own types, finalisers, switches. */
#include "capi.h"

typedef struct {
    PyObject_HEAD
    PyObject *other;
} Link;

static int live, finalized, cleared;
static PyObject *saved;

static int
link_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((Link *)self)->other);
    return 0;
}

static int
link_clear(PyObject *self)
{
    cleared++;
    Py_CLEAR(((Link *)self)->other);
    return 0;
}

static void
link_dealloc(PyObject *self)
{
    if (PyObject_CallFinalizerFromDealloc(self) < 0)
        return;
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_CLEAR(((Link *)self)->other);
    live--;
    type->tp_free(self);
    Py_DECREF(type);
}

static void
link_finalize(PyObject *self)
{
    finalized++;
}

static void
link_resurrect(PyObject *self)
{
    finalized++;
    saved = Py_NewRef(self);
}

static PyObject *
link_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    live++;
    return type->tp_alloc(type, 0);
}

static PyObject *
link_type(destructor finalize)
{
    PyType_Slot slots[] = {
        {Py_tp_new, link_new}, {Py_tp_traverse, link_traverse}, {Py_tp_clear, link_clear},
        {Py_tp_dealloc, link_dealloc}, {Py_tp_finalize, finalize}, {0, NULL},
    };
    PyType_Spec spec = {"capi.Link", sizeof(Link), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
                        slots};
    PyObject *type = PyType_FromSpec(&spec);
    CU_ASSERT_PTR_NOT_NULL_FATAL(type);
    live = finalized = cleared = 0;
    return type;
}

TEST(collect_breaks_cycle_of_two)
{
    OWN type = link_type(link_finalize);
    PyObject *one = PyObject_CallNoArgs(type), *two = PyObject_CallNoArgs(type);
    ((Link *)one)->other = two;
    ((Link *)two)->other = one;
    CU_ASSERT(PyGC_Collect() >= 2);
    CU_ASSERT_EQUAL(live, 0);
    CU_ASSERT_EQUAL(finalized, 2);
}

TEST(self_cycle_is_collected)
{
    OWN type = link_type(link_finalize);
    PyObject *link = PyObject_CallNoArgs(type);
    ((Link *)link)->other = link;
    CU_ASSERT_EQUAL(live, 1);
    CU_ASSERT(PyGC_Collect() >= 1);
    CU_ASSERT_EQUAL(live, 0);
    CU_ASSERT_EQUAL(finalized, 1);
    CU_ASSERT_EQUAL(cleared, 1);
}

TEST(reachable_cycle_stays)
{
    OWN type = link_type(link_finalize);
    PyObject *link = PyObject_CallNoArgs(type);
    ((Link *)link)->other = Py_NewRef(link);
    PyGC_Collect();
    CU_ASSERT_EQUAL(live, 1);
    CU_ASSERT_EQUAL(finalized, 0);
    Py_DECREF(link);
    PyGC_Collect();
    CU_ASSERT_EQUAL(live, 0);
}

TEST(plain_death_needs_no_collection)
{
    OWN type = link_type(link_finalize);
    PyObject *link = PyObject_CallNoArgs(type);
    Py_DECREF(link);
    CU_ASSERT_EQUAL(live, 0);
    CU_ASSERT_EQUAL(finalized, 1);
    CU_ASSERT_EQUAL(cleared, 0);
}

TEST(finalizer_may_resurrect_once)
{
    OWN type = link_type(link_resurrect);
    PyObject *link = PyObject_CallNoArgs(type);
    Py_DECREF(link);
    CU_ASSERT_EQUAL(live, 1);
    CU_ASSERT_PTR_EQUAL(saved, link);
    CU_ASSERT_EQUAL(PyObject_GC_IsFinalized(link), 1);
    Py_CLEAR(saved);
    CU_ASSERT_EQUAL(live, 0);
    CU_ASSERT_EQUAL(finalized, 1);
}

TEST(cycle_may_be_resurrected)
{
    OWN type = link_type(link_resurrect);
    PyObject *link = PyObject_CallNoArgs(type);
    ((Link *)link)->other = link;
    PyGC_Collect();
    CU_ASSERT_EQUAL(live, 1);
    CU_ASSERT_EQUAL(cleared, 0);
    Py_CLEAR(saved);
    PyGC_Collect();
    CU_ASSERT_EQUAL(live, 0);
    CU_ASSERT_EQUAL(finalized, 1);
}

TEST(weak_reference_into_garbage_is_cleared_first)
{
    OWN space = ks_exec("import weakref\nlog = []\nclass A:\n pass\na = A()\na.self = a\n"
                        "r = weakref.ref(a, lambda r: log.append(r() is None))\ndel a\n");
    PyGC_Collect();
    READS(ks_name(space, "log"), "[True]");
}

TEST(python_finalizer_runs_in_cycle)
{
    OWN space = ks_exec("log = []\nclass A:\n def __del__(self): log.append('gone')\n"
                        "a = A()\na.self = a\ndel a\n");
    PyGC_Collect();
    READS(ks_name(space, "log"), "['gone']");
}

TEST(disable_stops_automatic_collection)
{
    CU_ASSERT_EQUAL(PyGC_IsEnabled(), 1);
    CU_ASSERT_EQUAL(PyGC_Disable(), 1);
    CU_ASSERT_EQUAL(PyGC_IsEnabled(), 0);
    OWN type = link_type(link_finalize);
    PyObject *link = PyObject_CallNoArgs(type);
    ((Link *)link)->other = link;
    OWN list = PyList_New(0);
    for (int i = 0; i < 2000; i++) {
        OWN item = PyList_New(0);
        PyList_Append(list, item);
    }
    CU_ASSERT_EQUAL(live, 1);
    CU_ASSERT_EQUAL(PyGC_Enable(), 0);
    PyGC_Collect();
    CU_ASSERT_EQUAL(live, 0);
}

TEST(allocations_trigger_collection)
{
    OWN type = link_type(link_finalize);
    PyObject *link = PyObject_CallNoArgs(type);
    ((Link *)link)->other = link;
    OWN list = PyList_New(0);
    for (int i = 0; i < 2000; i++) {
        OWN item = PyList_New(0);
        PyList_Append(list, item);
    }
    CU_ASSERT_EQUAL(live, 0);
}

TEST(track_and_untrack)
{
    OWN list = PyList_New(0);
    CU_ASSERT_EQUAL(PyObject_GC_IsTracked(list), 1);
    PyObject_GC_UnTrack(list);
    CU_ASSERT_EQUAL(PyObject_GC_IsTracked(list), 0);
    PyObject_GC_UnTrack(list);
    PyObject_GC_Track(list);
    CU_ASSERT_EQUAL(PyObject_GC_IsTracked(list), 1);
    CU_ASSERT_EQUAL(PyObject_GC_IsTracked(Py_None), 0);
}

TEST(is_gc)
{
    OWN list = PyList_New(0), number = PyLong_FromLong(1);
    CU_ASSERT(PyObject_IS_GC(list));
    CU_ASSERT(!PyObject_IS_GC(number));
    CU_ASSERT(!PyObject_IS_GC((PyObject *)&PyLong_Type));
}

TEST(new_var_and_resize)
{
    PyTupleObject *tuple = PyObject_GC_NewVar(PyTupleObject, &PyTuple_Type, 2);
    CU_ASSERT_PTR_NOT_NULL_FATAL(tuple);
    CU_ASSERT_EQUAL(Py_SIZE(tuple), 2);
    CU_ASSERT_EQUAL(Py_REFCNT(tuple), 1);
    CU_ASSERT_EQUAL(PyObject_GC_IsTracked((PyObject *)tuple), 0);
    tuple = PyObject_GC_Resize(PyTupleObject, tuple, 40);
    CU_ASSERT_PTR_NOT_NULL_FATAL(tuple);
    CU_ASSERT_EQUAL(Py_SIZE(tuple), 40);
    PyObject_GC_Del(tuple);
}

TEST(new_out_of_memory)
{
    OWN type = link_type(link_finalize);
    ks_fail_after(0);
    PyObject *link = PyObject_CallNoArgs(type);
    ks_fail_stop();
    NULL_WITH(link, PyExc_MemoryError, NULL);
}

void
add_gc_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_collect_breaks_cycle_of_two);
    CU_ADD_TEST(suite, test_self_cycle_is_collected);
    CU_ADD_TEST(suite, test_reachable_cycle_stays);
    CU_ADD_TEST(suite, test_plain_death_needs_no_collection);
    CU_ADD_TEST(suite, test_finalizer_may_resurrect_once);
    CU_ADD_TEST(suite, test_cycle_may_be_resurrected);
    CU_ADD_TEST(suite, test_weak_reference_into_garbage_is_cleared_first);
    CU_ADD_TEST(suite, test_python_finalizer_runs_in_cycle);
    CU_ADD_TEST(suite, test_disable_stops_automatic_collection);
    CU_ADD_TEST(suite, test_allocations_trigger_collection);
    CU_ADD_TEST(suite, test_track_and_untrack);
    CU_ADD_TEST(suite, test_is_gc);
    CU_ADD_TEST(suite, test_new_var_and_resize);
    CU_ADD_TEST(suite, test_new_out_of_memory);
}
