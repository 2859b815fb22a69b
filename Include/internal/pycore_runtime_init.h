/* SPDX-License-Identifier: MIT */
/* First values of the states that are part of _PyRuntime. */
#ifndef Py_INTERNAL_RUNTIME_INIT_H
#define Py_INTERNAL_RUNTIME_INIT_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#include "pycore_object.h"
#include <dlfcn.h>

#define _Py_DLOPEN_FLAGS RTLD_NOW
#define DLOPENFLAGS_INIT .dlopenflags = _Py_DLOPEN_FLAGS,

#define _PyThreadState_INIT                                  \
    {                                                        \
        .recursion_limit = Py_DEFAULT_RECURSION_LIMIT,       \
        .context_ver = 1,                                    \
        ._static = 1,                                        \
    }
#define _PyInterpreterState_INIT                                                      \
    {                                                                                 \
        .id_refcount = -1,                                                            \
        .ceval = {.recursion_limit = Py_DEFAULT_RECURSION_LIMIT},                     \
        .gc = {.enabled = 1,                                                          \
               .generations = {{.threshold = 700}, {.threshold = 10}, {.threshold = 10}}}, \
        DLOPENFLAGS_INIT                                                              \
        ._initial_thread = _PyThreadState_INIT,                                       \
        ._static = 1,                                                                 \
    }

#endif
