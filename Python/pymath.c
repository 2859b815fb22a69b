/* SPDX-License-Identifier: MIT */
/* The control word of the x87 unit, for code that needs 53-bit precision there. */
#include "Python.h"
#include "pycore_pymath.h"

#ifdef HAVE_GCC_ASM_FOR_X87
unsigned short
_Py_get_387controlword(void)
{
    unsigned short word;
    __asm__ __volatile__("fnstcw %0" : "=m"(word));
    return word;
}

void
_Py_set_387controlword(unsigned short word)
{
    __asm__ __volatile__("fldcw %0" : : "m"(word));
}
#endif
