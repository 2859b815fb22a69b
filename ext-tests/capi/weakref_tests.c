/* SPDX-License-Identifier: MIT */
/* Weak references and proxies. */
#include "capi.h"
#include <structmember.h>

static PyObject *
make_target(void)
{
    return ks_eval("type('A', (), {'__len__': lambda self: 5})()");
}

TEST(reference_does_not_hold)
{
    PyObject *target = make_target();
    OWN reference = PyWeakref_NewRef(target, NULL);
    CU_ASSERT_EQUAL(Py_REFCNT(target), 1);
    CU_ASSERT_PTR_EQUAL(PyWeakref_GetObject(reference), target);
    Py_DECREF(target);
    CU_ASSERT_PTR_EQUAL(PyWeakref_GetObject(reference), Py_None);
}

TEST(reference_without_callback_is_shared)
{
    OWN target = make_target();
    OWN one = PyWeakref_NewRef(target, NULL), two = PyWeakref_NewRef(target, Py_None);
    CU_ASSERT_PTR_EQUAL(one, two);
}

TEST(callback_runs_with_reference)
{
    OWN log = PyList_New(0);
    OWN append = PyObject_GetAttrString(log, "append");
    PyObject *target = make_target();
    OWN reference = PyWeakref_NewRef(target, append);
    Py_DECREF(target);
    CU_ASSERT_EQUAL(PyList_GET_SIZE(log), 1);
    CU_ASSERT_PTR_EQUAL(PyList_GET_ITEM(log, 0), reference);
    CU_ASSERT_EQUAL(PyList_SetSlice(log, 0, 1, NULL), 0);
}

TEST(callback_of_dropped_reference_is_silent)
{
    OWN log = PyList_New(0);
    OWN append = PyObject_GetAttrString(log, "append");
    PyObject *target = make_target();
    PyObject *reference = PyWeakref_NewRef(target, append);
    Py_DECREF(reference);
    Py_DECREF(target);
    CU_ASSERT_EQUAL(PyList_GET_SIZE(log), 0);
}

TEST(unsupported_target)
{
    OWN number = PyLong_FromLong(1000);
    NULL_WITH(PyWeakref_NewRef(number, NULL), PyExc_TypeError,
              "cannot create weak reference to 'int' object");
    NULL_WITH(PyWeakref_NewProxy(number, NULL), PyExc_TypeError,
              "cannot create weak reference to 'int' object");
}

TEST(proxy_forwards)
{
    OWN target = make_target();
    OWN proxy = PyWeakref_NewProxy(target, NULL);
    CU_ASSERT(PyWeakref_CheckProxy(proxy));
    CU_ASSERT_EQUAL(PyObject_Size(proxy), 5);
    CU_ASSERT_EQUAL(PyObject_SetAttrString(proxy, "x", Py_True), 0);
    GIVES(PyObject_GetAttrString(target, "x"), "True");
}

TEST(dead_proxy)
{
    PyObject *target = make_target();
    OWN proxy = PyWeakref_NewProxy(target, NULL);
    Py_DECREF(target);
    MINUS_WITH(PyObject_Size(proxy), PyExc_ReferenceError,
               "weakly-referenced object no longer exists");
}

TEST(callable_proxy_type)
{
    OWN function = ks_eval("lambda: 3");
    OWN proxy = PyWeakref_NewProxy(function, NULL);
    CU_ASSERT_PTR_EQUAL(Py_TYPE(proxy), &_PyWeakref_CallableProxyType);
    GIVES(PyObject_CallNoArgs(proxy), "3");
}

TEST(checks)
{
    OWN target = make_target();
    OWN reference = PyWeakref_NewRef(target, NULL), proxy = PyWeakref_NewProxy(target, NULL);
    CU_ASSERT(PyWeakref_CheckRef(reference) && PyWeakref_CheckRefExact(reference));
    CU_ASSERT(!PyWeakref_CheckRef(proxy));
    CU_ASSERT(PyWeakref_Check(proxy) && !PyWeakref_Check(target));
    NULL_WITH(PyWeakref_GetObject(target), PyExc_SystemError, NULL);
}

TEST(count)
{
    OWN target = make_target(), callback = ks_eval("lambda r: None");
    OWN one = PyWeakref_NewRef(target, NULL), two = PyWeakref_NewRef(target, callback);
    PyObject **list = PyObject_GET_WEAKREFS_LISTPTR(target);
    CU_ASSERT_EQUAL(_PyWeakref_GetWeakrefCount((PyWeakReference *)*list), 2);
}

TEST(hash_is_that_of_target)
{
    PyObject *target = make_target();
    OWN reference = PyWeakref_NewRef(target, NULL);
    Py_hash_t hash = PyObject_Hash(target);
    CU_ASSERT_EQUAL(PyObject_Hash(reference), hash);
    Py_DECREF(target);
    CU_ASSERT_EQUAL(PyObject_Hash(reference), hash);
}

TEST(dead_unhashed_reference)
{
    PyObject *target = make_target();
    OWN reference = PyWeakref_NewRef(target, NULL);
    Py_DECREF(target);
    MINUS_WITH(PyObject_Hash(reference), PyExc_TypeError, "weak object has gone away");
}

typedef struct {
    PyObject_HEAD
    PyObject *weak;
} Node;

static void
node_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_ClearWeakRefs(self);
    type->tp_free(self);
    Py_DECREF(type);
}

TEST(own_type_with_weak_list)
{
    static PyMemberDef members[] = {{"__weaklistoffset__", T_PYSSIZET, offsetof(Node, weak),
                                     READONLY}, {NULL}};
    PyType_Slot slots[] = {{Py_tp_members, members}, {Py_tp_dealloc, node_dealloc}, {0, NULL}};
    PyType_Spec spec = {"capi.Node", sizeof(Node), 0, Py_TPFLAGS_DEFAULT, slots};
    OWN type = PyType_FromSpec(&spec);
    CU_ASSERT_EQUAL(((PyTypeObject *)type)->tp_weaklistoffset, offsetof(Node, weak));
    PyObject *node = PyObject_CallNoArgs(type);
    OWN reference = PyWeakref_NewRef(node, NULL);
    CU_ASSERT_PTR_EQUAL(((Node *)node)->weak, reference);
    Py_DECREF(node);
    CU_ASSERT_PTR_EQUAL(PyWeakref_GET_OBJECT(reference), Py_None);
}

void
add_weakref_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_reference_does_not_hold);
    CU_ADD_TEST(suite, test_reference_without_callback_is_shared);
    CU_ADD_TEST(suite, test_callback_runs_with_reference);
    CU_ADD_TEST(suite, test_callback_of_dropped_reference_is_silent);
    CU_ADD_TEST(suite, test_unsupported_target);
    CU_ADD_TEST(suite, test_proxy_forwards);
    CU_ADD_TEST(suite, test_dead_proxy);
    CU_ADD_TEST(suite, test_callable_proxy_type);
    CU_ADD_TEST(suite, test_checks);
    CU_ADD_TEST(suite, test_count);
    CU_ADD_TEST(suite, test_hash_is_that_of_target);
    CU_ADD_TEST(suite, test_dead_unhashed_reference);
    CU_ADD_TEST(suite, test_own_type_with_weak_list);
}
