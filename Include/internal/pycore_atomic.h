/* SPDX-License-Identifier: MIT */
/* Atomic words and the orders they are read and written in, over the compiler's built-ins so that
 * both languages take them. */
#ifndef Py_ATOMIC_H
#define Py_ATOMIC_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#include "dynamic_annotations.h"
#include "pyconfig.h"
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum _Py_memory_order {
    _Py_memory_order_relaxed = __ATOMIC_RELAXED,
    _Py_memory_order_acquire = __ATOMIC_ACQUIRE,
    _Py_memory_order_release = __ATOMIC_RELEASE,
    _Py_memory_order_acq_rel = __ATOMIC_ACQ_REL,
    _Py_memory_order_seq_cst = __ATOMIC_SEQ_CST,
} _Py_memory_order;

typedef struct _Py_atomic_address {
    uintptr_t _value;
} _Py_atomic_address;

typedef struct _Py_atomic_int {
    int _value;
} _Py_atomic_int;

#define _Py_atomic_signal_fence(order) __atomic_signal_fence(order)
#define _Py_atomic_thread_fence(order) __atomic_thread_fence(order)
#define _Py_atomic_store_explicit(word, value, order) \
    __atomic_store_n(&(word)->_value, (value), (order))
#define _Py_atomic_load_explicit(word, order) __atomic_load_n(&(word)->_value, (order))

#define _Py_atomic_store(word, value) \
    _Py_atomic_store_explicit((word), (value), __ATOMIC_SEQ_CST)
#define _Py_atomic_load(word) _Py_atomic_load_explicit((word), __ATOMIC_SEQ_CST)
#define _Py_atomic_store_relaxed(word, value) \
    _Py_atomic_store_explicit((word), (value), __ATOMIC_RELAXED)
#define _Py_atomic_load_relaxed(word) _Py_atomic_load_explicit((word), __ATOMIC_RELAXED)

#ifdef __cplusplus
}
#endif

#endif
