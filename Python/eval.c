/* SPDX-License-Identifier: MIT */
/* The evaluation loop.
 *
 * One function runs a frame and every Python frame it calls: a call to a Python function links a
 * new frame and goes on in the loop, a return unlinks it. Only the frame the function was entered
 * with (is_entry) returns to C. Generators that a loop or an await drives are linked likewise.
 *
 * The bodies of the instructions are in ops_*.def, in these terms:
 *   ip       the instruction after the current one (caches included until SKIP)
 *   sp       one above the top of the value stack; frame->stacktop is -1 while sp holds the truth
 *   PURE     a body that runs no other code: it does not note its position in the frame
 *   GENERIC  where a specialised form goes when its assumptions fail (MISS_IF)
 * A body that fails leaves its operands on the stack and goes to error: unwinding drops them. No
 * variable with a cleanup attribute may live in a body, since computed gotos skip it. */
#include "Python.h"

#include "pycore_abstract.h"
#include "pycore_call.h"
#include "pycore_ceval.h"
#include "pycore_code.h"
#include "pycore_dict.h"
#include "pycore_floatobject.h"
#include "pycore_frame.h"
#include "pycore_function.h"
#include "pycore_genobject.h"
#include "pycore_list.h"
#include "pycore_long.h"
#include "pycore_moduleobject.h"
#include "pycore_object.h"
#include "pycore_opcode.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"
#include "pycore_tuple.h"

#include "ks_code.h"
#include "ks_eval.h"
#include "ks_frame.h"
#include "ks_int.h"
#include "ks_list.h"
#include "ks_range.h"

typedef PyObject *(*KsBinary)(PyObject *, PyObject *);

static const KsBinary ks_binary_ops[] = {
    [NB_ADD] = PyNumber_Add,
    [NB_AND] = PyNumber_And,
    [NB_FLOOR_DIVIDE] = PyNumber_FloorDivide,
    [NB_LSHIFT] = PyNumber_Lshift,
    [NB_MATRIX_MULTIPLY] = PyNumber_MatrixMultiply,
    [NB_MULTIPLY] = PyNumber_Multiply,
    [NB_REMAINDER] = PyNumber_Remainder,
    [NB_OR] = PyNumber_Or,
    [NB_POWER] = _PyNumber_PowerNoMod,
    [NB_RSHIFT] = PyNumber_Rshift,
    [NB_SUBTRACT] = PyNumber_Subtract,
    [NB_TRUE_DIVIDE] = PyNumber_TrueDivide,
    [NB_XOR] = PyNumber_Xor,
    [NB_INPLACE_ADD] = PyNumber_InPlaceAdd,
    [NB_INPLACE_AND] = PyNumber_InPlaceAnd,
    [NB_INPLACE_FLOOR_DIVIDE] = PyNumber_InPlaceFloorDivide,
    [NB_INPLACE_LSHIFT] = PyNumber_InPlaceLshift,
    [NB_INPLACE_MATRIX_MULTIPLY] = PyNumber_InPlaceMatrixMultiply,
    [NB_INPLACE_MULTIPLY] = PyNumber_InPlaceMultiply,
    [NB_INPLACE_REMAINDER] = PyNumber_InPlaceRemainder,
    [NB_INPLACE_OR] = PyNumber_InPlaceOr,
    [NB_INPLACE_POWER] = _PyNumber_InPlacePowerNoMod,
    [NB_INPLACE_RSHIFT] = PyNumber_InPlaceRshift,
    [NB_INPLACE_SUBTRACT] = PyNumber_InPlaceSubtract,
    [NB_INPLACE_TRUE_DIVIDE] = PyNumber_InPlaceTrueDivide,
    [NB_INPLACE_XOR] = PyNumber_InPlaceXor,
};

/* A new reference in *value, NULL there if the namespace has no such name; -1 on error. */
static KS_NOINLINE int
ks_namespace_get(PyObject *namespace, PyObject *name, PyObject **value)
{
    if (PyDict_CheckExact(namespace)) {
        *value = PyDict_GetItemWithError(namespace, name);
        if (*value == NULL)
            return PyErr_Occurred() ? -1 : 0;
        Py_INCREF(*value);
        return 1;
    }
    *value = PyObject_GetItem(namespace, name);
    if (*value != NULL)
        return 1;
    if (!PyErr_ExceptionMatches(PyExc_KeyError))
        return -1;
    PyErr_Clear();
    return 0;
}

/* A new reference to a global or builtin; NULL with NameError. */
static KS_NOINLINE PyObject *
ks_global_get(PyThreadState *tstate, PyObject *globals, PyObject *builtins, PyObject *name)
{
    PyObject *value;
    int found = ks_namespace_get(globals, name, &value);
    if (found == 0)
        found = ks_namespace_get(builtins, name, &value);
    if (found < 0)
        return NULL;
    if (value == NULL)
        ks_error_name(tstate, PyExc_NameError, "name '%.200s' is not defined", name);
    return value;
}

/* Room for a frame of func (taken), its specials set; the caller fills localsplus. The data stack
 * must have room. */
KS_INLINE _PyInterpreterFrame *
ks_frame_push_fast(PyThreadState *tstate, PyFunctionObject *func, size_t words)
{
    _PyInterpreterFrame *frame = (_PyInterpreterFrame *)tstate->datastack_top;
    tstate->datastack_top += words;
    PyCodeObject *code = (PyCodeObject *)func->func_code;
    _PyFrame_InitializeSpecials(frame, func, NULL, code->co_nlocalsplus);
    return frame;
}

/* ks_frame_release for the usual case: nobody made a frame object, the chunk stays. */
KS_INLINE void
ks_frame_leave(PyThreadState *tstate, _PyInterpreterFrame *frame)
{
    if (KS_UNLIKELY(frame->frame_obj != NULL || frame->f_locals != NULL ||
                    (PyObject **)frame == &tstate->datastack_chunk->data[0])) {
        ks_frame_release(tstate, frame);
        return;
    }
    /* One level less while dropping: destructors may recurse as deep as the frame itself could. */
    tstate->recursion_remaining--;
    PyCodeObject *code = frame->f_code;
    PyObject **slot = frame->localsplus, **end = slot + code->co_nlocalsplus;
    for (; slot < end; slot++)
        Py_XDECREF(*slot);
    PyFunctionObject *func = frame->f_func;
    Py_DECREF(func);
    Py_DECREF(code);
    tstate->recursion_remaining++;
    tstate->datastack_top = (PyObject **)frame;
}

/* The value of an int of at most one digit. */
#define SMALL_VALUE(number) (Py_SIZE(number) * (Py_ssize_t)((PyLongObject *)(number))->ob_digit[0])

/* Py_DECREF of what is exactly an int. */
KS_INLINE void
ks_int_drop(PyObject *number)
{
    if (--number->ob_refcnt != 0)
        return;
    if (KS_LIKELY(ks_int_is_short((PyLongObject *)number) && ks_int_free.count < KS_INT_FREE_MAX)) {
        number->ob_type = (PyTypeObject *)ks_int_free.head;
        ks_int_free.head = (PyLongObject *)number;
        ks_int_free.count++;
    }
    else
        PyObject_Free(number);
}

/* Gives an int of one or two digits that nobody else can see another value, of at most two digits
 * and not one of the shared ones. Blocks have room for two digits. */
KS_INLINE void
ks_int_overwrite(PyObject *number, int64_t value)
{
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    Py_ssize_t count = 1 + (magnitude > PyLong_MASK);
    Py_SET_SIZE(number, value < 0 ? -count : count);
    ((PyLongObject *)number)->ob_digit[0] = (digit)(magnitude & PyLong_MASK);
    ((PyLongObject *)number)->ob_digit[1] = (digit)(magnitude >> PyLong_SHIFT);
}

/* What ks_int_overwrite can store. */
KS_INLINE int
ks_int_can_store(int64_t value)
{
    return !ks_int_is_small(value) &&
           (uint64_t)(value + (INT64_C(1) << 60) - 1) < (UINT64_C(1) << 61) - 1;
}

/* Whether the instruction stores into a local variable, alone or as the first half of a pair: in
 * either case the instruction that follows it is complete. */
KS_INLINE int
ks_is_store_fast(_Py_CODEUNIT word)
{
    unsigned int opcode = _Py_OPCODE(word);
    return opcode == STORE_FAST || opcode == STORE_FAST__LOAD_FAST ||
           opcode == STORE_FAST__STORE_FAST;
}

/* Whether word stores back into the variable that number came from, and only that variable and the
 * stack hold number: then it may be overwritten and the store skipped. */
KS_INLINE int
ks_is_store_back(_Py_CODEUNIT word, PyObject *number, PyObject **locals)
{
    return Py_REFCNT(number) == 2 && ks_is_store_fast(word) && locals[_Py_OPARG(word)] == number;
}

/* Stack and operands. */
#define PUSH(value) (*sp++ = (value))
#define POP() (*--sp)
#define TOP() (sp[-1])
#define SECOND() (sp[-2])
#define PEEK(n) (sp[-(n)])
#define DROP(count)                          \
    do {                                     \
        for (int n_ = (count); n_ > 0; n_--) { \
            PyObject *dropped_ = POP();      \
            Py_XDECREF(dropped_);            \
        }                                    \
    } while (0)
/* Both operands, still on the stack, give way to result. */
#define REPLACE_TWO(result)                  \
    do {                                     \
        PyObject *right_ = POP(), *left_ = TOP(); \
        TOP() = (result);                    \
        Py_DECREF(left_);                    \
        Py_DECREF(right_);                   \
    } while (0)
#define LOCAL(i) (frame->localsplus[i])
#define CONSTANT(i) PyTuple_GET_ITEM(consts, i)
#define NAME(i) PyTuple_GET_ITEM(frame->f_code->co_names, i)

/* Dispatch. */
#define OP(name, number, in, out, cache, base)
#define BODY(name) L_##name: frame->prev_instr = ip++;
#define PURE(name) L_##name: ip++;
#define GENERIC(name) G_##name:
#define NEXT()                               \
    do {                                     \
        word = *ip;                          \
        oparg = _Py_OPARG(word);             \
        opcode = _Py_OPCODE(word) | cframe.use_tracing; \
        goto *targets[opcode];               \
    } while (0)
#define SKIP(name) (ip += INLINE_CACHE_ENTRIES_##name)
#define MISS_IF(condition, base)             \
    do {                                     \
        if (KS_UNLIKELY(condition))          \
            goto miss_##base;                \
    } while (0)
/* The adaptive form of base: counts down, then runs the statement that follows with ip back at the
 * instruction. Until then the plain form runs. */
#define ADAPTIVE(base)                       \
    miss_##base:                             \
    frame->prev_instr = ip - 1;              \
    ks_cache_missed(ip, base##_ADAPTIVE);    \
    goto G_##base;                           \
    BODY(base##_ADAPTIVE)                    \
    if (ip[0] >> ADAPTIVE_BACKOFF_BITS) {    \
        ip[0] -= 1 << ADAPTIVE_BACKOFF_BITS; \
        goto G_##base;                       \
    }                                        \
    ip--;
#define SPECIALISE(call)                     \
    do {                                     \
        call;                                \
        opcode = _Py_OPCODE(*ip);            \
        goto *targets[opcode];               \
    } while (0)
#define SPECIALISE_OR_FAIL(call)             \
    do {                                     \
        if ((call) < 0) {                    \
            ip++;                            \
            goto error;                      \
        }                                    \
        opcode = _Py_OPCODE(*ip);            \
        goto *targets[opcode];               \
    } while (0)
#define CHECK_BREAKER()                      \
    do {                                     \
        if (KS_UNLIKELY(_Py_atomic_load_relaxed_int32(eval_breaker))) \
            goto handle_breaker;             \
    } while (0)
#define CHECK_BREAKER_IF(condition)          \
    do {                                     \
        if (KS_UNLIKELY(_Py_atomic_load_relaxed_int32(eval_breaker)) && (condition)) \
            goto handle_breaker;             \
    } while (0)

/* Frames. */
#define SAVE_SP() (frame->stacktop = (int)(sp - frame->localsplus))
#define LOAD_SP()                            \
    do {                                     \
        sp = frame->localsplus + frame->stacktop; \
        frame->stacktop = -1;                \
    } while (0)
#define LOAD_FRAME()                         \
    do {                                     \
        consts = frame->f_code->co_consts;   \
        ip = frame->prev_instr + 1;          \
        LOAD_SP();                           \
    } while (0)
/* Nobody replaced the frame evaluator: Python functions may run in this loop. */
#ifndef CAN_INLINE
#define CAN_INLINE() (tstate->interp->eval_frame == NULL)
#endif
/* Leaves the current frame where it resumes after ip, and starts callee. */
#define ENTER_FRAME(callee)                  \
    do {                                     \
        frame->prev_instr = ip - 1;          \
        SAVE_SP();                           \
        (callee)->previous = frame;          \
        frame = cframe.current_frame = (callee); \
        goto start_frame;                    \
    } while (0)
#define ENTER_GENERATOR(gen, value)          \
    do {                                     \
        _PyInterpreterFrame *gen_frame = (_PyInterpreterFrame *)(gen)->gi_iframe; \
        _PyFrame_StackPush(gen_frame, value); \
        (gen)->gi_exc_state.previous_item = tstate->exc_info; \
        tstate->exc_info = &(gen)->gi_exc_state; \
        (gen)->gi_frame_state = FRAME_EXECUTING; \
        gen_frame->is_entry = false;         \
        ENTER_FRAME(gen_frame);              \
    } while (0)

/* Calls that PRECALL completed. */
#define SKIP_CALL() (ip += INLINE_CACHE_ENTRIES_PRECALL + 1 + INLINE_CACHE_ENTRIES_CALL)
/* Callable and `total` arguments give way to result; the place of a method without self is empty. */
#define FINISH_CALL(result)                  \
    do {                                     \
        int n_ = total;                      \
        do {                                 \
            PyObject *dropped_ = POP();      \
            Py_DECREF(dropped_);             \
        } while (n_-- > 0);                  \
        sp -= oparg + 1 - total;             \
        PUSH(result);                        \
        SKIP_CALL();                         \
        CHECK_BREAKER();                     \
        NEXT();                              \
    } while (0)

/* Operators. */
#define UNARY(function)                      \
    do {                                     \
        PyObject *value = TOP();             \
        PyObject *result = function(value);  \
        if (result == NULL)                  \
            goto error;                      \
        TOP() = result;                      \
        Py_DECREF(value);                    \
        NEXT();                              \
    } while (0)
#define TRUTH(value, truth)                  \
    do {                                     \
        if (value == Py_True)                \
            truth = 1;                       \
        else if (value == Py_False)          \
            truth = 0;                       \
        else {                               \
            truth = PyObject_IsTrue(value);  \
            if (truth < 0)                   \
                goto error;                  \
        }                                    \
    } while (0)
/* Py_DECREF of what is exactly a float. */
#define FLOAT_RELEASE(number)                \
    do {                                     \
        if (--(number)->ob_refcnt == 0)      \
            _PyFloat_ExactDealloc(number);   \
    } while (0)
/* The next instruction is a conditional jump; bit 3 of the mask says that it goes backward. */
#define COMPARED_JUMP(outcome)               \
    do {                                     \
        int mask_ = ((_PyCompareOpCache *)ip)->mask; \
        SKIP(COMPARE_OP);                    \
        oparg = _Py_OPARG(*ip);              \
        frame->prev_instr = ip++;            \
        if ((outcome)&mask_) {               \
            if (mask_ & 8) {                 \
                ip -= oparg;                 \
                CHECK_BREAKER();             \
            }                                \
            else                             \
                ip += oparg;                 \
        }                                    \
        NEXT();                              \
    } while (0)
#define INT_OPERATION(compute, slow)         \
    do {                                     \
        PyObject *right = TOP(), *left = SECOND(), *result; \
        MISS_IF(!PyLong_CheckExact(left), BINARY_OP); \
        MISS_IF(!PyLong_CheckExact(right), BINARY_OP); \
        int64_t value;                       \
        if (KS_LIKELY(ks_int_is_short((PyLongObject *)left) && \
                      ks_int_is_short((PyLongObject *)right) && \
                      !compute(ks_int_short_value((PyLongObject *)left), \
                               ks_int_short_value((PyLongObject *)right), &value))) { \
            if (ks_int_can_store(value) && Py_SIZE(left) != 0) { \
                if (Py_REFCNT(left) == 1) {  \
                    ks_int_overwrite(left, value); \
                    sp--;                    \
                    SKIP(BINARY_OP);         \
                    ks_int_drop(right);      \
                    NEXT();                  \
                }                            \
                if (ks_is_store_back(ip[INLINE_CACHE_ENTRIES_BINARY_OP], left, &LOCAL(0)) && \
                    left != right) {         \
                    left->ob_refcnt = 1;     \
                    ks_int_overwrite(left, value); \
                    sp -= 2;                 \
                    ip += INLINE_CACHE_ENTRIES_BINARY_OP + 1; \
                    ks_int_drop(right);      \
                    NEXT();                  \
                }                            \
            }                                \
            result = ks_int_from_i64(value); \
        }                                    \
        else                                 \
            result = slow((PyLongObject *)left, (PyLongObject *)right); \
        if (result == NULL)                  \
            goto error;                      \
        SKIP(BINARY_OP);                     \
        sp--;                                \
        TOP() = result;                      \
        ks_int_drop(right);                  \
        ks_int_drop(left);                   \
        NEXT();                              \
    } while (0)
#define FLOAT_OPERATION(operator)            \
    do {                                     \
        PyObject *right = TOP(), *left = SECOND(); \
        MISS_IF(!PyFloat_CheckExact(left), BINARY_OP); \
        MISS_IF(!PyFloat_CheckExact(right), BINARY_OP); \
        double value = PyFloat_AS_DOUBLE(left) operator PyFloat_AS_DOUBLE(right); \
        if (Py_REFCNT(left) == 1) {          \
            ((PyFloatObject *)left)->ob_fval = value; \
            sp--;                            \
            SKIP(BINARY_OP);                 \
            FLOAT_RELEASE(right);            \
            NEXT();                          \
        }                                    \
        if (ks_is_store_back(ip[INLINE_CACHE_ENTRIES_BINARY_OP], left, &LOCAL(0)) && \
            left != right) {                 \
            left->ob_refcnt = 1;             \
            ((PyFloatObject *)left)->ob_fval = value; \
            sp -= 2;                         \
            ip += INLINE_CACHE_ENTRIES_BINARY_OP + 1; \
            FLOAT_RELEASE(right);            \
            NEXT();                          \
        }                                    \
        PyObject *result;                    \
        if (Py_REFCNT(right) == 1) {         \
            ((PyFloatObject *)right)->ob_fval = value; \
            result = right;                  \
        }                                    \
        else {                               \
            result = PyFloat_FromDouble(value); \
            if (result == NULL)              \
                goto error;                  \
            FLOAT_RELEASE(right);            \
        }                                    \
        sp--;                                \
        TOP() = result;                      \
        SKIP(BINARY_OP);                     \
        FLOAT_RELEASE(left);                 \
        NEXT();                              \
    } while (0)

#define _Py_atomic_load_relaxed_int32(ATOMIC_VAL) _Py_atomic_load_relaxed(ATOMIC_VAL)

/* Leaving a generator that runs in the loop, by its return or by an exception (value NULL). The
 * generator is finished; an exception that may not leave one is replaced. */
static KS_NOINLINE void
ks_generator_finish(PyThreadState *tstate, _PyInterpreterFrame *frame, PyObject *value)
{
    PyGenObject *gen = _PyFrame_GetGenerator(frame);
    tstate->exc_info = gen->gi_exc_state.previous_item;
    gen->gi_exc_state.previous_item = NULL;
    gen->gi_frame_state = FRAME_COMPLETED;
    frame->previous = NULL;
    if (value == NULL && _PyErr_ExceptionMatches(tstate, PyExc_StopIteration))
        _PyErr_FormatFromCauseTstate(tstate, PyExc_RuntimeError, "%s",
                                     PyCoro_CheckExact(gen) ? "coroutine raised StopIteration"
                                                            : "generator raised StopIteration");
    _PyErr_ClearExcState(&gen->gi_exc_state);
    gen->gi_frame_state = FRAME_CLEARED;
    _PyFrame_Clear(frame);
}

/* Puts the current exception where a handler expects it and takes it out of the error triple. */
static KS_NOINLINE PyObject *
ks_take_exception(PyThreadState *tstate)
{
    PyObject *type, *value, *traceback;
    _PyErr_Fetch(tstate, &type, &value, &traceback);
    _PyErr_NormalizeException(tstate, &type, &value, &traceback);
    PyException_SetTraceback(value, traceback == NULL ? Py_None : traceback);
    Py_XDECREF(traceback);
    Py_XDECREF(type);
    return value;
}

PyObject *_Py_HOT_FUNCTION
_PyEval_EvalFrameDefault(PyThreadState *tstate, _PyInterpreterFrame *frame, int throwflag)
{
    /* Every row overwrites the default. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
    static const void *const targets[256] = {
        [0 ... 255] = &&unknown_opcode,
#undef OP
#define OP(name, number, in, out, cache, base) [number] = &&L_##name,
#include "ops.def"
#undef OP
#define OP(name, number, in, out, cache, base)
    };
#pragma GCC diagnostic pop
    _PyCFrame cframe;
    _PyCFrame *outer = tstate->cframe;
    cframe.use_tracing = outer->use_tracing;
    cframe.previous = outer;
    tstate->cframe = &cframe;

    frame->is_entry = true;
    frame->previous = outer->current_frame;
    cframe.current_frame = frame;

    _Py_atomic_int *const eval_breaker = &tstate->interp->ceval.eval_breaker;
    _Py_CODEUNIT *ip;
    PyObject **sp;
    PyObject *consts;
    PyObject *kwnames = NULL;
    PyObject *returned, *raised;
    _Py_CODEUNIT word;
    unsigned int opcode;
    int oparg;

    if (throwflag) {
        if (_Py_EnterRecursiveCallTstate(tstate, "")) {
            tstate->recursion_remaining--;
            goto leave_with_error;
        }
        if (KS_UNLIKELY(cframe.use_tracing) && ks_trace_enter(tstate, frame) < 0)
            goto leave_with_error;
        LOAD_FRAME();
        goto error;
    }

start_frame:
    if (KS_UNLIKELY(_Py_EnterRecursiveCallTstate(tstate, ""))) {
        tstate->recursion_remaining--;
        goto leave_with_error;
    }
    LOAD_FRAME();
    NEXT();

handle_breaker:
    /* Not before what a with statement or an await needs done first: the instructions that come
     * here are calls, jumps back and RESUME. */
    if (ks_eval_handle_pending(tstate) != 0)
        goto error;
    NEXT();

#define KS_OP_BODIES
#include "ops.def"
#undef KS_OP_BODIES

unknown_opcode:
    frame->prev_instr = ip++;
    fprintf(stderr, "XXX lineno: %d, opcode: %d\n", _PyInterpreterFrame_GetLine(frame),
            _Py_OPCODE(*frame->prev_instr));
    _PyErr_SetString(tstate, PyExc_SystemError, "unknown opcode");
    goto error;

unbound_local:
    frame->prev_instr = ip - 1;
    ks_error_unbound_fast(tstate, frame->f_code, oparg);
    goto error;

return_from_generator: {
    /* The frame that drove it stands at SEND or FOR_ITER; what to do with a returned value depends
     * on which. */
    _PyInterpreterFrame *caller = frame->previous;
    cframe.current_frame = caller;
    ks_generator_finish(tstate, frame, returned);
    frame = caller;
    LOAD_FRAME();
    word = frame->prev_instr[0];
    oparg = _Py_OPARG(word);
    PyObject *gen = TOP();
    if (_PyOpcode_Deopt[_Py_OPCODE(word)] == SEND)
        TOP() = returned;
    else {
        sp--;
        Py_DECREF(returned);
    }
    ip += oparg;
    Py_DECREF(gen);
    NEXT();
}

raise_again: {
    /* raised (taken) goes on as if it had never been caught: no new traceback entry. */
    PyObject *type = (PyObject *)Py_TYPE(raised);
    Py_INCREF(type);
    PyObject *traceback = PyException_GetTraceback(raised);
    _PyErr_Restore(tstate, type, raised, traceback);
    goto unwind;
}

error:
    kwnames = NULL;
    if (!_PyErr_Occurred(tstate))
        _PyErr_SetString(tstate, PyExc_SystemError, "error return without exception set");
    ip = frame->prev_instr + 1;
    if (!_PyFrame_IsIncomplete(frame)) {
        PyFrameObject *object = _PyFrame_GetFrameObject(frame);
        if (object != NULL)
            PyTraceBack_Here(object);
    }
    if (tstate->c_tracefunc != NULL) {
        /* The exception event may look at the stack no more than a caller's could. */
        ks_trace_exception(tstate, frame);
    }

unwind: {
    int level, handler, lasti;
    int offset = (int)(ip - _PyCode_CODE(frame->f_code)) - 1;
    if (!ks_find_handler(frame->f_code, offset, &level, &handler, &lasti)) {
        PyObject **base = _PyFrame_Stackbase(frame);
        while (sp > base) {
            PyObject *value = POP();
            Py_XDECREF(value);
        }
        frame->stacktop = (int)(base - frame->localsplus);
        if (KS_UNLIKELY(cframe.use_tracing))
            ks_trace_unwind(tstate, frame);
        goto leave_with_error;
    }
    PyObject **top = _PyFrame_Stackbase(frame) + level;
    while (sp > top) {
        PyObject *value = POP();
        Py_XDECREF(value);
    }
    if (lasti) {
        PyObject *position = PyLong_FromLong(_PyInterpreterFrame_LASTI(frame));
        if (position == NULL)
            goto unwind;
        PUSH(position);
    }
    PUSH(ks_take_exception(tstate));
    ip = _PyCode_CODE(frame->f_code) + handler;
    NEXT();
}

leave_with_error: {
    _Py_LeaveRecursiveCallTstate(tstate);
    _PyInterpreterFrame *caller = frame->previous;
    if (frame->is_entry) {
        tstate->cframe = cframe.previous;
        tstate->cframe->use_tracing = cframe.use_tracing;
        return NULL;
    }
    cframe.current_frame = caller;
    if (frame->owner == FRAME_OWNED_BY_GENERATOR)
        ks_generator_finish(tstate, frame, NULL);
    else
        ks_frame_release(tstate, frame);
    frame = caller;
    LOAD_FRAME();
    goto error;
}
}
