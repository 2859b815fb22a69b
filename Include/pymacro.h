/* SPDX-License-Identifier: MIT */
/* Small macros that need no type of ours. */
#ifndef Py_PYMACRO_H
#define Py_PYMACRO_H

#define Py_MIN(x, y) ((y) < (x) ? (y) : (x))
#define Py_MAX(x, y) ((y) < (x) ? (x) : (y))
#define Py_ABS(x) ((x) < 0 ? -(x) : (x))
#define Py_CHARMASK(c) ((unsigned char)((c) & 0xff))

#define _Py_XSTRINGIFY(tokens) #tokens
#define Py_STRINGIFY(tokens) _Py_XSTRINGIFY(tokens)

/* Questions the compiler answers. The expression form is 0, or does not compile. */
#define Py_MEMBER_SIZE(type, member) sizeof(((type *)0)->member)
#define Py_BUILD_ASSERT_EXPR(condition) (sizeof(char[(condition) ? 1 : -1]) - 1)
#define Py_BUILD_ASSERT(condition)                \
    do {                                          \
        (void)Py_BUILD_ASSERT_EXPR(condition);    \
    } while (0)
#define _Py_ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))
#if defined(__STRICT_ANSI__) || defined(__cplusplus)
#define Py_ARRAY_LENGTH(array) _Py_ARRAY_COUNT(array)
#else
/* A pointer in the array's place is an error. */
#define Py_ARRAY_LENGTH(array) \
    (_Py_ARRAY_COUNT(array) +  \
     Py_BUILD_ASSERT_EXPR(!__builtin_types_compatible_p(typeof(array), typeof(&(array)[0]))))
#endif

/* Documentation texts; a build may leave them out. */
#define PyDoc_VAR(name) static const char name[]
#define PyDoc_STRVAR(name, text) PyDoc_VAR(name) = PyDoc_STR(text)
#ifdef WITH_DOC_STRINGS
#define PyDoc_STR(text) text
#else
#define PyDoc_STR(text) ""
#endif

/* Rounding to a power of two: numbers, then addresses. */
#define _Py_LOW_BITS(type, alignment) ((type)((alignment) - 1))
#define _Py_SIZE_ROUND_DOWN(number, to) ((size_t)(number) & ~_Py_LOW_BITS(size_t, to))
#define _Py_SIZE_ROUND_UP(number, to) \
    (((size_t)(number) + _Py_LOW_BITS(size_t, to)) & ~_Py_LOW_BITS(size_t, to))
#define _Py_ALIGN_DOWN(address, to) \
    ((void *)((uintptr_t)(address) & ~_Py_LOW_BITS(uintptr_t, to)))
#define _Py_ALIGN_UP(address, to) \
    ((void *)(((uintptr_t)(address) + _Py_LOW_BITS(uintptr_t, to)) & ~_Py_LOW_BITS(uintptr_t, to)))
#define _Py_IS_ALIGNED(address, to) (((uintptr_t)(address) & _Py_LOW_BITS(uintptr_t, to)) == 0)

#define Py_UNUSED(name) _unused_##name __attribute__((unused))
/* The value of an assignment that must not be assigned to in turn. */
#define _Py_RVALUE(expression) ((void)0, (expression))

#ifdef Py_DEBUG
#define Py_UNREACHABLE() Py_FatalError("control reached a place that should be unreachable")
#else
#define Py_UNREACHABLE() __builtin_unreachable()
#endif

#endif
