/* SPDX-License-Identifier: MIT */
/* Thread states, the interpreter lock, thread-local storage, locks,
    calls left for the main thread. */
#include "capi.h"
#include <pthread.h>

TEST(state_of_this_thread)
{
    PyThreadState *state = PyThreadState_Get();
    CU_ASSERT_PTR_NOT_NULL_FATAL(state);
    CU_ASSERT_PTR_EQUAL(PyGILState_GetThisThreadState(), state);
    CU_ASSERT_PTR_EQUAL(PyThreadState_GetInterpreter(state), PyInterpreterState_Get());
    CU_ASSERT_PTR_EQUAL(PyInterpreterState_Get(), PyInterpreterState_Main());
    CU_ASSERT_PTR_EQUAL(_PyThreadState_UncheckedGet(), state);
    CU_ASSERT(PyThreadState_GetID(state) > 0);
    CU_ASSERT_EQUAL(PyInterpreterState_GetID(PyInterpreterState_Get()), 0);
}

TEST(state_dict_is_kept)
{
    PyObject *dict = PyThreadState_GetDict();
    CU_ASSERT(PyDict_Check(dict));
    CU_ASSERT_EQUAL(PyDict_SetItemString(dict, "capi", Py_True), 0);
    CU_ASSERT_PTR_EQUAL(PyThreadState_GetDict(), dict);
    CU_ASSERT_PTR_EQUAL(PyDict_GetItemString(PyThreadState_GetDict(), "capi"), Py_True);
}

TEST(interpreter_dict)
{
    PyObject *dict = PyInterpreterState_GetDict(PyInterpreterState_Get());
    CU_ASSERT(PyDict_Check(dict));
    CU_ASSERT_PTR_EQUAL(PyInterpreterState_GetDict(PyInterpreterState_Get()), dict);
}

TEST(save_and_restore)
{
    CU_ASSERT_EQUAL(PyGILState_Check(), 1);
    PyThreadState *state = PyEval_SaveThread();
    CU_ASSERT_EQUAL(PyGILState_Check(), 0);
    CU_ASSERT_PTR_NULL(_PyThreadState_UncheckedGet());
    PyEval_RestoreThread(state);
    CU_ASSERT_EQUAL(PyGILState_Check(), 1);
    CU_ASSERT_PTR_EQUAL(PyThreadState_Get(), state);
}

TEST(allow_threads_keeps_error)
{
    PyErr_SetString(PyExc_ValueError, "kept");
    Py_BEGIN_ALLOW_THREADS
    Py_END_ALLOW_THREADS
    CU_ASSERT(ks_took_message(PyExc_ValueError, "kept"));
}

TEST(ensure_nests)
{
    PyGILState_STATE outer = PyGILState_Ensure(), inner = PyGILState_Ensure();
    CU_ASSERT_EQUAL(outer, PyGILState_LOCKED);
    CU_ASSERT_EQUAL(inner, PyGILState_LOCKED);
    PyGILState_Release(inner);
    PyGILState_Release(outer);
    CU_ASSERT_EQUAL(PyGILState_Check(), 1);
}

TEST(ensure_after_save)
{
    PyThreadState *state = PyEval_SaveThread();
    PyGILState_STATE held = PyGILState_Ensure();
    CU_ASSERT_EQUAL(held, PyGILState_UNLOCKED);
    CU_ASSERT_PTR_EQUAL(PyThreadState_Get(), state);
    PyGILState_Release(held);
    PyEval_RestoreThread(state);
    CU_ASSERT_EQUAL(PyGILState_Check(), 1);
}

static long found;

static void *
add_in_thread(void *argument)
{
    PyGILState_STATE held = PyGILState_Ensure();
    PyObject *space = argument;
    PyObject *value = PyRun_String("sum(range(1000))", Py_eval_input, space, space);
    found = value == NULL ? -1 : PyLong_AsLong(value);
    Py_XDECREF(value);
    PyGILState_Release(held);
    return NULL;
}

TEST(foreign_thread_runs_python)
{
    OWN space = PyDict_New();
    PyDict_SetItemString(space, "__builtins__", PyEval_GetBuiltins());
    pthread_t thread;
    found = 0;
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, add_in_thread, space), 0);
    Py_BEGIN_ALLOW_THREADS
    pthread_join(thread, NULL);
    Py_END_ALLOW_THREADS
    CU_ASSERT_EQUAL(found, 499500);
}

TEST(states_are_listed)
{
    PyInterpreterState *interpreter = PyInterpreterState_Get();
    PyThreadState *extra = PyThreadState_New(interpreter);
    int seen = 0, count = 0;
    for (PyThreadState *state = PyInterpreterState_ThreadHead(interpreter); state != NULL;
         state = PyThreadState_Next(state)) {
        count++;
        seen += state == extra;
    }
    CU_ASSERT_EQUAL(seen, 1);
    CU_ASSERT(count >= 2);
    PyThreadState_Clear(extra);
    PyThreadState_Delete(extra);
}

TEST(swap_states)
{
    PyThreadState *state = PyThreadState_Get(),
        *extra = PyThreadState_New(PyInterpreterState_Get());
    CU_ASSERT_PTR_EQUAL(PyThreadState_Swap(extra), state);
    GIVES(PyLong_FromLong(300), "300");
    CU_ASSERT_PTR_EQUAL(PyThreadState_Swap(state), extra);
    PyThreadState_Clear(extra);
    PyThreadState_Delete(extra);
}

TEST(frame_of_idle_state_is_null)
{
    CU_ASSERT_PTR_NULL(PyThreadState_GetFrame(PyThreadState_Get()));
    CU_ASSERT_PTR_NULL(PyEval_GetFrame());
    CU_ASSERT_PTR_NULL(PyErr_Occurred());
}

TEST(async_exception)
{
    unsigned long id = PyThread_get_thread_ident();
    CU_ASSERT_EQUAL(PyThreadState_SetAsyncExc(id, PyExc_KeyError), 1);
    OWN space = PyDict_New();
    PyDict_SetItemString(space, "__builtins__", PyEval_GetBuiltins());
    NULL_WITH(PyRun_String("def f():\n pass\nwhile True: f()\n", Py_file_input, space, space),
              PyExc_KeyError, NULL);
    CU_ASSERT_EQUAL(PyThreadState_SetAsyncExc(12345, PyExc_KeyError), 0);
}

static int pending_calls;

static int
pending(void *argument)
{
    pending_calls += *(int *)argument;
    return 0;
}

static int
failing_pending(void *argument)
{
    PyErr_SetString(PyExc_ValueError, "pending");
    return -1;
}

TEST(pending_calls_run_once)
{
    int step = 5;
    pending_calls = 0;
    CU_ASSERT_EQUAL(Py_AddPendingCall(pending, &step), 0);
    CU_ASSERT_EQUAL(pending_calls, 0);
    CU_ASSERT_EQUAL(Py_MakePendingCalls(), 0);
    CU_ASSERT_EQUAL(Py_MakePendingCalls(), 0);
    CU_ASSERT_EQUAL(pending_calls, 5);
}

TEST(pending_call_may_fail)
{
    CU_ASSERT_EQUAL(Py_AddPendingCall(failing_pending, NULL), 0);
    MINUS_WITH(Py_MakePendingCalls(), PyExc_ValueError, "pending");
}

TEST(pending_calls_are_limited)
{
    int step = 1, added = 0;
    pending_calls = 0;
    while (added < 1000 && Py_AddPendingCall(pending, &step) == 0)
        added++;
    CU_ASSERT_EQUAL(added, 31);
    CU_ASSERT_EQUAL(Py_MakePendingCalls(), 0);
    CU_ASSERT_EQUAL(pending_calls, added);
}

TEST(tss_key)
{
    static Py_tss_t key = Py_tss_NEEDS_INIT;
    int value;
    CU_ASSERT_EQUAL(PyThread_tss_is_created(&key), 0);
    CU_ASSERT_EQUAL(PyThread_tss_create(&key), 0);
    CU_ASSERT_EQUAL(PyThread_tss_create(&key), 0);
    CU_ASSERT_PTR_NULL(PyThread_tss_get(&key));
    CU_ASSERT_EQUAL(PyThread_tss_set(&key, &value), 0);
    CU_ASSERT_PTR_EQUAL(PyThread_tss_get(&key), &value);
    PyThread_tss_delete(&key);
    CU_ASSERT_EQUAL(PyThread_tss_is_created(&key), 0);
}

TEST(tss_on_heap)
{
    Py_tss_t *key = PyThread_tss_alloc();
    CU_ASSERT_PTR_NOT_NULL_FATAL(key);
    CU_ASSERT_EQUAL(PyThread_tss_is_created(key), 0);
    PyThread_tss_free(key);
}

TEST(locks)
{
    PyThread_type_lock lock = PyThread_allocate_lock();
    CU_ASSERT_EQUAL(PyThread_acquire_lock(lock, NOWAIT_LOCK), 1);
    CU_ASSERT_EQUAL(PyThread_acquire_lock(lock, NOWAIT_LOCK), 0);
    CU_ASSERT_EQUAL(PyThread_acquire_lock_timed(lock, 1000, 0), PY_LOCK_FAILURE);
    PyThread_release_lock(lock);
    CU_ASSERT_EQUAL(PyThread_acquire_lock_timed(lock, 1000, 0), PY_LOCK_ACQUIRED);
    PyThread_release_lock(lock);
    PyThread_free_lock(lock);
}

TEST(thread_info)
{
    OWN info = PyThread_GetInfo();
    GIVES(PyObject_GetAttrString(info, "name"), "'pthread'");
}

TEST(sub_interpreter)
{
    PyThreadState *state = PyThreadState_Get();
    PyThreadState *other = Py_NewInterpreter();
    CU_ASSERT_PTR_NOT_NULL_FATAL(other);
    CU_ASSERT(PyInterpreterState_GetID(PyThreadState_GetInterpreter(other)) > 0);
    CU_ASSERT_EQUAL(PyRun_SimpleString("import sys; sys.only_here = 1"), 0);
    Py_EndInterpreter(other);
    PyThreadState_Swap(state);
    CU_ASSERT_PTR_NULL(PySys_GetObject("only_here"));
}

void
add_thread_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_state_of_this_thread);
    CU_ADD_TEST(suite, test_state_dict_is_kept);
    CU_ADD_TEST(suite, test_interpreter_dict);
    CU_ADD_TEST(suite, test_save_and_restore);
    CU_ADD_TEST(suite, test_allow_threads_keeps_error);
    CU_ADD_TEST(suite, test_ensure_nests);
    CU_ADD_TEST(suite, test_ensure_after_save);
    CU_ADD_TEST(suite, test_foreign_thread_runs_python);
    CU_ADD_TEST(suite, test_states_are_listed);
    CU_ADD_TEST(suite, test_swap_states);
    CU_ADD_TEST(suite, test_frame_of_idle_state_is_null);
    CU_ADD_TEST(suite, test_async_exception);
    CU_ADD_TEST(suite, test_pending_calls_run_once);
    CU_ADD_TEST(suite, test_pending_call_may_fail);
    CU_ADD_TEST(suite, test_pending_calls_are_limited);
    CU_ADD_TEST(suite, test_tss_key);
    CU_ADD_TEST(suite, test_tss_on_heap);
    CU_ADD_TEST(suite, test_locks);
    CU_ADD_TEST(suite, test_thread_info);
    CU_ADD_TEST(suite, test_sub_interpreter);
}
