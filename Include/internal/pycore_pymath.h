/* SPDX-License-Identifier: MIT */
/* errno after functions of libm, ranges of integer types. */
#ifndef Py_INTERNAL_PYMATH_H
#define Py_INTERNAL_PYMATH_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define HAVE_PY_SET_53BIT_PRECISION 1

extern unsigned short _Py_get_387controlword(void);
extern void _Py_set_387controlword(unsigned short);

/* For one double: an overflow is an error even where libm does not say so, an underflow is none. */
static inline void
_Py_ADJUST_ERANGE1(double value)
{
    int infinite = value == Py_HUGE_VAL || value == -Py_HUGE_VAL;
    if (errno == 0 && infinite)
        errno = ERANGE;
    else if (errno == ERANGE && value == 0.0)
        errno = 0;
}

/* For the two halves of a complex number. */
static inline void
_Py_ADJUST_ERANGE2(double left, double right)
{
    int infinite = left == Py_HUGE_VAL || left == -Py_HUGE_VAL ||
                   right == Py_HUGE_VAL || right == -Py_HUGE_VAL;
    if (errno == 0 && infinite)
        errno = ERANGE;
    else if (errno == ERANGE && !infinite)
        errno = 0;
}

#define _Py_IntegralTypeSigned(type) ((type)-1 < 0)
#define KS_HALF_MAX(type) (((type)1 << (CHAR_BIT * sizeof(type) - 2)) - 1)
#define _Py_IntegralTypeMax(type) \
    (_Py_IntegralTypeSigned(type) ? (KS_HALF_MAX(type) << 1) + 1 : ~(type)0)
#define _Py_IntegralTypeMin(type) \
    (_Py_IntegralTypeSigned(type) ? -1 - _Py_IntegralTypeMax(type) : 0)
#define _Py_InIntegralTypeRange(type, value) \
    ((value) >= _Py_IntegralTypeMin(type) && (value) <= _Py_IntegralTypeMax(type))

/* Doubles have 53 bits here without being told. */
#define _Py_SET_53BIT_PRECISION_HEADER
#define _Py_SET_53BIT_PRECISION_START
#define _Py_SET_53BIT_PRECISION_END
#define _PY_SHORT_FLOAT_REPR 1

#ifdef __cplusplus
}
#endif

#endif
