/* SPDX-License-Identifier: MIT */
/* Memory that is freed all at once, and objects that live as long. */
#ifndef Py_INTERNAL_PYARENA_H
#define Py_INTERNAL_PYARENA_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct _arena PyArena;

PyAPI_FUNC(PyArena *) _PyArena_New(void);
PyAPI_FUNC(void) _PyArena_Free(PyArena *);
PyAPI_FUNC(void *) _PyArena_Malloc(PyArena *, size_t size);
PyAPI_FUNC(int) _PyArena_AddPyObject(PyArena *, PyObject *);

#ifdef __cplusplus
}
#endif

#endif
