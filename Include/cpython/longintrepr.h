/* SPDX-License-Identifier: MIT */
/* int inside: ob_digit holds the magnitude, 30 bits a digit, least significant first; ob_size
 * is the digit count, negative for negative numbers and 0 for zero. */
#ifndef Py_LONGINTREPR_H
#define Py_LONGINTREPR_H

#ifndef Py_LIMITED_API
#ifdef __cplusplus
extern "C" {
#endif

#define PyLong_SHIFT 30
#define _PyLong_DECIMAL_SHIFT 9
#define _PyLong_DECIMAL_BASE ((digit)1000000000)
#define PyLong_BASE ((digit)1 << PyLong_SHIFT)
#define PyLong_MASK ((digit)(PyLong_BASE - 1))

typedef uint32_t digit;
typedef int32_t sdigit;
typedef uint64_t twodigits;
typedef int64_t stwodigits;

struct _longobject {
    PyObject_VAR_HEAD
    digit ob_digit[1];
};

/* A new int whose digits are to be filled in, and a copy of one. */
PyAPI_FUNC(PyLongObject *) _PyLong_New(Py_ssize_t count);
PyAPI_FUNC(PyObject *) _PyLong_Copy(PyLongObject *source);

#ifdef __cplusplus
}
#endif
#endif

#endif
