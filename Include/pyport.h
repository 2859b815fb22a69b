/* SPDX-License-Identifier: MIT */
/* What the compiler and the machine are asked for: integer types, attributes, visibility marks.
 * The layouts fixed here are those of 64-bit Linux. */
#ifndef Py_PYPORT_H
#define Py_PYPORT_H

#include "pyconfig.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>

#if UCHAR_MAX != 255
#error "a char of 8 bits is needed"
#endif

/* Casts that both languages take without a warning. */
#define _Py_CAST(type, value) ((type)(value))
#ifdef __cplusplus
#define _Py_STATIC_CAST(type, value) static_cast<type>(value)
#else
#define _Py_STATIC_CAST(type, value) ((type)(value))
#endif
#if defined(__cplusplus) && __cplusplus >= 201103L
#define _Py_NULL nullptr
#else
#define _Py_NULL NULL
#endif

/* Both kinds of a module inside the core see the core's headers. */
#if !defined(Py_BUILD_CORE) && (defined(Py_BUILD_CORE_BUILTIN) || defined(Py_BUILD_CORE_MODULE))
#define Py_BUILD_CORE
#endif

/* Integers: names from before C99, sizes, limits. */
#ifndef HAVE_LONG_LONG
#define HAVE_LONG_LONG 1
#endif
#ifndef PY_LONG_LONG
#define PY_LONG_LONG long long
#define PY_LLONG_MIN LLONG_MIN
#define PY_LLONG_MAX LLONG_MAX
#define PY_ULLONG_MAX ULLONG_MAX
#endif
#define PY_INT32_T int32_t
#define PY_UINT32_T uint32_t
#define PY_INT64_T int64_t
#define PY_UINT64_T uint64_t
#define PYLONG_BITS_IN_DIGIT 30
#define PY_DWORD_MAX 4294967295U
#define PY_BIG_ENDIAN 0
#define PY_LITTLE_ENDIAN 1
#define PY_SIZE_MAX SIZE_MAX
#ifndef LONG_BIT
#define LONG_BIT (8 * SIZEOF_LONG)
#endif
#ifndef Py_LL
#define Py_LL(number) number##LL
#endif
#ifndef Py_ULL
#define Py_ULL(number) Py_LL(number##U)
#endif

typedef ssize_t Py_ssize_t;
typedef Py_ssize_t Py_hash_t;
typedef size_t Py_uhash_t;
typedef Py_ssize_t Py_ssize_clean_t;
typedef intptr_t Py_intptr_t;
typedef uintptr_t Py_uintptr_t;
#define PY_SSIZE_T_MAX SSIZE_MAX
#define PY_SSIZE_T_MIN (-PY_SSIZE_T_MAX - 1)
#define SIZEOF_PY_HASH_T SIZEOF_SIZE_T
#define SIZEOF_PY_UHASH_T SIZEOF_SIZE_T
#ifndef PY_FORMAT_SIZE_T
#define PY_FORMAT_SIZE_T "z"
#endif

/* Functions of one file, with and without a plea for inlining. */
#define Py_LOCAL(type) static type
#define Py_LOCAL_INLINE(type) static inline type

#if !defined(Py_LIMITED_API) || Py_LIMITED_API + 0 < 0x030b0000
#define Py_MEMCPY memcpy
#endif

#define Py_ARITHMETIC_RIGHT_SHIFT(type, number, count) ((number) >> (count))
#define Py_FORCE_EXPANSION(token) token
#define Py_VA_COPY va_copy

/* Narrowing that a debug build checks. */
#ifdef Py_DEBUG
#define Py_SAFE_DOWNCAST(value, wide, narrow)                                             \
    (assert((value) == _Py_STATIC_CAST(wide, _Py_STATIC_CAST(narrow, (value)))),          \
     _Py_STATIC_CAST(narrow, (value)))
#else
#define Py_SAFE_DOWNCAST(value, wide, narrow) _Py_STATIC_CAST(narrow, (value))
#endif

/* Attributes. */
#define Py_DEPRECATED(since) __attribute__((__deprecated__))
#define Py_GCC_ATTRIBUTE(list) __attribute__(list)
#define Py_ALIGNED(bytes) __attribute__((aligned(bytes)))
#define _Py_HOT_FUNCTION __attribute__((hot))
#define Py_NO_INLINE __attribute__((noinline))
#ifdef Py_DEBUG
#define Py_ALWAYS_INLINE
#else
#define Py_ALWAYS_INLINE __attribute__((always_inline))
#endif
#ifndef _Py_NO_RETURN
#define _Py_NO_RETURN __attribute__((__noreturn__))
#endif
#ifdef __has_builtin
#define _Py__has_builtin(name) __has_builtin(name)
#else
#define _Py__has_builtin(name) 0
#endif

/* A stretch of code that may use what is deprecated. */
#ifdef __clang__
#define _Py_COMP_DIAG_PUSH _Pragma("clang diagnostic push")
#define _Py_COMP_DIAG_IGNORE_DEPR_DECLS \
    _Pragma("clang diagnostic ignored \"-Wdeprecated-declarations\"")
#define _Py_COMP_DIAG_POP _Pragma("clang diagnostic pop")
#else
#define _Py_COMP_DIAG_PUSH _Pragma("GCC diagnostic push")
#define _Py_COMP_DIAG_IGNORE_DEPR_DECLS \
    _Pragma("GCC diagnostic ignored \"-Wdeprecated-declarations\"")
#define _Py_COMP_DIAG_POP _Pragma("GCC diagnostic pop")
#endif

/* Sanitizers that are told of memory they cannot follow. */
#ifdef __has_feature
#if __has_feature(memory_sanitizer) && !defined(_Py_MEMORY_SANITIZER)
#define _Py_MEMORY_SANITIZER
#endif
#if __has_feature(address_sanitizer) && !defined(_Py_ADDRESS_SANITIZER)
#define _Py_ADDRESS_SANITIZER
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define _Py_ADDRESS_SANITIZER
#endif

/* Every function and object of the interface wears one of these. */
#include "exports.h"
#ifndef PyAPI_FUNC
#define PyAPI_FUNC(type) Py_EXPORTED_SYMBOL type
#endif
#ifndef PyAPI_DATA
#define PyAPI_DATA(type) extern Py_EXPORTED_SYMBOL type
#endif
#ifndef PyMODINIT_FUNC
#ifdef __cplusplus
#define PyMODINIT_FUNC extern "C" Py_EXPORTED_SYMBOL PyObject *
#else
#define PyMODINIT_FUNC Py_EXPORTED_SYMBOL PyObject *
#endif
#endif

#ifndef WITH_THREAD
#define WITH_THREAD
#endif

#endif
