/* SPDX-License-Identifier: MIT */
/* The storage key's layout, for those who embed one. */
#ifndef Py_CPYTHON_PYTHREAD_H
#error "include <pythread.h>, it brings this file in"
#endif

#include <pthread.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PYTHREAD_INVALID_THREAD_ID ((unsigned long)-1)
#define NATIVE_TSS_KEY_T pthread_key_t
#define Py_tss_NEEDS_INIT {0}

struct _Py_tss_t {
    int _is_initialized;
    NATIVE_TSS_KEY_T _key;
};

PyAPI_FUNC(int) _PyThread_at_fork_reinit(PyThread_type_lock *lock);

#ifdef __cplusplus
}
#endif
