/* SPDX-License-Identifier: MIT */
/* Objects that live inside _PyRuntime: small ints, one-byte strings, identifiers. */
#ifndef Py_INTERNAL_GLOBAL_OBJECTS_H
#define Py_INTERNAL_GLOBAL_OBJECTS_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#include "pycore_gc.h"
#include "pycore_global_strings.h"

#ifdef __cplusplus
extern "C" {
#endif

#define _PY_NSMALLPOSINTS 257
#define _PY_NSMALLNEGINTS 5

#define _Py_GLOBAL_OBJECT(name) _PyRuntime.global_objects.name
#define _Py_SINGLETON(name) _Py_GLOBAL_OBJECT(singletons.name)

struct _Py_global_objects {
    struct {
        PyLongObject small_ints[_PY_NSMALLNEGINTS + _PY_NSMALLPOSINTS];
        PyBytesObject bytes_empty;
        struct {
            PyBytesObject ob;
            char eos;
        } bytes_characters[256];
        struct _Py_global_strings strings;
        _PyGC_Head_UNUSED _tuple_empty_gc_not_used;
        PyTupleObject tuple_empty;
    } singletons;
};

#ifdef __cplusplus
}
#endif

#endif
