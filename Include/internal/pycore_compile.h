/* SPDX-License-Identifier: MIT */
/* The compiler as others call it. */
#ifndef Py_INTERNAL_COMPILE_H
#define Py_INTERNAL_COMPILE_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct _arena;
struct _mod;
typedef struct {
    int optimize;
    int ff_features;
    int recursion_depth;
    int recursion_limit;
} _PyASTOptimizeState;

PyAPI_FUNC(PyCodeObject *) _PyAST_Compile(struct _mod *mod, PyObject *filename,
    PyCompilerFlags *flags, int optimize, struct _arena *arena);
extern PyFutureFeatures *_PyFuture_FromAST(struct _mod *mod, PyObject *filename);
extern PyObject *_Py_Mangle(PyObject *p, PyObject *name);
extern int _PyAST_Optimize(struct _mod *, struct _arena *arena, _PyASTOptimizeState *state);

#ifdef __cplusplus
}
#endif

#endif
