/* SPDX-License-Identifier: MIT */
/* What the files about specialisation share. */
#ifndef KS_SPECIALIZE_H
#define KS_SPECIALIZE_H

#include "ks_base.h"
#include "pycore_code.h"

/* Misses that a specialised instruction may have before it becomes adaptive again. */
#define KS_INITIAL_MISSES 53

/* Rewrites the instruction; the counter is its first cache entry. Both return 0. */
static inline int
ks_specialise_to(_Py_CODEUNIT *instr, int opcode)
{
    _Py_SET_OPCODE(*instr, opcode);
    instr[1] = KS_INITIAL_MISSES;
    return 0;
}

static inline int
ks_specialise_fail(_Py_CODEUNIT *instr)
{
    instr[1] = adaptive_counter_backoff(instr[1]);
    return 0;
}

/* The number of parameters of a function that has only positional ones, -1 for any other. */
static inline int
ks_simple_parameters(PyFunctionObject *func)
{
    PyCodeObject *code = (PyCodeObject *)func->func_code;
    if ((code->co_flags & (CO_VARARGS | CO_VARKEYWORDS | CO_OPTIMIZED)) != CO_OPTIMIZED ||
        code->co_kwonlyargcount != 0)
        return -1;
    return code->co_argcount;
}

#endif
