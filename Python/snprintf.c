/* SPDX-License-Identifier: MIT */
/* PyOS_snprintf and the comparisons of C strings that ignore case. */
#include "Python.h"

/* As vsnprintf, but the buffer always ends in a nul, and sizes that cannot be right give -666. */
int
PyOS_vsnprintf(char *to, size_t size, const char *format, va_list args)
{
    int length = size > INT_MAX - 1 ? -666 : vsnprintf(to, size, format, args);
    if (size > 0)
        to[size - 1] = '\0';
    return length;
}

int
PyOS_snprintf(char *to, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = PyOS_vsnprintf(to, size, format, args);
    va_end(args);
    return length;
}

/* At most `size` characters of both; the order of the first that differ. */
int
PyOS_mystrnicmp(const char *left, const char *right, Py_ssize_t size)
{
    for (; size > 0; size--, left++, right++) {
        int difference = Py_TOLOWER(Py_CHARMASK(*left)) - Py_TOLOWER(Py_CHARMASK(*right));
        if (difference != 0 || *left == '\0')
            return difference;
    }
    return 0;
}

int
PyOS_mystricmp(const char *left, const char *right)
{
    return PyOS_mystrnicmp(left, right, PY_SSIZE_T_MAX);
}
