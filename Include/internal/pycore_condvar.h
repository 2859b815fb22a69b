/* SPDX-License-Identifier: MIT */
/* The lock and the condition variable that the GIL is made of. */
#ifndef Py_INTERNAL_CONDVAR_H
#define Py_INTERNAL_CONDVAR_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#include <pthread.h>

#define Py_HAVE_CONDVAR
#define PyMUTEX_T pthread_mutex_t
#define PyCOND_T pthread_cond_t

#endif
