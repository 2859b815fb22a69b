/* SPDX-License-Identifier: MIT */
/* Atomic access to a plain size. */
#ifndef Py_ATOMIC_FUNC_H
#define Py_ATOMIC_FUNC_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#ifdef __cplusplus
extern "C" {
#endif

static inline Py_ssize_t
_Py_atomic_size_get(Py_ssize_t *place)
{
    return __atomic_load_n(place, __ATOMIC_SEQ_CST);
}

static inline void
_Py_atomic_size_set(Py_ssize_t *place, Py_ssize_t value)
{
    __atomic_store_n(place, value, __ATOMIC_SEQ_CST);
}

#ifdef __cplusplus
}
#endif

#endif
