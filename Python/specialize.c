/* SPDX-License-Identifier: MIT */
/* Quickening, and the specialisation of everything but attributes and calls.
 *
 * Code that has run a few times is quickened: instructions with caches become adaptive, common
 * pairs become one. An adaptive instruction counts down, then asks here for a form that fits the
 * operands at hand. Success rewrites the instruction and allows INITIAL_MISSES misses before it
 * becomes adaptive again; failure lets it wait twice as long. */
#include "Python.h"

#include "opcode.h"
#include "pycore_code.h"
#include "pycore_dict.h"
#include "pycore_function.h"
#include "pycore_long.h"
#include "pycore_object.h"
#include "pycore_opcode.h"

#include "ks_specialize.h"

/* ---- tables that the instruction definitions give ---- */

/* Weak: a source that asks pycore_opcode.h for its tables brings the same ones. */
#define OP(name, number, in, out, cache, base) [number] = base,
__attribute__((weak)) const uint8_t _PyOpcode_Deopt[256] = {
#include "ops.def"
};
#undef OP

/* Only the plain forms have an entry: whoever looks has deoptimised first. CACHE is the name of an
 * opcode, too; here it is the column. */
#pragma push_macro("CACHE")
#undef CACHE
#define CACHE(words) (words)
#define OP(name, number, in, out, cache, base) [number] = (number) == (base) ? cache : 0,
__attribute__((weak)) const uint8_t _PyOpcode_Caches[256] = {
#include "ops.def"
};
#undef OP
#pragma pop_macro("CACHE")

uint8_t _PyOpcode_Adaptive[256] = {
    [LOAD_ATTR] = LOAD_ATTR_ADAPTIVE,
    [LOAD_GLOBAL] = LOAD_GLOBAL_ADAPTIVE,
    [LOAD_METHOD] = LOAD_METHOD_ADAPTIVE,
    [BINARY_SUBSCR] = BINARY_SUBSCR_ADAPTIVE,
    [STORE_SUBSCR] = STORE_SUBSCR_ADAPTIVE,
    [CALL] = CALL_ADAPTIVE,
    [PRECALL] = PRECALL_ADAPTIVE,
    [STORE_ATTR] = STORE_ATTR_ADAPTIVE,
    [BINARY_OP] = BINARY_OP_ADAPTIVE,
    [COMPARE_OP] = COMPARE_OP_ADAPTIVE,
    [UNPACK_SEQUENCE] = UNPACK_SEQUENCE_ADAPTIVE,
};

Py_ssize_t _Py_QuickenedCount = 0;

/* ---- quickening ---- */

/* The one instruction for a pair, 0 if there is none. It takes the first one's place; the second
 * stays, for jumps to it. */
static int
pair_form(int first, int second)
{
    switch (first << 8 | second) {
    case LOAD_CONST << 8 | LOAD_FAST: return LOAD_CONST__LOAD_FAST;
    case LOAD_FAST << 8 | LOAD_CONST: return LOAD_FAST__LOAD_CONST;
    case LOAD_FAST << 8 | LOAD_FAST: return LOAD_FAST__LOAD_FAST;
    case STORE_FAST << 8 | LOAD_FAST: return STORE_FAST__LOAD_FAST;
    case STORE_FAST << 8 | STORE_FAST: return STORE_FAST__STORE_FAST;
    default: return 0;
    }
}

void
_PyCode_Quicken(PyCodeObject *code)
{
    _Py_QuickenedCount++;
    _Py_CODEUNIT *units = _PyCode_CODE(code);
    int previous = -1;
    for (Py_ssize_t i = 0; i < Py_SIZE(code); i++) {
        int opcode = _PyOpcode_Deopt[_Py_OPCODE(units[i])];
        int adaptive = _PyOpcode_Adaptive[opcode];
        if (adaptive != 0) {
            _Py_SET_OPCODE(units[i], adaptive);
            /* The counter is the first cache entry; 0 means specialise at the next run. */
            i += _PyOpcode_Caches[opcode];
            previous = -1;
            continue;
        }
        if (opcode == JUMP_BACKWARD)
            _Py_SET_OPCODE(units[i], JUMP_BACKWARD_QUICK);
        else if (opcode == RESUME)
            _Py_SET_OPCODE(units[i], RESUME_QUICK);
        else if (opcode == EXTENDED_ARG)
            _Py_SET_OPCODE(units[i], EXTENDED_ARG_QUICK);
        else if (previous >= 0) {
            int form = pair_form(previous, opcode);
            if (form != 0)
                _Py_SET_OPCODE(units[i - 1], form);
        }
        previous = opcode;
    }
}

/* ---- subscripts ---- */

static int
is_small_index(PyObject *number)
{
    return PyLong_CheckExact(number) && (size_t)(Py_SIZE(number) + 1) <= 2;
}

int
_Py_Specialize_BinarySubscr(PyObject *container, PyObject *sub, _Py_CODEUNIT *instr)
{
    PyTypeObject *type = Py_TYPE(container);
    if (type == &PyList_Type || type == &PyTuple_Type) {
        if (!is_small_index(sub))
            return ks_specialise_fail(instr);
        return ks_specialise_to(instr, type == &PyList_Type ? BINARY_SUBSCR_LIST_INT
                                                            : BINARY_SUBSCR_TUPLE_INT);
    }
    if (type == &PyDict_Type)
        return ks_specialise_to(instr, BINARY_SUBSCR_DICT);
    PyObject *getitem = _PyType_Lookup(type, &_Py_ID(__getitem__));
    if (getitem == NULL || !PyFunction_Check(getitem) ||
        !(type->tp_flags & Py_TPFLAGS_HEAPTYPE) || type->tp_version_tag == 0 ||
        ks_simple_parameters((PyFunctionObject *)getitem) != 2)
        return ks_specialise_fail(instr);
    uint32_t version = _PyFunction_GetVersionForCurrentState((PyFunctionObject *)getitem);
    if (version == 0 || version > UINT16_MAX)
        return ks_specialise_fail(instr);
    _PyBinarySubscrCache *cache = (_PyBinarySubscrCache *)(instr + 1);
    write_u32(cache->type_version, type->tp_version_tag);
    cache->func_version = (uint16_t)version;
    ((PyHeapTypeObject *)type)->_spec_cache.getitem = getitem;
    return ks_specialise_to(instr, BINARY_SUBSCR_GETITEM);
}

int
_Py_Specialize_StoreSubscr(PyObject *container, PyObject *sub, _Py_CODEUNIT *instr)
{
    if (PyList_CheckExact(container) && is_small_index(sub))
        return ks_specialise_to(instr, STORE_SUBSCR_LIST_INT);
    if (PyDict_CheckExact(container))
        return ks_specialise_to(instr, STORE_SUBSCR_DICT);
    return ks_specialise_fail(instr);
}

/* ---- operators ---- */

static int
binary_form(PyObject *left, PyObject *right, _Py_CODEUNIT *instr, int oparg, PyObject **locals)
{
    if (Py_TYPE(left) != Py_TYPE(right))
        return 0;
    int is_int = PyLong_CheckExact(left), is_float = PyFloat_CheckExact(left);
    switch (oparg) {
    case NB_ADD:
    case NB_INPLACE_ADD:
        if (PyUnicode_CheckExact(left)) {
            _Py_CODEUNIT next = instr[INLINE_CACHE_ENTRIES_BINARY_OP + 1];
            int opcode = _Py_OPCODE(next);
            int stores = opcode == STORE_FAST || opcode == STORE_FAST__LOAD_FAST ||
                         opcode == STORE_FAST__STORE_FAST;
            return stores && locals[_Py_OPARG(next)] == left ? BINARY_OP_INPLACE_ADD_UNICODE
                                                             : BINARY_OP_ADD_UNICODE;
        }
        return is_int ? BINARY_OP_ADD_INT : is_float ? BINARY_OP_ADD_FLOAT : 0;
    case NB_SUBTRACT:
    case NB_INPLACE_SUBTRACT:
        return is_int ? BINARY_OP_SUBTRACT_INT : is_float ? BINARY_OP_SUBTRACT_FLOAT : 0;
    case NB_MULTIPLY:
    case NB_INPLACE_MULTIPLY:
        return is_int ? BINARY_OP_MULTIPLY_INT : is_float ? BINARY_OP_MULTIPLY_FLOAT : 0;
    default: return 0;
    }
}

void
_Py_Specialize_BinaryOp(PyObject *lhs, PyObject *rhs, _Py_CODEUNIT *instr, int oparg,
                        PyObject **locals)
{
    int form = binary_form(lhs, rhs, instr, oparg, locals);
    if (form != 0)
        ks_specialise_to(instr, form);
    else
        ks_specialise_fail(instr);
}

/* Which outcomes (1 less, 2 greater, 4 equal) a comparison holds for. */
static const uint8_t compare_masks[] = {
    [Py_LT] = 1, [Py_LE] = 1 | 4, [Py_EQ] = 4, [Py_NE] = 1 | 2, [Py_GT] = 2, [Py_GE] = 2 | 4,
};

/* The mask for the jump that follows (see ops_arith.def), -1 if none does. */
static int
compare_jump_mask(_Py_CODEUNIT *instr, int oparg)
{
    int holds = compare_masks[oparg];
    switch (_Py_OPCODE(instr[INLINE_CACHE_ENTRIES_COMPARE_OP + 1])) {
    case POP_JUMP_FORWARD_IF_TRUE: return holds;
    case POP_JUMP_FORWARD_IF_FALSE: return 7 - holds;
    case POP_JUMP_BACKWARD_IF_TRUE: return holds | 8;
    case POP_JUMP_BACKWARD_IF_FALSE: return (7 - holds) | 8;
    default: return -1;
    }
}

void
_Py_Specialize_CompareOp(PyObject *lhs, PyObject *rhs, _Py_CODEUNIT *instr, int oparg)
{
    int mask = compare_jump_mask(instr, oparg), form = 0;
    if (mask >= 0 && Py_TYPE(lhs) == Py_TYPE(rhs)) {
        if (PyFloat_CheckExact(lhs))
            form = COMPARE_OP_FLOAT_JUMP;
        else if (is_small_index(lhs) && is_small_index(rhs))
            form = COMPARE_OP_INT_JUMP;
        else if (PyUnicode_CheckExact(lhs) && (oparg == Py_EQ || oparg == Py_NE))
            form = COMPARE_OP_STR_JUMP;
    }
    if (form == 0) {
        ks_specialise_fail(instr);
        return;
    }
    ((_PyCompareOpCache *)(instr + 1))->mask = (uint16_t)mask;
    ks_specialise_to(instr, form);
}

void
_Py_Specialize_UnpackSequence(PyObject *seq, _Py_CODEUNIT *instr, int oparg)
{
    if (PyTuple_CheckExact(seq) && PyTuple_GET_SIZE(seq) == oparg)
        ks_specialise_to(instr, oparg == 2 ? UNPACK_SEQUENCE_TWO_TUPLE : UNPACK_SEQUENCE_TUPLE);
    else if (PyList_CheckExact(seq) && PyList_GET_SIZE(seq) == oparg)
        ks_specialise_to(instr, UNPACK_SEQUENCE_LIST);
    else
        ks_specialise_fail(instr);
}
